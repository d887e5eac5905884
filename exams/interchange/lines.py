"""Questions written one below the other, as in a Word file: numbered stems, lettered options, 答案, 解析.

一、单项选择题（每题1分）            a heading gives the kind and the marks of what follows
1. 题干（　）。                      also 1、 （1） 第1题 and a number alone on its line
A. …    B. …                        each on a line or several on one
【答案】A  【解析】…                 also 答案： in the stem's brackets, or in a list at the end
根据以下材料，回答2-3题               what follows shares the material and becomes a case
"""

import re
from dataclasses import dataclass, field

from django.utils.translation import gettext_lazy as _

from exams.content import CHOICES
from exams.interchange.drafts import Draft, Note, Reading
from exams.interchange.questions import (
    Question,
    bracket_answers,
    counted,
    draft_of,
    take_bracket_answer,
    take_marks,
    take_options,
    without_guards,
)
from exams.interchange.tables import PLAIN, QUESTIONS, SECTION_MARKS, numbered, with_heading
from exams.interchange.texts import GUARD, LONG_BLANK, images_of, printable, split_options
from exams.interchange.vocabulary import CHOICE_WORDS, KIND_NAMES, kind_in_name, kind_of, letters_of, truth_of
from exams.models import ItemKind
from laws.errors import BadInput
from laws.numerals import number_of
from training.imports.delimited import decode

