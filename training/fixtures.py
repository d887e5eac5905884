"""What the product ships: units, legal documents, requirements, hour and counting rules. Loading again changes nothing."""

import json
from datetime import date, datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction

from laws.models import LegalDocument, Provision
from training.models import (
    AttainmentKind,
    HourRuleSet,
    Requirement,
    SessionRule,
    Unit,
    YearOpening,
)
from training.periods import end_of

SHIPPED = Path(settings.BASE_DIR) / "fixtures"


def _read(name: str):
    return json.loads((SHIPPED / name).read_text(encoding="utf-8"))


@transaction.atomic
def load(*, now: datetime) -> None:
    """Load everything shipped that is not there yet. What the district changed is left as it is."""
    load_units()
    load_rules()
    load_requirements(now=now)


def load_units() -> None:
    """The unit tree, parents first; a unit that exists keeps what the district made of it."""
    paths = dict(Unit.objects.values_list("code", "path"))
    keys = dict(Unit.objects.values_list("code", "pk"))
    for position, row in enumerate(_read("units.json")):
        if row["code"] in keys:
            continue
        parent = row["parent"]
        unit = Unit.objects.create(
            code=row["code"],
            name=row["name"],
            kind=row["kind"],
            parent_id=keys[parent] if parent else None,
            path=f"{paths[parent] if parent else '/'}{row['code']}/",
            position=position,
            name_plates=row["name_plates"],
            tags=row["tags"],
        )
        paths[unit.code], keys[unit.code] = unit.path, unit.pk


def load_rules() -> None:
    rules = _read("rules.json")
    for row in rules["hour_rule_sets"]:
        HourRuleSet.objects.get_or_create(version=row["version"], defaults=row)
    for row in rules["session_rules"]:
        SessionRule.objects.get_or_create(kind=row["kind"], version=1, defaults=row)
    for row in rules["attainment_kinds"]:
        AttainmentKind.objects.get_or_create(code=row["code"], defaults=row)


def load_requirements(*, now: datetime) -> None:
    for row in _read("legal_documents.json"):
        provisions = row.pop("provisions")
        document, created = LegalDocument.objects.get_or_create(code=row["code"], defaults=row)
        if created:
            Provision.objects.bulk_create(Provision(document=document, **p) for p in provisions)
    shipped = _read("requirements_2022_2025.json")
    document = LegalDocument.objects.get(code=shipped["document"])
    entered_at = end_of(date.fromisoformat(shipped["entered_on"]))
    known = set(YearOpening.objects.values_list("year", flat=True))
    for year in shipped["years"]:
        if year in known:
            continue
        YearOpening.objects.create(year=year, opened_at=entered_at, document=str(document))
        Requirement.objects.bulk_create(
            Requirement(**row, year=year, document=document, deciding_document=str(document), entered_at=entered_at)
            for row in shipped["rows"]
        )
