"""Which unit a text means. Pure: the caller supplies the names, this module compares them.

Offices shorten (区市场监管局 for 大兴区市场监督管理局), append the internal office with or without a stroke, and keep using names that
a reform abolished. A body of the city (市市场监督管理局) is never one of the district, while a city's body in the district may be named
without the city. Nothing is matched by likeness: after the known rewritings two names are the same or they are not.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

_STROKES = re.compile(r"\s*[/／\\＞>→|]+\s*|\s+[-—–]\s+")
_OFFICE = re.compile(
    r"^(?P<unit>.{2,}?(?:局|委员会|委|人民政府|街道办事处|地区办事处|街道|镇|乡|分局|法院|检察院))"
    r"(?P<office>[^/]{1,14}?(?:科|室|处|队|所|股|组|中心|站|部|大厅))$"
)
_GOVERNMENT_OFFICE = re.compile(r"(?:政府|委)(?:办公室|办)$")
_REGION = re.compile(r"^(?:(?:北京市|北京|京)?(?:大兴区|大兴)|本区|[×某]*区)")
# 市 before 市场监管, 市政 or 市容 belongs to the word.
_CITY = re.compile(r"^(?:北京市|本市|市(?!场|容|监(?![察委狱])|政(?![务府法协])))")
_SEVERAL = re.compile(r"\s*[,，、;；]")
_NOT_A_NAME = re.compile(r"[,，;；\n]")

# Official words for the short ones, longest first; applied to both sides of a comparison.
_SHORT_FORMS = sorted(
    {
        "市场监督管理": "市场监管",
        "市场监督": "市场监管",
        "市监": "市场监管",
        "城市管理综合行政执法": "城管执法",
        "城市管理综合执法": "城管执法",
        "城管综合执法": "城管执法",
        "城市管理": "城管",
        "人力资源和社会保障": "人社",
        "人力资源社会保障": "人社",
        "人力社保": "人社",
        "发展和改革": "发改",
        "发展改革": "发改",
        "经济和信息化": "经信",
        "住房和城乡建设": "住建",
        "住房城乡建设": "住建",
        "规划和自然资源": "规自",
        "规划自然资源": "规自",
        "自然资源和规划": "规自",
        "生态环境保护": "生态环境",
        "卫生健康": "卫健",
        "文化和旅游": "文旅",
        "文化旅游": "文旅",
        "退役军人事务": "退役军人",
        "应急管理": "应急",
        "农业农村": "农业农村",
        "医疗保障": "医保",
        "园林绿化": "园林绿化",
        "国有资产监督管理": "国资",
        "国有资产": "国资",
        "政务服务和数据管理": "政务服务",
        "政务服务管理": "政务服务",
        "科学技术": "科技",
        "教育": "教",
        "人民武装": "人武",
        "交通运输": "交通",
        "综合行政执法": "综合执法",
        "行政执法": "执法",
        "人民政府": "政府",
        "机关事务管理": "机关事务",
        "委员会": "委",
        "街道办事处": "街道",
        "地区办事处": "地区",
        "办公室": "办",
        "税务": "税务",
        "信访": "信访",
        "民族宗教事务": "民宗",
        "民族宗教": "民宗",
    }.items(),
    key=lambda pair: -len(pair[0]),
)
# What the reform of 2018 and its local followers dissolved, and where the tasks went.
_ABOLISHED = {
    "工商行政管理局": "市场监管局", "工商局": "市场监管局", "工商分局": "市场监管局", "质量技术监督局": "市场监管局", "质监局": "市场监管局",
    "食品药品监督管理局": "市场监管局", "食药监局": "市场监管局", "食药局": "市场监管局", "国土资源局": "规自分局", "国土局": "规自分局", "国土分局": "规自分局",
    "规划分局": "规自分局", "环境保护局": "生态环境局", "环保局": "生态环境局", "安全生产监督管理局": "应急局", "安监局": "应急局",
    "法制办公室": "司法局", "法制办": "司法局", "卫生和计划生育委员会": "卫健委", "卫计委": "卫健委", "卫生局": "卫健委", "农业局": "农业农村局",
    "农村工作委员会": "农业农村局", "文化局": "文旅局", "文化委员会": "文旅局", "文化委": "文旅局", "旅游局": "文旅局", "旅游委": "文旅局",
    "民防局": "国防动员办", "物价局": "发改委", "粮食局": "发改委", "市政市容管理委员会": "城管委", "市政市容委": "城管委", "地方税务局": "税务局", "地税局": "税务局",
    "国家税务局": "税务局", "国税局": "税务局", "人口和计划生育委员会": "卫健委", "计生委": "卫健委", "劳动和社会保障局": "人社局", "人事局": "人社局",
    "建设委员会": "住建委", "监察局": "监委",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class UnitName:
    """One unit as the caller knows it. `path` names the units above it, from the top, without itself."""

    id: object
    name: str
    aliases: tuple[str, ...] = ()
    valid_to: date | None = None
    path: tuple[str, ...] = ()
    successor: str = ""


@dataclass(frozen=True, slots=True)
class Resolution:
    """`unit` is None where nothing matched. `inner` is what the text says beyond the unit: its internal office."""

    unit: UnitName | None
    inner: str = ""
    code: str | None = None
    facts: dict = field(default_factory=dict)


def split_joined_unit(text: str) -> str:
    """`市司法局办公室` as `市司法局/办公室`; anything else as it is. Only for columns that hold unit and office together."""
    if "/" in text or _GOVERNMENT_OFFICE.search(text):
        return text
    spaced = re.match(r"^(\S{3,}?(?:局|委|委员会|办|政府|街道|镇|队|中心|院))\s+(\S+)$", text)
    if spaced:
        return f"{spaced[1]}/{spaced[2]}"
    found = _OFFICE.match(text)
    return f"{found['unit']}/{found['office']}" if found else text


def comparable(name: str) -> str:
    """A name reduced to what two spellings of one unit share. 市 at its head marks a body of the city."""
    name = re.sub(r"[\s·（()）]+", "", unicodedata.normalize("NFKC", name))
    city, name = _without_region(name)
    for official, short in _SHORT_FORMS:
        name = name.replace(official, short)
    return city + re.sub(r"(街道|地区)办$", r"\1", re.sub(r"(镇|乡)政府$", r"\1", name))


def _without_region(name: str) -> tuple[str, str]:
    """市 or nothing, and the name without district and city."""
    for pattern, city in ((_REGION, ""), (_CITY, "市")):
        found = pattern.match(name)
        if found and len(name) - found.end() >= 2:
            return city, name[found.end() :]
    return "", name


class UnitNames:
    """All names of all units, ready to be asked. Build it once per import; `resolve` remembers what it was asked."""

    def __init__(self, units: Iterable[UnitName], *, as_of: date):
        self.as_of = as_of
        self.exact: dict[str, list[tuple[UnitName, bool]]] = {}
        self.reduced: dict[str, list[UnitName]] = {}
        self.without_city: dict[str, list[UnitName]] = {}  # asked only where no unit of the district has the name
        self.memo: dict[str, Resolution] = {}
        for unit in units:
            self._learn(unit)

    def _learn(self, unit: UnitName):
        for index, name in enumerate((unit.name, *unit.aliases)):
            self.exact.setdefault(_spelling(name), []).append((unit, index > 0))
            reduced = comparable(name)
            self.reduced.setdefault(reduced, []).append(unit)
            if _CITY.match(name) and reduced.startswith("市"):
                self.without_city.setdefault(reduced[1:], []).append(unit)
        if unit.path:
            for start in range(len(unit.path)):
                full = [*unit.path[start:], unit.name]
                for joined in ("/".join(full), "".join(full)):
                    self.exact.setdefault(_spelling(joined), []).append((unit, False))

    def add(self, unit: UnitName):
        """A unit created on the way."""
        self._learn(unit)
        self.memo.clear()

    def resolve(self, text: str) -> Resolution:
        """The unit a text means, with the rest of the text as its internal office."""
        text = re.sub(r"^[\s/]+|[\s/]+$", "", text)
        if text not in self.memo:
            self.memo[text] = self._resolve(text)
        return self.memo[text]

    def _resolve(self, text: str) -> Resolution:
        if not text:
            return Resolution(None, "", "unit_missing")
        parts = [part for part in _STROKES.split(text) if part]
        for count in range(len(parts), 0, -1):
            head, inner = "/".join(parts[:count]), "/".join(parts[count:])
            found = self._named(head) or (self._named(parts[count - 1], above=parts[: count - 1]) if count > 1 else None)
            if found:
                return self._judged(*found, inner)
        return self._prefixed(text, parts) or self._abolished(parts) or Resolution(None, "", "department_unknown")

    def _named(self, name: str, above: list[str] = ()) -> tuple[UnitName, bool] | None:
        """The one unit of that name, and whether it is another name than the official one. Two candidates are no answer."""
        known = reversed(self.exact.get(_spelling(name), []))  # the official name, learnt first, has the last word
        exact = self._one({id(unit): (unit, alias) for unit, alias in known}.values(), above)
        if exact:
            return exact
        wanted = comparable(name)
        reduced = {id(unit): (unit, True) for unit in self.reduced.get(wanted) or self.without_city.get(wanted, [])}
        return self._one(reduced.values(), above)

    def _one(self, candidates, above: list[str]) -> tuple[UnitName, bool] | None:
        candidates = list(candidates)
        if above:
            wanted = {comparable(name) for name in above}
            candidates = [pair for pair in candidates if wanted <= {comparable(name) for name in pair[0].path}]
        alive = [pair for pair in candidates if not self._is_over(pair[0])] or candidates
        official = [pair for pair in alive if not pair[1]] or alive
        return official[0] if len(official) == 1 else None

    def _is_over(self, unit: UnitName) -> bool:
        return unit.valid_to is not None and unit.valid_to < self.as_of

    def _prefixed(self, text: str, parts: list[str]) -> Resolution | None:
        """The longest known name that the text begins with, when an office follows: 区司法局 办公室, 区司法局办公室."""
        head, rest = parts[0], parts[1:]
        for end in range(len(head) - 1, 1, -1):
            office = head[end:].strip(" ,，、;；\n-—（(）)")
            if not office:
                continue
            found = self._named(head[:end].strip())
            if found and _SEVERAL.match(head[end:]) and self._named(office):
                return None  # two units in one cell
            if found:
                return self._judged(*found, "/".join([office, *rest]))
        return None

    def _abolished(self, parts: list[str]) -> Resolution | None:
        """A unit that no longer exists, known by the reform that dissolved it."""
        city, bare = _without_region(re.sub(r"\s+", "", parts[0]))
        for old in sorted(_ABOLISHED, key=len, reverse=True):
            if bare.startswith(old):
                successor = self._named(city + _ABOLISHED[old])
                inner = "/".join(filter(None, [bare[len(old) :], *parts[1:]]))
                named = successor[0].name if successor else city + _ABOLISHED[old]
                return Resolution(successor[0] if successor else None, inner, "department_abolished", {"successor": named})
        return None

    def _judged(self, unit: UnitName, is_alias: bool, inner: str) -> Resolution:
        if self._is_over(unit):
            return Resolution(unit, inner, "department_abolished", {"successor": unit.successor or "—"})
        if _NOT_A_NAME.search(inner):
            return Resolution(unit, inner, "department_unknown")
        if is_alias:
            return Resolution(unit, inner, "department_alias", {"official": unit.name})
        return Resolution(unit, inner)


def _spelling(name: str) -> str:
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", name))
