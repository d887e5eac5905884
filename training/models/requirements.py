"""What is owed, as data: requirements with their legal basis, the years opened, and approved adjustments."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from laws.models import LegalDocument
from training import access

from .people import Person, StaffCategory
from .units import Unit, UnitKind


class Measure(models.TextChoices):
    HOURS = "hours", _("hours in the counted categories")
    BASE_HOURS = "base_hours", _("base hours that come on top")
    SESSIONS = "sessions", _("counted sessions of a kind")
    ATTAINMENT = "attainment", _("an attainment")
    TAGGED_COURSE = "tagged_course", _("every special training contains the course")
    STAFF_SHARE = "staff_share", _("share of the staff")
    COVERAGE = "coverage", _("coverage of the staff")


class RequirementQuerySet(models.QuerySet):
    def known_at(self, instant):
        if instant is None:
            return self.filter(superseded_at=None)
        return self.filter(Q(superseded_at=None) | Q(superseded_at__gt=instant), entered_at__lte=instant)

    def of_year(self, year):
        return self.filter(year=year)


class Requirement(models.Model):
    """Who owes what in a year, how much, and by which clause. Superseded, never edited."""

    year = models.PositiveSmallIntegerField(_("year"))
    code = models.CharField(_("code"), max_length=40)
    title = models.CharField(_("title"), max_length=200)
    measure = models.CharField(_("measure"), max_length=16, choices=Measure.choices)
    staff_category = models.CharField(_("staff category"), max_length=30, choices=StaffCategory.choices, blank=True)
    post_level = models.CharField(_("post level"), max_length=40, blank=True)
    unit_kind = models.CharField(_("unit kind"), max_length=30, choices=UnitKind.choices, blank=True)
    unit_tag = models.CharField(_("unit tag"), max_length=40, blank=True)
    counted = models.JSONField(_("what counts"), default=list, help_text="categories, a session kind or attainment kinds")
    target = models.PositiveIntegerField(
        _("target"), null=True, blank=True, help_text=_("hundredths of a study hour, or a count; empty: not set")
    )
    unit_word = models.CharField(_("counting unit"), max_length=10, blank=True)
    document = models.ForeignKey(LegalDocument, models.PROTECT, related_name="requirements", verbose_name=_("document"))
    item = models.CharField(_("item"), max_length=20)
    quote = models.TextField(_("quoted clause"))
    deciding_document = models.CharField(_("deciding document"), max_length=200, blank=True)
    entered_at = models.DateTimeField(_("entered at"))
    entered_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    superseded_at = models.DateTimeField(_("superseded at"), null=True, blank=True)

    objects = RequirementQuerySet.as_manager()

    class Meta:
        verbose_name = _("requirement")
        verbose_name_plural = _("requirements")
        ordering = ["year", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["year", "code"], condition=Q(superseded_at=None), name="one_requirement_per_year_and_code"
            )
        ]

    def __str__(self):
        return f"{self.year} {self.title}"


class YearOpening(models.Model):
    """The district opens a year: from here on its requirements are what people are measured by."""

    year = models.PositiveSmallIntegerField(_("year"), unique=True)
    opened_at = models.DateTimeField(_("opened at"))
    opened_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    document = models.CharField(_("deciding document"), max_length=200, blank=True)
    claims_close_on = models.DateField(_("claims close on"), null=True, blank=True)
    certification_closes_on = models.DateField(_("certification closes on"), null=True, blank=True)

    class Meta:
        verbose_name = _("opened year")
        verbose_name_plural = _("opened years")
        ordering = ["-year"]

    def __str__(self):
        return str(self.year)


class AdjustmentReason(models.TextChoices):
    NEW_HIRE = "NEW_HIRE", _("newly hired")
    TRANSFER_IN = "TRANSFER_IN", _("transferred in")
    TRANSFER_OUT = "TRANSFER_OUT", _("transferred out")
    SECONDMENT = "SECONDMENT", _("seconded")
    LONG_SICK = "LONG_SICK", _("long sick leave")
    MATERNITY = "MATERNITY", _("maternity leave")
    AID_POSTING = "AID_POSTING", _("aid posting")
    OFF_JOB_STUDY = "OFF_JOB_STUDY", _("off-job study")
    RETIREMENT = "RETIREMENT", _("retirement")
    SUSPENSION = "SUSPENSION", _("suspension")
    DEATH = "DEATH", _("death")
    OTHER = "OTHER", _("other reason")


class AdjustmentOutcome(models.TextChoices):
    """How an adjustment ended."""

    REFUSED = "refused", _("refused")
    WITHDRAWN = "withdrawn", _("withdrawn")
    REPLACED = "replaced", _("replaced by a later one")


class AdjustmentState(models.TextChoices):
    WAITING = "waiting", _("waits for confirmation")
    IN_FORCE = "in_force", _("in force")
    ENDED = "ended", _("ended")


class AdjustmentQuerySet(models.QuerySet):
    def in_state(self, state):
        """Those that wait, are in force, or ended; anything else: whatever has not ended."""
        if state == AdjustmentState.ENDED:
            return self.exclude(superseded_at=None)
        standing = self.filter(superseded_at=None)
        if state in (AdjustmentState.WAITING, AdjustmentState.IN_FORCE):
            return standing.filter(confirmed_at__isnull=state == AdjustmentState.WAITING)
        return standing

    def known_at(self, instant):
        """In force at `instant` (None: now): confirmed by then and not yet superseded."""
        if instant is None:
            return self.filter(superseded_at=None, confirmed_at__isnull=False)
        return self.filter(Q(superseded_at=None) | Q(superseded_at__gt=instant), confirmed_at__lte=instant)

    def visible_to(self, user):
        return access.visible_adjustments(user, self, Person.objects.all())


class Adjustment(models.Model):
    """An approved change of what one person owes in one year. `hours` 0 exempts. Superseded, never edited."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="adjustments", verbose_name=_("person"))
    year = models.PositiveSmallIntegerField(_("year"))
    reason = models.CharField(_("reason"), max_length=20, choices=AdjustmentReason.choices)
    hours = models.PositiveIntegerField(_("hours still owed"), help_text=_("hundredths of a study hour; 0 exempts from training"))
    document = models.CharField(_("document"), max_length=200)
    approver = models.CharField(_("approver"), max_length=80)
    entered_at = models.DateTimeField(_("entered at"))
    entered_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+", verbose_name=_("entered by"))
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True, blank=True)
    confirmed_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+", verbose_name=_("confirmed by"))
    superseded_at = models.DateTimeField(_("superseded at"), null=True, blank=True)
    outcome = models.CharField(_("how it ended"), max_length=10, choices=AdjustmentOutcome.choices, blank=True)
    outcome_reason = models.CharField(_("reason of the end"), max_length=300, blank=True)

    objects = AdjustmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("adjustment")
        verbose_name_plural = _("adjustments")
        constraints = [
            models.UniqueConstraint(
                fields=["person", "year"],
                condition=Q(superseded_at=None, confirmed_at__isnull=False),
                name="one_adjustment_in_force_per_person_and_year",
            ),
            models.CheckConstraint(condition=~Q(document="") & ~Q(approver=""), name="an_adjustment_names_document_and_approver"),
        ]

    def __str__(self):
        return f"{self.person} {self.year}"

    @property
    def state(self):
        if self.superseded_at is not None:
            return AdjustmentState.ENDED
        return AdjustmentState.IN_FORCE if self.confirmed_at else AdjustmentState.WAITING

    @property
    def state_label(self):
        """The state in words; what ended says how, where that was kept."""
        return self.get_outcome_display() or self.state.label


class BodyPlan(models.Model):
    """What a body plans to hold in a year, beside what it owes."""

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="plans")
    year = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=24)
    planned = models.PositiveSmallIntegerField(_("planned"))

    class Meta:
        constraints = [models.UniqueConstraint(fields=["unit", "year", "kind"], name="one_plan_per_unit_year_and_kind")]

    def __str__(self):
        return f"{self.unit_id} {self.year} {self.kind}"
