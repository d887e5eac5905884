"""What we write as QTI we read again as it was; what QTI cannot hold is told."""

import copy
import struct
import zlib
from datetime import date

import pytest

from exams.content import WHOLE, CitedArticle, Content, check, choice_body
from exams.interchange.drafts import Exported
from exams.interchange.qti.packages import unpack
from exams.interchange.qti.reader import read
from exams.interchange.qti.writer import write
from exams.models import ItemKind, Policy

OPTIONS = ["六十日", "<p>三十日 &amp; 以上</p>", "x<sup>2</sup> + √(y) &lt; 3", "$\\frac{a}{b}$"]


def png(shade: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    pixels = zlib.compress(b"\x00" + bytes([shade]))
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
        + chunk(b"IDAT", pixels)
        + chunk(b"IEND", b"")
    )


def fractions(body: dict, *shares: int) -> dict:
    for option, share in zip(body["options"], shares, strict=True):
        option["fraction"] = share
    return body


def blank(*accepted: tuple[str, int], is_case_sensitive: bool = False) -> dict:
    rows = [{"text": text, "fraction": fraction} for text, fraction in accepted]
    return {"accepted": rows, "is_case_sensitive": is_case_sensitive, "is_pattern": False}


def blanks(*rows: dict) -> dict:
    return {"blanks": list(rows), "is_unordered": False}


PAIRS = {
    "left": [{"id": "1", "html": "警告"}, {"id": "2", "html": "罚款"}, {"id": "3", "html": "<b>行政拘留</b>"}],
    "right": [
        {"id": "A", "html": "申诫罚"},
        {"id": "B", "html": "财产罚"},
        {"id": "C", "html": "人身罚"},
        {"id": "D", "html": "资格罚"},
    ],
    "key": {"1": "A", "2": "B", "3": "C"},
}
RUBRIC = {
    "rubric": [{"text": "指出主体", "marks": 200}, {"text": "引用条文", "marks": 350}],
    "model_answer": "行政机关\n应当告知",
}
NUMBER = {
    "accepted": [
        {"value": "60", "tolerance": "0.5", "fraction": WHOLE},
        {"value": "90", "tolerance": "0", "fraction": 2_500_000},
    ],
    "unit": "日",
}
THIRDS = fractions(choice_body(OPTIONS, "ABC"), 3_333_333, 3_333_333, 3_333_333, -WHOLE)


def question(number: str, kind: str, body: dict, policy: str = Policy.EXACT, marks: int = 250, explanation: str = "") -> dict:
    facts = {"id": number, "kind": kind, "stem": f"第{number}问<i>？</i>", "body": body, "policy": policy}
    return facts | {"marks": marks, "explanation": explanation}


CASE = {
    "questions": [
        question("1", ItemKind.SINGLE_CHOICE, choice_body(OPTIONS, "B"), explanation="见<b>第六十三条</b>"),
        question("2", ItemKind.MULTIPLE_CHOICE, choice_body(OPTIONS, "ACD"), Policy.HALF),
        question("3", ItemKind.NUMERIC, NUMBER),
        question("4", ItemKind.FILL_BLANK, blanks(blank(("听证", WHOLE)), blank(("三日", WHOLE))), Policy.PROPORTIONAL),
        question("5", ItemKind.MATCHING, PAIRS, Policy.PROPORTIONAL),
        question("6", ItemKind.SHORT_ANSWER, RUBRIC, marks=550),
        question("7", ItemKind.TRUE_FALSE, {"key": False}),
    ]
}
KINDS = {
    "single": Content(ItemKind.SINGLE_CHOICE, "复议期限是？", choice_body(OPTIONS, "A")),
    "single with fractions": Content(
        ItemKind.SINGLE_CHOICE,
        "哪一项最合适？",
        fractions(choice_body(OPTIONS, "B"), 5_000_000, WHOLE, 0, -2_500_000),
        Policy.FRACTIONS,
    ),
    "single of two words": Content(ItemKind.SINGLE_CHOICE, "说法是？", choice_body(["正确", "错误"], "A")),
    "multiple": Content(ItemKind.MULTIPLE_CHOICE, "包括哪些？", choice_body(OPTIONS, "ABD"), marks=200),
    "multiple, half": Content(ItemKind.MULTIPLE_CHOICE, "包括哪些？", choice_body(OPTIONS, "AB"), Policy.HALF, marks=175),
    "multiple, proportional": Content(ItemKind.MULTIPLE_CHOICE, "包括哪些？", choice_body(OPTIONS, "ABC"), Policy.PROPORTIONAL),
    "multiple, per option": Content(
        ItemKind.MULTIPLE_CHOICE, "包括哪些？", choice_body(OPTIONS, "ABC"), Policy.PER_OPTION, marks=200
    ),
    "multiple, thirds": Content(ItemKind.MULTIPLE_CHOICE, "包括哪些？", THIRDS, Policy.FRACTIONS, marks=300),
    "indefinite, one": Content(ItemKind.INDEFINITE_CHOICE, "不定项", choice_body(OPTIONS, "C")),
    "indefinite, all": Content(ItemKind.INDEFINITE_CHOICE, "不定项", choice_body(OPTIONS, "ABCD"), Policy.PROPORTIONAL),
    "true": Content(ItemKind.TRUE_FALSE, "行政处罚由行政机关实施。", {"key": True}),
    "blank": Content(
        ItemKind.FILL_BLANK, "期限为<u>____</u>日。", blanks(blank(("六十", WHOLE), ("60", WHOLE))), Policy.PROPORTIONAL
    ),
    "blank, case": Content(
        ItemKind.FILL_BLANK, "写出缩写", blanks(blank(("WTO", WHOLE), ("Wto", 5_000_000), is_case_sensitive=True))
    ),
    "blanks": Content(
        ItemKind.FILL_BLANK,
        "<p>____与____</p>",
        blanks(blank(("合法", WHOLE)), blank(("合理", WHOLE), ("适当", 5_000_000))),
        Policy.PROPORTIONAL,
    ),
    "blanks, all or nothing": Content(ItemKind.FILL_BLANK, "____与____", blanks(blank(("合法", WHOLE)), blank(("合理", WHOLE)))),
    "number": Content(ItemKind.NUMERIC, "期限是____", NUMBER),
    "number below": Content(ItemKind.NUMERIC, "期限是多少？", NUMBER, marks=150),
    "pairs": Content(ItemKind.MATCHING, "配对", PAIRS, Policy.PROPORTIONAL, marks=300),
    "pairs, exact": Content(ItemKind.MATCHING, "配对", PAIRS, marks=300),
    "short": Content(ItemKind.SHORT_ANSWER, "简述程序。", RUBRIC, marks=550),
    "essay": Content(ItemKind.ESSAY, "论述。", {"rubric": [], "model_answer": ""}, marks=2000),
    "case": Content(ItemKind.CASE_ANALYSIS, "<p>某局对张三罚款。</p><p>张三不服。</p>", CASE, marks=2050),
    "facts": Content(
        ItemKind.TRUE_FALSE,
        "公民可以申请听证。",
        {"key": True},
        explanation="依据<b>第六十三条</b>。",
        topic="行政处罚",
        knowledge_point="听证 & 告知",
        difficulty=5,
        audience=["leaders", "enforcers"],
        citations=[CitedArticle("中华人民共和国行政处罚法", "63", "2021", ("听证", "五日")), CitedArticle("中华人民共和国宪法")],
    ),
}


