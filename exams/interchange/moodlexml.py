"""Moodle XML: questions one after another, a category for those that follow it, images inside as base64.

The XML is read without document types, entities or the network. Settings that only steer how Moodle shows a question or
lets it be tried again are told once for the file.
"""

import base64
import binascii
import hashlib
import html
import re
from collections import Counter
from collections.abc import Callable, Iterable
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from urllib.parse import quote, unquote
from xml.etree.ElementTree import Element, SubElement, tostring

from django.utils.translation import gettext_lazy as _

from exams import markup
from exams.content import CHOICES, WRITTEN, Content, ItemRefused
from exams.interchange import cloze, moodle
from exams.interchange.drafts import Draft, Exported, Note, Reading, Written
from exams.interchange.moodle import Answer, Asked, Source
from exams.interchange.trees import tree_of
from exams.models import ItemKind
from training.imports.refusals import FileRefused

PLUGINFILE = "@@PLUGINFILE@@/"
_IMG = re.compile(r"<img\b[^>]*>", re.IGNORECASE)
_SAID = re.compile(r"\b(src|alt)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s>]+))", re.IGNORECASE)
_LINKED = re.compile(re.escape(PLUGINFILE) + r"([^\"'\s>]+)")
_DATA_URI = re.compile(r"data:image/([a-z.+-]+);base64,(.*)", re.IGNORECASE | re.DOTALL)
_RUBRIC = re.compile(r'<ol class="bank-rubric">(.*)</ol>$', re.DOTALL)
_POINT = re.compile(r'<li value="(\d{1,9})">(.*?)</li>(?=<li value="|$)', re.DOTALL)
_NOT_XML = dict.fromkeys([*range(9), 11, 12, *range(14, 32), 0xFFFE, 0xFFFF])
_SUFFIXES = {"image/png": "png", "image/jpeg": "jpg", "image/gif": "gif", "image/bmp": "bmp", "image/webp": "webp"}
# how Moodle shows a question, and what it says when it is tried again
_SETTINGS = ("penalty", "shuffleanswers", "answernumbering", "shownumcorrect", "showstandardinstruction", "hint")
_BY_RESULT = ("correctfeedback", "partiallycorrectfeedback", "incorrectfeedback")


class XmlUnreadable(FileRefused):
    code = "moodlexml_unreadable"
    message = _("This is no Moodle XML that can be read.")


def read(content: bytes, filename: str = "") -> Reading:
    """Raises XmlUnreadable for damaged or unsafe XML, and for other XML."""
    reading = Reading("moodlexml")
    left = Counter()
    topic, number = "", 0
    for element in _root(content):
        kind = element.get("type", "") if element.tag == "question" else ""
        if element.tag != "question":
            reading.notes.append(Note("element_passed_over", PASSED_OVER, value=f"<{element.tag}>"[:80]))
        elif kind == "category":
            topic = moodle.topic_of(_plain(element.find("category")), reading.notes)
        else:
            number += 1
            reading.drafts.append(_draft(element, kind, f"#{number}", topic))
            left.update(_settings(element))
    if left:
        told = ", ".join(f"{name} ({count})" for name, count in sorted(left.items()))
        reading.notes.append(Note("settings_left_out", SETTINGS_LEFT_OUT, value=told))
    if not reading.drafts:
        raise XmlUnreadable(_("The file has no question in it"))
    return reading


def _root(content: bytes) -> Element:
    root = tree_of(content, XmlUnreadable)
    if root.tag != "quiz":
        raise XmlUnreadable
    return root


def _settings(element: Element) -> set[str]:
    """The settings a question states; our own export states some for others to follow."""
    if any(_plain(tag).startswith("bank:") for tag in element.iterfind("tags/tag")):
        return set()
    found = {name for name in (*_SETTINGS, *_BY_RESULT) if (one := element.find(name)) is not None and _plain(one)}
    return found - {"penalty"} if Decimal(0) == _decimal(_plain(element.find("penalty"))) else found


def _decimal(text: str) -> Decimal | None:
    try:
        number = Decimal(text.strip())
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number.adjusted()) < 12 else None


def _plain(element: Element | None) -> str:
    """What an element says, whether in a <text> or by itself."""
    if element is None:
        return ""
    text = element.find("text")
    return ((element if text is None else text).text or "").strip()


def _is_true(text: str) -> bool:
    return text.strip().lower() in ("true", "1", "yes")


