"""People whom a roster does not name: what became of them, said in bulk with a date, and taken back with the roster."""

from collections.abc import Iterable
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from training import access, audit
from training.errors import BadInput
from training.models import Person, Posting
from training.people import restate
from training.periods import day_of

RESOLUTIONS = ("here", "left", "seconded")


def serving_in(units: Iterable[int]):
    """The main postings of those who serve in the units and of whom no secondment is known."""
    return Posting.objects.current().filter(is_main=True, unit__in=units, seconded_on=None)


@transaction.atomic
def resolve(*, people: Iterable[Person], resolution: str, on: date | None, by, now: datetime, seconded_to: str = "") -> list[int]:
    """Say what became of people; the keys of those concerned.

    `left` ends the posting on a day. `seconded` notes since when and where to: the person stays in the unit and in its
    strict base, what is owed less is an adjustment of its own. `here` changes nothing. Raises BadInput, NotAllowed.
    """
    if resolution not in RESOLUTIONS:
        raise BadInput(_("Choose what became of them."))
    keys = sorted(person.pk for person in people)
    postings = list(
        Posting.objects.select_for_update(of=["self"]).current().filter(is_main=True, person__in=keys).select_related("unit")
    )
    for posting in postings:
        if by is not None:
            access.require(by, "import", posting.unit)
    if resolution != "here":
        _note(postings, resolution, on, seconded_to.strip(), by, now)
    facts = {"resolution": resolution, "people": keys, "on": on.isoformat() if on else "", "to": seconded_to}
    audit.record(actor=by, act="resolve_missing", subject="roster", now=now, facts=facts)
    return keys


def _note(postings: list[Posting], resolution: str, on: date | None, seconded_to: str, by, now: datetime) -> None:
    if on is None or on > day_of(now):
        raise BadInput(_("State the day; it cannot lie in the future."))
    for posting in postings:
        if on < posting.started_on:
            raise BadInput(_("A posting cannot end before it begins (%(date)s)."), date=posting.started_on.isoformat())
        if resolution == "left":
            posting.ended_on, posting.end_reason = on, resolution
        else:
            posting.seconded_on, posting.seconded_to = on, seconded_to[:120]
    restate(postings=postings, now=now, by=by)
