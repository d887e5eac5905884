"""What the import commands share: the file, one JSON object on standard output, reasons on standard error, the exit status."""

import json
from datetime import datetime
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from training.errors import DomainError
from training.imports.files import read_file
from training.imports.marked import mark_errors
from training.plans import Plan


class ImportCommand(BaseCommand):
    """Reads a file, plans, and carries the plan out. A kind of file says how: `plan` and `apply`."""

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)
        parser.add_argument("--dry-run", action="store_true")
        parser.add_argument("--partial", action="store_true")
        parser.add_argument("--errors", type=Path, metavar="OUT.xlsx")

    def plan(self, *, content: bytes, filename: str, now: datetime, options: dict) -> Plan:
        raise NotImplementedError

    def apply(self, *, plan: Plan, now: datetime, options: dict) -> dict:
        raise NotImplementedError

    def handle(self, **options):
        now = timezone.now()
        try:
            content, filename = read_file(options["file"]), options["file"].name
            plan = self.plan(content=content, filename=filename, now=now, options=options)
            if options["errors"]:
                marked = mark_errors(content, filename, [*plan.errors, *plan.warnings], plan.understanding)
                _write(options["errors"], marked)
            outcome = plan.as_dict()
            if not plan.is_refused and not options["dry_run"]:
                outcome = self.apply(plan=plan, now=now, options=options)
        except DomainError as error:
            self._print(refused_whole(error))
            raise CommandError(str(error), returncode=1) from error
        self._print(outcome)
        if plan.is_refused:
            raise CommandError("\n".join(f"{p.sheet or ''} {p.row}: {p.reason}" for p in plan.errors), returncode=1)

    def _print(self, outcome: dict) -> None:
        self.stdout.write(json.dumps(outcome, ensure_ascii=False))


def refused_whole(error: DomainError) -> dict:
    """The object of a file that was refused as a whole: one error that names no row."""
    problem = {"sheet": None, "row": None, "column": None, "value": "", "code": error.code, "reason": str(error)}
    counts = dict.fromkeys(("created", "changed", "unchanged", "requested"), 0)
    return counts | {"refused": 1, "errors": [problem], "warnings": []}


def _write(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content)
    except OSError as error:
        raise CommandError(
            _("%(file)s cannot be written: %(why)s") % {"file": path, "why": error.strerror}, returncode=2
        ) from error
