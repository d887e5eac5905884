"""Aiken: good blocks are taken, each bad one is named with its line; single choices go out and come back."""

import json

import pytest

from exams.content import Content, choice_body
from exams.interchange import read, sniff
from exams.interchange.aiken import NoAiken, write
from exams.interchange.aiken import read as read_aiken
from exams.interchange.drafts import Exported
from exams.models import ItemKind


def drafts(text: str) -> list:
    return read_aiken(text.encode()).drafts


def refusals(draft) -> list[tuple[str, str]]:
    return [(note.code, note.value) for note in draft.notes if note.is_refusal]


@pytest.mark.data
def test_the_shared_file_gives_its_stems_and_answers(shared_data):
    folder = shared_data / "questions" / "aiken"
    wanted = json.loads((folder / "expected.json").read_text())["questions.aiken.txt"]
    content = (folder / "questions.aiken.txt").read_bytes()

    reading = read(content, "questions.aiken.txt")

    assert reading.format == sniff(content) == "aiken"
    assert len(reading.drafts) == wanted["imported"]
    assert reading.drafts[0].content.stem == wanted["first_stem"]
    assert [draft.content.body["key"] for draft in reading.drafts] == [[letter] for letter in wanted["answers"]]
    assert [draft.notes for draft in reading.drafts] == [[], []]
    shown = 'Moodle\'s abilities include handling user input that includes &lt;html class="cool"&gt; &amp; images:'
    assert reading.drafts[1].content.stem == shown


BAD = """A stem with one option
A) Only
ANSWER: A

A) No stem

ANSWER: No stem

A good one
A) Right
B) Wrong
ANSWER: A

One without an answer
A) Here
B) There

A good one > the < first &
A)No space
B.Nor here
ANSWER:B

Words alone

Answer beyond
A) x
B) y
ANSWER: C

Two answers
A) x
B) y
ANSWER: A, B

A gap
A) x
C) y
ANSWER: A

ANSWER: A
No answer at the end
A. x
B. y
"""


def test_good_blocks_are_taken_and_each_bad_one_is_named():
    found = drafts(BAD)

    assert [(draft.place, draft.content.stem) for draft in found if draft.content] == [
        ("9", "A good one"),
        ("18", "A good one &gt; the &lt; first &amp;"),
    ]
    assert [(draft.place, refusals(draft)) for draft in found if draft.content is None] == [
        ("1", [("options_missing", "A stem with one option")]),
        ("5", [("stem_missing", "No stem")]),
        ("14", [("key_missing", "One without an answer")]),
        ("23", [("options_missing", "Words alone")]),
        ("25", [("key_beyond_options", "28 C")]),
        ("30", [("key_beyond_options", "33 A, B")]),
        ("35", [("letters_out_of_order", "AC")]),
        ("40", [("stem_missing", "")]),
        ("41", [("key_missing", "No answer at the end")]),
    ]


def test_a_stem_has_lines_and_an_option_may_go_on_below():
    (draft,) = drafts("第一行\n第二行\nA) 甲\n又一行\nB） 乙\nANSWER：B\n")

    assert draft.content == Content(ItemKind.SINGLE_CHOICE, "第一行<br>第二行", choice_body(["甲<br>又一行", "乙"], "B"))
    assert [(note.code, note.value) for note in draft.notes] == [("option_over_lines", "4 又一行")]


def test_a_question_that_begins_without_a_blank_line_is_one_of_its_own():
    found = drafts("One\nA) a\nB) b\nTwo\nA) c\nB) d\nANSWER: B\nThree\nA) e\nB) f\nANSWER: A\n")

    assert [draft.content and draft.content.stem for draft in found] == [None, "Two", "Three"]
    assert refusals(found[0]) == [("key_missing", "One")]


def test_other_text_is_refused():
    with pytest.raises(NoAiken):
        read_aiken(b"::Q:: What? {=GIFT}")


def test_single_choices_come_back_and_the_rest_is_told():
    content = Content(ItemKind.SINGLE_CHOICE, "第一行<br>a &lt; b", choice_body(["&amp;", "$x_1$"], "B"))
    bold = Content(ItemKind.SINGLE_CHOICE, "<b>粗</b>体", choice_body(["甲", "乙"], "A"), marks=200, topic="处罚")
    trap = Content(ItemKind.SINGLE_CHOICE, "ANSWER: A", choice_body(["甲", "乙"], "A"))
    other = Content(ItemKind.TRUE_FALSE, "对吗", {"key": True})

    written = write([Exported(code, one) for code, one in (("1", content), ("2", bold), ("3", trap), ("4", other))])

    assert written.content.decode() == ("第一行\na < b\nA) &\nB) $x_1$\nANSWER: B\n\n粗体\nA) 甲\nB) 乙\nANSWER: A\n")
    assert read_aiken(written.content).drafts[0].content == content
    told = {code: [(note.code, note.field) for note in notes] for code, notes in written.notes.items()}
    assert told == {
        "1": [("not_held", "code")],
        "2": [("not_held", "stem"), ("not_held", "marks"), ("not_held", "topic"), ("not_held", "code")],
        "3": [("cannot_hold", "")],
        "4": [("cannot_hold", "")],
    }


def test_nothing_to_write_is_an_empty_file():
    assert write([]).content == b""
