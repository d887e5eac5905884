"""Pages of the bank: what each role sees, what an act does, what a list costs."""

import io
from datetime import date

import docx
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from exams import items
from exams.content import CitedArticle
from exams.models import Item, ItemAlert, ItemEnmity, ItemVersion, MediaFile
from laws.models import LawVersion, LegalDocument
from tests.exams.bank import NOW, distinct, enter_law, make_approved, make_item, single
from tests.exams.test_amendments import NEW, OLD
from tests.factories import make_district, make_person, make_role
from training.models import AuditEvent

pytestmark = pytest.mark.django_db


@pytest.fixture
def district():
    return make_district()


@pytest.fixture
def people(district):
    found = {}
    for role in ("author", "reviewer", "district"):
        found[role] = make_person(name=role)
        make_role(person=found[role], unit=district, role=role)
    return found


@pytest.fixture
def law(db):
    return enter_law(OLD)


@pytest.fixture
def browse(client, people):
    def sign_in(role):
        client.force_login(people[role])
        return client

    return sign_in


def typed(**fields):
    values = {
        "kind": "single_choice", "stem": "应当告知当事人什么？", "option_A": "陈述申辩权", "option_B": "选举权", "key": "A",
        "citations": "测试处罚法 第三条", "explanation": "依法告知", "difficulty": "2", "marks": "1", "classification": "open",
        "topic": "行政处罚", "policy": "",
    }  # fmt: skip
    return values | fields


def test_an_author_writes_and_hands_in_and_a_reviewer_approves_and_the_next_comes(browse, people, law):
    page = browse("author").post(reverse("exams:write_item"), typed())
    item = Item.objects.get()
    assert (page.status_code, page.url) == (302, reverse("exams:item", args=[item.pk]))
    assert [(c.law.name, c.ref) for c in item.current.citations.all()] == [("测试处罚法", "3")]
    other = make_item(people["author"], content=distinct(5, citations=[CitedArticle("测试处罚法", "1")]))
    items.submit(items=[other], by=people["author"], now=NOW)
    browse("author").post(reverse("exams:decide_item", args=[item.pk, "submit"]))

    client = browse("reviewer")
    first = client.get(reverse("exams:review"))
    assert first.url == reverse("exams:item", args=[item.pk])
    shown = client.get(first.url).content.decode()
    assert OLD["3"] in shown  # the article stands beside the question
    after = client.post(reverse("exams:decide_item", args=[item.pk, "approve"]))
    assert after.url == reverse("exams:item", args=[other.pk])
    after = client.post(reverse("exams:decide_item", args=[other.pk, "return"]), {"preset": "表述不清"})
    assert after.url == reverse("exams:review")
    assert client.get(after.url).status_code == 200  # nothing waits any more
    assert list(Item.objects.order_by("pk").values_list("state", flat=True)) == ["approved", "draft"]


def test_nobody_approves_their_own(browse, people, law):
    item = make_item(people["reviewer"], content=distinct(1, citations=[CitedArticle("测试处罚法", "1")]))
    items.submit(items=[item], by=people["reviewer"], now=NOW)
    client = browse("reviewer")
    assert client.get(reverse("exams:review")).status_code == 200  # nothing waits
    assert client.post(reverse("exams:decide_item", args=[item.pk, "approve"])).status_code == 403
    assert client.post(reverse("exams:decide_items", args=["approve"]), {"item": [item.pk]}).status_code == 302
    assert Item.objects.get().state == "review"


@pytest.mark.parametrize("act", ["approve", "return", "retire", "restore", "reclassify"])
def test_an_author_decides_nothing(browse, people, law, act):
    item = make_item(people["district"], content=distinct(1))
    assert browse("author").post(reverse("exams:decide_item", args=[item.pk, act]), {"reason": "x"}).status_code == 403


