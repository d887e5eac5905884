"""A file of questions on its way in: read and shown item by item, then taken over once.

All or nothing unless partial; a preview says what taking over would do. The bank may move between the two: taking over
plans anew, and goes on only if the counts are those that were shown.
"""

import hashlib
import re
from datetime import date, datetime

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exams import interchange, items
from exams.content import shown
from exams.interchange.drafts import Note, Reading
from exams.models import Classification, ItemImport
from training import audit
from training.errors import DomainError, WrongState

# what people and scripts call a format -> the reader of it
FORMATS = {
    "xlsx": "excel", "docx": "word", "csv": "csv", "json": "json", "gift": "gift", "aiken": "aiken", "moodlexml": "moodlexml",
    "qti": "qti", "txt": "text",
}  # fmt: skip
COUNTS = (items.CREATED, items.CHANGED, items.UNCHANGED, items.REFUSED)


class BankMoved(DomainError):
    code = "bank_moved"
    message = gettext_lazy("The bank has changed since this preview: look at the new one first.")


def plan_of(
    content: bytes, filename: str, *, by, now: datetime, options: dict, format: str = "auto"
) -> tuple[Reading, items.Plan]:
    """Read a file and plan its questions; nothing is written.

    Options: `classification`; `written_on` (ISO day), when the bank was written: laws amended since flag what names them.
    """
    reading = interchange.read(content, filename, FORMATS.get(format, format))
    day = date.fromisoformat(options["written_on"]) if options.get("written_on") else None
    found = items.plan(
        reading.drafts,
        by=by,
        now=now,
        classification=options.get("classification") or Classification.EXAM,
        day=day,
        reads_laws=True,
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


def receive(*, name: str, content: bytes, by, now: datetime, options: dict, format: str = "auto") -> ItemImport:
    """Keep a file and what it would do. Raises BadInput for what cannot be read at all; then nothing is kept."""
    run = ItemImport(
        name=shown(name)[:200],
        format=format,
        sha256=hashlib.sha256(content).hexdigest(),
        options=options,
        created_by=by,
        created_at=now,
    )
    _look(run, content, by=by, now=now)
    run.file.save(name, ContentFile(content), save=False)
    run.save()
    return run


def _look(run: ItemImport, content: bytes, *, by, now: datetime) -> items.Plan:
    reading, found = plan_of(content, run.name, by=by, now=now, options=run.options, format=run.format)
    run.format = reading.format[:12]
    run.report = report_of(reading, found) | {"rows": rows_of(found)}
    return found


def apply(*, run: ItemImport, now: datetime) -> dict:
    """Take over what was shown, without what was refused. Raises BankMoved when that has changed, WrongState the second time."""
    shown = {name: run.report[name] for name in COUNTS}
    with transaction.atomic():
        run = ItemImport.objects.select_for_update(of=["self"]).select_related("created_by").get(pk=run.pk)
        _unapplied(run)
        found = _look(run, _content_of(run), by=run.created_by, now=now)
        if shown == {name: run.report[name] for name in COUNTS}:
            _write(found, by=run.created_by, now=now, source=run.name)
            run.report["rows"] = rows_of(found)  # with the codes that were given
            run.state, run.applied_at = ItemImport.State.APPLIED, now
            run.save(update_fields=["report", "state", "applied_at"])
            return run.report
        run.save(update_fields=["report"])
    raise BankMoved()


def discard(*, run: ItemImport) -> None:
    """Leave a file; the bank does not change."""
    _unapplied(run)
    run.state = ItemImport.State.DISCARDED
    run.save(update_fields=["state"])


def _unapplied(run: ItemImport) -> None:
    if run.state != ItemImport.State.READ:
        raise WrongState(_("This file was taken over or discarded already."))


def _content_of(run: ItemImport) -> bytes:
    with run.file.open("rb") as file:
        return file.read()
