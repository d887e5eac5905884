"""Our items -> QTI 2.1, 2.2 or 3.0: item XML, and a package with manifest and images.

Each item is read again before it leaves; what QTI did not hold is told in a note, and an item it cannot hold is left out with
the reason.
"""

import hashlib
from collections.abc import Callable, Iterable
from fractions import Fraction
from xml.etree.ElementTree import Element, tostring

from django.utils.translation import gettext_lazy as _

from exams.content import BLANK, CHOICES, WHOLE, WRITTEN, Content
from exams.models import ItemKind, Policy
from exams.scoring import PER_OPTION

from ..drafts import Draft, Exported, Note, Written
from . import scripts
from .bodies import ANSWER, TEXT, Page, body_html
from .dialect import EXPLANATION, POINT, PREFIX, QUESTION, facts_of
from .errors import Unsupported
from .items import draft_of
from .markup import fill, marked, sources
from .packages import MANIFEST, pack
from .scripts import QTI, amount, give, node, variable, when
from .values import decimal_text
from .vocabulary import attribute_of, name_of, parse

NAMESPACES = {
    "2.1": "http://www.imsglobal.org/xsd/imsqti_v2p1",
    "2.2": "http://www.imsglobal.org/xsd/imsqti_v2p2",
    "3.0": "http://www.imsglobal.org/xsd/imsqtiasi_v3p0",
}
RESOURCE_TYPES = {version: f"imsqti_item_xmlv{version.replace('.', 'p')}" for version in NAMESPACES}
_SUFFIXES = {b"\x89PNG": "png", b"\xff\xd8\xff": "jpg", b"GIF8": "gif", b"RIFF": "webp", b"BM": "bmp"}
TRUE, FALSE = "正确", "错误"


def write(items: Iterable[Exported], version: str = "3.0") -> Written:
    """A package of the items, in their order."""
    files: dict[str, bytes] = {}
    resources, notes = [], {}
    for number, item in enumerate(items, 1):
        draft = checked_item(item, version, f"items/{number:05}.xml", files)
        if draft.notes:
            notes[item.code] = draft.notes
        if draft.content is not None:
            resources.append((f"item{number:05}", draft.place, sorted(draft.images)))
    files[MANIFEST] = _manifest(resources, version)
    return Written(pack(files), notes)


def checked_item(item: Exported, version: str, path: str, files: dict[str, bytes]) -> Draft:
    """Writes one item to `files` and reads it again: the draft, with a note for each thing that did not survive."""
    folder = "../" * path.count("/")
    images, own = _images(item), {}
    try:
        own[path] = write_item(item, version, lambda source: folder + images[source][0] if source in images else source)
    except Unsupported as refused:
        note = Note("qti_cannot_hold", refused.reason, is_refusal=True, value=refused.name)
        return Draft(place=path, content=None, code=item.code, notes=[note])
    own |= dict(images.values())
    draft = draft_of(parse(own[path]), path, own)
    files |= own
    names = {name: source for source, (name, _content) in images.items()}
    draft.notes = [note for note in draft.notes if note.is_refusal] + _differences(item, draft, names)
    return draft


def write_item(item: Exported, version: str, source: Callable[[str], str] = str) -> bytes:
    """One item as XML; `source` names an image as the item's file sees it. Raises Unsupported for what QTI cannot hold."""
    content = item.content
    root = node("assessmentItem", identifier=_identifier(item.code), title=item.code, adaptive="false", timeDependent="false")
    author = _Author(source)
    if content.kind == ItemKind.CASE_ANALYSIS:
        body = author.case(content)
    else:
        body = author.question(content.kind, content.stem, content.body, content.policy, content.marks)
    author.most("MAXSCORE", content.marks)
    for name, values in facts_of(item).items():
        author.say(name, values)
    if content.explanation:
        author.say_always("FEEDBACK", "explanation")
    root.extend(author.responses)
    root.extend(author.outcomes)
    root.append(node("itemBody", *body))
    if author.rules:
        root.append(node("responseProcessing", *author.rules))
    if content.explanation:
        root.append(_feedback(content.explanation, version, source))
    return serialised(root, version)


