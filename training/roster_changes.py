"""What a roster changes, carried out as a whole or not at all, and taken back while nothing rests on it."""

from datetime import date, datetime, timedelta

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from training import audit, crypto
from training.errors import WrongState
from training.models import (
    Adjustment,
    Attainment,
    AttainmentLine,
    CategoryHolding,
    HoursLine,
    LineState,
    Person,
    Posting,
    Role,
    StudyRecord,
    TransferRequest,
)
from training.people import Asked, request_transfers, restate
from training.periods import day_of
from training.rosters import PERSON_FIELDS, POSTING_FIELDS, Change, Plan


@transaction.atomic
def apply(*, plan: Plan, by, now: datetime) -> dict:
    """Carry a plan out, or nothing of it. Raises BadInput for a plan with refused rows that is not partial."""
    plan.require_usable()
    for unit in plan.new_units:
        if unit.pk is None:
            unit.save()
    created = plan.of_kind("created")
    _create_people(created)
    changed = plan.of_kind("changed")
    for change in changed:
        change.before = _values_of(change.person)
    _change_people(changed, by, now)
    opened = [change for change in created + changed if change.kind == "created" or "unit" in change.fields]
    Posting.objects.bulk_create([_posting(change, by, now) for change in opened], batch_size=1000)
    held = [change for change in created if change.category] + [change for change in changed if "category" in change.fields]
    since = _end_other_categories([change for change in changed if "category" in change.fields], by, now)
    holdings = [
        CategoryHolding(
            person=c.person,
            category=c.category,
            started_on=since.get(c.person.pk, c.started_on),
            entered_at=now,
            entered_by=by,
        )
        for c in held
    ]
    CategoryHolding.objects.bulk_create(holdings, batch_size=1000)
    requests = [
        Asked(
            person=change.person,
            to_unit=change.unit,
            effective_on=max(change.started_on, day_of(now)),
            facts={name: getattr(change.row, source) for name, source in POSTING_FIELDS.items()} | {"category": change.category},
        )
        for change in plan.of_kind("requested")
    ]
    requested = request_transfers(asked=requests, by=by, now=now)
    plan.traces = {
        "created": [change.person.pk for change in created],
        "changed": [
            {"person": change.person.pk, "before": change.before, "after": _values_of(change.person)} for change in changed
        ],
        "requests": [request.pk for request in requested],
    }
    audit.record(actor=by, act="import_people", subject="roster", now=now, facts=plan.counts())
    return plan.as_dict()


KEPT = (*PERSON_FIELDS, "phone_sealed", "phone_index")


def _values_of(person: Person) -> dict:
    """What a roster may change of a person, as it is kept with the import; what is sealed stays sealed."""
    return {name: getattr(person, name) for name in KEPT} | {"phone_sealed": bytes(person.phone_sealed or b"").hex()}


@transaction.atomic
def undo(*, traces: dict, applied_at: datetime, by, now: datetime) -> int:
    """Take back what a roster did: its postings and categories never were, facts are as before. How many people it touched.

    Raises WrongState when something was built on it since: study registered, a role given, an account opened, a
    posting, category or fact changed again, a transfer decided.
    """
    people = [*traces["created"], *(row["person"] for row in traces["changed"])]
    entered = Posting.objects.select_for_update().filter(person__in=people, entered_at=applied_at)
    held = CategoryHolding.objects.select_for_update().filter(person__in=people, entered_at=applied_at)
    _refuse_built_on(traces, applied_at, people, entered, held)
    for rows in (entered, held):
        _stand_again(rows, people, applied_at, by, now)
    before = {row["person"]: row["before"] for row in traces["changed"]}
    changed = list(Person.objects.select_for_update().filter(pk__in=before))
    for person in changed:
        for name, value in before[person.pk].items():
            setattr(person, name, bytes.fromhex(value) if name == "phone_sealed" else value)
    Person.objects.bulk_update(changed, KEPT, batch_size=500)
    TransferRequest.objects.filter(pk__in=traces["requests"]).update(
        state=TransferRequest.State.WITHDRAWN, decided_by=by, decided_at=now
    )
    audit.record(actor=by, act="undo_import", subject="roster", now=now, facts={"people": len(people)})
    return len(people)


def _stand_again(rows, people: list[int], entered_at: datetime, by, now: datetime) -> None:
    """`rows`, entered at an instant, never were: what they took the place of stands again, entered anew. Nothing is edited."""
    model = rows.model
    model.objects.filter(pk__in=[row.pk for row in rows]).update(superseded_at=now)
    replaced = list(model.objects.filter(person__in=people, superseded_at=entered_at))
    for row in replaced:
        row.pk, row._state.adding = None, True
        row.entered_at, row.entered_by, row.superseded_at = now, by, None
    model.objects.bulk_create(replaced, batch_size=1000)


