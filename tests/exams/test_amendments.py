"""A law changes: exactly the items that rest on what changed are kept out of papers, from the right day on."""

import json
from datetime import date

import pytest

from exams import amendments, items, markup
from exams.content import CitedArticle, Content
from exams.interchange.drafts import Draft
from exams.models import Item, ItemAlert
from laws import library
from laws.models import LawVersion, LegalDocument
from laws.reading import read_law
from tests.conftest import SHARED
from tests.exams.bank import NOW, distinct, enter_law, law_text, make_approved, make_item, make_law, single
from tests.factories import at, make_person
from training.errors import OwnDecision

pytestmark = pytest.mark.django_db
OLD = {
    "1": "为了规范行政处罚的设定和实施，制定本法。",
    "2": "行政机关实施处罚，必须查明事实，证据确凿。",
    "3": "当事人有权陈述和申辩，行政机关必须充分听取当事人的意见。",
    "4": "罚款应当在十五日内缴至指定的银行。",
    "5": "听证由行政机关指定的非本案调查人员主持。",
    "6": "本条将被删除，内容与其他条文完全没有任何相同之处，甲乙丙丁戊己庚辛。",
}
NEW = {
    "1": OLD["1"],
    "2": "行政机关实施处罚，必须查明事实，证据确凿，程序合法。",
    "3": OLD["3"],
    "4": "行政处罚应当公示，接受社会监督，具体办法由国务院规定。",
    "5": OLD["4"],
    "6": OLD["5"],
}
TO_COME = "2026-07-01"


@pytest.fixture
def author():
    return make_person(name="作者")


@pytest.fixture
def reviewer():
    return make_person(name="审题")


@pytest.fixture
def old():
    return enter_law(OLD)


@pytest.fixture
def citing(old, author, reviewer):
    """An approved item for each article of the old wording, one for the law as a whole (""), one for another law."""
    found = {}
    for at_, ref in enumerate(["", *OLD]):
        cited = [CitedArticle("测试处罚法", ref)]
        found[ref] = make_approved(author, reviewer, content=distinct(100 + at_, citations=cited))
    make_law("别的法")
    found["other"] = make_approved(author, reviewer, content=distinct(200, citations=[CitedArticle("别的法", "3")]))
    return found


def take_over(articles=NEW, *, day="2026-03-01", effective=TO_COME, by=None, now=NOW):
    return amendments.take_over_law(
        text=law_text(articles, day=day, effective=effective),
        by=by or make_person(),
        now=now,
        effective_on=date.fromisoformat(effective),
    )


def alerts():
    rows = ItemAlert.objects.order_by("citation__ref").values_list("citation__ref", "cause", "is_quarantine", "new_ref")
    return list(rows)


def drawable(day):
    return set(Item.objects.drawable(at(f"{day} 23:00")))


def test_exactly_the_items_citing_changed_renumbered_and_removed_articles_are_quarantined(citing, reviewer):
    taken = take_over()
    assert alerts() == [
        ("", "law_amended", False, ""),
        ("2", "changed", True, "2"),
        ("4", "renumbered", True, "5"),
        ("5", "renumbered", True, "6"),
        ("6", "removed", True, ""),
    ]
    assert (len(taken.consequence.quarantined), len(taken.consequence.flagged), len(taken.consequence.unchanged)) == (4, 1, 2)
    new = LawVersion.objects.get(label="2026-03-01")
    for ref in ("1", "3"):
        assert citing[ref].current.citations.get().law_version == new
        assert citing[ref].decisions.last().verb == "repointed"
    assert citing["2"].decisions.last().verb == "quarantined"


def test_the_quarantine_begins_on_the_day_the_new_wording_applies(citing):
    take_over()
    everything = set(citing.values())
    left = everything - {citing[ref] for ref in ("2", "4", "5", "6")}
    assert drawable("2026-06-30") == everything
    assert drawable("2026-07-01") == left
    assert not Item.objects.filter(is_quarantined=True).exists()
    amendments.work_out_quarantine(now=at("2026-07-01 00:00"))
    assert set(Item.objects.filter(is_quarantined=False)) == left
    amendments.work_out_quarantine(now=at("2026-06-30 23:59"))
    assert not Item.objects.filter(is_quarantined=True).exists()


def test_an_older_wording_disturbs_nothing(citing):
    before = list(Item.objects.order_by("pk").values_list("pk", "state", "current__citations__law_version"))
    taken = take_over(NEW, day="1996-03-17", effective="1996-10-01")
    assert taken.entered.is_new
    assert alerts() == []
    assert list(Item.objects.order_by("pk").values_list("pk", "state", "current__citations__law_version")) == before


def test_a_wording_between_two_others_disturbs_nothing_either(citing):
    take_over(day="2026-03-01", effective="2026-07-01")
    before = alerts()
    take_over(OLD | {"3": "别的文字，与原来的条文完全不同。"}, day="2024-01-01", effective="2024-02-01")
    assert alerts() == before
    assert set(ItemAlert.objects.values_list("new_version__label", flat=True)) == {"2026-03-01"}