_NUMERALS = "一二三四五六七八九十"
_KIND_WORD = r"[\u4e00-\u9fff]{1,8}(?:题|分析|选择|正误|论述|问答)"
_SECTION = re.compile(
    rf"^(?:#{{1,6}}\s*)?(?P<prefix>第?[{_NUMERALS}]{{1,3}}(?:部分|大题)?[、.．:：\s]\s*|[（(][{_NUMERALS}]{{1,3}}[)）]\s*|[ⅠⅡⅢⅣⅤ]+[、.．]?\s*)?"
    rf"[【\[]?(?P<kind>{_KIND_WORD})[】\]]?\s*(?:[（(\[【].*|[:：]\s*(?:本|每|共|下|请|以).*|[:：。]?|[，,\s]*(?:共|每|本).*)$"
)
_NO_KIND = re.compile(r"[问课主议标难话专命]题$")  # words that end like a kind and are none
# headings and page numbers that a paper has between its questions
_HEADING = re.compile(
    r"^(?:第\s*[\d一二三四五六七八九十百]{1,4}\s*(?:章|节|部分|编|单元|讲|篇|课|页)|附\s*[件录])(?![条款项])|^[-—－ ]*\d{1,4}[-—－ ]*$|^共?\s*\d{1,4}\s*页|^Page\s+\d"
)
_PARAGRAPH_HEADING = re.compile(rf"^(?:[{_NUMERALS}]{{1,3}}、|[（(][{_NUMERALS}]{{1,3}}[)）])")
_START = re.compile(
    r"^(?:[（(]\s*(?P<answer>[A-Za-zＡ-Ｚ√×✓✗对错、,，]{1,12})?\s*[)）]\s*)?(?:"
    r"(?P<typed>\d{1,5})\s*(?:[.．](?!\d)|[、:：)）](?!\d{4}年)|(?=[【\[]))"
    r"|[（(](?P<round>\d{1,4})[)）]|(?:第\s*(?P<worded>\d{1,4}|[一二三四五六七八九十百]{1,4})\s*题|(?:试题|题目)\s*(?P<titled>\d{1,4}))\s*[.．、:：]?|(?P<bare>[A-Za-z]{0,3}\d{1,10})$)\s*(?P<rest>.*)$",
    re.DOTALL,
)
_CASE_START = re.compile(
    rf"^[【（(]?(?:案例|材料|案情|背景材料|资料)\s*(?P<number>[{_NUMERALS}]{{1,3}}|[0-9０-９]{{1,3}})?[】)）]?\s*(?:[:：.、]|$)\s*(?P<rest>.*)$",
    re.DOTALL,
)
_PART = re.compile(
    r"^(?:【小题(\d{1,2})】|[（(](\d{1,2})[)）]|(?:问题|第|小题)\s*(\d{1,2})\s*[问题]?\s*[:：.、]|(\d{1,2})\s*[.．、)）](?!\d))\s*(.*)$",
    re.DOTALL,
)
_RANGE = re.compile(r"(?:第\s*)?(\d{1,4})\s*(?:题\s*)?[-－—–~～至到]+\s*(?:第\s*)?(\d{1,4})\s*[小]?题")
_SHARED = re.compile(
    r"(?:共用|根据|阅读|依据|结合|按照|就).{0,20}(?:题干|材料|案例|案情|资料|情况|事实|以上|上述|以下|下列)|回答"
)
_ASKS_BELOW = re.compile(r"(?:回答|完成|作答)(?:下列|以下|下面|后面|第)?.{0,6}(?:问题|[小各]题|题)")
_OPTION = re.compile(r"^\s*[（(\[【]?([A-ZＡ-Ｚa-h])\s*(?:[)）\]】]|[.．、:：])")
_BARE_OPTION = re.compile(r"^\s*([A-H])[ \t\u3000]+\S")
_PLAIN_LABELS = (
    "正确答案|参考答案|标准答案|答案解析|试题解析|题目解析|答案|解析|知识点|考点|考查点|难易程度|难易度|难度|评分要点|评分标准|采分点|得分点|"
    "分值|来源|出处|题型|法律依据|法律名称|计分方式|允许误差|计量单位|正确答案[是为]|答案[是为]|正确选项|答案详解|答案分析|试题分析|题目分析|详解|点评"
)
# a line that says nothing but the answer: 答案 A, （答案：B）, 正确答案为 AB。, Answer: B
_ANSWER_LINE = re.compile(
    r"^[（(]?\s*(?:(?:本题)?(?:正确|参考|标准)?答案|正确选项)\s*[是为选]?\s*[:：]?\s*"
    r"(?P<said>[A-Za-zＡ-Ｚ](?:[ \t、,，]*[A-Za-zＡ-Ｚ]){0,9}|[√×✓✗✔✘对错]|正确|错误)\s*[)）]?\s*[。.]?$"
    r"|^(?:correct\s+)?answers?\s*[:：]\s*(?P<english>[A-Z](?:[ \t、,，]*[A-Z]){0,9}|true|false)\s*\.?$",
    re.IGNORECASE,
)
_LABEL = re.compile(
    rf"[【\[〖]\s*(?P<boxed>[^【】\[\]〖〗\n]{{1,10}}?)\s*[】\]〗]\s*[:：]?|(?:^|(?<=[\s。；;）)]))(?P<plain>{_PLAIN_LABELS})\s*[:：]|^(?P<reply>答)\s*[:：]"
)
_LABEL_FIELDS = PLAIN - {"stem"} | {"left"}
_KEYS = re.compile(
    r"^[【\[]?.{0,20}?(?:参考答案|标准答案|试题答案|答案(?:及|与|和)解析|答案)(?:(?:及|与|和)?(?:评分标准|解析|详解))?(?:部分|如下|页)?[】\]]?\s*[:：]?$"
)
_KIND_OF_KEYS = re.compile(r"(单选|多选|不定项选择|不定项|选择|判断|填空|简答|论述|案例分析)题?的?(?:参考|标准|正确)?答案")
_KEY_RANGE = re.compile(
    r"(\d{1,4})\s*[-－—–~～至到]\s*(\d{1,4})\s*题?\s*[.．:：、)）]?\s*((?:[A-Za-zＡ-Ｚ√×✓✗对错]+[ \t\u3000,，、/]*)+)(?![A-Za-z])"
)
_KEY_ONE = re.compile(
    r"(?:第\s*|[（(]\s*)?(\d{1,4})\s*题?\s*[.．、:：)）]{0,2}\s*[（(]?((?:[A-Za-zＡ-Ｚ](?:\s*[、,，]\s*(?=[A-ZＡ-Ｚ]))?)+|[√×✓✗✔✘对错]|正确|错误)[)）]?(?=[\s;；,，。.、（(]|\d|$)"
)
_KEY_START = re.compile(r"^(?:第\s*|[（(]\s*)?(\d{1,4})\s*(?:题|[.．、:：)）])\s*(.*)$", re.DOTALL)
_KEY_EXPLAINED = re.compile(r"^([A-ZＡ-Ｚ]+|[√×✓✗✔✘对错]|正确|错误)(?:\s*[（(](.+)[)）]|[\s。.，,；;]+(.+))$", re.DOTALL)
_SECTION_KEYS = re.compile(
    rf"^(?:第?[{_NUMERALS}]{{1,3}}(?:部分|大题)?[、.．:：\s]\s*|[（(][{_NUMERALS}]{{1,3}}[)）]\s*)?[【\[]?(?P<kind>{_KIND_WORD})[】\]]?"
    r"\s*(?:[（(][^（()）]*[)）])?\s*[:：]?\s*(?P<keys>(?:第\s*)?[（(]?\d.*)$",
    re.DOTALL,
)
_TAG = re.compile(rf"^[【\[（(〖]\s*({_KIND_WORD}|单选|多选|判断|不定项|填空|简答|论述|案例)\s*[】\])）〗]\s*")
_END_TAG = re.compile(r"[【\[（(〖]\s*(单选题?|单项选择题?|多选题?|多项选择题?|不定项选择题?|不定项|判断题?)\s*[】\])）〗]$")
KEYS_HEADING = "参考答案"
_MOST_NOTES = 200


