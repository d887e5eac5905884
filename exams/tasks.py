"""Work of this floor that runs in the background, each under a job its owner watches."""

from django.utils import timezone, translation
from django_tasks import task

from exams import item_imports
from exams.models import ItemImport
from training import jobs


@task()
def read_items(job_id: int, run_id: int, language: str) -> None:
    """Read a large file of questions and keep its preview."""

    def work(progress):
        run = ItemImport.objects.select_related("created_by").get(pk=run_id)
        item_imports.read(run=run, now=timezone.now(), progress=progress)
        return {}

    with translation.override(language):
        jobs.run(job_id=job_id, work=work)


@task()
def take_over_items(job_id: int, run_id: int, language: str) -> None:
    """Take over what the preview of a large file of questions showed."""

    def work(progress):
        item_imports.take_over(run_id=run_id, now=timezone.now(), progress=progress)
        return {}

    with translation.override(language):
        jobs.run(job_id=job_id, work=work)