def test_the_same_text_again_changes_nothing(citing):
    take_over()
    before = alerts()
    assert take_over().entered.is_new is False
    assert alerts() == before


def test_an_official_text_for_a_version_known_by_metadata_disturbs_nothing(author, reviewer):
    make_law()
    item = make_approved(author, reviewer, content=single(citations=[CitedArticle("测试处罚法", "5")]))
    take_over(OLD, day="2021-01-22", effective="2021-07-15")
    assert alerts() == []
    assert item in drawable("2026-12-31")


def test_a_second_amendment_before_anybody_looked_keeps_the_first_day(citing):
    take_over()
    third = NEW | {"2": "行政机关实施处罚，必须查明事实，证据确凿，程序合法，裁量适当。"}
    take_over(third, day="2026-09-01", effective="2027-01-01")
    alert = ItemAlert.objects.get(citation__ref="2")
    assert (alert.new_version.label, alert.takes_effect_on) == ("2026-09-01", date(2026, 7, 1))
    assert ItemAlert.objects.count() == 5


def test_confirming_leads_the_citation_over_and_keeps_the_history(citing, author, reviewer):
    take_over()
    item = citing["4"]
    with pytest.raises(OwnDecision):
        amendments.confirm(item=item, by=author, now=NOW)
    amendments.confirm(item=item, by=reviewer, now=NOW)
    citation = item.current.citations.get()
    assert (citation.law_version.label, citation.ref) == ("2026-03-01", "5")
    alert = ItemAlert.objects.get(item=item)
    assert (alert.resolution, alert.resolved_by, alert.resolved_at) == ("confirmed", reviewer, NOW)
    assert item.decisions.last().verb == "confirmed"
    assert item in drawable(TO_COME)


def test_what_rests_on_a_removed_article_cannot_be_confirmed(citing, reviewer):
    take_over()
    with pytest.raises(amendments.NothingToPointAt):
        amendments.confirm(item=citing["6"], by=reviewer, now=NOW)
    items.retire(items=[citing["6"]], by=reviewer, now=NOW, reason="条文已删除")
    assert ItemAlert.objects.get(item=citing["6"]).resolution == "retired"


def test_an_edit_settles_it_with_a_new_version_that_is_reviewed(citing, author, reviewer):
    take_over()
    item = citing["2"]
    content = single("新题干：实施处罚必须怎样？", citations=[CitedArticle("测试处罚法", "2", "2026-03-01")])
    items.revise(item=item, content=content, by=author, now=NOW)
    item.refresh_from_db()
    assert (item.state, item.current.number) == ("draft", 2)
    assert ItemAlert.objects.get(item=item).resolution == "edited"
    items.submit(items=[item], by=author, now=NOW)
    items.approve(items=[item], by=reviewer, now=NOW)
    assert item in drawable(TO_COME)


def test_old_and_new_words_stand_side_by_side(citing, django_assert_num_queries):
    take_over()
    found = list(amendments.waiting())
    with django_assert_num_queries(1):
        shown = {one.alert.citation.ref: one for one in amendments.beside(found)}
    assert shown["2"].new == [(False, "行政机关实施处罚，必须查明事实，证据确凿"), (True, "，程序合法"), (False, "。")]
    assert shown["4"].old == [(False, OLD["4"])]
    assert (shown["4"].old_label, shown["4"].new_label) == ("第四条", "第五条")
    assert (shown["6"].new, amendments.can_confirm(shown["6"].alert)) == ([], False)


def test_a_repeal_keeps_every_item_of_the_law_out_from_its_day_on(citing, author):
    law = LegalDocument.objects.get(short_title="测试处罚法")
    code = make_law("生态环境法典")
    for _again in range(2):
        amendments.repeal(document=law, by_law=code, on=date(2026, 8, 15), by=author, now=NOW)
    assert drawable("2026-08-14") == set(citing.values())
    assert drawable("2026-08-15") == {citing["other"]}
    assert ItemAlert.objects.filter(cause="repealed", is_quarantine=True).count() == 7
    law.refresh_from_db()
    assert (law.repealed_on, law.repealed_by) == (date(2026, 8, 15), code)


def test_an_item_written_after_the_repeal_was_known_is_kept_out_too(author, old):
    amendments.repeal(document=old.document, by_law=None, on=date(2026, 8, 15), by=author, now=NOW)
    item = make_item(author, content=distinct(1))
    assert ItemAlert.objects.get().item == item


def test_an_item_that_cites_an_older_wording_is_measured_against_the_one_of_today(author, old):
    take_over(effective="2026-03-01")
    for ref in ("1", "2"):
        cited = [CitedArticle("测试处罚法", ref, "2021-01-22")]
        make_item(author, content=distinct(int(ref), citations=cited))
    assert alerts() == [("2", "changed", True, "2")]


