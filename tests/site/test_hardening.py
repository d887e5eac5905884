"""What a hostile visitor tries: odd input, other hosts, other origins, forged addresses, what is left in a browser."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth import get_user
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from knox.models import AuthToken

from tests.factories import make_district, make_person, make_requirement, make_role, make_rule_set, open_year
from training import accounts
from training.models import AuditEvent, Person

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def bureau():
    make_rule_set()
    open_year(2025)
    make_requirement()
    district = make_district()
    person = make_person(unit=district, category=None)
    make_role(person=person, unit=district, role="district")
    return person


@pytest.fixture
def client(bureau):
    client = Client(raise_request_exception=False)
    client.force_login(bureau)
    return client


ODD = [
    "/board/?unit=%00", "/people/?q=%00", "/search/?q=%00", "/reports/%00/", "/people/99999999999999999999999/", "/jobs/99999999999999999999/",
    "/submissions/?year=99999", "/submissions/?unit=%00", "/submissions/?page=abc", "/people/?page=99999999999999999999", "/me/?year=0",
    "/board/?as_of=0001-01-01T00:00", "/board/?as_of=9999-12-31T23:59:59-12:00", "/board/?as_of=9999-12-31", "/me/?as_of=0001-01-01T00:00%2B14:00",
    "/people/?as_of=2025-02-30", "/board/?year=%C2%B2", "/board/?period=x", "/reports/?year=1", "/requirements/?year=99999", "/sessions/?year=x",
    "/imports/?kind=%00", "/api/v1/standings/?year=2025&unit=%00", "/api/v1/standings/?year=2025&as_of=0001-01-01T00:00",
    "/api/v1/people/?name=%00", "/api/v1/study-records/?year=99999999999999999999", "/api/v1/study-records/?origin=%00",
    "/api/v1/units/%00/", "/api/v1/people/?page=0",
]  # fmt: skip


@pytest.mark.parametrize("address", ODD)
def test_odd_input_is_refused_and_breaks_nothing(address, client):
    assert client.get(address).status_code < 500


@pytest.mark.parametrize(
    ("name", "said"),
    [("sign_in", {"username": "a\0", "password": "x"}), ("activate", {"username": "a\0", "code": "x", "password": "x"})],
)
def test_odd_names_sign_nobody_in(name, said):
    assert Client(raise_request_exception=False).post(reverse(f"training:{name}"), said).status_code == 422


def test_another_host_is_not_served(client):
    answer = client.get("/me/", headers={"host": "evil.example"})

    assert answer.status_code == 400
    assert "evil.example" not in answer.content.decode()


HEADERS = {
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


@pytest.mark.parametrize(
    "address", ["/sign-in/", "/me/", "/api/v1/units/", "/nowhere/", "/static/nowhere.js", "/healthz", "/audit/"]
)
@pytest.mark.parametrize("host", ["testserver", "evil.example"])
def test_every_answer_bears_the_headers(address, host, client):
    answer = client.get(address, headers={"host": host})

    assert {name: answer.get(name) for name in HEADERS} == HEADERS
    assert "script-src 'self'" in answer["Content-Security-Policy"]


def test_an_error_has_a_number_and_no_traceback(client, monkeypatch):
    def broken(*_args, **_facts):
        raise RuntimeError("张三的身份证号")

    monkeypatch.setattr("training.views.boards.bodies.assess_bodies", broken)

    answer = client.get("/board/?year=2025")

    assert answer.status_code == 500
    text = answer.content.decode()
    assert "张三" not in text and "Traceback" not in text
    assert {name: answer.get(name) for name in HEADERS} == HEADERS


def test_nothing_stays_in_the_cache_of_a_browser_that_others_use(client):
    assert client.get("/me/")["Cache-Control"] == "private, no-store"
    assert client.get("/api/v1/people/")["Cache-Control"] == "private, no-store"
    assert '"historyCacheSize":0' in client.get("/me/").content.decode()


def test_a_forged_forwarded_address_is_not_believed(bureau, settings):
    person = Person.objects.get(pk=bureau.pk)
    person.set_password("Xingfu-2026-da")
    person.save()

    said = {"username": person.username, "password": "Xingfu-2026-da"}
    Client().post(reverse("training:sign_in"), said, headers={"x-forwarded-for": "6.6.6.6"})
    assert AuditEvent.objects.get(act="sign_in").address == "127.0.0.1"

    settings.BEHIND_PROXY = True
    Client().post(reverse("training:sign_in"), said, headers={"x-forwarded-for": "6.6.6.6, 10.0.0.7"})
    assert AuditEvent.objects.filter(act="sign_in").latest("sequence").address == "10.0.0.7"


def test_the_session_key_changes_with_the_sign_in(bureau):
    bureau.set_password("Xingfu-2026-da")
    bureau.save()
    client = Client()
    session = client.session
    session["planted"] = "1"
    session.save()
    client.cookies[settings.SESSION_COOKIE_NAME] = session.session_key

    client.post(reverse("training:sign_in"), {"username": bureau.username, "password": "Xingfu-2026-da"})

    assert get_user(client).pk == bureau.pk
    assert client.session.session_key != session.session_key


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "javascript:alert(1)",
        "http:///evil.example",
        "\t//evil.example",
    ],
)
def test_no_address_of_ours_leads_elsewhere(target, bureau, client):
    for name in ("training:sign_in", "set_language"):
        answer = client.post(reverse(name), {"next": target, "language": "en"})
        assert "evil" not in answer.headers.get("Location", "") and "javascript" not in answer.headers.get("Location", "")


def test_a_page_of_another_site_changes_nothing(bureau):
    client = Client(enforce_csrf_checks=True)
    client.force_login(bureau)

    answers = [
        client.post("/account/tokens/"),
        client.post("/api/v1/study-records/", {}, content_type="application/json"),
        client.post("/submissions/1/certify/"),
    ]

    assert [answer.status_code for answer in answers] == [403, 403, 403]
    assert not AuthToken.objects.exists()


def test_a_name_that_nobody_has_locks_like_one_that_somebody_has():
    known = make_person(username="known")
    known.set_password("Xingfu-2026-da")
    known.save()

    def tried(username):
        said = {"username": username, "password": "wrong-wrong-1"}
        pages = [Client().post(reverse("training:sign_in"), said).content.decode() for _ in range(6)]
        return ["锁定" in page for page in pages]

    assert tried("known") == tried("nobody") == [False] * 5 + [True]


def test_codes_cannot_be_guessed_without_end():
    person = make_person(username="fresh")
    code, person.activation_digest = accounts.new_activation_code()
    person.save()
    said = {"username": "fresh", "code": "A" * 12, "password": "Xingfu-2026-da"}
    for _ in range(5):
        Client().post(reverse("training:activate"), said)

    answer = Client().post(reverse("training:activate"), said | {"code": code})

    assert answer.status_code == 422
    assert not Person.objects.get(pk=person.pk).check_password("Xingfu-2026-da")


def test_a_new_activation_code_ends_sessions_and_access_tokens(bureau, client):
    admin = make_person(category=None)
    make_role(person=admin, unit=bureau.postings.get().unit, role="sysadmin")
    _row, token = AuthToken.objects.create(user=bureau)

    accounts.issue_activation_code(person=bureau, by=admin, now=timezone.now())

    assert client.get("/me/").status_code == 302
    assert Client().get("/api/v1/units/", headers={"authorization": f"Token {token}"}).status_code == 401


@pytest.mark.parametrize(
    ("changes", "said"),
    [({"DATA_KEY": ""}, "DATA_KEY"), ({"SECRET_KEY": ""}, "SECRET_KEY"), ({"DEBUG": "1"}, "DEBUG")],
)
def test_production_refuses_what_is_only_for_a_demo(changes, said, tmp_path):
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    for name in ("data_key", "secret_key"):
        (secrets / name).write_text("x" * 50)
    environment = (
        os.environ | {"PRODUCTION": "1", "VAR_DIR": str(tmp_path), "SECRET_KEY": "s" * 60, "DATA_KEY": "d" * 60} | changes
    )

    done = subprocess.run(
        [sys.executable, "manage.py", "check"], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )

    assert done.returncode == 1
    assert f"ImproperlyConfigured: {said}" in done.stderr
