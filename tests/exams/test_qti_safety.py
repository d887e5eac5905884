"""A QTI file can be hostile: it is refused, with nothing fetched and nothing unpacked beyond the limits."""

import io
import zipfile

import pytest

from exams.interchange.qti import packages
from exams.interchange.qti.errors import QtiUnreadable, Unsupported
from exams.interchange.qti.processing import process_item
from exams.interchange.qti.reader import read
from exams.interchange.qti.vocabulary import parse

ITEM = """<assessmentItem xmlns="http://www.imsglobal.org/xsd/imsqti_v2p2" identifier="a1" title="t" adaptive="false">
<responseDeclaration identifier="RESPONSE" cardinality="single" baseType="identifier">
<correctResponse><value>A</value></correctResponse></responseDeclaration>
<outcomeDeclaration identifier="SCORE" cardinality="single" baseType="float"/>
<itemBody>{body}<choiceInteraction responseIdentifier="RESPONSE" maxChoices="1">
<simpleChoice identifier="A">甲</simpleChoice><simpleChoice identifier="B">乙</simpleChoice></choiceInteraction></itemBody>
<responseProcessing template="http://www.imsglobal.org/question/qti_v2p2/rptemplates/match_correct"/></assessmentItem>"""


def packed(files: dict[str, bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return content.getvalue()


def item(body: str = "<p>题</p>") -> bytes:
    return ITEM.format(body=body).encode()


HOSTILE = {
    "an entity": b'<!DOCTYPE a [<!ENTITY x "y">]>' + item(),
    "a document type": b'<!DOCTYPE assessmentItem SYSTEM "http://example.org/x.dtd">' + item(),
    "a file of the machine": b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><assessmentItem>&x;</assessmentItem>',
    "no XML": b"question,answer\n1,2\n",
    "nothing": b"",
    "another encoding than it says": b'<?xml version="1.0" encoding="no-such"?><assessmentItem/>',
    "a tower": b"<assessmentItem>" + b"<p>" * 5000 + b"</p>" * 5000 + b"</assessmentItem>",
    "a path out of the package": packed({"../../evil.xml": item(), "imsmanifest.xml": b"<manifest/>"}),
    "an absolute path": packed({"/etc/evil.xml": item()}),
    "a drive": packed({"C:/evil.xml": item()}),
    "half a zip": packed({"a.xml": item()})[:-40],
    "a package without questions": packed({"readme.txt": b"hello"}),
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_file_is_refused(content):
    with pytest.raises(QtiUnreadable):
        read(content, "x.xml")


def test_a_package_that_swells_is_refused(monkeypatch):
    monkeypatch.setattr(packages, "MAX_EXPANDED", 1_000_000)

    with pytest.raises(QtiUnreadable):
        read(packed({"a.xml": item(), "big.txt": b"0" * 1_000_001}), "x.zip")


def test_a_size_that_lies_is_counted_as_it_comes(monkeypatch):
    monkeypatch.setattr(packages, "MAX_FILE", 1_000)
    content = packed({"a.xml": b"0" * 5_000}).replace((5_000).to_bytes(4, "little"), (10).to_bytes(4, "little"))

    with pytest.raises(QtiUnreadable):
        read(content, "x.zip")


def test_an_image_elsewhere_is_never_fetched_but_told():
    (draft,) = read(item('<p>题<img src="http://example.org/x.png" alt="图"/></p>'), "x.xml").drafts

    assert draft.content.stem == "<p>题[图]</p>"
    assert [(note.code, note.value) for note in draft.notes] == [("image_missing", "http://example.org/x.png")]


def test_active_content_is_left_out_and_told():
    (draft,) = read(item('<p onclick="x()">题</p><script>alert(1)</script>'), "x.xml").drafts

    assert draft.content.stem == "<p>题</p>"
    assert [note.code for note in draft.notes] == ["active_content_left_out"]


@pytest.mark.parametrize(
    "text", ["²", "1e999999999", "9" * 5000, "x", "-1"], ids=["square", "exponent", "digits", "word", "below nothing"]
)
def test_a_number_that_is_none_never_stops_the_reading(text):
    essay = f'''<assessmentItem identifier="a" title="t"><responseDeclaration identifier="R" cardinality="single" baseType="string"/>
    <outcomeDeclaration identifier="SCORE" cardinality="single" baseType="float" normalMaximum="{text}"/>
    <itemBody><extendedTextInteraction responseIdentifier="R" expectedLength="{text}" expectedLines="{text}"><prompt>论</prompt>
    </extendedTextInteraction><rubricBlock view="scorer"><div class="bank-point-{text}">点</div></rubricBlock></itemBody></assessmentItem>'''

    (draft,) = read(essay.encode(), "x.xml").drafts

    assert (draft.content.kind, draft.content.marks) in (("essay", 100), ("short_answer", 100))


def test_scoring_by_unknown_rules_is_no_scoring_left_unstated():
    text = item().decode()
    start = text.index("<responseProcessing")
    rules = "<responseProcessing><strangeRule/></responseProcessing></assessmentItem>"

    (draft,) = read((text[:start] + rules).encode(), "x.xml").drafts

    assert (draft.content, [note.value for note in draft.notes]) == (None, ["strangeRule"])


def test_one_broken_item_does_not_stop_the_others():
    manifest = b"""<manifest><resources><resource type="imsqti_item_xmlv2p2" identifier="r1" href="a.xml"/>
    <resource type="imsqti_item_xmlv2p2" identifier="r2" href="b.xml"/><resource type="imsqti_item_xmlv2p2" identifier="r3" href="c.xml"/>
    </resources></manifest>"""

    drafts = read(packed({"imsmanifest.xml": manifest, "a.xml": b"<broken", "b.xml": item()}), "x.zip").drafts

    found = [(draft.place, draft.content is not None, [note.code for note in draft.notes]) for draft in drafts]
    assert found == [("a.xml", False, ["qti_unreadable"]), ("b.xml", True, []), ("c.xml", False, ["file_missing"])]


def test_what_a_system_litters_into_a_package_is_no_question_and_other_files_are_told():
    manifest = b'<manifest><resources><resource type="imsqti_item_xmlv2p2" identifier="r1" href="a.xml"/></resources></manifest>'
    litter = dict.fromkeys(["__MACOSX/p/._a.xml", "p/._a.xml", "p/.DS_Store", "p/Thumbs.db"], b"\0\5\x16\7")

    reading = read(packed({"p/imsmanifest.xml": manifest, "p/a.xml": item(), "p/more.zip": b"PK"} | litter), "x.zip")

    assert [(draft.place, draft.content is not None) for draft in reading.drafts] == [("p/a.xml", True)]
    assert [(note.code, note.value) for note in reading.notes] == [("file_passed_over", "p/more.zip")]


def scored(rule: str) -> bytes:
    return f"""<assessmentItem identifier="a"><responseDeclaration identifier="RESPONSE" cardinality="single" baseType="string"/>
    <outcomeDeclaration identifier="SCORE" cardinality="single" baseType="float"/><responseProcessing><setOutcomeValue
    identifier="SCORE">{rule}</setOutcomeValue></responseProcessing></assessmentItem>""".encode()


TOWER = "<power>{}<baseValue baseType='integer'>900</baseValue></power>"
BOMBS = {
    "a tower of powers": TOWER.format(TOWER.format(TOWER.format("<baseValue baseType='integer'>9</baseValue>"))),
    "a number of a million digits": "<baseValue baseType='float'>1e1000000</baseValue>",
    "a pattern that never ends": "<patternMatch pattern='(a+)+$'><variable identifier='RESPONSE'/></patternMatch>",
    "many repetitions": "<containerSize><repeat numberRepeats='100000000'><baseValue baseType='integer'>1</baseValue></repeat></containerSize>",
    "chance": "<randomInteger min='1' max='6'/>",
    "a custom operator nobody knows": "<customOperator definition='x:Run'><variable identifier='RESPONSE'/></customOperator>",
}


@pytest.mark.parametrize("rule", BOMBS.values(), ids=BOMBS)
def test_processing_refuses_what_would_not_end_or_is_not_exact(rule):
    with pytest.raises(Unsupported):
        process_item(parse(scored(rule)), {"RESPONSE": ["a" * 40 + "b"]})


def test_a_question_with_more_answers_than_anybody_would_try_is_left_out():
    entries = "".join(f'<mapEntry mapKey="k{number}" mappedValue="1"/>' for number in range(20_000))
    content = f"""<assessmentItem identifier="a"><responseDeclaration identifier="RESPONSE" cardinality="single" baseType="string">
    <mapping>{entries}</mapping></responseDeclaration><outcomeDeclaration identifier="SCORE" cardinality="single" baseType="float"/>
    <itemBody><p><textEntryInteraction responseIdentifier="RESPONSE"/></p></itemBody>
    <responseProcessing template="http://www.imsglobal.org/question/qti_v2p1/rptemplates/map_response"/></assessmentItem>"""

    (draft,) = read(content.encode(), "x.xml").drafts

    assert [(note.code, note.value) for note in draft.notes] == [("qti_unsupported", "responseProcessing")]
