"""A file of questions on its way in: kept, read and shown item by item, then taken over once.

All or nothing unless partial; a preview says what taking over would do. The bank may move between the two: taking over
plans anew, and goes on only if what becomes of each question is what was shown.
"""

import hashlib
import re
from datetime import date, datetime

from django.conf import settings
from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from exams import interchange, items
from exams.content import shown
from exams.interchange.drafts import Note, Reading
from exams.models import Classification, ItemImport
from training import audit
from training.errors import BadInput, WrongState
from training.import_runs import LARGE
from training.plans import no_progress

# what people and scripts call a format -> the reader of it
FORMATS = {
    "xlsx": "excel", "docx": "word", "csv": "csv", "json": "json", "gift": "gift", "aiken": "aiken", "moodlexml": "moodlexml",
    "qti": "qti", "txt": "text",
}  # fmt: skip
COUNTS = (items.CREATED, items.CHANGED, items.UNCHANGED, items.REFUSED)
State = ItemImport.State
OPEN = (State.UPLOADED, State.READ, State.REFUSED)  # nothing of it is taken over yet, and all of it may be


def plan_of(
    content: bytes, filename: str, *, by, now: datetime, options: dict, format: str = "auto", progress=no_progress
) -> tuple[Reading, items.Plan]:
    """Read a file and plan its questions; nothing is written.

    Options: `classification`; `written_on` (ISO day), when the bank was written: laws amended since flag what names them.
    """
    progress(0, 100, _("Reading the file"))
    reading = interchange.read(content, filename, FORMATS.get(format, format))
    day = date.fromisoformat(options["written_on"]) if options.get("written_on") else None
    found = items.plan(
        reading.drafts,
        by=by,
        now=now,
        classification=options.get("classification") or Classification.EXAM,
        day=day,
        reads_laws=True,
        progress=progress,
    )
    return reading, found


def report_of(reading: Reading, found: items.Plan) -> dict:
    """The outcome as the commands print it, and with `rows` item by item as the page shows it."""
    counts = {outcome: len(found.of(outcome)) for outcome in COUNTS}
    notes = [("", note) for note in reading.notes] + [(row.draft.place, note) for row in found.rows for note in row.draft.notes]
    errors = [_problem(place, note) for place, note in notes if note.is_refusal]
    warnings = [_problem(place, note) for place, note in notes if not note.is_refusal]
    return {**counts, "requested": 0, "errors": errors, "warnings": warnings}


def rows_of(found: items.Plan) -> list[dict]:
    """Each question of the file once, with what becomes of it and why."""
    return [
        {
            "place": shown(row.draft.place),
            "code": shown(row.draft.code),
            "outcome": row.outcome,
            "kind": row.version.kind if row.version else "",
            "stem": row.version.stem_text[:200] if row.version else "",
            "notes": [[note.code, shown(str(note.reason)), note.is_refusal] for note in row.draft.notes],
        }
        for row in found.rows
    ]


def _problem(place: str, note: Note) -> dict:
    sheet, mark, rest = place.rpartition("!")
    number = re.search(r"\d+", rest)
    return {
        "sheet": shown(sheet) if mark else None,
        "row": int(number[0]) if number else None,
        "column": shown(note.field) or None,
        "value": shown(note.value),
        "code": note.code,
        "reason": shown(str(note.reason)),
    }


@transaction.atomic
def import_file(
    content: bytes, filename: str, *, by, now: datetime, options: dict, format: str = "auto", is_partial: bool, is_dry_run: bool
) -> dict:
    """Read, plan and, unless it is a dry run, write. With a refusal nothing is written unless partial."""
    reading, found = plan_of(content, filename, by=by, now=now, options=options, format=format)
    is_refused = bool(found.of(items.REFUSED) or any(note.is_refusal for note in reading.notes)) and not is_partial
    if not is_refused and not is_dry_run:
        _write(found, by=by, now=now, source=filename)
    outcome = report_of(reading, found)
    if is_refused:
        outcome |= {items.CREATED: 0, items.CHANGED: 0}
    return outcome | {"is_refused": is_refused}


def _write(found: items.Plan, *, by, now: datetime, source: str) -> None:
    items.carry_out(found, by=by, now=now, source=source)
    facts = {outcome: len(found.of(outcome)) for outcome in COUNTS}
    audit.record(actor=by, act="import_items", subject="items", now=now, facts=facts | {"source": source[:120]})


