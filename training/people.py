"""Where people serve and what they are: postings, staff categories, transfers. Rows are superseded, never edited."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from training import access, audit
from training.crypto import blind_index, seal, unseal
from training.errors import BadInput, NotAllowed, WrongState
from training.models import CategoryHolding, Person, Posting, TransferRequest, Unit

POSTING_FACTS = ("inner_office", "post", "post_level", "rank_grade")


def open_posting(person: Person) -> Posting | None:
    """The main posting in which a person serves now."""
    return person.postings.current().filter(is_main=True).select_related("unit").first()


@transaction.atomic
def post(*, person: Person, unit: Unit, started_on: date, now: datetime, by=None, is_main: bool = True, **facts) -> Posting:
    """Enter that a person serves in `unit` from a day on. Raises WrongState while another main posting is open."""
    if is_main and person.postings.current().filter(is_main=True).exists():
        raise WrongState(_("%(name)s still serves elsewhere; a transfer has to be released first."), name=person.name)
    return Posting.objects.create(
        person=person, unit=unit, started_on=started_on, is_main=is_main, entered_at=now, entered_by=by, **facts
    )


def restate(*, postings: list[Posting], now: datetime, by=None) -> None:
    """Enter postings anew with what was set on them; the old rows stay for reports as of then."""
    Posting.objects.filter(pk__in=[posting.pk for posting in postings]).update(superseded_at=now)
    for posting in postings:
        posting.pk, posting._state.adding = None, True
        posting.entered_at, posting.entered_by = now, by
    Posting.objects.bulk_create(postings, batch_size=1000)


@transaction.atomic
def recall(*, person: Person, by, now: datetime) -> Posting:
    """Somebody seconded is back. Raises NotAllowed, and WrongState when no secondment is known."""
    posting = person.postings.select_for_update(of=["self"]).current().filter(is_main=True).select_related("unit").first()
    if posting is not None:
        access.require(by, "import", posting.unit)
    if posting is None or posting.seconded_on is None:
        raise WrongState()
    since, posting.seconded_on, posting.seconded_to = posting.seconded_on, None, ""
    restate(postings=[posting], now=now, by=by)
    facts = {"seconded_on": since.isoformat()}
    audit.record(actor=by, act="recall", subject=f"person:{person.pk}", unit=posting.unit, now=now, facts=facts)
    return posting


@transaction.atomic
def change_posting(*, posting: Posting, now: datetime, by=None, **facts) -> Posting:
    """Supersede a posting by one with other facts (post, level, rank, office); the old row stays for reports as of then."""
    unknown = set(facts) - set(POSTING_FACTS)
    if unknown:
        raise BadInput()
    found = Posting.objects.select_for_update().get(pk=posting.pk)
    if found.superseded_at is not None:
        raise WrongState()
    found.superseded_at = now
    found.save(update_fields=["superseded_at"])
    same = (*POSTING_FACTS, "person_id", "unit_id", "started_on", "ended_on", "is_main", "seconded_on", "seconded_to")
    kept = {name: getattr(found, name) for name in same}
    return Posting.objects.create(**(kept | facts), entered_at=now, entered_by=by)


@transaction.atomic
def end_posting(*, posting: Posting, ended_on: date, reason: str, now: datetime, by=None) -> Posting:
    """End a posting on a day. A day before its beginning is refused."""
    found = Posting.objects.select_for_update().get(pk=posting.pk)
    if found.superseded_at is not None or found.ended_on is not None:
        raise WrongState(_("This posting has ended already."))
    if ended_on < found.started_on:
        raise BadInput(_("A posting cannot end before it begins (%(date)s)."), date=found.started_on.isoformat())
    found.superseded_at = now
    found.save(update_fields=["superseded_at"])
    kept = {name: getattr(found, name) for name in (*POSTING_FACTS, "person_id", "unit_id", "started_on", "is_main")}
    return Posting.objects.create(**kept, ended_on=ended_on, end_reason=reason, entered_at=now, entered_by=by)


@transaction.atomic
def hold_category(*, person: Person, category: str, started_on: date, now: datetime, by=None) -> CategoryHolding:
    """Enter that a person belongs to a staff category from a day on; already holding it changes nothing."""
    held = person.holdings.current().filter(category=category).first()
    if held is not None:
        return held
    return CategoryHolding.objects.create(person=person, category=category, started_on=started_on, entered_at=now, entered_by=by)


@transaction.atomic
def end_category(*, holding: CategoryHolding, ended_on: date, now: datetime, by=None) -> CategoryHolding:
    found = CategoryHolding.objects.select_for_update().get(pk=holding.pk)
    if found.superseded_at is not None or found.ended_on is not None:
        raise WrongState()
    if ended_on < found.started_on:
        raise BadInput(_("A category cannot end before it begins (%(date)s)."), date=found.started_on.isoformat())
    found.superseded_at = now
    found.save(update_fields=["superseded_at"])
    return CategoryHolding.objects.create(
        person_id=found.person_id,
        category=found.category,
        started_on=found.started_on,
        ended_on=ended_on,
        entered_at=now,
        entered_by=by,
    )


SEALED = ("id_number_sealed", "id_number_index", "phone_sealed", "phone_index")


@transaction.atomic
def reseal(*, now: datetime) -> int:
    """Seal everybody's personal numbers anew under the present key; again changes nothing that can be read. How many people."""
    people = list(Person.objects.select_for_update().only(*SEALED).order_by("pk"))
    for person in people:
        number, phone = unseal(person.id_number_sealed), unseal(person.phone_sealed)
        person.id_number_sealed, person.id_number_index = seal(number), blind_index(number)
        person.phone_sealed, person.phone_index = seal(phone), blind_index(phone)
    Person.objects.bulk_update(people, SEALED, batch_size=500)
    audit.record(actor=None, act="reseal", subject="people", now=now, facts={"rows": len(people)})
    return len(people)


