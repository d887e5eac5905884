"""Pages: accounts for the system administrator, roles for the security administrator. Neither sees study or reports."""

from django import forms
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from training import access, accounts, grants
from training.errors import BadInput, DomainError
from training.models import Person, Role, RoleName, Unit
from training.tables import ByName, Column, Table
from training.views.people import find
from training.wording import minute_text


class GrantForm(forms.Form):
    username = forms.CharField(label=_("Sign-in name"), max_length=60)
    role = forms.ChoiceField(label=_("Role"), choices=[("", _("Choose…")), *RoleName.choices])
    unit = forms.ModelChoiceField(
        label=_("In the unit and everything below"),
        queryset=Unit.objects.order_by("path"),
        to_field_name="code",
        empty_label=_("Choose…"),
    )


def _with_state(people: list[Person]) -> list[Person]:
    """Accounts that say in what state they are: (state of the palette, word)."""
    now = timezone.now()
    for person in people:
        person.is_locked = person.locked_until is not None and person.locked_until > now
        if not person.is_active:
            person.account_state = ("refused", _("closed"))
        elif person.is_locked:
            person.account_state = ("returned", _("locked"))
        elif not person.has_usable_password():
            person.account_state = ("waiting", _("not activated"))
        else:
            person.account_state = ("done", _("active"))
    return people


ACCOUNTS = Table(
    "accounts",
    (
        Column("username", _("Sign-in name"), order=("username",), cell=lambda row: row.username),
        Column("name", _("Name"), order=(ByName("name"),), cell=lambda row: row.name),
        Column("last_login", _("Last signed in"), order=("last_login",), cell=lambda row: minute_text(row.last_login)),
        Column("state", _("State"), cell=lambda row: row.account_state[1], leads=True),
        Column("acts", ""),
    ),
)


@require_safe
def account_list(request):
    access.require(request.user, "manage_accounts")
    text = request.GET.get("q", "").strip()
    people = find(Person.objects.order_by("username"), text)
    listing = ACCOUNTS.listing(request, people, filters=[("q", _("Name or number"), text)], prepare=_with_state)
    if listing.is_taken_out:
        return listing.csv()
    return render(request, "training/system/accounts.html", {"listing": listing, "page": listing.page, "text": text})


@require_POST
@never_cache
def account_codes(request):
    """Fresh codes for the accounts chosen, shown once, to be printed and handed out; their old passwords end."""
    access.require(request.user, "manage_accounts")
    chosen = [int(v) for v in request.POST.getlist("person") if v.isascii() and v.isdigit() and len(v) < 16]
    people = list(Person.objects.filter(pk__in=chosen, is_active=True).order_by("username"))
    if not people:
        raise BadInput(_("Choose at least one person."))
    now = timezone.now()
    issued = [(person, accounts.issue_activation_code(person=person, by=request.user, now=now)) for person in people]
    return render(request, "training/imports/codes.html", {"issued": issued})


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


ROLES = Table(
    "roles",
    (
        Column("name", _("Name"), order=(ByName("person__name"),), cell=lambda row: row.person.name),
        Column("username", _("Sign-in name"), order=("person__username",), cell=lambda row: row.person.username),
        Column("role", _("Role"), order=("role",), cell=lambda row: row.get_role_display(), leads=True),
        Column("unit", _("Unit"), order=("unit__path",), cell=lambda row: row.unit.name),
        Column("since", _("Since"), order=("granted_at",), cell=lambda row: minute_text(row.granted_at), keeps_line=True),
        Column("acts", ""),
    ),
)


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
    listing = ROLES.listing(request, held)
    if listing.is_taken_out:
        return listing.csv()
    return render(request, "training/system/roles.html", {"form": form, "listing": listing}, status=status)


@require_POST
def revoke_role(request, pk):
    access.require(request.user, "grant_roles")
    grants.revoke(role=get_object_or_404(Role.objects.current(), pk=pk), by=request.user, now=timezone.now())
    return redirect("training:roles")


urlpatterns = [
    path("system/accounts/", account_list, name="accounts"),
    path("system/accounts/codes/", account_codes, name="account_codes"),
    path("system/accounts/<int:pk>/<str:act>/", account_act, name="account_act"),
    path("system/roles/", roles, name="roles"),
    path("system/roles/<int:pk>/revoke/", revoke_role, name="revoke_role"),
]
