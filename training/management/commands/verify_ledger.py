"""`manage.py verify_ledger`: recomputes every hash chain and every total; ends with 1 and the first bad entry."""

from django.core.management.base import BaseCommand, CommandError

from training import audit, ledger


class Command(BaseCommand):
    help = "Recompute the hash chains of the ledger and of the audit trail."

    def handle(self, **options):
        verdict = ledger.verify()
        broken = verdict.broken or audit.first_broken()
        if broken:
            raise CommandError(f"Altered: {broken}", returncode=1)
        self.stdout.write(f"{verdict.entries} entries, nothing altered; digest {verdict.digest}")
