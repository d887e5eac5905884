"""Every QTI file of the shared data is imported, or refused by the name of what it holds; none crashes.

`qti_outcomes.tsv` states the outcome of each file, checked by hand: kinds that are taken, then refusals (`!construct` for what is
not supported, `!code` else), with their number where there are several. A path ending in / is a folder, read as the package it was.
"""

import csv
from collections import Counter
from pathlib import Path

import pytest

from exams.content import check
from exams.interchange.qti.errors import QtiUnreadable
from exams.interchange.qti.packages import pack
from exams.interchange.qti.reader import read
from tests.conftest import SHARED

QUESTIONS = SHARED / "questions"
TABLE = list(csv.reader((Path(__file__).parent / "qti_outcomes.tsv").open(encoding="utf-8"), delimiter="\t"))
OTHERS = (".png", ".svg", ".jpg")


def outcome(content: bytes, name: str) -> str:
    """The outcome of a file in the words of the table."""
    try:
        reading = read(content, name)
    except QtiUnreadable:
        return "unreadable"
    taken, left = Counter(), Counter()
    for draft in reading.drafts:
        refusals = [note for note in draft.notes if note.is_refusal]
        assert (draft.content is None) == bool(refusals)
        if draft.content is not None:
            check(draft.content)
            taken[str(draft.content.kind)] += 1
            continue
        (refusal,) = refusals
        left[f"!{refusal.value if refusal.code == 'qti_unsupported' else refusal.code}"] += 1
    counts = [*sorted(taken.items()), *sorted(left.items())]
    return " ".join(name if number == 1 else f"{name}*{number}" for name, number in counts) or "nothing"


def folder(path: Path) -> bytes:
    return pack({str(file.relative_to(path)): file.read_bytes() for file in path.rglob("*") if file.is_file()})


def files() -> list[str]:
    found = [path for path in QUESTIONS.glob("qti-*/**/*") if path.is_file()]
    packages = [path.parent for path in found if path.name == "imsmanifest.xml"]
    names = [str(path.relative_to(QUESTIONS)) for path in found if not path.name.endswith(OTHERS)]
    return sorted(names + [f"{path.relative_to(QUESTIONS)}/" for path in packages])


@pytest.mark.data
@pytest.mark.parametrize(("name", "wanted"), TABLE, ids=[row[0] for row in TABLE])
def test_a_file_gives_its_outcome(name, wanted):
    path = QUESTIONS / name

    assert outcome(folder(path) if name.endswith("/") else path.read_bytes(), path.name) == wanted


@pytest.mark.data
def test_every_file_is_in_the_table():
    assert files() == sorted(name for name, _outcome in TABLE)