# --- a question


class _Question:
    """One question element while it is read: its texts as HTML, its images by name."""

    def __init__(self, element: Element, source: Source):
        self.element, self.source = element, source

    def says(self, name: str) -> str:
        return _plain(self.element.find(name))

    def text(self, element: Element | None, format: str = "") -> str:
        """The text of an element as HTML, its images taken into the draft."""
        if element is None:
            return ""
        format = format or element.get("format", "") or "moodle_auto_format"
        files = self._files(element)
        used: set[str] = set()
        written = _IMG.sub(lambda image: self._image(image[0], files, used), _plain(element))
        for name in sorted({unquote(found.partition("?")[0]) for found in _LINKED.findall(written)} - set(files)):
            self.source.warn("file_missing", FILE_MISSING, name)
        for name in sorted(set(files) - used):
            self.source.warn("file_left_out", FILE_LEFT_OUT, name)
        return moodle.formatted(written, format, self.source)

    def _files(self, element: Element) -> dict[str, bytes | None]:
        """Name -> content; None for one that is no base64."""
        files = {}
        for file in element.findall("file"):
            name = (file.get("path", "/").strip("/") + "/" + file.get("name", "")).lstrip("/")
            files[name] = _decoded(file.text or "") if file.get("encoding", "base64") == "base64" else None
        return files

    def _image(self, image: str, files: dict[str, bytes | None], used: set[str]) -> str:
        """The image under a name of the draft; one that is missing or unfit is told, and its alternative text stands for it."""
        said = {name.lower(): html.unescape(a or b or c) for name, a, b, c in _SAID.findall(image)}
        address, alt = said.get("src", ""), said.get("alt")
        if address.startswith(PLUGINFILE):
            name = unquote(address.removeprefix(PLUGINFILE).partition("?")[0])
            used.add(name)
            content = files.get(name)
        elif match := _DATA_URI.match(address):
            content, name = _decoded(match[2]), f"image.{match[1].lower()}"
        else:
            content, name, files = None, address, {}
        kept = self.keep(name, content, is_there=name in files or address.startswith("data:"))
        if not kept:
            return f"[{html.escape((alt or '').strip() or name.rpartition('/')[2][:80], quote=False)}]"
        return f'<img src="{html.escape(kept)}"' + (f' alt="{html.escape(alt)}">' if alt is not None else ">")

    def keep(self, name: str, content: bytes | None, *, is_there: bool) -> str:
        """Keep an image in the draft and return its name there; nothing when it cannot be kept."""
        if content is None or len(content) > markup.IMAGE_LIMIT or markup.content_type_of(content) is None:
            self.source.warn("image_unfit" if is_there else "image_missing", IMAGE_NOT_TAKEN, name[:80])
            return ""
        images = self.source.draft.images
        if images.setdefault(name, content) != content:
            name = f"{hashlib.sha256(content).hexdigest()[:12]}-{name}"
            images[name] = content
        return name

    def old_image(self) -> str:
        """The image that stands beside the stem in files of old."""
        name = self.says("image")
        data = self.element.find("image_base64")
        if not name and data is None:
            return ""
        content = _decoded(data.text or "") if data is not None else None
        kept = self.keep(name or "image", content, is_there=data is not None)
        return f'<p><img src="{html.escape(kept)}" alt=""></p>' if kept else ""

    def answers(self, *, is_plain: bool = False) -> list[Answer]:
        return [
            Answer(
                _plain(one) if is_plain else self.text(one),
                moodle.fraction_of(one.get("fraction", "0") or "0"),
                self.text(one.find("feedback")),
                _plain(one.find("tolerance")) or "0",
            )
            for one in self.element.findall("answer")
        ]


def _decoded(text: str) -> bytes | None:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return None


def _draft(element: Element, kind: str, place: str, topic: str) -> Draft:
    code = _plain(element.find("idnumber"))
    source = Source(Draft(place, None), name=_plain(element.find("name")), topic=topic)
    if len(code) > moodle.CODE_LENGTH:
        source.warn("code_cut", CODE_CUT, code)
    source.draft.code = code[: moodle.CODE_LENGTH].strip()
    source.tags = [_plain(tag) for tag in element.iterfind("tags/tag") if _plain(tag)]
    if _is_true(_plain(element.find("hidden"))):
        source.warn("was_hidden", WAS_HIDDEN)
    return moodle.taken(source, lambda source: _content(_Question(element, source), kind))


