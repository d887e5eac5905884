"""Roles given and taken: by the security administrator, never to oneself, and no two administrator roles to one account."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from training import access, audit
from training.errors import BadInput, OwnDecision, WrongState
from training.models import Person, Role, Unit


@transaction.atomic
def grant(*, username: str, role: str, unit: Unit, by, now: datetime) -> Role:
    """`by` None is the operator at the command line, who makes the first security administrator.

    Raises BadInput for an unknown name, OwnDecision for oneself, WrongState where the role cannot be held.
    """
    if by is not None:
        access.require(by, "grant_roles")
    person = Person.objects.filter(username=username, is_active=True).first()
    if person is None:
        raise BadInput(_("There is no active account of this name."))
    if by is not None and person.pk == by.pk:
        raise OwnDecision()
    try:
        with transaction.atomic():
            found = Role.objects.create(person=person, unit=unit, role=role, granted_at=now, granted_by=by)
    except IntegrityError as error:
        message = _("The role is held already, or the account would hold two administrator roles.")
        raise WrongState(message) from error
    audit.record(actor=by, act="grant_role", subject=f"person:{person.pk}", unit=unit, now=now, facts={"role": role})
    return found


@transaction.atomic
def revoke(*, role: Role, by, now: datetime) -> None:
    """Take a role back. Raises OwnDecision for one's own."""
    access.require(by, "grant_roles")
    if role.person_id == by.pk:
        raise OwnDecision()
    if not Role.objects.filter(pk=role.pk, revoked_at=None).update(revoked_at=now):
        raise WrongState()
    audit.record(
        actor=by, act="revoke_role", subject=f"person:{role.person_id}", unit=role.unit, now=now, facts={"role": role.role}
    )
