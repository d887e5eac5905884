"""Who may see and do what: the one place that decides.

Rows open through the `visible_to(user)` of their queryset, which asks the functions here; acts open through `may`.
Everything not named here is closed. A role reaches the unit it is held in and everything below.
"""

from collections.abc import Iterable

from django.db.models import Q

from training.errors import NotAllowed
from training.roles import RoleName as R

# act -> roles that may do it, inside the reach of the role
ACTS = {
    "see_people": {R.HR, R.DISTRICT, R.AUDITOR},
    "see_board": {R.HR, R.DISTRICT, R.AUDITOR},
    "see_requirements": {R.HR, R.DISTRICT, R.AUDITOR},
    "import": {R.HR, R.DISTRICT},
    "register": {R.HR, R.DISTRICT},
    "approve_claim": {R.HR, R.DISTRICT},
    "see_submissions": {R.HR, R.DISTRICT, R.AUDITOR},
    "certify": {R.DISTRICT},
    "reverse": {R.DISTRICT},
    "register_adjustment": {R.HR, R.DISTRICT},
    "confirm_adjustment": {R.DISTRICT},
    "release_transfer": {R.HR, R.DISTRICT},
    "open_year": {R.DISTRICT},
    "set_requirements": {R.DISTRICT},
    "see_reports": {R.HR, R.DISTRICT, R.AUDITOR},
    "submit_report": {R.HR, R.DISTRICT},
    "decide_report": {R.DISTRICT},
    "create_units": {R.DISTRICT},
    "verify_ledger": {R.AUDITOR, R.AUDIT_ADMIN},
    "see_audit": {R.AUDITOR, R.AUDIT_ADMIN},
    "grant_roles": {R.SECURITY_ADMIN},
    "manage_accounts": {R.SYSTEM_ADMIN},
    "import_law": {R.DISTRICT},
    "see_bank": {R.AUTHOR, R.REVIEWER},
    "write_items": {R.AUTHOR, R.REVIEWER},
    "review_items": {R.REVIEWER},
    "make_papers": {R.REVIEWER},
    "see_weakest_articles": {R.HR, R.DISTRICT},
    "set_must_know": {R.DISTRICT},
    "make_courses": {R.HR, R.DISTRICT},
    "assign_courses": {R.HR, R.DISTRICT},
    "see_study": {R.HR, R.DISTRICT, R.AUDITOR},
    "decide_suspicions": {R.DISTRICT},
    "run_classes": {R.HR, R.DISTRICT},
    "see_classes": {R.HR, R.DISTRICT, R.AUDITOR},
    "plan_sessions": {R.HR, R.DISTRICT},
    "review_sessions": {R.DISTRICT},
}


def held_roles(user) -> tuple[tuple[str, str], ...]:
    """(role, path of the unit it is held in), asked once per user object."""
    if not user.is_authenticated:
        return ()
    held = getattr(user, "_held_roles", None)
    if held is None:
        held = tuple(user.roles.filter(revoked_at=None).values_list("role", "unit__path"))
        user._held_roles = held
    return held


def role_names(user) -> set[str]:
    return {role for role, _path in held_roles(user)}


def paths_for(user, act: str) -> list[str]:
    """Paths of the units in whose subtrees the user may do `act`; nested ones folded into the highest."""
    allowed = ACTS[act]
    paths = sorted({path for role, path in held_roles(user) if role in allowed})
    return [p for p in paths if not any(p != q and p.startswith(q) for q in paths)]


def may(user, act: str, unit=None) -> bool:
    """Whether the user may do `act` somewhere, or in `unit`."""
    paths = paths_for(user, act)
    return bool(paths) if unit is None else any(unit.path.startswith(p) for p in paths)


def require(user, act: str, unit=None) -> None:
    """Raises NotAllowed (403) unless `may`."""
    if not may(user, act, unit):
        raise NotAllowed()


def _below(field: str, paths: Iterable[str]) -> Q:
    q = Q(pk__in=[])
    for path in paths:
        q |= Q(**{f"{field}__startswith": path})
    return q


def reachable_units(user, units, act: str = "see_board"):
    """`units` narrowed to those in which the user may do `act`."""
    return units.filter(_below("path", paths_for(user, act)))


