"""Who takes a class, who may stay away, who was there, and what they thought of it."""

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from training.models import Person, Submission

from .offerings import Offering, TimetableItem


class EnrolmentState(models.TextChoices):
    ENROLLED = "enrolled", _("enrolled")
    WAITING = "waiting", _("on the waiting list")
    CANCELLED = "cancelled", _("cancelled")
    COMPLETED = "completed", _("completed")
    FAILED = "failed", _("not completed")


class Enrolment(models.Model):
    class Source(models.TextChoices):
        HR = "hr", _("by HR")
        AUDIENCE = "audience", _("by audience")
        SELF = "self", _("by the learner")
        DOOR = "door", _("at the door")

    offering = models.ForeignKey(Offering, models.CASCADE, related_name="enrolments", verbose_name=_("class"))
    person = models.ForeignKey(Person, models.PROTECT, related_name="enrolments", verbose_name=_("person"))
    state = models.CharField(_("state"), max_length=10, choices=EnrolmentState.choices)
    source = models.CharField(_("enrolled"), max_length=10, choices=Source.choices)
    enrolled_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    enrolled_at = models.DateTimeField(_("enrolled at"))
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("enrolment")
        verbose_name_plural = _("enrolments")
        constraints = [models.UniqueConstraint(fields=["offering", "person"], name="a_person_is_enrolled_once")]
        indexes = [models.Index(fields=["person", "state"], name="enrolment_of_person")]

    def __str__(self):
        return f"{self.person_id} {self.offering_id}"


class LeaveState(models.TextChoices):
    ASKED = "asked", _("asked")
    GRANTED = "granted", _("granted")
    REFUSED = "refused", _("refused")


class LeaveRequest(models.Model):
    """Asked before the class; a leave granted is still time not attended."""

    enrolment = models.ForeignKey(Enrolment, models.CASCADE, related_name="leaves", verbose_name=_("enrolment"))
    item = models.ForeignKey(TimetableItem, models.CASCADE, related_name="leaves", verbose_name=_("timetable item"))
    reason = models.CharField(_("reason"), max_length=300)
    state = models.CharField(_("state"), max_length=10, choices=LeaveState.choices, default=LeaveState.ASKED)
    asked_at = models.DateTimeField(_("asked at"))
    decided_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    note = models.CharField(_("note"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("leave request")
        verbose_name_plural = _("leave requests")
        constraints = [models.UniqueConstraint(fields=["enrolment", "item"], name="leave_is_asked_once_per_item")]

    def __str__(self):
        return f"{self.enrolment_id} {self.item_id}"


class Attendance(models.Model):
    """A person was there for a timetable item. Revoking marks the row and reverses the credit; rows are never deleted."""

    class Source(models.TextChoices):
        QR = "qr", _("QR code")
        CODE = "code", _("typed code")
        KIOSK = "kiosk", _("kiosk")
        MANUAL = "manual", _("marked by hand")
        SHEET = "sheet", _("paper sign-in sheet")

    item = models.ForeignKey(TimetableItem, models.PROTECT, related_name="attendances", verbose_name=_("timetable item"))
    person = models.ForeignKey(Person, models.PROTECT, related_name="attendances", verbose_name=_("person"))
    signed_in_at = models.DateTimeField(_("signed in at"))
    signed_out_at = models.DateTimeField(_("signed out at"), null=True, blank=True)
    source = models.CharField(_("signed in by"), max_length=8, choices=Source.choices)
    device = models.CharField(max_length=64, blank=True, help_text="digest of the device's own cookie")
    address = models.GenericIPAddressField(null=True, blank=True)
    marked_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)
    revoked_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    revoked_reason = models.CharField(_("revoked because"), max_length=300, blank=True)
    submission = models.ForeignKey(Submission, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = _("attendance")
        verbose_name_plural = _("attendances")
        constraints = [
            models.UniqueConstraint(fields=["item", "person"], name="a_person_attends_an_item_once"),
            models.CheckConstraint(
                condition=Q(signed_out_at=None) | Q(signed_out_at__gte=F("signed_in_at")), name="nobody_leaves_before_they_came"
            ),
            models.CheckConstraint(condition=Q(revoked_at=None) | ~Q(revoked_reason=""), name="a_revoked_attendance_says_why"),
        ]
        indexes = [models.Index(fields=["item", "device"], name="attendance_device")]

    def __str__(self):
        return f"{self.person_id} {self.item_id}"


class Evaluation(models.Model):
    """One attendee's opinion of a class, without a name and without a time: nothing leads back to who gave it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)  # a running number would tell the order
    offering = models.ForeignKey(Offering, models.CASCADE, related_name="evaluations", verbose_name=_("class"))
    timeliness = models.PositiveSmallIntegerField(_("timeliness"))
    relevance = models.PositiveSmallIntegerField(_("relevance"))
    effectiveness = models.PositiveSmallIntegerField(_("effectiveness"))
    comment = models.CharField(_("comment"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("evaluation")
        verbose_name_plural = _("evaluations")
        constraints = [
            models.CheckConstraint(
                condition=Q(timeliness__range=(1, 5), relevance__range=(1, 5), effectiveness__range=(1, 5)),
                name="an_evaluation_gives_one_to_five",
            )
        ]

    def __str__(self):
        return f"{self.offering_id}"


class EvaluationGiven(models.Model):
    """That a person has answered; what they answered is not to be found from here."""

    offering = models.ForeignKey(Offering, models.CASCADE, related_name="+")
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["offering", "person"], name="a_class_is_evaluated_once")]

    def __str__(self):
        return f"{self.person_id} {self.offering_id}"


class CalendarKey(models.Model):
    """The private address of a person's calendar feed; a new one closes the old."""

    person = models.OneToOneField(Person, models.CASCADE, related_name="calendar_key")
    digest = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()

    def __str__(self):
        return f"{self.person_id}"
