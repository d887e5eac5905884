"""The figures of a report as plain data: what is locked, printed and compared. Hours are integers in hundredths.

A column whose source does not exist yet is null and prints as a dash, never as 0.
"""

import hashlib
import json
from itertools import islice

from django.utils import timezone, translation

from training import bodies, compliance, ledger
from training.models import CategoryHolding, Evidence, Person, SessionKind, StudyRecord
from training.models.ledger import Category
from training.periods import Period, day_of
from training.sessions import special_training_share

CATEGORIES = tuple(Category.values)


SPELL = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode


def digest_of(data: dict) -> str:
    """SHA-256 of the data in one fixed spelling. Read in pieces: the text of a whole district never stands in memory."""
    seal = hashlib.sha256()
    before = "{"
    for key in sorted(data):
        seal.update(f"{before}{SPELL(key)}:".encode())
        for piece in _spelled(data[key]):
            seal.update(piece.encode())
        before = ","
    seal.update(b"}")
    return seal.hexdigest()


def _spelled(value):
    if not isinstance(value, list | PeopleRows):
        yield SPELL(value)
        return
    rows, before = iter(value), "["
    while some := list(islice(rows, 500)):
        yield before + SPELL(some)[1:-1]
        before = ","
    yield "]" if before == "," else "[]"


def report_data(*, unit, period: Period, now, as_of=None) -> dict:
    """Everything a unit's report of a period says, in the form's language. The number of queries is constant.

    Plain data but for `people`, which are made as they are read: whoever keeps the data makes a list of them.
    """
    with translation.override("zh-hans"):
        return _report_data(unit, period, now, as_of)


