"""GIFT: questions as text, answers in braces.

A question ends with a blank line outside its braces. Signs that mean themselves have a backslash; they are held apart
while a question is taken to pieces, and put back at the end. What a comment says in `[id:…]` and `[tag:…]` belongs to
the question that follows it.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal, localcontext

from django.utils.translation import gettext_lazy as _

from exams import markup
from exams.content import BLANK, CHOICES, WHOLE, WRITTEN, Content, ItemRefused, is_number
from exams.interchange import moodle
from exams.interchange.drafts import Draft, Exported, Note, Reading, Written
from exams.interchange.moodle import Answer, Asked, Source
from exams.models import ItemKind
from training.imports.refusals import FileRefused

_SIGNS = "\\:#={}~n"
_HELD = {sign: chr(0xFDD0 + at) for at, sign in enumerate(_SIGNS)}  # noncharacters: no text has them
_MEANT = str.maketrans({held: "\n" if sign == "n" else sign for sign, held in _HELD.items()})
_ESCAPE = re.compile(r"\\([\\:#={}~n])")
_TITLE = re.compile(r"::(.*?)::\s*", re.DOTALL)
_FORMAT = re.compile(r"\[(html|moodle|plain|markdown)\]")
_CATEGORY = re.compile(r"\$CATEGORY:\s*(.*)$")
_COMMENTED = re.compile(r"\[(id|tag):((?:\\\]|[^\]])+)\]")
_FRACTION = re.compile(r"%([-+\d.,]+)%\s*")
_TRUTH = {"T": True, "TRUE": True, "F": False, "FALSE": False}


class GiftNotUtf8(FileRefused):
    code = "file_not_utf8"
    message = _("The file is not UTF-8, as GIFT must be. Save it as UTF-8 and use that file.")


class NoGift(FileRefused):
    code = "no_questions"
    message = _("This is no GIFT: there is no question in it.")


@dataclass(slots=True)
class _Block:
    line: int
    lines: list[str]
    topic: str = ""
    code: str = ""
    tags: list[str] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)


def read(content: bytes, filename: str = "") -> Reading:
    """Raises GiftNotUtf8, and NoGift for a file without a question."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise GiftNotUtf8 from error
    if "\0" in text:
        raise NoGift
    reading = Reading("gift")
    for block in _blocks(text, reading):
        reading.drafts.append(_draft(block))
    if not reading.drafts:
        raise NoGift
    return reading


# --- blocks


class _Lines:
    """Gathers the lines of a block and knows whether they stand inside braces."""

    def __init__(self):
        self.topic = ""
        self.begin()

    def begin(self):
        self.lines: list[tuple[int, str]] = []
        self.is_open, self.closed = False, 0  # closed: answers in braces so far
        self.code, self.tags, self.notes = "", [], []

    def add(self, at: int, line: str):
        self.lines.append((at, line))
        for sign in line:
            if sign == "{" and not self.is_open:
                self.is_open = True
            elif sign == "}" and self.is_open:
                self.is_open = False
                self.closed += 1

    def block(self) -> _Block:
        lines = [line for _at, line in self.lines]
        block = _Block(self.lines[0][0], lines, self.topic, self.code, self.tags, self.notes)
        self.begin()
        return block


def _blocks(text: str, reading: Reading) -> Iterable[_Block]:
    text = re.sub("[\ufdd0-\ufdd7]", "", text.replace("\r\n", "\n").replace("\r", "\n"))
    lines = _ESCAPE.sub(lambda match: _HELD[match[1]], text).split("\n")
    held = _Lines()
    for index, line in enumerate(lines):
        at, bare = index + 1, line.strip()
        if bare.startswith("//"):
            for name, value in _COMMENTED.findall(bare.translate(_ORIGINAL)):
                value = value.replace("\\]", "]").strip()
                if name == "id":
                    held.code = value
                else:
                    held.tags.append(value)
            continue
        if not bare:
            if held.lines and (not held.is_open or not _closes(lines[index + 1 :])):
                yield held.block()
            elif held.lines:
                held.add(at, "")
            continue
        if not held.is_open and (match := _CATEGORY.match(bare)):
            if held.lines:
                yield held.block()
            held.topic = moodle.topic_of(match[1].translate(_ORIGINAL), reading.notes)
            continue
        if held.closed and not held.is_open and _begins(lines, index):
            yield held.block()
            held.notes = [Note("blank_line_missing", BLANK_LINE_MISSING, value=str(at))]
        held.add(at, line)
    if held.lines:
        yield held.block()


