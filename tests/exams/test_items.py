"""How items are written, revised and reviewed."""

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from exams import items
from exams.content import CitedArticle, Content, ItemRefused, choice_body
from exams.interchange.drafts import Draft
from exams.models import Citation, Classification, Item, ItemDecision, ItemEnmity, ItemState, ItemVersion, Paper
from tests.exams.bank import NOW, distinct, make_approved, make_item, make_law, single
from tests.factories import make_person
from training.errors import OwnDecision, WrongState
from training.models import AuditEvent

pytestmark = pytest.mark.django_db


@pytest.fixture
def author():
    return make_person(name="作者")


@pytest.fixture
def reviewer():
    return make_person(name="审题")


@pytest.fixture(autouse=True)
def law():
    return make_law()


def acts(item):
    return list(item.decisions.values_list("verb", flat=True))


def test_a_question_is_written_as_a_draft_with_its_citation_under_the_wording_in_force(author, law):
    item = items.write(content=single(), by=author, now=NOW, classification="exam", source="自编")

    assert (item.code, item.state, item.classification, item.author, item.source) == (item.code, "draft", "exam", author, "自编")
    version = ItemVersion.objects.get(item=item)
    assert (item.current_id, version.number, version.created_by, version.used_at) == (version.pk, 1, author, None)
    assert version.stem_text == "行政机关作出罚款决定前应当告知当事人什么？\n陈述申辩权\n选举权\n继承权\n署名权"
    citation = Citation.objects.get(version=version)
    assert (citation.law, citation.law_version, citation.ref) == (law, law.versions.get(), "5")
    assert acts(item) == ["written"]
    event = AuditEvent.objects.get(act="write_item")
    assert (event.actor_id, event.subject, event.facts) == (author.pk, f"item:{item.pk}", {"code": item.code})


def test_codes_are_given_and_none_is_given_twice(author):
    first = make_item(author)
    make_item(author, code=f"Q{first.pk + 2:06d}")
    assert make_item(author).code == f"Q{first.pk + 3:06d}"
    with pytest.raises(ItemRefused) as refused:
        make_item(author, code=first.code)
    assert refused.value.code == "code_taken"
    assert Item.objects.count() == 3


def test_markup_that_acts_is_taken_out(author):
    stem = '<p onclick="x()">应当<script>alert(1)</script><b>告知</b>什么？</p>'
    body = choice_body(['<a href="javascript:x">陈述</a>', "<style>p{}</style>申辩", "丙"], "A")
    version = make_item(author, content=single(stem, citations=[], options=("a", "b"))).current
    assert version.stem == "<p>应当<b>告知</b>什么？</p>"
    version = make_item(author, content=Content("single_choice", "甲乙", body)).current
    assert [option["html"] for option in version.body["options"]] == ["陈述", "申辩", "丙"]


@pytest.mark.parametrize(
    ("cited", "code"),
    [
        (CitedArticle("没有的法", "5"), "law_unknown"),
        (CitedArticle("测试处罚法", "10"), "article_unknown"),
        (CitedArticle("测试处罚法", "第三十条之一"), "article_unknown"),
        (CitedArticle("测试处罚法", "5", "1996-03-17"), "law_version_unknown"),
    ],
    ids=["law", "article", "article in words", "version"],
)
def test_a_citation_of_nothing_refuses_the_question(author, cited, code):
    with pytest.raises(ItemRefused) as refused:
        make_item(author, content=single(citations=[cited]))
    assert refused.value.code == code
    assert Item.objects.count() == 0


def test_an_import_leaves_such_a_citation_out_and_says_so(author):
    draft = Draft("第1题", single(citations=[CitedArticle("没有的法", "5"), CitedArticle("测试处罚法", "第五条")]))
    found = items.write_many([draft], by=author, now=NOW)
    assert [(note.code, note.value, note.is_refusal) for note in draft.notes] == [("law_unknown", "没有的法 5", False)]
    assert [c.ref for c in found.rows[0].item.current.citations.all()] == ["5"]


