"""Names, telephone numbers, ranks and plain text, cleaned of what typing and pasting leaves behind."""

import re
import unicodedata
from functools import lru_cache

from .cells import CellFault

HAN = r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u3007\U00020000-\U000323af"

_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u00ad\u202a\u202b\u202c\u202d\u202e"))
_NARROW = {code: code - 0xFEE0 for code in (*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B))}
_DIRTY = re.compile(r"[\s\u00a0\u00ad\u200b-\u200f\u202a-\u202e\u2060\ufeff\uff10-\uff5a]")
_BETWEEN_HAN = re.compile(rf"(?<=[{HAN}，。、；：（）〔〕《》])[ \t]+(?=[{HAN}，。、；：（）〔〕《》])")
_BLANKS = re.compile(r"[ \t\u00a0\u3000]+")
NOTHING = frozenset(("/", "\\", "-", "—", "——", "－", "无", "暂无", "N/A", "n/a", "／", "--", "、", ".", "空"))


def clean_text(value) -> str:
    """Text of a cell: invisible characters gone, blanks between Chinese characters gone, line breaks kept where text continues."""
    if type(value) is not str:
        return plain_number(value)
    if not _DIRTY.search(value):
        return value
    value = value.translate(_INVISIBLE).translate(_NARROW).replace("\r\n", "\n").replace("\r", "\n")
    value = _BLANKS.sub(" ", value).strip()
    return _BETWEEN_HAN.sub("", value)


def optional_text(value) -> str:
    """Like `clean_text`, with the strokes that stand for "nothing" read as nothing."""
    text = clean_text(value)
    return "" if text in NOTHING else text


def plain_number(value) -> str:
    """A non-text cell as text: 1001.0 is 1001; a fault or an empty cell is nothing."""
    if value is None or isinstance(value, CellFault):
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, float) and value == int(value) and abs(value) < 1e15:
        return str(int(value))
    return str(value)


# --- names ---------------------------------------------------------------------------------------------------------

_PLAIN_NAME = re.compile(r"[\u4e00-\u9fff]{2,4}(?<!同志|先生|女士)")
_DOTS = re.compile(rf"(?<=[{HAN}])\s*[·•‧∙⋅・･．.﹒●\u2022\u00b7\u30fb\u2027°˙\ue020]\s*(?=[{HAN}])")
_BRACKETED = re.compile(r"\s*[（(\[【〔<《][^（(\[【〔<《]*[)）\]】〕>》]\s*$")
_DASHED = re.compile(rf"^([{HAN}·]{{2,}})\s*[-—－–_/]\s*[{HAN}]+$")
_NOTED = re.compile(rf"^([{HAN}·]{{2,}}?)\s*(?:同志|先生|女士)$")
_SEX_NOTE = re.compile(rf"^([{HAN}·]{{2,}}|[{HAN}]\s+[{HAN}])\s+[男女]$")
_MARKED = re.compile(r"[*＊★☆▲△#]+$")
_HAN_NAME = re.compile(rf"[{HAN}\ue000-\uf8ff]+(?:·[{HAN}\ue000-\uf8ff]+)*")
_OTHER_NAME = re.compile(r"[^\W\d_](?:[^\W\d_]|[ .'’·-])*[^\W\d_.]?\.?")
_TEST_NAME = re.compile(
    r"测试|试用|样例|示例|范例|example|sample|test|demo|dummy|^x{2,}$|^abc$|^a{3,}$|某|^(?:待定|空缺|无名氏|佚名|暂无|管理员|admin|null|none|姓名)$",
    re.I,
)


def plain_name(name: str) -> bool:
    """Two to four common characters without anything to say about them: nearly every row."""
    return _PLAIN_NAME.fullmatch(name) is not None and not _TEST_NAME.search(name)


def parse_name(value) -> tuple[str, tuple[str, ...], str | None]:
    """The name, the codes of its warnings, and the code that refuses it."""
    if value == "" or value is None or isinstance(value, CellFault):
        return "", (), "name_missing"
    if not isinstance(value, str):
        return plain_number(value), (), "name_invalid"
    return _parse_written_name(value)


