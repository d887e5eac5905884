"""The command and the auditor's page find what was altered, whatever it was, and name it."""

from datetime import date

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.urls import reverse

from reports import lifecycle
from reports.models import ReportVersion
from tests.factories import at, make_district, make_person, make_requirement, make_role, make_rule_set, make_unit, open_year
from training import audit, certification, crypto, evidence, guards, ledger, proofs, registrations
from training.models import (
    Attainment,
    AttainmentKind,
    AuditEvent,
    AuditHead,
    CountedSession,
    Decision,
    HoursLine,
    LedgerHead,
    StudyRecord,
    YearTotal,
)
from training.periods import Period
from training.sessions import SessionFacts

pytestmark = pytest.mark.django_db
NOW = at("2026-01-05 10:00")
SCAN = b"%PDF-1.4 signed"


@pytest.fixture
def district():
    """One of everything that is append-only, and two of most."""
    make_rule_set()
    open_year(2025)
    make_requirement()
    district = make_district()
    town = make_unit(code="T", parent=district, kind="town")
    hr, bureau = make_person(unit=town, category=None), make_person(unit=district, category=None)
    make_role(person=hr, unit=town, role="hr")
    make_role(person=bureau, unit=district, role="district")
    people = [make_person(unit=town) for _ in range(3)]
    lines = [
        HoursLine(person=p, studied_on=date(2025, 3, 3), category="LAW", mode="CLASS", title="班", stated=800, origin="x")
        for p in people
    ]
    batch = registrations.register(unit=town, subject="hours", source="form", title="班", lines=lines, by=hr, now=NOW)
    evidence.attach(submission=batch, kind="notice", name="通知.pdf", content=SCAN, by=hr, now=NOW)
    registrations.submit(submission=batch, by=hr, now=NOW)
    certification.certify(submission=batch, by=bureau, now=NOW)
    for title in ("会前一", "会前二"):
        facts = SessionFacts(unit=town, kind="PRE_MEETING", held_on=date(2025, 4, 1), title=title, origin=title)
        ledger.post_session(facts=facts, now=NOW)
    kind = AttainmentKind.objects.create(code="LEGAL_QUALIFICATION", name="法律职业资格")
    held = [Attainment(person=p, kind=kind, title="证", valid_from=date(2020, 1, 1), origin="x") for p in people]
    ledger.post_attainments(attainments=held, now=NOW)
    report = lifecycle.report_of(unit=town, period=Period(2025))
    lifecycle.submit(report=report, by=hr, now=NOW, scan=SCAN, scan_name="报告.pdf")
    audit.record(actor=hr, act="export_draft", subject="unit:T", now=NOW)
    return district


def last(model):
    return model.objects.order_by("sequence").last()


def changed(model, sequence, **values):
    return lambda: model.objects.filter(sequence=sequence).update(**values)


def swapped_rows():
    first, second = StudyRecord.objects.order_by("sequence")[:2]
    StudyRecord.objects.filter(pk=first.pk).update(sequence=1000, link=second.link)
    StudyRecord.objects.filter(pk=second.pk).update(sequence=first.sequence, link=first.link)
    StudyRecord.objects.filter(pk=first.pk).update(sequence=second.sequence)


def another_person():
    StudyRecord.objects.filter(sequence=3).update(person=make_person().pk)


def cut_off(model, head, name):
    """The last entry goes, and the head is moved back to what is left, as somebody with the tables alone can do."""

    def act():
        gone = last(model)
        model.objects.filter(pk=gone.pk).delete()
        left = last(model)
        head(sequence=left.sequence, link=left.link)

    return act


def study_cut_off():
    YearTotal.objects.filter(person=last(StudyRecord).person_id).delete()
    cut_off(StudyRecord, LedgerHead.objects.filter(ledger="study").update, "study")()


def report_rewritten():
    version = ReportVersion.objects.get()
    version.data["total"]["met"] = 3
    version.save(update_fields=["data"])


def report_rewritten_with_its_digest():
    report_rewritten()
    version = ReportVersion.objects.get()
    ReportVersion.objects.update(digest=lifecycle.digest_of(version.data))


