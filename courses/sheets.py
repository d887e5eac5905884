"""A paper sign-in sheet from a workbook: shown first with its errors by row, then taken over by one confirmation."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from courses import sign_in
from courses.models import Attendance, TimetableItem
from training import access
from training.errors import BadInput
from training.findings import Findings, in_order
from training.imports.problems import Problem
from training.imports.sign_in_sheets import read_sign_in_sheet
from training.matching import People
from training.models import Person
from training.periods import day_of


@dataclass(frozen=True, slots=True)
class Sheet:
    """What taking the sheet over would change."""

    people: tuple[Person, ...]
    known: int
    walk_ins: int
    errors: tuple[Problem, ...]


def read(*, item: TimetableItem, content: bytes, filename: str, by, now: datetime) -> Sheet:
    """Read the sheet against the class; nothing is written. Raises a FileRefused."""
    access.require(by, "run_classes", item.offering.unit)
    reading = read_sign_in_sheet(content, filename, today=day_of(now))
    findings = Findings(reading.understanding)
    people = People(reading.rows)
    enrolled = set(item.offering.enrolments.values_list("person_id", flat=True))
    here = set(item.attendances.filter(revoked_at=None).values_list("person_id", flat=True))
    reach = access.paths_for(by, "run_classes")
    met, fresh, known, walk_ins = {}, [], 0, 0
    for row in reading.rows:
        known_here = (found := people.of(row)) is not None and found.pk in enrolled
        person = people.meant_by(row, findings, None if known_here else reach)  # who is new to the class is within reach
        if person is None:
            continue
        if person.pk == by.pk:
            findings.refuse(row, "own_attendance", _("Nobody marks themselves as present"), row.name, ("name",))
        elif person.pk in met:
            findings.refuse(
                row, "row_repeated", _("This person stands in row %(row)s already") % {"row": met[person.pk]}, row.name
            )
        else:
            met[person.pk] = row.row
            if person.pk in here:
                known += 1
            else:
                fresh.append(person)
                walk_ins += person.pk not in enrolled
    return Sheet(tuple(fresh), known, walk_ins, tuple(in_order([*reading.refused, *findings.errors])))


def take_over(*, item: TimetableItem, content: bytes, filename: str, by, now: datetime) -> int:
    """Mark who signed on paper as present. A sheet with errors is refused as a whole."""
    sheet = read(item=item, content=content, filename=filename, by=by, now=now)
    if sheet.errors:
        raise BadInput(_("The sheet has %(count)s errors: correct them first.") % {"count": len(sheet.errors)})
    reason = _("paper sign-in sheet %(name)s") % {"name": filename}
    return sign_in.mark(item=item, people=sheet.people, reason=reason, by=by, now=now, source=Attendance.Source.SHEET)
