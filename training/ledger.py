"""The ledger's only writer: hours, counted sessions and attainments are posted here, reversed here, and proved here.
So are the decisions that led to them.

Every entry carries a link of its ledger's hash chain, made with a key; the totals that boards read are kept in the same
transaction. Locking the ledger's head puts all postings in a line, so that caps of a day cannot be outrun, and no hours
slip in between a report's figures and its lock.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from django.db import transaction
from django.db.models import Count, Q, Sum
from django.utils.translation import gettext_lazy as _

from training import crypto, periods
from training.errors import BadInput, ConflictingAward, RuleSetMissing, WrongState
from training.hours import Raw, Refusal, Room, Rules, credit_for
from training.models import (
    Arrangement,
    Attainment,
    Category,
    CountedSession,
    Decision,
    HourRuleSet,
    LedgerHead,
    Mode,
    StudyRecord,
    YearTotal,
)
from training.sessions import SessionFacts, event_key, refusals_of_session

HEADS = ("study", "session", "attainment")
DECISIONS = "decision"  # its head is taken after those of the ledgers and before that of the audit trail, in every act
COUNTED_ONLINE = (Category.PROFESSIONAL, Category.LAW)
TOTAL_FIELDS = {category.value: category.value.lower() for category in Category}
TIMES_FIELDS = {arrangement.value: arrangement.value.lower() for arrangement in Arrangement}
KEPT_FIELDS = (*TOTAL_FIELDS.values(), "online", *TIMES_FIELDS.values())
_IN_CHUNK = 5000


@dataclass(frozen=True, slots=True)
class Study:
    """One person's study of one day, as it is posted. Amount: `minutes`, or `stated` hundredths of a study hour."""

    person_id: int
    studied_on: date
    category: str
    mode: str
    title: str
    origin: str
    minutes: int | None = None
    stated: int | None = None
    half_day: str = ""
    part: int = 1
    arrangement: str = ""
    organiser: str = ""
    course_key: str = ""
    restricted: str = ""
    entered_at: datetime | None = None
    submission_id: int | None = None

    @property
    def key(self):
        return (self.person_id, self.origin, self.part)

    @property
    def raw(self) -> Raw:
        return Raw(mode=self.mode, minutes=self.minutes, stated=self.stated, half_day=self.half_day)

    @property
    def facts(self):
        return (self.studied_on, self.category, self.mode, self.minutes, self.stated, self.half_day)


@dataclass(frozen=True, slots=True)
class Posted:
    """What became of postings: new records, and how many were already there with the same facts."""

    records: Sequence[StudyRecord]
    repeated: int


def award_hours(*, person, studied_on, category, mode, title, origin, now, certified_by=None, late=False, **facts) -> StudyRecord:
    """Credit one completion of one day, once per (person, origin, part).

    Calling again with the same facts returns the first record. Raises ConflictingAward if it was credited with other
    facts, RuleSetMissing, PeriodLocked.
    """
    study = Study(person_id=person.pk, studied_on=studied_on, category=category, mode=mode, title=title, origin=origin, **facts)
    posted = post_hours(studies=[study], now=now, certified_by=certified_by, late=late)
    if posted.records:
        return posted.records[0]
    return StudyRecord.objects.standing().get(person=person, origin=origin, part=study.part)


@transaction.atomic
def post_hours(*, studies: Iterable[Study], now: datetime, certified_by=None, late: bool = False) -> Posted:
    """Post many studies: all, or none and the error. The number of queries depends on the chunks, not on the people.

    Raises BadInput (no amount, or a day in the future), ConflictingAward, RuleSetMissing, PeriodLocked unless `late`.
    """
    studies = list(studies)
    if not studies:
        return Posted((), 0)
    for study in studies:
        _refuse_unusable(study, now)
    head = _lock("study")
    if not late:
        periods.refuse_locked(days={(s.person_id, s.studied_on) for s in studies})
    fresh, repeated = _without_repeats(studies)
    rules = _RulesByDay()
    room = _CreditedSoFar(fresh, rules)
    records = [_record_of(study, revision, rules, room, now, certified_by) for study, revision in fresh]
    _chain(head, records, _canonical_study)
    StudyRecord.objects.bulk_create(records, batch_size=2000)
    _add_to_totals(records)
    return Posted(records, repeated)


