"""`manage.py verify_ledger`: recomputes every hash chain and every total; ends with 1 and the first bad entry."""

from django.core.management.base import BaseCommand, CommandError

from training import proofs


class Command(BaseCommand):
    help = "Recompute the hash chains of the ledger, of the decisions and of the audit trail, and the digests of the reports."

    def handle(self, **options):
        verdict = proofs.verify()
        if verdict.broken:
            raise CommandError(f"Altered: {verdict.broken}", returncode=1)
        self.stdout.write(f"{verdict.entries} entries, nothing altered; digest {verdict.digest}")
