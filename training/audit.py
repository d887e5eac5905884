"""The audit trail: one writer, a keyed chain, nothing edited."""

import json
from collections.abc import Iterable
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, date, datetime

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy

from training import crypto
from training.models import AdjustmentReason, AuditEvent, AuditHead, Person, RoleName, Submission, Unit
from training.periods import end_of, start_of
from training.wording import hours_text

# what each act is called where people read the trail; one that is not named here is shown by its code
ACTS = {
    "sign_in": gettext_lazy("signed in"),
    "sign_in_failed": gettext_lazy("failed to sign in"),
    "sign_in_locked": gettext_lazy("tried to sign in while locked"),
    "sign_out": gettext_lazy("signed out"),
    "activate": gettext_lazy("activated the account"),
    "change_password": gettext_lazy("changed the password"),
    "issue_activation_code": gettext_lazy("issued an activation code"),
    "issue_activation_codes": gettext_lazy("issued activation codes"),
    "unlock_account": gettext_lazy("unlocked an account"),
    "open_account": gettext_lazy("opened an account"),
    "close_account": gettext_lazy("closed an account"),
    "make_token": gettext_lazy("made an access token"),
    "end_tokens": gettext_lazy("ended access tokens"),
    "grant_role": gettext_lazy("gave a role"),
    "revoke_role": gettext_lazy("took a role back"),
    "see_statement": gettext_lazy("looked at a statement"),
    "see_evidence": gettext_lazy("looked at evidence"),
    "import_people": gettext_lazy("imported a roster"),
    "resolve_missing": gettext_lazy("settled who is missing in a roster"),
    "import_hours": gettext_lazy("imported study records"),
    "import_sessions": gettext_lazy("imported counted sessions"),
    "import_attainments": gettext_lazy("imported attainments"),
    "import_adjustments": gettext_lazy("imported adjustments"),
    "undo_import": gettext_lazy("undid an import"),
    "discard_import": gettext_lazy("discarded an import"),
    "export_marked": gettext_lazy("exported a marked workbook"),
    "certify": gettext_lazy("certified a batch"),
    "settle_held": gettext_lazy("settled held lines"),
    "revoke": gettext_lazy("revoked a batch"),
    "withdraw_batch": gettext_lazy("took a batch back"),
    "adjust": gettext_lazy("entered an adjustment"),
    "confirm_adjustment": gettext_lazy("confirmed an adjustment"),
    "refuse_adjustment": gettext_lazy("refused an adjustment"),
    "withdraw_adjustment": gettext_lazy("withdrew an adjustment"),
    "request_transfer": gettext_lazy("asked for a transfer"),
    "release_transfer": gettext_lazy("released a transfer"),
    "refuse_transfer": gettext_lazy("refused a transfer"),
    "recall": gettext_lazy("ended a secondment"),
    "open_year": gettext_lazy("opened a year"),
    "change_requirement": gettext_lazy("changed a requirement"),
    "set_closing_dates": gettext_lazy("set closing dates"),
    "submit_report": gettext_lazy("submitted a report"),
    "accept_report": gettext_lazy("accepted a report"),
    "return_report": gettext_lazy("returned a report"),
    "amend_report": gettext_lazy("amended a report"),
    "export_draft": gettext_lazy("exported a draft report"),
    "export_summary": gettext_lazy("exported the summary"),
    "export_report": gettext_lazy("exported a report"),
    "export_reports": gettext_lazy("exported the reports"),
    "verify_ledger": gettext_lazy("checked the ledger"),
    "export_audit": gettext_lazy("exported the audit trail"),
    "export_list": gettext_lazy("exported a list"),
    "fetch_job_file": gettext_lazy("fetched the files of a job"),
    "reseal": gettext_lazy("sealed personal numbers under a new key"),
    "back_up": gettext_lazy("made a backup"),
    "restore": gettext_lazy("restored a backup"),
    "write_item": gettext_lazy("wrote a question"),
    "revise_item": gettext_lazy("revised a question"),
    "import_items": gettext_lazy("imported questions"),
    "submit_item": gettext_lazy("handed questions in for review"),
    "approve_item": gettext_lazy("approved questions"),
    "return_item": gettext_lazy("returned questions"),
    "retire_item": gettext_lazy("retired questions"),
    "restore_item": gettext_lazy("restored questions"),
    "reclassify_item": gettext_lazy("reclassified questions"),
    "confirm_item": gettext_lazy("confirmed questions under a new text"),
    "see_items": gettext_lazy("looked at exam-only questions"),
    "export_items": gettext_lazy("exported exam-only questions"),
    "mark_enmity": gettext_lazy("marked questions as giving each other away"),
    "tell_apart": gettext_lazy("told two questions apart"),
    "take_scorm_package": gettext_lazy("took a SCORM package"),
    "add_package_lesson": gettext_lazy("made a SCORM package a lesson"),
    "make_blueprint": gettext_lazy("made a blueprint"),
    "change_blueprint": gettext_lazy("changed a blueprint"),
    "draw_papers": gettext_lazy("drew papers"),
    "see_paper": gettext_lazy("looked at a paper"),
    "export_paper": gettext_lazy("printed a paper"),
    "export_papers": gettext_lazy("printed all papers of a draw"),
    "import_law": gettext_lazy("imported a law"),
    "repeal_law": gettext_lazy("took a law out of force"),
    "create_must_know": gettext_lazy("made a must-know list of laws"),
    "change_must_know": gettext_lazy("changed a must-know list of laws"),
    "plan_class": gettext_lazy("planned a class"),
    "change_class": gettext_lazy("changed a class"),
    "change_timetable": gettext_lazy("changed a timetable"),
    "approve_class": gettext_lazy("approved a class"),
    "cancel_class": gettext_lazy("cancelled a class"),
    "close_class": gettext_lazy("closed a class"),
    "enrol": gettext_lazy("enrolled people"),
    "decide_leave": gettext_lazy("decided on leave"),
    "hand_out": gettext_lazy("handed out material"),
    "mark_attendance": gettext_lazy("marked attendance by hand"),
    "revoke_attendance": gettext_lazy("revoked an attendance"),
    "retire_lecturer": gettext_lazy("retired a lecturer"),
    "set_quiz": gettext_lazy("set the questions of a quiz"),
    "session_plan": gettext_lazy("planned a session"),
    "session_move": gettext_lazy("moved a session"),
    "session_cancel": gettext_lazy("cancelled a session"),
    "session_material": gettext_lazy("handed in the material of a session"),
    "session_review": gettext_lazy("reviewed the material of a session"),
    "session_return": gettext_lazy("sent the material of a session back"),
    "session_hold": gettext_lazy("entered what a session was"),
    "session_file": gettext_lazy("filed a session"),
    "hand_in_report": gettext_lazy("handed in a year-end report"),
    "comment_report": gettext_lazy("commented on a year-end report"),
    "see_material": gettext_lazy("fetched material"),
}
FACTS = {
    "year": gettext_lazy("year"),
    "reason": gettext_lazy("reason"),
    "hours": gettext_lazy("hours"),
    "lines": gettext_lazy("lines"),
    "returned": gettext_lazy("returned"),
    "left": gettext_lazy("left undecided"),
    "released": gettext_lazy("released"),
    "document": gettext_lazy("document"),
    "deciding_document": gettext_lazy("deciding document"),
    "copied": gettext_lazy("copied from"),
    "target": gettext_lazy("target as stored"),
    "targets": gettext_lazy("targets as stored"),
    "claims_close_on": gettext_lazy("claims close on"),
    "certification_closes_on": gettext_lazy("certification closes on"),
    "role": gettext_lazy("role"),
    "broken": gettext_lazy("altered"),
    "rows": gettext_lazy("rows"),
    "columns": gettext_lazy("columns"),
    "sort": gettext_lazy("sorted by"),
    "code": gettext_lazy("code"),
    "codes": gettext_lazy("codes"),
    "version": gettext_lazy("version"),
    "other": gettext_lazy("the other"),
    "source": gettext_lazy("source"),
    "created": gettext_lazy("created"),
    "changed": gettext_lazy("changed"),
    "unchanged": gettext_lazy("unchanged"),
    "refused": gettext_lazy("refused"),
    "law": gettext_lazy("law"),
    "quarantined": gettext_lazy("quarantined"),
    "flagged": gettext_lazy("flagged for review"),
    "paper": gettext_lazy("paper"),
    "papers": gettext_lazy("papers"),
    "strategy": gettext_lazy("how papers are drawn"),
    "form": gettext_lazy("form"),
    "adjustments": gettext_lazy("adjustments"),
    "person": gettext_lazy("person"),
    "people": gettext_lazy("people"),
    "units": gettext_lazy("units"),
    "period": gettext_lazy("period"),
    "digest": gettext_lazy("digest"),
    "report": gettext_lazy("report"),
    "filters": gettext_lazy("filters"),
    "requested": gettext_lazy("requested"),
    "resolution": gettext_lazy("what became of them"),
    "before": gettext_lazy("before"),
    "on": gettext_lazy("on day"),
    "day": gettext_lazy("day"),
    "files": gettext_lazy("files"),
    "format": gettext_lazy("format"),
    "count": gettext_lazy("count"),
    "to": gettext_lazy("to"),
    "title": gettext_lazy("title"),
    "course": gettext_lazy("course"),
    "package": gettext_lazy("SCORM package"),
    "name": gettext_lazy("file name"),
}
_WORDS = {"reason": dict(AdjustmentReason.choices), "role": dict(RoleName.choices)}

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
    head.seal = crypto.seal_of_head("audit", head.sequence, link)
    head.save(update_fields=["sequence", "link", "seal"])
    return event


