"""A roster becomes people: what a file would change is planned first, shown, and then applied as a whole or not at all."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from training import access, audit, crypto
from training.errors import BadInput, WrongState
from training.findings import Findings, Listing, Outcome, in_order, no_progress
from training.imports.layout import Understanding
from training.imports.problems import Problem
from training.imports.roster import RosterRow, read_roster
from training.imports.units import UnitName, UnitNames
from training.matching import chunks
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
    StaffCategory,
    StudyRecord,
    TransferRequest,
    Unit,
    UnitKind,
)
from training.people import Asked, request_transfers
from training.periods import day_of

UNIT_ROLES = ("unit", "unit_and_department", "inner_department")
PERSON_FIELDS = ("name", "certificate_no", "establishment")
POSTING_FIELDS = {"inner_office": "inner_department", "post": "post", "post_level": "post_level", "rank_grade": "rank"}


@dataclass(slots=True)
class Options:
    """What the file does not say and was asked once."""

    unit: Unit | None = None
    create_units: Unit | None = None
    staff_category: str = ""
    started_on: date | None = None
    partial: bool = False


@dataclass(slots=True)
class Change:
    """One person of the file: `kind` created, changed, unchanged or requested; `fields` maps a field to (old, new)."""

    row: RosterRow
    kind: str
    unit: Unit
    started_on: date
    category: str
    person: Person | None = None
    fields: dict = field(default_factory=dict)
    before: dict = field(default_factory=dict)


@dataclass
class Plan(Outcome):
    """What a roster would do. `missing` are the people of the units concerned whom the file does not name."""

    changes: list[Change]
    errors: list[Problem]
    warnings: list[Problem]
    missing: list[Person]
    new_units: list[Unit]
    is_partial: bool
    understanding: Understanding
    traces: dict = field(default_factory=dict)

    def of_kind(self, kind: str) -> list[Change]:
        return [change for change in self.changes if change.kind == kind]

    @property
    def created(self) -> int:
        return len(self.of_kind("created"))

    @property
    def changed(self) -> int:
        return len(self.of_kind("changed"))

    @property
    def unchanged(self) -> int:
        return len(self.of_kind("unchanged"))

    @property
    def requested(self) -> int:
        return len(self.of_kind("requested"))

    def listings(self) -> list[Listing]:
        """The changes as tables. Of people active elsewhere only the name that the file itself states."""
        changed, created, requested = (self.of_kind(kind) for kind in ("changed", "created", "requested"))
        unit, name = _("Unit"), _("Name")
        return [
            Listing(
                _("Changed"),
                [name, unit, _("What changes")],
                [[c.row.name, c.unit.name, _changes_in_words(c)] for c in changed[: Listing.SHOWN]],
                len(changed),
            ),
            Listing(
                _("New"),
                [name, unit, _("Since"), _("Staff category")],
                [
                    [
                        c.row.name,
                        c.unit.name,
                        c.started_on.isoformat(),
                        str(StaffCategory(c.category).label) if c.category else "—",
                    ]
                    for c in created[: Listing.SHOWN]
                ],
                len(created),
            ),
            Listing(
                _("Active in another unit: a transfer will be requested"),
                [name, unit],
                [[c.row.name, c.unit.name] for c in requested[: Listing.SHOWN]],
                len(requested),
            ),
        ]


FIELD_LABELS = {
    "name": _("name"),
    "certificate_no": _("certificate number"),
    "establishment": _("establishment"),
    "phone": _("telephone"),
    "unit": _("unit"),
    "inner_office": _("internal office"),
    "post": _("post"),
    "post_level": _("post level"),
    "rank_grade": _("rank"),
    "category": _("staff category"),
}


def _changes_in_words(change: Change) -> str:
    parts = []
    for field_name, (old, new) in change.fields.items():
        if field_name == "category":
            old, new = "、".join(_category_word(code) for code in old.split("、")), _category_word(new)
        parts.append(f"{FIELD_LABELS[field_name]} {old or '—'} → {new}")
    return "；".join(parts)


def _category_word(code: str) -> str:
    return str(StaffCategory(code).label) if code in StaffCategory.values else code


def unit_names(day: date) -> UnitNames:
    """All units with their other names, ready to be asked."""
    units = {u.pk: u for u in Unit.objects.order_by("path")}
    known = []
    for unit in units.values():
        above, parent = [], units.get(unit.parent_id)
        while parent is not None:
            above.insert(0, parent.name)
            parent = units.get(parent.parent_id)
        known.append(UnitName(unit, unit.name, tuple(unit.name_plates), unit.valid_to, tuple(above)))
    return UnitNames(known, as_of=day)


def plan(
    *, content: bytes, filename: str, options: Options, by, now: datetime, overrides: dict | None = None, progress=no_progress
) -> Plan:
    """Read a roster and say what it would change; nothing is written. Raises a FileRefused for the file as a whole.

    `by` None is the operator at the command line, who reaches every unit.
    """
    today = day_of(now)
    progress(0, 100, _("Reading the file"))
    reading = read_roster(content, filename, today=today, overrides=overrides)
    progress(50, 100, _("Finding the people"))
    findings = Findings(reading.understanding)
    planner = _Planner(options, by, today, findings)
    found = _people_by_number([row.id_number for row in reading.rows])
    progress(65, 100, _("Comparing with what is known"))
    changes = []
    for row in reading.rows:
        change = planner.place(row)
        if change is not None:
            changes.append(change)
    _compare(changes, found)
    planner.warn_renamed(changes)
    return Plan(
        changes=changes,
        errors=in_order([*reading.refused, *findings.errors]),
        warnings=[issue for row in reading.rows for issue in row.issues] + findings.warnings,
        missing=_missing(changes, options),
        new_units=planner.new_units,
        is_partial=options.partial,
        understanding=reading.understanding,
    )


# what is said of a unit named otherwise than it is called, by code and whether a unit was found
_REMARKS = {
    ("department_alias", True): _("Read as %(official)s"),
    ("department_abolished", True): _("This unit no longer exists; read as %(successor)s"),
    ("department_abolished", False): _("This unit no longer exists, its tasks went to %(successor)s; it is entered as stated"),
}


class _Planner:
    """Finds each row's unit, first day and category."""

    def __init__(self, options: Options, by, today: date, findings: Findings):
        self.options, self.by, self.today, self.findings = options, by, today, findings
        self.names = unit_names(today)
        self.new_units: list[Unit] = []
        self.reach = None if by is None else access.paths_for(by, "import")

    def place(self, row: RosterRow) -> Change | None:
        unit = self._unit(row)
        if unit is None:
            return None
        joined = row.entered_unit or row.joined
        started_on = joined.first_day if joined else self.options.started_on or date(self.today.year, 1, 1)
        category = row.staff_category or self.options.staff_category
        if not category:
            message = _("No staff category is stated: nothing will oblige this person to hours")
            self.findings.warn(row, "category_missing", message, row.staff_category_text, ("staff_category",))
        return Change(row, "unchanged", unit, min(started_on, self.today), category)

    def _unit(self, row: RosterRow) -> Unit | None:
        fallback = self.options.unit or self.options.create_units
        if not row.department:
            if fallback is None:
                self._refuse(row, "unit_missing", "", _("The row names no unit, and none was chosen for such rows"))
                return None
            message = _("The row names no unit: it goes to %(unit)s")
            self.findings.warn(row, "unit_missing", message, "", UNIT_ROLES, unit=fallback.name)
            return self._reached(row, fallback)
        stated = row.department
        answer = self.names.resolve(stated)
        unit = answer.unit.id if answer.unit is not None else None
        if unit is None and fallback is not None and not row.unit_text:
            row.inner_department = row.inner_department or row.department
            message = _("No unit has this name: it is taken as an internal office of %(unit)s")
            self.findings.warn(row, "department_unknown", message, stated, UNIT_ROLES, unit=fallback.name)
            return self._reached(row, fallback)  # only an internal office is named: it lies in the unit chosen
        if unit is None and self.options.create_units is not None:
            unit = self._create(row)
        elif unit is None:
            self._refuse(row, "department_unknown", row.department, _("This unit is not known"))
            return None
        elif answer.inner:
            row.inner_department = answer.inner
        message = _REMARKS.get((answer.code, answer.unit is not None))
        if message is not None:
            self.findings.warn(row, answer.code, message, stated, UNIT_ROLES, **answer.facts)
        return self._reached(row, unit)

    def _create(self, row: RosterRow) -> Unit:
        """A unit below the one chosen, planned; it is saved when the plan is applied."""
        above = self.options.create_units
        name = (row.unit_text or row.department).split("/")[0][:120]
        code = f"{above.code}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"
        unit = Unit(code=code, name=name, kind=UnitKind.DEPARTMENT, parent=above, path=f"{above.path}{code}/")
        self.new_units.append(unit)
        self.names.add(UnitName(unit, name))
        return unit

    def _reached(self, row: RosterRow, unit: Unit) -> Unit | None:
        if self.reach is not None and not any(unit.path.startswith(path) for path in self.reach):
            self._refuse(row, "unit_out_of_reach", unit.name, _("This unit is outside your responsibility"))
            return None
        return unit

    def warn_renamed(self, changes: list[Change]) -> None:
        """Another name under a known ID number is taken over only with a word."""
        for change in changes:
            if "name" in change.fields:
                message = _("This ID number was known under the name %(old)s; the name will be changed")
                old = change.fields["name"][0]
                self.findings.warn(change.row, "name_changed", message, change.row.name, ("name",), old=old)

    def _refuse(self, row: RosterRow, code: str, value: str, message):
        self.findings.refuse(row, code, message, value, UNIT_ROLES)


