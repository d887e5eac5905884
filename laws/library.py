"""How laws get into the library, and which wording applies on a day."""

from dataclasses import dataclass, field
from datetime import date, datetime

from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from laws import search
from laws.errors import BadInput, DomainError
from laws.models import Article, Division, DocumentKind, LawVersion, LegalDocument, Passage
from laws.reading import LawText, fingerprint, short_name


class ConflictingLaw(DomainError):
    code = "conflicting_law"
    message = _("%(law)s of %(label)s is in the library with other words: nothing was changed.")


@dataclass(frozen=True, slots=True)
class Entered:
    """What became of a text: `is_new` False when the library held it word for word."""

    version: LawVersion
    is_new: bool
    warnings: list = field(default_factory=list)


def find(name: str) -> LegalDocument | None:
    """The law a text means by `name`: its title, its short title or another title of it."""
    name = name.strip().strip("《》")
    short = short_name(name)
    found = LegalDocument.objects.filter(short_title=short).first() or LegalDocument.objects.filter(title=name).first()
    return found or next((d for d in LegalDocument.objects.exclude(aliases=[]) if {name, short} & set(d.aliases)), None)


class Names:
    """All laws by every name they have, read once: for importers that look up thousands."""

    def __init__(self):
        self.by_name: dict[str, LegalDocument] = {}
        for document in LegalDocument.objects.of_the_library():
            for name in (document.short_title, document.title, *document.aliases):
                if name:
                    self.by_name.setdefault(name, document)

    def find(self, name: str) -> LegalDocument | None:
        name = name.strip().strip("《》")
        return self.by_name.get(name) or self.by_name.get(short_name(name))


def kind_of(title: str) -> str:
    """What a title says of its kind; a person may correct it."""
    if title.endswith("宪法") or "宪法修正案" in title:
        return DocumentKind.CONSTITUTION
    if title.startswith("中国共产党"):
        return DocumentKind.PARTY_REGULATION
    if title.startswith("北京市"):
        return DocumentKind.LOCAL_REGULATION
    if "·" in title or title.rstrip("）)0123456789（(年一二三四五六七八九十").endswith(("法", "法典", "修正案")):
        return DocumentKind.LAW
    return DocumentKind.ADMINISTRATIVE_REGULATION if title.endswith(("条例", "规定")) else DocumentKind.RULE


@transaction.atomic
def enter(*, text: LawText, now: datetime, effective_on: date | None = None, filename: str = "") -> Entered:
    """Put a text into the library as a version of its law. The same words again change nothing.

    A version known by its metadata alone takes the text; its gists stay. Raises ConflictingLaw when the version is
    there with other words.
    """
    document = find(text.name) or find(text.title)
    if document is None:
        document = LegalDocument.objects.create(
            code=free_code(text.name), title=text.title, short_title=text.name, aliases=text.aliases, kind=kind_of(text.title)
        )
    version = LawVersion.objects.select_for_update().filter(document=document, label=text.label).first()
    if version is not None and version.has_text:
        if version.sha256 != text.sha256:
            raise ConflictingLaw(law=document.name, label=text.label)
        return Entered(version, False)
    if version is None:
        version = LawVersion(document=document, label=text.label, promulgated_on=text.promulgated_on, entered_at=now)
    version.effective_on = effective_on or version.effective_on or text.effective_on
    version.preface = "\n".join(text.preface)
    version.article_count = len(text.articles)
    version.has_text, version.sha256, version.source_name = True, text.sha256, filename[:200]
    version.save()
    _keep_articles(version, text)
    search.index(version)
    return Entered(version, True, text.warnings)


