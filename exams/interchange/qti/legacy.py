"""QTI 1.2, as Canvas, Common Cartridge and older systems write it -> drafts.

The processing of 1.2 is small: conditions on responses, each setting or adding to a score. Where practice departs from the
specification, practice is followed: two values asked of one single response are alternatives, and only a condition that says
so ends the processing.
"""

import html
import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from xml.etree.ElementTree import Element

from django.utils.translation import gettext_lazy as _

from ..drafts import Draft
from .bodies import CLOSE, OPEN, Page, body_html, is_empty, picture
from .credit import Asked, Option
from .errors import Unsupported
from .questions import Question, content_of, taken
from .values import NotOfType, exact
from .vocabulary import text_of

_IMAGE = re.compile(r"<img\b[^>]*>", re.I)
_ATTRIBUTE = re.compile(r"""([\w-]+)\s*=\s*("[^"]*"|'[^']*'|[^\s>]+)""")
_BASE = re.compile(r"^(?:\$|%24)IMS-CC-FILEBASE(?:\$|%24)/?(?:\.\./)?")
_REFUSED = ("response_xy", "response_grp", "render_hotspot", "render_slider", "render_extension", "itemproc_extension")
_REFUSED_TYPES = ("file_upload_question", "calculated_question", "hot_spot_question", "ordering_question", "upload_question")
_WITHOUT_QUESTION = ("text_only_question",)
_TYPED = ("fill_in_multiple_blanks_question", "short_answer_question", "cc.fib.v0p1")


def drafts_of(root: Element, place: str, files: Mapping[str, bytes]) -> list[Draft]:
    """A draft for each item of a questestinterop."""
    passages = {item.get("ident", ""): item for item in root.iter("item")}
    return [
        _draft(item, f"{place}#{item.get('ident') or number}", files, passages)
        for number, item in enumerate(root.iter("item"), 1)
    ]


def _draft(item: Element, place: str, files: Mapping[str, bytes], passages: Mapping[str, Element]) -> Draft:
    page = Page(folder=posixpath.dirname(place.partition("#")[0]), files=files)
    draft = Draft(place=place, content=None, code=item.get("ident", "").strip(), images=page.images, notes=page.notes)
    return taken(draft, lambda: content_of(_Item(item, page, passages).question()))


