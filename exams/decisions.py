"""Who decided what about an item: the one writer of decisions, their trail, and the question whose hand was in it."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from exams.models import Item, ItemAlert, ItemDecision, ItemVersion
from training import audit

Verb = ItemDecision.Verb
BATCH = 1000


def write_down(items: list[Item], *, by, now, verb, act: str, reason: str = "") -> None:
    """A decision for each item; one event in the audit trail for all."""
    ItemDecision.objects.bulk_create(
        (ItemDecision(item=i, version_id=i.current_id, verb=verb, by=by, at=now, reason=reason) for i in items), batch_size=BATCH
    )
    record_event(items, by=by, now=now, act=act, reason=reason)


def record_event(items: Sequence[Item], *, by, now: datetime, act: str, **facts) -> None:
    """One event about one item or several; the codes of all are in it."""
    if not items:
        return
    facts = {name: value for name, value in facts.items() if value} | {"codes": " ".join(item.code for item in items)}
    subject = f"item:{items[0].pk}" if len(items) == 1 else "items"
    audit.record(actor=by, act=act, subject=subject, now=now, facts=facts)


def settle_alerts(keys: Iterable[int], *, by, now: datetime, resolution: str) -> None:
    """Close what is open about items: they were edited or retired."""
    ItemAlert.objects.filter(item__in=keys, resolved_at=None).update(resolved_at=now, resolved_by=by, resolution=resolution)


def written_by(person, versions: Iterable[int]) -> set[int]:
    """Those of `versions` that the person wrote or had a hand in."""
    versions = list(versions)
    by_hand = ItemVersion.objects.filter(pk__in=versions, created_by=person).values_list("pk", flat=True)
    acts = ItemDecision.objects.filter(version__in=versions, by=person, verb__in=(Verb.WRITTEN, Verb.IMPORTED))
    return set(by_hand) | set(acts.values_list("version", flat=True))