@dataclass(frozen=True, slots=True)
class Foretold:
    """What posting a study would do now. `rule_set` None: no rules are in force on its day, and posting is refused.

    `known` is `same` where the completion is credited already (posting again adds nothing), `other` where it is credited
    with other figures (posting is refused), else empty.
    """

    rule_set: HourRuleSet | None
    credit: int = 0
    refusals: tuple[Refusal, ...] = ()
    known: str = ""


def foretell(*, studies: Iterable[Study]) -> list[Foretold]:
    """What `post_hours` would make of each study, in this order, with what is credited already; nothing is written."""
    studies = list(studies)
    credited, _revisions = _credited_facts(studies)
    rules = _RulesByDay()
    room = _CreditedSoFar([(s, 1) for s in studies if s.key not in credited], rules)
    found = []
    for study in studies:
        try:
            rule_set, figures = rules.on(study.studied_on)
        except RuleSetMissing:
            found.append(Foretold(None))
            continue
        if study.key in credited:
            found.append(Foretold(rule_set, known="same" if credited[study.key] == study.facts else "other"))
            continue
        credit = credit_for(raw=study.raw, rules=figures, room=room.room_for(study))
        room.add(study, credit.credit)
        found.append(Foretold(rule_set, credit.credit, credit.refusals))
    return found


@transaction.atomic
def reverse(*, record: StudyRecord, reason: str, by, now: datetime, late: bool = False) -> StudyRecord:
    """Take a record back by an entry of the negative credit; the record itself stays as it is."""
    return reverse_all(records=[record], reason=reason, by=by, now=now, late=late)[0]


@transaction.atomic
def reverse_all(*, records: Sequence[StudyRecord], reason: str, by, now: datetime, late: bool = False) -> list[StudyRecord]:
    """Reverse many records with one reason. Raises WrongState if one is a reversal or was reversed already."""
    if not reason.strip():
        raise BadInput(_("State the reason of the reversal."))
    head = _lock("study")
    if not late:
        periods.refuse_locked(days={(r.person_id, r.studied_on) for r in records})
    taken = set(StudyRecord.objects.filter(reverses__in=[r.pk for r in records]).values_list("reverses_id", flat=True))
    reversals = []
    for record in records:
        if record.reverses_id or record.pk in taken:
            raise WrongState(_("This record was already reversed."))
        reversals.append(
            StudyRecord(
                **{name: getattr(record, name) for name in _COPIED},
                credit=-record.credit,
                reverses=record,
                revision=record.revision,
                entered_at=now,
                certified_at=now,
                certified_by=by,
                reason=reason[:300],
            )
        )
    _chain(head, reversals, _canonical_study)
    StudyRecord.objects.bulk_create(reversals, batch_size=2000)
    _add_to_totals(reversals)
    return reversals


_COPIED = (
    "person_id",
    "year",
    "studied_on",
    "category",
    "mode",
    "arrangement",
    "title",
    "organiser",
    "course_key",
    "minutes",
    "stated",
    "half_day",
    "rule_set_id",
    "origin",
    "part",
    "submission_id",
    "restricted",
)


