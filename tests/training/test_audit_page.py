"""The audit trail as its readers see it: filtered, with nothing restricted, and taken out as CSV that is safe to open."""

import csv
import io
import re
from datetime import date
from pathlib import Path

import pytest
from django.conf import settings
from django.urls import reverse

from tests.factories import at, make_district, make_person, make_requirement, make_role, make_rule_set, make_unit, open_year
from training import adjustments, audit, ledger, registrations
from training.exports import harmless
from training.models import AttainmentKind, AttainmentLine, AuditEvent, Submission

pytestmark = pytest.mark.django_db
NOW = at("2025-09-01 10:00")


@pytest.fixture
def place(client, settings):
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.db"  # counted among the queries, on both engines
    make_rule_set()
    open_year(2025)
    make_requirement()
    district = make_district()
    town = make_unit(code="T", parent=district, name="黄村镇")
    auditor = make_person(unit=district, category=None, name="监督员")
    make_role(person=auditor, unit=district, role="auditor")
    client.force_login(auditor)
    return district, town, auditor


def happened(act="see_statement", *, actor=None, subject="person:1", now=NOW, **facts):
    return audit.record(actor=actor, act=act, subject=subject, now=now, **facts)


def sequences(client, **given):
    return [row.event.sequence for row in client.get(reverse("training:audit"), given).context["page"].object_list]


@pytest.mark.parametrize(
    "given, found",
    [
        ({}, [6, 5, 4, 3, 2, 1]),
        ({"actor": "三"}, [2, 1]),
        ({"actor": "lisi"}, [3]),
        ({"act": "certify"}, [3]),
        ({"unit": "T"}, [4, 3]),
        ({"unit": "T2"}, [4]),
        ({"subject": "person:1"}, [1]),
        ({"subject": "person"}, [2, 1]),
        ({"subject": "perso"}, []),
        ({"from": "2025-09-02"}, [6, 5]),
        ({"to": "2025-09-01"}, [4, 3, 2, 1]),
        ({"from": "2025-09-02", "to": "2025-09-02"}, [5]),
        ({"actor": "三", "subject": "person:12"}, [2]),
    ],
    ids=str,
)
def test_events_are_found_by_person_act_unit_subject_and_day(given, found, place, client):
    _district, town, _auditor = place
    office = make_unit(code="T2", parent=town)
    one, two = make_person(name="张三"), make_person(name="李四", username="lisi")
    happened(actor=one, subject="person:1")
    happened(actor=one, subject="person:12")
    happened("certify", actor=two, subject="submission:1", unit=town)
    happened("revoke", subject="submission:2", unit=office, now=at("2025-09-01 23:59"))
    happened("revoke", subject="submission:2", now=at("2025-09-02 00:00"))
    happened("open_year", subject="year:2026", now=at("2025-09-03 00:00"))

    assert sequences(client, **given) == found


@pytest.mark.parametrize("given", [{"from": "2025-02-30"}, {"from": "2025-09-02", "to": "2025-09-01"}, {"actor": "a\x00"}])
def test_a_bad_filter_is_said_in_words(given, place, client):
    assert client.get(reverse("training:audit"), given).status_code == 422


def restricted_batch(town, by, name="任前考查批次"):
    kind = AttainmentKind.objects.create(code="KNOWLEDGE_CHECK", name="任前考查", is_restricted=True, readers=["orgdept"])
    person = make_person(unit=town, name="被考查人", category=None)
    line = AttainmentLine(person=person, kind=kind, title="考查", valid_from=date(2025, 5, 5), origin="x")
    return registrations.register(unit=town, subject="attainments", source="form", title=name, lines=[line], by=by, now=NOW)


def test_nothing_of_a_restricted_batch_is_shown_or_taken_out_but_that_it_was_dealt_with(place, client):
    _district, town, _auditor = place
    batch = restricted_batch(town, make_person(unit=town, category=None))
    happened("revoke", subject=f"submission:{batch.pk}", unit=town, facts={"reason": "被考查人 的成绩有误"})

    page = client.get(reverse("training:audit")).content.decode()
    taken = b"".join(client.get(reverse("training:export_audit")).streaming_content).decode()

    for text in (page, taken):
        assert f"submission:{batch.pk}" in text
        assert "被考查人" not in text
        assert "任前考查" not in text
    reader = make_person(unit=town.parent, category=None)
    make_role(person=reader, unit=town.parent, role="orgdept")
    make_role(person=reader, unit=town.parent, role="auditor")
    client.force_login(reader)
    assert "任前考查批次" in client.get(reverse("training:audit")).content.decode()


def test_what_may_be_erased_is_shown_to_nobody_and_facts_only_to_who_may_see_the_person(place, client):
    district, town, _auditor = place
    hr = make_person(unit=town, category=None)
    make_role(person=hr, unit=town, role="hr")
    person = make_person(unit=town, name="王五")
    row = adjustments.adjust(
        person=person, year=2025, reason="LONG_SICK", hours=0, document="证明", approver="局长", by=hr, now=NOW
    )
    adjustments.withdraw(adjustment=row, by=hr, now=NOW, reason="病愈")

    page = client.get(reverse("training:audit")).content.decode()
    assert ("王五" in page, "长期病假" in page, "病愈" in page) == (True, True, False)
    keeper = make_person(unit=district, category=None)
    make_role(person=keeper, unit=district, role="audadmin")
    client.force_login(keeper)
    page = client.get(reverse("training:audit")).content.decode()
    assert (f"person:{person.pk}" in page, "王五" in page, "长期病假" in page) == (True, False, False)


