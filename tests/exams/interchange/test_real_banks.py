"""A real bank of an enforcement exam and a set of legal questions: their stated counts, keys and defects."""

import json
import re
from collections import Counter
from datetime import date
from functools import cache

import pytest

from exams.citing import Laws
from exams.interchange import read, sniff
from exams.models import ItemKind
from laws import library
from tests.factories import at

pytestmark = pytest.mark.data

TEXTS = {"single": "danxuan_data.txt", "multiple": "duoxuan_data.txt", "truefalse": "panduan_data.txt"}
WORDS = {"single": "单选题.docx", "truefalse": "判断题.docx"}
KINDS = {"single": ItemKind.SINGLE_CHOICE, "multiple": ItemKind.MULTIPLE_CHOICE, "truefalse": ItemKind.TRUE_FALSE}


@pytest.fixture(scope="module")
def bank(shared_data):
    return shared_data / "questions" / "zh-enforcement-bank"


@pytest.fixture(scope="module")
def expected(bank):
    return json.loads((bank / "expected.dev.json").read_text())


@cache
def reading_of(bank, name):
    return read((bank / name).read_bytes(), name)


def letters(draft, options: dict) -> str:
    """The key as the letters of the file; for true/false by what the file's options say."""
    body = draft.content.body
    return "".join(body["key"]) if draft.content.kind != ItemKind.TRUE_FALSE else options[draft.code][body["key"]]


@pytest.fixture(scope="module")
def said_by_letter(bank):
    """id -> {True: letter, False: letter} of the true/false records, taken from the file by another way than the reader's."""
    text = (bank / TEXTS["truefalse"]).read_bytes().decode("gb18030")
    found = {}
    for line in text.split("\r\n"):
        if line:
            pairs = re.findall(r"\t([AB])[．：.]\s*(正确|错误|对|错)", line)
            found[line.split("\t")[0]] = {word in ("正确", "对"): letter for letter, word in pairs}
    return found


@pytest.mark.parametrize("part", TEXTS)
def test_the_text_bank_gives_its_records_keys_and_defects(bank, expected, said_by_letter, part):
    facts = expected[part]

    reading = reading_of(bank, TEXTS[part])

    drafts = {draft.code: draft for draft in reading.drafts}
    taken = {code: draft for code, draft in drafts.items() if draft.content}
    assert reading.format == "records"
    assert len(reading.drafts) == len(drafts) == facts["txt_records"]
    assert sorted(set(drafts) - set(taken)) == facts["defective_ids"]
    assert {draft.content.kind for draft in taken.values()} == {KINDS[part]}
    wanted = {code: key for code, key in facts["answer_by_id"].items() if code not in facts["defective_ids"]}
    assert {code: letters(taken[code], said_by_letter) for code in wanted} == wanted
    if part != "truefalse":
        counts = {c: n for c, n in facts["option_count_by_id"].items() if c in wanted}
        assert {code: len(taken[code].content.body["options"]) for code in counts} == counts


@pytest.mark.parametrize("part", WORDS)
def test_the_word_bank_gives_its_records_and_keys(bank, expected, said_by_letter, part):
    facts = expected[part]

    reading = reading_of(bank, WORDS[part])

    drafts = {draft.code: draft for draft in reading.drafts}
    assert (reading.format, reading.notes) == ("word", [])
    assert len(reading.drafts) == len(drafts) == facts["docx_records"]
    assert [draft.code for draft in reading.drafts if draft.content is None] == []
    assert {code: letters(drafts[code], said_by_letter) for code in facts["answer_by_id"]} == facts["answer_by_id"]


@pytest.mark.parametrize("part", WORDS)
def test_word_and_text_of_the_same_bank_say_the_same(bank, part):
    """But for line breaks: the records of one were cut in other places than those of the other."""

    def words(name):
        return {
            draft.code: re.sub(
                r"\s|<br>|,[A-D]：.*", "", f"{draft.content.stem}{[o['html'] for o in draft.content.body.get('options', ())]}"
            )
            for draft in reading_of(bank, name).drafts
        }

    texts, documents = words(TEXTS[part]), words(WORDS[part])

    merged = {"2922", "2930", "2932", "2527", "3390", "1680", "1676", "1821", "1796"}
    assert {code for code in texts if texts[code] != documents[code]} <= merged | {"1390", "1392"}


def test_the_defective_record_is_left_out_with_its_reason(bank):
    draft = next(d for d in reading_of(bank, TEXTS["multiple"]).drafts if d.code == "3513")

    assert [(note.code, str(note.reason), note.is_refusal) for note in draft.notes] == [("option_missing", "缺少选项A", True)]


def test_records_run_together_by_their_maker_are_read_with_a_warning(bank):
    counts = {
        part: Counter(note.code for draft in reading_of(bank, name).drafts if draft.content for note in draft.notes)
        for part, name in TEXTS.items()
    }

    assert counts == {
        "single": {"option_holds_letter": 9, "record_broken": 2},
        "multiple": {"option_holds_letter": 6, "record_broken": 1},
        "truefalse": {},
    }


@pytest.mark.django_db
def test_the_laws_that_questions_name_are_those_stated(bank, expected):
    titles = {law for part in TEXTS for law in expected[part]["ids_by_cited_law"]} | set(expected["stale_candidates"])
    for title in sorted(titles):
        library.enter_metadata(title=title, label="1", now=at("2020-01-01"))
    laws = Laws(day=date(2020, 6, 1), today=date(2020, 6, 1))

    def laws_named_in(text):
        return {cited.law for cited in laws.named_in(text)}

    stale = {law: set() for law in expected["stale_candidates"]}
    for part, name in TEXTS.items():
        for line in (bank / name).read_bytes().decode("gb18030").split("\r\n"):
            for law in laws_named_in(line) & set(stale):
                stale[law].add(line.split("\t")[0])
        for draft in reading_of(bank, name).drafts:
            if draft.content:
                text = f"{draft.content.stem} {draft.content.body}"
                named = laws_named_in(text)
                for law, ids in expected[part]["ids_by_cited_law"].items():
                    if law not in ("拍卖法",):  # stated without the records that were run together
                        # stated are the titles in 《》; a title that stands bare in a sentence is found as well
                        is_bare = re.search(rf"{law}(?!实施|修正案|典)", text) is not None and len(law) > 2
                        assert (law in named) == (draft.code in ids or is_bare), (draft.code, law)

    missed = {law: set(facts["ids"]) - stale[law] for law, facts in expected["stale_candidates"].items()}
    assert missed == {law: set() for law in stale}


@pytest.mark.parametrize(("name", "count"), [("1_1.json", 500), ("1_2.json", 1000)])
def test_lines_of_instruction_input_answer_are_all_taken_with_their_keys(shared_data, name, count):
    content = (shared_data / "questions" / "zh-lexeval" / name).read_bytes()
    rows = [json.loads(line) for line in content.decode().splitlines()]

    reading = read(content, name)

    assert sniff(content, name) == "json"
    assert len(rows) == len(reading.drafts) == count
    assert ["".join(draft.content.body["key"]) for draft in reading.drafts] == [row["answer"] for row in rows]
    shown = [len(re.findall(r"\n[A-Z]: ", row["input"])) for row in rows]
    assert [len(draft.content.body["options"]) for draft in reading.drafts] == shown
    assert {
        len(row["answer"]) > 1 for row, d in zip(rows, reading.drafts, strict=True) if d.content.kind == ItemKind.SINGLE_CHOICE
    } == {False}
