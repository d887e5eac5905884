"""Pages: a piece of long work, watched by its owner."""

from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404, render
from django.urls import path
from django.utils import timezone
from django.views.decorators.http import require_safe
from django_htmx.http import HttpResponseClientRedirect

from training import audit, jobs
from training.models import Job


@require_safe
def job(request, pk):
    found = get_object_or_404(Job.objects.filter(owner=request.user), pk=pk)
    address = found.result.get("url")
    if request.htmx and found.state == Job.State.DONE and address and not found.file:
        return HttpResponseClientRedirect(address)
    template = "training/jobs/_job.html" if request.htmx and not request.htmx.boosted else "training/jobs/job.html"
    return render(request, template, {"job": found, "is_silent": jobs.is_silent(found, timezone.now())})


@require_safe
def job_file(request, pk):
    """What the work made; only its owner fetches it."""
    found = get_object_or_404(Job.objects.filter(owner=request.user, state=Job.State.DONE), pk=pk)
    if not found.file:
        raise Http404
    audit.record(actor=request.user, act="fetch_job_file", subject=f"job:{found.pk}", now=timezone.now())
    return FileResponse(found.file.open("rb"), as_attachment=True, filename=found.file_name)


urlpatterns = [
    path("jobs/<int:pk>/", job, name="job"),
    path("jobs/<int:pk>/file/", job_file, name="job_file"),
]
