"""Questions as rows of a table: what the columns are called, and what stands in them.

Spreadsheets, delimited text, tables in Word files and JSON objects with such names are all read here.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from exams.content import CHOICES, LETTERS
from exams.interchange.drafts import Draft, Note, Reading
from exams.interchange.questions import Question, draft_of, take_bracket_answer, take_marks, take_options
from exams.interchange.texts import printable, split_options, without_letter
from exams.interchange.vocabulary import CHOICE_WORDS, kind_in_name, kind_of, letters_of, truth_of
from training.imports.cells import FORMULA_STARTS, Book, CellFault, Sheet
from training.imports.headers import Vocabulary, normalise_header, role
from training.imports.layout import Header, column_letter, find_header
from training.imports.texts import plain_number

OPTION_LETTERS = LETTERS[:20]
_OPTION_NUMBERS = [f"(?:{at}|{word})" for at, word in enumerate("一 二 三 四 五 六 七 八 九 十".split(), 1)] + list(
    map(str, range(11, 21))
)
_OPTION_WORD = (
    "(?:备选|可选|候选|试题|题目)?(?:选项|备选项|备选|备选答案|答案选项|答案|选择|option|choice|answer)(?:内容)?[_#.-]?"
)


def _option_pattern(at: int, letter: str) -> str:
    """选项A内容, A选项内容, 备选答案1, 选项一, Choice 2."""
    name = f"(?:{letter.lower()}|{_OPTION_NUMBERS[at]})"
    return f"^{_OPTION_WORD}{name}(?:内容|文本|项)?$|^{letter.lower()}(?:选项|项|答案)(?:内容|文本)?$|^第{_OPTION_NUMBERS[at]}(?:个?选项|项)$"


# role, heading we write, what else it is called
ROLES = (
    ("seq", "序号", "序号 序 编号 No 行号"),
    ("code", "原题号", "原题号 题号 试题编号 题目编号 试题id 题目id id 试题编码 code"),
    ("case", "所属案例", "所属案例 所属材料 材料题号 父题号 大题号 所属大题 parent"),
    ("kind", "题型", "题型 题目类型 试题类型 类型 题类 试题题型 type kind questiontype"),
    ("stem", "题干", "题干 题目 试题 问题 试题内容 题目内容 题干内容 试题题干 题目题干 题目描述 材料 题文 stem question input title content",
     r"^(?:试题|题目|问题|题干)(?:名称|正文|内容|描述|文本|题目|题干|信息)$|^question(?:text|title|body|content|stem)$"),
    ("options", "选项", "选项 备选项 备选答案 候选项 可选项 选项内容 答案选项 试题选项 题目选项 options choices"),
    *((f"option_{x}", f"选项{x}", f"选项{x} {x}选项 {x}项 备选{x} 备选项{x} 备选答案{x} 答案选项{x} 答案{x} option{x} choice{x} {x} 选项({x}) 备选项({x}) 备选答案({x}) ({x})", _option_pattern(at, x))
      for at, x in enumerate(OPTION_LETTERS)),
    ("left", "左栏", "左栏 匹配项 左列 左侧 连线左项"),
    ("answer", "答案", "答案 正确答案 参考答案 标准答案 试题答案 题目答案 答案内容 正确选项 正确项 正解 answer answers key correct "
     "correctanswer correctanswers correctoption rightanswer output"),
    ("tolerance", "允许误差", "允许误差 误差 误差范围 tolerance"),
    ("unit", "计量单位", "计量单位 单位 答案单位 unit"),
    ("rubric", "采分点", "采分点 评分要点 评分标准 得分点 评分细则 采分标准 rubric"),
    ("explanation", "解析", "解析 答案解析 试题解析 题目解析 解析说明 答案说明 答案详解 详解 解答 解释 说明 题解 分析 试题分析 题目分析 答案分析 考点解析 点评 出题依据 "
     "判断依据 explanation analysis feedback rationale"),
    ("difficulty", "难度", "难度 难易 难易度 难易程度 难度等级 难度系数 试题难度 difficulty level"),
    ("knowledge_point", "知识点", "知识点 考点 考查点 考核点 知识要点 所属知识点 knowledgepoint"),
    ("topic", "章节", "章节 专题 主题 分类 题目分类 试题分类 所属章节 科目 topic chapter category"),
    ("marks", "分值", "分值 分数 得分 满分 题目分值 试题分值 每题分值 score marks points"),
    ("policy", "计分方式", "计分方式 评分方式 多选计分 policy"),
    ("source", "来源", "来源 出处 试题来源 题目来源 source"),
    ("law", "法律名称", "法律名称 法律 法规 法律法规 法律法规名称 依据 法律依据 law"),
    ("articles", "条款", "条款 条文 法条 依据条款 条款号 article articles"),
    ("law_version", "法律版本", "法律版本 版本 法规版本 lawversion"),
    ("audience", "适用对象", "适用对象 适用人员 适用人群 对象 audience"),
    ("classification", "密级", "密级 使用范围 公开范围 用途 classification"),
    ("expires", "有效期至", "有效期至 有效期 失效日期 有效期限 截止日期 expires validto"),
    ("extra", "附加数据", "附加数据"),
)  # fmt: skip
HEADINGS = {code: heading for code, heading, *_names in ROLES}
QUESTIONS = Vocabulary(*(role(*entry) for entry in ROLES), required=("stem", "answer"))
# written: every role but the ones only read
COLUMNS = tuple(code for code in HEADINGS if code not in ("seq", "options") and code not in {f"option_{x}" for x in LETTERS[8:]})
PLAIN = frozenset(
    "code kind stem answer explanation difficulty topic knowledge_point marks policy source classification audience law articles law_version "
    "tolerance unit rubric extra expires".split()
)
# what may be written once over several rows
_FILLED_DOWN = PLAIN - {"code", "stem", "answer", "explanation", "extra", "rubric", "tolerance", "unit"} | {"case"}
_SECTION_ROW = re.compile(
    r"^(?:第?[一二三四五六七八九十\d]{1,3}(?:部分|大题)?[、.．:：\s]|[（(][一二三四五六七八九十\d]{1,3}[)）])?\s*[\u4e00-\u9fff]{2,8}题?\s*(?:[（(【:：].*)?$"
)
SECTION_MARKS = re.compile(r"每[小]?[题空道]?题?[^\d，,。]{0,4}(\d+(?:\.\d{1,2})?)\s*分")
_NOTE_ROW = re.compile(r"^(?:注|备注|说明|填写说明|填表说明|注意|注意事项|示例|样例|例)(?:[:：]|$)|^[（(]?(?:必填|选填)")


_ODD = frozenset((CellFault, date, datetime, time))


@dataclass(slots=True)
class Row:
    place: str
    question: Question
    case: str  # the code of the case it belongs to
    headings: dict[str, str]


def read_book(book: Book, *, filename: str = "", format: str = "excel") -> Reading:
    """Every row below a header of every visible sheet. Sheets without one are named."""
    reading = Reading(format)
    rows: list[Row] = []
    for sheet in book.sheets:
        if sheet.hidden or not sheet.is_worksheet:
            reading.notes.append(Note("sheet_hidden", SHEET_HIDDEN, value=sheet.name or ""))
        elif any(value != "" for row in sheet.rows for value in row):
            header = _header_of(sheet)
            if header is None:
                reading.notes.append(Note("sheet_without_questions", SHEET_WITHOUT_QUESTIONS, value=sheet.name or ""))
            else:
                rows += _rows(sheet, header, reading, filename)
    reading.drafts = drafts_of(rows)
    return reading


def rows_of_sheet(sheet: Sheet, reading: Reading, filename: str = "") -> list[Row]:
    """The rows of a table that names stem and answer; none of another."""
    header = _header_of(sheet)
    if header is None or QUESTIONS.missing(header.roles):
        return []
    return list(_rows(sheet, header, reading, filename))


def _header_of(sheet: Sheet) -> Header | None:
    header = find_header(sheet, QUESTIONS)
    return header if header is not None and "stem" in header.roles and len(header.roles) >= 2 else None


def drafts_of(rows: Iterable[Row]) -> list[Draft]:
    """Rows as drafts; rows that belong to a case become its parts and are told with it."""
    rows = list(rows)
    cases = {row.question.code: row for row in rows if row.question.code and not row.case}
    drafts = []
    for row in rows:
        if row.case:
            owner = cases.get(row.case)
            if owner is None:
                row.question.notes.append(Note("case_unknown", CASE_UNKNOWN, True, "case", row.case))
            else:
                owner.question.parts.append(row.question)
    for row in rows:
        if row.case and row.case in cases:
            continue
        for one in (row.question, *row.question.parts):
            _read_from_stem(one)
        for part in row.question.parts:
            row.question.notes += part.notes
        draft = draft_of(row.question)
        if draft.notes:
            draft.notes = [with_heading(note, row.headings) for note in draft.notes]
        drafts.append(draft)
    return drafts


def _read_from_stem(question: Question) -> None:
    """Options and answer that stand in the cell of the stem, where their own columns say nothing."""
    if question.extra or question.parts:
        return
    kind = kind_of(question.kind) if question.kind else None
    if not question.options and (kind in CHOICES or (kind is None and letters_of(question.answer) is not None)):
        take_options(question, kind)
    if not question.answer:
        take_bracket_answer(question, kind)


def with_heading(note: Note, headings: dict[str, str]) -> Note:
    """The same note naming the column as the file calls it."""
    heading = headings.get(note.field) or HEADINGS.get(note.field)
    return Note(note.code, note.reason, note.is_refusal, heading, note.value) if heading else note


def _rows(sheet: Sheet, header: Header, reading: Reading, filename: str) -> Iterator[Row]:
    implied = kind_of(sheet.name or "") or kind_in_name(sheet.name or "") or kind_in_name(filename)
    marks = ""  # of each question below a heading that says so
    roles = header.roles
    plain = [(code, index) for code, index in roles.items() if code in PLAIN]
    options = [(code[-1].upper(), index) for code, index in sorted(roles.items()) if code.startswith("option_")]
    options = options or _spread_options(sheet, header)
    is_numbered = bool(options) and all(
        re.search(r"[\d一二三四五六七八九十]", header.headings[index]) for _letter, index in options
    )
    headings = _headings(sheet, header)
    stem = roles["stem"]
    names = {index: normalise_header(text) for index, text in enumerate(header.headings) if text}
    start = header.first + header.depth
    below = _join_merged(sheet, header, start)
    for position in range(start, len(sheet.rows)):
        row = sheet.rows[position]
        number = sheet.first_row + position
        texts = _texts(row, sheet, number)
        if position in below or not any(texts):
            continue
        place = f"{sheet.name}!{number}" if sheet.name else str(number)
        filled = [(index, text) for index, text in enumerate(texts) if text]
        if _repeats(texts[stem], names[stem]) and all(_repeats(text, names.get(index)) for index, text in filled[:3]):
            reading.notes.append(Note("header_repeated", HEADER_REPEATED, value=place))
            continue
        if len(filled) <= 2 and _NOTE_ROW.match(filled[0][1]):
            reading.notes.append(Note("row_passed_over", ROW_PASSED_OVER, value=f"{place} {filled[0][1]}"[:200]))
            continue
        if len(filled) == 1 and filled[0][0] != roles.get("kind") and (kind := _section(filled[0][1])):
            stated = SECTION_MARKS.search(filled[0][1])
            implied, marks = kind, stated[1] if stated else ""
            continue
        question = Question(place)
        for code, index in plain:
            if texts[index]:
                setattr(question, code, texts[index])
        question.options = _options([(letter, texts[index]) for letter, index in options])
        if "options" in roles and (text := texts[roles["options"]]) and roles["options"] not in {index for _l, index in options}:
            fused = _one_cell_options(text)
            if question.options and question.options != fused:
                question.notes.append(Note("options_contradict", OPTIONS_CONTRADICT, True, "options", text[:100]))
            question.options = fused
        if "left" in roles and (text := texts[roles["left"]]):
            question.left = numbered(text)
        if implied and question.kind in ("", *CHOICE_WORDS):
            question.kind = implied
        question.marks = question.marks or marks
        if header.repeated:
            _take_repeated(question, header, texts)
        if is_numbered:
            _answer_by_number(question)
        _fault_notes(question, row, sheet, header, number)
        yield Row(place, question, texts[roles["case"]] if "case" in roles else "", headings)
    _tell_unread(sheet, header, reading)


def _spread_options(sheet: Sheet, header: Header) -> list[tuple[str, int]]:
    """Columns under one heading 选项, or under several of them: the options in order."""
    first = header.roles.get("options")
    if first is None:
        return []
    columns = {first, *(index for code, index in header.repeated if code == "options")}
    for top, left, bottom, right in sheet.merged:
        if left == first and top <= sheet.first_row + header.first + header.depth - 1 <= bottom:
            columns.update(
                index for index in range(left, right + 1) if index < len(header.headings) and not header.headings[index]
            )
    return list(zip(LETTERS, sorted(columns), strict=False)) if len(columns) > 1 else []


def _section(text: str) -> str | None:
    """The kind that a heading between the rows names: 二、多选题（每题2分）."""
    return kind_of(text) if len(text) <= 80 and _SECTION_ROW.match(text) else None


def _take_repeated(question: Question, header: Header, texts: list[str]) -> None:
    """Columns that mean the same: what is empty in the first is taken from the next; stems stand below each other; answers agree."""
    for code, index in header.repeated:
        text = texts[index]
        known = getattr(question, code, "") if code in PLAIN else ""
        if code not in PLAIN or not text or text == known:
            continue
        if not known:
            setattr(question, code, text)
        elif code == "stem":
            lines = [text, known] if normalise_header(header.headings[index]) == "材料" else [known, text]
            question.stem = "\n".join(lines)
        elif code == "answer" and not _is_same_answer(known, text):
            question.notes.append(Note("answers_contradict", ANSWERS_CONTRADICT, True, "answer", f"{known} / {text}"[:100]))


def _is_same_answer(one: str, other: str) -> bool:
    if letters_of(one) and letters_of(other):
        return set(letters_of(one)) == set(letters_of(other))
    return one == other or (truth_of(one) is not None and truth_of(one) == truth_of(other))


def _answer_by_number(question: Question) -> None:
    """Where options are numbered, so are answers: 2, or 1、3; not where an option itself says so."""
    count = len(question.options)
    numbers = re.findall(r"\d+", question.answer)
    if (
        not numbers
        or re.sub(r"[\d\s,，、;；|/]", "", question.answer)
        or question.answer in {text for _l, text in question.options}
    ):
        return
    if not all(len(number) <= 2 and 1 <= int(number) <= count for number in numbers):
        return
    letters = "".join(question.options[int(number) - 1][0] for number in numbers)
    question.notes.append(Note("key_by_number", KEY_BY_NUMBER, field="answer", value=f"{question.answer} → {letters}"[:100]))
    question.answer = letters


def _tell_unread(sheet: Sheet, header: Header, reading: Reading) -> None:
    """Columns that hold something and were not read, and those that mean the same as another."""
    spread = {index for _letter, index in _spread_options(sheet, header)}
    known = {*header.roles.values(), *(index for _code, index in header.repeated), *spread}
    rows = sheet.rows[header.first + header.depth :]
    others = [index for index in range(len(header.headings)) if index not in known]
    columns = [
        f"{header.headings[index]} ({column_letter(index + sheet.first_column)})".strip()
        for index in others
        if any(row[index] != "" for row in rows)
    ]
    if columns:
        place = f"{sheet.name}：" if sheet.name else ""
        reading.notes.append(Note("columns_not_read", COLUMNS_NOT_READ, value=(place + "、".join(columns))[:200]))
    again = [header.headings[index] for _code, index in header.repeated if index not in spread]
    if again:
        reading.notes.append(Note("columns_repeated", COLUMNS_REPEATED, value="、".join(again)[:200]))


def _repeats(text: str, heading: str | None) -> bool:
    return len(text) <= 40 and heading is not None and normalise_header(text) == heading


def _texts(row: list, sheet: Sheet, number: int) -> list[str]:
    texts = [_text(value) for value in row]
    if sheet.percents:  # the numbers among them
        for index, value in enumerate(row):
            if type(value) in (int, float) and (number, index) in sheet.percents:
                texts[index] = f"{(Decimal(str(value)) * 100).normalize():f}%"
    return texts


def _text(value) -> str:
    """What a cell says; the ' that keeps a text from being a formula is no part of it."""
    if value == "":
        return ""
    if type(value) is not str:
        if type(value) is datetime and value.time() == time():
            value = value.date()
        return plain_number(value)
    value = (value if value.isprintable() else printable(value)).strip()
    return value[1:] if value[:1] == "'" and value[1:].startswith(FORMULA_STARTS) else value


