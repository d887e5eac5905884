"""Moodle XML: every question once, images and fractions kept, unsafe XML refused; what we write comes back as it was."""

import base64
import copy
import json

import pytest

from exams.content import WHOLE, Content, check, choice_body
from exams.interchange import read, sniff
from exams.interchange.moodlexml import XmlUnreadable, write
from exams.interchange.moodlexml import read as read_xml
from exams.models import ItemKind, Policy
from tests.exams.interchange.written import KINDS, OTHERWISE, blank, blanks, exported, with_fractions
from tests.exams.test_qti_round_trip import png

K = ItemKind
SETTINGS = "settings_left_out"


def quiz(*questions: str) -> bytes:
    return f'<?xml version="1.0" encoding="UTF-8"?><quiz>{"".join(questions)}</quiz>'.encode()


def question(kind: str, inside: str = "", stem: str = "题干", format: str = "html") -> str:
    text = f'<questiontext format="{format}"><text><![CDATA[{stem}]]></text></questiontext>'
    return f'<question type="{kind}"><name><text>名</text></name>{text}{inside}</question>'


def answer(text: str, fraction: str = "0", feedback: str = "", more: str = "") -> str:
    told = f"<feedback><text>{feedback}</text></feedback>" if feedback else ""
    return f'<answer fraction="{fraction}"><text><![CDATA[{text}]]></text>{told}{more}</answer>'


def draft(kind: str, inside: str = "", stem: str = "题干", format: str = "html"):
    (found,) = read_xml(quiz(question(kind, inside, stem, format))).drafts
    return found


def content(*arguments, **named) -> Content:
    found = draft(*arguments, **named)
    assert found.content is not None, [(note.code, note.value) for note in found.notes]
    check(found.content)
    return found.content


def notes(found) -> list[tuple[str, str]]:
    return [(note.code, note.value) for note in found.notes]


# --- the shared files


@pytest.fixture
def folder(shared_data):
    return shared_data / "questions" / "moodlexml"


@pytest.mark.data
def test_the_shared_files_give_their_counts(folder):
    expected = json.loads((folder / "expected.json").read_text())
    for name in ("truefalse.xml", "multichoice.xml", "sample_questions_with_old_image_tag.xml"):
        content = (folder / "format" / name).read_bytes()

        reading = read(content, name)

        assert reading.format == sniff(content, name) == "moodlexml"
        assert [one.content is not None for one in reading.drafts] == [True] * expected[name]["imported"]


@pytest.mark.data
def test_images_are_kept_and_a_sound_is_told(folder):
    (found,) = read_xml((folder / "format" / "multichoice.xml").read_bytes()).drafts

    assert sorted(found.images) == ["flag-denmark.jpg", "flag-france.jpg", "flag-german.jpg", "flag-uk.jpg"]
    assert {image[:3] for image in found.images.values()} == {b"\xff\xd8\xff"}
    assert found.content.body["options"][1]["html"] == '<p><img src="flag-france.jpg" alt="French flag"> French</p>'
    assert found.content.body["key"] == ["B"]
    assert found.content.topic == "Default for testhead/Multichoice"
    assert notes(found) == [("file_left_out", "bonjour.mp3"), ("markup_left_out", "<a>")]


@pytest.mark.data
def test_images_of_true_and_false(folder):
    false, true = read_xml((folder / "format" / "truefalse.xml").read_bytes()).drafts

    assert (false.content.body, true.content.body) == ({"key": False}, {"key": True})
    assert (false.code, true.code) == ("Moodle acronym (False)", "Moodle acronym (True)")
    assert sorted(false.images) == ["infos.jpg", "logo.jpg", "thumbdown.jpg", "thumbup.jpg"]
    assert false.content.explanation.startswith('<p><img src="infos.jpg" alt="Informations">')