_BULLET = re.compile(r"^[ \t]*(?:>[ \t]?|[-*+][ \t]+(?=[（(]?[A-Z]))+", re.MULTILINE)


class NoNumberedQuestions(BadInput):
    code = "no_questions"
    message = _("No question was found: numbered stems, lettered options and 答案 are looked for.")


@dataclass(slots=True)
class Line:
    text: str
    fields: list[tuple[str, str]] = field(default_factory=list)  # (role or "" for words without a label, text)
    start: re.Match | None = None
    is_option: bool = False
    is_answer: bool = False


@dataclass(slots=True)
class Asked:
    """A question under way."""

    number: int
    place: str
    question: Question
    section: str | None = None
    texts: dict[str, list[str]] = field(default_factory=lambda: {"stem": []})
    options: list[str] = field(default_factory=list)
    role: str = "stem"  # what the next line continues
    seen: set[int] = field(default_factory=set)  # numbers of an enumeration inside it
    parts: list["Asked"] = field(default_factory=list)
    is_case: bool = False
    is_worded: bool = False  # 案例一, not 1.
    epoch: int = 0


@dataclass(slots=True)
class Group:
    """Material that several numbered questions share; `last` None: up to the next heading or material."""

    lines: list[str]
    last: int | None
    place: str = ""
    members: list[Asked] = field(default_factory=list)


def read(content: bytes, filename: str = "") -> Reading:
    """Numbered questions of a plain text. Raises NoNumberedQuestions."""
    text = printable(decode(content)[0].replace("\r\n", "\n").replace("\r", "\n"))
    if filename.lower().endswith((".md", ".markdown")):
        text = _BULLET.sub("", text).replace("**", "")
    return read_lines(text.split("\n"), filename=filename, format="text")


def read_lines(
    lines: list[str],
    *,
    filename: str = "",
    format: str = "word",
    images: dict[str, bytes] | None = None,
) -> Reading:
    """Raises NoNumberedQuestions when no question is found."""
    reader = _Reader(filename, images or {})
    reader.read([_line(text) for text in lines if text.strip()])
    reading = Reading(format, reader.drafts(), reader.notes)
    if not reading.drafts:
        raise NoNumberedQuestions
    return reading


def _line(text: str) -> Line:
    text = LONG_BLANK.sub("\t", text.strip(" \t\u3000\xa0"))
    if answer := _ANSWER_LINE.match(text) if len(text) < 60 else None:
        return Line(text, [("answer", answer["said"] or answer["english"])], is_answer=True)
    line = Line(text, _fields(text))
    first_role, first = line.fields[0]
    if not first_role:
        line.start = _START.match(first)
        words = line.start["rest"] if line.start else first
        line.is_option = bool(_OPTION.match(first) or _BARE_OPTION.match(first)) or bool(
            line.start and len(split_options(words)[1]) > 1
        )
    line.is_answer = any(role == "answer" for role, _text in line.fields) or bool(line.start and bracket_answers(text))
    return line


def _fields(text: str) -> list[tuple[str, str]]:
    """The line cut at its labels."""
    if "【" not in text and "[" not in text and "〖" not in text and ":" not in text and "：" not in text:
        return [("", text)]
    found: list[tuple[str, str]] = []
    role, at = "", 0
    for match in _LABEL.finditer(text):
        if GUARD in match[0]:
            continue
        name = "answer" if match["reply"] else QUESTIONS.role_of((match["boxed"] or match["plain"]).rstrip("是为"))
        if name not in _LABEL_FIELDS and not (match["boxed"] and name == "left"):
            continue
        if role or text[at : match.start()].strip():
            found.append((role, text[at : match.start()].strip()))
        role, at = name, match.end()
        if role == "extra":
            break
    found.append((role, text[at:].strip()))
    return found


_IN_WORDS = (ItemKind.SHORT_ANSWER, ItemKind.ESSAY, ItemKind.FILL_BLANK, ItemKind.NUMERIC)


def _is_answered(asked: Asked) -> bool:
    """Whether an answer stands with the question, or inside it."""
    if asked.parts:
        return all(map(_is_answered, asked.parts))
    return any(asked.texts.get("answer", ())) or any(bracket_answers(line) for line in asked.texts["stem"])