@transaction.atomic
def post_session(*, facts: SessionFacts, now: datetime, certified_by=None, submission=None, late: bool = False) -> CountedSession:
    """Post a session a body held; it counts 1, or 0 with the reasons named.

    One event counts once, whatever it is called. Posting the same facts again returns the first entry. Raises
    ConflictingAward for other facts under the same origin, PeriodLocked unless `late`.
    """
    head = _lock("session")
    if not late:
        periods.refuse_locked_unit(unit=facts.unit, day=facts.held_on)
    named = event_key(held_on=facts.held_on, reference=facts.reference, title=facts.title, event=facts.event)
    facts = replace(facts, event=named)
    standing = CountedSession.objects.filter(unit=facts.unit, origin=facts.origin, reverses=None)
    last = standing.order_by("-revision").select_related("reversal").first()
    if last is not None and getattr(last, "reversal", None) is None:
        if SessionFacts.of(last) != facts:
            raise ConflictingAward()
        return last
    same_event = CountedSession.objects.standing().filter(
        unit=facts.unit, held_on__year=facts.held_on.year, event=facts.event, counts=1
    )
    refusals = refusals_of_session(facts=facts, counted_as=[s.kind for s in same_event])
    entry = CountedSession(
        **facts.columns(),
        year=facts.held_on.year,
        counts=0 if refusals else 1,
        refusals=refusals,
        revision=last.revision + 1 if last else 1,
        submission=submission,
        entered_at=now,
        certified_at=now,
        certified_by=certified_by,
    )
    _chain(head, [entry], _canonical_session)
    entry.save(force_insert=True)
    return entry


@transaction.atomic
def reverse_session(*, session: CountedSession, reason: str, by, now: datetime, late: bool = False) -> CountedSession:
    """Take a session back. Raises WrongState if it was reversed already."""
    head = _lock("session")
    if not late:
        periods.refuse_locked_unit(unit=session.unit, day=session.held_on)
    if session.reverses_id or CountedSession.objects.filter(reverses=session).exists():
        raise WrongState(_("This record was already reversed."))
    entry = CountedSession(
        **SessionFacts.of(session).columns(),
        year=session.year,
        counts=-session.counts,
        reverses=session,
        revision=session.revision,
        submission_id=session.submission_id,
        entered_at=now,
        certified_at=now,
        certified_by=by,
        reason=reason[:300],
    )
    _chain(head, [entry], _canonical_session)
    entry.save(force_insert=True)
    return entry


@transaction.atomic
def post_attainments(*, attainments: Sequence[Attainment], now: datetime, certified_by=None) -> tuple[list[Attainment], int]:
    """Post unsaved attainments; the same one again is left alone. Raises ConflictingAward when its facts differ."""
    head = _lock("attainment")
    standing = {}
    people = {a.person_id for a in attainments}
    for chunk in _chunks(sorted(people)):
        for entry in Attainment.objects.filter(person_id__in=chunk, reverses=None).select_related("reversal"):
            key = (entry.person_id, entry.kind_id, entry.origin)
            if key not in standing or standing[key].revision < entry.revision:
                standing[key] = entry
    fresh = []
    for entry in attainments:
        last = standing.get((entry.person_id, entry.kind_id, entry.origin))
        if last is not None and getattr(last, "reversal", None) is None:
            if _attainment_facts(last) != _attainment_facts(entry):
                raise ConflictingAward()
            continue
        entry.revision = last.revision + 1 if last else 1
        entry.entered_at = entry.certified_at = now
        entry.certified_by = certified_by
        fresh.append(entry)
    _chain(head, fresh, _canonical_attainment)
    Attainment.objects.bulk_create(fresh, batch_size=2000)
    return fresh, len(attainments) - len(fresh)


@transaction.atomic
def reverse_attainment(*, attainment: Attainment, reason: str, by, now: datetime) -> Attainment:
    head = _lock("attainment")
    if attainment.reverses_id or Attainment.objects.filter(reverses=attainment).exists():
        raise WrongState(_("This record was already reversed."))
    names = ("person_id", "kind_id", "origin", "title", "document_no", "score", "is_passed", "valid_from", "valid_to")
    entry = Attainment(
        **{name: getattr(attainment, name) for name in names},
        reverses=attainment,
        revision=attainment.revision,
        submission_id=attainment.submission_id,
        entered_at=now,
        certified_at=now,
        certified_by=by,
        reason=reason[:300],
    )
    _chain(head, [entry], _canonical_attainment)
    entry.save(force_insert=True)
    return entry