def test_the_editor_shows_what_is_wrong_and_keeps_what_was_typed(browse, law):
    page = browse("author").post(reverse("exams:write_item"), typed(key="", stem="独一无二的题干"))
    assert page.status_code == 422
    assert "独一无二的题干" in page.content.decode()
    page = browse("author").post(reverse("exams:write_item"), typed(citations="测试处罚法 第九十九条"))
    assert page.status_code == 422
    assert not Item.objects.exists()


def test_the_preview_shows_the_question_as_a_candidate_sees_it(browse, people, law):
    make_item(people["author"], content=single("应当告知当事人什么？", ("陈述申辩权", "选举权"), citations=[]), code="K1")
    text = browse("author").post(reverse("exams:preview_item"), typed(option_B="<script>x</script>选举权")).content.decode()
    assert "应当告知当事人什么？" in text
    assert "<script>" not in text
    assert "K1" in text
    assert "陈述申辩权 <span" not in text  # the key is not shown


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("multiple_choice", {"key": ["A", "B"]}),
        ("indefinite_choice", {"key": ["A"]}),
        ("true_false", {"truth": "false"}),
        ("fill_blank", {"stem": "应当在____日内缴纳", "answer": "十五|15"}),
        ("numeric", {"answer": "15", "tolerance": "0", "unit": "日"}),
        ("matching", {"answer": "甲 = 一\n乙 = 二\n= 三"}),
        ("short_answer", {"answer": "要点一 = 2\n要点二 = 1.5", "model_answer": "答", "marks": ""}),
        ("essay", {"answer": "要点 = 10", "model_answer": "答", "marks": ""}),
        ("case_analysis", {"q1_kind": "true_false", "q1_stem": "对吗？", "q1_truth": "true", "q1_marks": "2",
                           "q2_kind": "short_answer", "q2_stem": "为何？", "q2_answer": "要点 = 3", "q2_marks": "3"}),
    ],
)  # fmt: skip
def test_every_kind_is_written_shown_and_edited(browse, law, kind, fields):
    client = browse("author")
    assert client.get(reverse("exams:write_item"), {"kind": kind}).status_code == 200
    page = client.post(reverse("exams:write_item"), typed(kind=kind, **fields))
    assert page.status_code == 302, page.content.decode()
    item = Item.objects.get()
    assert item.current.kind == kind
    assert client.get(page.url).status_code == 200
    assert client.get(reverse("exams:edit_item", args=[item.pk])).status_code == 200
    again = client.post(reverse("exams:edit_item", args=[item.pk]), typed(kind=kind, **fields, knowledge_point="新"))
    assert again.status_code == 302
    version = ItemVersion.objects.get()
    assert (version.number, version.knowledge_point) == (1, "新")


def test_a_picture_is_kept_and_shown_to_whoever_may_see_the_question(browse, people, law, client):
    png = b"\x89PNG\r\n\x1a\n" + b"0" * 20
    browse("author").post(reverse("exams:write_item"), typed(images=SimpleUploadedFile("图.png", png, "image/png")))
    media = MediaFile.objects.get()
    assert f"media:{media.sha256}" in Item.objects.get().current.stem
    address = reverse("exams:media", args=[media.sha256])
    assert address in browse("author").get(reverse("exams:item", args=[Item.objects.get().pk])).content.decode()
    assert b"".join(browse("author").get(address).streaming_content) == png
    client.force_login(make_person())
    assert client.get(address).status_code == 404
    item = Item.objects.get()
    items.submit(items=[item], by=people["author"], now=NOW)
    items.approve(items=[item], by=people["reviewer"], now=NOW)
    assert client.get(address).status_code == 200


def test_what_is_no_picture_is_refused(browse, law):
    svg = SimpleUploadedFile("a.png", b"<svg onload=alert(1)>", "image/png")
    assert browse("author").post(reverse("exams:write_item"), typed(images=svg)).status_code == 422
    assert (Item.objects.count(), MediaFile.objects.count()) == (0, 0)


