"""What the host of packages answers: the frame page, the files of one package, and what its parts report. No cookie, no session.

Every answer carries its own policy: nothing but files of this host is loaded or connected to, and the page stays sandboxed even
when its address is opened by itself.
"""

import json
from functools import wraps
from urllib.parse import quote

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from courses.models import Lesson, ScormUnit
from courses.scorm import addresses, data_model, files, runtime
from courses.scorm.addresses import AddressExpired, Claims
from courses.scorm.errors import ReportRefused
from courses.streaming import send_file
from training.errors import DomainError
from training.models import Person

SANDBOX = "allow-scripts allow-same-origin allow-forms allow-popups allow-modals allow-downloads"
_POLICY = (
    f"sandbox {SANDBOX}; default-src 'self' data: blob: 'unsafe-inline' 'unsafe-eval'; object-src 'self'; base-uri 'self'; "
    "form-action 'self'; worker-src blob:; frame-ancestors 'self' {player}"
)


def _guarded(response: HttpResponseBase, player: str) -> HttpResponseBase:
    response["Content-Security-Policy"] = _POLICY.format(player=player)
    response["Cross-Origin-Opener-Policy"] = "unsafe-none"  # a part may open a window of its own and be found by it
    response["Referrer-Policy"] = "same-origin"
    response.xframe_options_exempt = True  # frame-ancestors says who may show it
    return response


def _of_packages(view):
    """`view(request, claims, …)` for a token that holds; on the host of packages only (config.middleware)."""

    @csrf_exempt  # there is no cookie to ride on: the address itself is the right
    @login_not_required
    @wraps(view)
    def opened(request: HttpRequest, token: str, **kwargs):
        try:
            claims = addresses.claims_of(token)
        except AddressExpired as error:
            if request.method == "POST":
                return JsonResponse({"code": error.code, "detail": str(error)}, status=error.status)
            return _guarded(HttpResponse(str(error), status=error.status, content_type="text/plain; charset=utf-8"), "'none'")
        return _guarded(view(request, claims, **kwargs), claims.player)

    return opened


@_of_packages
@require_safe
def frame(request, claims: Claims):
    unit = get_object_or_404(ScormUnit.objects.select_related("package"), pk=claims.unit)
    context = {"unit": unit, "player": claims.player, "start": f"../files/{quote(unit.path)}{unit.query}"}
    response = render(request, "courses/scorm/frame.html", context)
    response["Cache-Control"] = "private, no-store"
    return response


@_of_packages
@require_safe
def file(request, claims: Claims, name: str):
    if request.headers.get("Service-Worker"):  # it would outlive the address that it came from
        return HttpResponse(status=403)
    found = files.find(claims.sha256, name)
    if found is None:
        return HttpResponse(_("The package has no such file."), status=404, content_type="text/plain; charset=utf-8")
    response = send_file(request, found, media_type=files.media_type(found))
    response["Cache-Control"] = "private, max-age=3600"
    return response


def _run(claims: Claims, act) -> JsonResponse:
    """`act(person, unit, lesson)` -> what is answered; refusals as `{"code", "detail"}`."""
    try:
        person = Person.objects.filter(pk=claims.person, is_active=True).first()
        unit = ScormUnit.objects.select_related("package").filter(pk=claims.unit).first()
        lesson = Lesson.objects.filter(pk=claims.lesson, package=unit.package_id if unit else None).first()
        if person is None or unit is None or (claims.lesson and lesson is None):
            raise AddressExpired()
        return JsonResponse(act(person, unit, lesson))
    except DomainError as error:
        return JsonResponse({"code": error.code, "detail": str(error)}, status=error.status)


@_of_packages
@require_POST
def begin(request, claims: Claims):
    def act(person, unit, lesson):
        if lesson is None:
            launch = runtime.preview(person=person, unit=unit)
        else:
            launch = runtime.begin(person=person, lesson=lesson, unit=unit, now=timezone.now())
        return {"launch": launch.number, "data": launch.data}

    return _run(claims, act)


@_of_packages
@require_POST
def report(request, claims: Claims):
    def act(person, unit, lesson):
        if lesson is None:
            return {"status": "", "score": None}
        said = _said(request)
        state = runtime.report(
            person=person,
            lesson=lesson,
            unit=unit,
            launch=said.get("launch"),
            revision=said.get("revision"),
            data=said.get("data"),
            is_finished=said.get("is_finished") is True,
            now=timezone.now(),
        )
        return {"status": state.status, "score": state.score}

    return _run(claims, act)


def _said(request) -> dict:
    if len(request.body) > 2 * data_model.LARGEST:
        raise ReportRefused(_("The report is larger than %(most)d KB.") % {"most": data_model.LARGEST // 1024})
    try:
        said = json.loads(request.body)
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict):
        raise ReportRefused(_("A report is an object of the data model."))
    return said


urlpatterns = [
    path("packages/<str:token>/frame/", frame, name="package_frame"),
    path("packages/<str:token>/begin/", begin, name="package_begin"),
    path("packages/<str:token>/report/", report, name="package_report"),
    path("packages/<str:token>/files/<path:name>", file, name="package_file"),
]
