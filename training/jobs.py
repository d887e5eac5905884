"""Long work with progress: a job is queued, run by a worker, watched by its owner, who may leave and come back."""

import logging
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.utils import timezone
from django.utils.translation import gettext as _

from training.errors import DomainError
from training.models import Job

log = logging.getLogger(__name__)
SILENCE = timedelta(minutes=10)
EXPORTS = "exports"  # the folder that Job.file names


def begin(*, kind: str, title: str, owner, now: datetime, address: str = "") -> Job:
    """A waiting job; hand its key to the task that runs it. `address`: the page of what it works on, whatever comes of it."""
    result = {"url": address} if address else {}
    return Job.objects.create(kind=kind, title=title[:200], owner=owner, created_at=now, result=result)


class Progress:
    """What the work calls to say how far it is. Writes when a whole percent is gained, or the step changes."""

    def __init__(self, job: Job | None = None):
        self.job = job
        self._shown = None

    def __call__(self, done: int, total: int, step="") -> None:
        shown = (done * 100 // total if total else 0, str(step))
        if self.job is None or shown == self._shown:
            return
        self._shown = shown
        Job.objects.filter(pk=self.job.pk).update(done=done, total=total, step=shown[1][:200], heard_at=timezone.now())

    def keep_file(self, file, name: str) -> None:
        """Keep what the work made, for its owner to fetch."""
        self.job.file.save(name.replace("/", "_"), File(file), save=False)
        self.job.file_name = name[:200]
        self.job.save(update_fields=["file", "file_name"])


def run(*, job_id: int, work: Callable[[Progress], dict]) -> Job:
    """Run `work` for a job and keep its result, or the reason it failed. Work raises DomainError to refuse.

    A job delivered twice runs once.
    """
    is_first = Job.objects.filter(pk=job_id, state=Job.State.WAITING).update(state=Job.State.RUNNING, heard_at=timezone.now())
    job = Job.objects.get(pk=job_id)
    if not is_first:
        return job
    try:
        job.result |= work(Progress(job)) or {}
        job.state, job.step = Job.State.DONE, ""
    except DomainError as error:
        job.error, job.state = str(error)[:500], Job.State.FAILED
    except Exception:
        log.exception("job %s failed", job.pk)
        job.error = _("An unexpected error stopped the work; nothing was changed. Reference: job %s.") % job.pk
        job.state = Job.State.FAILED
    job.finished_at = timezone.now()
    job.save(update_fields=["result", "state", "step", "error", "finished_at"])
    return job


def is_silent(job: Job, now: datetime) -> bool:
    """Whether a job that should be running has not been heard of for long: its worker has ended."""
    return not job.is_over and now - (job.heard_at or job.created_at) > SILENCE


def expire_files(*, now: datetime) -> int:
    """Take leave of what jobs made for their owners `KEEP_EXPORTS_DAYS` ago; how many files were removed.

    The jobs stay. A row lets go of its file a day before the file goes: a backup whose database still names it finds it.
    A file that no row names, of work that broke off, goes too.
    """
    ended = now - timedelta(days=settings.KEEP_EXPORTS_DAYS)
    Job.objects.filter(finished_at__lt=ended).exclude(file="").update(file="")
    named = set(Job.objects.exclude(file="").values_list("file", flat=True))
    removed = 0
    for name in _files_below(EXPORTS):
        if name not in named and default_storage.get_modified_time(name) < ended - timedelta(days=1):
            default_storage.delete(name)
            removed += 1
    return removed


def _files_below(folder: str) -> Iterator[str]:
    if not default_storage.exists(folder):
        return
    folders, names = default_storage.listdir(folder)
    yield from (f"{folder}/{name}" for name in names)
    for below in folders:
        yield from _files_below(f"{folder}/{below}")