def _closes(lines: list[str]) -> bool:
    """Whether braces that are open at a blank line are closed below before another question begins."""
    for line in lines:
        if line.strip().startswith(("::", "$CATEGORY")):
            return False
        for sign in line:
            if sign in "{}":
                return sign == "}"
    return False


def _begins(lines: list[str], index: int) -> bool:
    """Whether another question begins at this line of a block whose answers are closed: it has a title, or answers follow
    before the block ends."""
    if lines[index].strip().startswith("::"):
        return True
    for line in lines[index:]:
        if not line.strip() or line.strip().startswith(("::", "$CATEGORY")):
            return False
        if "{" in line:
            return True
    return False


_ORIGINAL = str.maketrans({held: "\\" + sign for sign, held in _HELD.items()})


# --- a question


def _draft(block: _Block) -> Draft:
    draft = Draft(str(block.line), None, code=block.code[: moodle.CODE_LENGTH], notes=block.notes)
    source = Source(draft, topic=block.topic, tags=block.tags)
    return moodle.taken(source, lambda source: _content("\n".join(block.lines).strip(), source))


def _content(text: str, source: Source) -> Content:
    if match := _TITLE.match(text):
        source.name = match[1].translate(_MEANT).strip()
        text = text[match.end() :]
    format = "moodle"
    if match := _FORMAT.match(text):
        format, text = match[1], text[match.end() :]
    head, brace, rest = text.partition("{")
    if not brace:
        _read_stem(head, "", format, source)
        raise ItemRefused("description", DESCRIPTION if head.strip() else _("The stem is missing"), value=source.stem[:80])
    answers, brace, tail = rest.partition("}")
    if not brace:
        raise ItemRefused("brace_unclosed", BRACE_UNCLOSED, value=head.translate(_MEANT).strip()[:80])
    if "{" in answers or "{" in tail or "}" in tail:
        raise ItemRefused("braces_unclear", BRACES_UNCLEAR, value=head.translate(_MEANT).strip()[:80])
    answers, general = _general_feedback(answers.strip())
    source.general_feedback = _formatted(general, format, source)
    return _asked(answers, head, tail, format, source)


def _general_feedback(answers: str) -> tuple[str, str]:
    answers, _mark, general = answers.partition("####")
    return answers.strip(), general.strip()


def _asked(answers: str, head: str, tail: str, format: str, source: Source) -> Content:
    if not answers:
        _read_stem(head, tail, format, source)
        return moodle.content_of(source, Asked(ItemKind.ESSAY, {"rubric": [], "model_answer": ""}))
    truth = _TRUTH.get(answers.partition("#")[0].strip().upper())
    if truth is not None and "~" not in answers and "=" not in answers:
        _read_stem(head, tail, format, source)
        return _true_false(truth, answers, format, source)
    is_pairs = not answers.startswith("#") and "~" not in answers and "=" in answers and "->" in answers
    if is_pairs:
        _read_stem(head, tail, format, source)
        return moodle.content_of(source, _pairs(answers, format, source))
    _read_stem(head, tail, format, source, joint=BLANK)
    if answers.startswith("#"):
        found = _numbers(answers[1:], format, source)
        asked = moodle.number(found, "", source)
        return moodle.content_of(source, asked, explanation=moodle.explanation_of(found, source))
    if "~" in answers:
        found = _options(answers, format, source)
        is_single = any(one.strip().startswith("=") for one in _cut(answers, "~="))
        return moodle.content_of(source, moodle.choice(found, is_single, source))
    found = [_answer(one, format, source, is_plain=True) for one in _cut(answers, "=", is_bare_allowed=True)]
    stem = moodle.one_blank(source.stem, source)
    return moodle.content_of(source, moodle.typed(found, False, source), stem, moodle.explanation_of(found, source))


def _read_stem(head: str, tail: str, format: str, source: Source, joint: str = " ") -> None:
    """The stem is what stands before the braces and behind them; `joint` stands for the braces where both do."""
    text = head.strip() + (f" {joint} ".replace("   ", " ") if tail.strip() else "") + tail.strip()
    source.stem = moodle.formatted(text.translate(_MEANT), format, source)


def _formatted(text: str, format: str, source: Source) -> str:
    text = text.strip()
    if match := _FORMAT.match(text):
        format, text = match[1], text[match.end() :]
    return moodle.formatted(text.translate(_MEANT), format, source)