@dataclass(slots=True)
class _Item:
    element: Element
    page: Page
    passages: Mapping[str, Element]

    def question(self) -> Question:
        facts = _metadata(self.element)
        kind = facts.get("question_type", "") or facts.get("cc_profile", "")
        self._refuse(kind)
        presentation = self.element.find("presentation")
        stem, asked = self._presented(presentation, kind)
        if not asked:
            raise Unsupported(kind or "presentation", _("It asks nothing: there is no interaction"))
        processing = _Processing(self.element, asked)
        return Question(
            stem=self._passage(facts) + stem,
            asked=[one.asked for one in asked],
            score=processing.score if processing.is_scored else None,
            page=self.page,
            work=sum(1 for condition in processing.conditions for _node in condition.iter()),
            explanation=self._explanation(),
            marks=_points(facts) or Fraction(1),
            is_marked_out_of=_points(facts) is not None or self._is_percentage(),
            title=self.element.get("title", ""),
        )

    def _is_percentage(self) -> bool:
        """Whether the score counts hundredths of a whole that is stated nowhere."""
        return any(one.get("maxvalue") in ("100", "100.0", "100.00") for one in self.element.iter("decvar"))

    def _refuse(self, kind: str):
        for name in _REFUSED:
            if self.element.find(f".//{name}") is not None:
                raise Unsupported("calculated_question" if name == "itemproc_extension" else name)
        if kind in _REFUSED_TYPES:
            raise Unsupported(kind)
        if kind in _WITHOUT_QUESTION or self.element.find("presentation") is None:
            raise Unsupported(kind or "presentation", _("It asks nothing: there is no interaction"))

    def _passage(self, facts: Mapping[str, str]) -> str:
        """The passage a question of a group goes back to."""
        parent = self.passages.get(facts.get("parent_stimulus_item_ident", ""))
        presentation = None if parent is None else parent.find("presentation")
        return "" if presentation is None else f"<div>{''.join(map(self._material, presentation.findall('material')))}</div>"

    def _presented(self, presentation: Element, kind: str) -> tuple[str, list["_Response"]]:
        pieces, responses = [], []
        for node in _flow(presentation):
            if node.tag == "material":
                pieces.append(self._material(node))
            else:
                responses.append(_Response(node, self._asked(node, kind)))
                pieces.append(f"{OPEN}{len(responses) - 1}{CLOSE}")
        if responses and (kind == "matching_question" or _is_matching(responses)):
            return "".join(piece for piece in pieces if OPEN not in piece), [self._pairs(responses)]
        return _at_placeholders("".join(pieces), responses), responses

    def _asked(self, node: Element, kind: str) -> Asked:
        identifier, fib = node.get("ident", ""), node.find(".//render_fib")
        if node.tag == "response_lid" and fib is None:
            options = self._options(node)
            is_offered = any(label.get("answer_type") in ("dropdown", "wordbank") for label in node.iter("response_label"))
            if kind in _TYPED and not is_offered:
                return Asked(identifier, "blank", is_inline=True, texts=[_unmarked(option.html) for option in options])
            return Asked(
                identifier, "choice", node.tag, options=options, is_multiple=node.get("rcardinality", "Single") == "Multiple"
            )
        return self._typed(node, fib, kind)

    def _typed(self, node: Element, fib: Element | None, kind: str) -> Asked:
        identifier = node.get("ident", "")
        conditions = [one for one in self.element.iter() if one.get("respident") == identifier and text_of(one).strip()]
        texts = [text_of(one).strip() for one in conditions]
        if kind in ("essay_question", "cc.essay.v0p1") or not texts:
            return Asked(identifier, "essay")
        if node.tag == "response_num" or (fib is not None and fib.get("fibtype") in ("Decimal", "Integer", "Scientific")):
            return Asked(identifier, "number", is_inline=True, ranges=_ranges(texts))
        return Asked(identifier, "blank", is_inline=True, texts=texts)

    def _options(self, node: Element) -> list[Option]:
        options = []
        for label in node.iter("response_label"):
            text = "".join(map(self._material, _materials(label)))
            if is_empty(text):
                raise Unsupported("response_label", _("An option shows nothing that can be taken"))
            options.append(Option(label.get("ident", ""), text, self._feedback(f"{label.get('ident', '')}_fb")))
        if len({option.id for option in options}) != len(options):
            raise Unsupported("identifier", _("Two options have one identifier"))
        return options

    def _pairs(self, responses: list["_Response"]) -> "_Response":
        right: dict[str, Option] = {}
        for response in responses:
            right |= {option.id: Option(option.id, option.html) for option in response.asked.options}
        left = []
        for response in responses:
            text = "".join(map(self._material, response.element.findall("material")))
            left.append(Option(response.asked.identifier, text))
        asked = Asked("pairs", "pairs", "response_lid", options=left, right=list(right.values()))
        asked.weights = _stated_pairs(self.element)
        return _Response(responses[0].element, asked, responses)

    def _material(self, material: Element) -> str:
        pieces = []
        for node in material:
            if node.tag == "mattext":
                pieces.append(self._text(node))
            elif node.tag == "matimage":
                pieces.append(picture(_local(node.get("uri", ""), self.page), node.get("label", ""), self.page))
            elif node.tag == "matbreak":
                pieces.append("<br>")
            else:
                self.page.warn("media_left_out", _("Sound, film or drawing inside the question was left out"), node.tag)
        return "".join(pieces)

    def _text(self, node: Element) -> str:
        if len(node):
            return body_html(node, self.page)
        text = (node.text or "").replace(OPEN, "").replace(CLOSE, "")
        if node.get("texttype", "text/plain").lower() == "text/html":
            return _IMAGE.sub(lambda found: _image(found[0], self.page), text)
        return html.escape(text, quote=False)

    def _feedback(self, name: str) -> str:
        for feedback in self.element.findall("itemfeedback"):
            if feedback.get("ident") == name:
                return "".join(map(self._material, feedback.iter("material")))
        return ""

    def _explanation(self) -> str:
        texts = dict.fromkeys(text for text in (self._feedback("general_fb"), self._feedback("correct_fb")) if text)
        if not is_empty(text := self._feedback("general_incorrect_fb")) and text not in texts:
            self.page.warn("feedback_left_out", _("Text shown only after an answer was left out"), text[:80])
        return "".join(f"<div>{text}</div>" for text in texts)


