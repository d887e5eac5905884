"""`manage.py setup`: the database as this version needs it, with everything the product ships. Safe to repeat."""

from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.utils import timezone

import exams.fixtures
import exams.must_know
import training.fixtures
from training import guards


class Command(BaseCommand):
    help = "Migrate and load the shipped units, requirements, rules, laws, questions and must-know lists. Safe to repeat."

    def handle(self, **options):
        call_command("migrate", interactive=False, verbosity=options["verbosity"])
        now = timezone.now()
        training.fixtures.load(now=now)
        exams.fixtures.load(now=now)
        exams.must_know.load(now=now)
        guards.install()
