"""Law texts are read into articles whose words are those of the published text."""

import hashlib
import json
from datetime import date

import pytest

from laws import comparison, library, search
from laws.errors import LawUnreadable
from laws.models import Article, LawVersion, LegalDocument
from laws.numerals import article_label, number_of, numeral_of, refs_in
from laws.reading import plain, read_law
from tests.factories import EARLY

LAW = """# 中华人民共和国试验法

2020年1月1日 第一届试验会议通过

<!-- INFO END -->

## 第一章 总 则

第一条 为了试验，制定本法。

第二条 有下列情形之一的，应当记录：

（一）第一种情形；

（二）第二种情形，包括：

1. 甲；

2. 乙。

前款规定的记录应当保存三年。

第二条之一 记录应当公开。

## 第二章 附 则

第三条 本法自2020年3月1日起施行。
"""


def test_numerals_are_read_and_written_alike():
    assert all(number_of(numeral_of(n)) == n for n in range(1, 20_000))
    assert [number_of(text) for text in ("二百零三", "一百二十", "十", "两百", "一千零一十", "33", "一〇二")] == [
        203,
        120,
        10,
        200,
        1010,
        33,
        102,
    ]
    assert article_label(123, 1) == "第一百二十三条之一"
    assert refs_in("依照第一百二十条之一、第十条和第120条的规定") == ["120-1", "10", "120"]


@pytest.mark.parametrize(
    ("text", "refs"),
    [
        ("第１２条", ["12"]),
        ("第 十二 条", ["12"]),
        ("第１７条之１", ["17-1"]),
        ("第十七条之一般规定", ["17"]),
        ("第十七条之规定", ["17"]),
        ("第万条、第一万万条、第٣条、第²条、第条", []),
        ("第" + "9" * 5000 + "条", []),
        ("第" + "千" * 5000 + "条", []),
    ],
)
def test_the_articles_a_text_names_are_found_whatever_else_looks_like_one(text, refs):
    assert refs_in(text) == refs


def test_a_number_without_numeral_is_shown_in_digits():
    assert (article_label(0), article_label(100_000, 3)) == ("第0条", "第100000条之三")


@pytest.mark.data
def test_every_text_gives_the_articles_and_the_words_that_its_index_states(shared_data):
    folder = shared_data / "laws"
    stated = json.loads((folder / "article_index.json").read_text(encoding="utf-8"))["files"]

    assert len(stated) == 79
    for file in stated:
        law = read_law((folder / file["path"]).read_text(encoding="utf-8"), filename=file["path"])
        words = {a.ref: hashlib.sha1(plain(a.text).encode()).hexdigest()[:10] for a in law.articles}
        assert len(law.articles) == file["articles"], file["path"]
        assert words == file["sha1_by_article"], file["path"]
        assert file["law"] in (law.name, *law.aliases)
        assert file["version"] in (law.label, None)


def test_an_article_is_cut_into_paragraphs_items_and_subitems():
    law = read_law(LAW, filename="试验法(2020-01-01).md")

    assert (law.title, law.name, law.label) == ("中华人民共和国试验法", "试验法", "2020-01-01")
    assert (law.promulgated_on, law.effective_on, law.warnings) == (date(2020, 1, 1), date(2020, 3, 1), [])
    assert [(d.kind, d.number, d.title) for d in law.divisions] == [
        ("chapter", 1, "第一章 总 则"),
        ("chapter", 2, "第二章 附 则"),
    ]
    assert [a.ref for a in law.articles] == ["1", "2", "2-1", "3"]
    assert [(p.kind, p.number, p.parent) for p in law.articles[1].passages()] == [
        ("paragraph", 1, None),
        ("item", 1, 0),
        ("item", 2, 0),
        ("subitem", 1, 2),
        ("subitem", 2, 2),
        ("paragraph", 2, None),
    ]


def test_plain_text_with_a_table_of_contents_reads_like_marked_text():
    lines = [line.lstrip("# ") for line in LAW.replace("<!-- INFO END -->", "").splitlines()]
    at = lines.index("第一章 总 则")
    contents = ["目　　录", "第一章　总则", "第二章　附则"]
    law = read_law("\n".join(lines[:at] + contents + lines[at:]), filename="试验法(2020-01-01).txt")
    marked = read_law(LAW, filename="试验法(2020-01-01).md")

    assert [(a.ref, a.text) for a in law.articles] == [(a.ref, a.text) for a in marked.articles]
    assert [d.title for d in law.divisions] == ["第一章 总 则", "第二章 附 则"]


def test_an_amendment_without_a_date_of_its_own_applies_from_its_promulgation_with_a_warning():
    text = LAW.replace("2020年1月1日 第一届试验会议通过", "2020年1月1日 通过\n\n2022年5月5日 《关于修改〈试验法〉的决定》修正")
    law = read_law(text, filename="试验法.md")

    assert (law.promulgated_on, law.effective_on) == (date(2022, 5, 5), date(2022, 5, 5))
    assert [code for code, _sentence in law.warnings] == ["effective_date_assumed"]


@pytest.mark.parametrize("text", ["", "\n\n  \n", LAW + "\n第三条 又一次。\n"], ids=["nothing", "blanks", "an article twice"])
def test_what_is_no_law_is_refused(text):
    with pytest.raises(LawUnreadable):
        read_law(text)


def _entered(text, label="2020-01-01", **facts):
    return library.enter(text=read_law(text, filename=f"试验法({label}).md"), now=EARLY, **facts)


@pytest.mark.django_db
def test_a_text_enters_the_library_once_and_other_words_under_its_label_are_refused():
    first, again = _entered(LAW), _entered(LAW)

    assert (first.is_new, again.is_new, again.version) == (True, False, first.version)
    assert Article.objects.count() == 4
    with pytest.raises(library.ConflictingLaw):
        _entered(LAW.replace("保存三年", "保存五年"))
    assert Article.objects.get(ref="2").text.endswith("保存三年。")


