"""Long work with progress: a job is queued, run by a worker, watched by its owner."""

import logging
from collections.abc import Callable
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from training.errors import DomainError
from training.models import Job

log = logging.getLogger(__name__)


def begin(*, kind: str, title: str, owner, now: datetime) -> Job:
    """A waiting job; hand its key to the task that runs it."""
    return Job.objects.create(kind=kind, title=title[:200], owner=owner, created_at=now)


class Progress:
    """What the work calls to say how far it is. Writes at most a hundred times a job."""

    def __init__(self, job: Job):
        self.job = job
        self._shown = -1

    def __call__(self, done: int, total: int, step: str = "") -> None:
        share = done * 100 // total if total else 0
        if share == self._shown and step == self.job.step:
            return
        self._shown = share
        self.job.step = step
        Job.objects.filter(pk=self.job.pk).update(done=done, total=total, step=step[:200])


def run(*, job_id: int, work: Callable[[Progress], dict]) -> Job:
    """Run `work` for a job and keep its result, or the reason it failed. Work raises DomainError to refuse."""
    job = Job.objects.get(pk=job_id)
    if job.state != Job.State.WAITING:
        return job  # a repeated delivery
    Job.objects.filter(pk=job.pk).update(state=Job.State.RUNNING)
    try:
        job.result = work(Progress(job)) or {}
        job.state = Job.State.DONE
    except DomainError as error:
        job.error, job.state = str(error)[:500], Job.State.FAILED
    except Exception:
        log.exception("job %s failed", job.pk)
        job.error, job.state = (
            _("An unexpected error stopped the work; nothing was changed. Reference: job %s.") % job.pk,
            Job.State.FAILED,
        )
    job.finished_at = timezone.now()
    job.save(update_fields=["result", "state", "error", "finished_at"])
    return job
