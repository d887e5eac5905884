"""The host of packages answers whoever holds an address, with the files of that package and nothing else."""

import json

import pytest
from django.core import signing
from django.test import Client

from courses.models import ScormState
from courses.scorm import addresses
from tests.courses.packages import single, zipped
from tests.courses.scorm import Study, take
from tests.factories import make_person, make_role

pytestmark = pytest.mark.django_db
MAIN, PACKAGES = "127.0.0.1:8000", "packages.localhost:8000"


def folder(study: Study, page: str = "") -> str:
    """The address of the package for that person: what the player's frame is led to, without its last word."""
    client = Client(HTTP_HOST=MAIN)
    client.force_login(study.person)
    shown = client.get(page or f"/courses/lessons/{study.lesson.pk}/package/")
    return shown.context["shown"].address.removeprefix(f"http://{PACKAGES}").removesuffix("frame/")


@pytest.fixture
def study():
    return Study(single())


@pytest.fixture
def packages():
    return Client(HTTP_HOST=PACKAGES)


def posted(packages, address: str, said=None, **headers):
    body = said if isinstance(said, bytes | str) else json.dumps(said)
    return packages.post(address, body, content_type="text/plain;charset=UTF-8", **headers)


def test_a_file_comes_without_a_cookie_and_under_its_own_policy(study, packages):
    answer = packages.get(f"{folder(study)}files/index.html")

    assert (answer.status_code, answer["Content-Type"], answer.cookies) == (200, "text/html", {})
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "X-Frame-Options" not in answer
    policy = dict(part.strip().split(" ", 1) for part in answer["Content-Security-Policy"].split(";"))
    assert policy == {
        "sandbox": "allow-scripts allow-same-origin allow-forms allow-popups allow-modals allow-downloads",
        "default-src": "'self' data: blob: 'unsafe-inline' 'unsafe-eval'",
        "object-src": "'self'",
        "base-uri": "'self'",
        "form-action": "'self'",
        "worker-src": "blob:",
        "frame-ancestors": f"'self' http://{MAIN}",
    }


def test_the_platform_is_not_on_the_host_of_packages_nor_packages_on_the_platform(study, packages):
    address = folder(study)
    client = Client(HTTP_HOST=MAIN)
    client.force_login(study.person)

    assert [client.get(f"{address}{page}").status_code for page in ("frame/", "files/index.html")] == [404, 404]
    packages.force_login(study.person)
    assert [packages.get(page).status_code for page in ("/", "/sign-in/", "/me/", "/api/v1/", "/healthz")] == [404] * 5


@pytest.mark.parametrize("letter", [0, 20, -1])
def test_an_address_that_was_altered_opens_nothing(study, packages, letter):
    token = folder(study).split("/")[2]
    other = "A" if token[letter] != "A" else "B"
    forged = (token[:letter] + other + token[letter + 1 :]) if letter != -1 else token[:-1] + other

    answers = [packages.get(f"/packages/{forged}/{page}") for page in ("frame/", "files/index.html")]
    answers += [posted(packages, f"/packages/{forged}/{page}/") for page in ("begin", "report")]

    assert [answer.status_code for answer in answers] == [403] * 4
    assert answers[2].json()["code"] == "address_expired"


def test_an_address_expires(study, packages, monkeypatch):
    address = folder(study)
    assert packages.get(f"{address}files/index.html").status_code == 200
    monkeypatch.setattr(addresses, "VALID_SECONDS", -1)

    assert packages.get(f"{address}files/index.html").status_code == 403
    assert posted(packages, f"{address}begin/").status_code == 403


def test_what_is_signed_for_something_else_opens_nothing(packages):
    token = signing.TimestampSigner(salt="another", sep=".").sign_object([1, 1, 1, "0" * 64, "http://x"])

    assert packages.get(f"/packages/{token}/files/index.html").status_code == 403


def test_an_address_of_one_package_reads_no_other(packages):
    study = Study(single())
    other = take(zipped({"imsmanifest.xml": single(), "index.html": "另一个", "secret.txt": "密"}))
    address = folder(study)

    for path in (
        "secret.txt",
        f"../{other.sha256}/secret.txt",
        f"..%2f{other.sha256}%2fsecret.txt",
        "..\\secret.txt",
        "%2e%2e/x",
    ):
        assert packages.get(f"{address}files/{path}").status_code == 404


@pytest.mark.parametrize(
    "path", ["", "media", "media/", "nothing.html", "index.html/", "index.html/x", "%00", "../../db.sqlite3"]
)
def test_folders_are_not_listed_and_what_is_missing_is_said(path, packages):
    study = Study(single())
    status = packages.get(f"{folder(study)}files/{path}").status_code

    assert status == (200 if path == "index.html/" else 404)


