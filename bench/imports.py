"""Importing 20,000 roster rows and 100,000 study records, against the bare read plus one bulk insert of the same rows.

The page plans twice: once to show what would change, and again when it is taken over, so that nothing else is applied.
"""

import io
import time

import district

district.prepare()

import python_calamine  # noqa: E402
import xlsxwriter  # noqa: E402
from django.db import connection, transaction  # noqa: E402

from training import crypto, roster_changes, rosters, study_imports  # noqa: E402
from training.identity import ID_CHECKS, ID_WEIGHTS  # noqa: E402
from training.models import CategoryHolding, HoursLine, Person, Posting, Submission, Unit  # noqa: E402

PEOPLE, RECORDS = 20_000, 100_000


def timed(work):
    """(what it returned, wall seconds, CPU seconds of this process)."""
    wall, cpu = time.perf_counter(), time.process_time()
    done = work()
    return done, time.perf_counter() - wall, time.process_time() - cpu


def imported(planned, apply, floor) -> dict:
    """Import as a program does (plan, apply) and as the page does (plan to show, plan again and apply), and print both."""
    _shown, shown, shown_cpu = timed(planned)
    outcome, taken, taken_cpu = timed(lambda: apply(plan=planned(), by=None, now=district.NOW))
    for name, wall, cpu in (("plan and apply", taken, taken_cpu), ("the page's way", shown + taken, shown_cpu + taken_cpu)):
        print(
            f"{connection.vendor}, {outcome['created']} rows, {name}: {wall:.2f} s, bare {floor[0]:.2f} s, "
            f"ratio {wall / floor[0]:.2f}; in CPU {cpu:.2f} s, bare {floor[1]:.2f} s, ratio {cpu / floor[1]:.2f}"
        )
    return outcome


class Undone(Exception):
    """Takes a measured insert back."""


def number(serial: int) -> str:
    body = f"990101{1960 + serial // 10000:04d}{serial // 1000 % 10 + 1:02d}15{serial % 1000:03d}"
    return body + ID_CHECKS[sum(int(d) * w for d, w in zip(body, ID_WEIGHTS, strict=True)) % 11]


def book(rows) -> bytes:
    buffer = io.BytesIO()
    made = xlsxwriter.Workbook(buffer, {"constant_memory": False})
    sheet = made.add_worksheet()
    for at, row in enumerate(rows):
        for column, value in enumerate(row):
            sheet.write_string(at, column, value)
    made.close()
    return buffer.getvalue()


def bare(content: bytes, inserts) -> tuple[float, float]:
    """Wall and CPU seconds, the better of two."""
    return min(_bare(content, inserts) for _ in range(2))


def _bare(content: bytes, inserts) -> tuple[float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    python_calamine.load_workbook(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    try:
        with transaction.atomic():
            inserts()
            spent = time.perf_counter() - wall, time.process_time() - cpu
            raise Undone
    except Undone:
        return spent


def main() -> None:
    unit = Unit.objects.get(code="110115005")
    people = [("姓名", "身份证号", "岗位类别", "职务"), *(("赵一", number(i), "执法", "队员") for i in range(PEOPLE))]
    content = book(people)

    def insert_people():
        made = [
            Person(username=f"x{i}", name="赵一", id_number_sealed=b"x" * 46, id_number_index=f"x{i}", password="!")
            for i in range(PEOPLE)
        ]
        Person.objects.bulk_create(made, batch_size=1000)
        at = district.NOW
        Posting.objects.bulk_create(
            [Posting(person=p, unit=unit, started_on=at.date(), entered_at=at) for p in made], batch_size=1000
        )
        CategoryHolding.objects.bulk_create(
            [CategoryHolding(person=p, category="enforcement_officer", started_on=at.date(), entered_at=at) for p in made],
            batch_size=1000,
        )

    floor = bare(content, insert_people)
    options = rosters.Options(unit=unit)
    outcome = imported(
        lambda: rosters.plan(content=content, filename="r.xlsx", options=options, by=None, now=district.NOW),
        roster_changes.apply,
        floor,
    )
    assert outcome["created"] == PEOPLE

    each = RECORDS // PEOPLE
    rows = [("姓名", "身份证号", "培训名称", "培训日期", "学时")]
    rows += [("赵一", number(i), f"课程{k}", f"2025-0{k + 1}-10", "4") for k in range(each) for i in range(PEOPLE)]
    content = book(rows)
    keys = list(Person.objects.filter(id_number_index__in=[crypto.blind_index(number(0))]).values_list("pk", flat=True))
    day = district.PAST.date()

    def insert_lines():
        batch = Submission.objects.create(unit=unit, subject="hours", source="import", title="x", created_at=district.NOW)
        HoursLine.objects.bulk_create(
            [
                HoursLine(
                    submission=batch, person_id=keys[0], studied_on=day, year=2025, category="LAW", mode="CLASS", title="课程", stated=400,
                    origin=f"bare{i}",
                )
                for i in range(RECORDS)
            ],
            batch_size=2000,
        )  # fmt: skip

    floor = bare(content, insert_lines)
    options = study_imports.Options(category="LAW")
    outcome = imported(
        lambda: study_imports.plan(content=content, filename="s.xlsx", options=options, by=None, now=district.NOW),
        study_imports.apply,
        floor,
    )
    assert outcome["created"] == RECORDS


main()