TAMPERED = {
    "credit": (changed(StudyRecord, 2, credit=6000), "study #2"),
    "title": (changed(StudyRecord, 1, title="另一个班"), "study #1"),
    "person": (another_person, "study #3"),
    "day": (changed(StudyRecord, 2, studied_on=date(2025, 3, 4)), "study #2"),
    "refusals": (changed(StudyRecord, 2, refusals=[{"code": "day_cap"}]), "study #2"),
    "rows swapped": (swapped_rows, "study #1"),
    "row in the middle": (lambda: StudyRecord.objects.filter(sequence=2).delete(), "study #2"),
    "last row": (lambda: last(StudyRecord).delete(), "study #3"),
    "last row and head": (study_cut_off, "study #3"),
    "all rows": (lambda: StudyRecord.objects.all().delete(), "study #1"),
    "head": (lambda: LedgerHead.objects.filter(ledger="study").delete(), "study #4"),
    "session counts": (changed(CountedSession, 2, counts=0), "session #2"),
    "attainment": (changed(Attainment, 1, document_no="A1"), "attainment #1"),
    "decision": (changed(Decision, 2, act="return"), "decision #2"),
    "who decided": (changed(Decision, 1, by=None), "decision #1"),
    "last decision": (lambda: last(Decision).delete(), "decision #2"),
    "last decision and head": (
        cut_off(Decision, LedgerHead.objects.filter(ledger="decision").update, "decision"),
        "decision #2",
    ),
    "who did it": (changed(AuditEvent, 1, actor=None), "audit #1"),
    "facts": (changed(AuditEvent, 1, facts={"lines": 1}), "audit #1"),
    "report rows": (report_rewritten, "report {report} version 1"),
    "report rows and digest": (report_rewritten_with_its_digest, "report {report} version 1"),
    "report": (lambda: ReportVersion.objects.all().delete(), "report {report} version 1"),
}


@pytest.mark.parametrize(("tamper", "named"), TAMPERED.values(), ids=TAMPERED)
def test_the_command_ends_with_one_and_names_what_was_altered(tamper, named, district, capsys):
    call_command("verify_ledger")
    assert "nothing altered" in capsys.readouterr().out
    guards.remove()
    tamper()
    guards.install()
    named = named.format(report=lifecycle.Report.objects.get().pk)

    with pytest.raises(CommandError, match=f"{named}$") as found:
        call_command("verify_ledger")
    assert found.value.returncode == 1


def test_an_audit_trail_cut_short_is_missed_even_if_its_head_was_moved_back(district):
    end = AuditHead.objects.get().sequence
    guards.remove()
    cut_off(AuditEvent, AuditHead.objects.filter(pk=1).update, "audit")()
    guards.install()

    assert proofs.verify().broken == f"audit #{end}"


@pytest.mark.parametrize("column", ["law", "online", "rotation"])
def test_a_total_that_the_entries_do_not_make_is_named(column, district):
    total = YearTotal.objects.order_by("pk").first()

    YearTotal.objects.filter(pk=total.pk).update(**{column: 7})

    assert proofs.verify().broken == f"total {total.person_id} 2025"


def test_the_auditor_s_page_says_so_too(district, client):
    auditor = make_person(category=None)
    make_role(person=auditor, unit=district, role="auditor")
    client.force_login(auditor)
    guards.remove()
    StudyRecord.objects.filter(sequence=2).update(credit=6000)
    guards.install()

    page = client.post(reverse("training:ledger_check")).content.decode()

    assert "study #2" in page


def test_what_is_personal_in_the_trail_can_be_erased_and_never_replaced(district):
    event = audit.record(actor=None, act="adjust", subject="person:1", now=NOW, personal={"reason": "产假"})

    AuditEvent.objects.filter(pk=event.pk).update(personal={})
    assert proofs.verify().broken is None

    AuditEvent.objects.filter(pk=event.pk).update(personal={"reason": "病假"})
    assert proofs.verify().broken == f"audit #{event.sequence}"


def test_a_number_sealed_anew_leaves_every_chain_valid(district):
    person = StudyRecord.objects.first().person
    person.id_number_sealed = crypto.seal("990101199001010010")
    person.save(update_fields=["id_number_sealed"])

    assert proofs.verify().broken is None


TABLES = ("training_studyrecord", "training_countedsession", "training_attainment", "training_decision", "training_auditevent",
          "reports_reportversion")  # fmt: skip


@pytest.mark.parametrize("table", TABLES)
def test_the_database_itself_refuses_to_change_what_is_append_only(table, district):
    text = {"reports_reportversion": "digest", "training_auditevent": "act", "training_decision": "reason"}.get(table, "origin")
    acts = [f"UPDATE {table} SET {text} = 'x'", f"DELETE FROM {table}", f"UPDATE {table} SET id = id + 1000"]
    if connection.vendor == "postgresql":
        acts += [f"SET CONSTRAINTS ALL IMMEDIATE; TRUNCATE {table} CASCADE"]
    else:
        acts += [f"REPLACE INTO {table} SELECT * FROM {table}"]
    for act in acts:
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(act)

    assert proofs.verify().broken is None
