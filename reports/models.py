"""What a unit reported: one report a unit and period, and its numbered versions, locked as they were submitted."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from training import access
from training.models import Person, Unit
from training.periods import Period


class ReportQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(unit__in=access.reachable_units(user, Unit.objects.all(), "see_reports"))


class Report(models.Model):
    """A unit's report for a period: draft until submitted, then accepted or returned."""

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        SUBMITTED = "submitted", _("submitted")
        ACCEPTED = "accepted", _("accepted")
        RETURNED = "returned", _("returned")

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="reports", verbose_name=_("unit"))
    year = models.PositiveSmallIntegerField(_("year"))
    kind = models.CharField(_("kind of period"), max_length=8, default="year")
    number = models.PositiveSmallIntegerField(_("number of the period"), default=1)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.DRAFT)

    objects = ReportQuerySet.as_manager()

    class Meta:
        verbose_name = _("report")
        verbose_name_plural = _("reports")
        constraints = [
            models.UniqueConstraint(fields=["unit", "year", "kind", "number"], name="one_report_per_unit_and_period"),
            models.CheckConstraint(
                condition=Q(kind="year", number=1)
                | Q(kind="half", number__in=[1, 2])
                | Q(kind="quarter", number__in=[1, 2, 3, 4]),
                name="a_report_is_of_a_year_a_half_year_or_a_quarter",
            ),
        ]

    def __str__(self):
        return f"{self.unit} {self.period.label}"

    @property
    def period(self) -> Period:
        return Period(self.year, self.kind, self.number)


class ReportVersion(models.Model):
    """The locked rows of one submission. The data never changes; only the decision on it is added."""

    report = models.ForeignKey(Report, models.PROTECT, related_name="versions")
    version = models.PositiveSmallIntegerField(_("version"))
    amends = models.CharField(_("reason of the amendment"), max_length=300, blank=True)
    data = models.JSONField()
    digest = models.CharField(_("digest"), max_length=64)
    submitted_at = models.DateTimeField(_("submitted at"))
    submitted_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+", verbose_name=_("submitted by"))
    scan = models.FileField(_("stamped scan"), upload_to="scans/%Y/%m", blank=True)
    scan_name = models.CharField(max_length=200, blank=True)
    scan_media_type = models.CharField(max_length=100, blank=True)
    decision = models.CharField(_("decision"), max_length=10, choices=Report.State.choices, blank=True)
    decided_at = models.DateTimeField(_("decided at"), null=True)
    decided_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+", verbose_name=_("decided by"))
    reason = models.CharField(_("reason"), max_length=300, blank=True)

    changeable_columns = ("decision", "decided_at", "decided_by_id", "reason")

    class Meta:
        ordering = ["version"]
        constraints = [
            models.UniqueConstraint(fields=["report", "version"], name="versions_of_a_report_are_numbered"),
            models.CheckConstraint(condition=Q(version__gte=1), name="versions_begin_with_one"),
        ]

    def __str__(self):
        return f"{self.report} v{self.version}"
