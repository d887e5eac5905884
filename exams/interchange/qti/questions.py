"""A question as any version of QTI asks it, and the item of ours that it becomes.

A source is read into a Question: a stem with marks, what is Asked at each mark, and a function that scores responses as the
source does. What becomes of it is proven against that function (credit.py), not read off its looks.
"""

import html
import itertools
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from django.utils.translation import gettext_lazy as _

from exams.content import BLANK, Content, ItemRefused, check
from exams.models import ItemKind, Policy

from ..drafts import Draft, Note
from . import credit
from .bodies import OPEN, Page, is_empty, with_marks
from .credit import Asked, Settled
from .errors import Unsupported

MAX_WORK = 1_000_000  # nodes of the source's scoring that are looked at for one question
Responses = Mapping[str, list[str]]


@dataclass(slots=True)
class Question:
    stem: str  # HTML with a mark for each of `asked`
    asked: list[Asked]
    score: Callable[[Responses], Fraction] | None  # None: the source states no scoring
    page: Page
    work: int = 1  # nodes one run of the scoring may look at
    explanation: str = ""
    marks: Fraction | None = None  # the most the source gives, where it says so
    is_marked_out_of: bool = False  # scores are shares of `marks`, in whatever unit
    title: str = ""
    policy: str = ""  # what our own export says beside the scoring


def taken(draft: Draft, make: Callable[[], Content]) -> Draft:
    """The draft with the content that `make` gives, or with the one reason why it is left out."""
    try:
        content = make()
        check(content)
    except Unsupported as refused:
        draft.notes.append(Note("qti_unsupported", refused.reason, is_refusal=True, value=refused.name))
    except ItemRefused as refused:
        draft.notes.append(Note(refused.code, str(refused), is_refusal=True))
    else:
        draft.content = content
        shown = repr((content.stem, content.explanation, content.body))
        for name in [name for name in draft.images if html.escape(name) not in shown]:
            del draft.images[name]
    return draft


def content_of(question: Question) -> Content:
    """The item this question is here. Raises Unsupported or ItemRefused when it has no equal among our kinds."""
    if not question.asked:
        raise Unsupported("itemBody", _("It asks nothing: there is no interaction"))
    if OPEN in question.stem:  # a line of the source is no blank of ours
        question.stem = re.sub("_{4,}", "___", question.stem)
    score = _scorer(question)
    if len(question.asked) == 1:
        return _alone(question, score)
    if all(asked.form == "blank" for asked in question.asked):
        return _blanks(question, score)
    return _case(question, score)


