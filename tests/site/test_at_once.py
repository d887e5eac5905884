"""What two people do at the same moment has one outcome. Rows are locked by PostgreSQL; SQLite lets one write at a time."""

import threading
import time
from contextlib import contextmanager
from datetime import date
from io import BytesIO

import openpyxl
import pytest
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from reports import lifecycle
from reports.models import ReportVersion
from tests.factories import at, make_district, make_person, make_requirement, make_role, make_rule_set, make_unit, open_year
from training import (
    adjustments,
    certification,
    evidence,
    grants,
    ledger,
    people,
    proofs,
    registrations,
    requirements,
    study_imports,
)
from training.models import (
    Adjustment,
    Decision,
    HoursLine,
    ImportRun,
    Posting,
    Requirement,
    StudyRecord,
    Submission,
    TransferRequest,
    YearTotal,
)
from training.periods import Period

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]
NOW = at("2026-01-05 10:00")
SCAN = b"%PDF-1.4 signed and stamped"


def waiting() -> int:
    """How many connections wait for a lock that this one holds, or for somebody who does."""
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH RECURSIVE behind(pid) AS (SELECT pg_backend_pid() UNION SELECT l.pid FROM pg_locks l JOIN behind b "
            "ON b.pid = ANY(pg_blocking_pids(l.pid)) WHERE NOT l.granted) SELECT count(*) - 1 FROM behind"
        )
        return cursor.fetchone()[0]


class Act(threading.Thread):
    """One person's act on a connection of their own; `outcome` is what it gave, or the name of the refusal."""

    def __init__(self, act):
        super().__init__()
        self.act, self.outcome = act, None
        self.start()

    def run(self):
        try:
            self.outcome = self.act()
        except Exception as error:
            self.outcome = type(error).__name__
        finally:
            connection.close()

    def finished(self):
        self.join(30)
        assert not self.is_alive(), "two acts wait for each other"
        return self.outcome


