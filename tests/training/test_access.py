"""Who gets which answer: every address as each role, held against a table."""

import io

import pytest
from django.urls import get_resolver

from tests.factories import at, make_district, make_person, make_requirement, make_role, make_rule_set, make_unit, open_year
from training import jobs, registrations
from training.models import HoursLine, ImportRun, Submission

pytestmark = pytest.mark.django_db
ROLES = ("nobody", "learner", "hr", "sibling", "district", "auditor", "sysadmin", "secadmin", "audadmin")
#                          nobody learner hr  sibling district auditor sysadmin secadmin audadmin
TABLE = {
    "/healthz":            (200, 200, 200, 200, 200, 200, 200, 200, 200),
    "/language/":          (302, 302, 302, 302, 302, 302, 302, 302, 302),
    "/api/schema/":        (401, 200, 200, 200, 200, 200, 200, 200, 200),
    "/api/docs/":          (401, 200, 200, 200, 200, 200, 200, 200, 200),
    "/api/v1/units/":      (401, 200, 200, 200, 200, 200, 200, 200, 200),
    "/api/v1/units/110115005/": (401, 200, 200, 200, 200, 200, 200, 200, 200),
    "/api/v1/people/":     (401, 200, 200, 200, 200, 200, 200, 200, 200),
    "/api/v1/people/{person}/": (401, 404, 200, 404, 200, 200, 404, 404, 404),
    "/api/v1/requirements/": (401, 200, 200, 200, 200, 200, 200, 200, 200),
    "/api/v1/study-records/": (401, 200, 200, 200, 200, 200, 200, 200, 200),
    "/api/v1/standings/":  (401, 404, 200, 200, 200, 200, 404, 404, 404),
    "/api/v1/standings/?unit=110115005": (401, 404, 200, 404, 200, 200, 404, 404, 404),
    "/api/v1/reports/":    (401, 200, 200, 200, 200, 200, 200, 200, 200),
    "/api/v1/reports/1/":  (401, 404, 404, 404, 404, 404, 404, 404, 404),
    "/reports/":           (302, 404, 200, 200, 200, 200, 404, 404, 404),
    "/reports/summary/":   (302, 404, 404, 404, 200, 200, 404, 404, 404),
    "/reports/all/":       (302, 405, 405, 405, 405, 405, 405, 405, 405),
    "/reports/110115005/?year=2025": (302, 404, 200, 404, 200, 200, 404, 404, 404),
    "/reports/110115005/draft/xlsx/?year=2025&unit=110115005": (302, 404, 200, 404, 200, 200, 404, 404, 404),
    "/reports/110115005/submit/": (302, 405, 405, 405, 405, 405, 405, 405, 405),
    "/reports/1/versions/1/xlsx/": (302, 404, 404, 404, 404, 404, 404, 404, 404),
    "/reports/1/decide/accept/": (302, 405, 405, 405, 405, 405, 405, 405, 405),
    "/": (302, 302, 302, 302, 302, 302, 302, 302, 302),
    "/sign-in/":           (200, 302, 302, 302, 302, 302, 302, 302, 302),
    "/sign-out/":          (302, 405, 405, 405, 405, 405, 405, 405, 405),
    "/activate/":          (200, 200, 200, 200, 200, 200, 200, 200, 200),
    "/password/":          (302, 200, 200, 200, 200, 200, 200, 200, 200),
    "/account/":           (302, 200, 200, 200, 200, 200, 200, 200, 200),
    "/account/tokens/":    (302, 405, 405, 405, 405, 405, 405, 405, 405),
    "/account/tokens/end/": (302, 405, 405, 405, 405, 405, 405, 405, 405),
    "/me/":                (302, 200, 200, 200, 200, 200, 200, 200, 200),
    "/me/claims/":         (302, 200, 200, 200, 200, 200, 200, 200, 200),
    "/people/":            (302, 404, 200, 200, 200, 200, 404, 404, 404),
    "/people/{person}/":   (302, 404, 200, 404, 200, 200, 404, 404, 404),
    "/people/{person}/statement/": (302, 404, 200, 404, 200, 200, 404, 404, 404),
    "/board/":             (302, 404, 200, 200, 200, 200, 404, 404, 404),
    "/board/?unit=110115005": (302, 404, 200, 404, 200, 200, 404, 404, 404),
    "/search/?q=队员":      (302, 200, 200, 200, 200, 200, 200, 200, 200),
    "/imports/":           (302, 403, 200, 200, 200, 403, 403, 403, 403),
    "/imports/{run}/":     (302, 404, 200, 404, 404, 404, 404, 404, 404),
    "/imports/{run}/marked/": (302, 404, None, 404, 404, 404, 404, 404, 404),
    "/imports/{run}/apply/": (302, 405, 405, 405, 405, 405, 405, 405, 405),
    "/submissions/":       (302, 403, 200, 200, 200, 200, 403, 403, 403),
    "/submissions/{batch}/": (302, 404, 200, 404, 200, 200, 404, 404, 404),
    "/submissions/{batch}/evidence/": (302, 405, 405, 405, 405, 405, 405, 405, 405),
    "/submissions/{batch}/certify/": (302, 405, 405, 405, 405, 405, 405, 405, 405),
    "/evidence/1/":        (302, 404, 404, 404, 404, 404, 404, 404, 404),
    "/requirements/":      (302, 403, 200, 200, 200, 200, 403, 403, 403),
    "/requirements/open/": (302, 403, 403, 403, 200, 403, 403, 403, 403),
    "/requirements/{requirement}/": (302, 403, 403, 403, 200, 403, 403, 403, 403),
    "/requirements/2026/closing/": (302, 405, 405, 405, 405, 405, 405, 405, 405),
    "/adjustments/":      (302, 403, 200, 200, 200, 200, 403, 403, 403),
    "/adjustments/1/confirm/": (302, 405, 405, 405, 405, 405, 405, 405, 405),
    "/adjustments/1/refuse/": (302, 405, 405, 405, 405, 405, 405, 405, 405),
    "/adjustments/1/withdraw/": (302, 405, 405, 405, 405, 405, 405, 405, 405),
    "/transfers/":        (302, 403, 200, 200, 200, 403, 403, 403, 403),
    "/transfers/1/release/": (302, 405, 405, 405, 405, 405, 405, 405, 405),
    "/transfers/1/refuse/": (302, 405, 405, 405, 405, 405, 405, 405, 405),
    "/sessions/":         (302, 404, 200, 200, 200, 200, 404, 404, 404),
    "/sessions/new/":     (302, 403, 200, 200, 200, 403, 403, 403, 403),
    "/imports/?kind=adjustments": (302, 403, 200, 200, 200, 403, 403, 403, 403),
    "/imports/{run}/correct/": (302, 405, 405, 405, 405, 405, 405, 405, 405),
    "/imports/{run}/undo/": (302, 405, 405, 405, 405, 405, 405, 405, 405),
    "/imports/{run}/discard/": (302, 405, 405, 405, 405, 405, 405, 405, 405),
    "/imports/{run}/codes/": (302, 405, 405, 405, 405, 405, 405, 405, 405),
    "/jobs/{job}/":        (302, 404, 200, 404, 404, 404, 404, 404, 404),
    "/jobs/{job}/file/":   (302, 404, 200, 404, 404, 404, 404, 404, 404),
    "/hours/new/":        (302, 403, 200, 200, 200, 403, 403, 403, 403),
    "/hours/new/?unit=110115005": (302, 403, 200, 404, 200, 403, 403, 403, 403),
    "/attainments/":      (302, 403, 200, 200, 200, 200, 403, 403, 403),
    "/attainments/new/":  (302, 403, 200, 200, 200, 403, 403, 403, 403),
    "/imports/{run}/missing/": (302, 405, 405, 405, 405, 405, 405, 405, 405),
    "/system/accounts/":  (302, 403, 403, 403, 403, 403, 200, 403, 403),
    "/system/accounts/{person}/code/": (302, 405, 405, 405, 405, 405, 405, 405, 405),
    "/system/roles/":     (302, 403, 403, 403, 403, 403, 403, 200, 403),
    "/system/roles/1/revoke/": (302, 405, 405, 405, 405, 405, 405, 405, 405),
    "/audit/":             (302, 403, 403, 403, 403, 200, 403, 403, 200),
    "/audit/export/":      (302, 403, 403, 403, 403, 200, 403, 403, 200),
    "/audit/ledger/":      (302, 403, 403, 403, 403, 200, 403, 403, 200),
}  # fmt: skip


