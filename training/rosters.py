"""What a roster would change: every row's unit, first day and category set against what is known. Nothing is written here."""

import hashlib
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime

from django.utils.translation import gettext_lazy as _

from training import access, crypto, missing, plans
from training.findings import Findings
from training.imports.roster import RosterRow, read_roster
from training.imports.units import UnitName
from training.matching import chunks, is_within, people_with, unit_names
from training.models import CategoryHolding, Person, Posting, StaffCategory, TransferRequest, Unit, UnitKind
from training.periods import day_of
from training.plans import Listing, no_progress

UNIT_ROLES = ("unit", "unit_and_department", "inner_department")
PERSON_FIELDS = ("name", "certificate_no", "establishment")
POSTING_FIELDS = {"inner_office": "inner_department", "post": "post", "post_level": "post_level", "rank_grade": "rank"}


@dataclass(slots=True, kw_only=True)
class Options(plans.Options):
    """Rows without a unit go to `unit`, else to `create_units`, below which unknown units are made."""

    create_units: Unit | None = None
    staff_category: str = ""
    started_on: date | None = None


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


@dataclass(kw_only=True)
class Plan(plans.Plan):
    """`missing` are the people of the units concerned whom the file does not name."""

    changes: list[Change]
    missing: list[Person]
    new_units: list[Unit]

    def of_kind(self, kind: str) -> list[Change]:
        return [change for change in self.changes if change.kind == kind]

    @property
    def created(self) -> int:
        return len(self.of_kind("created"))

    @property
    def changed(self) -> int:
        return len(self.of_kind("changed"))

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


def plan(
    *, content: bytes, filename: str, options: Options, by, now: datetime, overrides: dict | None = None, progress=no_progress
) -> Plan:
    """Read a roster and say what it would change; nothing is written. Raises a FileRefused for the file as a whole.

    `by` None is the operator at the command line, who reaches every unit.
    """
    source = {"content": content, "filename": filename, "now": now, "overrides": overrides, "progress": progress}
    reading, findings = plans.read(read_roster, **source)
    progress(50, 100, _("Finding the people"))
    planner = _Planner(options, by, day_of(now), findings)
    known = _Known(reading.rows)
    progress(65, 100, _("Comparing with what is known"))
    changes = []
    for row in reading.rows:
        person = known.person_of(row)
        if _is_somebody(row, person, findings) and (change := planner.place(row)) is not None:
            change.person = person
            known.compare(change)
            changes.append(change)
    planner.warn_renamed(changes)
    kinds = Counter(change.kind for change in changes)
    return Plan(
        changes=changes,
        unchanged=kinds["unchanged"],
        missing=_missing(changes, options),
        new_units=planner.new_units,
        is_partial=options.partial,
        **plans.found_in(reading, findings),
    )


def _is_somebody(row: RosterRow, person: Person | None, findings: Findings) -> bool:
    """A row with an ID number is always somebody; a staff number alone must be known, and under that name."""
    if row.id_number:
        return True
    if person is None:
        message = _("Nobody has this staff number, and a new person is entered only with the ID number")
        findings.refuse(row, "id_missing", message, row.staff_no, ("staff_no",))
    elif person.name != row.name:
        message = _("The number belongs to somebody of another name")
        findings.refuse(row, "name_mismatch", message, row.name, ("name",))
    else:
        return True
    return False


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
        started_on = self._first_day(row)
        category = row.staff_category or self.options.staff_category
        if not category:
            message = _("No staff category is stated: nothing will oblige this person to hours")
            self.findings.warn(row, "category_missing", message, row.staff_category_text, ("staff_category",))
        return Change(row, "unchanged", unit, started_on, category)

    def _first_day(self, row: RosterRow) -> date:
        """The day the row states for the unit; else the one asked for, but nobody serves before having begun to work."""
        if row.entered_unit:
            return row.entered_unit.first_day
        asked = self.options.started_on or date(self.today.year, 1, 1)
        began = row.work_started.first_day if row.work_started else asked
        return min(max(asked, began), self.today)

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
        stated, _stroke, office = (row.unit_text or row.department).partition("/")
        row.inner_department = "/".join(filter(None, (office, row.inner_department)))
        name = stated[:120]
        code = f"{above.code}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"
        unit = Unit(code=code, name=name, kind=UnitKind.DEPARTMENT, parent=above, path=f"{above.path}{code}/")
        self.new_units.append(unit)
        self.names.add(UnitName(unit, name))
        return unit

    def _reached(self, row: RosterRow, unit: Unit) -> Unit | None:
        if not is_within(unit, self.reach):
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


class _Known:
    """The people of the file who are known, with where they serve, what they are, and who has asked for them."""

    def __init__(self, rows: list[RosterRow]):
        index = {crypto.blind_index(row.id_number): row.id_number for row in rows if row.id_number}
        numbers = {row.staff_no for row in rows if not row.id_number}
        self._by_id = {index[p.id_number_index]: p for p in people_with("id_number_index", index)}
        self._by_staff = {p.staff_no: p for p in people_with("staff_no", numbers)}
        self._postings: dict[int, Posting] = {}
        self._held: dict[int, set[str]] = {}
        self._requests: dict[int, TransferRequest] = {}
        for chunk in chunks([person.pk for person in (*self._by_id.values(), *self._by_staff.values())]):
            for posting in Posting.objects.current().filter(is_main=True, person__in=chunk).select_related("unit"):
                self._postings[posting.person_id] = posting
            for holding in CategoryHolding.objects.current().filter(person__in=chunk):
                self._held.setdefault(holding.person_id, set()).add(holding.category)
            for request in TransferRequest.objects.open().filter(person__in=chunk):
                self._requests[request.person_id] = request

    def person_of(self, row: RosterRow) -> Person | None:
        return self._by_id.get(row.id_number) if row.id_number else self._by_staff.get(row.staff_no)

    def compare(self, change: Change) -> None:
        """Set the change's kind and fields against what is known."""
        person = change.person
        if person is None:
            change.kind = "created"
            return
        posting = self._postings.get(person.pk)
        if posting is not None and posting.unit_id != change.unit.pk:
            request = self._requests.get(person.pk)
            is_asked = request is not None and request.to_unit_id == change.unit.pk
            change.kind = "unchanged" if is_asked else "requested"
            return
        change.fields = _differences(change, person, posting, self._held.get(person.pk, set()))
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
    serving = missing.serving_in(units).values("person")
    return [p for p in Person.objects.filter(pk__in=serving).order_by("name", "pk") if p.pk not in named]