@contextmanager
def nobody_writes(table: str):
    """Whoever locks or changes a row of `table` waits until the block ends; reading goes on."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(f"LOCK TABLE {table} IN EXCLUSIVE MODE")
        yield


def until(condition):
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def at_once(table: str, *acts) -> list:
    """Bring all acts to the row they contend for, then let them go on together. Their outcomes, in order."""
    with nobody_writes(table):
        started = [Act(act) for act in acts]
        until(lambda: waiting() == len(acts))
    return [act.finished() for act in started]


class Place:
    def __init__(self):
        make_rule_set()
        open_year(2025)
        make_requirement()
        self.district = make_district()
        self.town = make_unit(code="T", parent=self.district, kind="town")
        self.other = make_unit(code="O", parent=self.district, kind="town")
        self.hr, self.hr2 = (self.officer_of("hr", self.town) for _ in range(2))
        self.bureau, self.bureau2 = (self.officer_of("district", self.district) for _ in range(2))
        self.person = make_person(unit=self.town)
        self.report = lifecycle.report_of(unit=self.town, period=Period(2025))

    def officer_of(self, role, unit):
        person = make_person(unit=unit, category=None)
        make_role(person=person, unit=unit, role=role)
        return person

    def batch(self):
        line = HoursLine(
            person=self.person,
            studied_on=date(2025, 3, 3),
            category="LAW",
            mode="CLASS",
            title="班",
            stated=800,
            origin="class:1",
        )
        batch = registrations.register(
            unit=self.town, subject="hours", source="form", title="班", lines=[line], by=self.hr, now=NOW
        )
        evidence.attach(submission=batch, kind="notice", name="通知.pdf", content=SCAN, by=self.hr, now=NOW)
        return registrations.submit(submission=batch, by=self.hr, now=NOW)

    def submit(self, by=None):
        return lifecycle.submit(report=self.report, by=by or self.hr, now=NOW, scan=SCAN, scan_name="报告.pdf").version

    def certify(self, batch, by=None):
        return len(certification.certify(submission=batch, by=by or self.bureau, now=NOW).records)


@pytest.fixture
def place():
    return Place()


def test_two_who_submit_one_report_make_one_version(place):
    outcomes = at_once("reports_report", lambda: place.submit(place.hr), lambda: place.submit(place.hr2))

    assert sorted(map(str, outcomes)) == ["1", "WrongState"]
    assert ReportVersion.objects.count() == 1


def test_a_report_accepted_and_returned_at_once_is_decided_once(place):
    place.submit()

    outcomes = at_once(
        "reports_report",
        lambda: lifecycle.accept(report=place.report, by=place.bureau, now=NOW).state,
        lambda: lifecycle.return_(report=place.report, reason="少一个班", by=place.bureau2, now=NOW).state,
    )

    decided = next(outcome for outcome in outcomes if outcome != "WrongState")
    assert sorted(outcomes) == sorted([decided, "WrongState"])
    place.report.refresh_from_db()
    assert (place.report.state, place.report.versions.get().decision) == (decided, decided)
    assert place.town.locks.filter(lifted_at=None).exists() == (decided == "accepted")


def test_hours_certified_while_the_report_is_being_submitted_are_refused(place):
    batch = place.batch()
    with nobody_writes("training_periodlock"):  # the figures are read, the lock is not there yet
        submitting = Act(place.submit)
        until(lambda: waiting() == 1)
        certifying = Act(lambda: place.certify(batch))
        until(lambda: waiting() == 2 or not certifying.is_alive())

    assert (submitting.finished(), certifying.finished()) == (1, "PeriodLocked")
    assert place.report.versions.get().data["total"]["attained"] == 0
    assert not YearTotal.objects.exists()


def test_hours_on_their_way_when_the_report_is_submitted_are_in_it(place):
    batch = place.batch()
    with nobody_writes("training_decision"):  # the hours are posted, the certification has not ended
        certifying = Act(lambda: place.certify(batch))
        until(lambda: waiting() == 1)
        submitting = Act(place.submit)
        until(lambda: waiting() == 2 or not submitting.is_alive())

    assert (certifying.finished(), submitting.finished()) == (1, 1)
    assert place.report.versions.get().data["total"]["attained"] == 800


def test_a_reversal_beside_a_submission_is_refused_or_in_the_report(place):
    place.certify(place.batch())
    record = StudyRecord.objects.get()
    with nobody_writes("training_periodlock"):
        submitting = Act(place.submit)
        until(lambda: waiting() == 1)
        reversing = Act(lambda: ledger.reverse(record=record, reason="重复", by=place.bureau, now=NOW).credit)
        until(lambda: waiting() == 2 or not reversing.is_alive())

    assert (submitting.finished(), reversing.finished()) == (1, "PeriodLocked")
    assert place.report.versions.get().data["total"]["attained"] == 800


def test_two_certifications_of_one_batch_post_once(place):
    batch = place.batch()

    outcomes = at_once(
        "training_submission", lambda: place.certify(batch, place.bureau), lambda: place.certify(batch, place.bureau2)
    )

    assert sorted(map(str, outcomes)) == ["1", "WrongState"]
    assert YearTotal.objects.get().law == 800
    assert Decision.objects.filter(submission=batch, act="certify").count() == 1
    assert ledger.verify().broken is None


@pytest.mark.parametrize("other", ["release", "refuse"])
def test_a_transfer_decided_twice_at_once_has_one_outcome(other, place):
    request = people.request_transfer(
        person=place.person, to_unit=place.other, effective_on=date(2026, 2, 1), by=place.bureau, now=NOW
    )

    def release(by):
        people.release_transfer(request=request, by=by, now=NOW)
        return "released"

    def refuse(by):
        return people.refuse_transfer(request=request, reason="工作需要", by=by, now=NOW).state

    second = release if other == "release" else refuse

    outcomes = at_once("training_transferrequest", lambda: release(place.hr), lambda: second(place.hr2))

    decided = next(outcome for outcome in outcomes if outcome != "WrongState")
    assert sorted(outcomes) == sorted([decided, "WrongState"])
    assert TransferRequest.objects.get().state == decided
    serves = Posting.objects.current().get(person=place.person, is_main=True)
    assert serves.unit == (place.other if decided == "released" else place.town)


def test_two_units_that_ask_for_one_person_make_one_request(place):
    third = make_unit(code="D", parent=place.district, kind="town")

    def ask(unit):
        request = people.request_transfer(
            person=place.person, to_unit=unit, effective_on=date(2026, 2, 1), by=place.bureau, now=NOW
        )
        return request.to_unit.code

    outcomes = at_once("training_person", lambda: ask(place.other), lambda: ask(third))

    assert "WrongState" in outcomes
    assert TransferRequest.objects.get().to_unit.code in outcomes


def test_an_import_taken_over_twice_at_once_counts_once(place):
    book, content = openpyxl.Workbook(), BytesIO()
    book.active.append(["工号", "姓名", "培训名称", "开始日期", "结束日期", "学时"])
    book.active.append([place.person.staff_no, place.person.name, "行政处罚法", "2025-03-03", "2025-03-03", 8])
    book.save(content)
    clients = [Client(), Client()]
    for client in clients:
        client.force_login(place.hr)
    content.seek(0)
    content.name = "培训记录.xlsx"
    said = {"file": content, "unit": "T", "category": "LAW"}
    assert clients[0].post(f"{reverse('training:imports')}?kind=records", said).status_code == 302
    run = ImportRun.objects.get()

    outcomes = at_once(
        "training_importrun",
        *(lambda client=client: client.post(reverse("training:import_apply", args=[run.pk])).status_code for client in clients),
    )

    assert sorted(outcomes) == [302, 409]
    run.refresh_from_db()
    assert (run.state, run.outcome["created"]) == ("applied", 1)
    assert (Submission.objects.count(), HoursLine.objects.count()) == (1, 1)


def test_a_year_opened_twice_at_once_is_opened_once(place):
    def opened(by):
        return requirements.open_year(year=2026, copy_from=2025, by=by, now=NOW).year

    outcomes = at_once("training_yearopening", lambda: opened(place.bureau), lambda: opened(place.bureau2))

    assert sorted(map(str, outcomes)) == ["2026", "WrongState"]
    assert Requirement.objects.filter(year=2026).count() == 1


def test_two_adjustments_of_one_person_at_once_leave_one_in_force(place):
    def adjusted(hours, by):
        facts = {"person": place.person, "year": 2025, "reason": "LONG_SICK", "document": "文", "approver": "批"}
        return adjustments.adjust(hours=hours, by=by, now=NOW, **facts).hours

    outcomes = at_once("training_person", lambda: adjusted(3000, place.bureau), lambda: adjusted(2000, place.bureau2))

    assert sorted(outcomes) == [2000, 3000]
    assert Adjustment.objects.known_at(None).count() == 1


def test_two_administrator_roles_given_at_once_leave_one(place):
    secadmins = [place.officer_of("secadmin", place.district) for _ in range(2)]

    def given(role, by):
        return grants.grant(username=place.person.username, role=role, unit=place.district, by=by, now=NOW).role

    outcomes = at_once("training_role", lambda: given("sysadmin", secadmins[0]), lambda: given("audadmin", secadmins[1]))

    assert sorted(outcomes)[0] == "WrongState"
    assert list(place.person.roles.values_list("role", flat=True)) == [sorted(outcomes)[1]]


def test_a_batch_revoked_while_the_rest_of_it_is_certified_stands_or_falls_as_a_whole(place):
    batch = place.batch()
    place.certify(batch)

    def revoke(by):
        return certification.revoke(submission=batch, reason="重复", by=by, now=NOW).state

    outcomes = at_once("training_submission", lambda: revoke(place.bureau), lambda: revoke(place.bureau2))

    assert sorted(outcomes) == ["WrongState", "revoked"]
    assert (StudyRecord.objects.count(), YearTotal.objects.get().law) == (2, 0)
    assert proofs.verify().broken is None


def test_a_batch_certified_and_returned_at_once_has_one_outcome(place):
    batch = place.batch()

    def returned(by):
        return certification.return_(submission=batch, reason="不清楚", by=by, now=NOW).state

    outcomes = at_once("training_submission", lambda: place.certify(batch), lambda: returned(place.bureau2))

    batch.refresh_from_db()
    assert sorted(map(str, outcomes)) in (["1", "WrongState"], ["WrongState", "returned"])
    assert StudyRecord.objects.count() == (1 if batch.state == "certified" else 0)
    assert proofs.verify().broken is None


def test_a_file_taken_over_by_the_operator_beside_a_certification_does_not_wait_for_ever(place):
    """Both hand in, post and write the trail: they take the heads in one order."""
    batch, other = place.batch(), make_person(unit=place.town)
    line = HoursLine(
        person=other, studied_on=date(2025, 3, 4), year=2025, category="LAW", mode="CLASS", title="班", stated=800, origin="file:1"
    )  # fmt: skip

    class Plan:
        is_refused, lines, unit, title = False, [line], place.town, "表"

        def counts(self):
            return {}

        def as_dict(self):
            return {"created": 1}

    def taken_over():
        return study_imports.apply(plan=Plan(), by=None, now=NOW, proof=("签到.pdf", SCAN), certify=True)["created"]

    outcomes = at_once("training_ledgerhead", lambda: place.certify(batch), taken_over)

    assert outcomes == [1, 1]
    assert proofs.verify().broken is None
