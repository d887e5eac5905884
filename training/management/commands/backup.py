"""`manage.py backup FILE`: database and files in one archive, while the site is being used."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from training import backups
from training.errors import DomainError


class Command(BaseCommand):
    help = "Copy the database and the files into one archive. The keys are not in it."

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)

    def handle(self, **options):
        try:
            done = backups.back_up(path=options["file"], now=timezone.now())
        except DomainError as error:
            raise CommandError(str(error), returncode=1) from error
        self.stdout.write(f"{options['file']}: {done.entries} entries, {done.files} files; digest {done.digest}")