@lru_cache(maxsize=20_000)  # a file of records names the same people again and again
def _parse_written_name(value: str) -> tuple[str, tuple[str, ...], str | None]:
    name = value.translate(_INVISIBLE).strip().removeprefix("'")
    name = re.sub(r"[\s\u00a0\u3000]+", " ", name.translate(_NARROW)).strip()
    if not name or name in NOTHING:
        return "", (), "name_missing"
    codes, bare = [], _without_notes(name)
    if bare != name:
        codes.append("name_suffix_dropped")
    name = _DOTS.sub("·", bare)
    name = re.sub(rf"(?<=[{HAN}·]) (?=[{HAN}·])", "", name)
    looks_like_test = _TEST_NAME.search(name) is not None
    shape = re.sub(r"\d+$", "", name) if looks_like_test else name
    if _HAN_NAME.fullmatch(shape):
        if not 2 <= len(name) <= 30:
            return name, (), "name_invalid"
    elif len(shape) >= 2 and len(name) <= 60 and _OTHER_NAME.fullmatch(shape):
        codes.append("name_not_chinese")
    else:
        return name, (), "name_invalid"
    if looks_like_test:
        codes.append("name_looks_like_test")
    return name, tuple(sorted(codes)), None


def _without_notes(name: str) -> str:
    """The name without a bracketed, dashed or marked note behind it."""
    while True:
        bare = _MARKED.sub("", _BRACKETED.sub("", name)).strip()
        for pattern in (_DASHED, _NOTED, _SEX_NOTE):
            if found := pattern.match(bare):
                bare = found[1].strip()
        if bare == name or not bare:
            return name
        name = bare


# --- telephone numbers ---------------------------------------------------------------------------------------------

_MOBILE = re.compile(r"1[3-9]\d{9}")
_PUNCTUATION = re.compile(r"[\s\-‐-―.()（）·_]+")
_SEVERAL = re.compile(r"[/、,，;；|或和&]|\n|\\")
_LANDLINE = re.compile(r"(?:0\d{2,3})?[2-9]\d{6,7}(?:(?:转|x|ext|#)\d{1,6})?|[48]00\d{7}", re.I)
_ABROAD = re.compile(r"(?:\+|00)(?!86)\d")
_NOTE = re.compile(r"[（(](?!\s*(?:0\d{2,3}|\+?86)\s*[)）])[^)）]*[)）]|[手机电话座办公宅联系号码微信同]+[:：]?")


def parse_phone(value) -> tuple[str, tuple[str, ...], str | None]:
    """The number to use, all numbers in the cell, and the code of what is noteworthy."""
    if type(value) is str and len(value) == 11 and _MOBILE.fullmatch(value):
        return value, (value,), None
    if value == "" or value is None or isinstance(value, CellFault):
        return "", (), None
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return "", (), "phone_invalid"
    text = plain_number(value) if not isinstance(value, str) else value
    text = unicodedata.normalize("NFKC", text.translate(_INVISIBLE)).strip().removeprefix("'")
    if found := re.fullmatch(r'="(.*)"', text):
        text = found[1]
    text = _NOTE.sub(" ", text).strip()
    if not text or text in NOTHING:
        return "", (), None
    if _ABROAD.match(text):
        return "", (), "phone_invalid"
    one = _one_phone(text)
    if one:
        return one, (one,), None if _MOBILE.fullmatch(one) else "phone_landline"
    numbers = tuple(filter(None, (_one_phone(part) for part in _pieces(text))))
    if not numbers:
        return "", (), "phone_invalid"
    several = len([part for part in _pieces(text) if part.strip()]) > 1
    mobile = next((number for number in numbers if _MOBILE.fullmatch(number)), numbers[0])
    return mobile, numbers, "phone_multiple" if several else None