@dataclass(slots=True)
class _Response:
    element: Element
    asked: Asked
    parts: list["_Response"] | None = None  # of pairs: the responses they are made of


def _metadata(item: Element) -> dict[str, str]:
    fields = {}
    for one in item.iter("qtimetadatafield"):
        fields.setdefault(text_of(one.find("fieldlabel")).strip(), text_of(one.find("fieldentry")).strip())
    return fields


def _points(facts: Mapping[str, str]) -> Fraction | None:
    try:
        points = exact(facts.get("points_possible", ""))
    except NotOfType:
        return None
    return points if points > 0 else None


def _flow(node: Element):
    """Materials and responses in their order, flows laid open."""
    for child in node:
        if child.tag in ("flow", "flow_mat"):
            yield from _flow(child)
        elif child.tag == "material" or child.tag.startswith("response_"):
            yield child


def _materials(label: Element):
    return label.iter("material")


def _is_matching(responses: list[_Response]) -> bool:
    """Several choices among the same options, each with a text of its own, are pairs."""
    if len(responses) < 2 or any(one.asked.form != "choice" or one.asked.is_multiple for one in responses):
        return False
    sets = {tuple(sorted(option.id for option in one.asked.options)) for one in responses}
    return len(sets) == 1 and all(one.element.find("material") is not None for one in responses)


def _at_placeholders(stem: str, responses: list[_Response]) -> str:
    """The marks moved to where the text names their response: [color1] for response_color1."""
    for number, response in enumerate(responses):
        mark, name = f"{OPEN}{number}{CLOSE}", response.asked.identifier.removeprefix("response_")
        if f"[{name}]" in stem:
            response.asked.is_inline = True
            stem = stem.replace(mark, "").replace(f"[{name}]", mark, 1)
    return stem


def _stated_pairs(item: Element) -> dict[str, Fraction]:
    """Pairs for which a condition of one response alone adds to the score."""
    pairs = {}
    for condition in item.iter("respcondition"):
        equals = list(condition.iter("varequal"))
        if condition.find("setvar") is not None and len(equals) == 1:
            amount = _amount(condition.find("setvar"))
            pairs[f"{equals[0].get('respident')} {text_of(equals[0]).strip()}"] = amount
    return pairs


def _ranges(texts: list[str]) -> list[tuple[Fraction, Fraction]]:
    values = []
    for text in texts:
        try:
            values.append(exact(text))
        except NotOfType:
            continue
    values = sorted(set(values))[:24]
    ranges = {(value, Fraction(0)) for value in values}
    ranges |= {((low + high) / 2, (high - low) / 2) for low in values for high in values if low < high}
    return sorted(ranges)


def _unmarked(text: str) -> str:
    return html.unescape(re.sub(r"<[^>]*>", "", text)).strip()


def _image(tag: str, page: Page) -> str:
    attributes = {name.lower(): html.unescape(value.strip("\"'")) for name, value in _ATTRIBUTE.findall(tag)}
    if attributes.get("data-equation-content"):
        return html.escape(f"${attributes['data-equation-content']}$", quote=False)
    return picture(_local(attributes.get("src", ""), page), attributes.get("alt", ""), page)


def _local(source: str, page: Page) -> str:
    """A Canvas address of an image as a path from the page's folder."""
    if not _BASE.match(source):
        return source
    path = _BASE.sub("", source).partition("?")[0]
    root = next((name[: -len(path)] for name in page.files if name.endswith(f"/{path}") or name == path), "web_resources/")
    return posixpath.relpath(f"{root}{path}", page.folder or ".")


# processing


