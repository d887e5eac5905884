"""What is registered before it is certified: submissions, their lines, their evidence and every decision on them."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from training import access

from .ledger import Arrangement, AttainmentKind, Category, Mode, SessionKind
from .people import Person
from .units import Unit


class SubmissionState(models.TextChoices):
    DRAFT = "draft", _("draft")
    SUBMITTED = "submitted", _("submitted")
    UNIT_APPROVED = "unit_approved", _("approved by the unit")
    CERTIFIED = "certified", _("certified")
    RETURNED = "returned", _("returned")
    REVOKED = "revoked", _("revoked")


class SubmissionQuerySet(models.QuerySet):
    def visible_to(self, user):
        return access.visible_submissions(user, self)

    def decidable_by(self, user):
        return access.decidable_submissions(user, self, Unit.objects.all())

    def pending(self):
        return self.filter(state__in=[SubmissionState.SUBMITTED, SubmissionState.UNIT_APPROVED])


class Submission(models.Model):
    """A batch of facts with its evidence, registered together and decided on together, with exceptions."""

    class Subject(models.TextChoices):
        HOURS = "hours", _("study hours")
        SESSIONS = "sessions", _("counted sessions")
        ATTAINMENTS = "attainments", _("attainments")

    class Source(models.TextChoices):
        FORM = "form", _("entered on a form")
        IMPORT = "import", _("imported from a workbook")
        CLAIM = "claim", _("claimed by the learner")
        CLASS = "class", _("posted by a class")
        PLATFORM = "platform", _("posted by another system")

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="submissions", verbose_name=_("unit"))
    subject = models.CharField(_("subject"), max_length=12, choices=Subject.choices)
    source = models.CharField(_("source"), max_length=10, choices=Source.choices)
    title = models.CharField(_("title"), max_length=200)
    state = models.CharField(_("state"), max_length=14, choices=SubmissionState.choices, default=SubmissionState.DRAFT)
    created_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="submissions", verbose_name=_("entered by"))
    created_at = models.DateTimeField(_("entered at"))
    submitted_at = models.DateTimeField(_("submitted at"), null=True)
    late_reason = models.CharField(_("reason of the late entry"), max_length=300, blank=True)
    late_document = models.CharField(_("document of the late entry"), max_length=200, blank=True)
    late_approver = models.CharField(_("approver of the late entry"), max_length=80, blank=True)

    objects = SubmissionQuerySet.as_manager()

    class Meta:
        verbose_name = _("submission")
        verbose_name_plural = _("submissions")
        indexes = [models.Index(fields=["state", "unit"], name="submission_queue")]
        constraints = [
            models.CheckConstraint(
                condition=Q(late_reason="", late_document="", late_approver="")
                | ~Q(late_reason="") & ~Q(late_document="") & ~Q(late_approver=""),
                name="a_late_entry_names_reason_document_and_approver",
            )
        ]

    def __str__(self):
        return self.title

    @property
    def is_late(self):
        return bool(self.late_reason and self.late_document and self.late_approver)


class Evidence(models.Model):
    """A file that proves a batch: the notice, the sign-in sheet, a certificate."""

    class Kind(models.TextChoices):
        NOTICE = "notice", _("notice")
        SIGN_IN = "sign_in", _("sign-in sheet")
        TIMETABLE = "timetable", _("timetable")
        CERTIFICATE = "certificate", _("certificate of completion")
        PHOTO = "photo", _("photo")
        EXPORT = "export", _("platform export")
        OTHER = "other", _("other evidence")

    submission = models.ForeignKey(Submission, models.PROTECT, related_name="evidence")
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    file = models.FileField(_("file"), upload_to="evidence/%Y/%m")
    name = models.CharField(_("file name"), max_length=200)
    media_type = models.CharField(max_length=100)
    sha256 = models.CharField(max_length=64)
    uploaded_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    uploaded_at = models.DateTimeField()

    class Meta:
        verbose_name = _("evidence")
        verbose_name_plural = _("evidence")

    def __str__(self):
        return self.name


class Decision(models.Model):
    """Who decided what on a submission, when and why. Decisions are added, never edited."""

    class Act(models.TextChoices):
        SUBMIT = "submit", _("submitted")
        UNIT_APPROVE = "unit_approve", _("approved by the unit")
        CERTIFY = "certify", _("certified")
        RETURN = "return", _("returned")
        REVOKE = "revoke", _("revoked")
        EXCEPT = "except", _("excepted")
        WITHDRAW = "withdraw", _("withdrawn")

    submission = models.ForeignKey(Submission, models.PROTECT, related_name="decisions")
    act = models.CharField(_("decision"), max_length=14, choices=Act.choices)
    by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+", verbose_name=_("by"))
    at = models.DateTimeField(_("at"))
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    lines = models.PositiveIntegerField(_("lines"), default=0)
    sequence = models.PositiveBigIntegerField(unique=True, editable=False)
    link = models.CharField(max_length=64, editable=False)

    changeable_columns = ()

    class Meta:
        ordering = ["pk"]

    def __str__(self):
        return f"{self.get_act_display()} {self.at:%Y-%m-%d}"


class LineState(models.TextChoices):
    PENDING = "pending", _("pending")
    CERTIFIED = "certified", _("certified")
    RETURNED = "returned", _("returned")
    REVOKED = "revoked", _("revoked")


class Line(models.Model):
    state = models.CharField(_("state"), max_length=10, choices=LineState.choices, default=LineState.PENDING)
    origin = models.CharField(_("origin"), max_length=120)
    held_reason = models.CharField(_("held because"), max_length=200, blank=True)
    note = models.CharField(_("note"), max_length=300, blank=True)

    class Meta:
        abstract = True


class HoursLineQuerySet(models.QuerySet):
    def counting_as_pending(self, period):
        """Lines of a period handed in and not decided, but for those held back for a person's decision."""
        lines = self.filter(state=LineState.PENDING, year=period.year, held_reason="")
        lines = lines.filter(submission__state__in=[SubmissionState.SUBMITTED, SubmissionState.UNIT_APPROVED])
        return lines if period.kind == "year" else lines.filter(studied_on__lte=period.ends_on)


