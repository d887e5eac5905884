"""Files as HR offices keep them are read to exactly what they say."""

import json
from datetime import date

import pytest

from training.imports.amounts import show_hours
from training.imports.records import read_study_records
from training.imports.refusals import FileRefused
from training.imports.roster import read_roster

TODAY = date(2026, 11, 23)
pytestmark = pytest.mark.data
ROSTERS = (
    "01_clean.xlsx",
    "02_merged_headers.xlsx",
    "03_id_numbers.xlsx",
    "04_dates_1900.xlsx",
    "04_dates_1904.xlsx",
    "07_roster_gb18030.csv",
    "07_roster_utf8_bom.csv",
    "07_roster_utf16.txt",
    "09_large_5000.xlsx",
)


@pytest.fixture(scope="module")
def expected(shared_data):
    return json.loads((shared_data / "rosters" / "expected.json").read_text(encoding="utf-8"))["files"]


@pytest.mark.parametrize("name", ROSTERS)
def test_a_roster_is_read_row_by_row(name, expected, shared_data):
    wanted = expected[name]
    reading = read_roster((shared_data / "rosters" / name).read_bytes(), name, today=TODAY)

    assert [(p.row, p.code) for p in reading.refused] == [(r["row"], r.get("code") or r["reason"]) for r in wanted["rejected"]]
    if "record_count" in wanted:
        assert len(reading.rows) == wanted["record_count"]
        assert sum(int(row.id_number[:17]) for row in reading.rows) % 97 == wanted["id_checksum_mod97"]
        return
    found = {(row.sheet, row.row): row for row in reading.rows}
    assert set(found) == {(r["sheet"], r["row"]) for r in wanted["records"]}
    for record in wanted["records"]:
        row = found[record["sheet"], record["row"]]
        said = {
            "name": row.name,
            "id_number": row.id_number,
            "sex": row.sex,
            "birth": row.birth.isoformat(),
            "joined": row.joined and str(row.joined),
            "phone": row.phone or None,
        }
        assert {name: said[name] for name in said if name in record} == {name: record[name] for name in said if name in record}
        assert sorted(p.code for p in row.issues) == sorted(c for c in record["issues"] if c not in UNITS)


UNITS = ("department_alias", "department_abolished", "department_unknown")  # said by whoever knows the units


def test_training_records_are_read_row_by_row(expected, shared_data):
    wanted = expected["08_training_records.xlsx"]
    reading = read_study_records((shared_data / "rosters" / "08_training_records.xlsx").read_bytes(), "08.xlsx", today=TODAY)

    found = {row.row: row for row in reading.rows}
    assert set(found) == {r["row"] for r in wanted["records"]}
    for record in wanted["records"]:
        row = found[record["row"]]
        assert (row.name, row.id_number, row.title) == (record["name"], record["id_number"], record["course"])
        assert (row.start and str(row.start), row.end and str(row.end)) == (record["start"], record["end"])
        assert (None if row.hours is None else show_hours(row.hours)) == record["hours"]
        assert (row.passed, row.form) == (record["passed"], record["form"])
        assert row.codes() == sorted(record["issues"])


@pytest.mark.parametrize("folder", ["spreadsheets"])
def test_other_products_files_are_read_or_refused_and_never_crash(folder, shared_data):
    outcomes = []
    for path in sorted(p for p in (shared_data / folder).rglob("*") if p.is_file()):
        for read in (read_roster, read_study_records):
            try:
                read(path.read_bytes(), path.name, today=TODAY)
                outcomes.append("read")
            except FileRefused as refusal:
                assert str(refusal)
                outcomes.append(refusal.code)
    assert len(outcomes) > 0