class _Processing:
    """The conditions of an item, run on responses."""

    def __init__(self, item: Element, responses: list[_Response]):
        self.conditions = list(item.iter("respcondition"))
        parts = [part for response in responses for part in (response.parts or [response])]
        self.is_single = {part.asked.identifier: not part.asked.is_multiple for part in parts}
        self.pairs = next((response.asked.identifier for response in responses if response.parts), None)
        self.labels = {part.asked.identifier: _labels(part.element) for part in parts if part.asked.form == "blank"}
        setters = [one for condition in self.conditions for one in condition.findall("setvar")]
        self.is_scored = bool(setters)
        names = [one.get("varname") or "SCORE" for one in setters]
        self.name = "SCORE" if "SCORE" in names else names[0] if names else "SCORE"

    def score(self, responses: Mapping[str, list[str]]) -> Fraction:
        given, total, has_held = self._given(responses), Fraction(0), False
        for condition in self.conditions:
            if not self._holds(condition.find("conditionvar"), given, has_held):
                continue
            for setter in condition.findall("setvar"):
                has_held = True
                if (setter.get("varname") or "SCORE") == self.name:
                    total = _ACTIONS.get(setter.get("action", "Set"), _set)(total, _amount(setter))
            if condition.get("continue", "Yes") == "No":
                break
        return total

    def _given(self, responses: Mapping[str, list[str]]) -> dict[str, list[str]]:
        given = {name: list(texts) for name, texts in responses.items() if name != self.pairs}
        for pair in responses.get(self.pairs, ()) if self.pairs else ():
            left, _blank, right = pair.partition(" ")
            given[left] = [right]
        for name, labels in self.labels.items():  # a text stands for the labels that show it
            if labels and given.get(name):
                typed = given[name][0].casefold()
                given[name] = [ident for ident, text in labels if text.casefold() == typed] or given[name]
        return given

    def _holds(self, conditions: Element | None, given, has_held: bool) -> bool:
        """All of them; several values for one single response are alternatives."""
        if conditions is None:
            return False
        groups: dict[str, list[bool]] = {}
        for number, node in enumerate(conditions):
            name = node.get("respident", "")
            is_alternative = node.tag == "varequal" and self.is_single.get(name, False)
            groups.setdefault(name if is_alternative else f"#{number}", []).append(self._is_true(node, given, has_held))
        return all(any(truths) for truths in groups.values())

    def _is_true(self, node: Element, given, has_held: bool) -> bool:
        if node.tag == "other":
            return not has_held
        if node.tag in ("and", "or", "not"):
            truths = [self._is_true(child, given, has_held) for child in node]
            return {"and": all, "or": any, "not": lambda found: not any(found)}[node.tag](truths)
        test = _TESTS.get(node.tag)
        if test is None:
            raise Unsupported(node.tag)
        return test(node, given.get(node.get("respident", ""), []))


def _labels(element: Element) -> list[tuple[str, str]]:
    if element.tag != "response_lid":
        return []
    return [(label.get("ident", ""), text_of(label).strip()) for label in element.iter("response_label")]


def _amount(setter: Element) -> Fraction:
    try:
        return exact(text_of(setter))
    except NotOfType as error:
        raise Unsupported(f"setvar {text_of(setter)[:40]}") from error


def _set(total: Fraction, amount: Fraction) -> Fraction:
    return amount


_ACTIONS = {
    "Set": _set,
    "Add": lambda total, amount: total + amount,
    "Subtract": lambda total, amount: total - amount,
    "Multiply": lambda total, amount: total * amount,
}


def _equals(node: Element, given: list[str]) -> bool:
    wanted = text_of(node).strip()
    if node.get("case", "No") == "Yes":
        return wanted in given
    return any(one.strip().casefold() == wanted.casefold() or _is_same_number(one, wanted) for one in given)


def _is_same_number(one: str, other: str) -> bool:
    try:
        return exact(one) == exact(other)
    except NotOfType:
        return False


def _compared(compare):
    def test(node: Element, given: list[str]) -> bool:
        try:
            return bool(given) and compare(exact(given[0]), exact(text_of(node)))
        except NotOfType:
            return False

    return test


_TESTS = {
    "varequal": _equals,
    "varsubstring": lambda node, given: any(text_of(node).strip().casefold() in one.casefold() for one in given),
    "unanswered": lambda node, given: not given,
    "vargt": _compared(lambda one, other: one > other),
    "vargte": _compared(lambda one, other: one >= other),
    "varlt": _compared(lambda one, other: one < other),
    "varlte": _compared(lambda one, other: one <= other),
}