class _Reader:
    def __init__(self, filename: str, images: dict[str, bytes]):
        self.implied = kind_in_name(filename)
        self.images = images
        self.section: str | None = None
        self.marks = ""
        self.asked: list[Asked | Group] = []
        self.here: Asked | None = None
        self.group: Group | None = None
        self.pending: list[str] = []
        self.is_in_keys = False
        self.epoch = 0  # how often questions began anew behind a list of answers: each list answers those before it
        self.keys: dict[tuple[int, str | None, int], dict[str, str]] = {}
        self.key: dict[str, str] | None = None
        self.is_round: bool | None = None  # whether the answers of a list are numbered （1） and not 1.
        self.notes: list[Note] = []
        self.passed = 0

    # --- reading

    def read(self, lines: list[Line]) -> None:
        self.is_tagged = any(line.start and _TAG.match(line.start["rest"]) for line in lines)
        starts = [at for at, line in enumerate(lines) if line.start]
        ends = dict(zip(starts, [*starts[1:], len(lines)], strict=False))
        for at, line in enumerate(lines):
            span = lines[at : ends[at]] if at in ends else []
            self._take(line, span, lines[at + 1 : at + 3])
        self._flush()

    def _take(self, line: Line, span: list[Line], below: list[Line]) -> None:
        kind = _section_of(line, below)
        if kind:
            self._begin_section(kind, line.text, below)
        elif self._begins_keys(line, below):
            self._flush()
            named = _KIND_OF_KEYS.search(line.text)
            self.is_in_keys, self.key, self.is_round, self.section = True, None, None, kind_of(named[1]) if named else None
        elif self._is_list_of_keys(line):
            section = self.section
            self._flush()
            self.is_in_keys, self.key, self.is_round, self.section = True, None, None, section
            self._take_key(_line(line.fields[0][1]))
        elif self.is_in_keys and not (line.start and any(one.is_option for one in span)):
            self._take_key(line)
        elif self._begins_group(line):
            self._begin_group(line)
        elif self._begins_part(line):
            self._begin_part(line)
        elif line.start and self._is_start(line, span):
            self._end_keys()
            self._begin(line)
        elif self.section == ItemKind.CASE_ANALYSIS and (case := _CASE_START.match(line.text)) and case["number"]:
            self._begin_asked(number_of(case["number"]), "", case["rest"]).is_worded = True
        else:
            self._continue(line)

    def _begin_section(self, kind: str, text: str, below: list[Line]) -> None:
        if self.is_in_keys and self._is_section_of_questions(kind, below):
            self._end_keys()
        if not self.is_in_keys:
            self._flush()
            marks = SECTION_MARKS.search(text)
            self.marks = marks[1] if marks else ""
        self.section, self.key, self.is_round = kind, None, None

    def _is_section_of_questions(self, kind: str, below: list[Line]) -> bool:
        """Whether a heading inside a list of answers stands over new questions: nothing of the kind was asked yet, or its
        answers were given already; and what follows is no answer."""
        if not below or not below[0].start or _only_keys(below[0].text):
            return False
        members = [one for asked in self.asked for one in (asked.members if isinstance(asked, Group) else [asked])]
        is_asked = any(one.epoch == self.epoch and _is_same_section(one.section, kind) for one in members)
        is_answered = any(epoch == self.epoch and section == kind for epoch, section, _number in self.keys)
        return not is_asked or is_answered

    def _end_keys(self) -> None:
        if self.is_in_keys:
            self.is_in_keys, self.key = False, None
            self.epoch += 1

    def _is_list_of_keys(self, line: Line) -> bool:
        """答案：1-5 ABCDA in one line below the questions, not the answer of the last of them."""
        role, text = line.fields[0]
        if role != "answer" or len(line.fields) > 1 or self.is_in_keys or not re.match(r"\s*(?:第\s*|[（(]\s*)?\d", text):
            return False
        here = self.here
        if here is not None and (here.is_case or here.parts or here.texts.get("left") or here.question.kind in _IN_WORDS):
            return False
        return bool(self.asked or here) and (here is None or here.question.kind != ItemKind.MATCHING) and _only_keys(text)

    def _begins_keys(self, line: Line, below: list[Line]) -> bool:
        """A heading over the answers of all questions, not the label of one answer."""
        if not _KEYS.match(line.text) or (not self.asked and self.here is None) or not below:
            return False
        first = below[0].text
        if (section := _SECTION.match(first) or _SECTION_KEYS.match(first)) and _kind_named(section["kind"]):
            return True
        if not (_KEY_RANGE.match(first) or _KEY_START.match(first) or _KEY_ONE.match(first)):
            return False
        here = self.here
        if here is None or _is_answered(here) or (here.question.kind == ItemKind.TRUE_FALSE and _only_keys(first)):
            return True
        # the answer of the question above may be an enumeration; that of one with options is not
        if here.is_case or here.question.kind in _IN_WORDS or not here.options:
            before = [_is_answered(one) for one in self.asked if isinstance(one, Asked)]
            return before.count(False) > before.count(True)
        return True

    def _is_start(self, line: Line, span: list[Line]) -> bool:
        match = line.start
        if self.is_tagged and _TAG.match(match["rest"]):
            return True
        shows = any(one.is_option or one.is_answer for one in span)
        here = self.here
        if match["bare"]:
            return shows and not self.is_tagged
        if self.is_tagged:
            return shows and (here is None or (_number_in(match) == here.number + 1 and _is_answered(here)))
        if here is None:
            return True
        number = _number_in(match)
        follows = number > here.number and number - 1 not in here.seen and number - here.number <= 50
        is_open = here.role == "stem" and not here.options
        if follows or (shows and not is_open):
            return True
        here.seen.add(number)
        return False

    def _begin(self, line: Line) -> None:
        match = line.start
        code = match["bare"] or ""
        _role, first = line.fields[0]
        rest = _START.match(first)["rest"]
        asked = self._begin_asked(_number_in(match), code, rest)
        if match["answer"]:
            asked.texts["answer"] = [match["answer"]]
        self._take_fields(asked, line.fields[1:])

    def _begin_asked(self, number: int, code: str, rest: str) -> Asked:
        self._end_asked()
        kind = self.section or self.implied
        if (tag := _TAG.match(rest)) and (tagged := kind_of(tag[1])):
            kind, rest = tagged, rest[tag.end() :]
        elif (tag := _END_TAG.search(rest)) and (tagged := kind_of(tag[1])):
            kind, rest = tagged, rest[: tag.start()].rstrip()
        name = KIND_NAMES.get(self.section, self.section or "")
        asked = Asked(number, f"{name}第{code or number}题", Question(""), self.section, epoch=self.epoch)
        asked.question.kind, asked.question.code = kind or "", code
        asked.question.marks = self.marks if kind == self.section else ""
        asked.is_case = kind == ItemKind.CASE_ANALYSIS
        self.here = asked
        self._drop_pending()
        if self.group and self.group.last is not None and not self._is_in_group(number):
            self._end_group()
        self._add_words(asked, rest)
        return asked

    def _is_in_group(self, number: int) -> bool:
        return number <= self.group.last and len(self.group.members) < 50

    def _begins_group(self, line: Line) -> bool:
        if line.start or self.is_tagged or len(line.text) > 3000:
            return False
        text = line.text
        if (_RANGE.search(text) and _SHARED.search(text)) or (_ASKS_BELOW.search(text) and _SHARED.search(text)):
            return not (self.here and self.here.is_case and not self.pending)
        case = _CASE_START.match(text)
        return bool(case and self.section not in (ItemKind.CASE_ANALYSIS, None) and not line.fields[0][0])

    def _begin_group(self, line: Line) -> None:
        material, self.pending = self.pending, []
        range_of = _RANGE.search(line.text)
        last = int(range_of[2]) if range_of else None
        if self.group and not self.group.members and self.here is None:
            # the words that call for answers close the material that they stand under
            self.group.lines += [*material, line.text]
            self.group.last = last if last is not None else self.group.last
            return
        self._flush()
        self.group = Group([*material, line.text], last)

    def _begins_part(self, line: Line) -> bool:
        here = self.here
        if here is None or not here.is_case:
            return False
        match = _PART.match(line.text)
        if match is None:
            return False
        if self.is_tagged:
            return match[1] is not None
        number = int(match[1] or match[2] or match[3] or match[4])
        if number != len(here.parts) + 1:
            return False
        if match[4] and number == here.number + 1 and here.parts and not here.is_worded:
            return False
        return match[1] is not None or here.role == "stem" or bool(here.parts)

    def _begin_part(self, line: Line) -> None:
        here = self.here
        match = _PART.match(line.fields[0][1] if not line.fields[0][0] else line.text)
        part = Asked(len(here.parts) + 1, here.place, Question(""))
        here.parts.append(part)
        rest = match[5] if match else _PART.match(line.text)[5]
        if tag := _TAG.match(rest):
            part.question.kind, rest = kind_of(tag[1]) or "", rest[tag.end() :]
        fields = line.fields[1:] if not line.fields[0][0] else []
        if not line.fields[0][0]:
            self._add_words(part, rest)
        self._take_fields(part, fields)

    def _continue(self, line: Line) -> None:
        if self.here is None:
            if self.group and not self.group.members:
                self.group.lines.append(line.text)
            else:
                self._hold(line.text)
            return
        target = self.here.parts[-1] if self.here.parts else self.here
        if line.fields[0][0] or len(line.fields) > 1:
            if self.here.parts and len(line.fields) == 1 and self._shares_answer(line):
                return
            self._take_fields(target, line.fields)
            return
        text = line.text
        if self._is_next_option(target, text):
            target.options.append(text)
            target.role = "options"
        elif self._is_heading(target, text) or (target.role == "answer" and self._is_closed(target)):
            self._hold(text)
        elif target.role == "options":
            target.options.append(text)
            if GUARD not in text and images_of(text) == []:
                target.question.notes.append(Note("option_over_lines", OPTION_OVER_LINES, field="options", value=text[:100]))
        else:
            target.texts.setdefault(target.role, []).append(text)

    @staticmethod
    def _is_heading(asked: Asked, text: str) -> bool:
        """Whether a line below an option or an explanation is a heading or the number of a page and none of their words."""
        if asked.role not in ("options", "explanation", "answer") and not (asked.role == "stem" and _is_answered(asked)):
            return False
        if len(text) > 40 or text.endswith(("。", "；", "，", "：")):
            return False
        return bool(_HEADING.match(text) or (asked.role == "options" and _PARAGRAPH_HEADING.match(text)))

    def _shares_answer(self, line: Line) -> bool:
        """An answer below the parts of a case that names each part: （1）… （2）…"""
        role, text = line.fields[0]
        parts = self.here.parts
        if role not in ("answer", "explanation") or len(parts) < 2:
            return False
        marks = list(re.finditer(r"[（(](\d{1,2})[)）]\s*", text))
        if [int(m[1]) for m in marks] != list(range(1, len(parts) + 1)):
            return False
        ends = [m.start() for m in marks[1:]] + [len(text)]
        for part, mark, end in zip(parts, marks, ends, strict=True):
            part.texts[role] = [text[mark.end() : end].strip(" ；;")]
        return True

    def _is_next_option(self, asked: Asked, text: str) -> bool:
        match = _OPTION.match(text) or _BARE_OPTION.match(text)
        if match is None or (asked.role in ("explanation", "rubric", "extra") and asked.options):
            return False
        if asked.role == "answer" and not any(asked.texts["answer"]):
            return False
        if _OPTION.match(text) is None:
            return bool(asked.options) or (letters_of(match[1]) == "A" and any(asked.texts["stem"]))
        return bool(asked.options) or letters_of(match[1]) == "A" or asked.role == "stem" or self._is_closed(asked)

    @staticmethod
    def _is_closed(asked: Asked) -> bool:
        """Whether the answer is letters or a sign, so that no further words belong to it."""
        answer = "".join(asked.texts.get("answer", ()))
        return (
            asked.role == "answer"
            and asked.question.kind not in (ItemKind.SHORT_ANSWER, ItemKind.ESSAY, ItemKind.FILL_BLANK)
            and (letters_of(answer) is not None or truth_of(answer) is not None)
        )

    def _add_words(self, asked: Asked, text: str) -> None:
        if text:
            asked.texts["stem"].append(text)

    def _take_fields(self, asked: Asked, fields: list[tuple[str, str]]) -> None:
        for role, text in fields:
            if not role:
                if self._is_next_option(asked, text):
                    asked.options.append(text)
                    asked.role = "options"
                elif asked.role == "options":
                    asked.options.append(text)
                else:
                    asked.texts.setdefault(asked.role, []).append(text)
                continue
            if role == "answer" and any(asked.texts.get(role, ())) and not self._is_same_answer(asked, text):
                asked.question.notes.append(Note("answers_contradict", ANSWERS_CONTRADICT, True, "answer", text[:100]))
            asked.texts.setdefault(role, []).append(text)
            asked.role = role
            begun = _START.match(text)
            asked.seen = {int(begun["typed"] or begun["round"])} if begun and (begun["typed"] or begun["round"]) else set()

    @staticmethod
    def _is_same_answer(asked: Asked, text: str) -> bool:
        given = "".join(asked.texts["answer"])
        return (letters_of(given) or given) == (letters_of(text) or text)

    def _hold(self, text: str) -> None:
        self.pending.append(text)

    def _drop_pending(self) -> None:
        """Lines that turned out to belong to nothing are told."""
        for text in self.pending:
            self.passed += 1
            if self.passed <= _MOST_NOTES:
                self.notes.append(Note("line_passed_over", LINE_PASSED_OVER, value=text[:200]))
        self.pending = []

    def _end_asked(self) -> None:
        if self.here is not None:
            (self.group.members if self.group else self.asked).append(self.here)
            self.here = None

    def _end_group(self) -> None:
        if self.group is not None:
            self.asked.append(self.group)
            self.group = None

    def _flush(self) -> None:
        self._end_asked()
        self._end_group()
        self._drop_pending()

    # --- answers at the end

    def _take_key(self, line: Line) -> None:
        text = line.text
        is_round = text[:1] in "（("
        if self.is_round is None and (_KEY_START.match(text) or _only_keys(text)):
            self.is_round = is_round
        elif is_round and not self.is_round and self.key is not None:  # an enumeration inside an answer
            self._add_to_key("explanation" if "explanation" in self.key else "answer", text)
            return
        if (section := _SECTION_KEYS.match(text)) and (kind := _kind_named(section["kind"])):
            self.section, text = kind, section["keys"]
        ranges = list(_KEY_RANGE.finditer(text))
        rest = _KEY_RANGE.sub(" ", text)
        singles = list(_KEY_ONE.finditer(rest))
        if (ranges or singles) and _only_keys(text):
            for match in ranges:
                self._take_key_range(int(match[1]), int(match[2]), match[3])
            for match in singles:
                self._add_key(int(match[1]), {"answer": match[2]})
            self.key = None
            return
        match = _KEY_START.match(text)
        if match and not ranges:
            fields = _fields(match[2])
            self.key = {}
            for role, said in fields:
                self._add_to_key(role or ("answer" if not self.key else "explanation"), said)
            self._add_key(int(match[1]), self.key)
            if answer := _KEY_EXPLAINED.match(self.key.get("answer", "")):
                self.key["answer"] = answer[1]
                self.key["explanation"] = re.sub(r"^(?:答案)?解析\s*[:：]\s*", "", answer[2] or answer[3])
        elif self.key is not None:
            for role, said in line.fields:
                self._add_to_key(role or ("explanation" if "explanation" in self.key else "answer"), said)
        else:
            self._hold(text)

    def _add_to_key(self, role: str, text: str) -> None:
        self.key[role] = f"{self.key[role]}\n{text}" if self.key.get(role) else text

    def _add_key(self, number: int, key: dict[str, str]) -> None:
        known = self.keys.setdefault((self.epoch, self.section, number), key)
        if known is not key and known.get("answer") != key.get("answer"):
            known["is_contradicted"] = "1"

    def _take_key_range(self, first: int, last: int, text: str) -> None:
        count = last - first + 1
        words = [word for word in re.split(r"[\s\u3000,，、/]+", text) if word]
        signs = "".join(words)
        answers = words if len(words) == count else list(signs) if len(signs) == count else []
        if not answers and len(words) > 1 and len({len(w) for w in words[:-1]}) == 1 and len(signs) == count:
            answers = list(signs)
        if not answers:
            self.notes.append(Note("key_range_unclear", KEY_RANGE_UNCLEAR, value=f"{first}-{last} {text[:100]}"))
        for number, answer in zip(range(first, last + 1), answers, strict=False):
            self._add_key(number, {"answer": answer})

    # --- drafts

    def drafts(self) -> list[Draft]:
        self.used: set[tuple[int, str | None, int]] = set()
        self.numbers: dict[tuple[int, int], list] = {}
        for epoch, section, number in self.keys:
            self.numbers.setdefault((epoch, number), []).append((epoch, section, number))
        found = []
        for asked in self.asked:
            if isinstance(asked, Group):
                found += self._group_drafts(asked)
            else:
                found.append(draft_of(self._question(asked)))
        for draft in found:
            draft.notes = [with_heading(note, {}) for note in draft.notes]
        for key in self.keys:
            if key not in self.used:
                self.passed += 1
                if self.passed <= _MOST_NOTES:
                    value = f"{KIND_NAMES.get(key[1], key[1] or '')}{key[2]}"
                    self.notes.append(Note("key_without_question", KEY_WITHOUT_QUESTION, value=value))
        return found

    def _group_drafts(self, group: Group) -> list[Draft]:
        material = "\n".join(group.lines)
        if not group.members:
            self.notes.append(Note("line_passed_over", LINE_PASSED_OVER, value=material[:200]))
            return []
        first, last = group.members[0], group.members[-1]
        case = Question(
            f"第{first.number}–{last.number}题" if first is not last else first.place, kind=ItemKind.CASE_ANALYSIS, stem=material
        )
        for asked in group.members:
            part = self._question(asked)
            case.parts.append(part)
            case.notes += part.notes
            case.images |= part.images
        case.images |= {name: self.images[name] for name in images_of(material) if name in self.images}
        return [draft_of(case)]

    def _question(self, asked: Asked) -> Question:
        question = asked.question
        question.place = asked.place
        for role, lines in asked.texts.items():
            text = "\n".join(line for line in lines if line).strip()
            if role == "left":
                question.left = numbered(text)
            elif role == "answer":
                question.answer = _answer(lines)
            elif text:
                setattr(question, role, text)
        kind = kind_of(question.kind)
        self._take_options(question, asked, kind)
        for role in ("answer", "explanation"):
            _share_out(asked.parts, role)
        for part in asked.parts:
            question.parts.append(self._question(part))
            question.notes += question.parts[-1].notes
            question.images |= question.parts[-1].images
        take_bracket_answer(question, kind)
        self._take_from_keys(question, asked)
        without_guards(question)
        take_marks(question)
        texts = [question.stem, question.answer, question.explanation, question.rubric]
        texts += [text for _letter, text in question.options + question.left]
        question.images |= {n: self.images[n] for text in texts for n in images_of(text) if n in self.images}
        return question

    @staticmethod
    def _take_options(question: Question, asked: Asked, kind: str | None) -> None:
        if asked.options:
            before, question.options = split_options("\n".join(asked.options))
            if before:
                question.stem = f"{question.stem}\n{before}".strip()
        else:
            take_options(question, kind)

    def _take_from_keys(self, question: Question, asked: Asked) -> None:
        place = (asked.epoch, asked.section, asked.number)
        if place not in self.keys:
            places = [one for one in self.numbers.get((asked.epoch, asked.number), ()) if _is_same_section(one[1], asked.section)]
            if len(places) != 1:
                return
            place = places[0]
        self.used.add(place)
        key = self.keys[place]
        answer = key.get("answer", "")
        if "is_contradicted" in key or (
            question.answer and answer and (letters_of(question.answer) or question.answer) != (letters_of(answer) or answer)
        ):
            question.notes.append(Note("answers_contradict", ANSWERS_CONTRADICT, True, "answer", answer[:100]))
        question.answer = question.answer or answer
        for role, text in key.items():
            if role in PLAIN and role != "answer" and not getattr(question, role):
                setattr(question, role, text)


