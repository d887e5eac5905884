"""The item bank: items, their versions, what they rest on, and who decided what about them."""

from datetime import date, datetime

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from laws.models import LawVersion, LegalDocument
from training import access
from training.models import Job, Person


class ItemKind(models.TextChoices):
    SINGLE_CHOICE = "single_choice", _("single-choice question")
    MULTIPLE_CHOICE = "multiple_choice", _("multiple-choice question")
    INDEFINITE_CHOICE = "indefinite_choice", _("indefinite-choice question")
    TRUE_FALSE = "true_false", _("true/false question")
    FILL_BLANK = "fill_blank", _("fill-in question")
    NUMERIC = "numeric", _("numeric question")
    MATCHING = "matching", _("matching question")
    SHORT_ANSWER = "short_answer", _("short-answer question")
    ESSAY = "essay", _("essay question")
    CASE_ANALYSIS = "case_analysis", _("case-analysis question")


class Classification(models.TextChoices):
    OPEN = "open", _("open for practice")
    EXAM = "exam", _("exam only")


class ItemState(models.TextChoices):
    DRAFT = "draft", _("draft")
    REVIEW = "review", _("in review")
    APPROVED = "approved", _("approved")
    RETIRED = "retired", _("retired")


class Policy(models.TextChoices):
    EXACT = "exact", _("exact or nothing")
    HALF = "half", _("half for an incomplete choice")
    PROPORTIONAL = "proportional", _("in proportion to the right options chosen")
    PER_OPTION = "per_option", _("fixed marks for each right option")
    FRACTIONS = "fractions", _("fractions as the item states them")


def open_quarantines(day: date):
    return ItemAlert.objects.filter(is_quarantine=True, resolved_at=None, takes_effect_on__lte=day)


class ItemQuerySet(models.QuerySet):
    def visible_to(self, user):
        return access.visible_items(user, self)

    def quarantined_on(self, day: date):
        """Whose law moved away under them by `day`, whatever `is_quarantined` said when it was last worked out."""
        return self.filter(Exists(open_quarantines(day).filter(item=OuterRef("pk"))))

    def drawable(self, now: datetime | None = None):
        """What may enter a paper at `now`: approved, not expired, and under no quarantine that has begun by that day."""
        day = timezone.localdate(now)
        return self.filter(~Exists(open_quarantines(day).filter(item=OuterRef("pk"))), state=ItemState.APPROVED).filter(
            Q(expires_on=None) | Q(expires_on__gte=day)
        )

    def practicable(self, now: datetime | None = None):
        """What anybody may practise."""
        return self.drawable(now).filter(classification=Classification.OPEN)


class Item(models.Model):
    """A question of the bank. What it says is in its versions; `current` is the one that is reviewed and drawn."""

    code = models.CharField(_("code"), max_length=60, unique=True)
    classification = models.CharField(
        _("classification"), max_length=4, choices=Classification.choices, default=Classification.EXAM
    )
    state = models.CharField(_("state"), max_length=8, choices=ItemState.choices, default=ItemState.DRAFT)
    is_quarantined = models.BooleanField(
        _("quarantined"), default=False, help_text="as it was when last worked out; papers ask the alerts and their days"
    )
    author = models.ForeignKey(Person, models.PROTECT, null=True, related_name="items_written", verbose_name=_("author"))
    current = models.ForeignKey("ItemVersion", models.PROTECT, null=True, related_name="+")
    source = models.CharField(_("source"), max_length=120, blank=True)
    created_at = models.DateTimeField(_("entered at"))
    expires_on = models.DateField(_("valid to"), null=True, blank=True)

    objects = ItemQuerySet.as_manager()

    class Meta:
        verbose_name = _("item")
        verbose_name_plural = _("items")
        indexes = [models.Index(fields=["state", "is_quarantined", "classification"], name="item_drawable")]

    def __str__(self):
        return self.code


