"""Who makes courses uploads packages, looks them through, tries them, and makes them lessons; learners open them."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from courses.models import Lesson, ScormPackage
from tests.courses.packages import package, several, single
from tests.courses.scorm import Study, take
from tests.factories import make_course, make_person, make_role, make_unit

pytestmark = pytest.mark.django_db


@pytest.fixture
def study():
    return Study(
        several(3, inside=("<adlcp:masteryscore>80</adlcp:masteryscore>", "<adlcp:prerequisites>I1</adlcp:prerequisites>", ""))
    )


@pytest.fixture
def maker(study):
    person = make_person(unit=study.unit, category=None, name="陈制课")
    make_role(person=person, unit=study.unit, role="hr")
    return person


def signed_in(person) -> Client:
    client = Client(HTTP_HOST="127.0.0.1:8000")
    client.force_login(person)
    return client


def upload(client, content: bytes):
    return client.post(reverse("courses:packages"), {"file": SimpleUploadedFile("处罚.zip", content)})


def test_an_upload_leads_to_what_the_package_says_of_itself(maker):
    client = signed_in(maker)

    answer = upload(client, package(single(title="执法全过程记录")))

    taken = ScormPackage.objects.get(title="执法全过程记录")
    assert (answer.status_code, answer.url, taken.uploaded_by) == (302, f"/courses/packages/{taken.pk}/", maker)
    page = client.get(answer.url).content.decode()
    for words in ("执法全过程记录", "SCORM 1.2", "处罚.zip", "陈制课", "第一讲", "index.html", "由学员选择"):
        assert words in page


def test_what_opens_a_part_is_said_by_title(study, maker):
    page = signed_in(maker).get(reverse("courses:package", args=[study.package.pk])).content.decode()

    assert "须先完成 第 1 讲" in page


@pytest.mark.parametrize(
    ("content", "sentence"), [(b"%PDF-1.7", "这不是 zip 文件"), (package("<manifest"), "不是格式正确的 XML"), (b"", "")]
)
def test_a_refusal_stands_at_the_file(content, sentence, maker):
    answer = upload(signed_in(maker), content)

    assert answer.status_code == 422
    assert sentence in answer.context["form"].errors["file"][0]
    assert ScormPackage.objects.count() == 1  # the one of the study


def test_a_package_becomes_the_next_lesson_of_a_draft_within_reach(study, maker):
    draft = make_course(unit=study.unit, state="draft", published_at=None, title="草稿课")
    published = make_course(unit=study.unit)
    elsewhere = make_course(unit=make_unit(), state="draft", published_at=None)
    client = signed_in(maker)
    address = reverse("courses:package", args=[study.package.pk])
    said = {"title": "处罚课件", "category": "LAW", "minutes": "45"}

    assert client.post(address, said | {"course": published.pk}).status_code == 422
    assert client.post(address, said | {"course": elsewhere.pk}).status_code == 422
    assert client.post(address, said | {"course": draft.pk, "minutes": "0"}).status_code == 422
    assert client.post(address, said | {"course": draft.pk}).status_code == 302

    lesson = Lesson.objects.get(course=draft)
    assert (lesson.position, lesson.kind, lesson.title, lesson.seconds, lesson.package) == (
        1,
        "scorm",
        "处罚课件",
        2700,
        study.package,
    )


def test_a_learner_opens_a_lesson_and_sees_its_parts(study):
    client = signed_in(study.person)

    page = client.get(f"/courses/lessons/{study.lesson.pk}/package/")

    shown = page.context["shown"]
    assert [part.is_open for part in shown.parts] == [True, False, True]
    assert shown.part.unit.position == 1
    assert "http://packages.localhost:8000" in page["Content-Security-Policy"].split("frame-src ")[1].split(";")[0]
    assert page["Cross-Origin-Opener-Policy"] == "same-origin-allow-popups"
    assert shown.address.startswith("http://packages.localhost:8000/packages/")


def test_a_part_that_is_not_open_yet_is_not_shown(study):
    client = signed_in(study.person)

    assert client.get(f"/courses/lessons/{study.lesson.pk}/package/?part=2").context["shown"].part.unit.position == 1
    assert client.get(f"/courses/lessons/{study.lesson.pk}/package/?part=3").context["shown"].part.unit.position == 3


def test_the_next_part_that_is_not_done_is_offered(study):
    study.begin(1)
    study.report({"core": {"lesson_status": "completed"}}, 1)

    shown = signed_in(study.person).get(f"/courses/lessons/{study.lesson.pk}/package/").context["shown"]

    assert (shown.part.unit.position, shown.before.unit.position, shown.after.unit.position) == (2, 1, 3)


def test_a_lesson_of_a_draft_opens_for_its_makers_alone(study, maker):
    study.lesson.course.state = "draft"
    study.lesson.course.save()
    address = f"/courses/lessons/{study.lesson.pk}/package/"

    assert signed_in(study.person).get(address).status_code == 403
    assert signed_in(maker).get(address).status_code == 200


@pytest.mark.parametrize(
    ("host", "own"),
    [("study.example.gov.cn", "packages.localhost"), ("127.0.0.1:8000", "127.0.0.1"), ("127.0.0.1:8000", "")],
    ids=["not reachable from there", "the platform's own", "not set"],
)
def test_where_packages_have_no_host_of_their_own_the_page_says_so(host, own, study, settings):
    settings.ALLOWED_HOSTS = ["*"]
    settings.PACKAGES_HOST = own
    client = Client(HTTP_HOST=host)
    client.force_login(study.person)

    answer = client.get(f"/courses/lessons/{study.lesson.pk}/package/")

    assert answer.status_code == (404 if own == "127.0.0.1" else 409)
    if answer.status_code == 409:
        assert "PACKAGES_HOST" in answer.content.decode()


@pytest.mark.parametrize("rows", [1, 12])
def test_the_list_of_packages_costs_the_same_queries_for_any_number(rows, maker, django_assert_num_queries, settings):
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.db"  # whatever the engine: a session is one query
    for number in range(rows - 1):
        take(package(single(title=f"课件 {number}")))
    client = signed_in(maker)
    client.get(reverse("courses:packages"))

    with django_assert_num_queries(5):
        page = client.get(reverse("courses:packages"))

    assert len(page.context["page"].object_list) == rows


def test_the_player_costs_a_fixed_number_of_queries(study, django_assert_num_queries, settings):
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.db"  # whatever the engine: a session is one query
    client = signed_in(study.person)
    client.get("/account/")

    with django_assert_num_queries(6):
        client.get(f"/courses/lessons/{study.lesson.pk}/package/")
