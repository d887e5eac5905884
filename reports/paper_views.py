"""Pages: a paper, its answer sheet or its key as a Word document; all of them of one draw as an archive."""

import io
from urllib.parse import quote

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path
from django.utils import timezone, translation
from django.views.decorators.http import require_POST, require_safe

from exams import papers
from exams.models import Paper, PaperSet
from reports import paper_bundles, tasks
from reports.paper_bundles import FORMS
from reports.views import MEDIA
from training import access, jobs


@require_safe
def print_paper(request, pk, form):
    """Only who makes papers prints them; each print is an event of the trail."""
    access.require(request.user, "make_papers")
    if form not in FORMS:
        raise Http404
    paper = get_object_or_404(Paper.objects.select_related("paper_set__blueprint"), pk=pk)
    made = io.BytesIO()
    paper_bundles.write(made, paper=paper, form=form)
    papers.see(paper, by=request.user, now=timezone.now(), act="export_paper", form=form)
    response = HttpResponse(made.getvalue(), content_type=MEDIA["docx"])
    name = paper_bundles.name_of(paper, form)
    response["Content-Disposition"] = f"attachment; filename=\"paper-{form}.docx\"; filename*=UTF-8''{quote(name)}"
    return response


@require_POST
def print_all(request, pk):
    """Every paper of a draw with its answer sheet and its key, made in the background; the job's page hands them out."""
    access.require(request.user, "make_papers")
    found = get_object_or_404(PaperSet.objects.select_related("blueprint"), pk=pk)
    job = jobs.begin(kind="papers", title=found.blueprint.title, owner=request.user, now=timezone.now())
    tasks.print_papers.enqueue(job.pk, found.pk, translation.get_language())
    return redirect("training:job", job.pk)


urlpatterns = [
    path("papers/<int:pk>/all/", print_all, name="print_papers"),
    path("papers/<int:pk>/<str:form>/", print_paper, name="print_paper"),
]
