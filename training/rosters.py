"""A roster becomes people: what a file would change is planned first, shown, and then applied as a whole or not at all."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from training import access, audit, crypto
from training.errors import BadInput
from training.imports.problems import Problem
from training.imports.roster import RosterRow, read_roster
from training.imports.units import UnitName, UnitNames
from training.models import CategoryHolding, Person, Posting, TransferRequest, Unit, UnitKind
from training.people import request_transfer
from training.periods import day_of

_CHUNK = 5000
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


@dataclass(slots=True)
class Plan:
    """What a roster would do. `missing` are the people of the units concerned whom the file does not name."""

    changes: list[Change]
    errors: list[Problem]
    warnings: list[Problem]
    missing: list[Person]
    new_units: list[Unit]
    is_partial: bool

    @property
    def is_refused(self) -> bool:
        return bool(self.errors) and not self.is_partial

    def count(self, kind: str) -> int:
        return sum(1 for change in self.changes if change.kind == kind)

    def as_dict(self) -> dict:
        """The object that commands print and pages keep."""
        stops = self.is_refused
        return {
            "created": 0 if stops else self.count("created"),
            "changed": 0 if stops else self.count("changed"),
            "unchanged": self.count("unchanged"),
            "requested": 0 if stops else self.count("requested"),
            "refused": len(self.errors),
            "errors": [problem_dict(p) for p in self.errors],
            "warnings": [problem_dict(p) for p in self.warnings],
        }


def problem_dict(problem: Problem) -> dict:
    return {
        "sheet": problem.sheet,
        "row": problem.row,
        "column": problem.column,
        "value": problem.value,
        "code": problem.code,
        "reason": problem.reason,
    }


def _chunks(values: list) -> Iterable[list]:
    for start in range(0, len(values), _CHUNK):
        yield values[start : start + _CHUNK]


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


def plan(*, content: bytes, filename: str, options: Options, by, now: datetime, overrides: dict | None = None) -> Plan:
    """Read a roster and say what it would change; nothing is written. Raises a FileRefused for the file as a whole.

    `by` None is the operator at the command line, who reaches every unit.
    """
    today = day_of(now)
    reading = read_roster(content, filename, today=today, overrides=overrides)
    planner = _Planner(options, by, today)
    found = _people_by_number([row.id_number for row in reading.rows])
    changes = []
    for row in reading.rows:
        change = planner.place(row)
        if change is not None:
            changes.append(change)
    _compare(changes, found)
    planner.warn_renamed(changes)
    errors = [*reading.refused, *planner.errors]
    warnings = [issue for row in reading.rows for issue in row.issues] + planner.warnings
    order = {None: -1}
    errors.sort(key=lambda p: (order.setdefault(p.sheet, len(order)), p.row))
    return Plan(changes, errors, warnings, _missing(changes, options), planner.new_units, options.partial)


class _Planner:
    """Finds each row's unit, first day and category."""

    def __init__(self, options: Options, by, today: date):
        self.options, self.by, self.today = options, by, today
        self.names = unit_names(today)
        self.errors: list[Problem] = []
        self.warnings: list[Problem] = []
        self.new_units: list[Unit] = []
        self.reach = None if by is None else access.paths_for(by, "import")

    def _problem(self, row: RosterRow, code: str, value: str, *, is_error=False, message=None, **facts) -> Problem:
        return Problem(code, row.sheet, row.row, None, None, value[:200], facts, is_error, row.name, message)

    def place(self, row: RosterRow) -> Change | None:
        unit = self._unit(row)
        if unit is None:
            return None
        joined = row.entered_unit or row.joined
        started_on = joined.first_day if joined else self.options.started_on or date(self.today.year, 1, 1)
        category = row.staff_category or self.options.staff_category
        if not category:
            message = _("No staff category is stated: nothing will oblige this person to hours")
            self.warnings.append(self._problem(row, "category_missing", row.staff_category_text, message=message))
        return Change(row, "unchanged", unit, min(started_on, self.today), category)

    def _unit(self, row: RosterRow) -> Unit | None:
        fallback = self.options.unit or self.options.create_units
        if not row.department:
            if fallback is None:
                self._refuse(row, "unit_missing", "", _("The row names no unit, and none was chosen for such rows"))
                return None
            message = _("The row names no unit: it goes to %(unit)s")
            self.warnings.append(self._problem(row, "unit_missing", "", message=message, unit=fallback.name))
            return self._reached(row, fallback)
        stated = row.department
        answer = self.names.resolve(stated)
        unit = answer.unit.id if answer.unit is not None else None
        if unit is None and fallback is not None and not row.unit_text:
            row.inner_department = row.inner_department or row.department
            message = _("No unit has this name: it is taken as an internal office of %(unit)s")
            self.warnings.append(self._problem(row, "department_unknown", stated, message=message, unit=fallback.name))
            return self._reached(row, fallback)  # only an internal office is named: it lies in the unit chosen
        if unit is None and self.options.create_units is not None:
            unit = self._create(row)
        elif unit is None:
            self._refuse(row, "department_unknown", row.department, _("This unit is not known"))
            return None
        elif answer.inner:
            row.inner_department = answer.inner
        if answer.code in ("department_alias", "department_abolished") and answer.unit is not None:
            message = {
                "department_alias": _("Read as %(official)s"),
                "department_abolished": _("This unit no longer exists; read as %(successor)s"),
            }[answer.code]
            self.warnings.append(self._problem(row, answer.code, stated, message=message, **answer.facts))
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
                self.warnings.append(self._problem(change.row, "name_changed", change.row.name, message=message, old=old))

    def _refuse(self, row: RosterRow, code: str, value: str, message):
        self.errors.append(self._problem(row, code, value, is_error=True, message=message))


def _people_by_number(numbers: list[str]) -> dict[str, Person]:
    """ID number -> person, found by the blind index."""
    index = {crypto.blind_index(number): number for number in numbers}
    found = {}
    for chunk in _chunks(list(index)):
        for person in Person.objects.filter(id_number_index__in=chunk):
            found[index[person.id_number_index]] = person
    return found


def _compare(changes: list[Change], found: dict[str, Person]) -> None:
    """Set each change's kind and fields against what is known."""
    keys = [person.pk for person in found.values()]
    postings, holdings, requests = {}, {}, {}
    for chunk in _chunks(keys):
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
    created = [change for change in plan.changes if change.kind == "created"]
    _create_people(created)
    changed = [change for change in plan.changes if change.kind == "changed"]
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
    for change in plan.changes:
        if change.kind == "requested":
            facts = {name: getattr(change.row, source) for name, source in POSTING_FIELDS.items()} | {"category": change.category}
            request_transfer(
                person=change.person,
                to_unit=change.unit,
                effective_on=max(change.started_on, day_of(now)),
                by=by,
                now=now,
                facts=facts,
            )
    outcome = plan.as_dict()
    counts = {name: outcome[name] for name in ("created", "changed", "unchanged", "requested", "refused")}
    audit.record(actor=by, act="import_people", subject="roster", now=now, facts=counts)
    return outcome


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