def keep(*, name: str, content: bytes, by, now: datetime, options: dict, format: str = "auto") -> ItemImport:
    """Keep an uploaded file; nothing is read yet. Raises BadInput for an empty or too large file."""
    if not content:
        raise BadInput(_("The file is empty."))
    if len(content) > settings.UPLOAD_LIMIT:
        raise BadInput(_("The file is larger than %(limit)s MB."), limit=settings.UPLOAD_LIMIT // 1024 // 1024)
    run = ItemImport(
        name=shown(name)[:200],
        format=format,
        sha256=hashlib.sha256(content).hexdigest(),
        options=options,
        created_by=by,
        created_at=now,
    )
    run.file.save(f"{run.sha256[:32]}.bin", ContentFile(content), save=False)
    run.save()
    return run


def is_large(run: ItemImport) -> bool:
    """Whether the file is read in the background: a person would wait."""
    return run.file.size > LARGE


def read(*, run: ItemImport, now: datetime, progress=no_progress) -> ItemImport:
    """Understand the file and keep what it would do, question by question; one that cannot be read is kept with the reason."""
    try:
        reading, found = _plan(run, now=now, progress=progress)
    except BadInput as error:
        run.report, run.state = {"refusal": str(error)}, State.REFUSED
    else:
        run.report, run.state = _report(reading, found), State.READ
    facts = {"report": run.report, "state": run.state}
    if not ItemImport.objects.filter(pk=run.pk, state__in=OPEN).update(**facts):  # discarded while it was being read
        raise _taken_already()
    return run


def correct(*, run: ItemImport, options: dict, format: str) -> ItemImport:
    """Take over other answers; the file is to be read again."""
    if run.state not in OPEN:
        raise _taken_already()
    run.options, run.format, run.state = options, format, State.UPLOADED
    run.save(update_fields=["options", "format", "state"])
    return run


def _plan(run: ItemImport, *, now: datetime, progress) -> tuple[Reading, items.Plan]:
    with run.file.open("rb") as file:
        content = file.read()
    return plan_of(content, run.name, by=run.created_by, now=now, options=run.options, format=run.format, progress=progress)


def _report(reading: Reading, found: items.Plan) -> dict:
    return report_of(reading, found) | {"format": reading.format, "rows": rows_of(found)}


def take_over(*, run_id: int, now: datetime, progress=no_progress) -> ItemImport:
    """Take over what was shown, without what was refused, once. What would differ by now is shown again instead, and nothing
    is done. Raises WrongState the second time.
    """
    run = ItemImport.objects.select_related("created_by").get(pk=run_id)
    if run.state != State.READ:
        raise _taken_already()
    reading, found = _plan(run, now=now, progress=progress)
    fresh = _report(reading, found)
    if _effect(fresh) != _effect(run.report):
        run.report = fresh | {"is_new": True}
        run.save(update_fields=["report"])
        return run
    progress(90, 100, _("Taking over"))
    try:
        return _carry_out(run_id, reading, found, now=now)
    except IntegrityError as error:
        raise WrongState(_("Somebody wrote the same questions meanwhile: look at the preview again.")) from error


@transaction.atomic
def _carry_out(run_id: int, reading: Reading, found: items.Plan, *, now: datetime) -> ItemImport:
    run = ItemImport.objects.select_for_update(of=["self"]).select_related("created_by").get(pk=run_id)
    if run.state != State.READ:  # a double click, or a second window
        raise _taken_already()
    _write(found, by=run.created_by, now=now, source=run.name)
    run.report, run.state, run.applied_at = _report(reading, found), State.APPLIED, now  # with the codes that were given
    run.save(update_fields=["report", "state", "applied_at"])
    return run


def _effect(report: dict) -> list:
    """What somebody who confirms a preview agrees to: what becomes of each question."""
    return [(row["place"], row["code"], row["outcome"]) for row in report["rows"]]


def discard(*, run: ItemImport) -> None:
    """Leave a file; the bank does not change."""
    if not ItemImport.objects.filter(pk=run.pk, state__in=OPEN).update(state=State.DISCARDED):
        raise _taken_already()


def _taken_already() -> WrongState:
    return WrongState(_("This file was taken over or discarded already."))