def _keep_articles(version: LawVersion, text: LawText) -> None:
    gists = dict(version.articles.exclude(gist="").values_list("ref", "gist"))
    version.articles.all().delete()
    divisions = []
    for position, part in enumerate(text.divisions):
        parent = divisions[part.parent] if part.parent is not None else None
        divisions.append(
            Division.objects.create(
                version=version, parent=parent, kind=part.kind, number=part.number, title=part.title[:200],
                text="\n".join(part.lines), position=position,
            )
        )  # fmt: skip
    articles = Article.objects.bulk_create(
        Article(
            version=version, division=divisions[a.division] if a.division is not None else None, number=a.number, branch=a.branch,
            ref=a.ref, text=a.text, fingerprint=fingerprint(a.text), gist=gists.get(a.ref, ""), position=position,
        )
        for position, a in enumerate(text.articles)
    )  # fmt: skip
    _keep_passages(articles, text)


def _keep_passages(articles: list[Article], text: LawText) -> None:
    """Level by level, so that each passage finds the key of the one it stands under."""
    rows: dict[tuple[int, int], Passage] = {}
    for article, source in zip(articles, text.articles, strict=True):
        for position, passage in enumerate(source.passages()):
            rows[article.pk, position] = Passage(
                article=article, kind=passage.kind, number=passage.number, text=passage.text, position=position
            )
            rows[article.pk, position].above = passage.parent
    for kind in (Passage.Kind.PARAGRAPH, Passage.Kind.ITEM, Passage.Kind.SUBITEM):
        level = [(key, row) for key, row in rows.items() if row.kind == kind]
        for (article_id, _position), row in level:
            row.parent = rows[article_id, row.above] if row.above is not None else None
        Passage.objects.bulk_create([row for _key, row in level], batch_size=1000)


@transaction.atomic
def enter_metadata(
    *,
    title: str,
    label: str,
    now: datetime,
    promulgated_on: date | None = None,
    effective_on: date | None = None,
    number: str = "",
    article_count: int = 0,
    kind: str = "",
    short_title: str = "",
    aliases: tuple[str, ...] = (),
    gists: dict[str, str] | None = None,
) -> LawVersion:
    """A law known by title, number, dates and article count, perhaps with gists of articles; no official text.

    Again with the same label changes nothing but adds gists that were missing.
    """
    if not title.strip() or not label.strip():
        raise BadInput(_("A law needs its title and the name of its version."))
    document = find(title)
    if document is None:
        short = short_title or short_name(title)
        document = LegalDocument.objects.create(
            code=free_code(short), title=title, short_title=short, aliases=list(aliases), kind=kind or kind_of(title)
        )
    version, _created = LawVersion.objects.get_or_create(
        document=document,
        label=label,
        defaults={
            "promulgated_on": promulgated_on,
            "effective_on": effective_on,
            "number": number,
            "article_count": article_count,
            "entered_at": now,
        },
    )
    known = {article.ref: article for article in version.articles.all()}
    fresh = []
    for ref, gist in (gists or {}).items():
        number_part, _dash, branch = ref.partition("-")
        article = known.get(ref)
        if article is None:
            position = int(number_part) * 100 + int(branch or 0)
            fresh.append(
                Article(version=version, number=int(number_part), branch=int(branch or 0), ref=ref, gist=gist, position=position)
            )
        elif not article.gist:
            Article.objects.filter(pk=article.pk).update(gist=gist)
    Article.objects.bulk_create(fresh)
    return version


@transaction.atomic
def repeal(*, document: LegalDocument, by: LegalDocument | None, on: date) -> None:
    """Take a law out of force from `on`. An earlier repeal stands."""
    if document.repealed_on is not None and document.repealed_on <= on:
        return
    document.repealed_on, document.repealed_by = on, by
    document.save(update_fields=["repealed_on", "repealed_by"])


def free_code(name: str) -> str:
    """An address for a law: its short title, numbered where that is taken."""
    code = slugify(name, allow_unicode=True)[:50] or "law"
    taken = set(LegalDocument.objects.filter(code__startswith=code).values_list("code", flat=True))
    if code not in taken:
        return code
    return next(f"{code}-{i}" for i in range(2, len(taken) + 3) if f"{code}-{i}" not in taken)


def version_on(document: LegalDocument, day: date) -> LawVersion | None:
    """The wording of a law that applies on a day; None before it began and after its repeal."""
    return LawVersion.objects.filter(document=document).in_force_on(day).first()
