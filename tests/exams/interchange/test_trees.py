"""XML in the encodings that are used here, declared rightly and wrongly."""

import pytest

from exams.interchange import read
from laws.errors import BadInput

QUIZ = """<quiz><question type="truefalse"><questiontext format="html"><text>处罚应当公开。</text></questiontext>
<answer fraction="100"><text>true</text></answer><answer fraction="0"><text>false</text></answer></question></quiz>"""
ITEM = """<assessmentItem xmlns="http://www.imsglobal.org/xsd/imsqti_v2p1" identifier="a" title="t"><responseDeclaration identifier="R"
cardinality="single" baseType="identifier"><correctResponse><value>T</value></correctResponse></responseDeclaration><itemBody>
<choiceInteraction responseIdentifier="R" maxChoices="1"><prompt>处罚应当公开。</prompt><simpleChoice identifier="T">正确</simpleChoice>
<simpleChoice identifier="F">错误</simpleChoice></choiceInteraction></itemBody></assessmentItem>"""


@pytest.mark.parametrize("xml", [QUIZ, ITEM], ids=["moodle", "qti"])
@pytest.mark.parametrize(
    ("declared", "encoding", "before"),
    [
        ("", "utf-8", ""),
        ("UTF-8", "utf-8", "\ufeff"),
        ("UTF-8", "utf-8", "\ufeff\r\n"),
        ("UTF-8", "utf-8", "\n\n"),
        ("utf-8", "utf-16", ""),
        ("UTF-16", "utf-16", ""),
        ("UTF-16", "utf-8", ""),
        ("gb2312", "gbk", ""),
        ("GBK", "gb18030", ""),
        ("GB18030", "gb18030", ""),
        ("cp936", "gbk", ""),
    ],
)
def test_xml_is_read_in_every_encoding_of_the_office(xml, declared, encoding, before):
    declaration = f'<?xml version="1.0" encoding="{declared}"?>\n' if declared else ""

    (draft,) = read(f"{before}{declaration}{xml}".encode(encoding), "x.xml").drafts

    assert "处罚应当公开。" in draft.content.stem
    assert draft.content.body == {"key": True}


@pytest.mark.parametrize("xml", [QUIZ, ITEM], ids=["moodle", "qti"])
def test_xml_in_another_encoding_than_it_declares_is_refused_with_the_way_out(xml):
    with pytest.raises(BadInput, match="UTF-8"):
        read(f'<?xml version="1.0" encoding="UTF-8"?>{xml}'.encode("gbk"), "x.xml")


@pytest.mark.parametrize("xml", [QUIZ, ITEM], ids=["moodle", "qti"])
def test_damage_is_told_where_it_stands(xml):
    with pytest.raises(BadInput, match="line 3, column"):
        broken = xml.replace("\n", "\n<", 1)
        read(f'<?xml version="1.0" encoding="UTF-8"?>\n{broken}'.encode(), "x.xml")


@pytest.mark.parametrize("xml", [QUIZ, ITEM], ids=["moodle", "qti"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "gbk"])
def test_entities_are_refused_in_every_encoding(xml, encoding):
    text = f'<?xml version="1.0" encoding="{encoding}"?><!DOCTYPE x [<!ENTITY y SYSTEM "file:///etc/passwd">]>{xml}'

    with pytest.raises(BadInput, match="实体"):
        read(text.encode(encoding), "x.xml")
