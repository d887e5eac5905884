"""Full-text search over articles: a real index on both engines, the same answers from both.

Chinese is cut into overlapping pairs of characters, so that two-character words, the commonest query, are found; a longer
query is its pairs in a row. A single character is the beginning of a pair. Titles are matched with a typing error or two.
"""

import re
from dataclasses import dataclass
from datetime import date

from django.db import connection
from django.db.models import Value
from django.db.models.expressions import RawSQL
from django.db.models.functions import Length, Replace
from rapidfuzz import fuzz, process, utils
from rapidfuzz.distance import Levenshtein

from laws.models import Article, LawVersion, LegalDocument
from laws.numerals import ARTICLE, article_ref, number_of

_RUN = re.compile(r"[㐀-鿿豈-﫿○〇]+|[a-z0-9]+")
_BARE_NUMBER = re.compile(r"^(?P<law>.*?\D)\s*(?:第\s*)?(?P<number>\d{1,4})(?:\s*条)?(?:\s*之\s*(?P<branch>\d{1,2}))?$")
TITLE_ALIKE = 72
RANKED = 300


def tokens(text: str) -> str:
    """The pairs of a text, separated by blanks; a run's last character stands alone, so that it is found as a beginning."""
    found = []
    for run in _RUN.findall(text.lower()):
        if run[0].isascii():
            found.append(run)
        else:
            found.extend(run[i : i + 2] for i in range(len(run)))
    return " ".join(found)


def index(version: LawVersion) -> None:
    """Put the articles of a version into the index."""
    rows = [(pk, tokens(text)) for pk, text in version.articles.exclude(text="").values_list("pk", "text")]
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.executemany("INSERT OR REPLACE INTO laws_words (rowid, words) VALUES (%s, %s)", rows)
        else:
            cursor.executemany(
                "INSERT INTO laws_words (article_id, words) VALUES (%s, to_tsvector('simple', %s)) "
                "ON CONFLICT (article_id) DO UPDATE SET words = excluded.words",
                rows,
            )


def _phrase(run: str) -> tuple[list[str], bool]:
    """(pairs of one run of a query, whether the last is only a beginning)."""
    if run[0].isascii():
        return [run], False
    if len(run) == 1:
        return [run], True
    return [run[i : i + 2] for i in range(len(run) - 1)], False


def matching_articles(query: str):
    """The keys of the articles in which every word of the query occurs, as a part of a query; None for no word."""
    runs = [_phrase(run) for run in _RUN.findall(query.lower())]
    if not runs:
        return None
    if connection.vendor == "sqlite":
        words = " AND ".join(f'"{" ".join(pairs)}"' + ("*" if is_start else "") for pairs, is_start in runs)
        return RawSQL("SELECT rowid FROM laws_words WHERE laws_words MATCH %s", [words])
    words = " & ".join(
        "(" + " <-> ".join(f"'{pair}'" + (":*" if is_start else "") for pair in pairs) + ")" for pairs, is_start in runs
    )
    return RawSQL("SELECT article_id FROM laws_words WHERE words @@ to_tsquery('simple', %s)", [words])


@dataclass(frozen=True, slots=True)
class Found:
    """Keys of the articles found, the best first, so that a page can be cut from them."""

    keys: list[int]

    def __len__(self) -> int:
        return len(self.keys)

    def __getitem__(self, part):
        return self.keys[part]

    def page(self, start: int, count: int) -> list[Article]:
        """Articles with version and law. One query."""
        keys = self.keys[start : start + count]
        by_key = Article.objects.select_related("version__document").in_bulk(keys)
        return [by_key[key] for key in keys]