def _headings(sheet: Sheet, header: Header) -> dict[str, str]:
    """role -> "选项A (D)": the column by its heading and its letter."""
    found = {
        code: f"{header.headings[index]} ({column_letter(index + sheet.first_column)})" for code, index in header.roles.items()
    }
    if "options" not in found:
        letters = [index for code, index in header.roles.items() if code.startswith("option_")]
        if letters:
            first, last = (column_letter(index + sheet.first_column) for index in (min(letters), max(letters)))
            found["options"] = f"{HEADINGS['options']} ({first}–{last})"
    return found


def _fault_notes(question: Question, row: list, sheet: Sheet, header: Header, number: int) -> None:
    if number in sheet.hidden_rows:
        question.notes.append(Note("row_was_hidden", ROW_WAS_HIDDEN))
    if not _ODD.intersection(map(type, row)):
        return
    dated = {index for code, index in header.roles.items() if code != "expires"}
    for index, value in enumerate(row):
        column = f"{header.headings[index]} ({column_letter(index + sheet.first_column)})"
        if type(value) is CellFault:
            reason = FORMULA_UNKNOWN if value.code == "formula_without_value" else CELL_ERROR
            question.notes.append(Note(value.code, reason, index in header.roles.values(), column, value.text))
        elif type(value) in _ODD and index in dated:
            question.notes.append(Note("cell_is_date", CELL_IS_DATE, field=column, value=_text(value)))


