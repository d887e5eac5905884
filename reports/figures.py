"""The figures of a report as plain data: what is locked, printed and compared. Hours are integers in hundredths.

A column whose source does not exist yet is null and prints as a dash, never as 0.
"""

import hashlib
import json

from django.utils import timezone, translation

from training import bodies, compliance, ledger
from training.models import CategoryHolding, Person, SessionKind, StudyRecord
from training.models.ledger import Category
from training.periods import Period, day_of

CATEGORIES = tuple(Category.values)


def digest_of(data: dict) -> str:
    """SHA-256 of the data in one fixed spelling."""
    text = json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def report_data(*, unit, period: Period, now, as_of=None) -> dict:
    """Everything a unit's report of a period says, in the form's language. The number of queries is constant."""
    with translation.override("zh-hans"):
        return _report_data(unit, period, now, as_of)


def _report_data(unit, period: Period, now, as_of) -> dict:
    assessment = compliance.assess(unit=unit, period=period, now=now, as_of=as_of)
    body = bodies.assess_bodies(assessment)
    main = assessment.main_rows()
    people = _people_of(assessment)
    total = _unit_row(unit, assessment.total(), body.shares.get(unit.pk))
    rows = [_unit_row(u, f, body.shares.get(u.pk)) for u, f in assessment.compared()]
    _leave_the_rest_to_own_row(rows, total)
    return {
        "unit": {"code": unit.code, "name": unit.name, "kind": str(unit.get_kind_display()), "uscc": unit.uscc},
        "period": {
            "year": period.year,
            "kind": period.kind,
            "number": period.number,
            "label": period.label,
            "ends_on": period.ends_on.isoformat(),
        },
        "as_of": timezone.localtime(assessment.instant).isoformat(),
        "day": assessment.day.isoformat(),
        "is_open": assessment.is_open,
        "ledger": ledger.head_digest(),
        "requirements": [
            {
                "code": r.code,
                "title": r.title,
                "measure": r.measure,
                "target": r.target,
                "document": str(r.document),
                "item": r.item,
                "quote": r.quote,
                "decided_by": r.deciding_document,
            }
            for r in assessment.requirements
        ],
        "units": rows,
        "total": total,
        "people": [
            _person_row(row, people, assessment)
            for row in sorted(main, key=lambda row: (assessment.units[row.unit_id].path, row.person_id))
        ],
        "leavers": _leavers(assessment),
        "sessions": [_session_row(s, assessment) for s in body.sessions],
        "targets": [
            {
                "unit": s.unit.name,
                "requirement": s.requirement.title,
                "target": s.required,
                "counted": s.attained,
                "held": s.held,
                "base": s.base,
                "status": s.status,
                "names": list(s.names),
                "measure": s.requirement.measure,
            }
            for s in body.standings
        ],
        "records": _records(assessment, people),
    }


def _people_of(assessment) -> dict:
    found = Person.objects.filter(pk__in=[row.person_id for row in assessment.people])
    if assessment.unit.parent_id is None:
        categories = {r.staff_category for r in assessment.hour_requirements}
        found = Person.objects.filter(pk__in=CategoryHolding.objects.filter(category__in=categories).values("person"))
    rows = found.values_list("pk", "staff_no", "name", "certificate_no")
    return {pk: (staff_no or "", name, certificate) for pk, staff_no, name, certificate in rows}


STAFF = ("staff", "qualified", "background", "either", "pre_post", "rotation", "daily")


def _leave_the_rest_to_own_row(rows: list[dict], total: dict) -> None:
    """A unit's staff includes all below it; its own row shows what the rows below leave, so that rows add up."""
    own = next((row for row in rows if row["code"] == total["code"]), None)
    if own is None:
        # staff without anybody obliged are in no row of their own: the unit's row carries them
        if len(rows) and any(total[name] != sum(row[name] for row in rows) for name in STAFF):
            own = total | dict.fromkeys(
                ("obliged", "trained", "attained", "online", "met", "unmet", "met_adjusted", "adjusted_base"), 0
            )
            own["credits"] = dict.fromkeys(total["credits"], 0)
            rows.insert(0, own)
        else:
            return
    for name in STAFF:
        own[name] = total[name] - sum(row[name] for row in rows if row is not own)