def _feedback(text: str, version: str, source) -> Element:
    feedback = node("modalFeedback", outcomeIdentifier="FEEDBACK", identifier="explanation", showHide="show")
    return fill(feedback, text, source)


def serialised(root: Element, version: str) -> bytes:
    """The tree under the names of the version."""
    for element in root.iter():
        if element.tag.startswith(QTI):
            element.tag = name_of(element.tag.removeprefix(QTI), version)
            attributes = {attribute_of(name, version): value for name, value in element.attrib.items()}
            element.attrib.clear()
            element.attrib.update(attributes)
    root.set("xmlns", NAMESPACES[version])
    return tostring(root, encoding="utf-8", xml_declaration=True)


def _identifier(code: str) -> str:
    """The code where it is a name QTI allows, else one made of it; the title keeps the code as it is."""
    return code if code.isascii() and code.replace("-", "").replace("_", "").isalnum() and code[:1].isalpha() else _named(code)


def _named(code: str) -> str:
    return "I" + hashlib.sha256(code.encode()).hexdigest()[:20]


class _Author:
    """Gathers the declarations and rules of one item while its body is written."""

    def __init__(self, source: Callable[[str], str]):
        self.source = source
        self.responses: list[Element] = []
        self.outcomes: list[Element] = [node("outcomeDeclaration", identifier="SCORE", cardinality="single", baseType="float")]
        self.rules: list[Element] = []

    # declarations

    def say(self, name: str, values: list[str]):
        if values:
            outcome = node("outcomeDeclaration", identifier=PREFIX + name, cardinality="ordered", baseType="string")
            outcome.append(node("defaultValue", *(node("value", text=value) for value in values)))
            self.outcomes.append(outcome)

    def say_always(self, name: str, value: str):
        default = node("defaultValue", node("value", text=value))
        self.outcomes.append(node("outcomeDeclaration", default, identifier=name, cardinality="single", baseType="identifier"))

    def most(self, name: str, marks: int):
        default = node("defaultValue", node("value", text=decimal_text(Fraction(marks, 100))))
        self.outcomes.append(node("outcomeDeclaration", default, identifier=name, cardinality="single", baseType="float"))

    def respond(
        self, name: str, cardinality: str, base: str, right: list[str], mapping: dict[str, Fraction] | None = None, **facts
    ):
        declaration = node("responseDeclaration", identifier=name, cardinality=cardinality, baseType=base)
        if right:
            declaration.append(node("correctResponse", *(node("value", text=value) for value in right)))
        if mapping is not None:
            case = facts.pop("caseSensitive", None)
            entries = [node("mapEntry", mapKey=key, mappedValue=decimal_text(worth)) for key, worth in mapping.items()]
            for entry in entries if case is not None else ():
                entry.set("caseSensitive", case)
            declaration.append(node("mapping", *entries, defaultValue="0", **facts))
        self.responses.append(declaration)

    def text(self, html: str, kind: str = TEXT) -> Element:
        return fill(Element("div", {"class": kind}), html, self.source)

    # questions

    def question(self, kind: str, stem: str, body: dict, policy: str, marks: int, *, suffix: str = "") -> list[Element]:
        """The body of one question; its outcome is SCORE, or SCORE_Q1 for one of a case."""
        writer = self._writers().get(kind)
        if writer is None:
            raise Unsupported(str(kind))
        return writer(stem, body, policy, Fraction(marks, 100), f"RESPONSE{suffix}", f"SCORE{suffix}")

    def _writers(self):
        writers = dict.fromkeys(CHOICES, self._choice) | dict.fromkeys(WRITTEN, self._written)
        single = {ItemKind.SINGLE_CHOICE: self._single_choice, ItemKind.TRUE_FALSE: self._true_false}
        others = {ItemKind.FILL_BLANK: self._blanks, ItemKind.NUMERIC: self._number, ItemKind.MATCHING: self._pairs}
        return writers | single | others

    def case(self, content: Content) -> list[Element]:
        blocks = []
        for question in content.body["questions"]:
            suffix = f"_Q{question['id']}"
            self.outcomes.append(node("outcomeDeclaration", identifier=f"SCORE{suffix}", cardinality="single", baseType="float"))
            self.most(f"MAXSCORE{suffix}", question["marks"])
            own = self.question(
                question["kind"], question["stem"], question["body"], question["policy"], question["marks"], suffix=suffix
            )
            block = Element("div", {"class": QUESTION, "id": f"Q{question['id']}"})
            frame = Element("div")
            frame.extend(own)
            block.append(frame)
            if question.get("explanation"):
                explanation = node("rubricBlock", view="tutor", **{"class": EXPLANATION})
                block.append(fill(explanation, question["explanation"], self.source))
            blocks.append(block)
            facts = {"KIND": [question["kind"]], "POLICY": [question["policy"]], "UNIT": [question["body"].get("unit", "")]}
            for name, values in facts.items():
                self.say(name + suffix, [str(value) for value in values if value])
        sums = [variable(f"SCORE_Q{question['id']}") for question in content.body["questions"]]
        if self.rules:
            self.rules.append(give("SCORE", node("sum", *sums)))
        return [self.text(content.stem), *blocks]

    def _single_choice(self, stem, body, policy, marks, response, score):
        return self._choice(stem, body, policy, marks, response, score, is_multiple=False)

    def _choice(self, stem, body, policy, marks, response, score, *, is_multiple: bool = True):
        shares = {option["id"]: Fraction(option["fraction"] or 0, WHOLE) for option in body["options"]}
        is_mapped = policy == Policy.FRACTIONS
        bounds = {"lowerBound": "0", "upperBound": "1"} if is_multiple else {"upperBound": "1"}
        mapping = shares if is_mapped else None
        self.respond(response, "multiple" if is_multiple else "single", "identifier", body["key"], mapping, **bounds)
        whole = give(score, amount(marks))
        if is_mapped:
            self.rules.append(when((scripts.is_given(response), give(score, scripts.share(marks, scripts.mapped(response))))))
        elif is_multiple and policy in _PARTIAL:
            part = (scripts.is_part(response), give(score, _PARTIAL[policy](response, marks)))
            self.rules.append(when((scripts.is_right(response), whole), part))
        else:
            self.rules.append(when((scripts.is_right(response), whole)))
        choices = [self._option(option) for option in body["options"]]
        most = "0" if is_multiple else "1"
        return [
            self.text(stem),
            node("choiceInteraction", *choices, responseIdentifier=response, shuffle="false", maxChoices=most),
        ]

    def _option(self, option: dict) -> Element:
        choice = fill(node("simpleChoice", identifier=option["id"]), option["html"], self.source)
        if option.get("feedback"):
            feedback = node("feedbackInline", outcomeIdentifier="FEEDBACK", identifier=option["id"], showHide="show")
            choice.append(fill(feedback, option["feedback"], self.source))
        return choice

    def _true_false(self, stem, body, policy, marks, response, score):
        self.respond(response, "single", "identifier", ["true" if body["key"] else "false"])
        self.rules.append(when((scripts.is_right(response), give(score, amount(marks)))))
        choices = [node("simpleChoice", text=text, identifier=name) for name, text in (("true", TRUE), ("false", FALSE))]
        return [
            self.text(stem),
            node("choiceInteraction", *choices, responseIdentifier=response, shuffle="false", maxChoices="1"),
        ]

    def _blanks(self, stem, body, policy, marks, response, score):
        blanks = body["blanks"]
        if body.get("is_unordered"):
            raise Unsupported("is_unordered", _("Blanks filled in any order"))
        if any(blank.get("is_pattern") for blank in blanks):
            raise Unsupported("is_pattern", _("Answers with a wildcard"))
        names = [f"{response}_{number}" for number in range(1, len(blanks) + 1)]
        for name, blank in zip(names, blanks, strict=True):
            shares = {one["text"]: Fraction(one.get("fraction", WHOLE), WHOLE) for one in blank["accepted"]}
            case = "true" if blank.get("is_case_sensitive") else "false"
            self.respond(name, "single", "string", [blank["accepted"][0]["text"]], shares, caseSensitive=case)
        if policy == Policy.EXACT and len(names) > 1:
            full = [node("equal", scripts.mapped(name), amount(1), toleranceMode="exact") for name in names]
            self.rules.append(when((node("and", *full), give(score, amount(marks)))))
        else:
            mean = node("divide", node("sum", *map(scripts.mapped, names)), amount(len(names)))
            self.rules.append(give(score, scripts.share(marks, mean)))
        return self._with_entries(stem, names)

    def _number(self, stem, body, policy, marks, response, score):
        accepted = body["accepted"]
        self.respond(response, "single", "float", [accepted[0]["value"]])
        branches = []
        for one in accepted:
            tolerance = one.get("tolerance") or "0"
            terms = (amount(Fraction(one["value"])), variable(response))
            fits = node("equal", *terms, toleranceMode="absolute", tolerance=f"{tolerance} {tolerance}")
            branches.append((fits, give(score, amount(marks * Fraction(one.get("fraction", WHOLE), WHOLE)))))
        self.rules.append(when(*branches))
        return self._with_entries(stem, [response], unit=body.get("unit", ""))

    def _with_entries(self, stem: str, names: list[str], unit: str = "") -> list[Element]:
        """The stem with a text entry at each blank, or where it shows none, below it."""
        entries = [node("textEntryInteraction", responseIdentifier=name, expectedLength="20") for name in names]
        if stem.count(BLANK) != len(names):
            below = Element("div", {"class": ANSWER})
            for entry in entries:
                below.append(entry)
            entries[-1].tail = unit or None
            return [self.text(stem), below]
        text = self.text(marked(stem, BLANK, "blank"))
        for parent in list(text.iter()):
            for place, child in enumerate(list(parent)):
                if child.tag == "blank":
                    parent[place] = entries.pop(0)
                    parent[place].tail = child.tail
        return [text]

    def _pairs(self, stem, body, policy, marks, response, score):
        pairs = [f"L{left} R{right}" for left, right in body["key"].items()]
        mapping = None if policy == Policy.EXACT else dict.fromkeys(pairs, Fraction(1))
        self.respond(response, "multiple", "directedPair", pairs, mapping)
        if policy == Policy.EXACT:
            self.rules.append(when((scripts.is_right(response), give(score, amount(marks)))))
        else:
            mean = node("divide", scripts.mapped(response), amount(len(pairs)))
            self.rules.append(give(score, scripts.share(marks, mean)))
        sets = [self._side(body["left"], "L", "1"), self._side(body["right"], "R", "0")]
        return [
            self.text(stem),
            node("matchInteraction", *sets, responseIdentifier=response, shuffle="false", maxAssociations="0"),
        ]

    def _side(self, rows: list[dict], letter: str, most: str) -> Element:
        choices = [node("simpleAssociableChoice", identifier=letter + row["id"], matchMax=most) for row in rows]
        return node(
            "simpleMatchSet", *(fill(choice, row["html"], self.source) for choice, row in zip(choices, rows, strict=True))
        )

    def _written(self, stem, body, policy, marks, response, score):
        self.respond(response, "single", "string", [body["model_answer"]] if body.get("model_answer") else [])
        blocks = [self.text(stem), node("extendedTextInteraction", responseIdentifier=response)]
        if body.get("rubric"):
            points = [self.text(point["text"], f"{POINT}{point['marks']}") for point in body["rubric"]]
            blocks.append(node("rubricBlock", *points, view="scorer"))
        return blocks


