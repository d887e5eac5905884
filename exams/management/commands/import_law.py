"""`manage.py import_law FILE...`: law texts into the library; one JSON object a file, and the items that move with them."""

import json
from datetime import date
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from exams import amendments
from laws.files import read_file
from training.errors import DomainError


class Command(BaseCommand):
    help = "Import law texts (.md, .txt, .docx). A file that is refused changes nothing; the others are imported."

    def add_arguments(self, parser):
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
        parser.add_argument("--effective-on", type=date.fromisoformat, help="for one file: the day its wording applies from")

    def handle(self, **options):
        files = options["files"]
        if options["effective_on"] and len(files) > 1:
            raise CommandError("--effective-on goes with one file.", returncode=2)
        refused = []
        for path in files:
            try:
                text = read_file(path.read_bytes(), path.name)
                amendments.take_over_law(
                    text=text, by=None, now=timezone.now(), effective_on=options["effective_on"], filename=path.name
                )
            except OSError as error:
                refused.append(f"{path}: {error.strerror}")
                continue
            except DomainError as error:
                refused.append(f"{path}: {error}")
                continue
            name = text.aliases[0] if text.aliases else text.name
            said = {"law": name, "version": text.label, "articles": len(text.articles)}
            self.stdout.write(json.dumps(said, ensure_ascii=False))
        if refused:
            raise CommandError("\n".join(refused), returncode=1)
