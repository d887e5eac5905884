"""Opens parts of a package for a person and keeps what they report.

Anything a package says may be forged by whoever runs it: it decides about its own completion and nothing else. The time that
counts is measured by the player around it.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _

from courses.models import Lesson, ScormPackage, ScormState, ScormStatus, ScormUnit
from training.errors import WrongState
from training.models import Person

from . import data_model, prerequisites
from .errors import OpenedElsewhere, ReportRefused
from .manifest import V12

# a completed part is never shown as less by a later visit
_RANK = {
    ScormStatus.NOT_ATTEMPTED: 0,
    ScormStatus.INCOMPLETE: 1,
    ScormStatus.FAILED: 2,
    ScormStatus.COMPLETED: 3,
    ScormStatus.PASSED: 4,
}


@dataclass(frozen=True, slots=True)
class Part:
    """A line of the menu."""

    unit: ScormUnit
    state: ScormState | None
    is_open: bool

    @property
    def status(self) -> str:
        return self.state.status if self.state else ScormStatus.NOT_ATTEMPTED

    @property
    def status_word(self) -> str:
        return ScormStatus(self.status).label

    @property
    def is_complete(self) -> bool:
        return self.state is not None and self.state.completed_at is not None


@dataclass(frozen=True, slots=True)
class Launch:
    """What the frame needs to begin: the number of this opening, and the data model to begin with."""

    number: int
    data: dict


def is_complete(person: Person, lesson: Lesson) -> bool:
    """Whether every part of the lesson's package was completed or passed by the person. One query; the time is another matter."""
    done = ScormState.objects.filter(person=person, lesson=lesson, unit=OuterRef("pk"), completed_at__isnull=False)
    answers = ScormUnit.objects.filter(package=lesson.package_id).annotate(is_done=Exists(done)).values_list("is_done", flat=True)
    return bool(answers) and all(answers)


def parts(*, package: ScormPackage, person: Person, lesson: Lesson | None) -> list[Part]:
    """The menu: two queries, however many parts. Without a lesson (a preview) every part is open and nothing is kept."""
    units = list(package.units.order_by("position"))
    if lesson is None:
        return [Part(unit, None, True) for unit in units]
    states = {state.unit_id: state for state in ScormState.objects.filter(person=person, lesson=lesson, unit__package=package)}
    statuses = _statuses(units, states)
    found, is_next = [], True
    for unit in units:
        state = states.get(unit.pk)
        opens = is_next if package.is_in_order else prerequisites.are_met(unit.prerequisites, statuses)
        found.append(Part(unit, state, opens or state is not None))
        is_next = state is not None
    return found


def _statuses(units: list[ScormUnit], states: dict[int, ScormState]) -> dict[str, str]:
    """By identifier, in the words of the standard; a heading is completed when all below it are."""
    done = {unit.pk: bool((state := states.get(unit.pk)) and state.completed_at) for unit in units}
    below: dict[str, list[bool]] = {}
    for unit in units:
        for identifier, _title in unit.headings:
            below.setdefault(identifier, []).append(done[unit.pk])
    statuses = {identifier: "completed" if all(answers) else "incomplete" for identifier, answers in below.items()}
    for unit in units:
        status = states[unit.pk].status if unit.pk in states else ScormStatus.NOT_ATTEMPTED
        statuses[unit.identifier] = status.replace("_", " ")
    return statuses


@transaction.atomic
def begin(*, person: Person, lesson: Lesson, unit: ScormUnit, now: datetime) -> Launch:
    """Open a part. From now on only this opening reports; an earlier one that is still on a screen is told so.

    Raises WrongState for a part whose turn has not come.
    """
    package = unit.package
    part = next(one for one in parts(package=package, person=person, lesson=lesson) if one.unit == unit)
    if not part.is_open:
        raise WrongState(_("This part opens when what comes before it is done."))
    ScormState.objects.get_or_create(person=person, lesson=lesson, unit=unit, defaults={"started_at": now, "last_at": now})
    state = ScormState.objects.select_for_update().get(person=person, lesson=lesson, unit=unit)
    if not unit.reports and state.completed_at is None:
        state.status, state.completed_at = ScormStatus.COMPLETED, now
    elif state.status == ScormStatus.NOT_ATTEMPTED:
        state.status = ScormStatus.INCOMPLETE
    data = _first_data(unit, package, person, state)
    state.launch += 1
    state.revision = 0
    state.seconds_before, state.seconds_now = state.total_seconds, 0
    state.last_at = max(state.last_at, now)
    state.save()
    return Launch(state.launch, data)