def _report_data(unit, period: Period, now, as_of) -> dict:
    assessment = compliance.assess(unit=unit, period=period, now=now, as_of=as_of)
    body = bodies.assess_bodies(assessment)
    people = _people_of(assessment)
    rows, total = _unit_rows(assessment, body)
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
                "counted": list(r.counted),
                "document": str(r.document),
                "item": r.item,
                "quote": r.quote,
                "decided_by": r.deciding_document,
            }
            for r in assessment.requirements
        ],
        "units": rows,
        "total": total,
        "people": PeopleRows(assessment, people),
        "leavers": _leavers(assessment),
        "sessions": [_session_row(s, assessment) for s in body.sessions],
        "targets": [
            {
                "unit": s.unit.name,
                "requirement": s.requirement.title,
                "kind": str(SessionKind(s.kind).label) if s.kind and len(s.requirement.counted) > 1 else "",
                "word": s.requirement.unit_word,
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
    return {pk: (staff_no or "", name, certificate) for pk, staff_no, name, certificate in rows.iterator()}


class PeopleRows:
    """The people of a report, unit by unit. A row is made when it is read: twenty thousand at once would fill the memory."""

    def __init__(self, assessment, people: dict):
        self.assessment, self.people = assessment, people
        units = assessment.units
        self.standings = sorted(assessment.main_rows(), key=lambda row: (units[row.unit_id].path, row.person_id))

    def __len__(self):
        return len(self.standings)

    def __iter__(self):
        return (_person_row(row, self.people, self.assessment) for row in self.standings)


def _unit_rows(assessment, body) -> tuple[list[dict], dict]:
    """A row of the unit's own people and one of each unit right below with all that is below it, and their total.

    Whoever has nobody obliged, but staff or a special training, has a row too: the rows are disjoint and add up.
    """
    unit, units = assessment.unit, assessment.units
    below = {u.path: u for u in units.values() if u.parent_id == unit.pk}
    figures = {u.path: f for u, f in assessment.compared()}
    trainings = {}
    for session in body.sessions:
        path = units[session.unit_id].path
        trainings.setdefault(next((head for head in below if path.startswith(head)), unit.path), []).append(session)
    counts = {path: special_training_share(sessions)[:2] for path, sessions in trainings.items()}
    staff = {path: _staff(body.shares[u.pk]) for path, u in below.items() if u.pk in body.shares}
    whole = _staff(body.shares.get(unit.pk))
    own = {name: whole[name] - sum(one[name] for one in staff.values()) for name in whole}
    if any(own.values()):
        staff[unit.path] = own
    shown = {*figures, *staff, *(path for path, (held, _with_course) in counts.items() if held)}
    rows = [
        _unit_row(
            below.get(path, unit),
            figures.get(path, compliance.Figures()),
            staff.get(path, _staff(None)),
            counts.get(path, (0, 0)),
        )
        for path in sorted(shown)
    ]
    return rows, _unit_row(unit, assessment.total(), whole, special_training_share(body.sessions)[:2])


def _staff(share) -> dict[str, int]:
    if share is None:
        return dict.fromkeys(("staff", "qualified", "background", "either", "pre_post", "rotation", "daily"), 0)
    return {
        "staff": share.staff,
        "qualified": share.qualified,
        "background": share.background,
        "either": share.either,
        "pre_post": share.arranged["PRE_POST"],
        "rotation": share.arranged["ROTATION"],
        "daily": share.arranged["DAILY"],
    }


def _unit_row(unit, figures, staff: dict, trainings: tuple[int, int]) -> dict:
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
        **staff,
        "special_trainings": trainings[0],
        "emergency_classes": trainings[1],
        "classes": None,  # special trainings are a part of a unit's classes, not all of them
        "attendances": None,
        "exam_due": None,
        "exam_sat": None,
        "exam_passed": None,
        "certificates": None,
        "certificates_ending": None,
        "certificates_suspended": None,
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
        "minutes": session.minutes,
        "emergency_course": session.has_emergency_course if special_training_share([session])[0] else None,
        "participants": session.participants,
        "counts": session.counts,
        "refusals": [r["code"] for r in session.refusals],
    }


def _records(assessment, people) -> list[list]:
    """Table 2, a list a row to keep the locked data small: in the order of workbooks.RECORD_COLUMNS."""
    if assessment.unit.parent_id is None:
        return []  # the district's report names units; each unit's own report names its people
    ids = [row.person_id for row in assessment.people]
    records = StudyRecord.objects.filter(year=assessment.period.year, restricted="", person__in=ids)
    records = records.filter(studied_on__lte=assessment.period.ends_on)
    if not assessment.is_current:
        records = records.filter(certified_at__lte=assessment.instant)
    units = {row.person_id: assessment.units[row.unit_id].name for row in assessment.people}
    counted = {row.person_id: row.requirement.counted for row in assessment.main_rows()}
    names = {field: dict(StudyRecord._meta.get_field(field).flatchoices) for field in ("category", "mode")}
    proofs = _proofs(records)
    rows = records.order_by("studied_on", "sequence").values_list(
        "person_id", "studied_on", "title", "category", "mode", "minutes", "credit", "organiser", "origin", "certified_by__name", "certified_at",
        "submission_id",
    )  # fmt: skip
    return [
        [
            people[person_id][1],
            units[person_id],
            people[person_id][2],
            studied_on.isoformat(),
            title,
            str(names["category"][category]),
            str(names["mode"][mode]),
            minutes,
            credit,
            category in counted[person_id],
            organiser,
            proofs.get(batch, origin),
            certifier or "",
            day_of(certified_at).isoformat(),
        ]
        for person_id, studied_on, title, category, mode, minutes, credit, organiser, origin, certifier, certified_at, batch in (
            rows.iterator()
        )
    ]


def _proofs(records) -> dict[int, str]:
    """What proves the records of a batch: the names of its files, and of a late entry the document. One query."""
    files = Evidence.objects.filter(submission__in=records.values("submission"))
    names, papers = {}, {}
    for batch, name, paper in files.order_by("pk").values_list("submission_id", "name", "submission__late_document"):
        names.setdefault(batch, {})[name] = None
        papers[batch] = f"（补登依据：{paper}）" if paper else ""
    return {batch: "、".join(of_batch) + papers[batch] for batch, of_batch in names.items()}