class HoursLine(Line):
    """One person's part of a batch of study, not yet hours. `estimate` is what it would credit, caps of the day aside."""

    submission = models.ForeignKey(Submission, models.PROTECT, related_name="hours_lines")
    person = models.ForeignKey(Person, models.PROTECT, related_name="hours_lines", verbose_name=_("person"))
    studied_on = models.DateField(_("studied on"))
    year = models.PositiveSmallIntegerField(_("year"))
    category = models.CharField(_("category"), max_length=20, choices=Category.choices)
    mode = models.CharField(_("form"), max_length=12, choices=Mode.choices)
    arrangement = models.CharField(_("arrangement"), max_length=10, choices=Arrangement.choices, blank=True)
    title = models.CharField(_("title"), max_length=200)
    organiser = models.CharField(_("organiser"), max_length=120, blank=True)
    course_key = models.CharField(max_length=80, blank=True)
    minutes = models.PositiveIntegerField(_("minutes"), null=True)
    stated = models.PositiveIntegerField(_("stated hours"), null=True)
    half_day = models.CharField(_("half-day"), max_length=2, blank=True)
    part = models.PositiveSmallIntegerField(default=1)
    estimate = models.PositiveIntegerField(_("estimate"), default=0)

    objects = HoursLineQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "origin", "part"], condition=Q(state="pending"), name="one_pending_line_per_completion_part"
            ),
            models.CheckConstraint(condition=Q(minutes__isnull=False) | Q(stated__isnull=False), name="a_line_states_its_amount"),
            models.CheckConstraint(condition=Q(year=F("studied_on__year")), name="the_day_of_a_line_decides_its_year"),
        ]
        indexes = [
            models.Index(fields=["year", "person", "category", "estimate"], condition=Q(state="pending"), name="pending_estimate")
        ]

    def __str__(self):
        return f"{self.person_id} {self.studied_on} {self.title}"


class SessionLine(Line):
    """A session as registered, before it is certified and counted."""

    submission = models.ForeignKey(Submission, models.PROTECT, related_name="session_lines")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="session_lines", verbose_name=_("unit"))
    kind = models.CharField(_("kind"), max_length=24, choices=SessionKind.choices)
    held_on = models.DateField(_("held on"))
    ended_on = models.DateField(_("until"), null=True, blank=True)
    title = models.CharField(_("title"), max_length=200)
    reference = models.CharField(_("minutes reference"), max_length=120, blank=True)
    event = models.CharField(_("event"), max_length=120, blank=True)
    topics = models.JSONField(_("topics"), default=list, blank=True)
    lecturer = models.CharField(_("lecturer"), max_length=120, blank=True)
    minutes = models.PositiveIntegerField(_("minutes"), null=True, blank=True)
    participants = models.PositiveIntegerField(_("number of participants"), null=True, blank=True)
    is_special_training = models.BooleanField(_("special training on administration by law"), default=False)
    has_emergency_course = models.BooleanField(_("has an emergency-law course"), default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["unit", "origin"], condition=Q(state="pending"), name="one_pending_line_per_session"),
            models.CheckConstraint(
                condition=Q(ended_on=None) | Q(ended_on__gte=F("held_on")), name="a_session_line_does_not_end_before_it_begins"
            ),
        ]

    def __str__(self):
        return f"{self.held_on} {self.title}"


class AttainmentLine(Line):
    """An attainment as registered, before it is certified."""

    submission = models.ForeignKey(Submission, models.PROTECT, related_name="attainment_lines")
    person = models.ForeignKey(Person, models.PROTECT, related_name="attainment_lines", verbose_name=_("person"))
    kind = models.ForeignKey(AttainmentKind, models.PROTECT, related_name="+", verbose_name=_("kind"))
    title = models.CharField(_("title"), max_length=200)
    document_no = models.CharField(_("document number"), max_length=60, blank=True)
    score = models.IntegerField(_("score"), null=True, blank=True)
    is_passed = models.BooleanField(_("passed"), default=True)
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid to"), null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "kind", "origin"], condition=Q(state="pending"), name="one_pending_line_per_attainment"
            ),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")),
                name="an_attainment_line_does_not_end_before_it_begins",
            ),
        ]

    def __str__(self):
        return f"{self.person_id} {self.title}"