@dataclass(slots=True)
class Asked:
    """One person asked for by a unit. `facts` are post, rank and category as the asking unit states them."""

    person: Person
    to_unit: Unit
    effective_on: date
    facts: dict = field(default_factory=dict)


def request_transfer(*, person: Person, to_unit: Unit, effective_on: date, by, now: datetime, facts=None) -> TransferRequest:
    """Ask for a person who serves elsewhere; see `request_transfers`."""
    return request_transfers(asked=[Asked(person, to_unit, effective_on, facts or {})], by=by, now=now)[0]


@transaction.atomic
def request_transfers(*, asked: list[Asked], by, now: datetime) -> list[TransferRequest]:
    """Ask for people who serve elsewhere, all or none. Asking again returns the open request of the same unit.

    Raises WrongState when somebody serves nowhere, is there already, or another unit asked first. Four queries or so.
    """
    if not asked:
        return []
    people = [one.person.pk for one in asked]
    # two units may ask at the same moment
    list(Person.objects.select_for_update(no_key=True).filter(pk__in=people).order_by("pk").values_list("pk"))
    serving = {p.person_id: p for p in Posting.objects.current().filter(is_main=True, person__in=people).select_related("unit")}
    open_requests = {r.person_id: r for r in TransferRequest.objects.open().filter(person__in=people)}
    requests, fresh = [], []
    for one in asked:
        posting, found = serving.get(one.person.pk), open_requests.get(one.person.pk)
        if posting is None or posting.unit_id == one.to_unit.pk:
            raise WrongState()
        if found is None:
            found = TransferRequest(
                person=one.person,
                from_unit=posting.unit,
                to_unit=one.to_unit,
                effective_on=one.effective_on,
                facts=one.facts,
                requested_by=by,
                requested_at=now,
            )
            fresh.append(found)
        elif found.to_unit_id != one.to_unit.pk:
            raise WrongState(_("Another unit has asked for %(name)s already."), name=one.person.name)
        requests.append(found)
    TransferRequest.objects.bulk_create(fresh, batch_size=1000)
    if fresh:
        keys = sorted(request.person_id for request in fresh)
        units = {request.to_unit_id: request.to_unit for request in fresh}
        unit = next(iter(units.values())) if len(units) == 1 else None
        subject = f"person:{keys[0]}" if len(keys) == 1 else "people"
        audit.record(actor=by, act="request_transfer", subject=subject, unit=unit, now=now, facts={"people": keys})
    return requests


@transaction.atomic
def release_transfer(*, request: TransferRequest, by, now: datetime) -> Posting:
    """The old unit or the district lets the person go: the posting ends the day before, the new one begins. History stays."""
    found = (
        TransferRequest.objects.select_for_update(of=["self"]).select_related("person", "from_unit", "to_unit").get(pk=request.pk)
    )
    if by is not None and not access.may(by, "release_transfer", found.from_unit):
        raise NotAllowed()
    if found.state != TransferRequest.State.REQUESTED:
        raise WrongState(_("This request was decided already."))
    posting = open_posting(found.person)
    if posting is None or posting.unit_id != found.from_unit_id:
        raise WrongState(_("The person serves elsewhere by now."))
    last_day = max(found.effective_on - timedelta(days=1), posting.started_on)
    end_posting(posting=posting, ended_on=last_day, reason="moved", now=now, by=by)
    facts = {name: found.facts[name] for name in POSTING_FACTS if name in found.facts}
    started_on = max(found.effective_on, last_day + timedelta(days=1))
    new = post(person=found.person, unit=found.to_unit, started_on=started_on, now=now, by=by, **facts)
    if found.facts.get("category"):
        hold_category(person=found.person, category=found.facts["category"], started_on=started_on, now=now, by=by)
    found.state, found.decided_by, found.decided_at = TransferRequest.State.RELEASED, by, now
    found.save(update_fields=["state", "decided_by", "decided_at"])
    audit.record(actor=by, act="release_transfer", subject=f"person:{found.person_id}", unit=found.from_unit, now=now)
    return new


@transaction.atomic
def refuse_transfer(*, request: TransferRequest, reason: str, by, now: datetime) -> TransferRequest:
    access.require(by, "release_transfer", request.from_unit)
    if not reason.strip():
        raise BadInput(_("State the reason."))
    found = TransferRequest.objects.select_for_update(of=["self"]).select_related("from_unit").get(pk=request.pk)
    if found.state != TransferRequest.State.REQUESTED:
        raise WrongState(_("This request was decided already."))
    found.state, found.decided_by, found.decided_at, found.reason = TransferRequest.State.REFUSED, by, now, reason[:300]
    found.save(update_fields=["state", "decided_by", "decided_at", "reason"])
    audit.record(actor=by, act="refuse_transfer", subject=f"person:{found.person_id}", unit=found.from_unit, now=now)
    return found
