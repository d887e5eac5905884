"""The words in which people write kinds, answers, difficulty and the like, and what they mean."""

import re
import unicodedata
from functools import lru_cache

from exams.models import Classification, ItemKind, Policy
from training.models import StaffCategory

K = ItemKind
_VALUES = frozenset(K.values)
KINDS = {
    word: kind
    for kind, words in {
        K.SINGLE_CHOICE: "单选 单项选择 单选择 单项 single singlechoice 单选题型 最佳选择",
        K.MULTIPLE_CHOICE: "多选 多项选择 多选择 多项 multiple multiplechoice multi",
        K.INDEFINITE_CHOICE: "不定项 不定项选择 不定向选择 不定项选 任选 不定选择 indefinite indefinitechoice",
        K.TRUE_FALSE: "判断 判断正误 是非 对错 正误 正误判断 是非判断 truefalse true/false judge tf",
        K.FILL_BLANK: "填空 填充 fill fillblank blank fillin",
        K.NUMERIC: "数值 计算填空 数字 数值填空 numeric number",
        K.MATCHING: "匹配 连线 配对 配伍 matching match",
        K.SHORT_ANSWER: "简答 问答 简述 名词解释 shortanswer 简答问答",
        K.ESSAY: "论述 论文 写作 作文 申论 essay 论述分析",
        K.CASE_ANALYSIS: "案例 案例分析 材料 材料分析 案例选择 综合 综合分析 case caseanalysis 案例分析与论述",
    }.items()
    for word in words.split()
}
CHOICE_WORDS = frozenset(("选择", "选择题", "choice", "客观题"))  # one answer or several: the key says
KIND_NAMES = {
    K.SINGLE_CHOICE: "单选题",
    K.MULTIPLE_CHOICE: "多选题",
    K.INDEFINITE_CHOICE: "不定项选择题",
    K.TRUE_FALSE: "判断题",
    K.FILL_BLANK: "填空题",
    K.NUMERIC: "数值题",
    K.MATCHING: "匹配题",
    K.SHORT_ANSWER: "简答题",
    K.ESSAY: "论述题",
    K.CASE_ANALYSIS: "案例分析题",
}
POLICY_NAMES = {
    Policy.EXACT: "全对得分",
    Policy.HALF: "少选得一半",
    Policy.PROPORTIONAL: "少选按比例得分",
    Policy.PER_OPTION: "每个正确选项定额得分",
    Policy.FRACTIONS: "按选项分值",
}
POLICIES = {name: policy for policy, name in POLICY_NAMES.items()} | {
    "漏选得一半": Policy.HALF,
    "少选得一半分": Policy.HALF,
    "少选不得分": Policy.EXACT,
    **{policy.value: policy for policy in Policy},
}
CLASSIFICATION_NAMES = {Classification.OPEN: "公开", Classification.EXAM: "考试专用"}
CLASSIFICATIONS = {
    **dict.fromkeys("公开 练习 公开练习 开放 open".split(), Classification.OPEN),
    **dict.fromkeys("考试专用 考试 仅考试 内部 非公开 不公开 exam".split(), Classification.EXAM),
}
STATE_SECRETS = frozenset("秘密 机密 绝密".split())
AUDIENCE_NAMES = {
    StaffCategory.ENFORCEMENT_OFFICER: "行政执法人员",
    StaffCategory.AUXILIARY: "辅助执法人员",
    StaffCategory.LEADING_CADRE: "领导干部",
    StaffCategory.LEGAL_AFFAIRS: "法治机构工作人员",
    StaffCategory.EXTERNAL_COUNSEL: "外聘法律顾问",
    "civil_servant": "公务员",
}
AUDIENCES = {name: str(code) for code, name in AUDIENCE_NAMES.items()} | {
    **{str(code): str(code) for code in AUDIENCE_NAMES},
    "执法人员": str(StaffCategory.ENFORCEMENT_OFFICER),
    "执法辅助人员": str(StaffCategory.AUXILIARY),
    "法制机构工作人员": str(StaffCategory.LEGAL_AFFAIRS),
    "法制工作人员": str(StaffCategory.LEGAL_AFFAIRS),
    "法律顾问": str(StaffCategory.EXTERNAL_COUNSEL),
    "国家工作人员": "civil_servant",
}
EVERYBODY = frozenset("全体 全部 所有 所有人 全员 不限 通用".split())
DIFFICULTIES = {
    **dict.fromkeys("1 易 容易 简单 低 极易 很易 初级 易题 一级 easy low simple".split(), 1),
    **dict.fromkeys("2 较易 偏易 较容易 较简单 较低 二级".split(), 2),
    **dict.fromkeys("3 中 中等 一般 适中 普通 中级 中题 三级 medium normal middle moderate".split(), 3),
    **dict.fromkeys("4 较难 偏难 较高 四级".split(), 4),
    **dict.fromkeys("5 难 困难 高 很难 极难 高级 难题 五级 hard difficult high".split(), 5),
}
TRUE_WORDS = frozenset("正确 对 √ ✓ ✔ ☑ ✅ 勾 t true 是 y yes 对的 正确的 v".split())
FALSE_WORDS = frozenset("错误 错 × ✗ ✘ ✕ ✖ ╳ ❌ ☒ 叉 x f false 否 n no 不对 不正确 错的 错误的".split())
# letters that only look Latin, and marks set around an answer
_ALIKE = str.maketrans("АВСЕНКМОРТХавсеорхΑΒΕΗΚΜΟΡΤΧ", "ABCEHKMOPTXABCEOPXABEHKMOPTX", "\u200b\u200c\u200d\ufe0e\ufe0f\ufeff")
_EDGES = " \t\r\n\u3000\xa0。.．,，;；:：()（）[]【】「」'\"“”"
_BETWEEN = re.compile(r"[\s,，、;；/|.．。&+#\"'\[\]和与及]+")
_PREFIX = re.compile(r"^(?:(?:本题|正确|参考|标准)?(?:答案|选项)[为是]?[:：]?|应?选(?:择)?[:：]?)\s*")