def test_exam_only_questions_leave_a_trace_when_seen(browse, people, law):
    make_item(people["author"], content=distinct(1), classification="open")
    secret = make_item(people["author"], content=distinct(2), classification="exam")
    client = browse("reviewer")
    client.get(reverse("exams:bank"))
    client.get(reverse("exams:item", args=[secret.pk]))
    seen = AuditEvent.objects.filter(act="see_items").order_by("sequence")
    assert [(e.actor_id, e.subject, e.facts) for e in seen] == [
        (people["reviewer"].pk, f"item:{secret.pk}", {"codes": secret.code}),
    ] * 2


@pytest.mark.parametrize(
    ("address", "count"),
    [("exams:bank", 30), ("exams:alerts", 30), ("exams:duplicates", 20)],
    ids=["bank", "alerts", "duplicates"],
)
def test_lists_cost_the_same_for_any_number_of_rows(browse, people, law, address, count):
    costs = []
    for start, many in ((0, 2), (100, count)):
        for n in range(start, start + many):
            item = make_item(
                people["author"], content=distinct(n, citations=[CitedArticle("测试处罚法", "2")]), classification="exam"
            )
            if address == "exams:alerts":
                ItemAlert.objects.create(
                    item=item,
                    citation=item.current.citations.get(),
                    is_quarantine=True,
                    cause="changed",
                    takes_effect_on=NOW.date(),
                    raised_at=NOW,
                )
            if address == "exams:duplicates":
                ItemEnmity.objects.create(first=Item.objects.order_by("pk").first(), second=item) if n else None
        client = browse("reviewer")
        client.get(reverse(address))
        with CaptureQueriesContext(connection) as captured:
            page = client.get(reverse(address))
        assert page.status_code == 200
        costs.append(len(captured))
    assert costs[0] == costs[1]


def test_filters_find_what_they_say(browse, people, law):
    one = make_approved(
        people["author"], people["reviewer"], content=distinct(1, topic="甲", citations=[CitedArticle("测试处罚法", "2")])
    )
    make_item(people["reviewer"], content=single("判断：对吗？", topic="乙", citations=[]), classification="exam")
    client = browse("reviewer")

    def found(**given):
        return [item.code for item in client.get(reverse("exams:bank"), given).context["page"].object_list]

    law_code = LegalDocument.objects.get(short_title="测试处罚法").code
    for given in ({"state": "approved"}, {"topic": "甲"}, {"law": law_code}, {"classification": "open"}, {"q": one.code}):
        assert found(**given) == [one.code], given
    assert found(kind="essay") == found(difficulty="5") == found(alert="quarantine") == []
    assert len(found(kind="single_choice", difficulty="3")) == 2
    assert found(mine="1") != [one.code]


# --- laws


def upload(text_of=NEW, *, day="2026-03-01"):
    lines = ["# 中华人民共和国测试处罚法", "", f"{day[:4]}年3月1日修订", "", "自2026年2月1日起施行", ""]
    from laws.numerals import numeral_of

    lines += [f"第{numeral_of(int(ref))}条　{text}\n" for ref, text in text_of.items()]
    return SimpleUploadedFile(f"测试处罚法({day}).md", "\n".join(lines).encode())