@transaction.atomic
def post_decision(*, submission, act: str, by, at: datetime, reason: str = "", lines: int = 0) -> Decision:
    """Add a decision on a submission to the chain of decisions."""
    head = _lock(DECISIONS)
    decision = Decision(submission=submission, act=act, by=by, at=at, reason=reason[:300], lines=lines)
    _chain(head, [decision], _canonical_decision)
    decision.save(force_insert=True)
    return decision


# --- how a posting is made ------------------------------------------------------------------------------------------


def _refuse_unusable(study: Study, now: datetime) -> None:
    if study.minutes is None and study.stated is None:
        raise BadInput(_("A study needs its minutes or its hours."))
    if (study.minutes or 0) < 0 or (study.stated or 0) < 0:
        raise BadInput(_("Hours cannot be negative."))
    if study.studied_on > periods.day_of(now):
        raise BadInput(_("%(date)s lies in the future."), date=study.studied_on.isoformat())


def hold_still() -> None:
    """Let nobody post until this transaction ends, so that a report's figures and its lock are of one instant.

    Whoever posts meanwhile waits here and then finds the period locked: postings ask for the lock of a period only after
    they hold the head of their ledger. Heads are taken in one order, so that two who hold still never wait for each other.
    """
    for ledger in HEADS:
        _lock(ledger)


def _lock(ledger: str) -> LedgerHead:
    LedgerHead.objects.get_or_create(ledger=ledger, defaults={"seal": crypto.seal_of_head(ledger, 0, "")})
    return LedgerHead.objects.select_for_update().get(ledger=ledger)


def _chunks(values: Sequence, size: int = _IN_CHUNK):
    for start in range(0, len(values), size):
        yield values[start : start + size]


def _credited_facts(studies: list[Study]) -> tuple[dict[tuple, tuple], dict[tuple, int]]:
    """By key of a study: the facts it stands in the ledger with, and the last revision it ever had."""
    known, revisions = {}, {}
    origins = sorted({s.origin for s in studies})
    people = sorted({s.person_id for s in studies})
    name, values = ("origin__in", origins) if len(origins) <= len(people) else ("person_id__in", people)
    for chunk in _chunks(values):
        rows = StudyRecord.objects.filter(**{name: chunk}, reverses=None).values_list(
            "person_id",
            "origin",
            "part",
            "revision",
            "reversal",
            "studied_on",
            "category",
            "mode",
            "minutes",
            "stated",
            "half_day",
        )
        for person_id, origin, part, revision, reversal, *facts in rows:
            key = (person_id, origin, part)
            revisions[key] = max(revision, revisions.get(key, 0))
            if reversal is None:
                known[key] = tuple(facts)
    return known, revisions


def _without_repeats(studies: list[Study]) -> tuple[list[tuple[Study, int]], int]:
    """Studies not yet in the ledger with their revision, and how many already were."""
    known, revisions = _credited_facts(studies)
    fresh, repeated, seen = [], 0, {}
    for study in studies:
        key = study.key
        there = known.get(key) or seen.get(key)
        if there is None:
            fresh.append((study, revisions.get(key, 0) + 1))
            seen[key] = study.facts
        elif there == study.facts:
            repeated += 1
        else:
            raise ConflictingAward(
                _("“%(title)s” of %(date)s was already credited with other figures."),
                title=study.title,
                date=study.studied_on.isoformat(),
            )
    return fresh, repeated