def _cut(answers: str, signs: str, *, is_bare_allowed: bool = False) -> list[str]:
    """The answers, each with the sign before it. Raises ItemRefused for words before the first."""
    before, *rest = re.split(f"(?=[{signs}])", answers)
    if before.strip() and not (is_bare_allowed and not rest):
        if before.strip()[0] not in signs:
            raise ItemRefused("answers_unclear", ANSWERS_UNCLEAR, value=before.translate(_MEANT).strip()[:80])
        rest.insert(0, before)
    elif before.strip():
        rest = [f"={before}"]
    return [one for one in rest if one.strip()]


def _answer(written: str, format: str, source: Source, *, is_plain: bool = False) -> Answer:
    """`=right#feedback`, `~wrong`, `~%50%half`."""
    sign, rest = written.strip()[0], written.strip()[1:].strip()
    fraction = WHOLE if sign == "=" else 0
    if match := _FRACTION.match(rest):
        fraction, rest = moodle.fraction_of(match[1]), rest[match.end() :]
    text, _mark, feedback = rest.partition("#")
    shown = text.translate(_MEANT).strip() if is_plain else _formatted(text, format, source)
    return Answer(shown, fraction, _formatted(feedback, format, source))


def _options(answers: str, format: str, source: Source) -> list[Answer]:
    return [_answer(one, format, source) for one in _cut(answers, "~=")]


def _true_false(truth: bool, answers: str, format: str, source: Source) -> Content:
    """Behind the answer: feedback for a wrong answer, then for a right one."""
    _said, *feedback = answers.split("#")
    wrong, right = [*(_formatted(one, format, source) for one in feedback), "", ""][:2]
    found = [Answer("", 0, wrong), Answer("", WHOLE, right)]
    asked = Asked(ItemKind.TRUE_FALSE, {"key": truth})
    if len(feedback) > 2:
        source.warn("feedback_left_out", moodle.FEEDBACK_LEFT_OUT, "#".join(feedback[2:]).translate(_MEANT))
    return moodle.content_of(source, asked, explanation=moodle.explanation_of(found, source))


def _pairs(answers: str, format: str, source: Source) -> Asked:
    rows = []
    for one in _cut(answers, "="):
        left, arrow, right = one.strip()[1:].partition("->")
        if not arrow:
            raise ItemRefused("pair_incomplete", moodle.PAIR_INCOMPLETE, value=left.translate(_MEANT).strip()[:80])
        rows.append((_formatted(left, format, source), right.translate(_MEANT)))
    return moodle.pairs(rows)


def _numbers(answers: str, format: str, source: Source) -> list[Answer]:
    """`3:2`, `1..5`, or several as `=3:2 =%50%1..5`; what stands behind ~ is feedback for any other number."""
    answers, tilde, wrong = answers.partition("~")
    found = []
    for one in _cut(answers, "=", is_bare_allowed=True) if "=" in answers else [f"={answers}"] if answers.strip() else []:
        answer = _answer(one, format, source, is_plain=True)
        if answer.text:
            answer.text, answer.tolerance = _range(answer.text)
        found.append(answer)
    if tilde:
        found.append(Answer(moodle.ANYTHING, 0, _formatted(wrong.strip().partition("#")[2], format, source)))
    return found


def _range(text: str) -> tuple[str, str]:
    if ".." not in text:
        value, _colon, tolerance = text.replace(_HELD[":"], ":").partition(":")
        return value.strip(), tolerance.strip() or "0"
    ends = [one.strip() for one in text.split("..", 1)]
    if not all(map(is_number, ends)) or Decimal(ends[0]) > Decimal(ends[1]):
        raise ItemRefused("number_invalid", _("This is no number: %(text)s"), text=text[:40])
    with localcontext(prec=200):  # exact for any two numbers
        low, high = map(Decimal, ends)
        return f"{(low + high) / 2:f}", f"{(high - low) / 2:f}"


# --- writing


def write(items: Iterable[Exported]) -> Written:
    """What GIFT has no place for is told: images, cases, several blanks."""
    pieces, notes, topic = [], {}, ""
    for item in items:
        text, said = _written(item)
        if said:
            notes[item.code] = said
        if not text:
            continue
        if item.content.topic != topic:
            topic = item.content.topic
            pieces.append(_category(topic))
        pieces.append(text)
    return Written("\n".join(pieces).encode(), notes)


def _category(topic: str) -> str:
    return f"$CATEGORY: {' '.join(moodle.category_of(topic).split())}\n"


