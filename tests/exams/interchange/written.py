"""Items of all kinds that go out in a file and come back."""

from datetime import date

from exams.content import WHOLE, CitedArticle, Content, choice_body
from exams.interchange.drafts import Exported
from exams.models import ItemKind, Policy

OPTIONS = ["六十日 {~=#:}", "<p>三十日 &amp; 以上</p>", "x<sup>2</sup> &lt; 3", "$\\frac{a}{b}\\neq 1$"]


def with_fractions(body: dict, *fractions: int, feedback: str = "") -> dict:
    for option, fraction in zip(body["options"], fractions, strict=True):
        option["fraction"] = fraction
        option["feedback"] = feedback
    return body


def blank(*accepted: tuple[str, int], is_case_sensitive: bool = False, is_pattern: bool = False) -> dict:
    rows = [{"text": text, "fraction": fraction} for text, fraction in accepted]
    return {"accepted": rows, "is_case_sensitive": is_case_sensitive, "is_pattern": is_pattern}


def blanks(*rows: dict, is_unordered: bool = False) -> dict:
    return {"blanks": list(rows), "is_unordered": is_unordered}


NUMBER = {
    "accepted": [
        {"value": "60", "tolerance": "0.5", "fraction": WHOLE},
        {"value": "-90.25", "tolerance": "0", "fraction": 2_500_000},
    ],
    "unit": "日",
}
PAIRS = {
    "left": [{"id": "1", "html": "警告 -&gt; 甲"}, {"id": "2", "html": "<b>罚款</b>"}, {"id": "3", "html": "拘留"}],
    "right": [{"id": "A", "html": "申诫罚"}, {"id": "B", "html": "财产罚 &amp; 其他"}, {"id": "C", "html": "人身罚"}],
    "key": {"1": "A", "2": "B", "3": "A"},
}
K, P = ItemKind, Policy
KINDS = {
    "single": Content(K.SINGLE_CHOICE, "复议期限是\\{？}：\n~", choice_body(OPTIONS, "C"), explanation="见#第<b>九</b>条"),
    "single, fractions": Content(
        K.SINGLE_CHOICE,
        "哪一项？",
        with_fractions(choice_body(OPTIONS, "B"), 3_333_333, WHOLE, 0, -2_500_000, feedback="<i>看</i>#条文"),
        P.FRACTIONS,
    ),
    "single, stated": Content(
        K.SINGLE_CHOICE, "哪一项？", with_fractions(choice_body(OPTIONS, "A"), WHOLE, 0, 0, 0), P.FRACTIONS
    ),
    "multiple": Content(K.MULTIPLE_CHOICE, "哪些？", choice_body(OPTIONS, "ABD"), P.PROPORTIONAL, marks=200),
    "multiple, exact": Content(K.MULTIPLE_CHOICE, "哪些？", choice_body(OPTIONS, "AB")),
    "multiple, half": Content(K.MULTIPLE_CHOICE, "哪些？", choice_body(OPTIONS, "ABC"), P.HALF, marks=150),
    "multiple, per option": Content(K.MULTIPLE_CHOICE, "哪些？", choice_body(OPTIONS, "AC"), P.PER_OPTION),
    "multiple, thirds": Content(
        K.MULTIPLE_CHOICE,
        "哪些？",
        with_fractions(choice_body(OPTIONS, "ABC"), 3_333_333, 3_333_333, 3_333_333, -WHOLE),
        P.FRACTIONS,
    ),
    "indefinite, one": Content(K.INDEFINITE_CHOICE, "不定项", choice_body(OPTIONS, "D")),
    "indefinite, all": Content(K.INDEFINITE_CHOICE, "不定项", choice_body(OPTIONS, "ABCD"), P.PROPORTIONAL),
    "true": Content(K.TRUE_FALSE, "由行政机关实施。", {"key": True}, explanation="<p>是</p>"),
    "false": Content(K.TRUE_FALSE, "T", {"key": False}, marks=50),
    "blank": Content(K.FILL_BLANK, "期限为<u>____</u>日。", blanks(blank(("六十", WHOLE), ("6=0", 5_000_000))), P.PROPORTIONAL),
    "blank, pattern": Content(
        K.FILL_BLANK, "写出", blanks(blank(("行政*法", WHOLE), ("*法", 2_500_000), is_pattern=True)), P.PROPORTIONAL
    ),
    "blank, star": Content(K.FILL_BLANK, "写出", blanks(blank(("a*b\\c", WHOLE))), P.PROPORTIONAL),
    "number": Content(K.NUMERIC, "期限是____", NUMBER),
    "pairs": Content(K.MATCHING, "配对", PAIRS, P.PROPORTIONAL, marks=300),
    "pairs, exact": Content(K.MATCHING, "配对", PAIRS),
    "pairs, crossed": Content(K.MATCHING, "配对", PAIRS | {"key": {"1": "C", "2": "A", "3": "C"}}, P.PROPORTIONAL),
    "short": Content(K.SHORT_ANSWER, "简述。", {"rubric": [], "model_answer": ""}, marks=550),
    "essay": Content(K.ESSAY, "论述。", {"rubric": [], "model_answer": ""}, marks=2000, explanation="看条文"),
    "facts": Content(
        K.TRUE_FALSE,
        "公民可以申请听证。",
        {"key": True},
        topic="行政处罚/听证",
        knowledge_point="听证 & [告知]",
        difficulty=5,
        audience=["leaders", "enforcers"],
        citations=[CitedArticle("中华人民共和国行政处罚法", "63", "2021", ("听证", "五日")), CitedArticle("中华人民共和国宪法")],
    ),
}
# kinds with a scoring that other systems do not know
OTHERWISE = {"multiple, exact", "multiple, half", "multiple, per option", "indefinite, one", "pairs, exact"}


def exported(content: Content, **facts) -> Exported:
    facts = {"classification": "exam", "source": "题库]一", "expires_on": date(2030, 1, 31)} | facts
    return Exported("题-1:a", content, **facts)
