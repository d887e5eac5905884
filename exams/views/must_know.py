"""Pages: the must-know lists, for the bureau that decides them."""

from django import forms
from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from exams import must_know
from exams.models import MustKnowList
from training import access
from training.errors import DomainError
from training.models import StaffCategory


def _day(label, **facts):
    return forms.DateField(label=label, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **facts)


class MustKnowForm(forms.Form):
    code = forms.SlugField(
        label=_("Code"), max_length=60, help_text=_("lower-case letters, digits and hyphens; it never changes")
    )
    title = forms.CharField(label=_("Title"), max_length=120)
    staff_category = forms.ChoiceField(
        label=_("Staff category"), required=False, choices=[("", _("everybody")), *StaffCategory.choices]
    )
    post = forms.CharField(
        label=_("Post"), max_length=80, required=False, help_text=_("as the roster names it; empty: every post")
    )
    document = forms.CharField(label=_("Deciding document"), max_length=200)
    valid_from = _day(_("Valid from"))
    valid_to = _day(_("Valid to"), required=False)
    laws = forms.CharField(
        label=_("Laws and articles"),
        widget=forms.Textarea(attrs={"rows": 10, "class": "form-control"}),
        help_text=_("One law a line with its articles after it; a law alone stands for the whole."),
    )


@require_safe
def lists(request):
    access.require(request.user, "set_must_know")
    rows = MustKnowList.objects.prefetch_related("entries__law").order_by("-valid_from", "code")
    return render(request, "exams/practice/must_know.html", {"rows": rows, "categories": dict(StaffCategory.choices)})


@require_http_methods(["GET", "HEAD", "POST"])
def new(request):
    access.require(request.user, "set_must_know")
    form = MustKnowForm(request.POST if request.method == "POST" else None, initial={"valid_from": timezone.localdate()})
    return _edited(request, form, lambda said: must_know.create(by=request.user, now=timezone.now(), **said))


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request, code):
    access.require(request.user, "set_must_know")
    row = get_object_or_404(MustKnowList, code=code)
    names = ("code", "title", "staff_category", "post", "document", "valid_from", "valid_to")
    initial = {name: getattr(row, name) for name in names} | {"laws": must_know.as_text(row)}
    form = MustKnowForm(request.POST if request.method == "POST" else None, initial=initial)
    form.fields["code"].disabled = True

    def change(said):
        said.pop("code")
        must_know.change(must_know=row, by=request.user, now=timezone.now(), **said)

    return _edited(request, form, change, row)


def _edited(request, form, does, row=None):
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                does(form.cleaned_data)
            except DomainError as error:
                form.add_error(None, str(error))
            else:
                messages.success(request, _("The list is set."))
                return redirect("exams:must_know")
    return render(request, "exams/practice/edit_must_know.html", {"form": form, "row": row}, status=status)


urlpatterns = [
    path("must-know/", lists, name="must_know"),
    path("must-know/new/", new, name="new_must_know"),
    path("must-know/<slug:code>/", edit, name="edit_must_know"),
]
