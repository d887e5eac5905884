"""`manage.py import_items FILE`: questions into the bank; what was done, or would be, is printed as one JSON object."""

import json
from datetime import date
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from exams import item_imports
from exams.item_imports import FORMATS
from exams.models import Classification
from training.errors import DomainError


class Command(BaseCommand):
    help = "Import questions: Excel, CSV, Word, JSON, GIFT, Aiken, Moodle XML, QTI. They enter the bank as drafts."

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)
        parser.add_argument("--format", default="auto", choices=["auto", *FORMATS])
        parser.add_argument("--dry-run", action="store_true")
        parser.add_argument("--partial", action="store_true")
        parser.add_argument("--classification", default=Classification.EXAM, choices=Classification.values)
        parser.add_argument(
            "--written-on",
            type=date.fromisoformat,
            help="when the bank was written: laws amended since flag the questions naming them",
        )

    def handle(self, **options):
        written_on = options["written_on"]
        chosen = {"classification": options["classification"], "written_on": written_on.isoformat() if written_on else ""}
        try:
            outcome = item_imports.import_file(
                options["file"].read_bytes(),
                options["file"].name,
                by=None,
                now=timezone.now(),
                options=chosen,
                format=options["format"],
                is_partial=options["partial"],
                is_dry_run=options["dry_run"],
            )
        except OSError as error:
            raise CommandError(f"{options['file']}: {error.strerror}", returncode=1) from error
        except DomainError as error:
            raise CommandError(str(error), returncode=1) from error
        is_refused = outcome.pop("is_refused")
        self.stdout.write(json.dumps(outcome, ensure_ascii=False))
        if is_refused:
            lines = "\n".join(f"{p['sheet'] or ''} {p['row'] or ''}: {p['reason']}" for p in outcome["errors"])
            raise CommandError(lines, returncode=1)