def _people_by_number(numbers: list[str]) -> dict[str, Person]:
    """ID number -> person, found by the blind index."""
    index = {crypto.blind_index(number): number for number in numbers}
    found = {}
    for chunk in chunks(list(index)):
        for person in Person.objects.filter(id_number_index__in=chunk):
            found[index[person.id_number_index]] = person
    return found


def _compare(changes: list[Change], found: dict[str, Person]) -> None:
    """Set each change's kind and fields against what is known."""
    keys = [person.pk for person in found.values()]
    postings, holdings, requests = {}, {}, {}
    for chunk in chunks(keys):
        for posting in Posting.objects.current().filter(is_main=True, person__in=chunk).select_related("unit"):
            postings[posting.person_id] = posting
        for holding in CategoryHolding.objects.current().filter(person__in=chunk):
            holdings.setdefault(holding.person_id, set()).add(holding.category)
        for request in TransferRequest.objects.open().filter(person__in=chunk):
            requests[request.person_id] = request
    for change in changes:
        person = change.person = found.get(change.row.id_number)
        if person is None:
            change.kind = "created"
            continue
        posting = postings.get(person.pk)
        if posting is not None and posting.unit_id != change.unit.pk:
            request = requests.get(person.pk)
            is_asked = request is not None and request.to_unit_id == change.unit.pk
            change.kind = "unchanged" if is_asked else "requested"
            continue
        change.fields = _differences(change, person, posting, holdings.get(person.pk, set()))
        change.kind = "changed" if change.fields else "unchanged"


