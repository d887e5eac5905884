"""Questions of a Word file: written one below the other, as rows of a table, or one table for each."""

from itertools import pairwise

from django.utils.translation import gettext_lazy as _

from exams.interchange.drafts import Note, Reading
from exams.interchange.lines import NoNumberedQuestions, read_lines
from exams.interchange.questions import draft_of
from exams.interchange.tables import QUESTIONS, drafts_of, question_of_texts, rows_of_sheet
from exams.interchange.texts import IMAGE
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
    keys: dict[int, str] = {}
    tables = 0
    for block in document.blocks:
        if isinstance(block, Paragraph):
            lines += _lines(block)
            continue
        tables += 1
        texts = [[_cell(cell) for cell in row] for row in block.rows]
        if found := _rows(texts, f"表{tables}", reading, filename):
            reading.drafts += found
        elif found := _keys(texts):
            keys |= found
        elif found := _single(block, texts, f"表{tables}"):
            reading.drafts.append(found)
        else:
            lines += [line for row in texts for line in "\t".join(filter(None, row)).split("\n")]
    for draft in reading.drafts:
        content = draft.content
        names = images_in(str(content)) if content else []
        draft.images = {name: document.images[name] for name in names if name in document.images}
    try:
        found = read_lines(lines, filename=filename, images=document.images, keys=keys)
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


def _keys(texts: list[list[str]]) -> dict[int, str]:
    """Answers by number: rows 题号 and 答案 below each other, or columns so called."""
    found = {}
    for above, below in pairwise(texts):
        if above and below and above[0].replace(" ", "") in ("题号", "序号") and below[0].replace(" ", "") == "答案":
            found |= {int(n): a for n, a in zip(above[1:], below[1:], strict=False) if n.isdigit() and len(n) < 6 and a}
    if not found and texts and [t.replace(" ", "") for t in texts[0]][:2] in (["题号", "答案"], ["序号", "答案"]):
        for row in texts[1:]:
            for n, a in zip(row[::2], row[1::2], strict=False):
                if n.isdigit() and len(n) < 6 and a:
                    found[int(n)] = a
    return found


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
