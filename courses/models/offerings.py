"""Classes: an offering, its timetable, who lectures where, what is handed out."""

from datetime import timedelta

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from exams.models import Item
from training import access
from training.models import Arrangement, Category, Mode, Person, SessionKind, StaffCategory, Submission, Unit

from .catalogue import Course


class Lecturer(models.Model):
    """Who lectures. Somebody who left is retired, never deleted: the classes they gave stay what they were."""

    name = models.CharField(_("name"), max_length=80)
    organisation = models.CharField(_("organisation"), max_length=120, blank=True)
    title = models.CharField(_("post or title"), max_length=80, blank=True)
    person = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="lectures", verbose_name=_("person"))
    is_leader = models.BooleanField(_("leading cadre of the unit"), default=False)
    retired_at = models.DateTimeField(_("retired at"), null=True, blank=True)

    class Meta:
        verbose_name = _("lecturer")
        verbose_name_plural = _("lecturers")
        ordering = ["name", "pk"]

    def __str__(self):
        return self.name


class Room(models.Model):
    name = models.CharField(_("name"), max_length=80)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="rooms", verbose_name=_("unit"))
    seats = models.PositiveIntegerField(_("seats"), null=True, blank=True)
    retired_at = models.DateTimeField(_("retired at"), null=True, blank=True)

    class Meta:
        verbose_name = _("room")
        verbose_name_plural = _("rooms")
        ordering = ["unit", "name"]
        constraints = [models.UniqueConstraint(fields=["unit", "name"], name="a_room_of_a_unit_has_one_name")]

    def __str__(self):
        return self.name


class OfferingState(models.TextChoices):
    PLANNED = "planned", _("planned")
    APPROVED = "approved", _("approved")
    CLOSED = "closed", _("closed")
    CANCELLED = "cancelled", _("cancelled")


class OfferingQuerySet(models.QuerySet):
    def visible_to(self, user):
        return access.visible_offerings(user, self)


class Offering(models.Model):
    """A class run. Two flags, not one: special training on administration by law (item 14), and the special class for
    division-level cadres (item 31). `counted_as` names the counted session of `unit` that its closing registers as well.
    """

    title = models.CharField(_("title"), max_length=150)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="offerings", verbose_name=_("organiser"))
    course = models.ForeignKey(Course, models.PROTECT, null=True, blank=True, related_name="offerings", verbose_name=_("course"))
    period_no = models.PositiveSmallIntegerField(_("period"), null=True, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=OfferingState.choices, default=OfferingState.PLANNED)
    is_special_training = models.BooleanField(_("special training on administration by law"), default=False)
    is_special_class = models.BooleanField(_("special class for division-level cadres"), default=False)
    is_off_job = models.BooleanField(_("off-job class"), default=False)
    arrangement = models.CharField(_("arrangement"), max_length=10, choices=Arrangement.choices, blank=True)
    counted_as = models.CharField(_("counts as"), max_length=24, choices=SessionKind.choices, blank=True)
    minutes_reference = models.CharField(_("minutes reference"), max_length=120, blank=True)
    capacity = models.PositiveIntegerField(_("capacity"), null=True, blank=True)
    enrol_until = models.DateTimeField(_("enrolment until"), null=True, blank=True)
    is_open = models.BooleanField(_("learners may enrol themselves"), default=True)
    audience_unit = models.ForeignKey(
        Unit, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("open to the unit")
    )
    audience_category = models.CharField(
        _("open to the staff category"), max_length=30, choices=StaffCategory.choices, blank=True
    )
    notice = models.TextField(_("notice"), blank=True)
    created_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(_("entered at"))
    approved_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    approved_at = models.DateTimeField(_("approved at"), null=True, blank=True)
    closed_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    held_without_reason = models.CharField(_("held without an emergency-law item because"), max_length=300, blank=True)
    cancelled_reason = models.CharField(_("cancelled because"), max_length=300, blank=True)
    quiz_pass_percent = models.PositiveSmallIntegerField(_("pass mark of the quiz in percent"), default=60)
    session_submission = models.ForeignKey(Submission, models.PROTECT, null=True, blank=True, related_name="+")

    objects = OfferingQuerySet.as_manager()

    class Meta:
        verbose_name = _("class")
        verbose_name_plural = _("classes")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state__in=["approved", "closed"]) | Q(approved_at__isnull=False),
                name="an_approved_class_has_its_time",
            ),
            models.CheckConstraint(condition=~Q(state="closed") | Q(closed_at__isnull=False), name="a_closed_class_has_its_time"),
            models.CheckConstraint(condition=~Q(state="cancelled") | ~Q(cancelled_reason=""), name="a_cancelled_class_says_why"),
            models.CheckConstraint(
                condition=Q(is_special_class=False) | Q(counted_as="SPECIAL_CLASS"), name="a_special_class_counts_as_one"
            ),
            models.UniqueConstraint(
                fields=["unit", "title", "period_no"],
                condition=Q(period_no__isnull=False) & ~Q(state="cancelled"),
                name="a_period_of_a_class_is_held_once",
            ),
        ]

    def __str__(self):
        return self.title

    @property
    def origin(self) -> str:
        """The name under which what it makes is registered: its counted session, its quiz."""
        return f"courses.offering:{self.pk}"