def _differences(change: Change, person: Person, posting: Posting | None, held: set[str]) -> dict:
    """field -> (old, new) where the file states something else; what the file leaves empty changes nothing."""
    row = change.row
    fields = {}
    for name in PERSON_FIELDS:
        new = getattr(row, name)
        if new and new != getattr(person, name):
            fields[name] = (getattr(person, name), new)
    if row.phone and crypto.blind_index(row.phone) != person.phone_index:
        fields["phone"] = (person.phone_masked, crypto.mask_phone(row.phone))
    if posting is None:
        fields["unit"] = ("", change.unit.name)
    else:
        for name, source in POSTING_FIELDS.items():
            new = getattr(row, source)[: 80 if name in ("inner_office", "post") else 40]
            if new and new != getattr(posting, name):
                fields[name] = (getattr(posting, name), new)
    if change.row.staff_category and held and change.category not in held:
        fields["category"] = ("、".join(sorted(held)), change.category)  # the file states another: it takes the place
    elif change.category and not held:
        fields["category"] = ("", change.category)
    return fields


def _missing(changes: list[Change], options: Options) -> list[Person]:
    """Who serves in the units the file speaks of, or in the unit chosen, and is not in it."""
    units = {change.unit.pk for change in changes if change.unit.pk}
    if options.unit is not None:
        units.add(options.unit.pk)
    named = {change.person.pk for change in changes if change.person is not None}
    serving = Posting.objects.current().filter(is_main=True, unit__in=units).values("person")
    return [p for p in Person.objects.filter(pk__in=serving).order_by("name", "pk") if p.pk not in named]