def test_a_role_held_in_a_unit_reads_what_names_a_unit_below(place, client):
    _district, town, _auditor = place
    happened("certify", unit=town)
    happened("certify", unit=make_unit(code="E", parent=town.parent))
    happened("open_year", subject="year:2026")
    reader = make_person(unit=town, category=None)
    make_role(person=reader, unit=town, role="auditor")
    client.force_login(reader)

    assert sequences(client) == [1]
    assert client.get(reverse("training:audit"), {"unit": "E"}).status_code == 404


def test_the_last_check_and_the_digest_are_on_the_page(place, client):
    page = client.get(reverse("training:audit"))
    assert page.context["last_check"] is None
    client.post(reverse("training:ledger_check"))

    page = client.get(reverse("training:audit"))

    assert page.context["last_check"].facts == {"broken": ""}
    assert ledger.head_digest() in page.content.decode()
    assert "status-met" in page.content.decode()
    happened("verify_ledger", subject="ledger", facts={"broken": "study #3"})
    page = client.get(reverse("training:audit")).content.decode()
    assert "study #3" in page
    assert "status-unmet" in page


def taken_out(client, **given):
    answer = client.get(reverse("training:export_audit"), given)
    text = b"".join(answer.streaming_content).decode()
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


def test_the_export_has_the_filtered_rows_and_is_an_event_itself(place, client):
    _district, _town, auditor = place
    one = make_person(name="张三", username="zhangsan")
    happened(actor=one, subject="year:2025", facts={"hours": [6000, None]})
    happened("certify", subject="year:2025")

    header, *rows = taken_out(client, actor="张三")

    assert len(header) == 9
    assert [(row[0], row[1], row[2], row[3], row[5]) for row in rows] == [
        ("1", "2025-09-01 10:00:00+08:00", "张三", "zhangsan", "year:2025")
    ]
    assert rows[0][8].endswith(": 60.00 → —")
    event = AuditEvent.objects.get(act="export_audit")
    assert (event.actor, event.facts) == (auditor, {"rows": 1, "filters": {"actor": "张三"}})
    assert audit.first_broken() is None


def test_no_cell_of_the_export_starts_a_formula(place, client):
    happened(actor=make_person(name="=1+1", username="@x"), subject="-2", facts={})

    _header, row = taken_out(client)

    assert (row[2], row[3], row[5]) == ("'=1+1", "'@x", "'-2")


@pytest.mark.parametrize("text", ["=A1", "+1", "-1", "@x", "\t=1", " =1", "＝1", "\r1"])
def test_what_starts_a_formula_is_made_text(text):
    assert harmless(text) == f"'{text}"


@pytest.mark.parametrize("value", ["1=1", "张三", "", -5, None])
def test_everything_else_stays_as_it_is(value):
    assert harmless(value) == value


@pytest.mark.parametrize("name, queries", [("audit", 12), ("export_audit", 13)])
@pytest.mark.parametrize("rows", [3, 45])
def test_the_pages_cost_the_same_queries_for_any_number_of_events(name, queries, rows, place, client, django_assert_num_queries):
    _district, town, _auditor = place
    batch = restricted_batch(town, make_person(unit=town, category=None))
    for number in range(rows):
        person = make_person(unit=town)
        happened(actor=person, subject=f"person:{person.pk}" if number % 2 else f"submission:{batch.pk}", unit=town)
    client.get(reverse("training:audit"))

    with django_assert_num_queries(queries):
        answer = client.get(reverse(f"training:{name}"))
        if answer.streaming:
            b"".join(answer.streaming_content)


def test_every_act_that_is_recorded_has_a_word():
    """Read from the source: an act without a word would stand in English codes on the auditor's page."""
    found = set()
    for floor in ("training", "reports", "config"):
        for path in (Path(settings.BASE_DIR) / floor).rglob("*.py"):
            text = path.read_text(encoding="utf-8")
            if "audit.record(" in text or "trail.record(" in text or "_audit(" in text:
                found |= set(re.findall(r'\bact="([a-z_]+)"|_audit\("([a-z_]+)"', text))
    acts = {word for pair in found for word in pair if word} | {f"import_{subject}" for subject in Submission.Subject.values}

    assert acts - set(audit.ACTS) == set()
    assert {"certify", "submit_report", "back_up"} <= acts


def test_facts_are_told_in_words_and_people_by_name_only_to_who_may_see_them(place, client):
    district, town, _auditor = place
    officer = make_person(name="李四", unit=town)
    facts = {"adjustments": [{"person": officer.pk, "reason": "MATERNITY", "hours": 3050, "year": 2025}], "people": [officer.pk]}
    happened("adjust", subject="year:2025", facts=facts)
    happened("undo_import", subject="roster", facts={"people": officer.pk})
    reader = make_person(unit=district, category=None)
    make_role(person=reader, unit=district, role="audadmin")

    shown = {row.event.act: row.facts for row in audit.shown_to(_auditor, AuditEvent.objects.all())}
    hidden = {row.event.act: row.facts for row in audit.shown_to(reader, AuditEvent.objects.all())}

    assert shown["adjust"] == "学时调整: 学时 30.50, 人员 李四, 原因 产假, 年度 2025; 人员: 李四"
    assert hidden["adjust"] == f"学时调整: 学时 30.50, 人员 #{officer.pk}, 原因 产假, 年度 2025; 人员: #{officer.pk}"
    assert shown["undo_import"] == f"人员: {officer.pk}"