def find(
    events,
    *,
    actor: str = "",
    act: str = "",
    unit: Unit | None = None,
    subject: str = "",
    first: date | None = None,
    last: date | None = None,
):
    """`events` narrowed. `actor` is a part of a name, or an account or staff number; `subject` a kind or `kind:key`.

    `first` and `last` are days of the district's clock, both included; `unit` includes everything below it.
    """
    actor, act, subject = actor.strip(), act.strip(), subject.strip()
    if actor:
        named = Person.objects.filter(Q(name__icontains=actor) | Q(username=actor) | Q(staff_no=actor))
        events = events.filter(actor__in=named.values("pk"))
    if act:
        events = events.filter(act=act)
    if unit is not None:
        events = events.filter(unit_code__in=Unit.objects.below(unit).values("code"))
    if subject:
        # "person" finds all people; "person:1" must not find person:12
        is_whole = Q(subject=subject)
        events = events.filter(is_whole if ":" in subject else is_whole | Q(subject__startswith=f"{subject}:"))
    if first is not None:
        events = events.filter(at__gte=start_of(first))
    if last is not None:
        events = events.filter(at__lte=end_of(last))
    return events


@dataclass(frozen=True, slots=True)
class Shown:
    """An event as one reader may see it. `subject` names it where the reader may see it, else by its key alone."""

    event: AuditEvent
    act: str
    subject: str
    person_id: int | None
    submission_id: int | None
    facts: str


