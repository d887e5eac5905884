"""`manage.py export_items OUT --format ...`: the bank into a file. What the format cannot hold is named on standard error."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from exams import exporting
from exams.models import Item, ItemState
from reports import item_exports
from training.errors import DomainError


class Command(BaseCommand):
    help = "Export the questions of the bank, all but the retired ones."

    def add_arguments(self, parser):
        parser.add_argument("out", type=Path)
        parser.add_argument("--format", required=True, choices=list(item_exports.ENDINGS))
        parser.add_argument("--state", default="", choices=["", *ItemState.values])

    def handle(self, **options):
        found = Item.objects.filter(state=options["state"]) if options["state"] else Item.objects.exclude(state=ItemState.RETIRED)
        try:
            with transaction.atomic():  # what leaves is in the trail, or nothing leaves
                made = item_exports.write(exporting.exported(found), format=options["format"])
                exporting.trace(found, by=None, now=timezone.now(), format=options["format"])
                options["out"].write_bytes(made.content)
        except OSError as error:
            raise CommandError(f"{options['out']}: {error.strerror}", returncode=1) from error
        except DomainError as error:
            raise CommandError(str(error), returncode=1) from error
        for code, notes in made.notes.items():
            for note in notes:
                self.stderr.write(f"{code}: {note.reason}")