@pytest.fixture
def cast():
    make_rule_set()
    district = make_district()
    town = make_unit(code="110115005", name="黄村镇人民政府", kind="town", parent=district)
    other = make_unit(code="110115007", name="西红门镇人民政府", kind="town", parent=district)
    open_year(2025)
    open_year(2026)
    make_requirement()
    requirement = make_requirement(year=2026)
    people = {
        "learner": make_person(unit=other),
        "hr": make_person(unit=town, category=None),
        "sibling": make_person(unit=other, category=None),
        "district": make_person(unit=district, category=None),
        "auditor": make_person(unit=district, category=None),
        "sysadmin": make_person(unit=district, category=None),
        "secadmin": make_person(unit=district, category=None),
        "audadmin": make_person(unit=district, category=None),
    }
    places = {"hr": town, "sibling": other}
    for role, person in people.items():
        if role != "learner":
            make_role(person=person, unit=places.get(role, district), role="hr" if role == "sibling" else role)
    officer = make_person(unit=town, name="队员甲")
    line = HoursLine(
        person=officer, studied_on=at("2025-05-01").date(), category="LAW", mode="CLASS", title="t", stated=800, origin="x"
    )
    batch = registrations.register(
        unit=town,
        subject=Submission.Subject.HOURS,
        source="form",
        title="班",
        lines=[line],
        by=people["hr"],
        now=at("2025-06-01"),
    )
    run = ImportRun.objects.create(
        kind="roster", unit=town, name="a.xlsx", sha256="", state="applied", created_by=people["hr"], created_at=at("2025-06-01"),
        outcome={"created": 0, "changed": 0, "unchanged": 0},
    )  # fmt: skip
    job = jobs.begin(kind="reports", title="报告", owner=people["hr"], now=at("2025-06-01"))
    jobs.run(job_id=job.pk, work=lambda progress: progress.keep_file(io.BytesIO(b"PK"), "报告.zip"))
    return people, {"person": officer.pk, "batch": batch.pk, "run": run.pk, "job": job.pk, "requirement": requirement.pk}