def articles(query: str, *, day: date | None) -> Found:
    """Articles in which every word of the query occurs, those that say it most often first. Four queries, three for a common word.

    `day`: only wordings in force on it; None: every version. A word that stands in more than RANKED articles says little:
    they come in the order of the library, those of a law whose title says it first.
    """
    matching = matching_articles(query)
    if matching is None:
        return Found([])
    versions = LawVersion.objects.all() if day is None else LawVersion.objects.in_force_on(day)
    laws = dict(versions.values_list("pk", "document_id"))
    named = {law.pk for law in laws_named(query, limit=5)}
    rows = Article.objects.filter(pk__in=matching).values_list("version_id", "position", "pk")
    ranked = sorted((laws[version] not in named, version, position, pk) for version, position, pk in rows if version in laws)
    keys = [pk for _is_other, _version, _position, pk in ranked]
    if len(keys) <= RANKED:
        times = Value(0)
        for run in _RUN.findall(query.lower()):
            times = times + (Length("text") - Length(Replace("text", Value(run), Value("")))) / len(run)
        ranked = Article.objects.filter(pk__in=keys).annotate(times=times).order_by("-times", "version_id", "position")
        keys = list(ranked.values_list("pk", flat=True))
    return Found(keys)


@dataclass(frozen=True, slots=True)
class Jump:
    """What a query like 行政处罚法第三十三条 means: a law, and perhaps one of its articles."""

    law: LegalDocument
    ref: str = ""


def laws_named(query: str, *, limit: int = 8) -> list[LegalDocument]:
    """Laws whose title is meant, one wrong or missing character allowed; the best first."""
    query = query.strip().strip("《》")
    if not query:
        return []
    names = {}
    laws = {law.pk: law for law in LegalDocument.objects.of_the_library()}
    for law in laws.values():
        for at, name in enumerate((law.short_title, law.title, *law.aliases)):
            if name:
                names[law.pk, at] = name
    wanted = utils.default_process(query) or query
    best: dict[int, float] = {}
    for _name, score, (pk, _at) in process.extract(wanted, names, scorer=_alike, limit=None, score_cutoff=TITLE_ALIKE):
        best[pk] = max(best.get(pk, 0), score)
    ranked = sorted(best, key=lambda pk: (-best[pk], len(laws[pk].name), laws[pk].code))
    return [laws[pk] for pk in ranked[:limit]]


def _alike(query: str, name: str, **_options) -> float:
    """100 for the title itself, more for beginning with the query than for containing it, else how alike the words are."""
    if query == name:
        return 100.0
    if query in name:
        return 99.0 - min(len(name) - len(query), 20) / 10
    if len(query) < 3:
        return 0.0
    slips = Levenshtein.distance(query, name, score_cutoff=2)
    if slips == 1 or (slips == 2 and len(query) > 5):
        return 96.0 - slips
    return fuzz.ratio(query, name)


def jump(query: str) -> Jump | None:
    """Where a query that names a law (and an article) leads; None when it names none."""
    query = query.strip()
    match = ARTICLE.search(query)
    if match:
        name, ref = query[: match.start()], article_ref(number_of(match[1]), number_of(match[2]) if match[2] else 0)
    elif match := _BARE_NUMBER.match(query):
        name, ref = match["law"], article_ref(int(match["number"]), int(match["branch"] or 0))
    else:
        name, ref = query, ""
    found = laws_named(name, limit=1) if name.strip() else []
    if not found:
        return None
    if not ref and found[0].name != name.strip().strip("《》"):
        return None
    return Jump(found[0], ref)


def excerpt(text: str, query: str, around: int) -> list[tuple[bool, str]]:
    """The words found with what stands around them: pieces, each (is a word of the query, text)."""
    runs = sorted(set(_RUN.findall(query.lower())), key=len, reverse=True)
    if not runs:
        return [(False, text[: 2 * around])]
    words = re.compile("|".join(map(re.escape, runs)), re.IGNORECASE)
    first = words.search(text)
    start = max(first.start() - around, 0) if first else 0
    end = min(start + 3 * around, len(text))
    pieces = [(False, "…")] if start else []
    at = start
    for match in words.finditer(text, start, end):
        pieces += [(False, text[at : match.start()]), (True, match[0])]
        at = match.end()
    pieces += [(False, text[at:end] + ("…" if end < len(text) else ""))]
    return [(is_word, piece) for is_word, piece in pieces if piece]