def _scorer(question: Question):
    """The source's scoring, or where it states none, the right answer for the whole."""
    if question.score is not None:
        return _within(question.score, MAX_WORK // max(question.work, 1))
    if any(asked.form != "essay" for asked in question.asked):
        question.page.warn("scoring_not_stated", _("The file states no scoring: the right answer earns the whole"))
    keyed = [asked for asked in question.asked if asked.key]
    return lambda responses: Fraction(sum(_is_right(asked, responses.get(asked.identifier)) for asked in keyed))


def _within(score, tries: int):
    """Scoring that stops when more answers were tried than any honest question needs."""
    left = itertools.count(tries, -1)

    def counted(responses):
        if next(left) <= 0:
            raise Unsupported("responseProcessing", _("It has more answers than can be tried"))
        return score(responses)

    return counted


def _is_right(asked: Asked, given: list[str] | None) -> bool:
    return given is not None and sorted(given) == sorted(asked.key)


def _alone(question: Question, score) -> Content:
    asked = question.asked[0]
    settled = credit.settle(asked, lambda texts: score({asked.identifier: texts} if texts else {}), question.page)
    shown = BLANK if asked.is_inline else ""
    stem = with_marks(question.stem, lambda number: shown if asked.is_inline else asked.stem)
    return _content(question, settled, stem)


def _content(question: Question, settled: Settled, stem: str) -> Content:
    is_stated = settled.best is None or question.is_marked_out_of
    marks = _hundredths(question.marks if is_stated else settled.best, question.page)
    for point in settled.body.get("rubric", ()):
        point["marks"] = point["marks"] or marks
    if question.policy:
        settled.policy = credit.said(question.policy, settled)
    return Content(
        kind=settled.kind,
        stem=question.title if is_empty(stem) else stem,
        body=settled.body,
        policy=settled.policy,
        marks=marks,
        explanation=question.explanation,
    )


def _hundredths(marks: Fraction | None, page: Page) -> int:
    if marks is None or marks <= 0:
        return 100
    exact = marks * 100
    if exact.denominator != 1:
        page.warn("marks_rounded", _("Marks were rounded to hundredths"), str(marks))
    return max(1, round(exact))


def _parts(question: Question, score) -> tuple[list[Settled], bool]:
    """Each part by itself, and whether only all of them together earn anything."""
    scored = [asked for asked in question.asked if asked.form != "essay"]
    whole = {asked.identifier: asked.key for asked in scored if asked.key}
    nothing = score({})

    def alone(asked):
        return lambda texts: score({asked.identifier: texts} if texts else {})

    def completing(asked):
        return lambda texts: score(whole | {asked.identifier: texts})

    is_joint = len(whole) == len(scored) > 0 and score(whole) > nothing == max(alone(asked)(asked.key) for asked in scored)
    settled = [credit.settle(asked, (completing if is_joint else alone)(asked), question.page) for asked in question.asked]
    if not is_joint and scored:
        wholes = {asked.identifier: list(part.whole) for asked, part in zip(question.asked, settled, strict=True) if part.whole}
        if sum(part.best for part in settled if part.best is not None) != score(wholes) - nothing:
            raise Unsupported("responseProcessing", _("Its parts are scored together in a way no kind of question here has"))
    return settled, is_joint


def _blanks(question: Question, score) -> Content:
    parts, is_joint = _parts(question, score)
    best = parts[0].best if is_joint else sum(part.best for part in parts)
    if not is_joint and len({part.best for part in parts}) > 1:
        question.page.warn("scoring_simplified", _("Partial marks of the source have no equal here; the usual ones apply"))
    body = {"blanks": [part.body["blanks"][0] for part in parts], "is_unordered": False}
    policy = Policy.EXACT if is_joint else Policy.PROPORTIONAL
    stem = with_marks(question.stem, lambda number: BLANK)
    return _content(question, Settled(ItemKind.FILL_BLANK, body, policy, best), stem)


def _case(question: Question, score) -> Content:
    parts, is_joint = _parts(question, score)
    if is_joint:
        question.page.warn("scoring_simplified", _("Partial marks of the source have no equal here; the usual ones apply"))
    numbers = range(1, len(parts) + 1)
    worth = _worths(question, parts, is_joint)
    questions = [
        {
            "id": str(number),
            "kind": part.kind,
            "stem": f"（{number}）{asked.stem}",
            "body": part.body,
            "policy": part.policy,
            "marks": _hundredths(worth[number - 1], question.page),
            "explanation": "",
        }
        for number, asked, part in zip(numbers, question.asked, parts, strict=True)
    ]
    stem = with_marks(question.stem, lambda mark: f"（{mark + 1}）" + (BLANK if question.asked[mark].is_inline else ""))
    return Content(
        kind=ItemKind.CASE_ANALYSIS,
        stem=stem,
        body={"questions": questions},
        marks=sum(one["marks"] for one in questions),
        explanation=question.explanation,
    )


def _worths(question: Question, parts: list[Settled], is_joint: bool) -> list[Fraction | None]:
    """What each part is worth: of a joint score each the same share; of a score in another unit, its share of the marks."""
    worths = [part.best / len(parts) if is_joint and part.best is not None else part.best for part in parts]
    total = sum(worth for worth in worths if worth is not None)
    if not question.is_marked_out_of or not total:
        return worths
    return [None if worth is None else worth * question.marks / total for worth in worths]