_PARTIAL = {
    Policy.HALF: lambda response, marks: amount(marks / 2),
    Policy.PROPORTIONAL: lambda response, marks: scripts.share(
        marks, node("divide", scripts.size(variable(response)), scripts.size(scripts.correct(response)))
    ),
    Policy.PER_OPTION: lambda response, marks: node(
        "min", amount(marks), node("product", amount(Fraction(PER_OPTION, 100)), scripts.size(variable(response)))
    ),
}


# images and manifest


def _images(item: Exported) -> dict[str, tuple[str, bytes]]:
    """src -> its name in the package and its content, of the images that the texts show and that are there."""
    found = {}
    for text in _texts(item.content):
        for source in sources(text):
            if source in item.images:
                content = item.images[source]
                found[source] = (f"images/{hashlib.sha256(content).hexdigest()}.{_suffix(content)}", content)
    return found


def _suffix(content: bytes) -> str:
    return next((suffix for start, suffix in _SUFFIXES.items() if content.startswith(start)), "png")


def _texts(value) -> list[str]:
    if isinstance(value, Content):
        return [value.stem, value.explanation, *_texts(value.body)]
    if isinstance(value, dict):
        return [text for one in value.values() for text in _texts(one)]
    if isinstance(value, list):
        return [text for one in value for text in _texts(one)]
    return [value] if isinstance(value, str) and "<img" in value else []


