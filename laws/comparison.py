"""Two versions of a law, article by article, with the changed words marked. Pure but for `compare`, which reads them."""

from dataclasses import dataclass

from rapidfuzz import fuzz, process
from rapidfuzz.distance import Indel

from laws.models import Article, LawVersion

UNCHANGED, CHANGED, RENUMBERED, ADDED, REMOVED = KINDS = ("unchanged", "changed", "renumbered", "added", "removed")
ALIKE = 55  # percent of shared words from which two articles are told as one that was changed


@dataclass(frozen=True, slots=True)
class ArticleChange:
    """One line of a comparison; `old` or `new` is None where there is none.

    `changed` pairs an old article with the new one most like it; its number may differ.
    """

    kind: str
    old: Article | None
    new: Article | None

    @property
    def old_words(self) -> list[tuple[bool, str]]:
        return words_of(self.old.text, self.new.text)[0]

    @property
    def new_words(self) -> list[tuple[bool, str]]:
        return words_of(self.old.text, self.new.text)[1]


def compare(old: LawVersion, new: LawVersion) -> list[ArticleChange]:
    """Every article of both versions once, in the order of the new text; removed ones where they stood. Two queries."""
    fields = ("pk", "ref", "number", "branch", "text", "fingerprint", "position")
    olds = list(old.articles.only(*fields).order_by("position"))
    news = list(new.articles.only(*fields).order_by("position"))
    return changes_between(olds, news)


def changes_between(olds: list[Article], news: list[Article]) -> list[ArticleChange]:
    """The comparison itself. The same words under the same number are unchanged, under another renumbered."""
    by_ref = {article.ref: article for article in news}
    paired: dict[str, ArticleChange] = {}  # ref of the new article -> its line
    left = []
    for article in olds:
        same = by_ref.get(article.ref)
        if same is not None and same.fingerprint == article.fingerprint:
            paired[same.ref] = ArticleChange(UNCHANGED, article, same)
        else:
            left.append(article)
    by_words: dict[str, list[Article]] = {}
    for article in news:
        if article.ref not in paired:
            by_words.setdefault(article.fingerprint, []).append(article)
    rest = []
    for article in left:
        if moved := by_words.get(article.fingerprint):
            new = moved.pop(0)
            paired[new.ref] = ArticleChange(RENUMBERED, article, new)
        else:
            rest.append(article)
    removed = _pair_alike(rest, [a for a in news if a.ref not in paired], paired)
    return _in_order(news, paired, removed)


def _pair_alike(olds: list[Article], news: list[Article], paired: dict[str, ArticleChange]) -> list[Article]:
    """Pair what is most alike first; the old articles that found none are given back."""
    if not olds or not news:
        return olds
    scores = process.cdist([a.text for a in olds], [a.text for a in news], scorer=fuzz.ratio, score_cutoff=ALIKE)
    pairs = sorted(
        (
            (-float(scores[i][j]), olds[i].ref != news[j].ref, i, j)
            for i in range(len(olds))
            for j in range(len(news))
            if scores[i][j]
        ),
    )
    taken_old, taken_new = set(), set()
    for _score, _moved, i, j in pairs:
        if i not in taken_old and j not in taken_new:
            taken_old.add(i)
            taken_new.add(j)
            paired[news[j].ref] = ArticleChange(CHANGED, olds[i], news[j])
    return [article for i, article in enumerate(olds) if i not in taken_old]


def _in_order(news, paired, removed) -> list[ArticleChange]:
    lines = [paired.get(article.ref) or ArticleChange(ADDED, None, article) for article in news]
    after = {line.old.position: at for at, line in enumerate(lines) if line.old is not None}
    for article in sorted(removed, key=lambda a: a.position, reverse=True):
        before = [at for position, at in after.items() if position < article.position]
        lines.insert(max(before) + 1 if before else 0, ArticleChange(REMOVED, article, None))
    return lines


def words_of(old: str, new: str) -> tuple[list[tuple[bool, str]], list[tuple[bool, str]]]:
    """Both texts cut into pieces, each (is changed, text). Short agreements between changes are told as changed, so that it reads."""
    was, now = [], []
    for block in Indel.opcodes(old, new):
        if block.tag == "equal":
            _add(was, False, old[block.src_start : block.src_end])
            _add(now, False, new[block.dest_start : block.dest_end])
        else:
            _add(was, True, old[block.src_start : block.src_end])
            _add(now, True, new[block.dest_start : block.dest_end])
    return was, now


def _add(pieces: list[tuple[bool, str]], is_changed: bool, text: str) -> None:
    if not text:
        return
    if pieces and pieces[-1][0] == is_changed:
        pieces[-1] = (is_changed, pieces[-1][1] + text)
    else:
        pieces.append((is_changed, text))
