"""Counted sessions of a body: pre-meeting law study, lectures, special classes and the rest, from the ledger an office keeps."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from .amounts import parse_count, parse_hours
from .dates import PartialDate, parse_date, parse_range
from .headers import SESSIONS
from .layout import Overrides, Table
from .people import Cells, Reading, finished, open_tables
from .problems import Problem
from .records import result_of
from .roster import unit_path
from .texts import clean_text

KINDS = (  # the first pattern that fits: a lecture held before a meeting is named by the meeting
    (re.compile(r"会前学法|会前集体学法|常务会.*学法|办公会.*学法"), "PRE_MEETING"),
    (re.compile(r"中心组"), "CENTRE_GROUP"),
    (re.compile(r"旁听|庭审"), "HEARING"),
    (re.compile(r"年终述法|述法"), "YEAR_END_LAW_REPORT"),
    (re.compile(r"述职"), "TOWN_DUTY_REPORT"),
    (re.compile(r"巡回指导|现场指导"), "ITINERANT_GUIDE"),
    (re.compile(r"带头讲法|领导.*讲法|讲法"), "LEADER_TEACH"),
    (re.compile(r"专题班|研讨班|处级.*班"), "SPECIAL_CLASS"),
    (re.compile(r"依法行政.*培训|专题培训"), "SPECIAL_TRAINING"),
    (re.compile(r"讲座"), "LECTURE"),
)
_KIND_CODES = frozenset(code for _, code in KINDS)
_PARTS = re.compile(r"[、；;\n]|(?<=》)[,，]?(?=《)")


@dataclass(slots=True)
class SessionRow:
    """One session as the file has it. `kind` is None where the words name none and the caller gave none."""

    sheet: str | None
    row: int
    unit_text: str = ""
    kind: str | None = None
    kind_text: str = ""
    held: PartialDate | None = None
    ended: PartialDate | None = None
    title: str = ""
    reference: str = ""
    topics: list[str] = field(default_factory=list)
    laws: list[str] = field(default_factory=list)
    lecturer: str = ""
    lecturer_post: str = ""
    minutes: int | None = None
    participants: int | None = None
    event: str = ""
    has_emergency_course: bool | None = None
    is_special_training: bool | None = None
    place: str = ""
    remarks: str = ""
    hidden: bool = False
    issues: list[Problem] = field(default_factory=list)


class SessionReading(Reading):
    """`rows` are SessionRow."""


def read_sessions(content: bytes, filename: str, *, today: date, overrides: Mapping | Overrides | None = None) -> SessionReading:
    """Read counted sessions. A row without a full date, in the future, or without any name is refused."""
    book, tables, understanding, chosen = open_tables(content, SESSIONS, overrides)
    reading = SessionReading(filename, understanding)
    for table in tables:
        year = chosen.year or table.title_year
        for number, row in table.data_rows(_is_plain):
            _read_row(table, Cells(table, number, row), reading, today, book.date_1904, year)
    return finished(reading)


def _is_plain(table: Table):
    return lambda row: False


def _read_row(table: Table, cells: Cells, reading: SessionReading, today: date, date_1904: bool, year: int | None):
    session = SessionRow(table.sheet.name, cells.number, hidden=cells.number in table.sheet.hidden_rows)
    span = parse_range(cells.get("held"), year=year, date_1904=date_1904)
    code = next((code for code in span.codes if code != "year_inferred_from_title"), None)
    if span.start is None or not span.start.is_exact or span.start.first_day > today:
        code = code or (
            "date_missing" if span.start is None else "date_ambiguous" if not span.start.is_exact else "date_implausible"
        )
        reading.refused.append(cells.refuse(code, "held"))
        return
    for noted in span.codes:
        cells.warn(noted, "held", year=year, date=str(span.start))
    session.held, session.ended = span.start, span.end if span.end != span.start else None
    if "ended" in cells.places and cells.get("ended") != "":
        session.ended, code = parse_date(cells.get("ended"), date_1904=date_1904)
        if code or (session.ended and session.ended.last_day < session.held.first_day):
            cells.warn(code or "date_range_reversed", "ended", date=str(session.ended or ""))
            session.ended = session.ended if code == "date_from_serial" else None
    _words(session, cells, table)
    if not (session.title or session.reference):
        reading.refused.append(cells.refuse("title_missing", "title" if "title" in cells.places else "topics"))
        return
    session.issues = cells.issues
    reading.rows.append(session)


def _words(session: SessionRow, cells: Cells, table: Table):
    for role in ("title", "reference", "lecturer", "lecturer_post", "event", "place", "remarks"):
        setattr(session, role, re.sub(r"\s*\n\s*", "", cells.text(role)))
    session.unit_text = unit_path(cells.get("unit")) if "unit" in cells.places else table.fallback_unit()
    session.topics, session.laws = listed(cells.text("topics")), listed(cells.text("laws"))
    session.title = session.title or "、".join(session.topics or session.laws)
    session.kind_text = cells.text("kind")
    session.kind = kind_of_session(session.kind_text or session.title)
    if session.kind is None:
        cells.warn("kind_unknown" if session.kind_text else "kind_missing", "kind")
    if "minutes" in cells.places and cells.get("minutes") != "":
        amount = parse_hours(cells.get("minutes"), unit="minutes")
        session.minutes = amount.minutes
        if amount.minutes is None:
            cells.warn("number_invalid", "minutes")
    session.minutes = session.minutes or parse_range(cells.get("held")).minutes
    session.participants, code = parse_count(cells.get("participants"))
    if code:
        cells.warn(code, "participants")
    if "emergency" in cells.places:
        session.has_emergency_course = said_yes(cells.get("emergency"))
    if "special" in cells.places:
        session.is_special_training = said_yes(cells.get("special"))


def listed(text: str) -> list[str]:
    """Topics or laws of one cell, apart."""
    return [part.strip(" ,，。") for part in _PARTS.split(text) if part.strip(" ,，。")]


def kind_of_session(text: str) -> str | None:
    """The code of the kind, or None where the words name none."""
    text = clean_text(text)
    if text.upper() in _KIND_CODES:
        return text.upper()
    return next((code for pattern, code in KINDS if pattern.search(text)), None)


def said_yes(value) -> bool | None:
    """Yes, no, or nothing said. Words other than a plain no (the course's name, say) mean yes."""
    verdict = result_of(value)
    if verdict is not None:
        return verdict
    text = clean_text(value)
    if not text or text in ("/", "-", "—"):
        return None
    return not re.match(r"^(?:否|无|没有|未|不含|不)", text)