def _content(question: _Question, kind: str) -> Content:
    source = question.source
    reader = _READERS.get(kind)
    if reader is None:
        raise ItemRefused("kind_unsupported", cloze.KIND_UNKNOWN, value=kind[:60] or "?")
    if kind == "description":
        raise ItemRefused("description", DESCRIPTION, value=source.name[:80])
    source.stem = question.text(question.element.find("questiontext")) + question.old_image()
    source.general_feedback = question.text(question.element.find("generalfeedback"))
    source.marks = _marks(question)
    return reader(question)


def _marks(question: _Question) -> int:
    stated = question.says("defaultgrade")
    if not stated:
        return 100
    grade = _decimal(stated)
    if grade is None:
        question.source.warn("marks_unreadable", MARKS_UNREADABLE, stated)
        return 100
    exact = grade * 100
    marks = int(exact.to_integral_value(ROUND_HALF_UP))
    if marks != exact:
        question.source.warn("marks_rounded", _("Marks were rounded to hundredths"), stated)
    return marks


def _multichoice(question: _Question) -> Content:
    is_single = _is_true(question.says("single") or "true")
    return moodle.content_of(question.source, moodle.choice(question.answers(), is_single, question.source))


def _all_or_nothing(question: _Question) -> Content:
    asked = moodle.choice(question.answers(), False, question.source, is_all_or_nothing=True)
    return moodle.content_of(question.source, asked)


def _truefalse(question: _Question) -> Content:
    answers = question.answers(is_plain=True)
    keys = [one.text.strip().lower() for one in answers if one.fraction > 0]
    if len(keys) != 1 or keys[0] not in ("true", "false"):
        raise ItemRefused("key_missing", _("The answer is missing"), value=" ".join(keys)[:80])
    asked = Asked(ItemKind.TRUE_FALSE, {"key": keys[0] == "true"})
    return moodle.content_of(question.source, asked, explanation=moodle.explanation_of(answers, question.source))


def _shortanswer(question: _Question) -> Content:
    source, answers = question.source, question.answers(is_plain=True)
    asked = moodle.typed(answers, _is_true(question.says("usecase")), source)
    stem = moodle.one_blank(source.stem, source)
    return moodle.content_of(source, asked, stem, moodle.explanation_of(answers, source))


def _numerical(question: _Question) -> Content:
    source, answers = question.source, question.answers(is_plain=True)
    units = [
        (_plain(one.find("unit_name")), _decimal(_plain(one.find("multiplier")) or "1"))
        for one in question.element.iterfind("units/unit")
    ]
    unit = next((name for name, multiplier in units if multiplier == 1), "")
    if others := [name for name, _multiplier in units if name != unit]:
        source.warn("units_left_out", UNITS_LEFT_OUT, ", ".join(others))
    if question.says("unitgradingtype") not in ("", "0"):
        source.warn("unit_graded", UNIT_GRADED)
    asked = moodle.number(answers, unit, source)
    return moodle.content_of(source, asked, explanation=moodle.explanation_of(answers, source))


def _matching(question: _Question) -> Content:
    rows = []
    for pair in question.element.findall("subquestion"):
        right = _plain(pair.find("answer"))
        shown = question.text(pair)
        if shown or right:
            rows.append((shown, right))
    return moodle.content_of(question.source, moodle.pairs(rows))


def _essay(question: _Question) -> Content:
    source = question.source
    if question.says("responseformat") == "noinline":
        raise ItemRefused("kind_unsupported", FILE_AS_ANSWER, value="essay")
    for name in ("attachments", "minwordlimit", "maxwordlimit"):
        if question.says(name) not in ("", "0"):
            source.warn("essay_rule_left_out", ESSAY_RULE, f"{name} {question.says(name)}")
    if template := question.text(question.element.find("responsetemplate")):
        source.warn("essay_rule_left_out", ESSAY_RULE, f"responsetemplate {markup.plain_text(template)}")
    told = question.text(question.element.find("graderinfo"))
    rubric = []
    if match := _RUBRIC.search(told):
        rubric = [{"text": text, "marks": int(marks)} for marks, text in _POINT.findall(match[1])]
        told = told[: match.start()]
    elif told and not any(tag.startswith("bank:") for tag in source.tags):
        source.warn("grader_info", GRADER_INFO)
    return moodle.content_of(source, Asked(ItemKind.ESSAY, {"rubric": rubric, "model_answer": told}))


