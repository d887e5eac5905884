"""Pages: signing in and out, activation, one's own password and tokens."""

from django import forms
from django.contrib.auth import login, logout, update_session_auth_hash
from django.contrib.auth.decorators import login_not_required
from django.shortcuts import redirect, render
from django.urls import path
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from knox.models import AuthToken

from training import accounts, audit
from training.demo import accounts as demo
from training.errors import DomainError


class SignInForm(forms.Form):
    username = forms.CharField(
        label=gettext_lazy("Sign-in name"),
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autofocus": True}),
    )
    password = forms.CharField(
        label=gettext_lazy("Password"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class ActivationForm(forms.Form):
    username = forms.CharField(label=gettext_lazy("Sign-in name"), max_length=60)
    code = forms.CharField(
        label=gettext_lazy("Activation code"), max_length=40, widget=forms.TextInput(attrs={"autocomplete": "one-time-code"})
    )
    password = forms.CharField(
        label=gettext_lazy("Your new password"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )


class PasswordForm(forms.Form):
    old = forms.CharField(
        label=gettext_lazy("Present password"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    new = forms.CharField(
        label=gettext_lazy("Your new password"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )


def _next(request) -> str:
    target = request.POST.get("next") or request.GET.get("next") or ""
    if url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()}, require_https=request.is_secure()):
        return target
    return "/"


@login_not_required
@require_http_methods(["GET", "POST"])
def sign_in(request):
    if request.user.is_authenticated:
        return redirect(_next(request))
    form = SignInForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                person = accounts.sign_in(request=request, now=timezone.now(), **form.cleaned_data)
            except DomainError as error:
                form.add_error(None, str(error))
            else:
                login(request, person)
                return redirect(_next(request))
    password = demo.demo_password()
    context = {
        "form": form,
        "next": _next(request),
        "demo_password": password,
        "demo_accounts": demo.usernames() if password else [],
    }
    return render(request, "training/account/sign_in.html", context, status=status)


@require_POST
def sign_out(request):
    audit.record(actor=request.user, act="sign_out", subject=f"person:{request.user.pk}", now=timezone.now())
    logout(request)
    return redirect("training:sign_in")


@login_not_required
@require_http_methods(["GET", "POST"])
def activate(request):
    form = ActivationForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                person = accounts.activate(now=timezone.now(), **form.cleaned_data)
            except DomainError as error:
                form.add_error(None, str(error))
            else:
                login(request, person, backend="django.contrib.auth.backends.ModelBackend")
                return redirect("training:home")
    return render(request, "training/account/activate.html", {"form": form}, status=status)


@require_http_methods(["GET", "POST"])
def change_password(request):
    form = PasswordForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                accounts.change_password(person=request.user, now=timezone.now(), **form.cleaned_data)
            except DomainError as error:
                form.add_error(None, str(error))
            else:
                update_session_auth_hash(request, request.user)
                return redirect("training:account")
    return render(request, "training/account/change_password.html", {"form": form}, status=status)


@require_safe
def account(request):
    tokens = AuthToken.objects.filter(user=request.user).order_by("-created")
    roles = request.user.roles.current().select_related("unit")
    return render(request, "training/account/account.html", {"tokens": tokens, "roles": roles})


@require_POST
def make_token(request):
    """A token of the REST API; it is shown once."""
    _row, token = AuthToken.objects.create(user=request.user)
    audit.record(actor=request.user, act="make_token", subject=f"person:{request.user.pk}", now=timezone.now())
    tokens = AuthToken.objects.filter(user=request.user).order_by("-created")
    roles = request.user.roles.current().select_related("unit")
    context = {"tokens": tokens, "roles": roles, "fresh_token": token, "fresh_note": _("Copy it now; it is not shown again.")}
    return render(request, "training/account/account.html", context)


@require_POST
def end_tokens(request):
    AuthToken.objects.filter(user=request.user).delete()
    audit.record(actor=request.user, act="end_tokens", subject=f"person:{request.user.pk}", now=timezone.now())
    return redirect("training:account")


urlpatterns = [
    path("sign-in/", sign_in, name="sign_in"),
    path("sign-out/", sign_out, name="sign_out"),
    path("activate/", activate, name="activate"),
    path("password/", change_password, name="change_password"),
    path("account/", account, name="account"),
    path("account/tokens/", make_token, name="make_token"),
    path("account/tokens/end/", end_tokens, name="end_tokens"),
]
