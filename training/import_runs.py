"""A file's way in: kept, understood, shown as what it would change, taken over once, and undone while nothing rests on it."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from training import (
    access,
    adjustment_imports,
    adjustments,
    attainment_imports,
    audit,
    missing,
    registrations,
    roster_changes,
    rosters,
    session_imports,
    study_imports,
)
from training.errors import BadInput, DomainError, WrongState
from training.imports.headers import ADJUSTMENTS, ATTAINMENTS, RECORDS, ROSTER, SESSIONS, Vocabulary
from training.imports.layout import grid_of
from training.imports.marked import mark_errors
from training.imports.refusals import FileRefused, HeaderNotFound, OverrideInvalid, RowsMissing, TableTwice
from training.models import Adjustment, ImportRun, Person, Posting, Submission
from training.plans import Listing, no_progress

LARGE = 256 * 1024  # bytes of a file that is read in the background: beyond it a person would wait
Kind, State = ImportRun.Kind, ImportRun.State


@dataclass(frozen=True, slots=True)
class Importer:
    """One kind of file: the act that opens it, how a plan is made from a run's options, and how it is carried out."""

    act: str
    options: Callable[[ImportRun], Any]
    plan: Callable
    apply: Callable
    vocabulary: Vocabulary


def _said(run: ImportRun, *names: str) -> dict:
    """What was answered on the page, by option; an empty answer is the option's own default."""
    return {name: value for name in names if (value := run.options.get(name))}


def _roster_options(run: ImportRun) -> rosters.Options:
    since = run.options.get("started_on")
    said = _said(run, "staff_category", "partial")
    return rosters.Options(unit=run.unit, started_on=date.fromisoformat(since) if since else None, **said)


IMPORTERS = {
    Kind.ROSTER: Importer("import", _roster_options, rosters.plan, roster_changes.apply, ROSTER),
    Kind.RECORDS: Importer(
        "import",
        lambda run: study_imports.Options(unit=run.unit, **_said(run, "category", "organiser", "year", "partial")),
        study_imports.plan,
        study_imports.apply,
        RECORDS,
    ),
    Kind.SESSIONS: Importer(
        "register",
        lambda run: session_imports.Options(unit=run.unit, **_said(run, "kind", "year", "partial")),
        session_imports.plan,
        session_imports.apply,
        SESSIONS,
    ),
    Kind.ATTAINMENTS: Importer(
        "register",
        lambda run: attainment_imports.Options(unit=run.unit, **_said(run, "kind", "partial")),
        attainment_imports.plan,
        attainment_imports.apply,
        ATTAINMENTS,
    ),
    Kind.ADJUSTMENTS: Importer(
        "register_adjustment",
        lambda run: adjustment_imports.Options(unit=run.unit, **_said(run, "year", "partial")),
        adjustment_imports.plan,
        adjustment_imports.apply,
        ADJUSTMENTS,
    ),
}


