"""Between the fields of the blueprint's editor and a plan.

A section's fields begin with `s` and its number; those of its cells are lists, one value for each row. A row without a count is
no row.
"""

from decimal import Decimal, InvalidOperation

from django.utils.translation import gettext_lazy as _

from exams.blueprints import BlueprintRefused, CellPlan, Plan, SectionPlan
from exams.templatetags.bank import marks
from laws.models import LegalDocument

CELL = ("count", "law", "topic", "easiest", "hardest", "audience")
SECTION = ("title", "kind", "marks_each", "policy", "floor")
EMPTY_CELL = {"count": "", "law": "", "topic": "", "easiest": "1", "hardest": "5", "audience": ""}
MOST_SECTIONS, MOST_CELLS = 20, 60


def rows_of(given) -> list[dict]:
    """The sections as they stand in a form, each with its `cells`; whatever was typed is kept."""
    rows = []
    for number in given.getlist("section")[:MOST_SECTIONS]:
        row = {name: given.get(f"s{number}_{name}", "").strip() for name in SECTION}
        columns = [given.getlist(f"s{number}_{name}")[:MOST_CELLS] for name in CELL]
        row["cells"] = [dict(zip(CELL, values, strict=True)) for values in zip(*columns, strict=False)]
        rows.append(row)
    return rows


def rows_for(plan: Plan) -> list[dict]:
    """A plan as the fields of its editor."""
    return [
        {
            "title": section.title,
            "kind": section.kind,
            "marks_each": marks(section.marks_each),
            "policy": section.policy,
            "floor": marks(section.floor),
            "cells": [
                {
                    "count": str(cell.count),
                    "law": cell.law.code if cell.law else "",
                    "topic": cell.topic,
                    "easiest": str(cell.easiest),
                    "hardest": str(cell.hardest),
                    "audience": cell.audience,
                }
                for cell in section.cells
            ],
        }
        for section in plan.sections
    ]


def head_for(plan: Plan) -> dict:
    lowest, highest = plan.band or (None, None)
    return {
        "title": plan.title,
        "pass_mark": marks(plan.pass_mark),
        "minutes": str(plan.minutes),
        "lowest": marks(lowest),
        "highest": marks(highest),
        "classification": plan.classification,
    }


def plan_from(given) -> Plan:
    """The plan that the fields say. Raises BlueprintRefused for what is no number and for a law that is not there."""
    rows = rows_of(given)
    wanted = {cell["law"] for row in rows for cell in row["cells"] if cell["law"]}
    laws = {law.code: law for law in LegalDocument.objects.filter(code__in=wanted)} if wanted else {}
    lowest, highest = (_hundredths(given.get(name, "")) for name in ("lowest", "highest"))
    band = None
    if lowest is not None or highest is not None:
        band = (lowest or 0, 10000 if highest is None else highest)
    return Plan(
        title=given.get("title", "").strip()[:120],
        pass_mark=_hundredths(given.get("pass_mark", "")) or 0,
        minutes=_whole(given.get("minutes", "")),
        band=band,
        classification=given.get("classification", ""),
        sections=tuple(_section(row, laws) for row in rows),
    )


def _section(row: dict, laws: dict) -> SectionPlan:
    return SectionPlan(
        title=row["title"][:120],
        kind=row["kind"],
        marks_each=_hundredths(row["marks_each"]) or 0,
        policy=row["policy"],
        floor=_hundredths(row["floor"]),
        cells=tuple(_cell(cell, laws) for cell in row["cells"] if cell["count"].strip()),
    )


def _cell(cell: dict, laws: dict) -> CellPlan:
    if cell["law"] and cell["law"] not in laws:
        raise BlueprintRefused("law_unknown", _("The library does not know this law: %(law)s"), law=cell["law"])
    return CellPlan(
        count=_whole(cell["count"]),
        law=laws.get(cell["law"]),
        topic=cell["topic"].strip()[:80],
        easiest=_whole(cell["easiest"] or "1"),
        hardest=_whole(cell["hardest"] or "5"),
        audience=cell["audience"],
    )


def _whole(text: str) -> int:
    text = text.strip()
    if not (text.isascii() and text.isdigit() and len(text) < 5):
        raise BlueprintRefused("number_invalid", _("This is no number: %(text)s"), text=text or "—")
    return int(text)


def _hundredths(text: str) -> int | None:
    """ "2.5" -> 250; nothing typed is None."""
    text = text.strip()
    if not text:
        return None
    try:
        value = Decimal(text) * 100
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite() or value != int(value) or not 0 <= value < 1_000_000:
        raise BlueprintRefused("number_invalid", _("This is no number: %(text)s"), text=text[:20])
    return int(value)
