"""The catalogue: courses, their lessons, the questions that go with them, and who has to take which course by when."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from exams.models import Item
from laws.models import LegalDocument
from training.models import Category, Person, StaffCategory, Unit


class CourseState(models.TextChoices):
    DRAFT = "draft", _("draft")
    PUBLISHED = "published", _("published")
    WITHDRAWN = "withdrawn", _("withdrawn")


class Course(models.Model):
    """A course of the catalogue. What somebody has begun is never deleted: it is withdrawn."""

    code = models.SlugField(_("code"), max_length=60, unique=True)
    title = models.CharField(_("title"), max_length=120)
    summary = models.TextField(_("summary"), blank=True)
    topics = models.JSONField(_("topics"), default=list, blank=True)
    staff_category = models.CharField(_("made for"), max_length=30, choices=StaffCategory.choices, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=CourseState.choices, default=CourseState.DRAFT)
    is_open = models.BooleanField(_("learners may choose it"), default=True)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="courses", verbose_name=_("organiser"))
    quiz_questions = models.PositiveSmallIntegerField(_("questions of the quiz"), default=0, help_text=_("0: no quiz"))
    quiz_pass_percent = models.PositiveSmallIntegerField(_("pass mark in percent"), default=60)
    created_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(_("entered at"))
    published_at = models.DateTimeField(_("published at"), null=True, blank=True)

    class Meta:
        verbose_name = _("course")
        verbose_name_plural = _("courses")
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(condition=Q(quiz_pass_percent__lte=100), name="a_quiz_asks_no_more_than_everything"),
            models.CheckConstraint(condition=~Q(state="published") | Q(published_at__isnull=False), name="published_has_a_day"),
        ]

    def __str__(self):
        return self.title


class LessonKind(models.TextChoices):
    READING = "reading", _("reading")
    VIDEO = "video", _("video")
    SCORM = "scorm", _("SCORM package")
    ARTICLE = "article", _("law article")
    CASE = "case", _("case")


class Lesson(models.Model):
    """One lesson. `seconds` is its length: the most it can ever count, however long somebody stays."""

    course = models.ForeignKey(Course, models.PROTECT, related_name="lessons", verbose_name=_("course"))
    position = models.PositiveSmallIntegerField(_("position"))
    kind = models.CharField(_("kind"), max_length=10, choices=LessonKind.choices)
    title = models.CharField(_("title"), max_length=120)
    category = models.CharField(_("category"), max_length=20, choices=Category.choices)
    seconds = models.PositiveIntegerField(_("length"), help_text=_("seconds"))
    body = models.TextField(_("text"), blank=True, help_text=_("Markdown"))
    file = models.FileField(_("file"), upload_to="lessons/%Y/%m", blank=True)
    media_type = models.CharField(max_length=100, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    law = models.ForeignKey(LegalDocument, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("law"))
    ref = models.CharField(_("article"), max_length=12, blank=True)
    package = models.ForeignKey(
        "courses.ScormPackage", models.PROTECT, null=True, blank=True, related_name="lessons", verbose_name=_("SCORM package")
    )

    class Meta:
        verbose_name = _("lesson")
        verbose_name_plural = _("lessons")
        ordering = ["course", "position"]
        constraints = [
            models.UniqueConstraint(fields=["course", "position"], name="one_lesson_per_place"),
            models.CheckConstraint(condition=Q(seconds__gt=0), name="a_lesson_has_a_length"),
            models.CheckConstraint(
                condition=~Q(kind="article") | (Q(law__isnull=False) & ~Q(ref="")), name="an_article_lesson_names_its_article"
            ),
            models.CheckConstraint(condition=~Q(kind="scorm") | Q(package__isnull=False), name="a_scorm_lesson_has_its_package"),
        ]

    def __str__(self):
        return self.title


class CourseItem(models.Model):
    """A question of the bank that goes with a course: asked in its quiz, or in a lesson on the segment just watched."""

    course = models.ForeignKey(Course, models.CASCADE, related_name="items")
    item = models.ForeignKey(Item, models.PROTECT, related_name="+", verbose_name=_("question"))
    lesson = models.ForeignKey(Lesson, models.CASCADE, null=True, blank=True, related_name="items", verbose_name=_("lesson"))
    at_second = models.PositiveIntegerField(_("after the second"), null=True, blank=True)

    class Meta:
        verbose_name = _("question of a course")
        verbose_name_plural = _("questions of a course")
        constraints = [
            models.UniqueConstraint(fields=["course", "item"], name="a_question_goes_with_a_course_once"),
            models.CheckConstraint(
                condition=Q(lesson=None, at_second=None) | Q(lesson__isnull=False, at_second__isnull=False),
                name="a_question_of_a_lesson_has_its_second",
            ),
        ]

    def __str__(self):
        return f"{self.course_id} {self.item_id}"


class CourseAssignment(models.Model):
    """HR says who takes a course by when: everybody of a subtree, narrowed by staff category and post level."""

    course = models.ForeignKey(Course, models.PROTECT, related_name="assignments", verbose_name=_("course"))
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="course_assignments", verbose_name=_("unit"))
    staff_category = models.CharField(_("staff category"), max_length=30, choices=StaffCategory.choices, blank=True)
    post_level = models.CharField(_("post level"), max_length=40, blank=True)
    due_on = models.DateField(_("due on"))
    assigned_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+", verbose_name=_("assigned by"))
    assigned_at = models.DateTimeField(_("assigned at"))
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True)

    class Meta:
        verbose_name = _("assignment of a course")
        verbose_name_plural = _("assignments of courses")
        constraints = [
            models.UniqueConstraint(
                fields=["course", "unit", "staff_category", "post_level"],
                condition=Q(withdrawn_at=None),
                name="a_course_is_assigned_once_to_the_same_people",
            )
        ]

    def __str__(self):
        return f"{self.course} {self.unit}"
