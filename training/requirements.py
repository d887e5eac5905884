"""What a year asks for: shipped rows, the opening of a year, and changes to its rows."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from training import access, audit
from training.errors import BadInput, NotAllowed, WrongState, YearNotOpened
from training.models import Measure, Requirement, YearOpening

HUNDREDTHS = (Measure.HOURS, Measure.BASE_HOURS, Measure.STAFF_SHARE, Measure.COVERAGE)
LARGEST = {Measure.STAFF_SHARE: 10000, Measure.COVERAGE: 10000, Measure.HOURS: 100000, Measure.BASE_HOURS: 100000}
LARGEST_COUNT = 1000
NARROW = str.maketrans("０１２３４５６７８９．％", "0123456789.%")  # as a Chinese keyboard may type them
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


@dataclass(frozen=True, slots=True)
class Change:
    """One row taking the place of another: who, when and by which document stand on `after`."""

    before: Requirement
    after: Requirement


def parse_target(*, measure: str, text: str) -> int | None:
    """The figure a person typed, as it is stored; nothing typed is None: not set.

    Hours and shares are decimal texts with at most two places and become exact hundredths, everything else is a whole
    number. Raises BadInput: also for nought, which would look like a duty and be none.
    """
    text = text.translate(NARROW).strip().removesuffix("%").strip()
    if not text:
        return None
    if measure == Measure.TAGGED_COURSE:
        raise BadInput(_("This requirement has no figure: every special training must contain the course."))
    pattern = r"(\d{1,6})(?:\.(\d{1,2}))?" if measure in HUNDREDTHS else r"(\d{1,6})()"
    match = re.fullmatch(pattern, text, re.ASCII)
    if match is None:
        raise BadInput(
            _("“%(text)s” is not a figure with at most two decimal places.")
            if measure in HUNDREDTHS
            else _("“%(text)s” is not a whole number."),
            text=text,
        )
    whole, part = match.groups()
    value = int(whole) * 100 + int((part or "").ljust(2, "0")) if measure in HUNDREDTHS else int(whole)
    if value == 0:
        raise BadInput(_("Nought is no target: leave the field empty for “not set”."))
    if value > LARGEST.get(measure, LARGEST_COUNT):
        raise BadInput(_("“%(text)s” is more than can be asked for."), text=text)
    return value


def of_year_with_changes(year: int) -> list[tuple[Requirement, list[Change]]]:
    """The rows of a year as they stand, each with what it replaced, the latest first. One query.

    A changed row keeps its place: rows stand in the order in which their codes were first entered.
    """
    versions: dict[str, list[Requirement]] = {}
    rows = Requirement.objects.of_year(year).select_related("document", "entered_by")
    for row in rows.order_by("pk"):
        versions.setdefault(row.code, []).append(row)
    found = []
    for of_code in versions.values():
        changes = [Change(before, after) for before, after in pairwise(of_code)]
        if of_code[-1].superseded_at is None:
            found.append((of_code[-1], changes[::-1]))
    return found


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
    year is open, YearNotOpened when there is nothing to copy, BadInput for a changed figure that no document decided.
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
    for row in rows:
        if targets.get(row.code, row.target) != row.target and not documents.get(row.code, document).strip():
            raise BadInput(_("“%(title)s”: name the document that decided the changed target."), title=row.title)
    _refuse_odd_dates(year, claims_close_on, certification_closes_on)
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
    changed = {row.code: [row.target, targets[row.code]] for row in rows if targets.get(row.code, row.target) != row.target}
    facts = {"copied": copy_from, "document": document, **({"targets": changed} if changed else {})}
    audit.record(actor=by, act="open_year", subject=f"year:{year}", now=now, facts=facts)
    return opening


@transaction.atomic
def set_closing_dates(
    *, year: int, claims_close_on: date | None, certification_closes_on: date | None, by, now: datetime
) -> YearOpening:
    """Set until when claims are taken and certified for `year`; None leaves it open. The same dates again change nothing."""
    if by is not None and not access.may(by, "set_requirements"):
        raise NotAllowed()
    opening = YearOpening.objects.select_for_update().filter(year=year).first()
    if opening is None:
        raise YearNotOpened(year=year)
    _refuse_odd_dates(year, claims_close_on, certification_closes_on)
    dates = {"claims_close_on": claims_close_on, "certification_closes_on": certification_closes_on}
    changed = {name: [getattr(opening, name), day] for name, day in dates.items() if getattr(opening, name) != day}
    if not changed:
        return opening
    for name, day in dates.items():
        setattr(opening, name, day)
    opening.save(update_fields=list(dates))
    facts = {name: [day.isoformat() if day else None for day in pair] for name, pair in changed.items()}
    audit.record(actor=by, act="set_closing_dates", subject=f"year:{year}", now=now, facts=facts)
    return opening


def _refuse_odd_dates(year: int, claims_close_on: date | None, certification_closes_on: date | None) -> None:
    for day in (claims_close_on, certification_closes_on):
        if day is not None and day < date(year, 1, 1):
            raise BadInput(_("%(date)s lies before the year begins."), date=day.isoformat())
    if claims_close_on and certification_closes_on and certification_closes_on < claims_close_on:
        raise BadInput(_("Certification cannot close before the claims do: what is claimed last could not be certified."))


def set_target(*, requirement: Requirement, target: int | None, document: str, by, now: datetime) -> Requirement:
    """Set what a row asks for (None: not set) and the document that decided it.

    Raises BadInput when nothing changes or no document is named: a figure the district changed is not carried over.
    """
    document = document.strip()
    if not document:
        raise BadInput(_("Name the document that decided this."))
    if (requirement.target, requirement.deciding_document) == (target, document):
        raise BadInput(_("Nothing changes: this is what stands."))
    return change_requirement(requirement=requirement, by=by, now=now, target=target, deciding_document=document)


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
