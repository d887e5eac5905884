"""Practice and quizzes: runs, answers, the cards of spaced repetition, and what each post must know."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from laws.models import LegalDocument
from training.models import Person

from .bank import ItemVersion


class PracticeRun(models.Model):
    """Somebody works through a handful of items: practice of one's own, or a short quiz with a pass mark."""

    class Purpose(models.TextChoices):
        PRACTICE = "practice", _("practice")
        NOTEBOOK = "notebook", _("wrong-answer notebook")
        REPETITION = "repetition", _("spaced repetition")
        QUIZ = "quiz", _("quiz")

    person = models.ForeignKey(Person, models.PROTECT, related_name="practice_runs")
    purpose = models.CharField(max_length=10, choices=Purpose.choices)
    origin = models.CharField(max_length=120, blank=True, help_text="what asked for the quiz: a name, not a key")
    title = models.CharField(max_length=200)
    layout = models.JSONField(help_text="as of a paper: versions, marks and the order of options shown")
    pass_mark = models.PositiveIntegerField(null=True, help_text=_("hundredths of a mark"))
    earned = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["person", "origin"], name="practice_run_origin")]

    def __str__(self):
        return self.title

    @property
    def is_passed(self):
        return self.finished_at is not None and self.pass_mark is not None and self.earned >= self.pass_mark


class PracticeAnswer(models.Model):
    """One answer, kept as given. The last answer to an item decides whether it stands in the notebook."""

    run = models.ForeignKey(PracticeRun, models.CASCADE, related_name="answers")
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    version = models.ForeignKey(ItemVersion, models.PROTECT, related_name="+")
    position = models.PositiveSmallIntegerField()
    response = models.JSONField(null=True)
    fraction = models.IntegerField(null=True, help_text="ten-millionths; null: to be judged by the person")
    answered_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "position"], name="one_answer_per_place")]
        indexes = [models.Index(fields=["person", "version", "answered_at"], name="practice_person_version")]

    def __str__(self):
        return f"{self.run_id}/{self.position}"


class ReviewCard(models.Model):
    """When an item comes back to a person; the scheduler's own state is kept as it gave it."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="review_cards")
    item = models.ForeignKey("exams.Item", models.CASCADE, related_name="+")
    due_at = models.DateTimeField()
    state = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "item"], name="one_card_per_person_and_item")]
        indexes = [models.Index(fields=["person", "due_at"], name="review_card_due")]

    def __str__(self):
        return f"{self.person_id} {self.item_id}"


class MustKnowList(models.Model):
    """The laws and articles a group must master (应知应会清单)."""

    code = models.SlugField(_("code"), max_length=60, unique=True)
    title = models.CharField(_("title"), max_length=120)
    staff_category = models.CharField(_("staff category"), max_length=30, blank=True)
    post = models.CharField(_("post"), max_length=80, blank=True)
    document = models.CharField(_("deciding document"), max_length=200, blank=True)
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid to"), null=True, blank=True)

    class Meta:
        verbose_name = _("must-know list of laws")
        verbose_name_plural = _("must-know lists of laws")
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gte=models.F("valid_from")), name="a_list_ends_after_it_begins"
            )
        ]

    def __str__(self):
        return self.title


class MustKnowEntry(models.Model):
    """A law of a list; `refs` names its articles, empty for the law as a whole."""

    must_know_list = models.ForeignKey(MustKnowList, models.CASCADE, related_name="entries")
    law = models.ForeignKey(LegalDocument, models.PROTECT, related_name="+")
    refs = models.JSONField(default=list, blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["must_know_list", "position"]
        constraints = [models.UniqueConstraint(fields=["must_know_list", "law"], name="a_law_stands_once_in_a_list")]

    def __str__(self):
        return f"{self.must_know_list} {self.law}"
