"""What a citation means: which law, which wording of it, which article. Read once for thousands of items."""

import re
from collections import defaultdict
from collections.abc import Iterable
from datetime import date

from django.utils.translation import gettext_lazy as _

from exams.content import CitedArticle, ItemRefused
from exams.models import Citation
from laws.library import Names
from laws.models import Article, LawVersion, LegalDocument
from laws.numerals import ARTICLE, article_ref, number_of, refs_in

_REF = re.compile(r"[1-9][0-9]{0,5}(?:-[1-9][0-9]{0,2})?")
_TITLE = re.compile(r"《([^《》]{2,60})》")
_REACH = 12  # an article belongs to the title that stands at most so far before it, no other title between


class Laws:
    """Laws by name with their wordings. `day`: the day whose wordings are meant where none is named."""

    def __init__(self, *, day: date, today: date):
        self.day, self.today = day, today
        self.names = Names()
        self.versions: dict[int, list[LawVersion]] = defaultdict(list)
        for version in LawVersion.objects.order_by("effective_on", "pk").defer("preface"):
            self.versions[version.document_id].append(version)
        self.refs: dict[int, set[str]] = {}
        self._titles = None

    def wording(self, document: LegalDocument, label: str = "") -> LawVersion | None:
        """The version named, else the one in force on the day, else the first there will be. Raises ItemRefused."""
        versions = self.versions[document.pk]
        if label:
            found = next((v for v in versions if v.label == label), None)
            if found is None:
                raise ItemRefused(
                    "law_version_unknown", _("The library has no version %(label)s of %(law)s"), label=label, law=document.name
                )
            return found
        begun = [v for v in versions if v.effective_on and v.effective_on <= self.day]
        return begun[-1] if begun else (versions[0] if versions else None)

    def read_articles(self, cited: Iterable[CitedArticle]) -> None:
        """Read which articles the cited wordings have. One query."""
        wanted = set()
        for one in cited:
            document = self.names.find(one.law)
            if document is not None:
                wanted.update(v.pk for v in self.versions[document.pk])
        for pk in wanted:
            self.refs[pk] = set()
        for pk, ref in Article.objects.filter(version__in=wanted).values_list("version", "ref") if wanted else ():
            self.refs[pk].add(ref)

    def resolve(self, cited: CitedArticle) -> Citation:
        """The citation as a row that is not written yet. Raises ItemRefused for a law, a version or an article there is not."""
        document = self.names.find(cited.law)
        if document is None:
            raise ItemRefused("law_unknown", _("The library has no law called %(law)s"), law=cited.law)
        version = self.wording(document, cited.version)
        ref = address_of(cited.ref)
        if ref and version is not None and not self._has(version, ref):
            raise ItemRefused(
                "article_unknown",
                _("%(law)s of %(label)s has no article %(ref)s"),
                law=document.name,
                label=version.label,
                ref=ref,
            )
        return Citation(law=document, law_version=version, ref=ref, decisive=list(cited.decisive))

    def _has(self, version: LawVersion, ref: str) -> bool:
        if ref in self.refs[version.pk]:
            return True
        if version.has_text:
            return False
        return not version.article_count or int(ref.partition("-")[0]) <= version.article_count

    def named_in(self, text: str) -> list[CitedArticle]:
        """Laws of the library that a text names, with the articles it names right after; the law as a whole where it names none."""
        found: dict[tuple[str, str], CitedArticle] = {}
        for name, _start, end in self._mentions(text):
            refs = _articles_after(text, end)
            for ref in refs or [""]:
                found[name, ref] = CitedArticle(name, ref)
        articles = {law for law, ref in found if ref}
        return [cited for (law, ref), cited in found.items() if ref or law not in articles]

    def _mentions(self, text: str) -> list[tuple[str, int, int]]:
        """(name of the law, where its title begins and ends), in order: titles in 《》, and bare ones of four signs and more."""
        found, taken = [], []
        for match in _TITLE.finditer(text):
            document = self.names.find(match[1])
            taken.append(match.span())
            if document is not None:
                found.append((document.name, *match.span()))
        for match in self._bare_titles().finditer(text):
            if not any(start < match.end() and match.start() < end for start, end in taken):
                found.append((self.names.find(match[0]).name, *match.span()))
        return sorted(found, key=lambda one: one[1])

    def _bare_titles(self) -> re.Pattern:
        if self._titles is None:
            names = sorted((n for n in self.names.by_name if len(n) > 2), key=len, reverse=True)
            self._titles = re.compile(f"(?:{'|'.join(map(re.escape, names))})(?!实施|修正案|典)" if names else "(?!)")
        return self._titles


def _articles_after(text: str, end: int) -> list[str]:
    """Addresses of the articles a title is followed by: 第三十三条, and more joined by 、 or 和."""
    refs = []
    while match := ARTICLE.search(text, end, end + _REACH + 12):
        between = text[end : match.start()]
        if len(between) > _REACH or re.search(r"[《》。；]", between):
            break
        refs.append(article_ref(number_of(match[1]), number_of(match[2]) if match[2] else 0))
        end = match.end()
    return refs


def address_of(ref: str) -> str:
    """ "9", "17-1", "第十七条之一": the address of an article. Raises ItemRefused for what is none."""
    ref = ref.strip()
    if not ref or _REF.fullmatch(ref):
        return ref
    found = refs_in(ref)
    if len(found) != 1:
        raise ItemRefused("article_unknown", _("This is no article: %(ref)s"), ref=ref)
    return found[0]
