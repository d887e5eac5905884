"""The one place where a refusal becomes a response: a fragment for htmx, a page, or `{"code", "detail"}`."""

import logging
import secrets

from django.db import DataError
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template import loader
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.exceptions import AuthenticationFailed, NotAuthenticated, NotFound, ParseError, Throttled
from rest_framework.response import Response
from rest_framework.throttling import AnonRateThrottle
from rest_framework.views import exception_handler

from training.errors import DomainError

log = logging.getLogger("config.errors")


def _is_api(request) -> bool:
    return request.path.startswith("/api/")


def _page(request, *, status: int, title: str, text: str, code: str, reference: str = ""):
    context = {"title": title, "text": text, "code": code, "reference": reference, "status": status}
    if _is_api(request):
        return JsonResponse({"code": code, "detail": text}, status=status)
    if getattr(request, "htmx", False) and not request.htmx.boosted:
        response = render(request, "errors/_error.html", context, status=status)
        response["HX-Retarget"] = "#notices"
        response["HX-Reswap"] = "innerHTML"
        return response
    return render(request, "errors/error.html", context, status=status)


class DomainErrorMiddleware:
    """A `DomainError` that leaves a view is answered with its status, code and sentence; so is what no column can hold."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_exception(self, request, exception):
        if isinstance(exception, DataError):  # a NUL, a number or a text too long that no form looked at; nothing was kept
            log.warning("not storable: %s %s", request.method, request.path)
            return bad_request(request)
        if not isinstance(exception, DomainError):
            return None
        title = _("Not allowed") if exception.status == 403 else _("This was not done")
        return _page(request, status=exception.status, title=title, text=str(exception), code=exception.code)


def api_exception_handler(exception, context):
    """DRF's handler, with the domain's refusals and one shape for all: `{"code", "detail"}`."""
    if isinstance(exception, DomainError):
        return Response({"code": exception.code, "detail": str(exception)}, status=exception.status)
    if isinstance(exception, DataError):
        exception = ParseError(_("The request was not understood"))
    if isinstance(exception, Http404):
        exception = NotFound(_("The address is wrong, or what it showed is not open to you."))
    exception = _throttled(exception, context) or exception
    response = exception_handler(exception, context)
    if response is not None:
        code = getattr(exception, "default_code", "error")
        detail = response.data
        if isinstance(detail, dict) and set(detail) == {"detail"}:
            code, detail = getattr(detail["detail"], "code", code), str(detail["detail"])
        response.data = {"code": code, "detail": detail}
    return response


class RefusedRateThrottle(AnonRateThrottle):
    """Counts callers whom nobody knows, by their address: to ask for their user would check a refused token once more."""

    def get_cache_key(self, request, view):
        return self.cache_format % {"scope": self.scope, "ident": self.get_ident(request)}


def _throttled(exception, context) -> Throttled | None:
    """Whoever is turned away too often waits: DRF asks its throttles only behind the door."""
    if not isinstance(exception, NotAuthenticated | AuthenticationFailed):
        return None
    throttle = RefusedRateThrottle()
    return None if throttle.allow_request(context["request"], context["view"]) else Throttled(throttle.wait())


def describe_refusals(result, generator, request, public):
    """Every operation of the API's schema says what a refusal looks like."""
    result["components"]["schemas"]["Refusal"] = {
        "type": "object",
        "properties": {"code": {"type": "string"}, "detail": {"description": "a sentence, or the fields with what is wrong"}},
        "required": ["code", "detail"],
    }
    answer = {
        "description": "refused, nothing was changed",
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Refusal"}}},
    }
    for operations in result["paths"].values():
        for operation in operations.values():
            operation["responses"]["4XX"] = answer
    return result


def bad_request(request, exception=None):
    return _page(
        request, status=400, title=_("The request was not understood"), text=_("Go back and try again."), code="bad_request"
    )


def permission_denied(request, exception=None):
    return _page(request, status=403, title=_("Not allowed"), text=_("Your role does not open this page."), code="not_allowed")


def page_not_found(request, exception=None):
    return _page(
        request,
        status=404,
        title=_("Nothing is here"),
        text=_("The address is wrong, or what it showed is not open to you."),
        code="not_found",
    )


def csrf_failure(request, reason=""):
    return _page(
        request,
        status=403,
        title=_("The page had grown old"),
        text=_("Nothing was changed. Reload the page and try again."),
        code="csrf_failed",
    )


def server_error(request):
    """Never a traceback: a reference number that is also in the log."""
    reference = f"{timezone.localtime():%m%d%H%M}-{secrets.token_hex(3)}"
    log.error("reference %s: %s %s", reference, request.method, request.path)
    text = _("An error of the system stopped this. Nothing was half-done. Tell the administrator the reference number.")
    if _is_api(request):
        return JsonResponse({"code": "server_error", "detail": text, "reference": reference}, status=500)
    body = loader.render_to_string("errors/500.html", {"text": text, "reference": reference})
    return HttpResponse(body, status=500)
