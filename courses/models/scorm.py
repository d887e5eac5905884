"""SCORM packages: what was unpacked, its parts, and how far a person is in each."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from training.models import Person

from .catalogue import Lesson


class ScormPackage(models.Model):
    """An unpacked package. Its files lie under `scorm/<sha256>` and never change: the same zip again is the same package."""

    class Standard(models.TextChoices):
        V12 = "1.2", "SCORM 1.2"
        V2004 = "2004", "SCORM 2004"

    sha256 = models.CharField(max_length=64, unique=True)
    name = models.CharField(_("file name"), max_length=200)
    title = models.CharField(_("title"), max_length=200)
    standard = models.CharField(_("standard"), max_length=4, choices=Standard.choices)
    edition = models.CharField(_("edition"), max_length=20, blank=True)
    is_in_order = models.BooleanField(_("parts one after the other"), default=False)
    size = models.PositiveBigIntegerField(_("size"), help_text=_("bytes"))
    unpacked_size = models.PositiveBigIntegerField(_("size unpacked"), help_text=_("bytes"))
    files = models.PositiveIntegerField(_("files"))
    facts = models.JSONField(default=dict, help_text="counts of the manifest")
    notes = models.JSONField(default=list, help_text="[code, name]: what was left out or put right")
    uploaded_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+", verbose_name=_("uploaded by"))
    uploaded_at = models.DateTimeField(_("uploaded at"))

    class Meta:
        verbose_name = _("SCORM package")
        verbose_name_plural = _("SCORM packages")
        ordering = ["-pk"]

    def __str__(self):
        return self.title


class ScormUnit(models.Model):
    """A part that is delivered: a SCO, which reports, or an asset, which is only opened."""

    package = models.ForeignKey(ScormPackage, models.CASCADE, related_name="units")
    position = models.PositiveSmallIntegerField(_("position"))
    identifier = models.CharField(max_length=200)
    title = models.CharField(_("title"), max_length=200)
    headings = models.JSONField(default=list, help_text="[identifier, title] of the items above it, outermost first")
    reports = models.BooleanField(_("reports"), help_text="False: done once it was opened")
    path = models.CharField(max_length=500, help_text="of the file in the package")
    query = models.TextField(blank=True, help_text="with its ? and #")
    prerequisites = models.CharField(_("prerequisites"), max_length=500, blank=True)
    launch_data = models.TextField(blank=True)
    max_seconds = models.PositiveIntegerField(_("longest time"), null=True, blank=True, help_text=_("seconds"))
    time_limit_action = models.CharField(max_length=30, blank=True)
    mastery_score = models.IntegerField(_("mastery score"), null=True, blank=True, help_text=_("hundredths"))
    completion_threshold = models.IntegerField(null=True, blank=True, help_text="hundredths of a percent")

    class Meta:
        verbose_name = _("part of a SCORM package")
        verbose_name_plural = _("parts of SCORM packages")
        ordering = ["package", "position"]
        constraints = [models.UniqueConstraint(fields=["package", "position"], name="one_part_per_place_of_a_package")]

    def __str__(self):
        return self.title


class ScormStatus(models.TextChoices):
    NOT_ATTEMPTED = "not_attempted", _("not begun")
    INCOMPLETE = "incomplete", _("in progress")
    COMPLETED = "completed", _("completed")
    PASSED = "passed", _("passed")
    FAILED = "failed", _("failed")


class ScormState(models.Model):
    """What a package reported of a person. Only `completed_at` is asked for credit, and it is never taken back by a later report.

    `launch` counts the openings: the last one alone may report. Within it `revision` rises, so that a report that arrives twice
    or late changes nothing. The times are the package's own words: shown, never counted.
    """

    person = models.ForeignKey(Person, models.PROTECT, related_name="scorm_states", verbose_name=_("person"))
    lesson = models.ForeignKey(Lesson, models.PROTECT, related_name="scorm_states", verbose_name=_("lesson"))
    unit = models.ForeignKey(ScormUnit, models.PROTECT, related_name="states", verbose_name=_("part"))
    launch = models.PositiveIntegerField(default=0)
    revision = models.PositiveIntegerField(default=0)
    data = models.JSONField(default=dict, help_text="the data model as it was reported")
    is_suspended = models.BooleanField(default=False, help_text="the next opening resumes")
    status = models.CharField(_("status"), max_length=13, choices=ScormStatus.choices, default=ScormStatus.NOT_ATTEMPTED)
    score = models.IntegerField(_("best score"), null=True, blank=True, help_text=_("hundredths of a percent"))
    seconds_before = models.PositiveIntegerField(default=0, help_text="reported by earlier openings")
    seconds_now = models.PositiveIntegerField(default=0, help_text="reported by the present one")
    started_at = models.DateTimeField(_("begun at"))
    last_at = models.DateTimeField(_("last at"))
    completed_at = models.DateTimeField(_("completed at"), null=True, blank=True)

    class Meta:
        verbose_name = _("state of a SCORM part")
        verbose_name_plural = _("states of SCORM parts")
        constraints = [
            models.UniqueConstraint(fields=["person", "lesson", "unit"], name="one_state_per_person_and_part"),
            models.CheckConstraint(condition=Q(last_at__gte=F("started_at")), name="a_state_does_not_run_backwards"),
        ]

    def __str__(self):
        return f"{self.person_id} {self.lesson_id} {self.unit_id}"

    @property
    def total_seconds(self):
        return self.seconds_before + self.seconds_now