@pytest.mark.django_db
def test_a_version_known_by_metadata_takes_the_text_and_keeps_its_gists():
    known = library.enter_metadata(title="中华人民共和国试验法", label="2020-01-01", now=EARLY, gists={"2": "哪些情形要记录。"})
    version = _entered(LAW).version

    assert version == known
    assert list(version.articles.values_list("ref", "gist")) == [("1", ""), ("2", "哪些情形要记录。"), ("2-1", ""), ("3", "")]


NEW = """# 中华人民共和国试验法

2022年1月1日 第二届试验会议修订

## 第一章 总 则

第一条 为了试验，制定本法。

第二条 本法所称试验，包括小试验。

第三条 有下列情形之一的，应当记录：

（一）第一种情形；

（二）第二种情形，包括：

1. 甲；

2. 乙。

前款规定的记录应当保存五年。

第四条 记录应当公开。

第五条 本法自2022年3月1日起施行。
"""


@pytest.mark.django_db
def test_two_versions_are_compared_article_by_article():
    old, new = _entered(LAW).version, _entered(NEW, "2022-01-01").version

    changes = comparison.compare(old, new)

    assert [(c.kind, c.old and c.old.ref, c.new and c.new.ref) for c in changes] == [
        ("unchanged", "1", "1"),
        ("added", None, "2"),
        ("changed", "2", "3"),
        ("renumbered", "2-1", "4"),
        ("changed", "3", "5"),
    ]
    assert [text for is_changed, text in changes[2].old_words if is_changed] == ["三"]
    assert [text for is_changed, text in changes[2].new_words if is_changed] == ["五"]


@pytest.mark.data
@pytest.mark.django_db
def test_version_pairs_give_the_stated_sets(shared_data):
    folder = shared_data / "laws"
    paths = {(f["law"], f["version"]): f["path"] for f in json.loads((folder / "article_index.json").read_text())["files"]}
    pairs = json.loads((folder / "amendment_pairs.dev.json").read_text(encoding="utf-8"))["pairs"]

    assert len(pairs) >= 7
    for pair in pairs:
        versions = []
        for _source, label in (pair["old"], pair["new"]):
            path = paths[pair["law"], label]
            text = read_law((folder / path).read_text(encoding="utf-8"), filename=path)
            versions.append(library.enter(text=text, now=EARLY).version)
        changes = comparison.compare(*versions)
        told = {
            kind: {c.old.ref for c in changes if c.kind == kind} for kind in ("unchanged", "renumbered", "changed", "removed")
        }
        assert told["unchanged"] == set(pair["unchanged"]), pair["law"]
        assert {c.old.ref: c.new.ref for c in changes if c.kind == "renumbered"} == pair["renumbered"], pair["law"]
        assert told["changed"] | told["removed"] == set(pair["amended_or_moved"]), pair["law"]


@pytest.mark.django_db
def test_which_wording_applies_on_a_day():
    old, new = _entered(LAW).version, _entered(NEW, "2022-01-01").version
    law = old.document

    assert [
        library.version_on(law, day) for day in (date(2020, 2, 29), date(2020, 3, 1), date(2022, 2, 28), date(2022, 3, 1))
    ] == [
        None,
        old,
        old,
        new,
    ]
    library.repeal(document=law, by=None, on=date(2024, 1, 1))
    assert library.version_on(law, date(2023, 12, 31)) == new
    assert library.version_on(law, date(2024, 1, 1)) is None


@pytest.mark.data
@pytest.mark.django_db
def test_a_code_takes_ten_laws_out_of_force_on_its_day(shared_data):
    case = json.loads((shared_data / "laws" / "repeal_case.json").read_text(encoding="utf-8"))
    day = date.fromisoformat(case["in_force"])
    code = library.enter_metadata(
        title=case["new_law"],
        label=case["adopted"],
        now=EARLY,
        effective_on=day,
        promulgated_on=date.fromisoformat(case["adopted"]),
    )
    for name in case["repeals"]:
        library.enter_metadata(title=f"中华人民共和国{name}", label="old", now=EARLY, effective_on=date(2015, 1, 1))
        library.repeal(document=library.find(name), by=code.document, on=day)

    before = date.fromordinal(day.toordinal() - 1)
    assert LawVersion.objects.in_force_on(before).count() == 10
    assert list(LawVersion.objects.in_force_on(day)) == [code]
    assert LegalDocument.objects.repealed_on(day).count() == 10


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("query", "refs"),
    [
        ("记录", ["3", "4"]),
        ("应当记录", ["3"]),
        ("试", ["1", "2"]),
        ("公开 记录", ["4"]),
        ("录记", []),
        ("？", []),
        ("2022", ["5"]),
    ],
    ids=["two characters", "a phrase", "one character", "two words", "another order", "no word", "a number"],
)
def test_words_are_found_in_the_wording_in_force(query, refs):
    _entered(LAW)
    _entered(NEW, "2022-01-01")

    found = search.articles(query, day=date(2023, 1, 1))

    assert sorted(article.ref for article in found.page(0, 20)) == refs
    assert len(found) == len(refs)


@pytest.mark.django_db
def test_a_title_is_found_with_a_typing_error_and_an_article_is_jumped_to():
    law = _entered(LAW).version.document

    assert search.laws_named("试验发") == [law]
    assert search.laws_named("毫不相干") == []
    assert [search.jump(q) and search.jump(q).ref for q in ("试验法第二条之一", "试验法 3", "试验法", "不知何法第一条")] == [
        "2-1",
        "3",
        "",
        None,
    ]