@pytest.mark.data
def test_the_image_tag_of_old_stands_below_the_stem(folder):
    case, single = read_xml((folder / "format" / "sample_questions_with_old_image_tag.xml").read_bytes()).drafts

    assert single.content.stem.endswith('<p><img src="moodle.png" alt=""></p>')
    assert single.images["moodle.png"].startswith(b"\x89PNG")
    assert (single.content.body["key"], single.content.policy) == (["C"], Policy.EXACT)
    assert case.images == single.images
    assert (case.content.kind, case.content.marks) == (K.CASE_ANALYSIS, 500)
    parts = case.content.body["questions"]
    assert [part["kind"] for part in parts] == [K.SINGLE_CHOICE] * 4 + [K.FILL_BLANK]
    assert [part["body"]["key"] for part in parts[:4]] == [["A"], ["B"], ["A"], ["B"]]
    assert parts[4]["body"]["blanks"] == [blank(("Paris", WHOLE), ("Marseille", WHOLE // 2))]
    assert "* Tucson: （2）____<br" in case.content.stem


@pytest.mark.data
def test_each_kind_of_question_is_taken_or_named(folder):
    found = {}
    for path in sorted((folder / "qtype").glob("*.xml")):
        (one,) = read_xml(path.read_bytes()).drafts
        refused = [(note.code, note.value) for note in one.notes if note.is_refusal]
        found[path.name.partition("__")[0]] = one.content.kind if one.content else refused

    assert found == {
        "ddwtos": [("kind_unsupported", "gapselect")],
        "description": [("description", "description-001")],
        "essay": K.ESSAY,
        "gapselect": [("kind_unsupported", "gapselect")],
        "match": K.MATCHING,
        "multichoice": K.MULTIPLE_CHOICE,
        "numerical": K.NUMERIC,
        "ordering": [("kind_unsupported", "ordering")],
        "shortanswer": K.FILL_BLANK,
        "truefalse": K.TRUE_FALSE,
    }


@pytest.mark.data
def test_what_the_kinds_say(folder):
    def one(name):
        return read_xml((folder / "qtype" / f"{name}__testquestion.moodle.xml").read_bytes()).drafts[0].content

    several, short, number, pairs = (one(name) for name in ("multichoice", "shortanswer", "numerical", "match"))

    assert (several.body["key"], several.policy) == (["C", "E"], Policy.FRACTIONS)
    assert several.explanation == "Berlin, Paris and London"
    assert short.stem == "Name an amphibian: ____"
    assert short.body["blanks"] == [blank(("frog", WHOLE), ("toad", 8_000_000))]
    assert number.body == {"accepted": [{"value": "6.25", "tolerance": "0.05", "fraction": WHOLE}], "unit": ""}
    assert [side["html"] for side in pairs.body["right"]] == ["amphibian", "mammal", "insect"]
    assert pairs.body["key"] == {"1": "A", "2": "B", "3": "A"}


@pytest.mark.data
def test_categories_are_topics(folder):
    essay, short = read_xml((folder / "format" / "categories_reverse_order.xml").read_bytes()).drafts

    assert (essay.content.topic, short.content.topic) == ("Sigma/Tau", "Sigma")
    assert notes(short) == [("answers_earn_nothing", "no | may be")]


# --- files


@pytest.mark.parametrize(
    "text",
    [
        '<!DOCTYPE quiz [<!ENTITY x "y">]><quiz>&x;</quiz>',
        '<!DOCTYPE quiz SYSTEM "http://127.0.0.1/x.dtd"><quiz/>',
        f"<!DOCTYPE quiz><quiz>{question('essay')}</quiz>",
        "<quiz><question></quiz>",
        "<html/>",
        "<quiz/>",
        "",
        '<?xml version="1.0" encoding="nothing"?><quiz/>',
    ],
)
def test_a_file_that_is_none_is_refused(text):
    with pytest.raises(XmlUnreadable):
        read_xml(text.encode())


def test_a_file_in_a_chinese_encoding_is_read():
    text = f'<?xml version="1.0" encoding="GBK"?><quiz>{question("essay", stem="论述依法行政")}</quiz>'

    assert read_xml(text.encode("gbk")).drafts[0].content.stem == "论述依法行政"


def test_settings_are_told_once_for_the_file():
    inside = "<penalty>0.3333333</penalty><shuffleanswers>1</shuffleanswers><hint><text>想</text></hint>"
    other = "<penalty>0</penalty><correctfeedback><text>对</text></correctfeedback>"

    reading = read_xml(quiz(question("essay", inside), question("essay", inside + other), "<other/>"))

    assert [(note.code, note.value) for note in reading.notes] == [
        ("element_passed_over", "<other>"),
        (SETTINGS, "correctfeedback (1), hint (2), penalty (2), shuffleanswers (2)"),
    ]


# --- questions


def test_fractions_are_exact_and_negative_ones_kept():
    shares = ("33.33333", "33.333", "33.3333300", "-100", "-16.66667")
    inside = "<single>false</single>" + "".join(answer(f"选{at}", share) for at, share in enumerate(shares))

    found = content("multichoice", inside)

    wanted = with_fractions(
        choice_body([f"选{at}" for at in range(5)], "ABC"), 3_333_333, 3_333_333, 3_333_333, -WHOLE, -1_666_667
    )
    assert (found.kind, found.policy, found.body) == (K.MULTIPLE_CHOICE, Policy.FRACTIONS, wanted)


def test_one_right_of_several_is_an_indefinite_choice_and_all_or_nothing_is_exact():
    one = content("multichoice", "<single>0</single>" + answer("甲", "100") + answer("乙"))
    both = content("multichoiceset", answer("甲", "100") + answer("乙", "100") + answer("丙"))

    assert (one.kind, one.body["key"], one.policy) == (K.INDEFINITE_CHOICE, ["A"], Policy.FRACTIONS)
    assert (both.kind, both.body, both.policy) == (K.MULTIPLE_CHOICE, choice_body(["甲", "乙", "丙"], "AB"), Policy.EXACT)


def test_units_and_rules_that_have_no_place_are_told():
    units = "<units><unit><multiplier>100</multiplier><unit_name>cm</unit_name></unit><unit><multiplier>1</multiplier><unit_name>m</unit_name></unit></units>"
    found = draft("numerical", answer("1.5", "100", more="<tolerance>0.1</tolerance>") + answer("*", "0", "不对") + units + "<unitgradingtype>1</unitgradingtype>")  # fmt: skip

    assert found.content.body == {"accepted": [{"value": "1.5", "tolerance": "0.1", "fraction": WHOLE}], "unit": "m"}
    assert notes(found) == [("units_left_out", "cm"), ("unit_graded", ""), ("feedback_left_out", "不对")]


def test_wildcards_and_case():
    found = content("shortanswer", "<usecase>1</usecase>" + answer("行政*", "100") + answer("*", "0"))

    assert found.body["blanks"] == [blank(("行政*", WHOLE), is_case_sensitive=True, is_pattern=True)]
    assert content("shortanswer", answer(r"5\*3", "100")).body["blanks"] == [blank(("5*3", WHOLE))]


@pytest.mark.parametrize(
    ("kind", "inside", "code", "value"),
    [
        ("calculated", "", "kind_unsupported", "calculated"),
        ("", "", "kind_unsupported", "?"),
        ("multichoice", answer("甲") + answer("乙"), "key_missing", ""),
        ("multichoice", answer("甲", "100"), "options_missing", ""),
        ("multichoice", answer("甲", "x") + answer("乙"), "fraction_invalid", "x"),
        ("multichoice", answer("甲", "1e9") + answer("乙"), "fraction_invalid", "1e9"),
        ("multichoice", answer("甲", "1e999999999") + answer("乙"), "fraction_invalid", "1e999999999"),
        ("numerical", answer("6", "100", more="<tolerance>-1</tolerance>"), "number_invalid", ""),
        ("truefalse", answer("vrai", "100") + answer("faux"), "key_missing", "vrai"),
        ("numerical", answer("六", "100"), "number_invalid", ""),
        ("shortanswer", "", "key_missing", ""),
        ("cloze", "", "questions_missing", ""),
        ("essay", "<responseformat>noinline</responseformat>", "kind_unsupported", "essay"),
        ("essay", "<defaultgrade>0</defaultgrade>", "marks_invalid", ""),
        ("matching", "<subquestion><text>甲</text><answer><text></text></answer></subquestion>", "pair_incomplete", "甲"),
    ],
)
def test_what_is_no_question_of_ours_is_left_out_with_its_reason(kind, inside, code, value):
    found = draft(kind, inside)

    assert found.content is None
    assert [(note.code, note.value) for note in found.notes if note.is_refusal] == [(code, value)]


def test_marks_code_tags_and_what_the_source_hid():
    inside = (
        "<defaultgrade>2.5000000</defaultgrade><hidden>1</hidden><idnumber>Q-9</idnumber>"
        "<tags><tag><text>旧</text></tag><tag><text>bank:difficulty=5</text></tag></tags>"
    )

    found = draft("essay", inside)

    assert (found.code, found.content.marks, found.content.difficulty) == ("Q-9", 250, 5)
    assert notes(found) == [("was_hidden", ""), ("tags_left_out", "旧")]
    assert notes(draft("essay", "<defaultgrade>0.3333333</defaultgrade>")) == [("marks_rounded", "0.3333333")]
    assert notes(draft("essay", "<defaultgrade>x</defaultgrade>")) == [("marks_unreadable", "x")]


def test_texts_are_read_by_their_format():
    assert content("essay", stem="a < b\nc", format="plain_text").stem == "a &lt; b<br>c"
    assert content("essay", stem="a < b\nc", format="moodle_auto_format").stem == "a &lt; b<br>c"
    assert content("essay", stem="<p>a</p>\n", format="html").stem == "<p>a</p>"
    assert draft("essay", stem="<p> </p>").content is None


def test_images_by_data_and_missing_ones():
    data = base64.b64encode(png(3)).decode()
    stem = (
        f'<img src="data:image/png;base64,{data}" alt="图"> <img src="@@PLUGINFILE@@/no%20t.png" alt="缺"> '
        '<img src="http://127.0.0.1/x.png"> <img src="data:image/svg+xml;base64,PHN2Zy8+">'
    )

    found = draft("essay", stem=stem)

    assert found.content.stem == '<img src="image.png" alt="图"> [缺] [x.png] [image.svg+xml]'
    assert found.images == {"image.png": png(3)}
    assert notes(found) == [
        ("image_missing", "no t.png"),
        ("image_missing", "http://127.0.0.1/x.png"),
        ("image_unfit", "image.svg+xml"),
    ]


def test_two_images_of_one_name_are_both_kept():
    def text(tag, shade):
        image = base64.b64encode(png(shade)).decode()
        file = f'<file name="a b.png" path="/" encoding="base64">{image}</file>'
        return f'<{tag} format="html"><text>&lt;img src="@@PLUGINFILE@@/a%20b.png"&gt;</text>{file}</{tag}>'

    (found,) = read_xml(quiz(f'<question type="essay">{text("questiontext", 1)}{text("generalfeedback", 2)}</question>')).drafts

    assert found.content.stem == '<img src="a b.png">'
    assert sorted(found.images.values()) == sorted([png(1), png(2)])
    assert found.images[found.content.explanation.split('"')[1]] == png(2)


# --- cloze


def cloze(stem: str):
    return draft("cloze", stem=stem)


def test_short_texts_of_one_weight_are_the_blanks_of_one_question():
    found = cloze("甲{1:SHORTANSWER:=一~%50%二#半对}乙{:SAC:%100%A\\}&amp;B~*#不}丙")

    assert (found.content.kind, found.content.stem, found.content.marks) == (K.FILL_BLANK, "甲____乙____丙", 200)
    assert found.content.policy == Policy.PROPORTIONAL
    assert found.content.body == blanks(blank(("一", WHOLE), ("二", WHOLE // 2)), blank(("A}&B", WHOLE), is_case_sensitive=True))
    assert notes(found) == [("feedback_left_out", "半对 | 不")]


@pytest.mark.parametrize("name", ["MULTICHOICE", "MC", "MULTICHOICE_V", "MCV", "MULTICHOICE_H", "MCHS", "MULTICHOICE_VS"])
def test_a_choice_in_a_text(name):
    found = cloze(f"选{{2:{name}:甲#否~=乙&#39;#是~%-25%丙}}。").content

    assert (found.kind, found.stem, found.marks, found.policy) == (K.SINGLE_CHOICE, "选____。", 200, Policy.FRACTIONS)
    options = [(one["html"], one["fraction"], one["feedback"]) for one in found.body["options"]]
    assert options == [("甲", 0, "否"), ("乙&#39;", WHOLE, "是"), ("丙", -2_500_000, "")]


def test_several_right_options_in_a_text_share():
    found = cloze("选{1:MULTIRESPONSE_H:=甲~=乙~=丙~%-50%丁}")

    assert [one["fraction"] for one in found.content.body["options"]] == [3_333_333, 3_333_333, 3_333_333, -5_000_000]
    assert (found.content.kind, notes(found)) == (K.MULTIPLE_CHOICE, [("shares_equal", "")])


def test_a_number_in_a_text_and_several_kinds():
    number = {"accepted": [{"value": "23.8", "tolerance": "0.1", "fraction": WHOLE}], "unit": ""}
    alone = cloze("约{1:NUMERICAL:=23.8:0.1#对~*#错}米").content
    case = cloze("约{1:NM:=23.8:0.1}米，{3:SA:=甲}").content

    assert (alone.kind, alone.stem, alone.body, alone.explanation) == (K.NUMERIC, "约____米", number, "对")
    assert (case.kind, case.stem, case.marks) == (K.CASE_ANALYSIS, "约（1）____米，（2）____", 400)
    assert [(one["kind"], one["marks"]) for one in case.body["questions"]] == [(K.NUMERIC, 100), (K.FILL_BLANK, 300)]


def test_a_cloze_that_cannot_be_read_is_left_out():
    assert notes(cloze("{1:ESSAY:=甲}")) == [("kind_unsupported", "ESSAY")]
    assert notes(cloze("{1:SA:=甲")) == [("brace_unclosed", "{1:SA:")]
    assert notes(cloze("{0:SA:=甲}")) == [("marks_invalid", "")]


# --- there and back

MORE = {
    "blanks": Content(
        K.FILL_BLANK,
        "<p>____与____</p>",
        blanks(
            blank(("合{法}#~\\x", WHOLE)), blank(("a<b&c", WHOLE), ("x*", 5_000_000), is_pattern=True, is_case_sensitive=True)
        ),
        Policy.PROPORTIONAL,
        marks=300,
    ),
    "blanks below": Content(
        K.FILL_BLANK, "写两项", blanks(blank(("一", WHOLE)), blank(("二", WHOLE)), is_unordered=True), Policy.PROPORTIONAL
    ),
    "blanks, exact": Content(K.FILL_BLANK, "____与____", blanks(blank(("一", WHOLE)), blank(("二", WHOLE)))),
    "blank, case": Content(K.FILL_BLANK, "写", blanks(blank(("WTO", WHOLE), is_case_sensitive=True)), Policy.PROPORTIONAL),
    "rubric": Content(
        K.SHORT_ANSWER,
        "简述。",
        {
            "rubric": [{"text": "<b>主体</b><ol><li>一</li></ol>", "marks": 200}, {"text": "条文", "marks": 350}],
            "model_answer": "行政机关\n应当",
        },
        marks=550,
    ),
}


@pytest.mark.parametrize("name", [*KINDS, *MORE])
def test_an_item_comes_back_as_it_was(name):
    wanted = (KINDS | MORE)[name]
    item = exported(copy.deepcopy(wanted))
    check(item.content)

    written = write([item])
    (found,) = read_xml(written.content).drafts

    said = [note.code for note in written.notes.get(item.code, [])]
    assert said == (["scored_otherwise"] if name in OTHERWISE | {"blanks below", "blanks, exact"} else [])
    assert found.content == wanted
    facts = (found.code, found.classification, found.source, found.expires_on)
    assert facts == (item.code, item.classification, item.source, item.expires_on)
    assert found.notes == []


def test_images_travel_with_their_item():
    first, second = png(1), png(2)
    body = choice_body(['<img alt="乙" src="media:bb">', "无"], "A")
    item = exported(Content(K.SINGLE_CHOICE, '看<img src="media:aa">', body), images={"media:aa": first, "media:bb": second})

    written = write([item])
    (found,) = read_xml(written.content).drafts

    assert written.notes == {}
    names = {image: name for name, image in found.images.items()}
    assert sorted(names) == sorted([first, second])
    assert found.content.stem == f'看<img src="{names[first]}">'
    assert found.content.body["options"][0]["html"] == f'<img src="{names[second]}" alt="乙">'


def test_an_image_that_is_not_there_and_a_case_are_told():
    case = {"questions": [{"id": "1", "kind": K.TRUE_FALSE, "stem": "甲", "body": {"key": True}, "policy": "exact", "marks": 100, "explanation": ""}]}  # fmt: skip
    lost = write([exported(Content(K.ESSAY, '看<img src="media:aa">', {"rubric": [], "model_answer": ""}))])
    left = write([exported(Content(K.CASE_ANALYSIS, "材料", case))])

    assert [(note.code, note.field) for note in lost.notes["题-1:a"]] == [("not_held", "stem")]
    assert [(note.code, note.value) for note in left.notes["题-1:a"]] == [("cannot_hold", "case_analysis")]


def test_an_answer_that_would_be_another_one_is_left_out():
    content = Content(K.FILL_BLANK, "____与____", blanks(blank(("甲\\", WHOLE)), blank(("乙", WHOLE))), Policy.PROPORTIONAL)

    written = write([exported(content)])

    assert [(note.code, note.is_refusal) for note in written.notes["题-1:a"]] == [("cannot_hold", True)]
    with pytest.raises(XmlUnreadable):
        read_xml(written.content)


def test_the_topic_of_each_item_is_its_category():
    items = [exported(Content(K.TRUE_FALSE, stem, {"key": True}, topic=topic)) for stem, topic in (("甲", "一/二"), ("乙", ""), ("丙", "二"))]  # fmt: skip

    assert [one.content.topic for one in read_xml(write(items).content).drafts] == ["一/二", "", "二"]
