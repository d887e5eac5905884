"""The host that packages are served from, and the addresses that open one package to one person for some hours.

A package is somebody else's program. It runs on a host of its own, to which no cookie of ours is ever sent: a host name that
differs from every name the platform itself is reached by. Whoever holds a signed address reads the files of that package and
reports for that person and lesson, and can do nothing else.
"""

from dataclasses import dataclass

from django.conf import settings
from django.core import signing
from django.http import HttpRequest
from django.http.request import split_domain_port
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from training.errors import DomainError

VALID_SECONDS = 8 * 3600
_SALT = "courses.scorm.address"
_LOOPBACK = {"127.0.0.1", "localhost", "[::1]"}


class PackagesHostMissing(DomainError):
    code = "packages_host_missing"
    message = _("Packages cannot be played here yet: the administrator has to set PACKAGES_HOST to a host name of its own.")


class AddressExpired(DomainError):
    code = "address_expired"
    status = 403
    message = _("This address has expired. Reload the page of the lesson.")


@dataclass(frozen=True, slots=True)
class Claims:
    person: int
    unit: int
    lesson: int  # 0: a preview, nothing is kept
    sha256: str
    player: str  # origin of the page that shows the package


def origin(request: HttpRequest) -> str:
    """Of the host of packages, seen from this request. Raises PackagesHostMissing where a browser could not reach it."""
    name, port = split_domain_port(settings.PACKAGES_HOST)
    own_name, own_port = split_domain_port(request.get_host())
    if not name or name == own_name or (name.endswith(".localhost") and own_name not in _LOOPBACK):
        raise PackagesHostMissing()
    port = port or own_port
    return f"{request.scheme}://{name}{f':{port}' if port else ''}"


def is_packages_host(host: str) -> bool:
    name, _port = split_domain_port(settings.PACKAGES_HOST)
    return bool(name) and split_domain_port(host)[0] == name


def frame_address(request: HttpRequest, *, person, unit, lesson) -> str:
    """What the player puts into its frame."""
    held = [person.pk, unit.pk, lesson.pk if lesson else 0, unit.package.sha256, f"{request.scheme}://{request.get_host()}"]
    token = _signer().sign_object(held)
    return origin(request) + reverse("courses:package_frame", args=[token])


def claims_of(token: str) -> Claims:
    """Raises AddressExpired for one that is forged, altered or old."""
    try:
        return Claims(*_signer().unsign_object(token, max_age=VALID_SECONDS))
    except (signing.BadSignature, ValueError, TypeError):
        raise AddressExpired() from None


def _signer() -> signing.TimestampSigner:
    return signing.TimestampSigner(salt=_SALT, sep=".")