def test_a_draft_is_edited_in_place_and_what_was_used_gets_a_new_version(author, reviewer):
    item = make_item(author, content=single())
    items.revise(
        item=item, content=single("改过的题干：应当告知什么？", citations=[CitedArticle("测试处罚法", "6")]), by=author, now=NOW
    )
    version = item.versions.get()
    assert (version.number, version.stem, [c.ref for c in version.citations.all()]) == (1, "改过的题干：应当告知什么？", ["6"])

    items.submit(items=[item], by=author, now=NOW)
    items.approve(items=[item], by=reviewer, now=NOW)
    items.revise(item=item, content=single("再改的题干：应当告知什么？"), by=author, now=NOW)
    item.refresh_from_db()
    assert (item.state, item.current.number, item.current.stem) == ("draft", 2, "再改的题干：应当告知什么？")
    assert item.versions.get(number=1).stem == "改过的题干：应当告知什么？"
    assert acts(item) == ["written", "written", "submitted", "approved", "written"]


def test_the_database_refuses_to_change_a_used_version(author, reviewer):
    item = make_approved(author, reviewer)
    with pytest.raises(DatabaseError), transaction.atomic():
        ItemVersion.objects.filter(item=item).update(stem="别的")
    with pytest.raises(DatabaseError), transaction.atomic():
        ItemVersion.objects.filter(item=item).update(used_at=None)
    with pytest.raises(DatabaseError), transaction.atomic():
        ItemDecision.objects.filter(item=item).delete()
    draft = make_item(author)
    assert ItemVersion.objects.filter(item=draft).update(stem="别的") == 1


def test_review_is_by_somebody_else_than_whoever_wrote_or_revised(author, reviewer):
    item = make_item(author)
    items.revise(item=item, content=distinct(4001), by=reviewer, now=NOW)
    items.submit(items=[item], by=author, now=NOW)
    for hand in (author, reviewer):
        with pytest.raises(OwnDecision):
            items.approve(items=[item], by=hand, now=NOW)
    items.approve(items=[item], by=make_person(name="第三人"), now=NOW)
    assert list(Item.objects.drawable()) == [item]
    assert Item.objects.get().current.used_at == NOW


def test_approval_needs_a_citation_and_a_law_in_force(author, reviewer, law):
    bare = make_item(author, content=distinct(1, citations=[]))
    gone = make_item(author, content=distinct(2))
    items.submit(items=[bare, gone], by=author, now=NOW)
    with pytest.raises(items.CitationMissing):
        items.approve(items=[bare], by=reviewer, now=NOW)
    law.repealed_on = NOW.date()
    law.save()
    with pytest.raises(items.LawGone):
        items.approve(items=[gone], by=reviewer, now=NOW)
    assert not Item.objects.filter(state="approved").exists()


def test_the_whole_law_is_citation_enough(author, reviewer):
    item = make_approved(author, reviewer, content=single(citations=[CitedArticle("测试处罚法")]))
    assert item.state == "approved"


def test_an_item_goes_from_draft_to_review_and_back_and_out_and_in(author, reviewer):
    item = make_item(author)
    with pytest.raises(WrongState):
        items.approve(items=[item], by=reviewer, now=NOW)
    items.submit(items=[item], by=author, now=NOW)
    with pytest.raises(ItemRefused):
        items.send_back(items=[item], by=reviewer, now=NOW, reason=" ")
    items.send_back(items=[item], by=reviewer, now=NOW, reason="选项有歧义")
    items.submit(items=[item], by=author, now=NOW)
    items.approve(items=[item], by=reviewer, now=NOW)
    items.retire(items=[item], by=reviewer, now=NOW, reason="过时")
    with pytest.raises(WrongState):
        items.revise(item=item, content=single(), by=author, now=NOW)
    items.restore(items=[item], by=reviewer, now=NOW, reason="仍可用")
    item.refresh_from_db()
    assert item.state == ItemState.DRAFT
    assert acts(item) == ["written", "submitted", "returned", "submitted", "approved", "retired", "restored"]
    assert item.decisions.get(verb="returned").reason == "选项有歧义"


def test_many_are_approved_or_none(author, reviewer):
    good, bare = make_item(author), make_item(author, content=distinct(3, citations=[]))
    items.submit(items=[good, bare], by=author, now=NOW)
    with pytest.raises(items.CitationMissing):
        items.approve(items=[good, bare], by=reviewer, now=NOW)
    good.refresh_from_db()
    assert (good.state, good.current.used_at) == ("review", None)


def test_reclassifying_says_why(author, reviewer):
    item = make_item(author)
    items.reclassify(items=[item], classification=Classification.EXAM, by=reviewer, now=NOW, reason="用于任前考查")
    item.refresh_from_db()
    assert item.classification == "exam"
    assert item.decisions.get(verb="reclassified").reason == "用于任前考查"
    assert items.reclassify(items=[item], classification="exam", by=reviewer, now=NOW, reason="再一次") == []