EMERGENCY_LAW = "EMERGENCY_LAW"  # the tag of item 14: a course on thinking and acting by emergency law


class TimetableItem(models.Model):
    """One item of a class's timetable: the category sits here, not on the class."""

    offering = models.ForeignKey(Offering, models.CASCADE, related_name="items", verbose_name=_("class"))
    title = models.CharField(_("title"), max_length=150)
    starts_at = models.DateTimeField(_("begins at"))
    minutes = models.PositiveSmallIntegerField(_("minutes"))
    category = models.CharField(_("category"), max_length=20, choices=Category.choices)
    mode = models.CharField(_("form"), max_length=12, choices=Mode.choices, default=Mode.CLASS)
    lecturer = models.ForeignKey(
        Lecturer, models.PROTECT, null=True, blank=True, related_name="items", verbose_name=_("lecturer")
    )
    room = models.ForeignKey(Room, models.PROTECT, null=True, blank=True, related_name="items", verbose_name=_("room"))
    place = models.CharField(_("place"), max_length=120, blank=True)
    tags = models.JSONField(_("tags"), default=list, blank=True)
    sign_in_key = models.CharField(max_length=64, help_text="the secret behind the codes shown in the room")
    revision = models.PositiveSmallIntegerField(default=0, help_text="goes up with every change: calendars take the newest")
    cancelled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("timetable item")
        verbose_name_plural = _("timetable items")
        ordering = ["starts_at", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(minutes__gt=0) & Q(minutes__lte=1440), name="a_timetable_item_takes_time"),
        ]
        indexes = [models.Index(fields=["starts_at"], name="timetable_start")]

    def __str__(self):
        return self.title

    @property
    def ends_at(self):
        return self.starts_at + timedelta(minutes=self.minutes)

    @property
    def is_emergency_law(self):
        return EMERGENCY_LAW in self.tags


class OfferingMaterial(models.Model):
    offering = models.ForeignKey(Offering, models.CASCADE, related_name="materials", verbose_name=_("class"))
    name = models.CharField(_("file name"), max_length=200)
    file = models.FileField(_("file"), upload_to="materials/%Y/%m")
    media_type = models.CharField(max_length=100)
    sha256 = models.CharField(max_length=64)
    uploaded_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    uploaded_at = models.DateTimeField()

    class Meta:
        verbose_name = _("material")
        verbose_name_plural = _("materials")
        constraints = [models.UniqueConstraint(fields=["offering", "sha256"], name="a_material_is_handed_out_once")]

    def __str__(self):
        return self.name


class OfferingQuestion(models.Model):
    """A question of the quiz at the end of a class."""

    offering = models.ForeignKey(Offering, models.CASCADE, related_name="questions", verbose_name=_("class"))
    item = models.ForeignKey(Item, models.PROTECT, related_name="+", verbose_name=_("question"))

    class Meta:
        constraints = [models.UniqueConstraint(fields=["offering", "item"], name="a_class_asks_a_question_once")]

    def __str__(self):
        return f"{self.offering_id} {self.item_id}"