def _pieces(text: str) -> list[str]:
    pieces = _SEVERAL.split(text)
    if len(pieces) == 1:
        digits = _PUNCTUATION.sub("", text)
        if len(digits) == 22 and digits.isdigit():
            return [digits[:11], digits[11:]]
        pieces = text.split()
    return pieces


def _one_phone(text: str) -> str | None:
    digits = _PUNCTUATION.sub("", text).removesuffix(".0")
    digits = re.sub(r"^(?:\+|00)?86(?=1[3-9]\d{9}$)", "", digits).removeprefix("+")
    if _MOBILE.fullmatch(digits):
        return digits
    if _LANDLINE.fullmatch(digits):
        area = re.match(r"(01\d|02\d|0[3-9]\d{2})(?=\d{7})", digits)
        return f"{area[1]}-{digits[area.end() :]}" if area else digits
    return None


def mask(value: str) -> str:
    """A personal number in a message: enough to find the row, not enough to use."""
    value = str(value)
    if len(value) >= 15:
        return value[:6] + "*" * (len(value) - 10) + value[-4:]
    return mask_phones(value)


def mask_within(text: str) -> str:
    """Free text with the personal numbers in it masked."""
    return mask_phones(re.sub(r"(?<!\d)\d{15,17}[\dXx]?", lambda found: mask(found[0]), text))


def mask_phones(text: str) -> str:
    return re.sub(r"(?<!\d)(1\d{2})\d{4}(\d{4})(?!\d)", r"\1****\2", text)


# --- ranks ---------------------------------------------------------------------------------------------------------

_GRADES = "巡视员|调研员|主任科员|科员|督办|高级主办|主办|行政执法员|警务专员|高级警长|警长|警员|总监|高级主管|主管|专业技术员"
_GRADE = re.compile(rf"[一二三四]级(?:{_GRADES})")
_GRADE_REVERSED = re.compile(rf"^({_GRADES})[（(]([一二三四])级?[)）]$")
_SHORT_GRADES = {"主任": "主任科员", "调研": "调研员", "巡视": "巡视员", "主科": "主任科员", "科": "科员", "调": "调研员"}
_SHORT = re.compile(r"^([一二三四])级?(主任|调研|巡视|主科|调)$")
_LEVELS = str.maketrans("1234１２３４", "一二三四一二三四")


def normalise_rank(value) -> tuple[str, bool]:
    """The grade in its official words, and whether a note beside it was left out."""
    text = optional_text(value)
    if not text:
        return "", False
    text = re.sub(r"\s+", "", text)
    text = re.sub(r"[1-4](?=级)", lambda found: found[0].translate(_LEVELS), text)
    if found := _GRADE_REVERSED.match(text):
        return f"{found[2]}级{found[1]}", False
    if found := _SHORT.match(text):
        return f"{found[1]}级{_SHORT_GRADES[found[2]]}", False
    grade = _GRADE.search(text)
    if grade:
        return grade[0], grade[0] != text
    bare = _BRACKETED.sub("", text)
    return (bare, True) if bare and bare != text else (text, False)


def split_post_and_rank(value) -> tuple[str, str, bool]:
    """Post, grade, and whether a note was left out, from a cell that may hold both."""
    text = re.sub(r"\s+", "", optional_text(value))
    text = re.sub(r"[1-4](?=级)", lambda found: found[0].translate(_LEVELS), text)
    grade = _GRADE.search(text)
    if grade is None:
        rank, dropped = normalise_rank(text)
        is_rank = rank != re.sub(r"[1-4](?=级)", "", text) and _GRADE.fullmatch(rank) is not None
        return ("", rank, dropped) if is_rank or re.search(r"科员|调研员|职员|管理|专技", text) else (text, "", False)
    rest = text[: grade.start()] + text[grade.end() :]
    bare = rest.strip("、，,/;；兼和及（）()")
    if not bare:
        return "", grade[0], False
    if re.fullmatch(r"[（(].*[)）]", rest):
        return "", grade[0], True
    return bare, grade[0], False
