"""The people that the rows of a workbook speak of, found in bulk: by ID number, else staff number, else certificate."""

from collections.abc import Iterable

from training import crypto
from training.models import Person, Posting, Unit

_CHUNK = 5000


def chunks(values: list) -> Iterable[list]:
    for start in range(0, len(values), _CHUNK):
        yield values[start : start + _CHUNK]


class People:
    """Who the rows mean and where they serve. A row has `name`, `id_number`, `staff_no` and perhaps `certificate_no`.

    The first number that a row states decides; a number that finds nobody is not replaced by another.
    """

    def __init__(self, rows: list):
        indexes = {crypto.blind_index(row.id_number): row.id_number for row in rows if row.id_number}
        self._by_id = {indexes[p.id_number_index]: p for p in _found("id_number_index", indexes)}
        self._by_staff = {p.staff_no: p for p in _found("staff_no", {row.staff_no for row in rows if row.staff_no})}
        plates = {plate for row in rows if (plate := _certificate(row)) and not row.id_number and not row.staff_no}
        self._by_certificate = {p.certificate_no: p for p in _found("certificate_no", plates)}
        self.by_key = {p.pk: p for p in (*self._by_id.values(), *self._by_staff.values(), *self._by_certificate.values())}
        self.units: dict[int, Unit] = {}
        for chunk in chunks(list(self.by_key)):
            for posting in Posting.objects.current().filter(is_main=True, person__in=chunk).select_related("unit"):
                self.units[posting.person_id] = posting.unit

    def of(self, row) -> Person | None:
        if row.id_number:
            return self._by_id.get(row.id_number)
        if row.staff_no:
            return self._by_staff.get(row.staff_no)
        return self._by_certificate.get(_certificate(row))

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


def _found(name: str, values: Iterable[str]):
    for chunk in chunks(sorted(values)):
        yield from Person.objects.filter(**{f"{name}__in": chunk})