class ItemVersion(models.Model):
    """One wording of an item. Immutable once used in a paper, in practice or by an approval (`used_at`).

    `stem` and every text in `body` are sanitised HTML. `body` by kind (see exams/content.py, which alone builds and
    checks it); `marks` are hundredths, the marks a paper gives unless its blueprint says otherwise.
    """

    item = models.ForeignKey(Item, models.PROTECT, related_name="versions")
    number = models.PositiveSmallIntegerField(_("version"), default=1)
    kind = models.CharField(_("kind"), max_length=20, choices=ItemKind.choices)
    stem = models.TextField(_("stem"))
    body = models.JSONField(default=dict)
    policy = models.CharField(_("scoring"), max_length=14, choices=Policy.choices, default=Policy.EXACT)
    marks = models.PositiveIntegerField(_("marks"), default=100, help_text=_("hundredths of a mark"))
    explanation = models.TextField(_("explanation"), blank=True)
    topic = models.CharField(_("topic"), max_length=80, blank=True)
    knowledge_point = models.CharField(_("knowledge point"), max_length=120, blank=True)
    difficulty = models.PositiveSmallIntegerField(_("difficulty"), default=3, help_text="1 easy to 5 hard")
    audience = models.JSONField(_("audience"), default=list, blank=True, help_text="staff categories; empty: everybody")
    stem_text = models.TextField(editable=False, help_text="the stem with its options as plain text, for search and comparison")
    signature = models.JSONField(editable=False, default=list, help_text="MinHash of the stem, for near-duplicates")
    created_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(_("written at"))
    used_at = models.DateTimeField(_("first used at"), null=True)

    changeable_columns = ("signature", "stem_text")
    guarded_once = "OLD.used_at IS NOT NULL"

    class Meta:
        verbose_name = _("version of an item")
        verbose_name_plural = _("versions of items")
        ordering = ["item", "number"]
        constraints = [
            models.UniqueConstraint(fields=["item", "number"], name="one_item_version_per_number"),
            models.CheckConstraint(condition=Q(difficulty__gte=1, difficulty__lte=5), name="difficulty_is_from_one_to_five"),
        ]
        indexes = [models.Index(fields=["kind", "topic", "difficulty"], name="item_version_cell")]

    def __str__(self):
        return f"{self.item} v{self.number}"


class Citation(models.Model):
    """What decides an item: an article of a version of a law, or (`ref` empty) the law as a whole."""

    version = models.ForeignKey(ItemVersion, models.CASCADE, related_name="citations")
    law = models.ForeignKey(LegalDocument, models.PROTECT, related_name="+", verbose_name=_("law"))
    law_version = models.ForeignKey(LawVersion, models.PROTECT, null=True, related_name="+", verbose_name=_("version of the law"))
    ref = models.CharField(_("article"), max_length=12, blank=True)
    decisive = models.JSONField(default=list, blank=True, help_text="words of the article that decide the key")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["version", "law", "ref"], name="an_article_is_cited_once")]
        indexes = [models.Index(fields=["law", "ref"], name="citation_article")]

    def __str__(self):
        return f"{self.law.name} {self.ref}"


class ItemDecision(models.Model):
    """Who decided what about an item, when and why. Rows are added, never edited."""

    class Verb(models.TextChoices):
        WRITTEN = "written", _("written")
        IMPORTED = "imported", _("imported")
        SUBMITTED = "submitted", _("handed in for review")
        APPROVED = "approved", _("approved")
        RETURNED = "returned", _("returned")
        RETIRED = "retired", _("retired")
        RESTORED = "restored", _("restored")
        QUARANTINED = "quarantined", _("quarantined")
        CONFIRMED = "confirmed", _("confirmed under the new text")
        RECLASSIFIED = "reclassified", _("reclassified")
        REPOINTED = "repointed", _("led over to the same words of a new version")

    item = models.ForeignKey(Item, models.PROTECT, related_name="decisions")
    version = models.ForeignKey(ItemVersion, models.PROTECT, null=True, related_name="+")
    verb = models.CharField(max_length=12, choices=Verb.choices)
    by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    reason = models.CharField(max_length=500, blank=True)

    changeable_columns = ()

    class Meta:
        ordering = ["item", "at", "pk"]

    def __str__(self):
        return f"{self.item} {self.verb}"


class AlertCause(models.TextChoices):
    CHANGED = "changed", _("the article was changed")
    RENUMBERED = "renumbered", _("the article was renumbered")
    REMOVED = "removed", _("the article is no longer there")
    REPEALED = "repealed", _("the law was repealed")
    LAW_AMENDED = "law_amended", _("the law as a whole was amended")


