"""Builders of laws and items for tests of the bank."""

from datetime import date
from itertools import count

from exams import items
from exams.content import CitedArticle, Content, choice_body
from exams.models import Classification, Item
from laws import library
from laws.models import LawVersion, LegalDocument
from laws.numerals import numeral_of
from laws.reading import read_law
from tests.factories import at

NOW = at("2026-03-02 09:00")
_serial = count(1)
SUBJECTS = "听证 公示 回避 送达 期限 管辖 证据 告知 委托 罚款 登记 查封 执行 赔偿 复议 诉讼 许可 备案 监督 公开".split()


def law_text(articles: dict[str, str], *, name="测试处罚法", day="2021-01-22", effective="2021-07-15"):
    """A law whose articles are {"1": "……", "2": "……"}."""
    year, month, rest = effective.split("-")
    lines = [f"# 中华人民共和国{name}", "", f"{day.replace('-', '年', 1).replace('-', '月')}日通过", ""]
    lines += [f"自{year}年{int(month)}月{int(rest)}日起施行", ""]
    for ref, text in articles.items():
        number, _dash, branch = ref.partition("-")
        lines.append(f"第{numeral_of(int(number))}条{'之' + numeral_of(int(branch)) if branch else ''}　{text}\n")
    return read_law("\n".join(lines), filename=f"{name}({day}).md")


def enter_law(articles: dict[str, str], **facts) -> LawVersion:
    text = law_text(articles, **facts)
    effective = facts.get("effective", "2021-07-15")
    return library.enter(text=text, now=NOW, effective_on=date.fromisoformat(effective)).version


def make_law(name="测试处罚法", articles=9) -> LegalDocument:
    """A law known by its metadata, in force since 2021-07-15."""
    version = library.enter_metadata(
        title=f"中华人民共和国{name}", label="2021-01-22", now=NOW, promulgated_on=date(2021, 1, 22),
        effective_on=date(2021, 7, 15), article_count=articles, short_title=name,
    )  # fmt: skip
    return version.document


def single(
    stem="行政机关作出罚款决定前应当告知当事人什么？", options=("陈述申辩权", "选举权", "继承权", "署名权"), key="A", **facts
):
    """A single-choice question about article 5."""
    values = {"citations": [CitedArticle("测试处罚法", "5")], "explanation": "告知是法定程序。", "topic": "行政处罚"}
    return Content("single_choice", stem, choice_body(list(options), key), **(values | facts))


def distinct(n: int, **facts) -> Content:
    """The nth of many questions that are not alike."""
    word = "".join(chr(0x4E00 + (n * 97 + k * 1301 + k * k * n * 7) % 20000) for k in range(30))
    return single(
        f"{SUBJECTS[n % len(SUBJECTS)]}{word}", tuple(f"{c}{word[i * 7 : i * 7 + 7]}" for i, c in enumerate("甲乙丙丁")), **facts
    )


def make_item(by=None, *, content=None, classification=Classification.OPEN, **facts) -> Item:
    return items.write(
        content=content or distinct(next(_serial)), by=by, now=facts.pop("now", NOW), classification=classification, **facts
    )


def make_approved(author, reviewer, **facts) -> Item:
    item = make_item(author, **facts)
    items.submit(items=[item], by=author, now=NOW)
    items.approve(items=[item], by=reviewer, now=NOW)
    item.refresh_from_db()
    return item
