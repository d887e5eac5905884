"""Work of this floor that runs in the background, each under a job its owner watches."""

import tempfile
import zipfile
from pathlib import Path

from django.utils import timezone, translation
from django_tasks import task

from exams.models import PaperSet
from reports import paper_bundles
from reports.bundles import write_bundle
from reports.lifecycle import reporting_units
from training import audit, jobs
from training.models import Job, Unit
from training.periods import Period


@task()
def write_all_reports(job_id: int, year: int, kind: str, number: int, language: str) -> None:
    """Every unit's files of a period and the district's summary, as one zip for the job's owner."""

    def work(progress):
        period, now = Period(year, kind, number), timezone.now()
        jobs.expire_files(now=now)  # the archives before this one
        district = Unit.objects.get(parent=None)
        units = [district, *reporting_units(district)]
        with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile() as packed:
            write_bundle(Path(folder), units=units, period=period, now=now, district=district, progress=progress)
            with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:  # office files are compressed already
                for path in sorted(Path(folder).iterdir()):
                    archive.write(path, path.name)
            packed.seek(0)
            progress.keep_file(packed, f"{district.name}{period.label}培训情况.zip")
        owner = Job.objects.select_related("owner").get(pk=job_id).owner
        facts = {"period": period.label, "units": len(units)}
        audit.record(actor=owner, act="export_reports", subject=f"job:{job_id}", unit=district, now=now, facts=facts)
        return {}

    with translation.override(language):
        jobs.run(job_id=job_id, work=work)


@task()
def print_papers(job_id: int, paper_set_id: int, language: str) -> None:
    """Every paper of a draw with answer sheet and key, as one zip for the job's owner; an event of the trail."""

    def work(progress):
        now = timezone.now()
        jobs.expire_files(now=now)  # the archives before this one
        paper_set = PaperSet.objects.select_related("blueprint").get(pk=paper_set_id)
        with tempfile.TemporaryFile() as packed:
            count = paper_bundles.write_all(packed, paper_set=paper_set, progress=progress)
            packed.seek(0)
            progress.keep_file(packed, f"{paper_set.blueprint.title}.zip")
        owner = Job.objects.select_related("owner").get(pk=job_id).owner
        facts = {"code": paper_set.blueprint.code, "papers": count}
        audit.record(actor=owner, act="export_papers", subject=f"paper_set:{paper_set_id}", now=now, facts=facts)
        return {}

    with translation.override(language):
        jobs.run(job_id=job_id, work=work)
