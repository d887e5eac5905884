"""Pages: questions whose law has moved, old and new words side by side; law texts taken over; laws repealed."""

import hashlib

from django import forms
from django.contrib import messages
from django.core import signing
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from exams import amendments, items
from exams.models import Item
from exams.views.bank import cited_articles
from laws.files import read_file
from laws.models import LegalDocument
from training import access
from training.errors import BadInput, DomainError

ROWS = 50
SALT = "exams.law"


def _queue(request):
    found = amendments.waiting().filter(item__in=Item.objects.visible_to(request.user))
    if request.GET.get("law"):
        found = found.filter(citation__law__code=request.GET["law"])
    if request.GET.get("only") == "quarantine":
        found = found.filter(is_quarantine=True)
    return found


@require_safe
def alerts(request):
    """What waits, by law."""
    access.require(request.user, "see_bank")
    page = Paginator(_queue(request), ROWS).get_page(request.GET.get("page"))
    items.see([alert.item for alert in page.object_list], by=request.user, now=timezone.now())
    waiting = amendments.waiting().order_by()
    context = {
        "page": page,
        "given": request.GET,
        "laws": LegalDocument.objects.filter(pk__in=waiting.values("citation__law")).order_by("short_title"),
        "today": timezone.localdate(),
    }
    return render(request, "exams/bank/alerts.html", context)


def _page(request, item: Item, *, problem: str = "", status: int = 200):
    found = list(amendments.waiting().filter(item=item))
    following = _following(request, item)
    items.see([item], by=request.user, now=timezone.now())
    context = {
        "item": item,
        "version": item.current,
        "beside": amendments.beside(found),
        "cited": cited_articles(item.current),
        "may_confirm": access.may(request.user, "review_items") and found and all(amendments.can_confirm(a) for a in found),
        "may_review": access.may(request.user, "review_items"),
        "may_write": access.may(request.user, "write_items"),
        "today": timezone.localdate(),
        "problem": problem,
        "next": following,
        "left": _queue(request).order_by().values("item").distinct().count(),
        "reasons": (_("The law no longer says so"), _("The article is gone"), _("The law was repealed")),
    }
    return render(request, "exams/bank/alert.html", context, status=status)


def _following(request, item: Item):
    keys = list(dict.fromkeys(_queue(request).values_list("item_id", flat=True)))
    later = keys[keys.index(item.pk) + 1 :] if item.pk in keys else keys
    return (later or [key for key in keys if key != item.pk] or [None])[0]


def _found(request, pk) -> Item:
    return get_object_or_404(Item.objects.visible_to(request.user).select_related("current"), pk=pk)


@require_safe
def alert(request, pk):
    access.require(request.user, "see_bank")
    return _page(request, _found(request, pk))


@require_POST
def resolve(request, pk, act):
    """Confirm under the new text, or retire; editing is the editor's."""
    access.require(request.user, "review_items")
    found = _found(request, pk)
    following = _following(request, found)
    now = timezone.now()
    try:
        if act == "confirm":
            amendments.confirm(item=found, by=request.user, now=now)
        elif act == "retire":
            reason = request.POST.get("preset") or request.POST.get("reason", "")
            items.retire(items=[found], by=request.user, now=now, reason=reason)
        else:
            raise Http404
    except DomainError as error:
        if error.status == 403:
            raise
        return _page(request, found, problem=str(error), status=error.status)
    done = _("confirmed under the new text") if act == "confirm" else _("retired")
    messages.success(request, f"{found.code}：{done}")
    address = reverse("exams:alert", args=[following]) if following else reverse("exams:alerts")
    return redirect(address + (f"?{request.GET.urlencode()}" if request.GET else ""))


# --- a law's text