def _cloze(question: _Question) -> Content:
    return cloze.content_of(question.source.stem, question.source)


_READERS: dict[str, Callable[[_Question], Content]] = {
    "multichoice": _multichoice,
    "multichoiceset": _all_or_nothing,
    "truefalse": _truefalse,
    "shortanswer": _shortanswer,
    "numerical": _numerical,
    "matching": _matching,
    "match": _matching,
    "essay": _essay,
    "cloze": _cloze,
    "multianswer": _cloze,
    "description": _essay,
}


# --- writing


def write(items: Iterable[Exported]) -> Written:
    """Cases are left out and told: no kind of Moodle's has questions with stems of their own."""
    quiz, notes, topic = Element("quiz"), {}, ""
    for item in items:
        element, said = _written(item)
        if said:
            notes[item.code] = said
        if element is None:
            continue
        if item.content.topic != topic:
            topic = item.content.topic
            quiz.append(_category(topic))
        quiz.append(element)
    return Written(_serialised(quiz), notes)


def _serialised(quiz: Element) -> bytes:
    for element in quiz.iter():
        element.text = (element.text or "").translate(_NOT_XML)
    return tostring(quiz, encoding="utf-8", xml_declaration=True)


def _category(topic: str) -> Element:
    question = Element("question", {"type": "category"})
    _say(SubElement(question, "category"), moodle.category_of(topic))
    return question


def _written(item: Exported) -> tuple[Element | None, list[Note]]:
    try:
        element = _element(item)
        quiz = Element("quiz")
        quiz.extend([_category(item.content.topic), element])
        (draft,) = read(_serialised(quiz)).drafts
    except ItemRefused as refused:
        return None, [Note(refused.code, str(refused), is_refusal=True, value=str(refused.facts.get("value", "")))]
    names = {f'"{source}"': f'"{name}"' for source, name in _image_names(item).items()}
    notes = moodle.held(item, draft, names)
    return (None if any(note.is_refusal for note in notes) else element), notes


def _image_names(item: Exported) -> dict[str, str]:
    """Name of an image in the item -> name of its file."""
    return {
        name: f"{hashlib.sha256(content).hexdigest()[:32]}.{_SUFFIXES.get(markup.content_type_of(content), 'png')}"
        for name, content in item.images.items()
    }


class _Author:
    def __init__(self, item: Exported):
        self.images, self.names = item.images, _image_names(item)

    def text(self, parent: Element, tag: str, text: str) -> Element:
        """An element with HTML, and the files of the images that it shows."""
        element = SubElement(parent, tag, {"format": "html"})
        return self.fill(element, text)

    def fill(self, element: Element, text: str) -> Element:
        shown = [source for source in self.images if f'"{source}"' in text]
        for source in shown:
            text = text.replace(f'"{source}"', f'"{PLUGINFILE}{quote(self.names[source])}"')
        _say(element, text)
        for source in shown:
            file = SubElement(element, "file", {"name": self.names[source], "path": "/", "encoding": "base64"})
            file.text = base64.b64encode(self.images[source]).decode()
        return element

    def answer(self, parent: Element, answer: Answer, *, is_plain: bool = False) -> Element:
        format = "plain_text" if is_plain else "html"
        element = SubElement(parent, "answer", {"fraction": moodle.percent_of(answer.fraction), "format": format})
        self.fill(element, answer.text)
        self.text(element, "feedback", answer.feedback)
        return element


def _say(parent: Element, text: str) -> Element:
    element = SubElement(parent, "text")
    element.text = text
    return parent


def _set(parent: Element, tag: str, text: str) -> None:
    SubElement(parent, tag).text = text


def _element(item: Exported) -> Element:
    content, author = item.content, _Author(item)
    kind = _kind_of(content)
    question = Element("question", {"type": kind})
    _say(SubElement(question, "name"), item.code)
    stem = content.stem
    if kind == "cloze":
        stem = cloze.written(stem, content.body["blanks"], content.marks)
    author.text(question, "questiontext", stem)
    author.text(question, "generalfeedback", content.explanation)
    _set(question, "defaultgrade", f"{Decimal(content.marks) / 100:f}")
    _set(question, "idnumber", item.code)
    _WRITERS.get(kind, _nothing)(question, content, author)
    tags = SubElement(question, "tags")
    for tag in moodle.tags_of(item):
        _say(SubElement(tags, "tag"), tag)
    return question


