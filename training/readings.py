"""What the lines of a batch would credit, or did, by which rule, before anybody decides."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from training import ledger
from training.models import HourRuleSet, HoursLine, LineState, Measure, Requirement, SessionKind, SessionLine, Submission
from training.sessions import foretell as foretell_sessions
from training.statements import refusal_text
from training.submissions import lines_of


@dataclass(frozen=True, slots=True)
class Reading:
    """What a line of hours credits or credited, by which rule, and what it does not and why.

    `is_foretold`: not posted yet. `known` as in `ledger.Foretold`. `refusals`: (why, minutes or None, hundredths).
    """

    rule_set: HourRuleSet | None
    credit: int
    refusals: tuple[tuple[str, int | None, int], ...]
    is_counted: bool
    is_foretold: bool
    known: str = ""


def hour_requirements(lines: Iterable[HoursLine]) -> list[Requirement]:
    """The requirements that say which categories count in the years of `lines`."""
    rows = Requirement.objects.known_at(None).filter(measure=Measure.HOURS, year__in={line.year for line in lines})
    return list(rows.select_related("document").order_by("year", "pk"))


def of_lines(submission: Submission, lines: Sequence[HoursLine], asked: Sequence[Requirement]) -> dict[int, Reading]:
    """What each of `lines` would credit now, or did, by key. Seven queries or so, whatever the number of lines.

    Foretold with all that waits in the batch for the same people, since lines of one day share its caps. Held lines come
    last: they are certified after the others.
    """
    people = {line.person_id for line in lines}
    counted = {(requirement.year, category) for requirement in asked for category in requirement.counted}
    waiting = lines_of(submission).filter(state=LineState.PENDING, person__in=people).order_by("pk")
    waiting = sorted(waiting, key=lambda line: bool(line.held_reason))
    found = {}
    for line, told in zip(waiting, ledger.foretell(studies=[study_of(line, submission) for line in waiting]), strict=True):
        refusals = tuple((refusal_text(r.as_dict()), r.minutes, r.credit) for r in told.refusals)
        is_counted = (line.year, line.category) in counted
        found[line.pk] = Reading(told.rule_set, told.credit, refusals, is_counted, True, told.known)
    posted = submission.records.filter(person__in=people, reverses=None).select_related("rule_set").order_by("revision")
    posted = {(record.person_id, record.origin, record.part): record for record in posted}
    for line in lines:
        record = posted.get((line.person_id, line.origin, line.part))
        if line.pk not in found and record is not None and line.state != LineState.RETURNED:
            refusals = tuple((refusal_text(r), r.get("minutes"), r.get("credit")) for r in record.refusals)
            found[line.pk] = Reading(record.rule_set, record.credit, refusals, (line.year, line.category) in counted, False)
    return found


def study_of(line: HoursLine, submission: Submission) -> ledger.Study:
    """A line as the ledger takes it."""
    return ledger.Study(
        person_id=line.person_id,
        studied_on=line.studied_on,
        category=line.category,
        mode=line.mode,
        arrangement=line.arrangement,
        title=line.title,
        organiser=line.organiser,
        course_key=line.course_key,
        minutes=line.minutes,
        stated=line.stated,
        half_day=line.half_day,
        origin=line.origin,
        part=line.part,
        submission_id=submission.pk,
        entered_at=submission.created_at,
    )


# one event registered as two kinds is counted as the earlier of these, in whatever order a batch lists them
_COUNTED_FIRST = list(SessionKind.values)


def as_counted(lines: Iterable[SessionLine]) -> list[SessionLine]:
    return sorted(lines, key=lambda line: (line.held_on, _COUNTED_FIRST.index(line.kind), line.pk))


def of_sessions(lines: Iterable[SessionLine]) -> dict[int, list[str]]:
    """By key of a line that waits: the codes of what it lacks to count, empty where it would count."""
    return foretell_sessions(as_counted(line for line in lines if line.state == LineState.PENDING))