@pytest.mark.parametrize("version", ["2.1", "2.2", "3.0"])
@pytest.mark.parametrize("content", KINDS.values(), ids=KINDS)
def test_an_item_comes_back_as_it_was(content, version):
    wanted = copy.deepcopy(content)
    check(content)

    item = Exported(code="题-1", content=content, classification="exam", source="2021年考试", expires_on=date(2030, 12, 31))
    written = write([item], version)
    reading = read(written.content)

    assert written.notes == {}
    assert reading.format == f"qti {version} package"
    assert [draft.notes for draft in reading.drafts] == [[]]
    assert reading.drafts[0].content == wanted
    (draft,) = reading.drafts
    assert (draft.code, draft.classification, draft.source, draft.expires_on) == (
        "题-1",
        "exam",
        "2021年考试",
        date(2030, 12, 31),
    )


@pytest.mark.parametrize("version", ["2.1", "2.2", "3.0"])
def test_images_travel_with_their_item(version):
    first, second = png(1), png(2)
    body = choice_body(['<img src="media:bb" alt="乙">', "无"], "A")
    content = Content(ItemKind.SINGLE_CHOICE, '看图<img src="media:aa" alt="甲">', body)

    written = write([Exported("i1", content, images={"media:aa": first, "media:bb": second})], version)
    (draft,) = read(written.content).drafts

    assert written.notes == {}
    assert sorted(draft.images.values()) == sorted([first, second])
    names = {content: name for name, content in draft.images.items()}
    assert draft.content.stem == f'看图<img src="{names[first]}" alt="甲">'
    assert draft.content.body["options"][0]["html"] == f'<img src="{names[second]}" alt="乙">'


def test_items_keep_their_order_and_one_image_of_two_items_is_written_once():
    shared = png(7)
    content = Content(ItemKind.TRUE_FALSE, '<img src="media:aa" alt="">对吗', {"key": True})

    written = write([Exported(code, content, images={"media:aa": shared}) for code in ("b2", "a1")])

    assert [draft.code for draft in read(written.content).drafts] == ["b2", "a1"]
    assert sorted(name.partition("/")[0] for name in unpack(written.content)) == ["images", "imsmanifest.xml", "items", "items"]


def test_the_same_items_give_the_same_bytes():
    items = [Exported("a1", KINDS["multiple"])]

    assert write(items).content == write(items).content


UNHELD = {
    "is_unordered": blanks(blank(("合法", WHOLE)), blank(("合理", WHOLE))) | {"is_unordered": True},
    "is_pattern": {"blanks": [blank(("行政*", WHOLE)) | {"is_pattern": True}], "is_unordered": False},
}


@pytest.mark.parametrize(("name", "body"), UNHELD.items(), ids=UNHELD)
def test_an_item_qti_cannot_hold_is_left_out_and_told(name, body):
    items = [Exported("a1", Content(ItemKind.FILL_BLANK, "填空", body)), Exported("a2", KINDS["true"])]

    written = write(items)

    (note,) = written.notes["a1"]
    assert (note.code, note.is_refusal, note.value) == ("qti_cannot_hold", True, name)
    assert [draft.code for draft in read(written.content).drafts] == ["a2"]


def test_what_is_lost_is_told_by_field():
    body = fractions(choice_body(OPTIONS, "A"), WHOLE, 5_000_000, 0, 0)  # fractions that an exact policy does not use

    written = write([Exported("a1", Content(ItemKind.SINGLE_CHOICE, "题", body))])

    assert [(note.code, note.field) for note in written.notes["a1"]] == [("qti_not_held", "body")]