_LISTED = frozenset(("options", "left", "rubric"))  # what may stand one below the other


def _join_merged(sheet: Sheet, header: Header, start: int) -> set[int]:
    """Write what is merged downwards into its rows. Positions of rows that continue the question above them: under a
    merged stem the other columns hold one option a row, and so they do where the cells were merged before the file was saved
    as text."""
    role_at = {index: code for code, index in header.roles.items()}
    below: set[int] = set()
    for top, left, bottom, _right in sheet.merged:
        code, position = role_at.get(left), top - sheet.first_row
        if bottom <= top or position < start or code is None or position >= len(sheet.rows):
            continue
        covered = range(position + 1, min(bottom - sheet.first_row + 1, len(sheet.rows)))
        if code == "stem":
            below.update(covered)
            for at in covered:
                _join(sheet.rows[position], sheet.rows[at], role_at, _LISTED | {"answer", "explanation"})
        elif code in _FILLED_DOWN:
            for at in covered:
                sheet.rows[at][left] = sheet.rows[position][left]
    if _LISTED & header.roles.keys():
        _join_lists(sheet, header, start, role_at, below)
    return below


def _join_lists(sheet: Sheet, header: Header, start: int, role_at: dict[int, str], below: set[int]) -> None:
    """Rows that hold nothing but a further option belong to the question above."""
    stem, above = header.roles["stem"], None
    for position in range(start, len(sheet.rows)):
        row = sheet.rows[position]
        if position in below:
            continue
        if row[stem] != "":
            above = row
        elif above is not None and (filled := {role_at.get(index) for index, value in enumerate(row) if value != ""}):
            if filled <= _LISTED:
                _join(above, row, role_at, _LISTED)
                below.add(position)
            else:
                above = None