class LawForm(forms.Form):
    file = forms.FileField(label=_("Law text (.md, .txt, .docx)"))
    effective_on = forms.DateField(
        label=_("In force from"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("empty: as the text says"),
    )


@require_http_methods(["GET", "POST"])
def import_law(request):
    """A file is read and shown with what it would do; nothing is kept of it but the file, until it is confirmed."""
    access.require(request.user, "import_law")
    form = LawForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file, effective_on = form.cleaned_data["file"], form.cleaned_data["effective_on"]
        content = file.read()
        try:
            rehearsal = _rehearse(request, content, file.name, effective_on)
        except DomainError as error:
            form.add_error("file", str(error))
        else:
            name = f"laws/{hashlib.sha256(content).hexdigest()}"
            if not default_storage.exists(name):
                default_storage.save(name, ContentFile(content))
            token = signing.dumps([name, file.name, effective_on.isoformat() if effective_on else ""], salt=SALT)
            return _preview(request, rehearsal, token=token, name=file.name, has_day=effective_on is not None)
    return render(request, "exams/bank/import_law.html", {"form": form}, status=422 if request.method == "POST" else 200)


def _preview(request, rehearsal, *, token: str, name: str, has_day: bool):
    """Each article that moved once, with how many questions rest on it; which ones only the bank's roles learn."""
    groups: dict[tuple, list] = {}
    for one in rehearsal.beside:
        groups.setdefault((one.alert.citation.ref, one.alert.citation.law_version_id), []).append(one)
    sees_bank = access.may(request.user, "see_bank")
    if sees_bank:
        items.see({one.alert.item for one in rehearsal.beside}, by=request.user, now=timezone.now())
    warnings = [sentence for code, sentence in rehearsal.warnings if code != "effective_date_assumed" or not has_day]
    context = {
        "rehearsal": rehearsal,
        "groups": [([found[0]], [one.alert.item for one in found]) for found in groups.values()],
        "touched": len({one.alert.item_id for one in rehearsal.beside}),
        "sees_bank": sees_bank,
        "warnings": warnings,
        "token": token,
        "name": name,
    }
    return render(request, "exams/bank/law_preview.html", context)


def _rehearse(request, content, name, effective_on):
    return amendments.rehearse(
        text=read_file(content, name), by=request.user, now=timezone.now(), effective_on=effective_on, filename=name
    )


@require_POST
def take_over(request):
    access.require(request.user, "import_law")
    try:
        stored, name, day = signing.loads(request.POST.get("token", ""), salt=SALT, max_age=24 * 3600)
    except signing.BadSignature as error:
        raise BadInput(_("This preview is no longer valid: choose the file again.")) from error
    with default_storage.open(stored) as file:
        text = read_file(file.read(), name)
    effective_on = forms.DateField(required=False).clean(day)
    taken = amendments.take_over_law(text=text, by=request.user, now=timezone.now(), effective_on=effective_on, filename=name)
    facts = {
        "law": taken.entered.version.document.name,
        "articles": taken.entered.version.article_count,
        "quarantined": len(taken.consequence.quarantined),
        "flagged": len(taken.consequence.flagged),
    }
    messages.success(
        request,
        _("%(law)s: %(articles)s articles taken over; %(quarantined)s questions quarantined, %(flagged)s to be looked at.")
        % facts,
    )
    return redirect("exams:import_law")


class RepealForm(forms.Form):
    document = forms.ModelChoiceField(
        label=_("Law repealed"), queryset=LegalDocument.objects.none(), to_field_name="code", empty_label=_("choose")
    )
    by_law = forms.ModelChoiceField(
        label=_("Repealed by"),
        queryset=LegalDocument.objects.none(),
        to_field_name="code",
        required=False,
        empty_label=_("no other law"),
    )
    on = forms.DateField(label=_("Out of force from"), widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        laws = LegalDocument.objects.of_the_library().order_by("short_title")
        self.fields["document"].queryset = laws.filter(repealed_on=None)
        self.fields["by_law"].queryset = laws


@require_http_methods(["GET", "POST"])
def repeal(request):
    """Take a law out of force from a day on."""
    access.require(request.user, "import_law")
    form = RepealForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        touched = amendments.repeal(**said, by=request.user, now=timezone.now())
        facts = {"law": said["document"].name, "count": len(touched.touched), "day": said["on"]}
        messages.success(request, _("%(law)s is out of force from %(day)s; %(count)s citations of the bank rest on it.") % facts)
        return redirect("exams:repeal_law")
    repealed = LegalDocument.objects.exclude(repealed_on=None).select_related("repealed_by").order_by("-repealed_on", "code")
    return render(
        request,
        "exams/bank/repeal_law.html",
        {"form": form, "repealed": repealed},
        status=422 if request.method == "POST" else 200,
    )


urlpatterns = [
    path("bank/alerts/", alerts, name="alerts"),
    path("bank/alerts/<int:pk>/", alert, name="alert"),
    path("bank/alerts/<int:pk>/<str:act>/", resolve, name="resolve_alert"),
    path("bank/laws/import/", import_law, name="import_law"),
    path("bank/laws/import/confirm/", take_over, name="take_over_law"),
    path("bank/laws/repeal/", repeal, name="repeal_law"),
]
