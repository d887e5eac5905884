"""Pages: a learner claims hours of their own training, with its evidence."""

from django import forms
from django.shortcuts import redirect, render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from training import evidence, registrations
from training.errors import DomainError
from training.models import Category, Evidence, Mode, Submission

SHOWN = 20
FACTS = ("title", "studied_on", "category", "mode", "organiser", "minutes")


def _chosen(label, choices):
    """A field that stands on no choice of its own: a category nobody chose would decide what counts."""
    return forms.ChoiceField(label=label, choices=[("", _("Choose…")), *choices])


class ClaimForm(forms.Form):
    title = forms.CharField(label=_("What you attended"), max_length=200)
    studied_on = forms.DateField(label=_("On"), widget=forms.DateInput(attrs={"type": "date"}))
    category = _chosen(_("Category"), Category.choices)
    mode = _chosen(_("Form"), Mode.choices)
    organiser = forms.CharField(label=_("Organiser"), max_length=120)
    minutes = forms.IntegerField(label=_("Minutes"), min_value=1, max_value=1440)
    kind = _chosen(_("Kind of evidence"), Evidence.Kind.choices)
    file = forms.FileField(label=_("Evidence (PDF or photo)"))


@require_http_methods(["GET", "POST"])
def claim(request):
    form = ClaimForm(request.POST or None, request.FILES or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            said = form.cleaned_data
            proof = (said["kind"], said["file"].name, said["file"].read(evidence.LARGEST + 1))
            facts = {name: said[name] for name in FACTS}
            try:
                batch = registrations.claim(person=request.user, proof=proof, now=timezone.now(), **facts)
            except DomainError as error:
                form.add_error(None, str(error))
            else:
                return redirect("training:submission", batch.pk)
    claims = Submission.objects.filter(created_by=request.user, source=Submission.Source.CLAIM).order_by("-pk")[:SHOWN]
    return render(request, "training/submissions/claim.html", {"form": form, "claims": claims}, status=status)


urlpatterns = [path("me/claims/", claim, name="claim")]
