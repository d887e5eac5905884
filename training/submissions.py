"""Batches that wait or were decided: their lines, the queue they stand in, what both entering and deciding need of them."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from training import ledger, periods
from training.errors import BadInput, PeriodClosed, WrongState
from training.models import AttainmentLine, HoursLine, SessionLine, Submission, SubmissionState, YearOpening

LINES = {
    Submission.Subject.HOURS: "hours_lines",
    Submission.Subject.SESSIONS: "session_lines",
    Submission.Subject.ATTAINMENTS: "attainment_lines",
}


@dataclass(frozen=True, slots=True)
class Late:
    """What lets an entry pass a locked period: why, by which document, approved by whom. All three or none."""

    reason: str = ""
    document: str = ""
    approver: str = ""

    def facts(self) -> dict[str, str]:
        return {"late_reason": self.reason, "late_document": self.document, "late_approver": self.approver}

    def refuse_partial(self) -> None:
        """Raises BadInput for one or two of the three."""
        said = self.facts().values()
        if any(said) and not all(said):
            raise BadInput(_("A late entry needs a reason, a document and an approver."))


def said_late(reason: str, document: str, approver: str) -> tuple[str, bool]:
    """(the reason as it is kept, whether it passes a reported period) of taking something back.

    In a period that is reported already it takes a document and an approver beside the reason. Raises BadInput for one of them.
    """
    late = Late(reason.strip(), document.strip(), approver.strip())
    if not (late.document or late.approver):
        return late.reason, False
    late.refuse_partial()
    return f"{late.reason}（{late.document}，{late.approver}）", True


def lines_of(submission: Submission):
    """The lines of a batch, whatever its subject."""
    return getattr(submission, LINES[submission.subject])


def day_of_line(line) -> date:
    """The day that decides the year of a line."""
    return getattr(line, "studied_on", None) or getattr(line, "held_on", None) or line.valid_from


def find(batches, *, state: str = "", unit=None, subject: str = "", source: str = "", year: int | None = None):
    """`batches` narrowed; `unit` includes everything below it, `year` is that of what the lines are about."""
    if state in SubmissionState.values:
        batches = batches.filter(state=state)
    if unit is not None:
        batches = batches.filter(unit__path__startswith=unit.path)
    if subject in Submission.Subject.values:
        batches = batches.filter(subject=subject)
    if source in Submission.Source.values:
        batches = batches.filter(source=source)
    if year is not None:
        of_batch = {"submission": OuterRef("pk")}
        batches = batches.filter(
            Exists(HoursLine.objects.filter(year=year, **of_batch))
            | Exists(SessionLine.objects.filter(held_on__year=year, **of_batch))
            | Exists(AttainmentLine.objects.filter(valid_from__year=year, **of_batch))
        )
    return batches


def next_in_line(queue, *, after: Submission) -> Submission | None:
    """The batch of `queue` that was handed in next after one just decided; at the end of the line its beginning again."""
    queue = queue.exclude(pk=after.pk).order_by("submitted_at", "pk")
    if after.submitted_at is None:
        return queue.first()
    later = Q(submitted_at__gt=after.submitted_at) | Q(submitted_at=after.submitted_at, pk__gt=after.pk)
    return queue.filter(later).first() or queue.first()


def locked(submission: Submission, *states: str) -> Submission:
    """The batch as it is, held until the end of the transaction. Raises WrongState outside `states`."""
    found = Submission.objects.select_for_update(of=["self"]).select_related("unit").get(pk=submission.pk)
    if found.state not in states:
        raise WrongState()
    return found


def note(submission: Submission, act: str, by, now: datetime, *, reason: str = "", lines: int = 0) -> None:
    """Keep who did what with a batch, and why."""
    ledger.post_decision(submission=submission, act=act, by=by, at=now, reason=reason, lines=lines)


def refuse_after_closing(name: str, years: set[int], now: datetime) -> None:
    """Raises PeriodClosed when the closing date `name` of one of `years` has passed."""
    what = {
        "claims_close_on": _("hours claims"),
        "certification_closes_on": _("certification"),
    }[name]
    for opening in YearOpening.objects.filter(year__in=years):
        closes_on = getattr(opening, name)
        if closes_on is not None and periods.day_of(now) > closes_on:
            raise PeriodClosed(date=closes_on.isoformat(), what=what)
