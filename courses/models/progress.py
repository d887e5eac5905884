"""What was studied online, as the server measured it: stretches of watching, the open player, checks, doubts, completions."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from exams.models import ItemVersion
from training.models import Person, Submission

from .catalogue import Course, Lesson


class LessonProgress(models.Model):
    """How far a person is in a lesson. `segments` are the seconds of the material watched, merged; what counts is their sum."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="lesson_progress")
    lesson = models.ForeignKey(Lesson, models.PROTECT, related_name="progress")
    segments = models.JSONField(default=list, help_text="[[from, to], ...] in seconds, sorted, without overlaps")
    counted = models.PositiveIntegerField(_("counted"), default=0, help_text=_("seconds"))
    position = models.PositiveIntegerField(_("position"), default=0, help_text=_("seconds"))
    started_at = models.DateTimeField(_("begun at"))
    last_at = models.DateTimeField(_("last at"))
    completed_at = models.DateTimeField(_("completed at"), null=True, blank=True)

    class Meta:
        verbose_name = _("progress in a lesson")
        verbose_name_plural = _("progress in lessons")
        constraints = [
            models.UniqueConstraint(fields=["person", "lesson"], name="one_progress_per_person_and_lesson"),
            models.CheckConstraint(condition=Q(last_at__gte=F("started_at")), name="progress_does_not_run_backwards"),
        ]

    def __str__(self):
        return f"{self.person_id} {self.lesson_id}"


class Player(models.Model):
    """The one active player of a person. A second one is told so, and may take over; the first then stops counting."""

    person = models.OneToOneField(Person, models.CASCADE, related_name="player")
    token = models.CharField(max_length=64, help_text="digest of what the active page holds")
    lesson = models.ForeignKey(Lesson, models.CASCADE, related_name="+")
    stretch = models.ForeignKey("StudyStretch", models.CASCADE, related_name="+")
    position = models.PositiveIntegerField(default=0)
    last_beat_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["token"], name="a_token_opens_one_player")]

    def __str__(self):
        return f"{self.person_id} {self.lesson_id}"


class StudyStretch(models.Model):
    """From opening a player to leaving it: when, from where, what counted, and why the rest did not. The evidence of online hours."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="stretches")
    lesson = models.ForeignKey(Lesson, models.PROTECT, related_name="stretches")
    started_at = models.DateTimeField(_("from"))
    ended_at = models.DateTimeField(_("until"))
    counted = models.PositiveIntegerField(_("counted"), default=0, help_text=_("seconds"))
    uncounted = models.JSONField(_("not counted"), default=dict, help_text="{reason: seconds}")
    address = models.GenericIPAddressField(null=True, blank=True)
    device = models.CharField(max_length=64, blank=True, help_text="digest of what the browser says of itself")

    class Meta:
        indexes = [
            models.Index(fields=["person", "started_at"], name="stretch_person_time"),
            models.Index(fields=["lesson", "started_at"], name="stretch_lesson_time"),
        ]
        constraints = [models.CheckConstraint(condition=Q(ended_at__gte=F("started_at")), name="a_stretch_ends_after_it_begins")]

    def __str__(self):
        return f"{self.person_id} {self.started_at:%Y-%m-%d %H:%M}"


class PresenceCheck(models.Model):
    """Asked at a random moment: are you there, or a question on the segment just watched. Unanswered, the clock stands."""

    stretch = models.ForeignKey(StudyStretch, models.CASCADE, related_name="checks")
    version = models.ForeignKey(ItemVersion, models.PROTECT, null=True, blank=True, related_name="+")
    asked_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)
    response = models.JSONField(null=True, blank=True)
    is_right = models.BooleanField(null=True)

    class Meta:
        indexes = [models.Index(fields=["stretch", "answered_at"], name="check_of_stretch")]

    def __str__(self):
        return f"{self.stretch_id} {self.asked_at:%H:%M:%S}"


class SuspicionOutcome(models.TextChoices):
    HARMLESS = "harmless", _("harmless")
    REVOKED = "revoked", _("hours revoked")


class Suspicion(models.Model):
    """A pattern that a person has to look at. It takes nothing away by itself."""

    class Kind(models.TextChoices):
        TWO_PLACES = "two_places", _("two places at once")
        MARATHON = "marathon", _("marathon at night")
        IDENTICAL = "identical", _("same timing as a colleague")
        CLOCK = "clock", _("forged or impossible progress")

    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    person = models.ForeignKey(Person, models.PROTECT, related_name="suspicions", verbose_name=_("person"))
    key = models.CharField(max_length=120, help_text="what it is about: the same pattern is raised once")
    facts = models.JSONField(default=dict)
    found_at = models.DateTimeField(_("found at"))
    outcome = models.CharField(_("outcome"), max_length=10, choices=SuspicionOutcome.choices, blank=True)
    decided_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    note = models.CharField(_("note"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("conspicuous study pattern")
        verbose_name_plural = _("conspicuous study patterns")
        constraints = [
            models.UniqueConstraint(fields=["kind", "person", "key"], name="a_pattern_is_raised_once"),
            models.CheckConstraint(
                condition=Q(outcome="", decided_at=None) | (~Q(outcome="") & Q(decided_at__isnull=False)),
                name="an_outcome_has_its_time",
            ),
        ]

    def __str__(self):
        return f"{self.person_id} {self.kind}"


class CourseCompletion(models.Model):
    """A person completed a course: every lesson, and its quiz. It posts hours once, lesson by lesson and day by day."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="completions", verbose_name=_("person"))
    course = models.ForeignKey(Course, models.PROTECT, related_name="completions", verbose_name=_("course"))
    completed_at = models.DateTimeField(_("completed at"))
    submission = models.ForeignKey(Submission, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = _("completion of a course")
        verbose_name_plural = _("completions of courses")
        constraints = [models.UniqueConstraint(fields=["person", "course"], name="a_course_is_completed_once")]

    def __str__(self):
        return f"{self.person_id} {self.course_id}"
