"""`manage.py import_study_records FILE`: training records go in as one batch, and with --certify into the ledger."""

from pathlib import Path

from django.core.management.base import CommandError

from training import study_imports
from training.imports.files import read_file
from training.management.importing import ImportCommand
from training.models import Category


class Command(ImportCommand):
    help = "Import training records."

    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.add_argument("--category", default="", choices=["", *Category.values])
        parser.add_argument("--certify", action="store_true")
        parser.add_argument("--evidence", type=Path)

    def handle(self, **options):
        if options["certify"] and not options["evidence"]:
            raise CommandError("--certify needs --evidence FILE.", returncode=2)
        super().handle(**options)

    def plan(self, *, content, filename, now, options):
        evidence = options["evidence"]
        options["proof"] = (evidence.name, read_file(evidence)) if evidence else None
        chosen = study_imports.Options(category=options["category"], partial=options["partial"])
        return study_imports.plan(content=content, filename=filename, options=chosen, by=None, now=now)

    def apply(self, *, plan, now, options):
        return study_imports.apply(plan=plan, by=None, now=now, proof=options["proof"], certify=options["certify"])
