"""Which unit a text means: shortened, prefixed, abolished or of the city; never by likeness."""

from datetime import date

import pytest

from training.imports.units import UnitName, UnitNames

KNOWN = (
    ("大兴区司法局", ("区司法局", "大兴区司法局")),
    ("大兴区市场监督管理局", ()),
    ("大兴区教育委员会", ()),
    ("黄村镇人民政府", ()),
    ("清源街道办事处", ()),
    ("市规划和自然资源委员会大兴分局", ("规划自然资源分局",)),
)


@pytest.fixture(scope="module")
def names():
    return UnitNames([UnitName(name, name, plates) for name, plates in KNOWN], as_of=date(2026, 11, 23))


@pytest.mark.parametrize(
    ("text", "unit", "inner", "code"),
    [
        ("大兴区司法局", "大兴区司法局", "", None),
        ("区司法局", "大兴区司法局", "", "department_alias"),
        ("北京市大兴区司法局", "大兴区司法局", "", "department_alias"),
        ("区司法局办公室", "大兴区司法局", "办公室", "department_alias"),
        ("区司法局 法制科", "大兴区司法局", "法制科", "department_alias"),
        ("市场监管局", "大兴区市场监督管理局", "", "department_alias"),
        ("区市场监管局", "大兴区市场监督管理局", "", "department_alias"),
        ("市监局", "大兴区市场监督管理局", "", "department_alias"),
        ("区工商局", "大兴区市场监督管理局", "", "department_abolished"),
        ("区教委", "大兴区教育委员会", "", "department_alias"),
        ("黄村镇", "黄村镇人民政府", "", "department_alias"),
        ("清源街道办", "清源街道办事处", "", "department_alias"),
        ("市规自委大兴分局", "市规划和自然资源委员会大兴分局", "", "department_alias"),
        ("规自委大兴分局", "市规划和自然资源委员会大兴分局", "", "department_alias"),
        ("规自分局", "市规划和自然资源委员会大兴分局", "", "department_alias"),
    ],
)
def test_a_unit_is_known_by_its_other_names(names, text, unit, inner, code):
    found = names.resolve(text)

    assert (found.unit.name, found.inner, found.code) == (unit, inner, code)


@pytest.mark.parametrize(
    "text",
    [
        "市司法局",
        "市司法局/办公室",
        "北京市司法局",
        "市市场监督管理局",
        "北京市教育委员会",
        "朝阳区司法局",
        "县司法局",
        "区司法局、区教委",
        "黄村",
        "某某局",
    ],
)
def test_another_body_is_no_unit_of_the_district(names, text):
    found = names.resolve(text)

    assert (found.unit, found.code) == (None, "department_unknown")


def test_an_abolished_body_of_the_city_is_succeeded_by_one_of_the_city():
    names = UnitNames([UnitName(1, "大兴区市场监督管理局")], as_of=date(2026, 11, 23))
    assert names.resolve("市工商局").unit is None

    names.add(UnitName(2, "市市场监督管理局"))
    assert names.resolve("市工商局").unit.id == 2
    assert names.resolve("工商局").unit.id == 1
