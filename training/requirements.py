"""What a year asks for: shipped rows, the opening of a year, and changes to its rows."""

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from training import access, audit
from training.errors import BadInput, NotAllowed, WrongState, YearNotOpened
from training.models import Requirement, YearOpening

COPIED = (
    "code",
    "title",
    "measure",
    "staff_category",
    "post_level",
    "unit_kind",
    "unit_tag",
    "counted",
    "target",
    "unit_word",
    "document_id",
    "item",
    "quote",
)


@transaction.atomic
def open_year(
    *,
    year: int,
    copy_from: int,
    by,
    now: datetime,
    document: str = "",
    targets: dict[str, int | None] | None = None,
    documents: dict[str, str] | None = None,
    claims_close_on: date | None = None,
    certification_closes_on: date | None = None,
) -> YearOpening:
    """Open `year` with the rows of `copy_from`; `targets` changes figures by code, `documents` says what decided a row.

    A row without a deciding document is printed as carried over, its basis to be confirmed. Raises WrongState when the
    year is open, YearNotOpened when there is nothing to copy.
    """
    if by is not None and not access.may(by, "open_year"):
        raise NotAllowed()
    # made first: of two who open the year at once, the second waits here and finds it open
    opening, is_new = YearOpening.objects.get_or_create(
        year=year,
        defaults={
            "opened_at": now,
            "opened_by": by,
            "document": document,
            "claims_close_on": claims_close_on,
            "certification_closes_on": certification_closes_on,
        },
    )
    if not is_new:
        raise WrongState(_("The year is open already."))
    rows = list(Requirement.objects.of_year(copy_from).known_at(None))
    if not rows:
        raise YearNotOpened(year=copy_from)
    targets, documents = targets or {}, documents or {}
    unknown = (set(targets) | set(documents)) - {row.code for row in rows}
    if unknown:
        raise BadInput(_("There is no requirement “%(code)s” to change."), code=", ".join(sorted(unknown)))
    Requirement.objects.bulk_create(
        Requirement(
            **{name: getattr(row, name) for name in COPIED if name != "target"},
            target=targets.get(row.code, row.target),
            year=year,
            deciding_document=documents.get(row.code, document),
            entered_at=now,
            entered_by=by,
        )
        for row in rows
    )
    audit.record(actor=by, act="open_year", subject=f"year:{year}", now=now, facts={"copied": copy_from, "document": document})
    return opening


@transaction.atomic
def change_requirement(*, requirement: Requirement, by, now: datetime, **changes) -> Requirement:
    """Supersede a row by a changed one (target, counted, deciding_document, ...). The old row stays for reports as of then."""
    if by is not None and not access.may(by, "set_requirements"):
        raise NotAllowed()
    found = Requirement.objects.select_for_update().get(pk=requirement.pk)
    if found.superseded_at is not None:
        raise WrongState(_("The requirement was changed meanwhile; look at the present row."))
    unknown = set(changes) - {*COPIED, "deciding_document"}
    if unknown:
        raise BadInput()
    found.superseded_at = now
    found.save(update_fields=["superseded_at"])
    values = {name: getattr(found, name) for name in (*COPIED, "deciding_document")} | changes
    changed = Requirement.objects.create(**values, year=found.year, entered_at=now, entered_by=by)
    before_after = {name: [getattr(found, name), getattr(changed, name)] for name in changes}
    audit.record(
        actor=by, act="change_requirement", subject=f"requirement:{found.year}:{found.code}", now=now, facts=before_after
    )
    return changed