def _written(item: Exported) -> tuple[str, list[Note]]:
    content = item.content
    try:
        if "<img" in str(content).lower():
            raise ItemRefused("cannot_hold", IMAGES_UNHELD, value="<img>")
        text = _head(item) + f"[html]{_escaped(content.stem)}{{{_answers(content)}}}\n"
        (draft,) = read((_category(content.topic) + text).encode()).drafts
    except ItemRefused as refused:
        return "", [Note(refused.code, str(refused), is_refusal=True, value=str(refused.facts.get("value", "")))]
    except ValueError:
        return "", [Note("cannot_hold", moodle.CANNOT_HOLD, is_refusal=True)]
    notes = moodle.held(item, draft)
    if any(blank["is_case_sensitive"] for blank in content.body.get("blanks", ())):
        notes.append(Note("scored_otherwise", moodle.SCORED_OTHERWISE, value="is_case_sensitive"))
    return ("" if any(note.is_refusal for note in notes) else text), notes


def _head(item: Exported) -> str:
    facts = [("id", item.code), *(("tag", tag) for tag in moodle.tags_of(item))]
    if item.content.kind in WRITTEN and (marking := moodle.marking_of(item.content.body)):
        facts.append(("tag", f"bank:marking={marking}"))
    said = " ".join(f"[{name}:{value.replace(']', chr(92) + ']')}]" for name, value in facts if value)
    return "// " + " ".join(said.split("\n")) + f"\n::{_escaped(item.code)}::"


def _escaped(text: str) -> str:
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return re.sub(r"[\\:#={}~]", r"\\\g<0>", text).replace("\n", "\\n")


def _answers(content: Content) -> str:
    general = f"\n\t####[html]{_escaped(content.explanation)}" if content.explanation else ""
    return f"{_body(content)}{general}\n" if _body(content) or general else ""


def _body(content: Content) -> str:
    kind, body = content.kind, content.body
    if kind == ItemKind.TRUE_FALSE:
        return "TRUE" if body["key"] else "FALSE"
    if kind in WRITTEN:
        return ""
    if kind in CHOICES:
        rows = [_option(one, kind) for one in moodle.options_of(body, kind, content.policy)]
    elif kind == ItemKind.NUMERIC:
        rows = [f"={_share(one)}{one['value']}:{one.get('tolerance') or '0'}" for one in body["accepted"]]
    elif kind == ItemKind.MATCHING:
        rows = _pair_rows(body)
    elif kind == ItemKind.FILL_BLANK and len(body["blanks"]) == 1:
        answers = moodle.texts_of_blank(body["blanks"][0])
        rows = [f"=%{moodle.percent_of(one.fraction)}%{_escaped(one.text)}" for one in answers]
    else:
        raise moodle.refuse_to_write(str(kind))
    return ("#" if kind == ItemKind.NUMERIC else "") + "".join(f"\n\t{row}" for row in rows)


def _option(answer: Answer, kind: str) -> str:
    mark = "=" if kind == ItemKind.SINGLE_CHOICE and answer.fraction == WHOLE else "~"
    if mark == "~" and (answer.fraction or kind != ItemKind.SINGLE_CHOICE):
        mark = f"~%{moodle.percent_of(answer.fraction)}%"
    feedback = f"#[html]{_escaped(answer.feedback)}" if answer.feedback else ""
    return f"{mark}[html]{_escaped(answer.text)}{feedback}"


def _share(accepted: dict) -> str:
    fraction = accepted.get("fraction", WHOLE)
    return "" if fraction == WHOLE else f"%{moodle.percent_of(fraction)}%"


def _pair_rows(body: dict) -> list[str]:
    """Pairs in the order of the left side; a right side that goes with nothing stands behind them, without a left one."""
    shown = {one["id"]: _escaped(markup.plain_text(one["html"]).replace("\n", " ")) for one in body["right"]}
    rows = [f"=[html]{_escaped(one['html'])} -> {shown[body['key'][one['id']]]}" for one in body["left"]]
    used = set(body["key"].values())
    return rows + [f"=[html] -> {text}" for name, text in shown.items() if name not in used]


BLANK_LINE_MISSING = _("No blank line stands before this question: it was told from the one above it by what it says")
DESCRIPTION = _("It is a text without a question")
BRACE_UNCLOSED = _("The answers are not closed with }")
BRACES_UNCLEAR = _("There is more than one pair of braces; braces that mean themselves need a backslash")
ANSWERS_UNCLEAR = _("Words stand before the first answer")
IMAGES_UNHELD = _("This format has no images: the question is not in the file")
