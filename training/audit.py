"""The audit trail: one writer, a keyed chain, nothing edited."""

import json
from contextvars import ContextVar
from datetime import UTC, datetime

from django.db import transaction

from training import crypto
from training.models import AuditEvent, AuditHead

request_address: ContextVar[str] = ContextVar("request_address", default="")


def _canonical(*, sequence, at, actor_id, act, subject, unit_code, facts, commitment, address) -> str:
    return json.dumps(
        [sequence, at.astimezone(UTC).isoformat(), actor_id, act, subject, unit_code, facts, commitment, address],
        ensure_ascii=False,
        sort_keys=True,
        separators=(",", ":"),
    )


@transaction.atomic
def record(*, actor, act: str, subject: str, now: datetime, unit=None, facts: dict | None = None, personal: dict | None = None):
    """Add one event. `personal` holds what may one day be erased; the chain keeps only its commitment."""
    head, _ = AuditHead.objects.select_for_update().get_or_create(pk=1)
    personal = personal or {}
    fields = {
        "sequence": head.sequence + 1,
        "at": now,
        "act": act,
        "subject": subject,
        "unit_code": unit.code if unit is not None else "",
        "facts": facts or {},
        "commitment": crypto.commitment(json.dumps(personal, ensure_ascii=False, sort_keys=True)) if personal else "",
        "address": request_address.get(),
    }
    actor_id = actor.pk if actor is not None and actor.is_authenticated else None
    link = crypto.link(head.link, _canonical(actor_id=actor_id, **fields))
    event = AuditEvent.objects.create(actor_id=actor_id, personal=personal, link=link, **fields)
    head.sequence, head.link = event.sequence, link
    head.save(update_fields=["sequence", "link"])
    return event


def first_broken() -> str | None:
    """The first event that does not fit the chain, in words; None when all do."""
    previous, count = "", 0
    for event in AuditEvent.objects.order_by("sequence").iterator(chunk_size=5000):
        count += 1
        expected = crypto.link(
            previous,
            _canonical(
                sequence=event.sequence,
                at=event.at,
                actor_id=event.actor_id,
                act=event.act,
                subject=event.subject,
                unit_code=event.unit_code,
                facts=event.facts,
                commitment=event.commitment,
                address=event.address,
            ),
        )
        if event.sequence != count or event.link != expected:
            return f"audit #{count}"
        if event.personal and event.commitment != crypto.commitment(
            json.dumps(event.personal, ensure_ascii=False, sort_keys=True)
        ):
            return f"audit #{count}"
        previous = event.link
    head = AuditHead.objects.filter(pk=1).first()
    if head is not None and (head.sequence, head.link) != (count, previous):
        return f"audit #{count + 1}"
    return None
