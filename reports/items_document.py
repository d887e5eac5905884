"""Questions as a Word document that people read and correct, and that the import reads again: numbered stems, lettered options,
【答案】【解析】 and the other words of a question behind their labels.
"""

import io
from collections.abc import Iterable

import docx
from docx.opc.exceptions import PackageNotFoundError
from docx.shared import Mm, Pt

from exams.interchange.drafts import Exported
from exams.interchange.questions import Question, question_of
from exams.interchange.tables import HEADINGS
from exams.interchange.texts import IMAGE, guarded
from exams.interchange.vocabulary import letters_of, truth_of
from reports.documents import HEADING, _run
from reports.workbooks import FIXED

FONT = "宋体"
_LABELLED = (
    "answer", "tolerance", "unit", "rubric", "explanation", "difficulty", "knowledge_point", "topic", "marks", "policy", "law", "articles",
    "law_version", "audience", "classification", "source", "expires", "code", "extra",
)  # fmt: skip
_OF_A_PART = ("answer", "tolerance", "unit", "rubric", "explanation", "marks", "policy")
# of a case these stand before its parts
_OF_A_CASE = tuple(name for name in _LABELLED if name not in ("answer", "tolerance", "unit", "rubric"))
_LONG = frozenset("answer rubric explanation extra".split())  # on lines of their own


def document(file, *, items: Iterable[Exported], title: str = "试题") -> None:
    """Write the items as docx to `file`. Images are embedded; what a document cannot say is kept in hidden lines."""
    doc = docx.Document()
    doc.core_properties.created = doc.core_properties.modified = FIXED
    doc.core_properties.author = doc.core_properties.last_modified_by = ""
    doc.core_properties.title = title
    section = doc.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    _run(doc.add_paragraph(), title, HEADING, 16).font.bold = True
    for number, item in enumerate(items, 1):
        question = question_of(item, is_shown=True)
        _question(doc, f"{number}. 【{question.kind}】", question, item.images, _OF_A_CASE if question.parts else _LABELLED)
        for at, part in enumerate(question.parts, 1):
            _question(doc, f"【小题{at}】【{part.kind}】", part, item.images, _OF_A_PART)
    doc.save(file)


def _question(doc, begin: str, question: Question, images: dict[str, bytes], names: tuple[str, ...]) -> None:
    _text(doc, begin + guarded(question.stem), images).paragraph_format.space_before = Pt(8)
    if question.left:
        _text(doc, "【左栏】" + "\n".join(f"{number}. {guarded(text)}" for number, text in question.left), images)
    for letter, text in question.options:
        _text(doc, f"{letter}. {guarded(text)}", images)
    short = ""
    for name in names:
        value = getattr(question, name)
        if not value:
            continue
        line = f"【{HEADINGS[name]}】{value if name == 'extra' or _is_key(value) else guarded(value)}"
        if name not in _LONG and "\n" not in value:
            short += line
            continue
        if short:
            _text(doc, short, images)
            short = ""
        _text(doc, line, images, is_hidden=name == "extra")
    if short:
        _text(doc, short, images)


def _is_key(value: str) -> bool:
    """Letters, or a word for right or wrong: these mean what they look like."""
    return letters_of(value) is not None or truth_of(value) is not None


def _text(doc, text: str, images: dict[str, bytes], *, is_hidden: bool = False):
    """The paragraph of a text; its lines broken, its images where they stand."""
    paragraph = doc.add_paragraph()
    paragraph.paragraph_format.space_after = Pt(2)
    for at, piece in enumerate(text.split(IMAGE)):
        if at % 2 and piece in images:
            try:
                paragraph.add_run().add_picture(io.BytesIO(images[piece]))
            except (docx.image.exceptions.UnrecognizedImageError, PackageNotFoundError, ValueError, OSError):
                _run(paragraph, f"[{piece}]", FONT, 10.5)
        elif piece:
            run = _run(paragraph, piece, FONT, 10.5)
            run.font.hidden = True if is_hidden else None
    return paragraph
