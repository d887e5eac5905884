"""One item of QTI 2.x or 3.0 -> a draft."""

import posixpath
import re
from collections.abc import Mapping
from fractions import Fraction
from xml.etree.ElementTree import Element

from django.utils.translation import gettext_lazy as _

from exams.content import Content
from exams.models import ItemKind

from ..drafts import Draft
from .bodies import Page, body_html, is_shown
from .declarations import declared
from .dialect import EXPLANATION, NOTHING_SAID, POINT, QUESTION, Said, said_of
from .errors import QtiUnreadable, Unsupported
from .interactions import TAKEN, Context, asked_by
from .processing import ItemProcessing, process_item, rules_of
from .questions import Question, content_of, taken
from .values import NotOfType, exact
from .vocabulary import is_true, parse

_OWN_POINT = re.compile(re.escape(POINT) + "[0-9]{1,9}")
FOR_MARKERS = ("scorer", "tutor", "author")
_UNKEPT = ("adaptive", "templateDeclaration", "templateProcessing")


def draft_of(item: Element, place: str, files: Mapping[str, bytes] | None = None) -> Draft:
    """The draft of an assessmentItem; what has no equal here is left out with the reason, naming the construct."""
    page = Page(folder=posixpath.dirname(place), files=files or {})
    said = said_of(item)
    draft = Draft(place, None, said.code or item.get("identifier", "").strip(), said.classification, page.images, page.notes)
    draft.source, draft.expires_on = said.source, said.expires_on

    def content() -> Content:
        found = _case(item, page) if said.kind == ItemKind.CASE_ANALYSIS else content_of(_question(item, page, said))
        said.complete(found)
        return found

    return taken(draft, content)


def _question(item: Element, page: Page, said: Said) -> Question:
    _refuse_moving(item)
    body = item.find("itemBody")
    if body is None:
        raise Unsupported("itemBody", _("It asks nothing: there is no interaction"))
    _refuse_unknown(body)
    question = question_of(item, body, page, scorer=_scorer(item), marks=_marks(item), said=said)
    question.stem = _stimuli(item, page) + question.stem
    question.explanation = _explanation(item, question.asked, page) + question.explanation
    return question


def question_of(
    item: Element, body: Element, page: Page, *, scorer, marks: Fraction | None, said: Said = NOTHING_SAID
) -> Question:
    """What one body asks, in the frame of its item."""
    rubric = rubric_of(body, page)
    page.interactions.clear()
    stem = body_html(body, page)
    context = Context(declared(item, "responseDeclaration"), rules_of(item), rubric, page)
    asked = [asked_by(interaction, context) for interaction in list(page.interactions)]
    if len({one.identifier for one in asked}) != len(asked):
        raise Unsupported("responseIdentifier", _("Two interactions share one response"))
    if len(asked) == 1:
        asked[0].most, asked[0].kind, asked[0].policy = marks, said.kind, said.policy
    is_written = any(one.form == "essay" for one in asked)
    return Question(
        stem=stem,
        asked=asked,
        score=scorer,
        page=page,
        work=_work(item),
        explanation="" if is_written else "".join(point["text"] for point in rubric),
        marks=marks,
        title=item.get("title", ""),
        policy=said.policy,
    )


def _case(item: Element, page: Page) -> Content:
    """A case as our own export writes it: a material, and each question in a division of its own."""
    _refuse_moving(item)
    body = item.find("itemBody")
    blocks = [one for one in body.iter("div") if one.get("class") == QUESTION]
    _refuse_unknown(body)
    questions = []
    for block in blocks:
        name = block.get("id", "")
        parts = {one.get("class"): one for one in block}
        explanation = parts.get(EXPLANATION)
        said = said_of(item, f"_{name}")
        frame = question_of(
            item,
            block.find("div"),
            page,
            scorer=_scorer(item, f"SCORE_{name}"),
            marks=_marks(item, f"MAXSCORE_{name}"),
            said=said,
        )
        content = content_of(frame)
        said.complete(content)
        questions.append(
            {
                "id": name.removeprefix("Q"),
                "kind": content.kind,
                "stem": content.stem,
                "body": content.body,
                "policy": content.policy,
                "marks": content.marks,
                "explanation": "" if explanation is None else body_html(explanation, page),
            }
        )
    for parent in list(body.iter()):
        for block in [one for one in parent if one in blocks]:
            parent.remove(block)
    page.interactions.clear()
    stem = _stimuli(item, page) + body_html(body, page)
    marks = sum(question["marks"] for question in questions)
    explanation = _explanation(item, [], page)
    return Content(kind=ItemKind.CASE_ANALYSIS, stem=stem, body={"questions": questions}, marks=marks, explanation=explanation)