def test_a_bank_older_than_an_amendment_is_flagged(author):
    """Whole laws, and laws whose wording of that day is not in the library."""
    library.enter_metadata(
        title="中华人民共和国立法法", label="2023-03-13", now=NOW, promulgated_on=date(2023, 3, 13), effective_on=date(2023, 3, 15),
        short_title="立法法", article_count=120,
    )  # fmt: skip
    make_law()
    drafts = [
        Draft("1", distinct(1, citations=[])),
        Draft("2", distinct(2, citations=[])),
        Draft("3", distinct(3, citations=[])),
    ]
    drafts[0].content.stem = f"根据《立法法》，{drafts[0].content.stem}"
    drafts[1].content.stem = f"根据《测试处罚法》第五条，{drafts[1].content.stem}"
    found = items.write_many(drafts, by=author, now=NOW, day=date(2021, 12, 2), reads_laws=True)
    assert [(a.item, a.cause, a.is_quarantine) for a in ItemAlert.objects.all()] == [(found.rows[0].item, "law_amended", False)]
    assert [(c.law.name, c.ref) for c in found.rows[1].item.current.citations.all()] == [("测试处罚法", "5")]
    assert [note.code for note in drafts[1].notes] == ["citation_from_text"]
    assert found.rows[2].item.current.citations.count() == 0


def test_a_retired_item_is_left_alone(citing, reviewer):
    items.retire(items=[citing["2"]], by=reviewer, now=NOW, reason="不用")
    take_over()
    assert "2" not in [row[0] for row in alerts()]


def _pairs():
    """The pairs of versions the shared data state, or none where it is missing."""
    path = SHARED / "laws" / "amendment_pairs.dev.json"
    return json.loads(path.read_text())["pairs"] if path.exists() else []


def _text_of(law: str, version: str):
    path = next((SHARED / "laws" / "lawrefbook").rglob(f"{law}({version}).md"))
    return read_law(path.read_text(), filename=path.name)


@pytest.mark.data
@pytest.mark.parametrize("pair", _pairs(), ids=lambda pair: pair["law"])
def test_amendments_of_real_laws_quarantine_exactly_the_stated_articles(pair, shared_data, author):
    old, new = _text_of(pair["law"], pair["old"][1]), _text_of(pair["law"], pair["new"][1])
    version = amendments.take_over_law(text=old, by=author, now=NOW).entered.version
    name = version.document.name
    cited = [Draft(a.ref, distinct(n, citations=[CitedArticle(name, a.ref)])) for n, a in enumerate(old.articles)]
    items.write_many(cited, by=author, now=NOW, day=version.effective_on)
    assert not ItemAlert.objects.exists()
    taken = amendments.take_over_law(text=new, by=author, now=NOW)
    unchanged = {c.ref for c in taken.consequence.unchanged}
    renumbered = {c.ref: ref for c, cause, ref in taken.consequence.quarantined if cause == "renumbered"}
    moved = {c.ref for c, cause, _ref in taken.consequence.quarantined if cause in ("changed", "removed")}
    assert unchanged == set(pair["unchanged"])
    assert renumbered == pair["renumbered"]
    assert moved == set(pair["amended_or_moved"])
    quarantined = set(ItemAlert.objects.filter(is_quarantine=True).values_list("citation__ref", flat=True))
    assert quarantined == set(pair["renumbered"]) | set(pair["amended_or_moved"])


@pytest.mark.data
def test_every_question_of_a_bank_of_2021_that_names_an_amended_law_is_flagged(shared_data, author):
    for title, label, effective in (("立法法", "2023-03-13", date(2023, 3, 15)), ("民事诉讼法", "2023-09-01", date(2024, 1, 1))):
        library.enter_metadata(
            title=f"中华人民共和国{title}", label=label, now=NOW, promulgated_on=date.fromisoformat(label),
            effective_on=effective, short_title=title,
        )  # fmt: skip
    make_law("行政处罚法")  # amended before the bank was written
    folder = shared_data / "questions" / "zh-enforcement-bank"
    lines = [line for path in sorted(folder.glob("*_data.txt")) for line in path.read_text(encoding="gb18030").splitlines()]
    drafts = [
        Draft(line.split("\t")[0], Content("true_false", markup.from_text(line), {"key": True})) for line in lines if line.strip()
    ]
    items.write_many(drafts, by=author, now=NOW, day=date(2021, 12, 2), reads_laws=True)
    flagged = ItemAlert.objects.values_list("citation__law__short_title", "item__current__stem")
    found = {(law, stem.split("\t")[0]) for law, stem in flagged}
    stated = json.loads((folder / "expected.dev.json").read_text())["stale_candidates"]
    wanted = {(law, number) for law, row in stated.items() for number in row["ids"]}
    assert wanted <= found
    # four more name one of the two laws in an option or beside another law
    assert found - wanted == {("立法法", "1365"), *(("民事诉讼法", n) for n in ("2898", "3049", "3155"))}