@transaction.atomic
def apply(*, plan: Plan, by, now: datetime) -> dict:
    """Carry a plan out, or nothing of it. Raises BadInput for a plan with refused rows that is not partial."""
    if plan.is_refused:
        raise BadInput(_("Rows were refused: nothing was taken over. Correct them, or take the others over alone."))
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
        model = rows.model
        model.objects.filter(pk__in=[row.pk for row in rows]).update(superseded_at=now)
        replaced = list(model.objects.filter(person__in=people, superseded_at=applied_at))
        for row in replaced:  # what stood before stands again, entered anew: nothing is edited
            row.pk, row._state.adding = None, True
            row.entered_at, row.entered_by, row.superseded_at = now, by, None
        model.objects.bulk_create(replaced, batch_size=1000)
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
    old = list(Posting.objects.select_for_update().current().filter(is_main=True, person__in=by_person))
    Posting.objects.filter(pk__in=[posting.pk for posting in old]).update(superseded_at=now)
    fresh = []
    for posting in old:
        fields = by_person[posting.person_id].fields
        posting.pk, posting._state.adding = None, True
        posting.entered_at, posting.entered_by = now, by
        for name in POSTING_FIELDS:
            if name in fields:
                setattr(posting, name, fields[name][1])
        fresh.append(posting)
    Posting.objects.bulk_create(fresh, batch_size=1000)


RESOLUTIONS = ("here", "left", "seconded", "wrong_file")


@transaction.atomic
def resolve_missing(*, people: Iterable[Person], resolution: str, on: date | None, by, now: datetime) -> int:
    """Say of people whom a roster does not name what became of them; how many postings ended.

    `left` ends the posting on a day; `seconded` records the secondment's reason and leaves the person counted here;
    `here` and `wrong_file` change nothing. Raises BadInput, NotAllowed.
    """
    if resolution not in RESOLUTIONS:
        raise BadInput(_("Choose what became of them."))
    people = list(people)
    postings = list(
        Posting.objects.select_for_update(of=["self"]).current().filter(is_main=True, person__in=people).select_related("unit")
    )
    for posting in postings:
        if by is not None:
            access.require(by, "import", posting.unit)
    facts = {"resolution": resolution, "people": sorted(p.pk for p in people), "on": on.isoformat() if on else ""}
    audit.record(actor=by, act="resolve_missing", subject="roster", now=now, facts=facts)
    if resolution in ("here", "wrong_file"):
        return 0
    if on is None or on > day_of(now):
        raise BadInput(_("State the day; it cannot lie in the future."))
    for posting in postings:
        if on < posting.started_on:
            raise BadInput(_("A posting cannot end before it begins (%(date)s)."), date=posting.started_on.isoformat())
    Posting.objects.filter(pk__in=[posting.pk for posting in postings]).update(superseded_at=now)
    for posting in postings:
        posting.pk, posting._state.adding = None, True
        posting.entered_at, posting.entered_by, posting.end_reason = now, by, resolution
        if resolution == "left":
            posting.ended_on = on
    Posting.objects.bulk_create(postings, batch_size=1000)
    return len(postings) if resolution == "left" else 0
