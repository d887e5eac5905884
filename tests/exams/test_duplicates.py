"""Questions that ask nearly the same are found, whichever way they differ, and never stand in one paper."""

import time

import pytest

from exams import duplicates, items
from exams.content import Content, choice_body
from exams.interchange.drafts import Draft
from exams.models import ItemDistinction, ItemEnmity
from tests.exams.bank import NOW, distinct, make_item, make_law, single
from tests.factories import make_person

STEM = "行政机关在作出责令停产停业的行政处罚决定之前，应当告知当事人享有什么权利？"
OPTIONS = ("要求听证的权利", "提起公诉的权利", "免于处罚的权利", "指定管辖的权利")


def true_false(stem, key=True):
    return Content("true_false", stem, {"key": key})


@pytest.mark.parametrize(
    ("other", "is_near"),
    [
        (single(STEM, OPTIONS, "A"), True),
        (single(STEM, OPTIONS[::-1], "D"), True),
        (single(STEM.replace("在作出责令停产停业", "作出吊销许可证件"), OPTIONS, "A"), True),
        (single(STEM, (OPTIONS[0], "申请回避", "查阅案卷全部材料", "请求国家赔偿"), "A"), True),
        (single(STEM, OPTIONS, "B"), True),
        (single("下列关于行政许可听证的说法，哪一项是正确的？", ("甲说", "乙说", "丙说", "丁说"), "A"), False),
        (single(STEM, ("陈述意见", "另外一种完全不同的说法", "丙", "丁"), "B"), True),
    ],
    ids=[
        "the same",
        "options in another order",
        "words changed",
        "other wrong options",
        "another key",
        "another question",
        "other answer",
    ],
)
def test_how_alike_two_questions_are(other, is_near):
    assert (duplicates.similarity(single(STEM, OPTIONS, "A"), other) >= duplicates.ALIKE) is is_near


def test_a_common_stem_with_other_answers_is_another_question():
    stem = "下列说法正确的是："
    one = single(stem, ("罚款应当在十五日内缴纳", "警告可以当场作出", "听证由本案调查人员主持", "处罚决定书可以口头作出"), "A")
    two = single(stem, ("复议期限为六十日", "诉讼应当先经复议", "复议机关可以收费", "复议决定不送达"), "A")
    assert duplicates.similarity(one, two) < 30


def test_punctuation_blanks_case_and_markup_do_not_count():
    one, two = true_false("行政处罚决定 应当公开 ABC。"), true_false("<p>行政处罚决定<b>应当</b>公开，abc！</p>")
    assert duplicates.similarity(one, two) == 100
    assert duplicates.signature(one) == duplicates.signature(two)


def test_a_signature_is_the_same_on_every_machine():
    assert duplicates.signature(true_false("行政处罚决定应当公开"))[:4] == [393199250, 100361934, 192829987, 267108802]


def test_nothing_but_signs_has_no_signature_and_is_like_nothing():
    assert duplicates.signature(true_false("？？")) == []
    assert duplicates.similarity(true_false("？？"), true_false("！！")) == 0


@pytest.fixture
def author(db):
    make_law()
    return make_person()


def test_a_near_duplicate_is_found_when_writing_and_kept_out_of_the_paper(author):
    first = make_item(author, content=single(STEM, OPTIONS))
    make_item(author, content=distinct(1))
    second = make_item(author, content=single(STEM.replace("之前", "前"), OPTIONS))
    enmity = ItemEnmity.objects.get()
    assert (enmity.first, enmity.second, enmity.is_marked) == (first, second, False)
    assert enmity.similarity == duplicates.similarity(first.current, second.current) >= 90
    (near,) = duplicates.near(second.current, leave_out=second.pk)
    assert (near.version.item, near.similarity) == (first, enmity.similarity)


def test_near_duplicates_in_one_file_and_with_the_bank_are_noted(author):
    known = make_item(author, content=single(STEM, OPTIONS), code="K1")
    drafts = [
        Draft("第1题", single(STEM.replace("享有", "有"), OPTIONS), code="A1"),
        Draft("第2题", distinct(5), code="A2"),
        Draft("第3题", single(STEM.replace("什么", "哪些"), OPTIONS), code="A3"),
    ]
    found = items.write_many(drafts, by=author, now=NOW)
    noted = [{note.value for note in row.draft.notes if note.code == "near_duplicate"} for row in found.rows]
    assert noted == [{"K1", "A3"}, set(), {"K1", "A1"}]
    assert ItemEnmity.objects.count() == 3
    assert known.pk == min(ItemEnmity.objects.values_list("first", flat=True))


def test_who_looked_may_tell_two_apart_or_mark_any_two(author):
    first, second = make_item(author, content=single(STEM, OPTIONS)), make_item(author, content=single(STEM, OPTIONS))
    third = make_item(author, content=distinct(9))
    duplicates.tell_apart(second, first, by=author, now=NOW)
    assert not ItemEnmity.objects.exists()
    items.revise(item=second, content=single(STEM, OPTIONS, explanation="又一说"), by=author, now=NOW)
    assert not ItemEnmity.objects.exists()  # what a person said stands
    duplicates.mark(third, first, by=author, now=NOW)
    duplicates.mark(first, third, by=author, now=NOW)
    assert list(ItemEnmity.objects.values_list("first", "second", "is_marked")) == [(first.pk, third.pk, True)]
    duplicates.mark(first, second, by=author, now=NOW)
    assert not ItemDistinction.objects.exists()


def test_a_revision_is_compared_anew(author):
    make_item(author, content=single(STEM, OPTIONS))
    second = make_item(author, content=single(STEM, OPTIONS))
    items.revise(item=second, content=distinct(7), by=author, now=NOW)
    assert not ItemEnmity.objects.exists()


def test_ten_thousand_questions_are_compared_in_seconds():
    """Among them 100 near-duplicates, every one of which is found."""
    texts = [distinct(n) for n in range(10_000)]
    copies = [distinct(n) for n in range(0, 10_000, 100)]
    for one in copies:
        one.stem = one.stem[:-2] + "何如"
    started = time.process_time()
    numbers = {n: duplicates.signature(content) for n, content in enumerate([*texts, *copies])}
    met = duplicates.candidates(numbers, {})
    assert time.process_time() - started < 10
    assert {(n * 100, 10_000 + n) for n in range(100)} <= met
    assert len(met) < 5_000


def test_a_text_repeated_a_thousand_times_costs_no_million_comparisons():
    same = duplicates.signature(single(STEM, OPTIONS))
    met = duplicates.candidates(dict.fromkeys(range(1000), same), {})
    assert len(met) == 999


def test_choice_bodies_are_read_by_their_key():
    body = choice_body(["甲甲甲", "乙乙乙"], "B")
    assert duplicates.right_pairs("single_choice", "题题", body) == duplicates.pairs_of(["题题", "乙乙乙"])
