"""`manage.py seed_demo`: a believable district over the previous and the current year, the same each time it is made on a day."""

from datetime import date
from random import Random

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from exams import fixtures
from reports.demo import seed_reports
from training.demo import accounts, bodies, people, study
from training.models import Person, Role, RoleName, Unit
from training.periods import day_of, start_of


class Command(BaseCommand):
    help = "Fill an installation without people with a demo district."

    def add_arguments(self, parser):
        parser.add_argument("--people", type=int, default=2000)
        parser.add_argument("--records", type=int, default=24000)
        parser.add_argument("--today", type=date.fromisoformat, help="the day it is made for, YYYY-MM-DD; else today")

    def handle(self, **options):
        if options["people"] < 100 or options["records"] < 0:
            raise CommandError("At least 100 people are needed, and no negative number of records.", returncode=2)
        if Person.objects.exists():
            raise CommandError("There are people here already: the demo district is only made in an empty installation.")
        today = options["today"] or day_of(timezone.now())
        now = start_of(today)  # no instant of the run itself, so that the same day gives the same ledger
        first_year = today.year - 1
        random = Random(110115)  # noqa: S311
        with transaction.atomic():
            self._seed(random, first_year, now, options)
        self.stdout.write(f"{Person.objects.count()} people in {Unit.objects.count()} units.")

    def _seed(self, random, first_year, now, options):
        made = people.seed_accounts(random=random, password=accounts.make_password(), first_year=first_year)
        district, hr, learner = made["district"], made["hr"], made["learner"]
        bodies.open_years(up_to=first_year + 1, by=district, now=now)
        officers = people.seed_people(random=random, count=options["people"], first_year=first_year, now=now)
        study.seed_study(
            random=random, officers=officers, records=options["records"], first_year=first_year, certifier=district, now=now
        )
        bodies.seed_sessions(random=random, first_year=first_year, certifier=district, now=now)
        bodies.seed_attainments(random=random, officers=officers, certifier=district, first_year=first_year)
        bodies.seed_adjustments(random=random, officers=officers, by=district, first_year=first_year, now=now)
        fixtures.approve_shipped(by=made["reviewer"], now=timezone.now())  # after they were loaded; no matter of the ledger
        unit = Role.objects.get(person=hr, role=RoleName.HR).unit
        bodies.seed_learner(learner=learner, unit=unit, hr=hr, certifier=district, first_year=first_year, now=now)
        bodies.seed_open_matters(unit=unit, hr=hr, certifier=district, now=now)
        seed_reports(district=district, first_year=first_year, now=now)
