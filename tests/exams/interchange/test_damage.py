"""Damaged files: read as far as they go, or refused; never an error of ours, and no question left out without a reason."""

import contextlib
import copy
import random
import time
from xml.etree import ElementTree

import pytest

from exams.content import check
from exams.interchange import moodlexml, qti, read
from exams.interchange.qti.packages import MANIFEST, unpack
from laws.errors import BadInput
from tests.exams.interchange.test_lines import STYLES
from tests.exams.interchange.written import KINDS, exported
from tests.reports.test_item_files import FORMATS, ITEMS

SIGNS = ["", "A", "(", "9999", "１", "\t", "¹", "Ⅷ", "²", "٣", "①", "【答案】", "\ufffc", "\u2060", "<b>", "|", "；", "\x00"]


def sources():
    yield from ((name, FORMATS[name](ITEMS)) for name in FORMATS)
    yield from (("txt", text.encode()) for text in STYLES.values())


def damaged(content: bytes, rng: random.Random) -> bytes:
    """Some bytes changed, or for text some lines lost, doubled and changed."""
    if content.startswith(b"PK") or rng.random() < 0.3:
        found = bytearray(content)
        for _change in range(rng.randint(1, 12)):
            found[rng.randrange(len(found))] = rng.randrange(256)
        return bytes(found[: rng.randrange(len(found))] if rng.random() < 0.2 else found)
    lines = content.decode("utf-8-sig").split("\n")
    for _change in range(rng.randint(1, 10)):
        at = rng.randrange(len(lines))
        lines[at : at + 1] = rng.choice(
            [[], [lines[at]] * 2, [lines[at].replace(rng.choice("AB12（）.、：，{["), rng.choice(SIGNS))]]
        )
        lines = lines or [""]
    return "\n".join(lines).encode(rng.choice(["utf-8", "gb18030", "utf-16"]), "ignore")


@pytest.mark.parametrize("seed", range(8))
def test_a_damaged_file_is_read_or_refused(seed):
    rng = random.Random(seed)
    for name, content in sources():
        for _time in range(3):
            try:
                reading = read(
                    damaged(content, rng), f"x.{name}", {"txt": "text", "docx": "word", "xlsx": "excel"}.get(name, name)
                )
            except BadInput as error:
                assert str(error)
                continue
            for draft in reading.drafts:
                assert draft.content is not None or any(note.is_refusal and str(note.reason) for note in draft.notes)


STRANGE = [
    "", "0", "-1", "1e999", "1e999999999", "NaN", "Infinity", "甲", "true", "A B", "A B C", "*", "1/0", "٣", "１", "²", "x" * 5000, "record", "multiple",
    "ordered", "single", "float", "integer", "point", "pair", "RESPONSE", "SCORE", "bank-point-x", "bank-question", "<b>", "../x.png",
]  # fmt: skip


def bent(content: bytes, rng: random.Random) -> bytes:
    """XML with a few elements and attributes lost, doubled, moved or saying something else."""
    root = ElementTree.fromstring(content)
    elements = list(root.iter())
    for _change in range(rng.randint(1, 4)):
        element, chance = rng.choice(elements), rng.random()
        if chance < 0.3 and element.attrib:
            element.set(rng.choice(list(element.attrib)), rng.choice(STRANGE))
        elif chance < 0.5:
            element.text = rng.choice(STRANGE)
        elif chance < 0.65 and len(element):
            element.remove(rng.choice(list(element)))
        elif chance < 0.75 and len(element):
            element.append(copy.deepcopy(rng.choice(list(element))))
        elif chance < 0.85:
            element.tag = rng.choice(elements).tag
        elif element.attrib:
            del element.attrib[rng.choice(list(element.attrib))]
    return ElementTree.tostring(root)


def trees():
    """Every kind of question in every XML we write."""
    for content in KINDS.values():
        yield moodlexml.write([exported(content)]).content
        for version in ("2.1", "3.0"):
            yield from (
                data for name, data in unpack(qti.write([exported(content)], version=version).content).items() if name != MANIFEST
            )


@pytest.mark.parametrize("seed", range(6))
def test_xml_that_is_not_what_it_should_be_is_read_or_left_out(seed):
    rng = random.Random(seed)
    for content in trees():
        for _time in range(12):
            try:
                reading = read(bent(content, rng))
            except BadInput as error:
                assert str(error)
                continue
            for draft in reading.drafts:
                assert draft.content is not None or any(note.is_refusal and str(note.reason) for note in draft.notes)
                if draft.content is not None:
                    check(draft.content)


@pytest.mark.parametrize(
    "sign", [" ", "\u3000", "\n", "\t", "{", "(", "（", "【", "<", "A.", "1.", "（1）", "答案：", "1-5 ", "甲 ", "\\", ";", "|"]
)
def test_no_repetition_of_a_sign_takes_long(sign):
    """Each reader sees 60,000 of them between the words of a question, and ends within seconds."""
    much = sign * (60_000 // len(sign))
    row = f"题型,题干,选项,答案,采分点\n简答题,甲{much}乙,A.子{much}B.丑,A{much}1,点{much}2\n数值题,甲{much},{much},1{much}1,\n"
    text = f"一、单选题\n1. 甲{much}乙（ A ）\nA. 子{much}\nB. 丑\n答案：A{much}\n解析：因为{much}1\n"

    start = time.process_time()
    for content, name in (
        (row, "csv"),
        (text, "text"),
        (f"一、案例分析题\n1. 甲{much}乙\n答案：丙", "text"),
        (f"甲{much}", "auto"),
    ):
        with contextlib.suppress(BadInput):
            read(content.encode(), "", name)

    assert time.process_time() - start < 8