def _share_out(parts: list[Asked], role: str) -> None:
    """What stands below the last part of a case and counts as many points as there are parts belongs to each of them."""
    if len(parts) < 2 or any(any(part.texts.get(role, ())) for part in parts[:-1]):
        return
    said = counted("\n".join(parts[-1].texts.get(role, ())).strip())
    if len(said) == len(parts):
        for part, text in zip(parts, said, strict=True):
            part.texts[role] = [text.strip(" ；;")]


def stands_below_heading_of_keys(lines: list[str]) -> bool:
    """Whether what follows these lines stands below 参考答案, or below the heading of a kind in it."""
    last = next((line.strip() for line in reversed(lines) if line.strip()), "")
    return bool(_KEYS.match(last) or _SECTION.match(last))


def _kind_named(word: str) -> str | None:
    """The kind a heading names; 选择题 names one of several."""
    return kind_of(word) or (word if word in CHOICE_WORDS else None)


def _section_of(line: Line, below: list[Line]) -> str | None:
    """The kind of the questions below a heading. One that we have not is kept by its word: they are left out by it."""
    match = _SECTION.match(line.text) if len(line.text) <= 150 else None
    if match is None:
        return None
    kind = _kind_named(match["kind"])
    if kind is None and match["prefix"] and match["kind"].endswith("题") and not _NO_KIND.search(match["kind"]):
        return match["kind"] if below and below[0].start else None
    return kind


