"""`manage.py reseal`: personal numbers under the present SEAL_KEY; the keys before it are named in SEAL_KEYS_BEFORE."""

from cryptography.exceptions import InvalidTag
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from training import people


class Command(BaseCommand):
    help = "Seal all personal numbers anew under the present key. Safe to repeat."

    def handle(self, **options):
        try:
            count = people.reseal(now=timezone.now())
        except InvalidTag as error:
            raise CommandError(
                "Some numbers were sealed under none of these keys: name it in SEAL_KEYS_BEFORE.", returncode=1
            ) from error
        self.stdout.write(f"{count} people sealed anew.")
