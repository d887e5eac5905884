"""Page: a paper, its answer sheet or its key as a Word document."""

import io
from urllib.parse import quote

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path
from django.utils import timezone
from django.views.decorators.http import require_safe

from exams import papers
from exams.models import MediaFile, Paper
from reports import papers_document
from reports.views import MEDIA
from training import access

FORMS = {
    "paper": ("试卷", papers_document.paper),
    "sheet": ("答题卡", papers_document.answer_sheet),
    "key": ("答案", papers_document.key),
}


@require_safe
def print_paper(request, pk, form):
    """Only who makes papers prints them; each print is an event of the trail."""
    access.require(request.user, "make_papers")
    if form not in FORMS:
        raise Http404
    paper = get_object_or_404(Paper.objects.select_related("paper_set__blueprint"), pk=pk)
    word, write = FORMS[form]
    sections = papers.sections_of(paper)
    shown = papers_document.images_in(sections)
    images = {one.sha256: one.file.read() for one in MediaFile.objects.filter(sha256__in=shown)} if shown else {}
    made = io.BytesIO()
    write(made, paper=paper, sections=sections, images=images)
    papers.see(paper, by=request.user, now=timezone.now(), act="export_paper", form=form)
    response = HttpResponse(made.getvalue(), content_type=MEDIA["docx"])
    name = f"{paper.paper_set.blueprint.title}-{paper.label}-{word}.docx"
    response["Content-Disposition"] = f"attachment; filename=\"paper-{form}.docx\"; filename*=UTF-8''{quote(name)}"
    return response


urlpatterns = [path("papers/<int:pk>/<str:form>/", print_paper, name="print_paper")]
