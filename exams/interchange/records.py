"""Banks as text without a header: one record a line, an identifier, then cells between tabs that say themselves what they are.

A line that begins with no identifier continues the record above it. The answer is the cell that says so; what stands before
it is the stem, what stands behind it are options, several of which may be fused in one cell.
"""

import re

from django.utils.translation import gettext_lazy as _

from exams.interchange.drafts import Draft, Note, Reading
from exams.interchange.questions import Question, draft_of
from exams.interchange.texts import split_options
from exams.interchange.vocabulary import kind_in_name
from exams.models import ItemKind
from training.imports.delimited import decode
from training.imports.refusals import FileRefused

_BEGIN = re.compile(r"^\s*([A-Za-z]{0,4}-?\d{1,10})\t")
_ANSWER = re.compile(r"^\s*【?(?:正确|参考|标准)?答案】?\s*[:：]\s*(.*)$", re.DOTALL)
_EXPLANATION = re.compile(r"^\s*【?(?:答案|试题)?解析】?\s*[:：]\s*(.*)$", re.DOTALL)
_CELL_OPTION = re.compile(r"^\s*[（(]?[A-ZＡ-Ｚ]\s*[)）.．：:、]")


class NoRecords(FileRefused):
    code = "no_questions"
    message = _("These are no records of questions: an identifier, the stem, 正确答案：…, options, between tabs.")


def text_of(content: bytes) -> str:
    return decode(content)[0]


def is_records(text: str) -> bool:
    """Whether most of the first lines are records."""
    lines = [line for line in text.splitlines()[:40] if line.strip()]
    found = [line for line in lines if _BEGIN.match(line) and any(_ANSWER.match(cell) for cell in line.split("\t")[1:])]
    return len(found) * 2 > len(lines)


def read(content: bytes, filename: str = "") -> Reading:
    text = text_of(content)
    if not is_records(text):
        raise NoRecords
    return read_text(text, filename)


def read_text(text: str, filename: str = "") -> Reading:
    reading = Reading("records")
    implied = kind_in_name(filename)
    for number, lines in _joined(text, reading):
        reading.drafts.append(_draft(number, lines, implied))
    return reading


def _joined(text: str, reading: Reading):
    """(number of its first line, its lines) of each record."""
    record: list[str] = []
    begin = 0
    for number, line in enumerate(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"), 1):
        if not line.strip():
            continue
        if _BEGIN.match(line):
            if record:
                yield begin, record
            record, begin = [line], number
        elif record:
            record.append(line)
        else:
            reading.notes.append(Note("line_passed_over", LINE_PASSED_OVER, value=f"{number} {line.strip()[:120]}"))
    if record:
        yield begin, record


def _draft(number: int, lines: list[str], implied: str | None) -> Draft:
    cells = "".join(lines).split("\t")
    code = cells[0].strip()
    question = Question(str(number), kind=implied or "", code=code)
    if len(lines) > 1:
        question.notes.append(Note("record_broken", RECORD_BROKEN, value=f"{number}–{number + len(lines) - 1}"))
    runs = _runs(cells[1:])
    if len(runs) > 1:
        _take_case(question, runs)
    elif runs:
        _take_run(question, runs[0])
    return draft_of(question)


def _runs(cells: list[str]) -> list[list[str]]:
    """The cells of each question of a record: a stem after an answer begins another."""
    runs: list[list[str]] = [[]]
    is_answered = False
    for cell in cells:
        if not cell.strip():
            continue
        if is_answered and not (_ANSWER.match(cell) or _EXPLANATION.match(cell) or _CELL_OPTION.match(cell)):
            runs.append([])
            is_answered = False
        is_answered = is_answered or _ANSWER.match(cell) is not None
        runs[-1].append(cell)
    return runs


def _take_run(question: Question, cells: list[str]) -> None:
    stem, options = [], []
    for cell in cells:
        if match := _ANSWER.match(cell):
            if question.answer:
                question.notes.append(Note("answers_contradict", TWO_ANSWERS, True, "answer", match[1].strip()[:100]))
            question.answer = match[1].strip()
        elif match := _EXPLANATION.match(cell):
            question.explanation = match[1].strip()
        elif _CELL_OPTION.match(cell):
            options.append(cell.strip())
        else:
            stem.append(cell.strip())
    question.stem = "\n".join(stem)
    before, question.options = split_options("\n".join(options))
    if before:
        question.notes.append(Note("option_missing", OPTION_UNCLEAR, True, "options", before[:100]))


def _take_case(question: Question, runs: list[list[str]]) -> None:
    """Several questions in one record share the material that stands first."""
    question.kind = ItemKind.CASE_ANALYSIS
    stems = [cell for cell in runs[0] if not (_ANSWER.match(cell) or _EXPLANATION.match(cell) or _CELL_OPTION.match(cell))]
    if len(stems) < 2:
        question.notes.append(Note("questions_missing", MATERIAL_UNCLEAR, True, "stem"))
        return
    question.stem = "\n".join(stem.strip() for stem in stems[:-1])
    runs[0] = [cell for cell in runs[0] if cell not in stems[:-1]]
    for run in runs:
        part = Question("")
        _take_run(part, run)
        question.notes += part.notes
        question.parts.append(part)


LINE_PASSED_OVER = _("A line above the first question was passed over")
RECORD_BROKEN = _("The record was broken over several lines and joined again")
TWO_ANSWERS = _("Two answers are given")
OPTION_UNCLEAR = _("It is not clear where the options begin")
MATERIAL_UNCLEAR = _("The record has several answers, but no material apart from its questions")
