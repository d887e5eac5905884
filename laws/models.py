"""Legal documents: what they are, their versions, and their articles down to the item."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from laws.numerals import article_label


class DocumentKind(models.TextChoices):
    CONSTITUTION = "constitution", _("constitution")
    LAW = "law", _("law")
    ADMINISTRATIVE_REGULATION = "administrative_regulation", _("administrative regulation")
    LOCAL_REGULATION = "local_regulation", _("local regulation")
    RULE = "rule", _("rule")
    PARTY_REGULATION = "party_regulation", _("party regulation")
    OFFICIAL_DOCUMENT = "official_document", _("official document")


class LegalDocumentQuerySet(models.QuerySet):
    def of_the_library(self):
        """What people read as law: everything but official documents that only carry requirements."""
        return self.exclude(kind=DocumentKind.OFFICIAL_DOCUMENT)

    def repealed_on(self, day):
        return self.filter(repealed_on__lte=day)


class LegalDocument(models.Model):
    """A law, a regulation or an official document that obliges somebody. What it says is in its versions."""

    code = models.SlugField(_("code"), max_length=60, unique=True, allow_unicode=True)
    title = models.CharField(_("title"), max_length=200)
    short_title = models.CharField(_("short title"), max_length=100, blank=True, db_index=True)
    aliases = models.JSONField(_("other titles"), default=list, blank=True)
    kind = models.CharField(_("kind"), max_length=30, choices=DocumentKind.choices, default=DocumentKind.OFFICIAL_DOCUMENT)
    number = models.CharField(_("document number"), max_length=100, blank=True)
    issuer = models.CharField(_("issuer"), max_length=200, blank=True)
    issued_on = models.DateField(_("issued on"), null=True, blank=True)
    effective_on = models.DateField(_("in force from"), null=True, blank=True)
    expires_on = models.DateField(_("in force until"), null=True, blank=True)
    repealed_on = models.DateField(_("repealed from"), null=True, blank=True)
    repealed_by = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="repeals", verbose_name=_("repealed by")
    )

    objects = LegalDocumentQuerySet.as_manager()

    class Meta:
        verbose_name = _("legal document")
        verbose_name_plural = _("legal documents")
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(condition=Q(repealed_by=None) | Q(repealed_on__isnull=False), name="a_repeal_has_its_day"),
        ]

    def __str__(self):
        return f"{self.title}（{self.number}）" if self.number else self.title

    @property
    def name(self) -> str:
        """The title people say."""
        return self.short_title or self.title


class Provision(models.Model):
    """One article or item of an official document, with the words that oblige."""

    document = models.ForeignKey(LegalDocument, models.PROTECT, related_name="provisions", verbose_name=_("document"))
    item = models.CharField(_("item"), max_length=20)
    clause = models.CharField(_("clause"), max_length=20, blank=True)
    text = models.TextField(_("text"))

    class Meta:
        verbose_name = _("provision")
        verbose_name_plural = _("provisions")
        ordering = ["document", "pk"]
        constraints = [models.UniqueConstraint(fields=["document", "item", "clause"], name="one_provision_per_item_and_clause")]

    def __str__(self):
        return f"{self.document} {self.item}{self.clause}"


class LawVersionQuerySet(models.QuerySet):
    def in_force_on(self, day):
        """The versions that apply on `day`: for each law the one last begun, unless the law was repealed by then."""
        begun = self.filter(effective_on__lte=day).exclude(document__repealed_on__lte=day)
        later = begun.filter(document=models.OuterRef("document")).order_by("-effective_on", "-pk")
        return begun.filter(pk=models.Subquery(later.values("pk")[:1]))


class LawVersion(models.Model):
    """A law as it was worded from a day on. A version known by its metadata alone has no text and may carry gists."""

    document = models.ForeignKey(LegalDocument, models.PROTECT, related_name="versions", verbose_name=_("law"))
    label = models.CharField(_("version"), max_length=40, help_text="its address: the day of promulgation, or a word")
    promulgated_on = models.DateField(_("promulgated on"), null=True, blank=True)
    effective_on = models.DateField(_("in force from"), null=True, blank=True)
    number = models.CharField(_("document number"), max_length=100, blank=True)
    preface = models.TextField(
        _("history"), blank=True, help_text="adoption and amendments, as the text states them above its first article"
    )
    article_count = models.PositiveIntegerField(_("number of articles"), default=0)
    has_text = models.BooleanField(_("official text"), default=False)
    sha256 = models.CharField(max_length=64, blank=True)
    source_name = models.CharField(_("file"), max_length=200, blank=True)
    entered_at = models.DateTimeField(_("entered at"))

    objects = LawVersionQuerySet.as_manager()

    class Meta:
        verbose_name = _("version of a law")
        verbose_name_plural = _("versions of laws")
        ordering = ["document", "effective_on", "promulgated_on", "pk"]
        constraints = [models.UniqueConstraint(fields=["document", "label"], name="one_version_per_label")]

    def __str__(self):
        return f"{self.document.name}（{self.label}）"


class Division(models.Model):
    """A part, subpart, chapter or section of a version; also its preamble, and an annex, whose words are no article."""

    class Kind(models.TextChoices):
        PREAMBLE = "preamble", _("preamble")  # 序言
        PART = "part", _("part")  # 编
        SUBPART = "subpart", _("subpart")  # 分编
        CHAPTER = "chapter", _("chapter")  # 章
        SECTION = "section", _("section")  # 节
        ANNEX = "annex", _("annex")  # 附件

    version = models.ForeignKey(LawVersion, models.CASCADE, related_name="divisions")
    parent = models.ForeignKey("self", models.CASCADE, null=True, related_name="children")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    number = models.PositiveIntegerField(default=0, help_text="0: it has none")
    title = models.CharField(max_length=200, blank=True)
    text = models.TextField(blank=True, help_text="words that stand under it and belong to no article")
    position = models.PositiveIntegerField()

    class Meta:
        ordering = ["version", "position"]

    def __str__(self):
        return self.title


class Article(models.Model):
    """第N条, or 第N条之M. `ref` is its address: "17" or "17-1"."""

    version = models.ForeignKey(LawVersion, models.CASCADE, related_name="articles")
    division = models.ForeignKey(Division, models.CASCADE, null=True, related_name="articles")
    number = models.PositiveIntegerField()
    branch = models.PositiveIntegerField(default=0)
    ref = models.CharField(max_length=12)
    text = models.TextField(blank=True)
    fingerprint = models.CharField(
        max_length=64, blank=True, help_text="of the text without blanks and markup; equal means unchanged"
    )
    gist = models.TextField(blank=True, help_text="what it provides, in the project's own words; not the official text")
    position = models.PositiveIntegerField()

    class Meta:
        ordering = ["version", "position"]
        constraints = [models.UniqueConstraint(fields=["version", "ref"], name="one_article_per_number")]
        indexes = [models.Index(fields=["version", "position"], name="article_order")]

    def __str__(self):
        return self.label

    @property
    def label(self) -> str:
        return article_label(self.number, self.branch)


class Passage(models.Model):
    """A paragraph of an article, or an item or subitem in it."""

    class Kind(models.TextChoices):
        PARAGRAPH = "paragraph", _("paragraph")  # 款
        ITEM = "item", _("item")  # 项
        SUBITEM = "subitem", _("subitem")  # 目

    article = models.ForeignKey(Article, models.CASCADE, related_name="passages")
    parent = models.ForeignKey("self", models.CASCADE, null=True, related_name="children")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    number = models.PositiveIntegerField()
    text = models.TextField()
    position = models.PositiveIntegerField()

    class Meta:
        ordering = ["article", "position"]

    def __str__(self):
        return self.text[:40]
