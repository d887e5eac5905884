"""A file of questions on its way in through the pages: kept, shown item by item, taken over once; large ones by the worker."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from exams import exporting, item_imports, items
from exams.interchange.qti import writer as qti
from exams.models import Item, ItemImport
from tests.exams.bank import NOW, distinct, make_item, make_law
from tests.factories import make_district, make_person, make_role
from training.errors import WrongState
from training.models import AuditEvent, Job, Unit

pytestmark = pytest.mark.django_db
HEADER = "题型,题干,选项A,选项B,答案"


@pytest.fixture(autouse=True)
def _tasks_at_once(settings):
    settings.TASKS = {"default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend"}}


@pytest.fixture
def author(db):
    make_law()
    person = make_person(name="命题人")
    make_role(person=person, unit=make_district(), role="author")
    return person


@pytest.fixture
def client(client, author):
    client.force_login(author)
    return client


def table(*rows, header=HEADER):
    return "\n".join((header, *rows)).encode("utf-8-sig")


GOOD = table("单选,听证由谁主持？,非本案调查人员,本案调查人员,A", "单选,没有答案的题,甲,乙,")


def upload(client, content, name="题目.csv", **answers):
    said = {"format": "auto", "classification": "exam", "written_on": "", "file": SimpleUploadedFile(name, content)} | answers
    answer = client.post(reverse("exams:item_imports"), said)
    assert answer.status_code == 302, answer.content.decode()[:2000]
    return ItemImport.objects.order_by("pk").last()


def act(client, run, name, **said):
    answer = client.post(reverse(f"exams:item_import_{name}", args=[run.pk]), said)
    run.refresh_from_db()
    return answer


def shown(client, run, **given):
    return client.get(reverse("exams:item_import", args=[run.pk]), given).content.decode()


def counts(run):
    return {name: run.report[name] for name in item_imports.COUNTS}


def test_a_small_file_is_shown_at_once_and_taken_over_once(client, author):
    run = upload(client, GOOD)
    assert (run.state, counts(run)) == ("read", {"created": 1, "changed": 0, "unchanged": 0, "refused": 1})
    assert "听证由谁主持" in shown(client, run)
    assert "听证由谁主持" not in shown(client, run, only="refused")
    assert not Item.objects.exists() and not Job.objects.exists()

    assert act(client, run, "apply").url == reverse("exams:item_import", args=[run.pk])
    item = Item.objects.get()
    assert (run.state, item.author, item.source, run.report["rows"][0]["code"]) == ("applied", author, "题目.csv", item.code)
    assert act(client, run, "apply").status_code == 409
    assert (Item.objects.count(), AuditEvent.objects.filter(act="import_items").count()) == (1, 1)


def test_a_large_file_is_read_and_taken_over_in_the_background(client, author, monkeypatch):
    monkeypatch.setattr(item_imports, "LARGE", 10)
    run = upload(client, GOOD)
    job, address = Job.objects.get(), reverse("exams:item_import", args=[run.pk])
    assert (job.state, job.owner, job.result, run.job) == ("done", author, {"url": address}, job)
    watched = client.get(reverse("training:job", args=[job.pk]), headers={"HX-Request": "true"})
    assert watched.headers["HX-Redirect"] == address
    assert counts(run)["created"] == 1 and not Item.objects.exists()

    assert act(client, run, "apply").url == reverse("training:job", args=[run.job_id])
    assert (run.state, Item.objects.count(), Job.objects.count()) == ("applied", 1, 2)


def test_who_left_comes_back_to_the_work_while_it_goes_on_and_to_the_file_when_it_failed(client, author):
    run = upload(client, GOOD)
    address = reverse("exams:item_import", args=[run.pk])
    job = Job.objects.create(title="x", owner=author, created_at=timezone.now(), result={"url": address})
    ItemImport.objects.filter(pk=run.pk).update(job=job)
    assert client.get(address).url == reverse("training:job", args=[job.pk])

    Job.objects.filter(pk=job.pk).update(state="failed", error="断了")
    assert "断了" in shown(client, run)
    assert f'href="{address}"' in client.get(reverse("training:job", args=[job.pk])).content.decode()


def test_a_preview_that_no_longer_holds_is_shown_again_and_nothing_is_done(client, author):
    run = upload(client, table("T1,单选,听证由谁主持？,非本案调查人员,本案调查人员,A", header="原题号," + HEADER))
    make_item(author, content=distinct(1), code="T1")

    act(client, run, "apply")

    assert (run.state, run.report["is_new"], Item.objects.count()) == ("read", True, 1)
    assert [row["code"] for row in run.report["rows"]] == [""]  # the code is taken: it will get another
    act(client, run, "apply")
    assert (run.state, Item.objects.count()) == ("applied", 2)


def test_a_file_that_cannot_be_read_is_kept_with_the_reason_and_read_otherwise(client):
    run = upload(client, b"\x00\x01\x02\x03", name="x.bin")
    assert run.state == "refused"
    assert run.report["refusal"] in shown(client, run)
    assert act(client, run, "apply").status_code == 409

    run = upload(client, "1. 行政处罚应当公开。（　）\n答案：对\n".encode(), format="json")
    assert run.state == "refused"
    act(client, run, "correct", format="txt", classification="open", written_on="")
    assert (run.state, run.format, run.options["classification"]) == ("read", "txt", "open")
    assert act(client, run, "correct", format="nothing").status_code == 422


def test_a_package_of_qti_is_taken_over_as_it_was_shown(client, author):
    made = qti.write(exporting.exported([make_item(author, content=distinct(3), code="T3")])).content
    items.retire(items=[Item.objects.get()], by=author, now=NOW, reason="x")
    run = upload(client, made, name="题库.zip")
    assert (run.format, counts(run)["refused"]) == ("auto", 0)
    act(client, run, "apply")
    assert run.state == "applied"


@pytest.mark.parametrize("content", [GOOD, b"\x00\x01\x02"], ids=["read", "refused"])
def test_the_wrong_file_is_discarded(client, content):
    run = upload(client, content)
    act(client, run, "discard")
    assert run.state == "discarded"
    for name in ("apply", "discard"):
        assert act(client, run, name).status_code == 409
    assert act(client, run, "correct", format="auto", classification="exam").status_code == 409
    assert not Item.objects.exists()


def test_a_file_discarded_while_it_is_read_stays_discarded(client):
    run = upload(client, GOOD)
    beside = ItemImport.objects.get(pk=run.pk)
    item_imports.discard(run=run)
    with pytest.raises(WrongState):
        item_imports.read(run=beside, now=NOW)
    run.refresh_from_db()
    assert run.state == "discarded"


def test_what_is_too_large_or_empty_is_refused_on_the_form(client, settings):
    settings.UPLOAD_LIMIT = 5
    for content in (b"123456", b""):
        file = SimpleUploadedFile("a.csv", content)
        answer = client.post(reverse("exams:item_imports"), {"format": "auto", "classification": "exam", "file": file})
        assert answer.status_code == 422
    assert not ItemImport.objects.exists()


def test_a_run_is_its_owners(client):
    run = upload(client, GOOD)
    other = make_person(name="他人")
    make_role(person=other, unit=Unit.objects.get(), role="author")
    client.force_login(other)
    assert client.get(reverse("exams:item_import", args=[run.pk])).status_code == 404
    assert act(client, run, "apply").status_code == 404


@pytest.mark.parametrize("runs", [1, 20])
def test_the_list_costs_the_same_for_any_number_of_files(client, author, runs, settings, django_assert_num_queries):
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.db"  # counted among the queries, on both engines
    client.force_login(author)
    for _time in range(runs):
        upload(client, GOOD)
    client.get(reverse("exams:item_imports"))
    with django_assert_num_queries(5):
        page = client.get(reverse("exams:item_imports")).content.decode()
    assert page.count('<th scope="row">') == runs
    assert ">CSV</td>" in page