def _is_same_section(one: str | None, other: str | None) -> bool:
    """Whether two headings may mean the same questions."""
    if one is None or other is None or one == other:
        return True
    return (one in CHOICE_WORDS and other in CHOICES) or (other in CHOICE_WORDS and one in CHOICES)


def _only_keys(text: str) -> bool:
    """Whether a text is a list of numbers with their answers and nothing else."""
    rest, ranges = _KEY_RANGE.subn(" ", text)
    rest, singles = _KEY_ONE.subn("", rest)
    return bool(ranges or singles) and not re.sub(r"[\s;；,，。.、|]", "", rest)


def _number_in(start: re.Match) -> int:
    stated = start["typed"] or start["round"] or start["titled"]
    if stated:
        return int(stated)
    return number_of(start["worded"]) if start["worded"] else int(re.sub(r"\D", "", start["bare"]))


def _answer(lines: list[str]) -> str:
    """The answer; said twice in the same words it is said once."""
    said = [line for line in lines if line]
    return said[0] if said and len(set(said)) == 1 else "\n".join(said)


LINE_PASSED_OVER = _("A line that belongs to no question was passed over")
ANSWERS_CONTRADICT = _("Two answers are given that contradict each other")
OPTION_OVER_LINES = _("A line without a letter was joined to the option above it")
KEY_RANGE_UNCLEAR = _("The list of answers has not as many answers as numbers here")
KEY_WITHOUT_QUESTION = _("The list of answers names a question that is not there")
