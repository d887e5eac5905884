"""What pages of the bank say in one word: markup made visible, marks, articles, people addressed."""

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import mark_safe
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from exams import markup, tallies
from exams.content import AUDIENCES, BLANK
from exams.models import ItemKind
from exams.practice import POPULATION
from laws.numerals import article_label, numeral_of
from training.templatetags.ui import drawn_bar, icon
from training.wording import hours_text, percent_text

register = template.Library()
FORMATS = {
    "excel": "Excel", "csv": "CSV", "word": "Word", "text": _("plain text"), "records": _("plain text"), "json": "JSON",
    "gift": "GIFT", "aiken": "Aiken", "moodlexml": "Moodle XML", "qti": "QTI",
}  # fmt: skip


@register.filter
def shown(text):
    """Sanitised markup of an item, its images under their addresses. Only what `markup.clean` made safe comes here."""
    return mark_safe(markup.with_addresses(text or "", lambda sha256: reverse("exams:media", args=[sha256])))  # noqa: S308


@register.filter
def stem_shown(text):
    """A stem: blanks are drawn as a line to write on."""
    return mark_safe(shown(text).replace(BLANK, '<span class="blank">　　　　</span>'))  # noqa: S308


@register.filter
def marks(hundredths):
    """250 -> 2.5"""
    return "" if hundredths in (None, "") else hours_text(hundredths).rstrip("0").rstrip(".")


@register.filter
def percent(hundredths):
    """6667 -> 66.7%"""
    return "—" if hundredths is None else f"{(hundredths + 5) // 10 / 10:.1f}%"


@register.filter
def minus(one, other):
    return one - other


@register.filter
def numeral(number):
    """1 -> 一"""
    return numeral_of(number)


@register.filter
def article(ref):
    """17-1 -> 第十七条之一; empty is the law as a whole."""
    if not ref:
        return _("the law as a whole")
    number, _dash, branch = ref.partition("-")
    return article_label(int(number), int(branch or 0))


@register.filter
def audience(codes):
    return "、".join(str(AUDIENCES.get(code, code)) for code in codes or ()) or _("everybody")


@register.filter
def is_in(one, many):
    return one in (many or ())


@register.filter
def plain(text):
    """A stem as one line of text."""
    return markup.plain_text(text).replace("\n", " ")


@register.filter
def numbers(count):
    """3 -> 1, 2, 3"""
    return range(1, count + 1)


@register.filter
def kind_name(code):
    return ItemKind(code).label if code in ItemKind.values else code


@register.filter
def format_name(code):
    """What a file of questions was read as: "qti 2.1 package" -> QTI 2.1 package."""
    if not code:
        return "—"
    first, _blank, rest = code.partition(" ")
    return f"{FORMATS.get(first, first)} {rest.replace('package', gettext('package'))}".strip()


# what a figure of an item says -> (word, colour class, icon)
VERDICTS = {
    tallies.HARD: (_("very hard"), "status-behind", "alert"),
    tallies.FITTING: (_("fitting"), "status-met", "check"),
    tallies.EASY: (_("nearly everybody knows it"), "status-behind", "alert"),
    tallies.GOOD: (_("separates well"), "status-met", "check"),
    tallies.FAIR: (_("separates fairly"), "status-track", "arrow"),
    tallies.WEAK: (_("separates little"), "status-behind", "alert"),
    tallies.AGAINST: (_("runs against the rest: check the key"), "status-unmet", "cross"),
}


@register.simple_tag
def verdict(code):
    """Never colour alone: icon and word."""
    word, css, sign = VERDICTS[code]
    return format_html('<span class="status {}">{} {}</span>', css, icon(sign), word)


@register.filter
def verdict_word(code):
    return VERDICTS[code][0]


@register.simple_tag
def measure_bar(value, whole, code):
    """A figure as a bar in the colour of what it says; a negative one is drawn as long as it is away from nothing."""
    return drawn_bar(abs(value), whole, VERDICTS[code][1])


@register.filter
def index_text(percent):
    """34 -> 0.34, as discrimination is written."""
    return hours_text(percent)


@register.filter
def population_name(code):
    return _("practice") if code == POPULATION else code


@register.filter
def share_of(part, whole):
    return percent_text(part, whole)


@register.simple_tag
def case_prefix(number):
    """What the names of a case's question begin with in the editor."""
    return f"q{number}_"


@register.simple_tag
def field_named(prefix, *parts):
    return f"{prefix}{''.join(map(str, parts))}"