class _RulesByDay:
    """The rule set in force on a day, read once."""

    def __init__(self):
        self._sets = [(s, Rules.of(s)) for s in HourRuleSet.objects.order_by("-valid_from", "-version")]
        self._by_day = {}

    def on(self, day: date):
        if day not in self._by_day:
            for rule_set, rules in self._sets:
                if rule_set.valid_from <= day and (rule_set.valid_to is None or day <= rule_set.valid_to):
                    self._by_day[day] = (rule_set, rules)
                    break
            else:
                raise RuleSetMissing(date=day.isoformat())
        return self._by_day[day]

    def any_annual_caps(self) -> bool:
        return any(rules.annual_caps for _, rules in self._sets)


class _CreditedSoFar:
    """What the ledger already credits to the people of a batch on its days, and then what the batch itself adds."""

    def __init__(self, fresh, rules: _RulesByDay):
        self.day = defaultdict(int)
        self.half = defaultdict(int)
        self.mode_year = defaultdict(int)
        self.courses = set()
        people = sorted({s.person_id for s, _ in fresh})
        days = sorted({s.studied_on for s, _ in fresh})
        years = sorted({d.year for d in days})
        keys = sorted({s.course_key for s, _ in fresh if s.course_key})
        for chunk in _chunks(people):
            rows = StudyRecord.objects.filter(person_id__in=chunk, studied_on__in=days)
            for person_id, day, half, credit in rows.values_list("person_id", "studied_on", "half_day").annotate(Sum("credit")):
                self.day[person_id, day] += credit
                if half:
                    self.half[person_id, day, half] += credit
            if rules.any_annual_caps():
                rows = StudyRecord.objects.filter(person_id__in=chunk, year__in=years)
                for person_id, year, mode, credit in rows.values_list("person_id", "year", "mode").annotate(Sum("credit")):
                    self.mode_year[person_id, year, mode] += credit
            if keys:
                rows = StudyRecord.objects.standing().filter(person_id__in=chunk, year__in=years, course_key__in=keys)
                for person_id, year, key, origin in rows.values_list("person_id", "year", "course_key", "origin"):
                    self.courses.add((person_id, year, key, origin))

    def room_for(self, study: Study) -> Room:
        year = study.studied_on.year
        others = study.course_key and any(
            (study.person_id, year, study.course_key) == course[:3] and course[3] != study.origin for course in self.courses
        )
        return Room(
            half_day=self.half[study.person_id, study.studied_on, study.half_day] if study.half_day else 0,
            day=self.day[study.person_id, study.studied_on],
            mode_year=self.mode_year[study.person_id, year, study.mode],
            is_repeat=bool(others),
        )

    def add(self, study: Study, credit: int) -> None:
        self.day[study.person_id, study.studied_on] += credit
        if study.half_day:
            self.half[study.person_id, study.studied_on, study.half_day] += credit
        self.mode_year[study.person_id, study.studied_on.year, study.mode] += credit
        if study.course_key:
            self.courses.add((study.person_id, study.studied_on.year, study.course_key, study.origin))


def _record_of(study: Study, revision: int, rules: _RulesByDay, room: _CreditedSoFar, now, certified_by) -> StudyRecord:
    rule_set, figures = rules.on(study.studied_on)
    credited = credit_for(raw=study.raw, rules=figures, room=room.room_for(study))
    room.add(study, credited.credit)
    return StudyRecord(
        person_id=study.person_id,
        year=study.studied_on.year,
        studied_on=study.studied_on,
        category=study.category,
        mode=study.mode,
        arrangement=study.arrangement,
        title=study.title,
        organiser=study.organiser,
        course_key=study.course_key,
        minutes=study.minutes,
        stated=study.stated,
        half_day=study.half_day,
        credit=credited.credit,
        refusals=[refusal.as_dict() for refusal in credited.refusals],
        rule_set_id=rule_set.pk,
        origin=study.origin,
        part=study.part,
        revision=revision,
        submission_id=study.submission_id,
        restricted=study.restricted,
        entered_at=study.entered_at or now,
        certified_at=now,
        certified_by=certified_by,
    )