def shown_to(viewer, events: Iterable[AuditEvent]) -> list[Shown]:
    """What `viewer` may read of each event. Two queries more, whatever the number of events.

    That something was done is open to every reader of the trail; who it was done to, and with what facts, only to those
    who may see that person or that batch: a batch about a restricted attainment stays a number. What can be erased
    (`personal`) is shown to nobody.
    """
    events = list(events)
    named = {key for event in events for key in _people_in(event.facts)}
    people = Person.objects.visible_to(viewer).in_bulk(_keys("person", events) | named)
    batches = Submission.objects.visible_to(viewer).in_bulk(_keys("submission", events))
    found = []
    for event in events:
        kind, _colon, key = event.subject.partition(":")
        known = {"person": people, "submission": batches}.get(kind)
        seen = known.get(int(key)) if known is not None and _is_key(key) else None
        is_open = known is None or seen is not None
        found.append(
            Shown(
                event=event,
                act=str(ACTS.get(event.act, event.act)),
                subject=f"{event.subject} {seen}" if seen else event.subject,
                person_id=seen.pk if seen and kind == "person" else None,
                submission_id=seen.pk if seen and kind == "submission" else None,
                facts=_facts_text(event.facts, people) if is_open else "",
            )
        )
    return found


def _people_in(value, name: str = "") -> set[int]:
    """Keys of the people that facts name."""
    if isinstance(value, dict):
        return {key for part, inner in value.items() for key in _people_in(inner, part)}
    if isinstance(value, list):  # a number alone under "people" counts them, numbers in a list are their keys
        return {key for inner in value for key in _people_in(inner, "person" if name == "people" else name)}
    return {value} if name == "person" and isinstance(value, int) else set()


def _facts_text(facts: dict, people: dict[int, Person]) -> str:
    """`{"hours": [6000, 4050]}` -> "hours 60.00 → 40.50", in words; people by name as far as `people` has them."""
    return "; ".join(f"{FACTS.get(name, name)}: {_fact(name, value, people)}" for name, value in sorted(facts.items()))


def _fact(name: str, value, people: dict[int, Person]) -> str:
    if isinstance(value, list):
        between = ", " if name in ("people", "adjustments") else " → "
        return between.join(_fact("person" if name == "people" else name, part, people) for part in value)
    if isinstance(value, dict):
        return ", ".join(f"{FACTS.get(part, part)} {_fact(part, inner, people)}" for part, inner in sorted(value.items()))
    if value in (None, ""):
        return "—"
    if name == "digest":
        return f"{value[:16]}…"
    if isinstance(value, int) and name == "hours":
        return hours_text(value)
    if isinstance(value, int) and name == "person":
        return people[value].name if value in people else f"#{value}"
    return str(_WORDS.get(name, {}).get(value, value))


def _keys(kind: str, events: list[AuditEvent]) -> set[int]:
    parts = (event.subject.partition(":") for event in events)
    return {int(key) for found, _colon, key in parts if found == kind and _is_key(key)}


def _is_key(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 16


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
    at_head = (head.sequence, head.link, head.seal) if head else (0, "", "")
    if at_head != (count, previous, crypto.seal_of_head("audit", count, previous) if head else ""):
        return f"audit #{count + 1}"
    return None
