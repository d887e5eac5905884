"""Questions of a Word file: written one below the other, as rows of a table, or one table for each."""

import re
from itertools import pairwise

from django.utils.translation import gettext_lazy as _

from exams.interchange.drafts import Note, Reading
from exams.interchange.lines import KEYS_HEADING, NoNumberedQuestions, read_lines, stands_below_heading_of_keys
from exams.interchange.questions import draft_of
from exams.interchange.tables import QUESTIONS, drafts_of, question_of_texts, rows_of_sheet
from exams.interchange.texts import IMAGE
from exams.interchange.vocabulary import letters_of, truth_of
from laws import word
from laws.word import Paragraph, Table
from training.imports.cells import Sheet

REASONS = {
    word.TEXT_BOX: _("Text boxes were passed over: what stands in them was not read"),
    word.NESTED_TABLE: _("A table inside a table was read as text"),
    word.IMAGE_LOST: _("An image is not in the file itself and was left out"),
    word.OBJECT: _("An embedded object (an old equation, a worksheet) was left out: check the question around it"),
}


def read(content: bytes, filename: str = "") -> Reading:
    """Raises WordUnreadable, or NoNumberedQuestions when no question is found."""
    document = word.read_document(content)
    reading = Reading("word", notes=[Note(code, REASONS[code]) for code in document.notes])
    lines: list[str] = []
    tables = 0
    for block in document.blocks:
        if isinstance(block, Paragraph):
            lines += _lines(block)
            continue
        tables += 1
        texts = [[_cell(cell) for cell in row] for row in block.rows]
        if found := _rows(texts, f"表{tables}", reading, filename):
            reading.drafts += found
        elif found := _key_lines(texts):
            lines += found if stands_below_heading_of_keys(lines) else [KEYS_HEADING, *found]
        elif found := _single(block, texts, f"表{tables}"):
            reading.drafts.append(found)
        else:
            lines += [line for row in texts for line in "\t".join(filter(None, row)).split("\n")]
    for draft in reading.drafts:
        content = draft.content
        names = images_in(str(content)) if content else []
        draft.images = {name: document.images[name] for name in names if name in document.images}
    try:
        found = read_lines(lines, filename=filename, images=document.images)
    except NoNumberedQuestions:
        if not reading.drafts:
            raise
        reading.notes += [Note("line_passed_over", LINES_PASSED_OVER, value=line[:200]) for line in lines if line.strip()][:200]
    else:
        reading.drafts += found.drafts
        reading.notes += found.notes
    return reading


def images_in(text: str) -> list[str]:
    return [part.partition('"')[0] for part in text.split('<img src="')[1:]]


def _lines(paragraph: Paragraph) -> list[str]:
    """The lines of a paragraph, the number of its list before the first."""
    label = paragraph.number.strip()
    if label and label[-1].isalnum():
        label += "."
    return (label + _named(paragraph.text, paragraph.images)).split("\n")


def _named(text: str, images: tuple[str, ...]) -> str:
    """Each image's sign followed by its name and the sign again."""
    for name in images:
        text = text.replace(word.IMAGE, f"\0{name}\0", 1)
    return text.replace("\0", IMAGE)


def _cell(cell) -> str:
    return "\n".join(line for p in cell.paragraphs for line in _lines(p)).strip()


def _rows(texts: list[list[str]], name: str, reading: Reading, filename: str):
    """Drafts of a table whose first rows name the columns of questions."""
    sheet = Sheet(name, [list(row) for row in texts])
    return drafts_of(rows_of_sheet(sheet, reading, filename))


def _key_lines(texts: list[list[str]]) -> list[str]:
    """Answers by number as lines: rows 题号 and 答案 below each other, columns so called, or numbers above signs."""
    found = []
    for above, below in pairwise(texts):
        is_named = _is_named(above[:1], _NUMBERS) and _is_named(below[:1], _ANSWERS)
        if is_named or _is_bare_key(above, below):
            skipped = 1 if is_named else 0
            found += [_key_line(n, a) for n, a in zip(above[skipped:], below[skipped:], strict=False)]
    if not found and texts and _is_named(texts[0][:1], _NUMBERS) and _is_named(texts[0][1:2], _ANSWERS):
        is_explained = len(texts[0]) == 3 and QUESTIONS.role_of(texts[0][2]) == "explanation"
        step = 3 if is_explained else 2
        for row in texts[1:]:
            for at in range(0, len(row) - 1, step):
                found.append(_key_line(row[at], row[at + 1], row[at + 2] if is_explained else ""))
    return [line for line in found if line]


_NUMBERS, _ANSWERS = ("题号", "序号", "题目"), ("答案", "正确答案", "参考答案")


def _is_named(cells: list[str], names: tuple[str, ...]) -> bool:
    return bool(cells) and re.sub(r"\s", "", cells[0]) in names


def _is_bare_key(above: list[str], below: list[str]) -> bool:
    pairs = [(n, a) for n, a in zip(above, below, strict=False) if n or a]
    return len(pairs) > 1 and all(_NUMBER.fullmatch(n) and (letters_of(a) or truth_of(a) is not None) for n, a in pairs)


_NUMBER = re.compile(r"\s*([0-9]{1,5})\s*[.．、]?\s*")


def _key_line(number: str, answer: str, explanation: str = "") -> str:
    match = _NUMBER.fullmatch(number)
    if match is None or not answer.strip():
        return ""
    said = " ".join(answer.split())
    return f"{match[1]}.【答案】{said}" + (f"【解析】{' '.join(explanation.split())}" if explanation.strip() else "")


def _single(block: Table, texts: list[list[str]], name: str):
    """The one question of a table that names its fields in the first column."""
    pairs = {}
    for row in texts:
        filled = [text for text in row if text]
        if len(filled) != 2 or QUESTIONS.role_of(filled[0]) is None:
            return None
        pairs[filled[0]] = filled[1]
    question = question_of_texts(name, pairs)
    return draft_of(question) if question.stem else None


LINES_PASSED_OVER = _("A line beside the tables was passed over")
