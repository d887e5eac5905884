"""Pages: the board of a unit, which is the district's board for the district."""

from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from training import bodies
from training.models import StaffCategory, Unit
from training.scope import PERIODS, scope_of, years_to_choose
from training.standing import MET, ON_TRACK, STATUSES
from training.tables import Column, Table
from training.templatetags.ui import STATUS
from training.wording import hours_text, percent_text

MOST_BARS = 15  # more are a list, not a picture
MOST_UNITS = 1000  # right below one unit: a board is never cut into pages


def _share(part: int, base: int) -> float | None:
    """A share in percent with one decimal for a chart; exact text stands in the table."""
    return None if not base else (part * 2000 + base) // (2 * base) / 10


def _chart(rows, query: str) -> dict:
    """The units that need help first; all of them stand in the table."""
    rows = [(unit, figures) for unit, figures in rows if figures.obliged]
    rows = sorted(rows, key=lambda row: (row[1].met_strict * 10000 // row[1].obliged, row[0].path))[:MOST_BARS]
    return {
        "labels": [unit.name for unit, _figures in rows],
        "series": [
            {"name": _("met"), "values": [_share(f.met_strict, f.obliged) for _u, f in rows], "status": "met"},
            {
                "name": _("met if what is pending is certified"),
                "values": [_share(f.met_if_pending, f.obliged) for _u, f in rows],
                "status": "pending",
            },
        ],
        "links": [f"?unit={unit.code}{query}" for unit, _figures in rows],
        "unit": "%",
        "max": 100,
    }


def _chart_of_status(rows, status: str, query: str) -> dict:
    """The share of people with one standing, the most of them first."""
    rows = [(unit, figures) for unit, figures in rows if figures.obliged]
    rows = sorted(rows, key=lambda row: (-(row[1].statuses[status] * 10000 // row[1].obliged), row[0].path))[:MOST_BARS]
    values = [_share(figures.statuses[status], figures.obliged) for _unit, figures in rows]
    return {
        "labels": [unit.name for unit, _figures in rows],
        "series": [{"name": str(STATUS[status][0]), "values": values, "status": status}],
        "links": [f"?unit={unit.code}{query}&status={status}" for unit, _figures in rows],
        "unit": "%",
        "max": 100,
    }


def _figure(name: str, label, part: str, base: str = "", **facts) -> Column:
    """A column of one of `Figures`, or of its share of another; a share of nobody is unknown."""

    def cell(row):
        value = getattr(row[1], part)
        return percent_text(value, getattr(row[1], base)) if base else value

    def key(row):
        value, whole = getattr(row[1], part), getattr(row[1], base) if base else None
        return value if not base else value * 1_000_000 // whole if whole and value is not None else None

    return Column(name, label, key=key, cell=cell, is_number=True, **facts)


def _table(status: str, assessment) -> Table:
    """The units compared: rows are (unit, figures)."""
    columns = [
        Column("unit", gettext_lazy("Unit"), key=lambda row: row[0].path, cell=lambda row: row[0].name),
        _figure("obliged", gettext_lazy("Obliged"), "obliged"),
        _figure("met", gettext_lazy("Met"), "met_strict"),
        _figure("strict", gettext_lazy("Rate (strict)"), "met_strict", "obliged", leads=True),
        _figure("adjusted", gettext_lazy("Rate (adjusted)"), "met_adjusted", "adjusted_base"),
    ]
    if assessment.is_current:
        columns.append(_figure("if_pending", gettext_lazy("If pending is certified"), "met_if_pending", "adjusted_base"))
    columns.append(
        Column(
            "average",
            gettext_lazy("Hours per person"),
            key=lambda row: row[1].average,
            cell=lambda row: hours_text(row[1].average),
            is_number=True,
        )
    )
    if status:
        columns.append(
            Column(
                "status",
                STATUS[status][0],
                key=lambda row: row[1].statuses[status],
                cell=lambda row: row[1].statuses[status],
                is_number=True,
            )
        )
    columns.append(Column("progress", gettext_lazy("Progress")))
    return Table("board", tuple(columns))


def _forecast(assessment, total) -> tuple[int, int] | None:
    """(who has met the hours or keeps the pace of the year, who is to reach them); None once the year is over."""
    if not assessment.is_open or assessment.is_over or not total.adjusted_base:
        return None
    return total.statuses[MET] + total.statuses[ON_TRACK], total.adjusted_base


def _sentence(scope, assessment, total) -> str:
    if not assessment.is_open:
        return _("The district has not opened %(year)s: there are no figures to show.") % {"year": scope.year}
    if not assessment.hour_requirements:
        return _("No hours requirement stands in %(year)s.") % {"year": scope.year}
    if not total.obliged:
        return _("Nobody here is obliged in %(year)s.") % {"year": scope.year}
    sentence = _("%(unit)s: %(obliged)s obliged, %(met)s have met the hours (%(share)s).") % {
        "unit": scope.unit.name,
        "obliged": total.obliged,
        "met": total.met_strict,
        "share": percent_text(total.met_strict, total.obliged),
    }
    forecast = _forecast(assessment, total)
    if forecast is None or not scope.is_whole_year:
        return sentence
    said = {"sentence": sentence, "share": percent_text(*forecast)}
    return _("%(sentence)s At this pace %(share)s reach them by the end of the year.") % said


def _rest_of(scope) -> str:
    """The address of the same view but for its unit, as every link of a board carries it."""
    given = {"year": scope.year, "period": scope.period_code, "as_of": scope.as_of_day, "category": scope.category}
    return "".join(f"&{name}={value}" for name, value in given.items() if value)


@require_safe
def board(request):
    scope = scope_of(request)
    assessment = scope.assessment()
    total = assessment.total()
    compared = assessment.compared()
    body = bodies.assess_bodies(assessment) if assessment.is_open else None
    query = _rest_of(scope)
    chosen = request.GET.get("status", "")
    chosen = chosen if chosen in STATUSES else ""
    statuses = [(code, STATUS[code][0], total.statuses[code]) for code in STATUSES if total.statuses[code]]
    units = list(scope.units.order_by("path").only("code", "name", "path"))
    filters = [
        ("unit", _("Unit"), scope.unit.name if scope.unit != units[0] else ""),
        ("period", _("Period"), period_word(scope.period_code) if not scope.is_whole_year else ""),
        ("status", _("Standing"), STATUS[chosen][0] if chosen else ""),
        ("category", _("Staff category"), StaffCategory(scope.category).label if scope.category else ""),
        ("as_of", _("As of"), scope.as_of_day),
    ]
    listing = _table(chosen, assessment).listing(request, compared, filters=filters, per_page=MOST_UNITS)
    if listing.is_taken_out:
        return listing.csv(unit=scope.unit)
    context = {
        "scope": scope,
        "listing": listing,
        "forecast": _forecast(assessment, total) if scope.is_whole_year else None,
        "assessment": assessment,
        "total": total,
        "compared": compared,
        "chart": _chart_of_status(compared, chosen, query) if chosen else _chart(compared, query),
        "query_rest": query,
        "most_bars": MOST_BARS,
        "statuses": statuses,
        "status": chosen,
        "categories": StaffCategory.choices,
        "category": StaffCategory(scope.category).label if scope.category else "",
        "all_statuses": [(code, STATUS[code][0]) for code in STATUSES],
        "of_status": {unit.pk: figures.statuses[chosen] for unit, figures in compared} if chosen else {},
        "sentence": _sentence(scope, assessment, total),
        "sessions": bodies.sessions_by_kind(body, scope.unit) if body else [],
        "shares": body.shares.get(scope.unit.pk) if body else None,
        "tagged": next((s for s in body.standings if s.names or s.requirement.measure == "tagged_course"), None)
        if body
        else None,
        "units": units,
        "periods": [(code, period_word(code)) for code in PERIODS],
        "years": years_to_choose(scope.year),
        "above": Unit.objects.filter(pk=scope.unit.parent_id).first() if _may_rise(scope) else None,
    }
    return render(request, "training/boards/board.html", context)


def _may_rise(scope) -> bool:
    return scope.unit.parent_id is not None and scope.units.filter(pk=scope.unit.parent_id).exists()


def period_word(code: str) -> str:
    return {
        "year": _("the year"),
        "half1": _("to the end of June"),
        "half2": _("to the end of December"),
        "q1": _("to the end of March"),
        "q2": _("to the end of the second quarter"),
        "q3": _("to the end of September"),
        "q4": _("to the end of the fourth quarter"),
    }[code]


urlpatterns = [path("board/", board, name="board")]