def test_looking_at_exam_only_items_leaves_a_trace_and_open_ones_none(author):
    open_one, secret = make_item(author), make_item(author, classification="exam")
    items.see([open_one], by=author, now=NOW)
    assert not AuditEvent.objects.filter(act="see_items").exists()
    items.see([open_one, secret], by=author, now=NOW)
    assert AuditEvent.objects.get(act="see_items").facts == {"codes": secret.code}


def test_nobody_sits_a_paper_with_their_own_unapproved_question(author, reviewer):
    own, other = make_item(author), make_item(reviewer)
    approved = make_approved(author, reviewer)

    def paper(*drawn):
        return Paper(layout=[{"section": 0, "version": item.current_id, "marks": 100, "order": None} for item in drawn])

    assert items.may_sit(author, paper(own, other)) is False
    assert items.may_sit(author, paper(other, approved)) is True
    assert items.may_sit(make_person(), paper(own, other, approved)) is True


# --- many at once


def drafts(count, start=0, **facts):
    return [Draft(f"第{n}题", distinct(n), code=f"A{n}", **facts) for n in range(start, start + count)]


def test_the_same_file_again_changes_nothing(author):
    first = items.write_many(drafts(3), by=author, now=NOW, source="题库.xlsx")
    again = items.write_many(drafts(3), by=author, now=NOW, source="题库.xlsx")
    assert [len(first.of(o)) for o in ("created", "changed", "unchanged", "refused")] == [3, 0, 0, 0]
    assert [len(again.of(o)) for o in ("created", "changed", "unchanged", "refused")] == [0, 0, 3, 0]
    assert ItemVersion.objects.count() == 3


def test_questions_without_a_code_are_known_by_their_words(author):
    def nameless():
        return [Draft("第1题", distinct(1)), Draft("第2题", distinct(2)), Draft("第3题", distinct(1))]

    first = items.write_many(nameless(), by=author, now=NOW)
    assert [row.outcome for row in first.rows] == ["created", "created", "unchanged"]
    assert [note.code for note in first.rows[2].draft.notes] == ["repeated_in_file"]
    again = items.write_many(nameless(), by=author, now=NOW)
    assert [row.outcome for row in again.rows] == ["unchanged"] * 3
    assert Item.objects.count() == 2


def test_a_changed_question_under_its_code_becomes_a_new_version_and_is_reviewed_anew(author, reviewer):
    item = make_approved(author, reviewer, content=distinct(1), code="A1")
    changed = distinct(1)
    changed.explanation = "改过的解析"
    found = items.write_many([Draft("第1题", changed, code="A1")], by=author, now=NOW)
    item.refresh_from_db()
    assert [row.outcome for row in found.rows] == ["changed"]
    assert (item.current.number, item.current.explanation, item.state) == (2, "改过的解析", "draft")


def test_another_question_under_a_taken_code_overwrites_nothing(author):
    item = make_item(author, content=distinct(1), code="1")
    draft = Draft("第1题", distinct(2), code="1")
    found = items.write_many([draft], by=author, now=NOW)
    assert [(row.outcome, [n.code for n in row.draft.notes]) for row in found.rows] == [("created", ["code_taken"])]
    item.refresh_from_db()
    assert item.current.number == 1
    assert found.rows[0].item.code != "1"


def test_what_breaks_a_rule_is_left_out_with_the_reason_and_the_rest_is_taken(author):
    bad = Content("single_choice", "题干", choice_body(["甲", "乙"], "C"))
    found = items.write_many([Draft("1", bad), Draft("2", distinct(1)), Draft("3", None)], by=author, now=NOW)
    assert [row.outcome for row in found.rows] == ["refused", "created", "refused"]
    assert [(note.code, note.is_refusal) for note in found.rows[0].draft.notes] == [("key_beyond_options", True)]


def test_a_plan_writes_nothing_and_says_what_the_real_run_would(author):
    planned = items.plan(drafts(3), by=author, now=NOW)
    assert len(planned.of("created")) == 3
    assert (Item.objects.count(), ItemVersion.objects.count(), ItemEnmity.objects.count()) == (0, 0, 0)


def test_writing_many_costs_the_same_queries(author):
    items.write_many(drafts(1, 200), by=author, now=NOW)
    costs = []
    for count, start in ((5, 0), (40, 100)):
        with CaptureQueriesContext(connection) as captured:
            items.write_many(drafts(count, start), by=author, now=NOW)
        costs.append(len(captured))
    assert Item.objects.count() == 46
    assert costs[0] == costs[1]