def visible_people(user, people, postings):
    """Oneself, and whoever serves in the user's reach now, or last served there and serves nowhere since.

    A person moves out of sight with the move: what the old unit needs stays in its reports.
    """
    paths = paths_for(user, "see_people")
    if not paths:
        return people.filter(pk=user.pk)
    known = postings.filter(superseded_at=None, is_main=True)
    here = known.filter(_below("unit__path", paths))
    open_anywhere = known.filter(ended_on=None)
    return people.filter(
        Q(pk=user.pk)
        | Q(pk__in=here.filter(ended_on=None).values("person"))
        | Q(pk__in=here.values("person")) & ~Q(pk__in=open_anywhere.values("person"))
    )


def visible_records(user, records, people):
    """Records of visible people; a restricted one only for the person and for the readers of its kind."""
    return records.filter(Q(person=user) | Q(person__in=people.visible_to(user))).filter(
        Q(restricted="") | Q(person=user) | Q(restricted__in=readable_kinds(user))
    )


def visible_attainments(user, attainments, people):
    """Like records; the organisation department reads restricted kinds of the whole reach of its role."""
    kinds = readable_kinds(user)
    paths = [path for role, path in held_roles(user) if role == R.ORGANISATION]
    q = Q(person=user) | Q(person__in=people.visible_to(user), kind__is_restricted=False)
    if kinds and paths:
        q |= Q(kind__code__in=kinds)
    return attainments.filter(q)


def readable_kinds(user) -> list[str]:
    """Codes of restricted attainment kinds that the user's roles may read."""
    cached = getattr(user, "_readable_kinds", None)
    if cached is None:
        cached = user.restricted_kinds(role_names(user))
        user._readable_kinds = cached
    return cached


def visible_sessions(user, sessions):
    """What a body held is seen by everybody who may see its board."""
    return sessions.filter(_below("unit__path", paths_for(user, "see_board")))


def visible_submissions(user, submissions):
    """One's own, and those of units in reach; a batch about a restricted kind only for the readers of the kind."""
    open_to_user = submissions.filter(Q(created_by=user) | _below("unit__path", paths_for(user, "see_submissions")))
    hidden = submissions.filter(attainment_lines__kind__is_restricted=True).exclude(
        attainment_lines__kind__code__in=readable_kinds(user)
    )
    return open_to_user.filter(Q(created_by=user) | ~Q(pk__in=hidden.values("pk")))


def decidable_submissions(user, submissions, units):
    """What waits for a decision the user may take: claims for the unit, batches for the bureau; none of one's own."""
    claims = Q(state="submitted", unit__in=reachable_units(user, units, "approve_claim"))
    batches = Q(state="unit_approved", unit__in=reachable_units(user, units, "certify"))
    return visible_submissions(user, submissions).filter(claims | batches).exclude(created_by=user)


def visible_adjustments(user, adjustments, people):
    return adjustments.filter(Q(person=user) | Q(person__in=people.visible_to(user)))


def visible_items(user, items):
    """The whole bank for its roles; everybody else meets open items in practice alone, never here."""
    return items if may(user, "see_bank") else items.none()


def visible_offerings(user, offerings):
    """Classes of units in reach; the approved and closed ones that are open to one's unit; and those one is enrolled in."""
    own_paths = user.postings.filter(superseded_at=None, ended_on=None).values_list("unit__path", flat=True)
    for_me = Q(audience_unit=None)
    for path in own_paths:
        ancestors = [path[: at + 1] for at, letter in enumerate(path) if letter == "/"]
        for_me |= Q(audience_unit__path__in=ancestors)
    mine = offerings.filter(enrolments__person=user).values("pk")
    return offerings.filter(
        _below("unit__path", paths_for(user, "see_classes"))
        | Q(pk__in=mine)
        | Q(state__in=["approved", "closed"], is_open=True) & for_me
    )


def visible_events(user, events, units):
    """The whole trail for whoever reads it for the district; for a role held further down, what names a unit in its reach."""
    paths = paths_for(user, "see_audit")
    if any(path.count("/") == 2 for path in paths):  # the top of the tree
        return events
    return events.filter(unit_code__in=units.filter(_below("path", paths)).values("code"))
