"""Papers as Word documents: one of them, or every paper of a draw with answer sheet and key in one archive."""

import io
import zipfile

from exams import papers
from exams.models import MediaFile, Paper, PaperSet
from reports import papers_document

FORMS = {
    "paper": ("试卷", papers_document.paper),
    "sheet": ("答题卡", papers_document.answer_sheet),
    "key": ("答案", papers_document.key),
}


def name_of(paper: Paper, form: str) -> str:
    return f"{paper.paper_set.blueprint.title}-{paper.label}-{FORMS[form][0]}.docx"


def write(file, *, paper: Paper, form: str) -> None:
    """Write one form of a paper to `file`."""
    _word, writer = FORMS[form]
    sections = papers.sections_of(paper)
    shown = papers_document.images_in(sections)
    images = {one.sha256: one.file.read() for one in MediaFile.objects.filter(sha256__in=shown)} if shown else {}
    writer(file, paper=paper, sections=sections, images=images)


def write_all(file, *, paper_set: PaperSet, progress) -> int:
    """Every paper of a draw to `file`, a zip with a folder for papers, sheets and keys each. Returns how many papers."""
    found = list(paper_set.papers.select_related("paper_set__blueprint").order_by("label"))
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:  # Word files are compressed already
        for done, paper in enumerate(found):
            progress(done, len(found), paper.label)
            for form, (word, _writer) in FORMS.items():
                made = io.BytesIO()
                write(made, paper=paper, form=form)
                archive.writestr(zipfile.ZipInfo(f"{word}/{name_of(paper, form)}"), made.getvalue())
    return len(found)
