"""Blueprints, and the papers drawn under them."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from laws.models import LegalDocument
from training.models import Person

from .bank import Classification, ItemKind, Policy


class Blueprint(models.Model):
    """A test specification: sections with marks and floors, cells that say what is drawn."""

    code = models.SlugField(_("code"), max_length=60, unique=True)
    title = models.CharField(_("title"), max_length=120)
    pass_mark = models.PositiveIntegerField(_("pass mark"), help_text=_("hundredths of a mark"))
    minutes = models.PositiveSmallIntegerField(_("minutes"), default=60)
    lowest_mean = models.PositiveSmallIntegerField(
        null=True, help_text="band of predicted facility of a paper, in hundredths of a percent"
    )
    highest_mean = models.PositiveSmallIntegerField(null=True)
    classification = models.CharField(
        max_length=4, choices=Classification.choices, blank=True, help_text="draws only items so classified; empty: any"
    )
    created_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("blueprint (test specification)")
        verbose_name_plural = _("blueprints")

    def __str__(self):
        return self.title


class BlueprintSection(models.Model):
    """Items of one kind with the same marks each."""

    blueprint = models.ForeignKey(Blueprint, models.CASCADE, related_name="sections")
    position = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=120)
    kind = models.CharField(max_length=20, choices=ItemKind.choices)
    marks_each = models.PositiveIntegerField(help_text=_("hundredths of a mark"))
    policy = models.CharField(max_length=14, choices=Policy.choices, default=Policy.EXACT)
    floor = models.PositiveIntegerField(null=True, help_text="least marks in this section, hundredths")

    class Meta:
        ordering = ["blueprint", "position"]
        constraints = [models.UniqueConstraint(fields=["blueprint", "position"], name="one_section_per_position")]

    def __str__(self):
        return self.title


class BlueprintCell(models.Model):
    """How many items of a section come from one corner of the bank. Empty means any."""

    section = models.ForeignKey(BlueprintSection, models.CASCADE, related_name="cells")
    count = models.PositiveSmallIntegerField()
    law = models.ForeignKey(LegalDocument, models.PROTECT, null=True, related_name="+")
    topic = models.CharField(max_length=80, blank=True)
    easiest = models.PositiveSmallIntegerField(default=1)
    hardest = models.PositiveSmallIntegerField(default=5)
    audience = models.CharField(max_length=30, blank=True)

    class Meta:
        ordering = ["section", "pk"]
        constraints = [models.CheckConstraint(condition=Q(count__gt=0), name="a_cell_draws_something")]

    def __str__(self):
        return f"{self.section} × {self.count}"


class PaperSet(models.Model):
    """Papers drawn together for one sitting: fixed, A and B, or one for each candidate, all from one seed."""

    class Strategy(models.TextChoices):
        FIXED = "fixed", _("one fixed paper")
        AB = "ab", _("papers A and B")
        DRAWN = "drawn", _("drawn for each candidate")

    blueprint = models.ForeignKey(Blueprint, models.PROTECT, related_name="paper_sets")
    strategy = models.CharField(max_length=6, choices=Strategy.choices)
    seed = models.CharField(max_length=64)
    is_shuffled = models.BooleanField(default=True)
    fit = models.JSONField(default=dict, help_text="predicted facility of each paper, and what it rests on")
    created_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()

    def __str__(self):
        return f"{self.blueprint} {self.pk}"


class Paper(models.Model):
    """One paper. `layout` is what a candidate is shown, in order, and never changes.

    [{"section": 0, "version": key, "marks": hundredths, "order": [option indexes as shown] or null}, ...]
    """

    paper_set = models.ForeignKey(PaperSet, models.PROTECT, related_name="papers")
    label = models.CharField(max_length=20, help_text="A, B, or the number of the drawn paper")
    person = models.ForeignKey(
        Person, models.PROTECT, null=True, related_name="+", help_text="for whom it was drawn, if for somebody"
    )
    layout = models.JSONField()
    total = models.PositiveIntegerField(help_text=_("hundredths of a mark"))
    digest = models.CharField(max_length=64)

    changeable_columns = ()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["paper_set", "label"], name="one_paper_per_label")]

    def __str__(self):
        return f"{self.paper_set_id}/{self.label}"