def _manifest(resources: list[tuple[str, str, list[str]]], version: str) -> bytes:
    root = Element("manifest", {"xmlns": "http://www.imsglobal.org/xsd/imscp_v1p1", "identifier": "items"})
    metadata = Element("metadata")
    for tag, text in (("schema", f"QTIv{version} Package"), ("schemaversion", "1.0.0")):
        element = Element(tag)
        element.text = text
        metadata.append(element)
    listed = Element("resources")
    for identifier, path, images in resources:
        resource = Element("resource", {"identifier": identifier, "type": RESOURCE_TYPES[version], "href": path})
        resource.extend(Element("file", {"href": name}) for name in [path, *images])
        listed.append(resource)
    root.extend([metadata, Element("organizations"), listed])
    return tostring(root, encoding="utf-8", xml_declaration=True)


# what did not survive


def _differences(item: Exported, draft: Draft, names: dict[str, str]) -> list[Note]:
    """A note for each field that is not as it was when the item is read again."""
    if draft.content is None:
        return []
    wanted, found = _comparable(item.content, {}), _comparable(draft.content, names)
    lost = [name for name in wanted if wanted[name] != found[name]]
    reason = _("This did not survive the format as it was")
    return [Note("qti_not_held", reason, field=name, value=str(getattr(item.content, name))[:80]) for name in lost]


def _comparable(content: Content, names: dict[str, str]) -> dict:
    """The fields with every text as reading writes it, and images by the names of the item."""

    def normal(value):
        if isinstance(value, dict):
            return {name: normal(one) for name, one in value.items()}
        if isinstance(value, list):
            return [normal(one) for one in value]
        return _as_read(value, names) if isinstance(value, str) else value

    fields = (name for name in Content.__slots__)
    return {name: normal(getattr(content, name)) for name in fields}


def _as_read(text: str, names: dict[str, str]) -> str:
    root = fill(Element("div"), text)
    page = Page(files=_Anything())
    for image in root.iter("img"):
        image.set("src", names.get(image.get("src", ""), image.get("src", "")) + ".png")
    return body_html(root, page)


class _Anything(dict):
    """A package in which every image is there."""

    def __contains__(self, name):
        return True

    def __missing__(self, name):
        return b""
