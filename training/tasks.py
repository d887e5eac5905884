"""Work of this floor that runs in the background, each under a job its owner watches."""

from django.utils import timezone, translation
from django_tasks import task

from training import import_runs, jobs
from training.models import ImportRun


@task()
def read_import(job_id: int, run_id: int, language: str) -> None:
    """Read a large file and keep its preview."""

    def work(progress):
        run = ImportRun.objects.select_related("unit", "created_by").get(pk=run_id)
        import_runs.read(run=run, now=timezone.now(), progress=progress)
        return {}

    with translation.override(language):
        jobs.run(job_id=job_id, work=work)


@task()
def take_over_import(job_id: int, run_id: int, language: str) -> None:
    """Carry out what the preview of a large file showed."""

    def work(progress):
        import_runs.take_over(run_id=run_id, now=timezone.now(), progress=progress)
        return {}

    with translation.override(language):
        jobs.run(job_id=job_id, work=work)
