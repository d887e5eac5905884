"""What templates say in one word: hours, shares, states, icons, addresses."""

from django import template
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from training.models import Measure
from training.wording import hours_text, percent_text

register = template.Library()

# code -> (word, bootstrap colour class of our tokens, icon)
STATUS = {
    "met": (_("met"), "status-met", "check"),
    "base_missing": (_("base hours missing"), "status-behind", "alert"),
    "on_track": (_("on track"), "status-track", "arrow"),
    "behind": (_("behind schedule"), "status-behind", "clock"),
    "unmet": (_("not met"), "status-unmet", "cross"),
    "exempt": (_("exempt from training"), "status-none", "dash"),
    "no_target": (_("not set"), "status-none", "dash"),
}
STATES = {
    "planned": "status-none",
    "material": "status-track",
    "reviewed": "status-track",
    "held": "status-track",
    "filed": "status-met",
    "cancelled": "status-none",
    "review": "status-track",
    "approved": "status-met",
    "retired": "status-none",
    "read": "status-track",
    "draft": "status-none",
    "not_attempted": "status-none",
    "incomplete": "status-track",
    "completed": "status-met",
    "passed": "status-met",
    "waiting": "status-none",
    "requested": "status-track",
    "submitted": "status-track",
    "running": "status-track",
    "unit_approved": "status-track",
    "uploaded": "status-track",
    "previewed": "status-track",
    "undone": "status-none",
    "discarded": "status-none",
    "pending": "status-track",
    "certified": "status-met",
    "in_force": "status-met",
    "accepted": "status-met",
    "released": "status-met",
    "applied": "status-met",
    "done": "status-met",
    "returned": "status-behind",
    "refused": "status-unmet",
    "failed": "status-unmet",
    "revoked": "status-unmet",
}
ICONS = {
    "check": "M3 8.5l3.2 3.2L13 5",
    "cross": "M4 4l8 8M12 4l-8 8",
    "clock": "M8 2a6 6 0 100 12A6 6 0 008 2zM8 5v3.2l2 1.6",
    "arrow": "M3 11l4-4 2.5 2.5L13 5M10 5h3v3",
    "alert": "M8 2.5L14.5 13.5h-13zM8 6.5v3.5M8 11.8v.2",
    "dash": "M3.5 8h9",
    "search": "M7 2.5a4.5 4.5 0 100 9 4.5 4.5 0 000-9zM10.5 10.5L14 14",
    "down": "M8 2.5v8M4.5 7.5L8 11l3.5-3.5M3 13.5h10",
    "up": "M8 13.5v-8M4.5 8.5L8 5l3.5 3.5M3 2.5h10",
    "sort": "M5 6.5L8 3.5l3 3M5 9.5l3 3 3-3",
    "ascending": "M8 13V3.5M4 7.5l4-4 4 4",
    "descending": "M8 3v9.5M4 8.5l4 4 4-4",
    "columns": "M2.5 3h11v10h-11zM6.2 3v10M9.8 3v10",
    "menu": "M2.5 4.5h11M2.5 8h11M2.5 11.5h11",
    "home": "M2.5 8L8 3l5.5 5M4.5 7v6.5h7V7",
    "people": "M5.5 7.5a2 2 0 100-4 2 2 0 000 4zM2 13c0-2 1.5-3.5 3.5-3.5S9 11 9 13M11 8a1.7 1.7 0 100-3.4M11 9.8c1.8 0 3 1.2 3 3.2",
    "lock": "M4 7.5h8v6H4zM5.5 7.5V5.3a2.5 2.5 0 015 0v2.2",
}


def target_text(measure: str, target) -> str:
    """A target in the unit of its measure: 6000 -> 60.00 hours, 3050 -> 30.5% of the staff, a count as it is; None -> a dash."""
    if target is None:
        return "—"
    if measure in (Measure.HOURS, Measure.BASE_HOURS):
        return hours_text(target)
    if measure in (Measure.STAFF_SHARE, Measure.COVERAGE):
        return hours_text(target).rstrip("0").rstrip(".") + "%"
    return str(target)


@register.filter
def target(requirement):
    return target_text(requirement.measure, requirement.target)


@register.simple_tag
def hours(value):
    return hours_text(value)


@register.simple_tag
def percent(part, base):
    return percent_text(part, base)


@register.filter
def dash(value):
    return "—" if value is None or value == "" else value


@register.filter
def score(value):
    if value is None:
        return "—"
    return hours_text(value).rstrip("0").rstrip(".")


@register.filter
def get(mapping, key):
    return mapping.get(key)


@register.simple_tag
def icon(name, css=""):
    return format_html(
        '<svg class="icon {}" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true"><path d="{}"/></svg>',
        css,
        ICONS[name],
    )


@register.simple_tag
def status(code):
    """Status is never colour alone: icon and word."""
    word, css, sign = STATUS[code]
    return format_html('<span class="status {}">{} {}</span>', css, icon(sign), word)


@register.simple_tag
def state(value, label):
    return format_html('<span class="status {}">{}</span>', STATES.get(value, "status-none"), label)


@register.simple_tag
def bar(part, whole, status=""):
    """A progress bar: how much of the whole, in the colour of a status."""
    return drawn_bar(part, whole, STATUS[status][1] if status in STATUS else "")


def drawn_bar(part, whole, css=""):
    """A bar drawn as a picture: no style attribute, and a word for who cannot see it."""
    share = min(max((part or 0) * 100 // whole, 0), 100) if whole else 0
    return format_html(
        '<svg class="bar {}" viewBox="0 0 100 8" preserveAspectRatio="none" role="img" aria-label="{}%">'
        '<rect class="bar-rest" width="100" height="8"/><rect class="bar-done" width="{}" height="8"/></svg>',
        css,
        share,
        share,
    )


@register.simple_tag(takes_context=True)
def query(context, **changes):
    """The present query string with changes; None or empty takes a name out."""
    given = context["request"].GET.copy()
    for name, value in changes.items():
        if value is None or value == "":
            given.pop(name, None)
        else:
            given[name] = str(value)
    text = given.urlencode()
    return f"?{text}" if text else context["request"].path


@register.simple_tag
def cell(listing, name, is_empty=False):
    """The attributes of one cell: its column, how it is set, and what it is called where a row becomes a card.

    A card leaves out what `is_empty`.
    """
    column = listing.columns[name]
    if column is listing.first:
        return format_html('data-col="{}"', name)
    kinds = (
        ("num", column.is_number),
        ("lead-cell", column.leads),
        ("nowrap", column.keeps_line),
        ("cell-empty", is_empty),
        ("acts", not column.label),
    )
    css = " ".join(word for word, is_so in kinds if is_so)
    label = "" if column.leads and not column.is_number else column.label
    return format_html('data-col="{}" class="{}" data-label="{}"', name, css, label)


@register.simple_tag
def url_if(name, *args):
    """The address of a page, or nothing where this installation has none."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""


@register.inclusion_tag("parts/_charts_script.html")
def charts_script():
    return {}
