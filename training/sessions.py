"""What makes a held session count. The conditions are data (`SessionRule`); the reasons are named."""

from dataclasses import dataclass, fields
from datetime import date

from training.models import CountedSession, SessionKind, SessionRule, Unit


@dataclass(frozen=True, slots=True)
class SessionFacts:
    """What is known of a session, as registered."""

    unit: Unit
    kind: str
    held_on: date
    title: str
    origin: str
    ended_on: date | None = None
    reference: str = ""
    event: str = ""
    topics: tuple[str, ...] = ()
    lecturer: str = ""
    minutes: int | None = None
    participants: int | None = None
    is_special_training: bool = False
    has_emergency_course: bool = False

    @classmethod
    def of(cls, row) -> "SessionFacts":
        """The facts of a line or an entry."""
        values = {f.name: getattr(row, f.name) for f in fields(cls) if f.name != "topics"}
        return cls(**values, topics=tuple(row.topics))

    def columns(self) -> dict:
        values = {f.name: getattr(self, f.name) for f in fields(self)}
        return values | {"topics": list(self.topics)}

    def as_tuple(self) -> tuple:
        return tuple(getattr(self, f.name) if f.name != "unit" else self.unit.pk for f in fields(self))


def event_key(*, held_on: date, reference: str, title: str, event: str = "") -> str:
    """What makes two registrations the same event: the name given, else the day with its reference, else with its title."""
    return event.strip() or f"{held_on.isoformat()} {(reference or title).strip()}"[:120]


def refusals_of_session(*, facts: SessionFacts, counted_as: list[str]) -> list[dict]:
    """Codes of what the session lacks to count; empty when it counts. Two topics in one meeting are one session."""
    rule = SessionRule.objects.filter(kind=facts.kind, valid_from__lte=facts.held_on).order_by("-valid_from", "-version").first()
    codes = _lacking(facts, rule)
    if counted_as:
        codes.append("event_already_counted")
    return [{"code": code} for code in codes]


def _lacking(facts: SessionFacts, rule: SessionRule | None) -> list[str]:
    if rule is None:
        return []
    checks = (
        (rule.needs_reference and not facts.reference, "no_minutes_reference"),
        (rule.needs_lecturer and not facts.lecturer, "no_lecturer"),
        (rule.needs_topic and not facts.topics, "no_topic"),
        (rule.needs_participants and not facts.participants, "no_attendee_list"),
        (rule.least_minutes and (facts.minutes or 0) < rule.least_minutes, "too_short"),
    )
    return [code for failed, code in checks if failed]


def foretell(lines) -> dict[int, list[str]]:
    """By key of a line: the codes of what it would lack to count if the lines were posted in this order. Two queries."""
    lines = list(lines)
    rules = list(SessionRule.objects.order_by("-valid_from", "-version"))
    known = CountedSession.objects.standing().filter(unit__in={line.unit_id for line in lines}, counts=1)
    known = known.filter(year__in={line.held_on.year for line in lines})
    counted = set(known.values_list("unit_id", "year", "event"))
    found = {}
    for line in lines:
        facts = SessionFacts.of(line)
        named = event_key(held_on=facts.held_on, reference=facts.reference, title=facts.title, event=facts.event)
        event = (line.unit_id, facts.held_on.year, named)
        rule = next((r for r in rules if r.kind == facts.kind and r.valid_from <= facts.held_on), None)
        codes = _lacking(facts, rule) + (["event_already_counted"] if event in counted else [])
        if not codes:
            counted.add(event)
        found[line.pk] = codes
    return found


def special_training_share(sessions) -> tuple[int, int, list[str]]:
    """(trainings, those with the emergency-law course, titles of those without). Source: item 14 of the opinion."""
    trainings = [s for s in sessions if s.is_special_training or s.kind == SessionKind.SPECIAL_TRAINING]
    without = [s.title for s in trainings if not s.has_emergency_course]
    return len(trainings), len(trainings) - len(without), without


def standing_sessions(*, year: int, as_of=None):
    """Sessions of a year that stood at `as_of` (None: now)."""
    sessions = CountedSession.objects.filter(year=year, reverses=None)
    if as_of is None:
        return sessions.filter(reversal=None)
    return sessions.filter(certified_at__lte=as_of).exclude(reversal__certified_at__lte=as_of)