class ItemAlert(models.Model):
    """A law moved under an item. A quarantine keeps it out of papers; a flag asks a reviewer to look."""

    item = models.ForeignKey(Item, models.PROTECT, related_name="alerts")
    citation = models.ForeignKey(Citation, models.PROTECT, related_name="alerts")
    is_quarantine = models.BooleanField()
    cause = models.CharField(max_length=12, choices=AlertCause.choices)
    new_version = models.ForeignKey(LawVersion, models.PROTECT, null=True, related_name="+")
    new_ref = models.CharField(max_length=12, blank=True, help_text="where the same words stand now")
    takes_effect_on = models.DateField()
    raised_at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True)
    resolved_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    resolution = models.CharField(max_length=12, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["citation", "cause"], condition=Q(resolved_at=None), name="one_open_alert_per_citation_and_cause"
            )
        ]

    def __str__(self):
        return f"{self.item} {self.cause}"


class ItemEnmity(models.Model):
    """Two items that give each other away never stand in one paper. Kept with the lower key first."""

    first = models.ForeignKey(Item, models.CASCADE, related_name="+")
    second = models.ForeignKey(Item, models.CASCADE, related_name="+")
    is_marked = models.BooleanField(default=True, help_text="by a person; otherwise found as near-duplicates")
    similarity = models.PositiveSmallIntegerField(default=0, help_text="percent, when it was found")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="one_enmity_per_pair"),
            models.CheckConstraint(condition=Q(first__lt=F("second")), name="the_lower_key_stands_first"),
        ]

    def __str__(self):
        return f"{self.first_id} {self.second_id}"


class ItemDistinction(models.Model):
    """Two items that look alike and that a person found different. Kept with the lower key first."""

    first = models.ForeignKey(Item, models.CASCADE, related_name="+")
    second = models.ForeignKey(Item, models.CASCADE, related_name="+")
    by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="one_distinction_per_pair"),
            models.CheckConstraint(condition=Q(first__lt=F("second")), name="a_distinction_names_the_lower_key_first"),
        ]

    def __str__(self):
        return f"{self.first_id} {self.second_id}"


class MediaFile(models.Model):
    """An image of an item, kept once by its content. Stems name it as `media:<sha256>`."""

    sha256 = models.CharField(max_length=64, unique=True)
    content_type = models.CharField(max_length=40)
    file = models.FileField(upload_to="items/%Y/%m")
    created_at = models.DateTimeField()

    def __str__(self):
        return self.sha256[:12]


class ItemImport(models.Model):
    """A file of questions on its way in: what was taken, left out and why, then taken over once."""

    class State(models.TextChoices):
        UPLOADED = "uploaded", _("uploaded")
        READ = "read", _("read")
        REFUSED = "refused", _("refused")
        APPLIED = "applied", _("taken over")
        DISCARDED = "discarded", _("discarded")

    name = models.CharField(max_length=200)
    file = models.FileField(upload_to="imports/%Y/%m")
    format = models.CharField(max_length=12)
    sha256 = models.CharField(max_length=64)
    options = models.JSONField(default=dict)
    report = models.JSONField(default=dict, help_text="counts, and a row for each question: taken, warned, left out, and why")
    state = models.CharField(max_length=10, choices=State.choices, default=State.UPLOADED)
    job = models.ForeignKey(Job, models.PROTECT, null=True, related_name="+")
    created_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()
    applied_at = models.DateTimeField(null=True)

    def __str__(self):
        return self.name


class ResponseTally(models.Model):
    """How a population answered one version: what facility and discrimination are worked out from. Kept as answers come in."""

    version = models.ForeignKey(ItemVersion, models.CASCADE, related_name="tallies")
    population = models.CharField(max_length=60, help_text="practice, or the plan of a test")
    shown = models.PositiveIntegerField(default=0)
    answered = models.PositiveIntegerField(default=0)
    earned = models.PositiveBigIntegerField(default=0, help_text="sum of fractions, in ten-millionths")
    choices = models.JSONField(default=dict, help_text="option -> how often chosen")
    # what is worked out from answers beside others of the same finished round, in hundredths of a percent: x on this
    # question, y on the others
    paired = models.PositiveIntegerField(default=0, help_text="how many such answers")
    sum_x = models.PositiveBigIntegerField(default=0)
    sum_y = models.PositiveBigIntegerField(default=0)
    sum_xx = models.PositiveBigIntegerField(default=0)
    sum_yy = models.PositiveBigIntegerField(default=0)
    sum_xy = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["version", "population"], name="one_tally_per_version_and_population")]

    def __str__(self):
        return f"{self.version_id} {self.population}"