def _join(above: list, row: list, role_at: dict[int, str], codes: frozenset[str]) -> None:
    for index, value in enumerate(row):
        if value != "" and role_at.get(index) in codes:
            known = plain_number(above[index])
            above[index] = f"{known}\n{plain_number(value)}" if known else value


def _options(options: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Options of their own columns; those that one cell holds fused with the one before are taken apart."""
    while options and not options[-1][1]:
        options = options[:-1]
    if all(text for _letter, text in options):
        return [(letter, without_letter(text, letter)) for letter, text in options]
    lines = "\n".join(f"{letter}. {without_letter(text, letter)}" for letter, text in options if text)
    before, apart = split_options(lines)
    if not before and len(apart) >= len(options) and [letter for letter, _text in apart] == list(LETTERS[: len(apart)]):
        return apart
    return [(letter, without_letter(text, letter)) for letter, text in options]


def _one_cell_options(text: str) -> list[tuple[str, str]]:
    """Options of one cell: lettered, else one on each line, else between | or ; or $."""
    before, options = split_options(text)
    if not before and options:
        return options
    for sign in ("\n", "|", "$", "；", ";"):
        parts = [part.strip() for part in text.split(sign) if part.strip()]
        if len(parts) > 1:
            return list(zip(LETTERS, parts, strict=False)) if len(parts) <= len(LETTERS) else [("A", text)]
    return [("A", text)]


_NUMBERED = re.compile(r"^\s*[（(]?(\d{1,2})\s*[)）.．、:：]\s*", re.MULTILINE)


def numbered(text: str) -> list[tuple[str, str]]:
    """The left side of a matching question: one on each line, by their own numbers or counted."""
    marks = list(_NUMBERED.finditer(text))
    if marks and not text[: marks[0].start()].strip():
        ends = [mark.start() for mark in marks[1:]] + [len(text)]
        return [(mark[1], text[mark.end() : end].strip()) for mark, end in zip(marks, ends, strict=True)]
    return [(str(at), line.strip()) for at, line in enumerate(filter(str.strip, text.split("\n")), 1)]


def cells_of(question: Question, code: str, case: str = "") -> dict[str, str]:
    """What each column of a row says of a question."""
    cells = {name: getattr(question, name) for name in PLAIN} | {f"option_{letter}": text for letter, text in question.options}
    cells["code"], cells["case"] = code, case
    cells["left"] = "\n".join(f"{number}. {text}" for number, text in question.left)
    if len(question.options) > 8:
        cells["options"] = "\n".join(f"{letter}. {text}" for letter, text in question.options)
    return cells


def question_of_texts(place: str, texts: dict[str, str]) -> Question:
    """A question from texts by their headings, in whatever words these are."""
    question = Question(place)
    options = []
    for heading, text in texts.items():
        code = QUESTIONS.role_of(heading)
        text = text.strip()
        if code in PLAIN and text:
            setattr(question, code, text)
        elif code == "options" and text:
            question.options = _one_cell_options(text)
        elif code == "left" and text:
            question.left = numbered(text)
        elif code and code.startswith("option_"):
            options.append((code[-1].upper(), text))
    if options:
        question.options = _options(sorted(options))
    take_marks(question)
    return question


COLUMNS_NOT_READ = _("These columns have headings that are not known and were not read")
COLUMNS_REPEATED = _("Several columns have the same meaning; the later ones count where the first is empty")
ANSWERS_CONTRADICT = _("Two answers are given that contradict each other")
OPTIONS_CONTRADICT = _("Options stand in one cell and in columns of their own, and differ")
KEY_BY_NUMBER = _("The answer numbers its options")
CELL_IS_DATE = _("The spreadsheet holds a date here: check the words")
SHEET_HIDDEN = _("A hidden sheet was passed over")
SHEET_WITHOUT_QUESTIONS = _("The sheet has no columns for stem and answer; nothing of it was read")
HEADER_REPEATED = _("The header row stands again here; it was passed over")
ROW_PASSED_OVER = _("A note was passed over")
CASE_UNKNOWN = _("The case that this question belongs to is not in the file")
FORMULA_UNKNOWN = _("The cell holds a formula that was never calculated: open the file, save it, and use that one")
CELL_ERROR = _("The cell shows an error")
ROW_WAS_HIDDEN = _("The row is hidden in the file; it was read all the same")
