"""What bodies plan and hold: sessions from the annual plan to the file, and the year-end reports of those who lead them."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from training import access
from training.models import Person, SessionKind, Submission, Unit

from .offerings import Lecturer, Offering


class SessionState(models.TextChoices):
    PLANNED = "planned", _("planned")
    MATERIAL = "material", _("material handed in")
    REVIEWED = "reviewed", _("reviewed")
    HELD = "held", _("held")
    FILED = "filed", _("filed")
    CANCELLED = "cancelled", _("cancelled")


class PlannedSessionQuerySet(models.QuerySet):
    def visible_to(self, user):
        return access.visible_sessions(user, self)


class PlannedSession(models.Model):
    """A session of a body's annual plan (pre-meeting study, lecture, hearing visit...), on its way to being filed."""

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="planned_sessions", verbose_name=_("unit"))
    kind = models.CharField(_("kind"), max_length=24, choices=SessionKind.choices)
    planned_on = models.DateField(_("planned on"))
    title = models.CharField(_("title"), max_length=200)
    topics = models.JSONField(_("topics"), default=list, blank=True)
    lecturer = models.ForeignKey(
        Lecturer, models.PROTECT, null=True, blank=True, related_name="planned_sessions", verbose_name=_("lecturer")
    )
    state = models.CharField(_("state"), max_length=10, choices=SessionState.choices, default=SessionState.PLANNED)
    material = models.FileField(_("material"), upload_to="sessions/%Y/%m", blank=True)
    material_name = models.CharField(_("file name"), max_length=200, blank=True)
    held_on = models.DateField(_("held on"), null=True, blank=True)
    minutes = models.PositiveIntegerField(_("minutes"), null=True, blank=True)
    reference = models.CharField(_("minutes reference"), max_length=120, blank=True)
    participants = models.PositiveIntegerField(_("number of participants"), null=True, blank=True)
    offering = models.ForeignKey(
        Offering, models.PROTECT, null=True, blank=True, related_name="planned_sessions", verbose_name=_("class")
    )
    submission = models.ForeignKey(Submission, models.PROTECT, null=True, blank=True, related_name="+")

    objects = PlannedSessionQuerySet.as_manager()

    class Meta:
        verbose_name = _("planned session")
        verbose_name_plural = _("planned sessions")
        ordering = ["planned_on", "pk"]
        indexes = [models.Index(fields=["unit", "planned_on"], name="planned_session_of_unit")]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state__in=["held", "filed"]) | Q(held_on__isnull=False), name="a_session_held_has_its_day"
            ),
            models.CheckConstraint(
                condition=~Q(state="filed") | Q(submission__isnull=False), name="a_filed_session_has_its_batch"
            ),
            models.CheckConstraint(condition=~Q(state="material") | ~Q(material=""), name="material_handed_in_is_there"),
        ]

    def __str__(self):
        return self.title

    @property
    def origin(self) -> str:
        """The name under which it is registered: that of its class, where a class registers it."""
        return f"courses.offering:{self.offering_id}" if self.offering_id else f"courses.session:{self.pk}"


STEPS = {
    "plan": _("planned"),
    "move": _("moved"),
    "cancel": _("cancelled"),
    "material": _("material handed in"),
    "review": _("reviewed"),
    "return": _("material sent back"),
    "hold": _("held"),
    "file": _("filed"),
}


class SessionStep(models.Model):
    """Who moved a planned session on, when, and what they said. Steps are added, never edited."""

    session = models.ForeignKey(PlannedSession, models.PROTECT, related_name="steps")
    act = models.CharField(_("step"), max_length=10)
    by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+", verbose_name=_("by"))
    at = models.DateTimeField(_("at"))
    note = models.CharField(_("note"), max_length=300, blank=True)

    changeable_columns = ()

    class Meta:
        ordering = ["pk"]

    def __str__(self):
        return f"{self.session_id} {self.act}"

    @property
    def word(self):
        return STEPS.get(self.act, self.act)


class LawReportQuerySet(models.QuerySet):
    def visible_to(self, user):
        return access.visible_sessions(user, self)


class LawReport(models.Model):
    """A year-end report on law (item 41) or a town head's duty report (item 39): who handed it in, when, what was said of it."""

    class Office(models.TextChoices):
        MAIN_LEADER = "main_leader", _("main leader")
        PARTY_HEAD = "party_head", _("head of the party committee")
        GOVERNMENT_HEAD = "gov_head", _("head of the government")

    class Form(models.TextChoices):
        WRITTEN = "written", _("in writing")
        ON_SITE = "on_site", _("on site")

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="law_reports", verbose_name=_("unit"))
    year = models.PositiveSmallIntegerField(_("year"))
    kind = models.CharField(_("kind"), max_length=24, choices=SessionKind.choices)
    office = models.CharField(_("office"), max_length=12, choices=Office.choices)
    reporter = models.CharField(_("reported by"), max_length=80)
    form = models.CharField(_("form"), max_length=8, choices=Form.choices)
    reported_on = models.DateField(_("reported on"))
    file = models.FileField(_("file"), upload_to="law-reports/%Y")
    file_name = models.CharField(_("file name"), max_length=200)
    comments = models.TextField(_("comments"), blank=True)
    commented_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    commented_at = models.DateTimeField(null=True, blank=True)
    handed_in_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+", verbose_name=_("handed in by"))
    handed_in_at = models.DateTimeField(_("handed in at"))
    submission = models.ForeignKey(Submission, models.PROTECT, null=True, related_name="+")

    objects = LawReportQuerySet.as_manager()

    class Meta:
        verbose_name = _("year-end report")
        verbose_name_plural = _("year-end reports")
        constraints = [
            models.UniqueConstraint(fields=["unit", "year", "kind", "office"], name="an_office_reports_once_a_year"),
            models.CheckConstraint(
                condition=Q(kind="YEAR_END_LAW_REPORT", office="main_leader")
                | Q(kind="TOWN_DUTY_REPORT", office__in=["party_head", "gov_head"]),
                name="a_report_is_given_by_its_office",
            ),
        ]

    def __str__(self):
        return f"{self.unit} {self.year} {self.office}"