def test_a_law_is_read_shown_and_taken_over_and_its_questions_wait(browse, people, law):
    made = {
        ref: make_approved(
            people["author"], people["reviewer"], content=distinct(int(ref), citations=[CitedArticle("测试处罚法", ref)])
        )
        for ref in OLD
    }
    client = browse("district")
    page = client.post(reverse("exams:import_law"), {"file": upload(), "effective_on": "2026-03-01"})
    text = page.content.decode()
    assert page.status_code == 200
    assert "程序合法" in text
    assert not any(item.code in text for item in made.values())  # which questions only the bank's roles learn
    assert page.context["touched"] == 4
    assert (LawVersion.objects.count(), ItemAlert.objects.count()) == (1, 0)  # a preview keeps nothing
    page = client.post(reverse("exams:take_over_law"), {"token": page.context["token"]})
    assert page.status_code == 302
    assert set(ItemAlert.objects.values_list("item__code", flat=True)) == {made[ref].code for ref in ("2", "4", "5", "6")}

    client = browse("reviewer")
    assert client.get(reverse("exams:alerts")).context["page"].paginator.count == 4
    first = client.get(reverse("exams:alert", args=[made["2"].pk]))
    assert '<mark class="is-new">，程序合法</mark>' in first.content.decode()
    after = client.post(reverse("exams:resolve_alert", args=[made["2"].pk, "confirm"]))
    assert after.url == reverse("exams:alert", args=[made["4"].pk])
    assert client.post(reverse("exams:resolve_alert", args=[made["6"].pk, "confirm"])).status_code == 409
    client.post(reverse("exams:resolve_alert", args=[made["6"].pk, "retire"]), {"preset": "条文已删除"})
    assert ItemAlert.objects.filter(resolved_at=None).count() == 2
    made["6"].refresh_from_db()
    assert made["6"].state == "retired"


def test_a_law_comes_as_a_word_file_too(browse, law):
    doc = docx.Document()
    for line in (
        "中华人民共和国试验法",
        "2026年3月1日通过，自2026年4月1日起施行",
        "第一条 为了试验，制定本法。",
        "第二条 试验应当公开。",
    ):
        doc.add_paragraph(line)
    file = io.BytesIO()
    doc.save(file)
    page = browse("district").post(
        reverse("exams:import_law"), {"file": SimpleUploadedFile("试验法(2026-03-01).docx", file.getvalue()), "effective_on": ""}
    )
    assert [article.text for article in page.context["rehearsal"].text.articles] == ["为了试验，制定本法。", "试验应当公开。"]


def test_a_token_that_nobody_gave_is_refused(browse, law):
    assert browse("district").post(reverse("exams:take_over_law"), {"token": "x"}).status_code == 422


@pytest.mark.parametrize("name", ["法.pdf", "法.md"])
def test_a_file_that_is_no_law_is_refused_in_words(browse, law, name):
    page = browse("district").post(reverse("exams:import_law"), {"file": SimpleUploadedFile(name, b"\xff\xfe\x00\x01")})
    assert page.status_code == 422
    assert LawVersion.objects.count() == 1


def test_a_law_is_repealed_on_a_page(browse, people, law):
    make_approved(people["author"], people["reviewer"], content=distinct(1, citations=[CitedArticle("测试处罚法", "2")]))
    client = browse("district")
    assert client.get(reverse("exams:repeal_law")).status_code == 200
    page = client.post(reverse("exams:repeal_law"), {"document": law.document.code, "by_law": "", "on": "2026-08-15"})
    assert page.status_code == 302
    assert ItemAlert.objects.get().takes_effect_on == date(2026, 8, 15)


def test_near_duplicates_are_told_apart_on_the_page(browse, people, law):
    first = make_item(people["author"], content=single(citations=[]))
    second = make_item(people["author"], content=single(citations=[]))
    client = browse("reviewer")
    assert "100%" in client.get(reverse("exams:duplicates")).content.decode()
    assert browse("author").post(reverse("exams:decide_duplicates", args=[first.pk, second.pk, "apart"])).status_code == 403
    browse("reviewer").post(reverse("exams:decide_duplicates", args=[first.pk, second.pk, "apart"]))
    assert not ItemEnmity.objects.exists()


@pytest.mark.parametrize("role", ["district", "learner"])
def test_the_bank_is_closed_to_others(client, district, law, people, role):
    item = make_item(people["author"], content=distinct(1))
    person = people.get(role) or make_person()
    client.force_login(person)
    for name, args in (
        ("bank", ()), ("item", (item.pk,)), ("edit_item", (item.pk,)), ("write_item", ()), ("review", ()), ("alerts", ()),
        ("alert", (item.pk,)), ("duplicates", ()), ("item_imports", ()),
    ):  # fmt: skip
        assert client.get(reverse(f"exams:{name}", args=args)).status_code in (403, 404), name
