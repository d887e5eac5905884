"""Work that takes longer than a page: jobs with progress, and the imports they run."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from .people import Person
from .units import Unit


class Job(models.Model):
    """A piece of background work that its owner can watch, leave and come back to."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")

    kind = models.CharField(max_length=40)
    title = models.CharField(_("title"), max_length=200)
    owner = models.ForeignKey(Person, models.PROTECT, null=True, related_name="jobs")
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.WAITING)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    step = models.CharField(max_length=200, blank=True)
    result = models.JSONField(default=dict)
    error = models.CharField(max_length=500, blank=True)
    file = models.FileField(upload_to="exports/%Y/%m", blank=True)
    file_name = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(_("started at"))
    heard_at = models.DateTimeField(null=True, help_text="when its worker last said how far it is")
    finished_at = models.DateTimeField(null=True)

    def __str__(self):
        return self.title

    @property
    def is_over(self):
        return self.state in (self.State.DONE, self.State.FAILED)

    @property
    def share(self) -> int:
        """How far it is, in percent."""
        return min(self.done * 100 // self.total, 100) if self.total else 0


class ImportRun(models.Model):
    """One file on its way in: uploaded, understood, previewed, applied once, and undone while nothing rests on it."""

    class Kind(models.TextChoices):
        ROSTER = "roster", _("roster of people")
        RECORDS = "records", _("training records")
        SESSIONS = "sessions", _("counted sessions")
        ATTAINMENTS = "attainments", _("attainments")
        ADJUSTMENTS = "adjustments", _("adjustments")

    class State(models.TextChoices):
        UPLOADED = "uploaded", _("uploaded")
        PREVIEWED = "previewed", _("previewed")
        APPLIED = "applied", _("applied")
        UNDONE = "undone", _("undone")
        REFUSED = "refused", _("refused")
        DISCARDED = "discarded", _("discarded")

    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="imports", verbose_name=_("unit"))
    file = models.FileField(upload_to="imports/%Y/%m")
    name = models.CharField(_("file name"), max_length=200)
    sha256 = models.CharField(max_length=64)
    options = models.JSONField(default=dict)
    preview = models.JSONField(default=dict)
    outcome = models.JSONField(default=dict)
    traces = models.JSONField(default=dict, help_text="what it changed, for the undoing")
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.UPLOADED)
    job = models.ForeignKey(Job, models.PROTECT, null=True, related_name="+")
    created_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="imports")
    created_at = models.DateTimeField(_("uploaded at"))
    applied_at = models.DateTimeField(_("applied at"), null=True)
    undone_at = models.DateTimeField(_("undone at"), null=True)

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")

    def __str__(self):
        return self.name