@transaction.atomic
def undo_resolution(*, people: list[int], resolved_at: datetime, by, now: datetime) -> None:
    """Take back what was said of people whom the roster does not name. Raises WrongState when their postings changed since."""
    entered = Posting.objects.select_for_update().filter(person__in=people, entered_at=resolved_at)
    later = Posting.objects.filter(person__in=entered.values("person"), entered_at__gt=resolved_at)
    if later.exists() or entered.exclude(superseded_at=None).exists():
        raise WrongState(_("People missing from the roster were posted anew since: the import cannot be undone."))
    _stand_again(entered, people, resolved_at, by, now)


def _refuse_built_on(traces: dict, applied_at: datetime, people: list[int], entered, held) -> None:
    created = traces["created"]
    after = {row["person"]: row["after"] for row in traces["changed"]}
    checks = (
        HoursLine.objects.filter(person__in=created).exclude(state=LineState.REVOKED),
        StudyRecord.objects.filter(person__in=created),
        AttainmentLine.objects.filter(person__in=created).exclude(state=LineState.REVOKED),
        Attainment.objects.filter(person__in=created),
        Adjustment.objects.filter(person__in=created, superseded_at=None),
        Role.objects.filter(person__in=created),
        Person.objects.filter(pk__in=created, last_login__isnull=False),
        entered.exclude(superseded_at=None),
        held.exclude(superseded_at=None),
        Posting.objects.filter(person__in=people, entered_at__gt=applied_at),
        CategoryHolding.objects.filter(person__in=people, entered_at__gt=applied_at),
        TransferRequest.objects.filter(pk__in=traces["requests"]).exclude(state=TransferRequest.State.REQUESTED),
        TransferRequest.objects.open().filter(person__in=created),
    )
    if any(rows.exists() for rows in checks):
        raise WrongState(_("Something rests on this import already (study, roles, postings or transfers): it cannot be undone."))
    for person in Person.objects.filter(pk__in=after):
        if _values_of(person) != after[person.pk]:
            raise WrongState(_("%(name)s was changed again since: the import cannot be undone."), name=person.name)


def _end_other_categories(changes: list[Change], by, now: datetime) -> dict[int, date]:
    """End what these people were until today; person -> the day the new category begins."""
    today = day_of(now)
    old = list(CategoryHolding.objects.select_for_update().current().filter(person__in=[c.person.pk for c in changes]))
    CategoryHolding.objects.filter(pk__in=[holding.pk for holding in old]).update(superseded_at=now)
    since, ended = {}, []
    for holding in old:
        last = today - timedelta(days=1)
        since[holding.person_id] = today
        if holding.started_on <= last:  # one that began today never was
            holding.pk, holding._state.adding = None, True
            holding.entered_at, holding.entered_by, holding.ended_on = now, by, last
            ended.append(holding)
    CategoryHolding.objects.bulk_create(ended, batch_size=1000)
    return since


def _posting(change: Change, by, now) -> Posting:
    facts = {
        name: getattr(change.row, source)[: 80 if name in ("inner_office", "post") else 40]
        for name, source in POSTING_FIELDS.items()
    }
    return Posting(person=change.person, unit=change.unit, started_on=change.started_on, entered_at=now, entered_by=by, **facts)


def _create_people(changes: list[Change]) -> None:
    """Accounts without a password: an activation code opens them, so nothing is hashed here."""
    taken = set(Person.objects.values_list("username", flat=True)) | set(
        Person.objects.exclude(staff_no=None).values_list("staff_no", flat=True)
    )
    people = []
    for change in changes:
        row = change.row
        index = crypto.blind_index(row.id_number)
        staff_no = row.staff_no[:40] or None
        if staff_no in taken:
            staff_no = None
        username = staff_no or f"u{index[:12]}"
        taken.add(username)
        change.person = Person(
            username=username,
            staff_no=staff_no,
            name=row.name,
            sex={"男": "M", "女": "F"}[row.sex],
            id_number_sealed=crypto.seal(row.id_number),
            id_number_index=index,
            phone_sealed=crypto.seal(row.phone),
            phone_index=crypto.blind_index(row.phone),
            certificate_no=row.certificate_no[:32],
            establishment=row.establishment[:30],
            password=UNUSABLE_PASSWORD_PREFIX,
        )
        people.append(change.person)
    Person.objects.bulk_create(people, batch_size=1000)


def _change_people(changes: list[Change], by, now) -> None:
    people, replaced = [], []
    for change in changes:
        person, row = change.person, change.row
        for name in PERSON_FIELDS:
            if name in change.fields:
                setattr(person, name, change.fields[name][1])
        if "phone" in change.fields:
            person.phone_sealed, person.phone_index = crypto.seal(row.phone), crypto.blind_index(row.phone)
        people.append(person)
        if any(name in change.fields for name in POSTING_FIELDS):
            replaced.append(change)
    Person.objects.bulk_update(people, [*PERSON_FIELDS, "phone_sealed", "phone_index"], batch_size=500)
    by_person = {change.person.pk: change for change in replaced}
    postings = list(Posting.objects.select_for_update().current().filter(is_main=True, person__in=by_person))
    for posting in postings:
        fields = by_person[posting.person_id].fields
        for name in POSTING_FIELDS:
            if name in fields:
                setattr(posting, name, fields[name][1])
    restate(postings=postings, now=now, by=by)
