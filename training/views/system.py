"""Pages: accounts for the system administrator, roles for the security administrator. Neither sees study or reports."""

from django import forms
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from training import access, accounts, grants
from training.errors import DomainError
from training.models import Person, Role, RoleName, Unit
from training.views.people import find

ROWS = 50


class GrantForm(forms.Form):
    username = forms.CharField(label=_("Sign-in name"), max_length=60)
    role = forms.ChoiceField(label=_("Role"), choices=[("", _("Choose…")), *RoleName.choices])
    unit = forms.ModelChoiceField(
        label=_("In the unit and everything below"),
        queryset=Unit.objects.order_by("path"),
        to_field_name="code",
        empty_label=_("Choose…"),
    )


@require_safe
def account_list(request):
    access.require(request.user, "manage_accounts")
    text = request.GET.get("q", "").strip()
    page = Paginator(find(Person.objects.order_by("username"), text), ROWS).get_page(request.GET.get("page"))
    return render(request, "training/system/accounts.html", {"page": page, "text": text, "now": timezone.now()})


@require_POST
def account_act(request, pk, act):
    access.require(request.user, "manage_accounts")
    person = get_object_or_404(Person, pk=pk)
    now = timezone.now()
    code = ""
    if act == "code":
        code = accounts.issue_activation_code(person=person, by=request.user, now=now)
    elif act == "unlock":
        accounts.unlock(person=person, by=request.user, now=now)
    elif act in ("close", "open"):
        accounts.set_active(person=person, is_active=act == "open", by=request.user, now=now)
    else:
        raise Http404
    return render(request, "training/system/account_done.html", {"person": person, "code": code})


@require_http_methods(["GET", "POST"])
def roles(request):
    access.require(request.user, "grant_roles")
    form = GrantForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                grants.grant(by=request.user, now=timezone.now(), **form.cleaned_data)
            except DomainError as error:
                form.add_error(None, str(error))
            else:
                return redirect("training:roles")
    held = Role.objects.current().select_related("person", "unit").order_by("role", "unit__path", "person__username")
    return render(request, "training/system/roles.html", {"form": form, "held": held}, status=status)


@require_POST
def revoke_role(request, pk):
    access.require(request.user, "grant_roles")
    grants.revoke(role=get_object_or_404(Role.objects.current(), pk=pk), by=request.user, now=timezone.now())
    return redirect("training:roles")


urlpatterns = [
    path("system/accounts/", account_list, name="accounts"),
    path("system/accounts/<int:pk>/<str:act>/", account_act, name="account_act"),
    path("system/roles/", roles, name="roles"),
    path("system/roles/<int:pk>/revoke/", revoke_role, name="revoke_role"),
]
