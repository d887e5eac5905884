"""Accounts: signing in with a lock after failures, activation by a code, a password of one's own."""

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth import authenticate
from django.contrib.auth.password_validation import validate_password
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from knox.models import AuthToken

from training import access, audit
from training.errors import BadInput, DomainError, NotAllowed, OwnDecision
from training.models import Person, Posting

_ALPHABET = "ABCDEFGHJKLMNPQRTUVWXY346789"  # no letter that is mistaken for a digit


class SignInRefused(DomainError):
    code = "sign_in_refused"
    status = 422
    message = _("Name or password is not right.")


class AccountLocked(SignInRefused):
    code = "account_locked"
    message = _("Too many failures: this account is locked until %(time)s.")


def _digest(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()


def sign_in(*, request, username: str, password: str, now: datetime) -> Person:
    """The person behind a name and a password. Raises SignInRefused or AccountLocked; failures are counted and audited.

    Counting goes on outside the refusal's transaction, so that a refused attempt stays counted.
    """
    person = Person.objects.filter(username=username).first()
    _refuse_locked(person, username, now)
    found = authenticate(request, username=username, password=password)
    if found is None:
        _count_failure(person, username, now)
        raise SignInRefused()
    Person.objects.filter(pk=found.pk).update(failed_sign_ins=0, locked_until=None)
    audit.record(actor=found, act="sign_in", subject=f"person:{found.pk}", now=now)
    return found


def _refuse_locked(person: Person | None, username: str, now: datetime) -> None:
    until = cache.get(_key_of_nobody(username), {}).get("until") if person is None else person.locked_until
    if until is None or until <= now:
        return
    if person is not None:
        audit.record(actor=person, act="sign_in_locked", subject=f"person:{person.pk}", now=now)
    raise AccountLocked(time=f"{timezone.localtime(until):%H:%M}")


def _key_of_nobody(username: str) -> str:
    return f"sign-in:{_digest(username)}"


def _count_failure_of_nobody(username: str, now: datetime) -> None:
    """A name that nobody has locks like one that somebody has: the answer never tells which it is."""
    key = _key_of_nobody(username)
    failed = cache.get(key, {}).get("failed", 0) + 1
    is_locked = failed >= settings.SIGN_IN_ATTEMPTS
    seen = {"until": now + timedelta(seconds=settings.SIGN_IN_LOCK_SECONDS)} if is_locked else {"failed": failed}
    cache.set(key, seen, settings.SIGN_IN_LOCK_SECONDS if is_locked else None)


def _count_failure(person: Person | None, username: str, now: datetime) -> None:
    if person is None:
        return _count_failure_of_nobody(username, now)
    Person.objects.filter(pk=person.pk).update(failed_sign_ins=F("failed_sign_ins") + 1)
    person.refresh_from_db(fields=["failed_sign_ins"])
    if person.failed_sign_ins >= settings.SIGN_IN_ATTEMPTS:
        until = now + timedelta(seconds=settings.SIGN_IN_LOCK_SECONDS)
        Person.objects.filter(pk=person.pk).update(failed_sign_ins=0, locked_until=until)
    audit.record(actor=person, act="sign_in_failed", subject=f"person:{person.pk}", now=now)


def new_activation_code() -> tuple[str, str]:
    """(code to hand over, digest to keep): twelve characters, good for one activation."""
    code = "".join(secrets.choice(_ALPHABET) for _ in range(12))
    return code, _digest(code)


@transaction.atomic
def issue_activation_code(*, person: Person, by, now: datetime) -> str:
    """A fresh code; the old password, its sessions, access tokens and the old code end with it. `by` None: the operator."""
    if by is not None:
        access.require(by, "manage_accounts")
    code, digest = new_activation_code()
    person.activation_digest = digest
    person.set_unusable_password()
    person.save(update_fields=["activation_digest", "password"])
    AuthToken.objects.filter(user=person).delete()
    audit.record(actor=by, act="issue_activation_code", subject=f"person:{person.pk}", now=now)
    return code


@transaction.atomic
def issue_codes_to(*, people: Iterable[Person], by, now: datetime) -> list[tuple[Person, str]]:
    """Fresh codes for people of the unit who never opened their account, for HR to hand out; earlier codes end with them.

    Raises NotAllowed for somebody outside the reach. Nothing is hashed slowly: a code has sixty bits and is used once.
    """
    people = list(people)
    serving = Posting.objects.current().filter(is_main=True, person__in=[p.pk for p in people])
    units = dict(serving.values_list("person_id", "unit__path"))
    reach = access.paths_for(by, "import")
    if not all(any(units.get(p.pk, "").startswith(path) for path in reach) for p in people):
        raise NotAllowed()
    if any(p.last_login is not None or p.has_usable_password() for p in people):
        raise BadInput(_("Somebody has opened the account already; only the system administrator issues a new code then."))
    issued = []
    for person in people:
        code, person.activation_digest = new_activation_code()
        issued.append((person, code))
    Person.objects.bulk_update(people, ["activation_digest"], batch_size=500)
    audit.record(actor=by, act="issue_activation_codes", subject="people", now=now, facts={"people": [p.pk for p in people]})
    return issued


def activate(*, username: str, code: str, password: str, now: datetime) -> Person:
    """Set the first password with an activation code. Raises SignInRefused, AccountLocked or BadInput.

    Wrong codes are counted with wrong passwords, outside the refusal's transaction.
    """
    person = Person.objects.filter(username=username, is_active=True).first()
    _refuse_locked(person, username, now)
    given = _digest(code.strip().upper().replace(" ", "").replace("-", ""))
    if person is None or not person.activation_digest or not hmac.compare_digest(given, person.activation_digest):
        _count_failure(person, username, now)
        raise SignInRefused(_("Sign-in name and activation code do not belong together, or the code was used."))
    return _activated(person.pk, given, password, now)


@transaction.atomic
def _activated(key: int, digest: str, password: str, now: datetime) -> Person:
    person = Person.objects.select_for_update().get(pk=key)
    if person.activation_digest != digest:  # used a moment ago
        raise SignInRefused(_("Sign-in name and activation code do not belong together, or the code was used."))
    _set_password(person, password)
    person.activation_digest = ""
    person.save(update_fields=["password", "activation_digest", "must_change_password"])
    audit.record(actor=person, act="activate", subject=f"person:{person.pk}", now=now)
    return person


@transaction.atomic
def change_password(*, person: Person, old: str, new: str, now: datetime) -> None:
    """Raises BadInput when the old one is wrong or the new one too weak."""
    if not person.check_password(old):
        raise BadInput(_("The present password is not right."))
    _set_password(person, new)
    person.save(update_fields=["password", "must_change_password"])
    audit.record(actor=person, act="change_password", subject=f"person:{person.pk}", now=now)


def _set_password(person: Person, password: str) -> None:
    try:
        validate_password(password, person)
    except ValidationError as error:
        raise BadInput(" ".join(error.messages)) from error
    person.set_password(password)
    person.must_change_password = False


@transaction.atomic
def unlock(*, person: Person, by, now: datetime) -> None:
    """End the lock after failed sign-ins."""
    access.require(by, "manage_accounts")
    Person.objects.filter(pk=person.pk).update(failed_sign_ins=0, locked_until=None)
    audit.record(actor=by, act="unlock_account", subject=f"person:{person.pk}", now=now)


@transaction.atomic
def set_active(*, person: Person, is_active: bool, by, now: datetime) -> None:
    """Close an account, or open it again. Nobody closes their own."""
    access.require(by, "manage_accounts")
    if person.pk == by.pk:
        raise OwnDecision()
    Person.objects.filter(pk=person.pk).update(is_active=is_active)
    audit.record(actor=by, act="open_account" if is_active else "close_account", subject=f"person:{person.pk}", now=now)
