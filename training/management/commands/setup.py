"""`manage.py setup`: the database as this version needs it, with everything the product ships. Safe to repeat."""

from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.utils import timezone

from training import fixtures, guards


class Command(BaseCommand):
    help = "Migrate and load the shipped units, requirements and rules. Safe to repeat."

    def handle(self, **options):
        call_command("migrate", interactive=False, verbosity=options["verbosity"])
        fixtures.load(now=timezone.now())
        guards.install()
