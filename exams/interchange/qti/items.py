"""One item of QTI 2.x or 3.0 -> a draft."""

import posixpath
from collections.abc import Mapping
from fractions import Fraction
from xml.etree.ElementTree import Element

from django.utils.translation import gettext_lazy as _

from exams.content import ItemRefused, check

from ..drafts import Draft, Note
from .bodies import Page, body_html, is_shown
from .declarations import declared
from .errors import QtiUnreadable, Unsupported
from .interactions import TAKEN, Context, asked_by
from .processing import ItemProcessing, process_item, rules_of
from .questions import Question, content_of
from .vocabulary import is_true, parse

FOR_MARKERS = ("scorer", "tutor", "author")
_UNKEPT = ("adaptive", "templateDeclaration", "templateProcessing")


def draft_of(item: Element, place: str, files: Mapping[str, bytes] | None = None) -> Draft:
    """The draft of an assessmentItem; what has no equal here is left out with the reason, naming the construct."""
    page = Page(folder=posixpath.dirname(place), files=files or {})
    draft = Draft(place=place, content=None, code=item.get("identifier", "").strip(), images=page.images, notes=page.notes)
    try:
        content = content_of(_question(item, page))
        check(content)
    except Unsupported as refused:
        draft.notes.append(Note("qti_unsupported", str(refused.text % refused.facts), is_refusal=True, value=refused.name))
    except ItemRefused as refused:
        draft.notes.append(Note(refused.code, str(refused), is_refusal=True))
    else:
        draft.content = content
    return draft


def _question(item: Element, page: Page) -> Question:
    _refuse_moving(item)
    body = item.find("itemBody")
    if body is None:
        raise Unsupported("itemBody", _("It asks nothing: there is no interaction"))
    _refuse_unknown(body)
    scorer = _scorer(item)
    rubric = _rubric(item, page)
    stem = _stimuli(item, page) + body_html(body, page)
    context = Context(declared(item, "responseDeclaration"), rules_of(item), rubric, page)
    asked = [asked_by(interaction, context) for interaction in list(page.interactions)]
    if len({one.identifier for one in asked}) != len(asked):
        raise Unsupported("responseIdentifier", _("Two interactions share one response"))
    is_written = any(one.form == "essay" for one in asked)
    return Question(
        stem=stem,
        asked=asked,
        score=scorer,
        page=page,
        explanation=_explanation(item, asked, page) + ("" if is_written else rubric),
        marks=_marks(item),
        title=item.get("title", ""),
    )


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


def _scorer(item: Element):
    """SCORE for responses; None where the item states no scoring."""
    processing = ItemProcessing(item)
    if "SCORE" not in processing.recomputed:
        others = [name for name in processing.recomputed if name in processing.outcomes and processing.outcomes[name].is_number]
        if others:
            raise Unsupported("outcomeDeclaration", _("Its processing sets no SCORE"))
        return None

    def score(responses) -> Fraction:
        value = processing.outcomes_for(responses).get("SCORE")
        return Fraction(0) if value is None or not value.is_numeric else Fraction(value.single)

    return score


def _marks(item: Element) -> Fraction | None:
    """What a person may give at most: MAXSCORE, or the normal maximum of SCORE."""
    outcomes = declared(item, "outcomeDeclaration")
    most = outcomes.get("MAXSCORE")
    if most is not None and most.default is not None and most.is_number:
        return Fraction(most.default.single)
    for element in item.findall("outcomeDeclaration"):
        if element.get("identifier") == "SCORE" and element.get("normalMaximum"):
            try:
                return Fraction(element.get("normalMaximum"))
            except (ValueError, ZeroDivisionError):
                return None
    return None


def _rubric(item: Element, page: Page) -> str:
    blocks = [one for one in item.iter("rubricBlock") if set(one.get("view", "candidate").split()) & set(FOR_MARKERS)]
    return "".join(
        f"<div>{body_html(one, page)}</div>" for one in blocks if "candidate" not in one.get("view", "candidate").split()
    )


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
    return "".join(f"<div>{text}</div>" for text in dict.fromkeys(shown) if text)
