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

from exams.interchange.drafts import Draft, Note, Reading
from exams.interchange.questions import (
    Question,
    bracket_answers,
    draft_of,
    take_bracket_answer,
    take_marks,
    take_options,
    without_guards,
)
from exams.interchange.tables import PLAIN, QUESTIONS, numbered
from exams.interchange.texts import GUARD, LONG_BLANK, images_of, split_options
from exams.interchange.vocabulary import KIND_NAMES, kind_in_name, kind_of, letters_of, truth_of
from exams.models import ItemKind
from laws.errors import BadInput
from laws.numerals import number_of
from training.imports.delimited import decode

_NUMERALS = "一二三四五六七八九十"
_KIND_WORD = r"[\u4e00-\u9fff]{1,8}(?:题|分析|选择|正误|论述|问答)"
_SECTION = re.compile(
    rf"^(?:第?[{_NUMERALS}]{{1,3}}(?:部分|大题)?[、.．:：\s]\s*|[（(][{_NUMERALS}]{{1,3}}[)）]\s*|[ⅠⅡⅢⅣⅤ]+[、.．]?\s*)?"
    rf"({_KIND_WORD})\s*(?:[（(\[【].*|[:：]\s*(?:本|每|共|下|请|以).*|[:：。]?|[，,\s]*(?:共|每|本).*)$"
)
_SECTION_MARKS = re.compile(r"每[小]?[题空道]?题?[^\d，,。]{0,4}(\d+(?:\.\d{1,2})?)\s*分")
_START = re.compile(
    r"^(?:[（(]\s*(?P<answer>[A-Za-zＡ-Ｚ√×✓✗对错、,，]{1,12})?\s*[)）]\s*)?(?:"
    r"(?P<typed>\d{1,5})\s*(?:[.．](?!\d)|[、:：)）](?!\d{4}年)|(?=[【\[]))"
    r"|[（(](?P<round>\d{1,4})[)）]|第\s*(?P<worded>\d{1,4})\s*题\s*[.．、:：]?|(?P<bare>[A-Za-z]{0,3}\d{1,10})$)\s*(?P<rest>.*)$",
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
    "分值|来源|出处|题型|法律依据|法律名称|计分方式|允许误差|计量单位"
)
_LABEL = re.compile(
    rf"[【\[〖]\s*(?P<boxed>[^【】\[\]〖〗\n]{{1,10}}?)\s*[】\]〗]\s*[:：]?|(?:^|(?<=[\s。；;）)]))(?P<plain>{_PLAIN_LABELS})\s*[:：]|^(?P<reply>答)\s*[:：]"
)
_LABEL_FIELDS = PLAIN - {"stem"} | {"left"}
_KEYS = re.compile(
    r"^.{0,20}?(?:参考答案|标准答案|试题答案|答案(?:及|与|和)解析|答案)(?:(?:及|与|和)?(?:评分标准|解析|详解))?(?:部分|如下|页)?\s*[:：]?$"
)
_KEY_RANGE = re.compile(
    r"(\d{1,4})\s*[-－—–~～至到]\s*(\d{1,4})\s*题?\s*[.．:：、)）]?\s*((?:[A-Za-zＡ-Ｚ√×✓✗对错]+[ \t\u3000,，、/]*)+)(?![A-Za-z])"
)
_KEY_ONE = re.compile(
    r"(?:第\s*)?(\d{1,4})\s*题?\s*[.．、:：)）]?\s*((?:[A-Za-zＡ-Ｚ](?:\s*[、,，]\s*(?=[A-ZＡ-Ｚ]))?)+|[√×✓✗对错]|正确|错误)(?=[\s;；,，。.、]|\d|$)"
)
_KEY_START = re.compile(r"^(?:第\s*)?(\d{1,4})\s*(?:题|[.．、:：)）])\s*(.*)$", re.DOTALL)
_TAG = re.compile(rf"^[【\[（(〖]\s*({_KIND_WORD}|单选|多选|判断|不定项|填空|简答|论述|案例)\s*[】\])）〗]\s*")
_MOST_NOTES = 200


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


