"""What every request passes: idle sign-out, the address for the audit trail, a first password of one's own."""

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from courses.scorm.addresses import is_packages_host
from training import audit

_SEEN = "seen_at"


class PackagesHostMiddleware:
    """Course packages are served by their own host and nothing else is: what they run shares no origin with the platform."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if is_packages_host(request.get_host()) != request.path.startswith("/packages/"):
            return HttpResponse("404", status=404, content_type="text/plain")
        return self.get_response(request)


class IdleSessionMiddleware:
    """Signs out who did nothing for SESSION_IDLE_SECONDS. The mark is renewed once a minute, not at each request."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated:
            now = int(timezone.now().timestamp())
            seen = request.session.get(_SEEN, now)
            if now - seen > settings.SESSION_IDLE_SECONDS:
                logout(request)
            elif now - seen > 60 or _SEEN not in request.session:
                request.session[_SEEN] = now
        return self.get_response(request)


class AuditAddressMiddleware:
    """Tells the audit trail where a request comes from: the address that our own proxy saw, where there is one."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        address = request.META.get("REMOTE_ADDR", "") or ""
        if settings.BEHIND_PROXY:  # the last entry is the proxy's; those before it are whatever the caller claimed
            address = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip() or address
        token = audit.request_address.set(address[:60])
        try:
            return self.get_response(request)
        finally:
            audit.request_address.reset(token)


class PasswordChangeMiddleware:
    """Who signed in with an initial password sets one of their own before anything else."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if request.user.is_authenticated and request.user.must_change_password:
            allowed = {reverse("training:change_password"), reverse("training:sign_out"), reverse("set_language")}
            if request.path not in allowed and not request.path.startswith(settings.STATIC_URL):
                return redirect("training:change_password")
        return self.get_response(request)


class PrivateMiddleware:
    """Nothing that a signed-in person was shown stays in a browser's or a proxy's cache after they have left."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if request.user.is_authenticated and not response.has_header("Cache-Control"):
            response["Cache-Control"] = "private, no-store"
        return response