def _add_to_totals(records: Sequence[StudyRecord]) -> None:
    """Keep the totals of the people concerned. Restricted records stay outside until their kind is opened."""
    added = defaultdict(lambda: defaultdict(int))
    for record in records:
        if record.restricted:
            continue
        sums = added[record.person_id, record.year]
        sums[TOTAL_FIELDS[record.category]] += record.credit
        if record.mode == Mode.ONLINE and record.category in COUNTED_ONLINE:
            sums["online"] += record.credit
        if record.arrangement and record.part == 1:
            sums[TIMES_FIELDS[record.arrangement]] += -1 if record.reverses_id else 1
    totals = {}
    people = sorted({person_id for person_id, _ in added})
    for chunk in _chunks(people):
        for total in YearTotal.objects.filter(person_id__in=chunk, year__in={year for _person, year in added}):
            totals[total.person_id, total.year] = total
    fresh, changed = [], []
    for (person_id, year), sums in added.items():
        total = totals.get((person_id, year))
        if total is None:
            total = YearTotal(person_id=person_id, year=year)
            fresh.append(total)
        else:
            changed.append(total)
        for name, credit in sums.items():
            setattr(total, name, getattr(total, name) + credit)
    YearTotal.objects.bulk_create(fresh, batch_size=2000)
    YearTotal.objects.bulk_create(
        [_without_key(total) for total in changed],
        batch_size=2000,
        update_conflicts=True,
        unique_fields=["year", "person"],
        update_fields=KEPT_FIELDS,
    )


def _without_key(total: YearTotal) -> YearTotal:
    """A copy without key, for an upsert on (year, person): one statement per batch instead of one per row."""
    copy = YearTotal(person_id=total.person_id, year=total.year)
    for name in KEPT_FIELDS:
        setattr(copy, name, getattr(total, name))
    return copy


# --- the chains -----------------------------------------------------------------------------------------------------


def _chain(head: LedgerHead, entries: Sequence, canonical) -> None:
    sequence, link = head.sequence, head.link
    for entry in entries:
        sequence += 1
        entry.sequence = sequence
        entry.link = link = crypto.link(link, canonical(entry))
    head.sequence, head.link = sequence, link
    head.seal = _seal_of(head)
    head.save(update_fields=["sequence", "link", "seal"])


def _seal_of(head: LedgerHead) -> str:
    return crypto.seal_of_head(head.ledger, head.sequence, head.link)


def _text(*values) -> str:
    return "\x1f".join("" if v is None else str(v) for v in values)


def _refused(refusals: list[dict]) -> str:
    # sorted: an engine may keep the keys of a JSON object in an order of its own
    return json.dumps(refusals, ensure_ascii=False, sort_keys=True, separators=(",", ":")) if refusals else ""


def _instant(value: datetime) -> str:
    return value.astimezone(UTC).isoformat()


def _canonical_study(r: StudyRecord) -> str:
    return _text(
        r.sequence,
        r.person_id,
        r.studied_on,
        r.category,
        r.mode,
        r.arrangement,
        r.title,
        r.organiser,
        r.course_key,
        r.minutes,
        r.stated,
        r.half_day,
        r.credit,
        _refused(r.refusals),
        r.rule_set_id,
        r.origin,
        r.part,
        r.revision,
        r.reverses_id,
        r.restricted,
        r.reason,
        r.submission_id,
        _instant(r.entered_at),
        _instant(r.certified_at),
        r.certified_by_id,
    )


def _canonical_session(s: CountedSession) -> str:
    return _text(
        s.sequence,
        *SessionFacts.of(s).as_tuple(),
        s.counts,
        _refused(s.refusals),
        s.revision,
        s.reverses_id,
        s.reason,
        s.submission_id,
        _instant(s.entered_at),
        _instant(s.certified_at),
        s.certified_by_id,
    )


