"""`manage.py grant_role USERNAME ROLE`: how a new installation gets its first administrators, by whoever runs the machine."""

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from training import accounts, grants
from training.errors import DomainError
from training.management.commands.import_people import unit_of
from training.models import Person, RoleName, Unit


class Command(BaseCommand):
    help = "Give a role to an account; one that was never opened gets an activation code, which is printed."

    def add_arguments(self, parser):
        parser.add_argument("username")
        parser.add_argument("role", choices=RoleName.values)
        parser.add_argument(
            "--unit", default="", metavar="CODE", help="in which unit and everything below; the district unless given"
        )

    def handle(self, **options):
        now = timezone.now()
        unit = unit_of(options["unit"]) or Unit.objects.filter(parent=None).first()
        if unit is None:
            raise CommandError("There are no units: run `manage.py setup` first.", returncode=1)
        try:
            role = grants.grant(username=options["username"], role=options["role"], unit=unit, by=None, now=now)
        except DomainError as error:
            raise CommandError(str(error), returncode=1) from error
        self.stdout.write(f"{role}")
        person = Person.objects.get(pk=role.person_id)
        if not person.has_usable_password():
            self.stdout.write(f"Activation code: {accounts.issue_activation_code(person=person, by=None, now=now)}")