def preview(*, person: Person, unit: ScormUnit) -> Launch:
    """Open a part to look at it: nothing is kept."""
    return Launch(0, _first_data(unit, unit.package, person, None))


def _first_data(unit: ScormUnit, package: ScormPackage, person: Person, state: ScormState | None) -> dict:
    was_opened = state is not None and state.launch > 0
    resumes = was_opened and state.is_suspended
    mode, credit = ("browse", "no-credit") if state is None else ("normal", "credit")
    seconds = state.total_seconds if state else 0
    limits = {"time_limit_action": unit.time_limit_action} if unit.time_limit_action else {}
    if package.standard == V12:
        kept = state.data if was_opened else {}  # also after a normal end, as 1.2 has no attempts
        core = {key: value for key, value in kept.get("core", {}).items() if key != "session_time"}
        core |= {
            "student_id": str(person.pk),
            "student_name": person.name,
            "credit": credit,
            "lesson_mode": mode,
            "lesson_status": core.get("lesson_status") or "not attempted",
            "entry": "resume" if resumes else ("" if was_opened else "ab-initio"),
            "exit": "",
            "total_time": _clock(seconds),
        }
        if unit.mastery_score is not None:
            limits["mastery_score"] = _plain(unit.mastery_score, 100)
        if unit.max_seconds:
            limits["max_time_allowed"] = _clock(unit.max_seconds)
        return kept | {"core": core, "launch_data": unit.launch_data, "student_data": limits}
    kept = state.data if resumes else {}  # else a new attempt begins
    given = {
        "learner_id": str(person.pk),
        "learner_name": person.name,
        "credit": credit,
        "mode": mode,
        "entry": "resume" if resumes else "ab-initio",
        "exit": "",
        "launch_data": unit.launch_data,
        "total_time": f"PT{seconds}S",
        "completion_status": kept.get("completion_status") or "unknown",
        **limits,
    }
    if unit.mastery_score is not None:
        given["scaled_passing_score"] = _plain(unit.mastery_score, 10000)
    if unit.completion_threshold is not None:
        given["completion_threshold"] = _plain(unit.completion_threshold, 10000)
    if unit.max_seconds:
        given["max_time_allowed"] = f"PT{unit.max_seconds}S"
    return {key: value for key, value in kept.items() if key != "session_time"} | given


def _plain(number: int, of: int) -> str:
    return f"{number / of:.4f}".rstrip("0").rstrip(".")


def _clock(seconds: int) -> str:
    return f"{min(seconds // 3600, 9999):04d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


@transaction.atomic
def report(
    *, person: Person, lesson: Lesson, unit: ScormUnit, launch: int, revision: int, data, is_finished: bool, now: datetime
) -> ScormState:
    """Keep what a part reported. A report that comes twice, or after a later one, changes nothing and is answered alike.

    Raises ReportRefused for what the standard does not allow, OpenedElsewhere for an opening that is no longer the last.
    """
    if not (_is_count(launch) and _is_count(revision)):
        raise ReportRefused(_("A report names its opening and its number."))
    outcome = data_model.judge(data, unit=unit, standard=unit.package.standard, is_finished=is_finished)
    state = ScormState.objects.select_for_update().filter(person=person, lesson=lesson, unit=unit).first()
    if state is None or launch > state.launch:
        raise ReportRefused(_("This part was not opened."))
    if launch < state.launch:
        raise OpenedElsewhere()
    if revision <= state.revision:
        return state
    state.revision = revision
    state.data = data
    # what breaks off without an end is resumed: nothing is lost by a closed lid
    state.is_suspended = outcome.is_suspended or not is_finished
    state.seconds_now = max(state.seconds_now, outcome.seconds)
    if outcome.score is not None:
        state.score = outcome.score if state.score is None else max(state.score, outcome.score)
    if state.completed_at is None or _RANK[outcome.status] > _RANK[state.status]:
        state.status = outcome.status
    if state.completed_at is None and outcome.is_complete:
        state.completed_at = now
    state.last_at = max(state.last_at, now)
    state.save()
    return state


def _is_count(number) -> bool:
    return isinstance(number, int) and not isinstance(number, bool) and 0 < number < 2**31
