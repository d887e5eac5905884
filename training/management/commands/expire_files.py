from django.core.management.base import BaseCommand
from django.utils import timezone

from training import jobs


class Command(BaseCommand):
    help = "Remove the archives that background work made for its owners KEEP_EXPORTS_DAYS ago. Safe to run again."

    def handle(self, **options):
        self.stdout.write(f"{jobs.expire_files(now=timezone.now())} files removed")