def normal(text: str) -> str:
    return unicodedata.normalize("NFKC", text).translate(_ALIKE).strip(_EDGES)


@lru_cache(maxsize=2048)
def kind_of(text: str) -> str | None:
    """The kind a word names: 单项选择题, 二、多选题（每题2分）, true_false."""
    if text in _VALUES:
        return K(text)
    word = re.sub(r"[(\[【].*?[)\]】]", "", unicodedata.normalize("NFKC", text)).lower()
    word = re.sub(r"^第?[一二三四五六七八九十\d]+(?:部分|大题|[、.:\s])", "", word.strip(_EDGES))
    word = re.sub(r"[\s_\-:]|题型|题目$", "", word)
    return KINDS.get(word) or KINDS.get(word.removesuffix("题")) or KINDS.get(word.removesuffix("类题"))


def kind_in_name(filename: str) -> str | None:
    """The kind a file's name states, where it states exactly one."""
    name = filename.rsplit("/", 1)[-1].lower()
    found = {kind for words, kind in _IN_NAMES if re.search(words, name)}
    return found.pop() if len(found) == 1 else None


_IN_NAMES = (
    ("单选|单项选择|danxuan", K.SINGLE_CHOICE),
    ("多选|多项选择|duoxuan", K.MULTIPLE_CHOICE),
    ("不定项|budingxiang", K.INDEFINITE_CHOICE),
    ("判断|panduan", K.TRUE_FALSE),
    ("填空|tiankong", K.FILL_BLANK),
    ("简答|jianda", K.SHORT_ANSWER),
    ("论述|lunshu", K.ESSAY),
    ("案例|anli", K.CASE_ANALYSIS),
)


def letters_of(text: str) -> str | None:
    """ABD for "A、B、D", "ａｂｄ", "A,B,D", "选ABD"; None for what is no list of letters. Repeats and order stay."""
    if text.isascii() and text.isalpha() and text.isupper():
        return text
    letters = _BETWEEN.sub("", _PREFIX.sub("", normal(text)).removesuffix("项")).upper()
    return letters if letters and re.fullmatch(r"[A-Z]+", letters) else None


def truth_of(text: str) -> bool | None:
    """Whether a word says true or false; None for what says neither. A and B are not words."""
    word = _PREFIX.sub("", normal(text)).lower()
    if word in TRUE_WORDS:
        return True
    return False if word in FALSE_WORDS else None


def difficulty_of(text: str) -> int | None:
    word = unicodedata.normalize("NFKC", text).strip(_EDGES).lower().removesuffix(".0").removesuffix("难度").removesuffix("度")
    word = word.replace("⭐", "★").replace("\ufe0f", "")
    if word and not word.strip("★☆"):
        return word.count("★") if 1 <= word.count("★") <= 5 else None
    return DIFFICULTIES.get(word)
