"""`manage.py import_study_records FILE`: training records go in as one batch, and with --certify into the ledger."""

import json
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from training import study_imports
from training.errors import DomainError
from training.imports.files import read_file
from training.imports.marked import mark_errors
from training.imports.records import read_study_records
from training.models import Category
from training.periods import day_of


class Command(BaseCommand):
    help = "Import training records."

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)
        parser.add_argument("--dry-run", action="store_true")
        parser.add_argument("--partial", action="store_true")
        parser.add_argument("--errors", type=Path)
        parser.add_argument("--category", default="", choices=["", *Category.values])
        parser.add_argument("--certify", action="store_true")
        parser.add_argument("--evidence", type=Path)

    def handle(self, **options):
        if options["certify"] and not options["evidence"]:
            raise CommandError("--certify needs --evidence FILE.", returncode=2)
        now = timezone.now()
        chosen = study_imports.Options(category=options["category"], partial=options["partial"])
        try:
            content = read_file(options["file"])
            proof = (options["evidence"].name, read_file(options["evidence"])) if options["evidence"] else None
            plan = study_imports.plan(content=content, filename=options["file"].name, options=chosen, by=None, now=now)
            if options["errors"]:
                understanding = read_study_records(content, options["file"].name, today=day_of(now)).understanding
                marked = mark_errors(content, options["file"].name, [*plan.errors, *plan.warnings], understanding)
                options["errors"].write_bytes(marked)
            outcome = plan.as_dict()
            if not plan.is_refused and not options["dry_run"]:
                outcome = study_imports.apply(plan=plan, by=None, now=now, proof=proof, certify=options["certify"])
        except DomainError as error:
            raise CommandError(str(error), returncode=1) from error
        self.stdout.write(json.dumps(outcome, ensure_ascii=False))
        if plan.is_refused:
            raise CommandError("\n".join(f"{p.sheet or ''} {p.row}: {p.reason}" for p in plan.errors), returncode=1)