def _unit_row(unit, figures, share) -> dict:
    return {
        "code": unit.code,
        "name": unit.name,
        "kind": str(unit.get_kind_display()),
        "uscc": unit.uscc,
        "obliged": figures.obliged,
        "trained": figures.trained,
        "credits": dict(zip(CATEGORIES, figures.credits, strict=True)),
        "attained": figures.attained,
        "online": figures.online,
        "met": figures.met_strict,
        "unmet": figures.unmet_strict,
        "met_adjusted": figures.met_adjusted,
        "adjusted_base": figures.adjusted_base,
        "staff": share.staff if share else 0,
        "qualified": share.qualified if share else 0,
        "background": share.background if share else 0,
        "either": share.either if share else 0,
        "pre_post": share.arranged["PRE_POST"] if share else 0,
        "rotation": share.arranged["ROTATION"] if share else 0,
        "daily": share.arranged["DAILY"] if share else 0,
        "classes": None,
        "attendances": None,
        "exam_due": None,
        "exam_sat": None,
        "exam_passed": None,
        "certificates": None,
        "certificates_ending": None,
    }


def _person_row(row, people, assessment) -> dict:
    staff_no, name, certificate = people[row.person_id]
    return {
        "staff_no": staff_no,
        "name": name,
        "certificate_no": certificate,
        "unit": assessment.units[row.unit_id].name,
        "required": row.required,
        "attained": row.attained,
        "remaining": row.remaining,
        "status": row.status,
        "is_met": row.is_met_strictly,
        "credits": dict(zip(CATEGORIES, row.credits[: len(CATEGORIES)], strict=True)),
        "adjustment": list(row.adjusted[1:]) if row.adjusted else None,
    }


def _leavers(assessment) -> list[dict]:
    rows = compliance.leavers(assessment)
    names = dict(Person.objects.filter(pk__in=[row.person_id for row in rows]).values_list("pk", "name"))
    return [
        {
            "name": names[row.person_id],
            "unit": assessment.units[row.unit_id].name,
            "left_on": row.left_on.isoformat() if row.left_on else None,
            "reason": row.reason,
            "to": row.to_unit.name if row.to_unit else None,
        }
        for row in rows
    ]


def _session_row(session, assessment) -> dict:
    return {
        "unit": assessment.units[session.unit_id].name,
        "kind": str(SessionKind(session.kind).label),
        "held_on": session.held_on.isoformat(),
        "title": session.title,
        "reference": session.reference,
        "topics": list(session.topics),
        "lecturer": session.lecturer,
        "participants": session.participants,
        "counts": session.counts,
        "refusals": [r["code"] for r in session.refusals],
    }


def _records(assessment, people) -> list[list]:
    """Table 2, a list a row to keep the locked data small: see RECORD_FIELDS."""
    if assessment.unit.parent_id is None:
        return []  # the district's report names units; each unit's own report names its people
    ids = [row.person_id for row in assessment.people]
    records = StudyRecord.objects.filter(year=assessment.period.year, restricted="", person__in=ids)
    records = records.filter(studied_on__lte=assessment.period.ends_on)
    if not assessment.is_current:
        records = records.filter(certified_at__lte=assessment.instant)
    records = records.select_related("certified_by").order_by("studied_on", "sequence")
    units = {row.person_id: assessment.units[row.unit_id].name for row in assessment.people}
    rows = []
    for r in records:
        _staff_no, name, certificate = people[r.person_id]
        counts = r.category in (Category.PROFESSIONAL, Category.LAW)
        rows.append(
            [
                name,
                units[r.person_id],
                certificate,
                r.studied_on.isoformat(),
                r.title,
                str(r.get_category_display()),
                str(r.get_mode_display()),
                r.minutes,
                r.credit,
                counts,
                r.organiser,
                r.origin,
                r.certified_by.name if r.certified_by else "",
                day_of(r.certified_at).isoformat(),
            ]
        )
    return rows
