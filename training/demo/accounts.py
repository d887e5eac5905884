"""The demo accounts' names and their one password, kept beside the database it belongs to."""

import secrets

from django.conf import settings

from training.models import Person

from .people import ACCOUNTS

_FILE = "demo_password"


def usernames() -> list[str]:
    return [row[0] for row in ACCOUNTS]


def make_password() -> str:
    """The password of all demo accounts, made once."""
    path = settings.SECRETS_DIR / _FILE
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(9))
    return path.read_text().strip()


def demo_password() -> str | None:
    """The password to show on the sign-in page: of a demo database only, never in production."""
    path = settings.SECRETS_DIR / _FILE
    if settings.PRODUCTION or not path.exists() or not Person.objects.filter(staff_no="DEMO-LEARNER").exists():
        return None
    return path.read_text().strip()
