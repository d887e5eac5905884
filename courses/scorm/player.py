"""What the page around a package shows: the menu of parts, the part in the frame, and where the frame leads."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from courses.models import Lesson, ScormPackage

from . import addresses, runtime
from .runtime import Part


@dataclass(frozen=True, slots=True)
class Shown:
    package: ScormPackage
    lesson: Lesson | None
    parts: list[Part]
    part: Part
    before: Part | None
    after: Part | None
    origin: str
    address: str
    menu: str  # where the menu is asked for again

    @property
    def is_complete(self) -> bool:
        return all(part.is_complete for part in self.parts)


def show(request: HttpRequest, *, package: ScormPackage, lesson: Lesson | None, number: str = "") -> Shown:
    """The part asked for by its place, else the first one that is open and not done. Raises PackagesHostMissing."""
    parts = runtime.parts(package=package, person=request.user, lesson=lesson)
    asked = next((part for part in parts if number == str(part.unit.position) and part.is_open), None)
    part = asked or next((one for one in parts if one.is_open and not one.is_complete), parts[0])
    at = parts.index(part)
    for one in parts:
        one.unit.package = package
    return Shown(
        package=package,
        lesson=lesson,
        parts=parts,
        part=part,
        before=parts[at - 1] if at else None,
        after=parts[at + 1] if at + 1 < len(parts) else None,
        origin=addresses.origin(request),
        address=addresses.frame_address(request, person=request.user, unit=part.unit, lesson=lesson),
        menu=f"{reverse('courses:package_menu', args=[lesson.pk])}?part={part.unit.position}" if lesson else "",
    )


def open_to_frame(response: HttpResponse, shown: Shown) -> HttpResponse:
    """The page may hold a frame of the host of packages, and a part may open a window of its own."""
    response._csp_update = {"frame-src": [shown.origin]}
    response["Cross-Origin-Opener-Policy"] = "same-origin-allow-popups"
    return response