def _kind_of(content: Content) -> str:
    if content.kind == ItemKind.FILL_BLANK:
        return "shortanswer" if len(content.body["blanks"]) == 1 else "cloze"
    kinds = dict.fromkeys(CHOICES, "multichoice") | dict.fromkeys(WRITTEN, "essay")
    kinds |= {ItemKind.TRUE_FALSE: "truefalse", ItemKind.NUMERIC: "numerical", ItemKind.MATCHING: "matching"}
    if content.kind not in kinds:
        raise moodle.refuse_to_write(str(content.kind))
    return kinds[content.kind]


def _write_choice(question: Element, content: Content, author: _Author) -> None:
    _set(question, "single", "true" if content.kind == ItemKind.SINGLE_CHOICE else "false")
    _set(question, "shuffleanswers", "false")
    _set(question, "answernumbering", "ABCD")
    for answer in moodle.options_of(content.body, content.kind, content.policy):
        author.answer(question, answer)


def _write_truth(question: Element, content: Content, author: _Author) -> None:
    for text in ("true", "false"):
        is_right = content.body["key"] == (text == "true")
        author.answer(question, Answer(text, moodle.WHOLE if is_right else 0), is_plain=True)


def _write_text(question: Element, content: Content, author: _Author) -> None:
    (blank,) = content.body["blanks"]
    _set(question, "usecase", "1" if blank.get("is_case_sensitive") else "0")
    for answer in moodle.texts_of_blank(blank):
        author.answer(question, answer, is_plain=True)


def _write_number(question: Element, content: Content, author: _Author) -> None:
    for one in content.body["accepted"]:
        element = author.answer(question, Answer(one["value"], one.get("fraction", moodle.WHOLE)), is_plain=True)
        _set(element, "tolerance", one.get("tolerance") or "0")
    _set(question, "unitgradingtype", "0")
    if unit := content.body.get("unit"):
        element = SubElement(SubElement(question, "units"), "unit")
        _set(element, "multiplier", "1")
        _set(element, "unit_name", unit)


def _write_pairs(question: Element, content: Content, author: _Author) -> None:
    """The right sides are plain in Moodle; one that goes with nothing stands behind the pairs, without a left side."""
    _set(question, "shuffleanswers", "true")
    body = content.body
    shown = {one["id"]: markup.plain_text(one["html"]) for one in body["right"]}
    rows = [(one["html"], shown[body["key"][one["id"]]]) for one in body["left"]]
    rows += [("", text) for name, text in shown.items() if name not in body["key"].values()]
    for left, right in rows:
        _say(SubElement(author.text(question, "subquestion", left), "answer"), right)


def _write_essay(question: Element, content: Content, author: _Author) -> None:
    _set(question, "responseformat", "editor")
    _set(question, "attachments", "0")
    points = "".join(f'<li value="{point["marks"]}">{point["text"]}</li>' for point in content.body["rubric"])
    rubric = f'<ol class="bank-rubric">{points}</ol>' if points else ""
    author.text(question, "graderinfo", content.body.get("model_answer", "") + rubric)


def _nothing(question: Element, content: Content, author: _Author) -> None:
    """The stem of a cloze says it all."""


_WRITERS = {
    "multichoice": _write_choice,
    "truefalse": _write_truth,
    "shortanswer": _write_text,
    "numerical": _write_number,
    "matching": _write_pairs,
    "essay": _write_essay,
}

PASSED_OVER = _("Something that is no question was passed over")
SETTINGS_LEFT_OUT = _("How Moodle shows its questions and lets them be tried again was left out")
FILE_MISSING = _("A file the question refers to is not there")
FILE_LEFT_OUT = _("A file of the question that is no image it shows was left out")
IMAGE_NOT_TAKEN = _("An image could not be taken; its alternative text stands in its place")
CODE_CUT = _("The identifier is longer than a code can be and was cut")
WAS_HIDDEN = _("The question was hidden in its source")
DESCRIPTION = _("It is a text without a question")
MARKS_UNREADABLE = _("The marks cannot be read: one mark was taken")
UNITS_LEFT_OUT = _("Units in which the number may also be given were left out")
UNIT_GRADED = _("The source takes marks off for a wrong unit; here it does not count")
FILE_AS_ANSWER = _("It is answered by a file")
ESSAY_RULE = _("A rule for the answer was left out")
GRADER_INFO = _("What markers are told was taken as the model answer")