def _attainment_facts(a: Attainment) -> tuple:
    return (a.title, a.document_no, a.score, a.is_passed, a.valid_from, a.valid_to)


def _canonical_attainment(a: Attainment) -> str:
    return _text(
        a.sequence,
        a.person_id,
        a.kind_id,
        a.origin,
        *_attainment_facts(a),
        a.revision,
        a.reverses_id,
        a.reason,
        a.submission_id,
        _instant(a.entered_at),
        _instant(a.certified_at),
        a.certified_by_id,
    )


def _canonical_decision(d: Decision) -> str:
    return _text(d.sequence, d.submission_id, d.act, d.by_id, _instant(d.at), d.reason, d.lines)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome of a proof: how many entries were read, the digest they end in, and the first one that is wrong."""

    entries: int
    digest: str
    broken: str | None = None


def verify(*, progress=None) -> Verdict:
    """Recompute every chain and every total. `broken` names the first entry that does not fit."""
    entries, digests = 0, []
    for ledger, model, canonical in (
        ("study", StudyRecord, _canonical_study),
        ("session", CountedSession, _canonical_session),
        ("attainment", Attainment, _canonical_attainment),
        (DECISIONS, Decision, _canonical_decision),
    ):
        count, link = 0, ""
        for entry in model.objects.order_by("sequence").iterator(chunk_size=5000):
            count += 1
            link = crypto.link(link, canonical(entry))
            if entry.sequence != count or entry.link != link:
                return Verdict(entries + count, "", f"{ledger} #{count}")
            if progress and count % 20000 == 0:
                progress(entries + count)
        head = LedgerHead.objects.filter(ledger=ledger).first()
        if (head.sequence, head.link, head.seal) != (count, link, _seal_of(head)) if head else count:
            return Verdict(entries + count, "", f"{ledger} #{count + 1}")
        entries += count
        digests.append(link)
    wrong = _first_wrong_total()
    return Verdict(entries, head_digest(), wrong) if wrong is None else Verdict(entries, "", wrong)


def head_digest() -> str:
    """One short digest of where all chains stand; printed on every report and shown to the auditor."""
    heads = LedgerHead.objects.filter(ledger__in=HEADS).order_by("ledger").values_list("ledger", "sequence", "link")
    return crypto.link("", _text(*(value for head in heads for value in head)))[:32]


def _first_wrong_total() -> str | None:
    sums = {name: Sum("credit", filter=Q(category=category), default=0) for category, name in TOTAL_FIELDS.items()}
    sums["online"] = Sum("credit", filter=Q(mode=Mode.ONLINE, category__in=COUNTED_ONLINE), default=0)
    for arrangement, name in TIMES_FIELDS.items():
        first = Q(arrangement=arrangement, part=1)
        sums[name] = Count("pk", filter=first & Q(reverses=None)) - Count("pk", filter=first & Q(reverses__isnull=False))
    kept = {
        (t[0], t[1]): t[2:] for t in YearTotal.objects.values_list("person_id", "year", *KEPT_FIELDS).iterator(chunk_size=5000)
    }
    rows = StudyRecord.objects.filter(restricted="").values("person_id", "year").annotate(**sums)
    for row in rows.order_by("person_id", "year").iterator(chunk_size=5000):
        expected = tuple(row[name] for name in KEPT_FIELDS)
        if kept.pop((row["person_id"], row["year"]), (0,) * len(KEPT_FIELDS)) != expected:
            return f"total {row['person_id']} {row['year']}"
    for (person_id, year), values in kept.items():
        if any(values):
            return f"total {person_id} {year}"
    return None


__all__ = [
    "Posted",
    "Study",
    "Verdict",
    "award_hours",
    "head_digest",
    "hold_still",
    "post_attainments",
    "post_decision",
    "post_hours",
    "post_session",
    "reverse",
    "reverse_all",
    "reverse_attainment",
    "reverse_session",
    "verify",
]