def _refuse_moving(item: Element):
    """Items that change while they are answered, or are another for each candidate."""
    if is_true(item.get("adaptive")):
        raise Unsupported("adaptive")
    for name in _UNKEPT[1:]:
        if item.find(name) is not None:
            raise Unsupported(name)


def _refuse_unknown(body: Element):
    """An interaction without an equal is named before anything else is looked at."""
    for element in body.iter():
        if element.tag in _REFUSED or (element.tag.endswith("Interaction") and element.tag not in TAKEN):
            raise Unsupported(element.tag)


_REFUSED = frozenset({"printedVariable", "include"})


def _scorer(item: Element, name: str = "SCORE"):
    """The outcome for responses; None where the item states no scoring."""
    processing = ItemProcessing(item)
    if unknown := processing.unknown_rules:
        raise Unsupported(unknown[0])
    if name not in processing.recomputed:
        others = [one for one in processing.recomputed if one in processing.outcomes and processing.outcomes[one].is_number]
        if others and name == "SCORE":
            raise Unsupported("outcomeDeclaration", _("Its processing sets no SCORE"))
        return None

    def score(responses) -> Fraction:
        value = processing.outcomes_for(responses).get(name)
        return Fraction(0) if value is None or not value.is_numeric else Fraction(value.single)

    return score


def _work(item: Element) -> int:
    """The size of what one run of its scoring looks at."""
    parts = [*item.findall("responseProcessing"), *item.findall("responseDeclaration")]
    return sum(1 for part in parts for _node in part.iter())


def _marks(item: Element, name: str = "MAXSCORE") -> Fraction | None:
    """What can be earned at most: MAXSCORE, or the normal maximum of SCORE."""
    outcomes = declared(item, "outcomeDeclaration")
    most = outcomes.get(name)
    if most is not None and most.default is not None and most.is_number:
        return Fraction(most.default.single)
    for element in item.findall("outcomeDeclaration"):
        if element.get("identifier") == "SCORE" and element.get("normalMaximum"):
            try:
                return exact(element.get("normalMaximum"))
            except NotOfType:
                return None
    return None


def rubric_of(body: Element, page: Page) -> list[dict]:
    """The points by which a person marks; a rubric of another system is one point for all the marks."""
    points = []
    for block in body.iter("rubricBlock"):
        views = set(block.get("view", "candidate").split())
        if "candidate" in views or not views & set(FOR_MARKERS):
            continue
        own = [one for one in block if _OWN_POINT.fullmatch(one.get("class") or "")]
        points += [{"text": body_html(one, page), "marks": int(one.get("class").removeprefix(POINT))} for one in own]
        if not own:
            points.append({"text": f"<div>{body_html(block, page)}</div>", "marks": 0})
    return points


def _stimuli(item: Element, page: Page) -> str:
    """The shared passages the item refers to."""
    texts = []
    for reference in item.findall("assessmentStimulusRef"):
        path = posixpath.normpath(posixpath.join(page.folder, reference.get("href", "")))
        try:
            root = parse(page.files[path])
            body = root if root.find("stimulusBody") is None else root.find("stimulusBody")
        except (KeyError, QtiUnreadable):
            page.warn("stimulus_missing", _("The passage the question refers to is not in the file"), path)
            continue
        own, page.folder = page.folder, posixpath.dirname(path)
        texts.append(f"<div>{body_html(body, page)}</div>")
        page.folder = own
    return "".join(texts)


def _explanation(item: Element, asked, page: Page) -> str:
    """What the item says after the right answer; what it says after others only is told as left out."""
    feedbacks = item.findall("modalFeedback")
    if not feedbacks:
        return ""
    key = {one.identifier: one.key for one in asked if one.key}
    outcomes = process_item(item, key)
    shown = []
    for feedback in feedbacks:
        text = body_html(feedback, page)
        if is_shown(feedback, outcomes.get(feedback.get("outcomeIdentifier", ""))):
            shown.append(text)
        elif text not in shown:
            page.warn("feedback_left_out", _("Text shown only after an answer was left out"), text[:80])
    texts = [text for text in dict.fromkeys(shown) if text]
    return texts[0] if len(texts) == 1 else "".join(f"<div>{text}</div>" for text in texts)
