"""Rows inside a table that are no data: totals, repeated headers, notes, headings of groups, samples."""

import re

from .cells import CellFault
from .headers import Vocabulary, normalise_header
from .texts import clean_text

_SUBTOTAL = re.compile(r"^(?:本页|本单位|分类|部门|单位)?(?:小计|分计)")
_TOTAL = re.compile(r"^(?:本页|全区|全市|全局|全部|人员|总)?(?:合计|总计|共计|累计|总人数|人数合计|共\d+人)")
_FOOTER = re.compile(
    r"^[（(]?(?:填表|填报|制表|审核|审批|复核|经办|录入|统计)(?:人|单位|日期|时间|负责人)"
    r"|^[（(]?(?:填表|填报|制表|审核|审批|复核|经办|录入|统计|校对|批准)[:：]|^(?:单位|主要|分管|部门)?(?:负责人|领导|联系人|联系电话)(?:[（(].*[）)])?[:：]"
    r"|^[（(]?(?:单位)?(?:盖章|公章|签章|签字)|^(?:日期|打印日期|打印时间|填表)[:：]|^第\s*\d+\s*页|^\d{4}年\d{1,2}月\d{1,2}日$|^填表$"
)
_NOTE = re.compile(r"^(?:注|备注|说明|附注|填表说明|填报说明|填写说明|注意事项?|提示|附)(?:[:：]|\d*[、.]|$)|^(?:注意|※|＊|\*)")
MAY_BE_EXAMPLE = frozenset("例示样范举（(【")
_EXAMPLE = re.compile(r"^[（(【]?(?:示例|样例|范例|举例|例(?=[:：)）]|$)|例如)")
_CONTINUED = re.compile(r"[（(]?(?:续表?|续上表|第.{1,3}页)\d*[)）]?$")
_HINT = re.compile(r"^[（(]?(?:必填|选填|非必填|文本格式|格式|填写|请填|请输入|请选择|下拉|18位|如[:：]|例[:：])")
_SECTION = re.compile(
    r"^(?:[（(]?[一二三四五六七八九十]+[）)、.．]|第[一二三四五六七八九十]+)|(?:人员|部分|类|名单|情况|领导|班子|机关|局|队|科|室|所|中心|处|委|办|镇|街道|站)$"
)


class RowClassifier:
    """Says why a row holds no data, or None when it has to be read. Asked only about rows that look unusual."""

    def __init__(self, vocabulary: Vocabulary, roles: dict[str, int], headings: list[str], titles: frozenset[str]):
        self.titles = titles
        self.vocabulary = vocabulary
        self.roles = roles
        self.names = {index: normalise_header(heading) for index, heading in enumerate(headings) if heading}
        self.key_columns = [roles[code] for code in ("id_number", "name", "staff_no", "title", "held") if code in roles]
        self.id_column, self.seq, self.name = roles.get("id_number"), roles.get("seq"), roles.get("name")
        # What may stand in a row that was only prepared: a number, and the unit dragged down.
        self.idle = {roles[code] for code in ("seq", "unit", "unit_and_department", "inner_department") if code in roles}

    def why_no_data(self, row: list) -> str | None:
        filled = [
            (index, value)
            for index, value in enumerate(row)
            if value != "" and not (isinstance(value, str) and not value.strip())
        ]
        texts = [(index, clean_text(value)) for index, value in filled if isinstance(value, str)]
        if self._is_prepared(filled, texts):
            return "blank"
        if self._repeats_header(texts):
            return "repeated_header"
        if not texts:
            return "note" if self._counts_columns(filled) else None
        if self._is_example(row):
            return "example"
        if self._names_a_number(row):
            return None
        return self._by_words(row, filled, texts)

    def _by_words(self, row: list, filled, texts) -> str | None:
        firsts = [re.sub(r"\s+", "", text) for _, text in texts[:3]]
        for text in firsts:
            if _SUBTOTAL.match(text):
                return "subtotal"
            if _TOTAL.match(text):
                return "total"
        first = firsts[0]
        if _CONTINUED.sub("", "".join(text for _, text in texts)) in self.titles:
            return "title"  # printed again on the next page
        if _EXAMPLE.match(first):
            return "example"
        if _NOTE.match(first) and len(filled) <= 2:
            return "note"
        if _FOOTER.search(first):
            return "footer"
        if any(_HINT.match(text) for index, text in texts if index in self.key_columns) or self._counts_columns(filled):
            return "note"
        if len(filled) == 1:
            return self._single(texts[0])
        return None

    def _single(self, cell: tuple[int, str]) -> str | None:
        index, text = cell
        if len(text) >= 15 or re.search(r"[。；！？]", text):
            return "note"
        if _SECTION.search(text) and len(text) >= 2:
            return "section"
        return None if index in self.key_columns else "note"

    def section_text(self, row: list) -> str:
        """The heading of a group without its numbering."""
        text = next((clean_text(value) for value in row if isinstance(value, str) and value.strip()), "")
        return re.sub(r"^[（(]?[一二三四五六七八九十\d]+[）)、.．]\s*", "", text)

    def _is_prepared(self, filled, texts) -> bool:
        if all(isinstance(value, CellFault) for _, value in filled):
            return True
        if not all(index in self.idle for index, _ in filled):
            return False
        # Words where the serial number belongs are a heading, a total or a note.
        return not any(
            (index == self.seq and not text.isdigit())
            or _SUBTOTAL.match(text)
            or _TOTAL.match(text)
            or _FOOTER.search(text)
            or _NOTE.match(text)
            for index, text in texts
        )

    def _is_example(self, row: list) -> bool:
        """The row says so where its number belongs, or before the name: then a complete ID number makes it no person."""
        number, name = (row[place] if place is not None else "" for place in (self.seq, self.name))
        if isinstance(number, str) and _EXAMPLE.match(number.strip()):
            return True
        found = _EXAMPLE.match(name.strip()) if isinstance(name, str) else None
        return found is not None and found.end() < len(name.strip())

    def _repeats_header(self, texts) -> bool:
        same = sum(1 for index, text in texts if self.names.get(index) == normalise_header(text))
        if same >= 2 and same * 2 >= len(texts):
            return True
        keys = sum(1 for index, text in texts if index in self.key_columns and self.vocabulary.is_heading(text))
        if not keys or len(texts) < 3:
            return False
        headings = sum(1 for _, text in texts if self.vocabulary.is_heading(text))
        return headings >= 3 and headings * 2 > len(texts)

    def _names_a_number(self, row: list) -> bool:
        """An ID number, even a damaged one, marks a person whatever else the row says."""
        value = row[self.id_column] if self.id_column is not None else ""
        return isinstance(value, str) and sum(c.isdigit() or c in "*＊xX" for c in value) >= 10

    def _counts_columns(self, filled) -> bool:
        """The row that numbers the columns: 1, 2, 3 or 甲, 乙, 1, 2."""
        values = [
            str(int(value)) if isinstance(value, float) and value == int(value) else str(value).strip() for _, value in filled
        ]
        numbers = [int(value) for value in values if value.isdigit()]
        others = [value for value in values if not value.isdigit()]
        return (
            len(numbers) >= 3 and numbers == list(range(numbers[0], numbers[0] + len(numbers))) and set(others) <= set("甲乙丙丁")
        )
