"""`manage.py restore FILE`: puts a backup back, whole and proved, or not at all."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from training import backups
from training.errors import DomainError


class Command(BaseCommand):
    help = "Put a backup back into an unused database, or with --replace in the place of the present content."

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)
        parser.add_argument("--replace", action="store_true", help="overwrite a database that is in use")

    def handle(self, **options):
        try:
            done = backups.restore(path=options["file"], now=timezone.now(), replace=options["replace"])
        except DomainError as error:
            raise CommandError(str(error), returncode=1) from error
        for name in done.missing:
            self.stderr.write(f"Not in the backup: {name}")
        self.stdout.write(f"{done.entries} entries, {done.files} files, nothing altered; digest {done.digest}")