def keep(*, kind: str, unit, name: str, content: bytes, options: dict, by, now: datetime) -> ImportRun:
    """Keep an uploaded file; nothing is read yet. Raises NotAllowed, BadInput for an empty or too large file."""
    access.require(by, IMPORTERS[kind].act, unit)
    if not content:
        raise BadInput(_("The file is empty."))
    if len(content) > settings.UPLOAD_LIMIT:
        raise BadInput(_("The file is larger than %(limit)s MB."), limit=settings.UPLOAD_LIMIT // 1024 // 1024)
    digest = hashlib.sha256(content).hexdigest()
    run = ImportRun(kind=kind, unit=unit, name=name[:200], sha256=digest, options=options, created_by=by, created_at=now)
    run.file.save(f"{digest[:32]}.bin", ContentFile(content), save=False)
    run.save()
    return run


def content_of(run: ImportRun) -> bytes:
    with run.file.open("rb") as file:
        return file.read()


def is_large(run: ImportRun) -> bool:
    return run.file.size > LARGE


def plan_of(run: ImportRun, *, now: datetime, progress=no_progress):
    """What the file would do today. Raises a FileRefused, or BadInput for an option."""
    importer = IMPORTERS[run.kind]
    return importer.plan(
        content=content_of(run),
        filename=run.name,
        options=importer.options(run),
        by=run.created_by,
        now=now,
        overrides=run.options.get("overrides"),
        progress=progress,
    )


def read(*, run: ImportRun, now: datetime, progress=no_progress) -> ImportRun:
    """Understand the file and keep what it would change; a file that cannot be taken is kept with the reason and a look inside."""
    if run.state not in (State.UPLOADED, State.PREVIEWED, State.REFUSED):
        raise WrongState()
    try:
        plan = plan_of(run, now=now, progress=progress)
    except (FileRefused, BadInput) as error:
        roles = [[code, str(role.label)] for code, role in IMPORTERS[run.kind].vocabulary.roles.items()]
        run.preview = {"refusal": {"code": error.code, "reason": str(error)}, "grid": _grid(run, error), "roles": roles}
        run.state = State.REFUSED
    else:
        run.preview = preview_of(plan) | _resolved(run)
        run.state = State.PREVIEWED
    run.save(update_fields=["preview", "state"])
    return run


def _grid(run: ImportRun, error: DomainError) -> list[dict]:
    """The first rows of each sheet, for a person to show where the header is; nothing where the file cannot be opened."""
    if not isinstance(error, (HeaderNotFound, OverrideInvalid, RowsMissing, TableTwice)):
        return []
    return grid_of(content_of(run))


def preview_of(plan) -> dict:
    """What the page shows of a plan: counts, the first changes, problems, how the file was understood."""
    shown = Listing.SHOWN
    return {
        "counts": plan.counts(),
        "is_refused": plan.is_refused,
        "is_partial": plan.is_partial,
        "listings": [listing.as_dict() for listing in plan.listings() if listing.total],
        "errors": [_problem(p) for p in plan.errors[:shown]],
        "warnings": [_problem(p) for p in plan.warnings[:shown]],
        "warnings_total": len(plan.warnings),
        "missing": [person.pk for person in getattr(plan, "missing", ())],
        "understanding": _understanding(plan.understanding),
    }


def _effect(preview: dict) -> tuple:
    """What somebody who confirms a preview agrees to: the counts and the changes shown."""
    return preview["counts"], [listing["rows"] for listing in preview["listings"]]


def _problem(problem) -> dict:
    return {
        "sheet": problem.sheet,
        "row": problem.row,
        "column": problem.column,
        "value": problem.value,
        "name": problem.name,
        "reason": problem.reason,
    }


def _understanding(found) -> dict:
    shape = found.as_dict()
    for view, sheet in zip(shape["sheets"], found.sheets, strict=True):
        view["skip_reason"] = sheet.skip_reason
        view["note_texts"] = sheet.note_texts
        ignored = [{"row": row.row, "reason": row.reason, "text": row.text} for row in sheet.ignored if row.why != "blank"]
        view["ignored"], view["ignored_total"] = ignored[: Listing.SHOWN], len(ignored)
    return shape | {"roles": [[code, str(label)] for code, label in found.roles.items()]}


def correct(*, run: ImportRun, options: dict) -> ImportRun:
    """Take over other answers and another reading of sheet, header and columns; the file is to be read again."""
    if run.state not in (State.PREVIEWED, State.REFUSED, State.UPLOADED):
        raise WrongState(_("This file was taken over already."))
    run.options = options
    run.state = State.UPLOADED
    run.save(update_fields=["options", "state"])
    return run


def take_over(*, run_id: int, now: datetime, progress=no_progress) -> ImportRun:
    """Carry out what the preview showed, once. What would differ by now is shown again instead, and nothing is done.

    Raises WrongState when it was taken over already, BadInput for refused rows, and what the domain refuses.
    """
    run = ImportRun.objects.select_related("unit", "created_by").get(pk=run_id)
    if run.state != State.PREVIEWED:
        raise WrongState(_("This file was taken over already."))
    plan = plan_of(run, now=now, progress=progress)
    fresh = preview_of(plan)
    if _effect(fresh) != _effect(run.preview):
        run.preview = fresh | {"is_new": True} | _resolved(run)
        run.save(update_fields=["preview"])
        return run
    progress(90, 100, _("Taking over"))
    try:
        return _carry_out(run_id, plan, now)
    except IntegrityError as error:
        raise WrongState(_("Somebody entered the same people or studies meanwhile: look at the preview again.")) from error


@transaction.atomic
def _carry_out(run_id: int, plan, now: datetime) -> ImportRun:
    run = ImportRun.objects.select_for_update(of=["self"]).select_related("unit", "created_by").get(pk=run_id)
    if run.state != State.PREVIEWED:  # a double click, or a second window
        raise WrongState(_("This file was taken over already."))
    outcome = IMPORTERS[run.kind].apply(plan=plan, by=run.created_by, now=now)
    run.outcome = {name: value for name, value in outcome.items() if isinstance(value, int)}
    run.traces, run.state, run.applied_at = plan.traces, State.APPLIED, now
    run.save(update_fields=["outcome", "traces", "state", "applied_at"])
    return run


@transaction.atomic
def undo(*, run: ImportRun, by, now: datetime) -> ImportRun:
    """Take back what an import did, while nothing was built on it. Raises WrongState with what stands in the way."""
    found = ImportRun.objects.select_for_update(of=["self"]).get(pk=run.pk)
    if found.state != State.APPLIED:
        raise WrongState()
    traces = found.traces
    if found.kind == Kind.ROSTER:
        _undo_resolutions(found, by, now)
        roster_changes.undo(traces=traces, applied_at=found.applied_at, by=by, now=now)
    elif found.kind == Kind.ADJUSTMENTS:
        for adjustment in Adjustment.objects.filter(
            pk__in=traces["adjustments"], superseded_at=None, entered_at=found.applied_at
        ):
            adjustments.withdraw(adjustment=adjustment, by=by, now=now)
    elif traces.get("submission"):
        registrations.withdraw(submission=Submission.objects.get(pk=traces["submission"]), by=by, now=now)
    found.state, found.undone_at = State.UNDONE, now
    found.save(update_fields=["state", "undone_at"])
    audit.record(actor=by, act="undo_import", subject=f"import:{found.pk}", unit=found.unit, now=now)
    return found


@transaction.atomic
def discard(*, run: ImportRun, by, now: datetime) -> ImportRun:
    """It was the wrong file: nothing of it is taken over, nor of what was said of people it does not name. Raises WrongState for one taken over: that is undone instead."""
    changed = ImportRun.objects.filter(pk=run.pk, state__in=[State.UPLOADED, State.PREVIEWED, State.REFUSED])
    if not changed.update(state=State.DISCARDED):
        raise WrongState(_("This file was taken over already: undo it instead."))
    _undo_resolutions(run, by, now)
    audit.record(actor=by, act="discard_import", subject=f"import:{run.pk}", unit=run.unit, now=now)
    run.refresh_from_db()
    return run


def marked_copy(run: ImportRun, *, now: datetime) -> bytes:
    """The same workbook with everything that was found marked in it, read as it was last corrected."""
    plan = plan_of(run, now=now)
    return mark_errors(content_of(run), run.name, [*plan.errors, *plan.warnings], plan.understanding)


def still_missing(run: ImportRun, visible) -> Any:
    """Of the people the roster does not name, those who still serve and of whom nothing was said yet, as a queryset."""
    said = {key for event in run.preview.get("resolved", ()) for key in event["people"]}
    keys = [key for key in run.preview.get("missing", []) if key not in said]
    serving = Posting.objects.current().filter(is_main=True, person__in=keys).values("person")
    return visible.filter(pk__in=serving).order_by("name", "pk")


@transaction.atomic
def resolve_missing(*, run: ImportRun, people, by, now: datetime, **said) -> int:
    """Say what became of people the roster does not name (see `missing.resolve`), and keep it with the run; how many."""
    found = ImportRun.objects.select_for_update(of=["self"]).get(pk=run.pk)
    if found.state in (State.UNDONE, State.DISCARDED):
        raise WrongState()
    keys = missing.resolve(people=people, by=by, now=now, **said)
    event = {"people": keys, "resolution": said["resolution"], "at": now.isoformat()}
    found.preview = found.preview | {"resolved": [*found.preview.get("resolved", ()), event]}
    found.save(update_fields=["preview"])
    return len(keys)


def _resolved(run: ImportRun) -> dict:
    """What was said of missing people outlives another reading of the file."""
    return {"resolved": run.preview["resolved"]} if "resolved" in run.preview else {}


def _undo_resolutions(run: ImportRun, by, now: datetime) -> None:
    for event in reversed(run.preview.get("resolved", ())):
        if event["resolution"] != "here":
            at = datetime.fromisoformat(event["at"])
            roster_changes.undo_resolution(people=event["people"], resolved_at=at, by=by, now=now)


def waiting_for_code(run: ImportRun) -> Any:
    """The people a roster entered who have not opened their account yet."""
    return Person.objects.filter(pk__in=run.traces.get("created", ()), last_login=None, is_active=True).order_by("name", "pk")
