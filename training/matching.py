"""Whom and which units the rows of a workbook mean. People are found in bulk: by ID number, else staff number, else certificate."""

from collections import Counter
from collections.abc import Iterable
from datetime import date

from django.utils.translation import gettext_lazy as _

from training import crypto
from training.imports.texts import mask
from training.imports.units import UnitName, UnitNames
from training.models import Person, Posting, Unit

_CHUNK = 5000
NUMBERS = ("id_number", "staff_no", "officer_certificate", "name")


def chunks(values: list) -> Iterable[list]:
    for start in range(0, len(values), _CHUNK):
        yield values[start : start + _CHUNK]


def is_within(unit: Unit | None, reach: list[str] | None) -> bool:
    """Whether somebody of that reach may speak of the unit; None is the operator, who reaches everybody."""
    return reach is None or (unit is not None and any(unit.path.startswith(path) for path in reach))


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


class People:
    """Who the rows mean and where they serve. A row has `name`, `id_number`, `staff_no` and perhaps `officer_certificate`.

    The first number that a row states decides; a number that finds nobody is not replaced by another.
    """

    def __init__(self, rows: list):
        indexes = {crypto.blind_index(row.id_number): row.id_number for row in rows if row.id_number}
        self._by_id = {indexes[p.id_number_index]: p for p in people_with("id_number_index", indexes)}
        self._by_staff = {p.staff_no: p for p in people_with("staff_no", {row.staff_no for row in rows if row.staff_no})}
        plates = {plate for row in rows if (plate := _certificate(row)) and not row.id_number and not row.staff_no}
        holders = Counter()
        self._by_certificate = {}
        for person in people_with("certificate_no", plates):
            holders[person.certificate_no] += 1
            self._by_certificate[person.certificate_no] = person
        for plate, count in holders.items():
            if count > 1:  # two people under one number: nobody is guessed
                del self._by_certificate[plate]
        self.by_key = {p.pk: p for p in (*self._by_id.values(), *self._by_staff.values(), *self._by_certificate.values())}
        serving = []
        for chunk in chunks(list(self.by_key)):
            serving += Posting.objects.current().filter(is_main=True, person__in=chunk).values_list("person_id", "unit_id")
        units = Unit.objects.in_bulk({unit_id for _person_id, unit_id in serving})
        self.units: dict[int, Unit] = {person_id: units[unit_id] for person_id, unit_id in serving}

    def of(self, row) -> Person | None:
        if row.id_number:
            return self._by_id.get(row.id_number)
        if row.staff_no:
            return self._by_staff.get(row.staff_no)
        return self._by_certificate.get(_certificate(row))

    def meant_by(self, row, findings, reach: list[str] | None) -> Person | None:
        """Whom the row means, or None with the reason noted: the first that applies.

        `reach` are the paths of the units whose people may be spoken of; see `is_within`.
        """
        person, stated = self.of(row), mask(row.id_number) if row.id_number else row.staff_no or _certificate(row)
        if person is None and not (row.id_number or row.staff_no or _certificate(row)):
            message = _("A name alone does not say who it is: add ID or staff number")
            return findings.refuse(row, "number_missing", message, row.name, ("name",))
        if person is None:
            return findings.refuse(row, "person_unknown", _("This person is in no roster"), stated, NUMBERS)
        if row.name and row.name != person.name:
            message = _("The number belongs to somebody of another name")
            return findings.refuse(row, "name_mismatch", message, row.name, ("name",))
        unit = self.units.get(person.pk)
        if not is_within(unit, reach):
            message = _("This person does not serve in a unit of yours")
            return findings.refuse(row, "person_out_of_reach", message, stated, NUMBERS)
        return person

    def common_unit(self, keys: Iterable[int]) -> Unit | None:
        """The lowest unit that has all of them below it."""
        paths = {self.units[key].path for key in keys if key in self.units}
        if not paths:
            return Unit.objects.filter(parent=None).first()
        shared = sorted(paths)[0]
        while shared and not all(path.startswith(shared) for path in paths):
            shared = shared.rstrip("/").rsplit("/", 1)[0] + "/"
        return Unit.objects.filter(path=shared).first() or Unit.objects.filter(parent=None).first()


def _certificate(row) -> str:
    return getattr(row, "officer_certificate", "")


def people_with(name: str, values: Iterable[str]) -> Iterable[Person]:
    """The people who have one of the values in the field `name`."""
    for chunk in chunks(sorted(values)):
        yield from Person.objects.filter(**{f"{name}__in": chunk})