@dataclass(slots=True)
class Group:
    """Material that several numbered questions share; `last` None: up to the next heading or material."""

    lines: list[str]
    last: int | None
    place: str = ""
    members: list[Asked] = field(default_factory=list)


def read(content: bytes, filename: str = "") -> Reading:
    """Numbered questions of a plain text. Raises NoNumberedQuestions."""
    return read_lines(decode(content)[0].replace("\r\n", "\n").replace("\r", "\n").split("\n"), filename=filename, format="text")


def read_lines(
    lines: list[str],
    *,
    filename: str = "",
    format: str = "word",
    images: dict[str, bytes] | None = None,
    keys: dict[int, str] | None = None,
) -> Reading:
    """`keys`: answers that tables of the file give by number. Raises NoNumberedQuestions when no question is found."""
    reader = _Reader(filename, images or {})
    reader.read([_line(text) for text in lines if text.strip()])
    for number, answer in (keys or {}).items():
        reader.keys.setdefault((None, number), {"answer": answer})
    reading = Reading(format, reader.drafts(), reader.notes)
    if not reading.drafts:
        raise NoNumberedQuestions
    return reading


def _line(text: str) -> Line:
    text = LONG_BLANK.sub("\t", text.strip(" \t\u3000\xa0"))
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
        name = "answer" if match["reply"] else QUESTIONS.role_of(match["boxed"] or match["plain"])
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
        self.keys: dict[tuple[str | None, int], dict[str, str]] = {}
        self.key: dict[str, str] | None = None
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
        section = _SECTION.match(line.text) if len(line.text) <= 150 else None
        kind = kind_of(section[1]) if section else None
        if kind:
            self._begin_section(kind, line.text)
        elif self._begins_keys(line, below):
            self._flush()
            self.is_in_keys, self.key, self.section = True, None, None
        elif self.is_in_keys and not (line.start and any(one.is_option for one in span)):
            self._take_key(line)
        elif self._begins_group(line):
            self._begin_group(line)
        elif self._begins_part(line):
            self._begin_part(line)
        elif line.start and self._is_start(line, span):
            self.is_in_keys = False
            self._begin(line)
        elif self.section == ItemKind.CASE_ANALYSIS and (case := _CASE_START.match(line.text)) and case["number"]:
            self._begin_asked(number_of(case["number"]), "", case["rest"])
        else:
            self._continue(line)

    def _begin_section(self, kind: str, text: str) -> None:
        if not self.is_in_keys:
            self._flush()
            marks = _SECTION_MARKS.search(text)
            self.marks = marks[1] if marks else ""
        self.section, self.key = kind, None

    def _begins_keys(self, line: Line, below: list[Line]) -> bool:
        """A heading over the answers of all questions, not the label of one answer."""
        if not _KEYS.match(line.text) or (not self.asked and self.here is None) or not below:
            return False
        first = below[0].text
        if _SECTION.match(first) and kind_of(_SECTION.match(first)[1]):
            return True
        if not (_KEY_RANGE.match(first) or _KEY_START.match(first) or _KEY_ONE.match(first)):
            return False
        here = self.here
        if here is None or _is_answered(here):
            return True
        # the answer of the question above may be an enumeration; that of one with options is not
        if here.is_case or here.question.kind in _IN_WORDS or not here.options:
            before = [_is_answered(one) for one in self.asked if isinstance(one, Asked)]
            return before.count(False) > before.count(True)
        return True

    def _is_start(self, line: Line, span: list[Line]) -> bool:
        match = line.start
        if self.is_tagged:
            return _TAG.match(match["rest"]) is not None
        shows = any(one.is_option or one.is_answer for one in span)
        if match["bare"]:
            return shows
        here = self.here
        if here is None:
            return True
        number = int(match["typed"] or match["round"] or match["worded"])
        follows = number > here.number and number - 1 not in here.seen and number - here.number <= 50
        is_open = here.role == "stem" and not here.options
        if follows or (shows and not is_open):
            return True
        here.seen.add(number)
        return False

    def _begin(self, line: Line) -> None:
        match = line.start
        number = match["typed"] or match["round"] or match["worded"] or re.sub(r"\D", "", match["bare"])
        code = match["bare"] or ""
        _role, first = line.fields[0]
        rest = _START.match(first)["rest"]
        asked = self._begin_asked(int(number), code, rest)
        if match["answer"]:
            asked.texts["answer"] = [match["answer"]]
        self._take_fields(asked, line.fields[1:])

    def _begin_asked(self, number: int, code: str, rest: str) -> Asked:
        self._end_asked()
        kind = self.section or self.implied
        if (tag := _TAG.match(rest)) and (tagged := kind_of(tag[1])):
            kind, rest = tagged, rest[tag.end() :]
        name = KIND_NAMES[self.section] if self.section else ""
        asked = Asked(number, f"{name}第{code or number}题", Question(""), self.section)
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
        if match[4] and number == here.number + 1 and here.parts:
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
        elif target.role == "answer" and self._is_closed(target):
            self._hold(text)
        elif target.role == "options":
            target.options.append(text)
        else:
            target.texts.setdefault(target.role, []).append(text)

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
        ranges = list(_KEY_RANGE.finditer(text))
        rest = _KEY_RANGE.sub(" ", text)
        singles = list(_KEY_ONE.finditer(rest))
        bare = re.sub(r"[\s;；,，。.、|]", "", _KEY_ONE.sub("", rest))
        if (ranges or singles) and not bare:
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
            if answer := re.match(r"^([A-ZＡ-Ｚ]+|[√×])[\s。.，,；;]+(.+)$", self.key.get("answer", ""), re.DOTALL):
                self.key["answer"], self.key["explanation"] = answer[1], answer[2]
        elif self.key is not None:
            for role, said in line.fields:
                self._add_to_key(role or ("explanation" if "explanation" in self.key else "answer"), said)
        else:
            self._hold(text)

    def _add_to_key(self, role: str, text: str) -> None:
        self.key[role] = f"{self.key[role]}\n{text}" if self.key.get(role) else text

    def _add_key(self, number: int, key: dict[str, str]) -> None:
        known = self.keys.setdefault((self.section, number), key)
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
        self.used: set[tuple[str | None, int]] = set()
        self.numbers: dict[int, list] = {}
        for key in self.keys:
            self.numbers.setdefault(key[1], []).append(key)
        found = []
        for asked in self.asked:
            if isinstance(asked, Group):
                found += self._group_drafts(asked)
            else:
                found.append(draft_of(self._question(asked)))
        for section, number in self.keys:
            if (section, number) not in self.used and self.passed <= _MOST_NOTES:
                self.notes.append(
                    Note("key_without_question", KEY_WITHOUT_QUESTION, value=f"{KIND_NAMES.get(section, '')}{number}")
                )
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
        place = (asked.section, asked.number)
        if place not in self.keys:
            places = self.numbers.get(asked.number, [])
            if len(places) != 1 or (places[0][0] is not None and asked.section is not None):
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


def _answer(lines: list[str]) -> str:
    """The answer; said twice in the same words it is said once."""
    said = [line for line in lines if line]
    return said[0] if said and len(set(said)) == 1 else "\n".join(said)


LINE_PASSED_OVER = _("A line that belongs to no question was passed over")
ANSWERS_CONTRADICT = _("Two answers are given that contradict each other")
KEY_RANGE_UNCLEAR = _("The list of answers has not as many answers as numbers here")
KEY_WITHOUT_QUESTION = _("The list of answers names a question that is not there")