@pytest.mark.parametrize("position", range(len(ROLES)), ids=ROLES)
def test_every_address_answers_each_role_as_the_table_says(position, cast, client):
    people, keys = cast
    role = ROLES[position]
    if role != "nobody":
        client.force_login(people[role])

    answers = {address: client.get(address.format(**keys)).status_code for address, row in TABLE.items() if row[position]}

    assert answers == {address: row[position] for address, row in TABLE.items() if row[position]}


def _routes(patterns, prefix=""):
    for pattern in patterns:
        route = prefix + str(pattern.pattern).replace("^", "").replace("$", "")
        if hasattr(pattern, "url_patterns"):
            yield from _routes(pattern.url_patterns, route)
        else:
            yield pattern, route


def test_the_table_names_every_address(cast, client):
    _people, keys = cast
    covered = set()
    for address in TABLE:
        match = get_resolver().resolve(address.format(**keys).split("?")[0])
        covered.add((match.namespace, match.url_name))

    routes = {(p.name, route) for p, route in _routes(get_resolver().url_patterns) if p.name}
    named = {name for _space, name in covered}

    assert sorted(route for name, route in routes if name not in named) == []


def test_an_outsider_s_acts_change_nothing(cast, client):
    people, keys = cast
    client.force_login(people["sibling"])

    for address in (
        "/submissions/{batch}/certify/",
        "/submissions/{batch}/submit/",
        "/reports/110115005/submit/?year=2025",
        "/imports/{run}/apply/",
        "/imports/{run}/undo/",
        "/imports/{run}/codes/",
    ):
        assert client.post(address.format(**keys)).status_code == 404
    assert client.post("/reports/all/?year=2025").status_code == 404
    client.force_login(people["auditor"])
    assert client.post("/submissions/{batch}/evidence/".format(**keys)).status_code == 403
    assert client.post("/submissions/{batch}/submit/".format(**keys)).status_code == 404
    assert Submission.objects.get().state == "draft"