@pytest.mark.parametrize(
    ("name", "asked", "kind"),
    [
        ("a.html", "A.HTML", "text/html"),
        ("Scripts/Lib.js", "scripts/lib.JS", "text/javascript"),
        ("图/一.svg", "图/一.svg", "image/svg+xml"),
        ("a.mp4", "./a.mp4", "video/mp4"),
        ("a b.css", "a%20b.css", "text/css"),
        ("data.json", "data.json", "application/json"),
        ("odd.zzz", "odd.zzz", "application/octet-stream"),
        ("wasm.wasm", "wasm.wasm", "application/wasm"),
    ],
)
def test_files_are_found_in_any_case_and_come_under_their_type(name, asked, kind, packages):
    study = Study()
    study.package = take(zipped({"imsmanifest.xml": single(), "index.html": "x", name: "content"}))
    study.lesson.package = study.package
    study.lesson.save()

    answer = packages.get(f"{folder(study)}files/{asked}")

    assert (answer.status_code, answer["Content-Type"], answer.getvalue()) == (200, kind, b"content")


@pytest.mark.parametrize(
    ("asked", "status", "content", "said"),
    [
        ("bytes=0-3", 206, b"0123", "bytes 0-3/10"),
        ("bytes=7-", 206, b"789", "bytes 7-9/10"),
        ("bytes=-2", 206, b"89", "bytes 8-9/10"),
        ("bytes=5-99", 206, b"56789", "bytes 5-9/10"),
        ("bytes=0-0", 206, b"0", "bytes 0-0/10"),
        ("bytes=10-", 416, b"", "bytes */10"),
        ("bytes=-0", 416, b"", "bytes */10"),
        ("bytes=4-2", 416, b"", "bytes */10"),
        ("bytes=0-1,3-4", 200, b"0123456789", None),
        ("bytes=-", 200, b"0123456789", None),
        ("seconds=1-2", 200, b"0123456789", None),
    ],
)
def test_a_player_may_ask_for_a_part_of_a_film(asked, status, content, said, packages):
    study = Study()
    study.lesson.package = take(zipped({"imsmanifest.xml": single(), "index.html": "x", "film.mp4": b"0123456789"}))
    study.lesson.save()

    answer = packages.get(f"{folder(study)}files/film.mp4", headers={"Range": asked})

    assert (answer.status_code, answer.getvalue(), answer.get("Content-Range")) == (status, content, said)
    if status == 206:
        assert answer["Content-Length"] == str(len(content))


def test_no_service_worker_is_given_out(study, packages):
    assert packages.get(f"{folder(study)}files/index.html", headers={"Service-Worker": "script"}).status_code == 403


def test_a_part_begins_and_reports_for_the_person_of_the_address(study, packages):
    address = folder(study)

    begun = posted(packages, f"{address}begin/").json()
    reported = posted(
        packages,
        f"{address}report/",
        {"launch": 1, "revision": 1, "is_finished": True, "data": {"core": {"lesson_status": "passed", "score": {"raw": "90"}}}},
    )

    assert (begun["launch"], begun["data"]["core"]["student_name"]) == (1, "王学习")
    assert (reported.status_code, reported.json()) == (200, {"status": "passed", "score": 9000})
    state = ScormState.objects.get()
    assert (state.person, state.lesson, state.status) == (study.person, study.lesson, "passed")


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (b"", "report_refused"),
        (b"\xff\xfe", "report_refused"),
        (b"[" * 100_000, "report_refused"),
        ("[]", "report_refused"),
        ({}, "report_refused"),
        ({"launch": 1, "revision": 1, "data": {"core": {"lesson_status": "done"}}}, "report_refused"),
        ({"launch": "1", "revision": 1, "data": {}}, "report_refused"),
        ({"launch": 1, "revision": 1, "data": {"a": "x" * 1_100_000}}, "report_refused"),
    ],
)
def test_a_report_that_is_none_is_refused(said, code, study, packages):
    address = folder(study)
    posted(packages, f"{address}begin/")

    answer = posted(packages, f"{address}report/", said)

    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert ScormState.objects.get().revision == 0


def test_a_closed_account_reports_no_more(study, packages):
    address = folder(study)
    study.person.is_active = False
    study.person.save()

    assert [posted(packages, f"{address}{act}/", {}).status_code for act in ("begin", "report")] == [403, 403]


def test_a_preview_keeps_nothing(study, packages):
    maker = make_person(unit=study.unit, category=None)
    make_role(person=maker, unit=study.unit, role="district")
    study.person = maker
    address = folder(study, f"/courses/packages/{study.package.pk}/preview/")

    assert posted(packages, f"{address}begin/").json()["launch"] == 0
    assert posted(packages, f"{address}report/", {"launch": 1}).json() == {"status": "", "score": None}
    assert ScormState.objects.count() == 0


@pytest.mark.parametrize("page", ["frame", "files/index.html"])
def test_an_answer_costs_a_fixed_number_of_queries(page, study, packages, django_assert_num_queries):
    address = folder(study)

    with django_assert_num_queries({"frame": 1}.get(page, 0)):
        packages.get(f"{address}{page}" + ("/" if page == "frame" else ""))


def test_begin_and_report_cost_a_fixed_number_of_queries(study, packages, django_assert_num_queries):
    address = folder(study)
    posted(packages, f"{address}begin/")

    with django_assert_num_queries(7):  # three rows named, the state locked and written, in one transaction
        posted(packages, f"{address}report/", {"launch": 1, "revision": 1, "data": {}})
