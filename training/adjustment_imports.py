"""A workbook of adjustments becomes proposals, or confirmed rows where the district imports: all of them or none."""

from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from training import access, adjustments, audit, plans
from training.adjustments import Proposal
from training.findings import Findings
from training.imports.adjustments import AdjustmentRow, read_adjustments
from training.matching import People, chunks
from training.models import Adjustment, AdjustmentReason, CategoryHolding, Measure, Requirement
from training.plans import Listing, no_progress
from training.wording import hours_text


@dataclass(slots=True, kw_only=True)
class Options(plans.Options):
    year: int | None = None


@dataclass(kw_only=True)
class Plan(plans.Plan):
    """`proposals` are those not in force or proposed yet; one that replaces another of the year counts as changed."""

    proposals: list[Proposal]
    replaced: set[tuple[int, int]]
    targets: dict[int, int] = field(default_factory=dict)

    @property
    def created(self) -> int:
        return len(self.proposals) - self.changed

    @property
    def changed(self) -> int:
        return sum((p.person.pk, p.year) in self.replaced for p in self.proposals)

    def listings(self) -> list[Listing]:
        columns = [_("Name"), _("Year"), _("Reason"), _("Required"), _("Document"), _("Approver")]
        rows = [
            [
                p.person.name,
                str(p.year),
                str(AdjustmentReason(p.reason).label),
                f"{hours_text(self.targets.get(p.year))} → {hours_text(p.hours)}",
                p.document,
                p.approver,
            ]
            for p in self.proposals[: Listing.SHOWN]
        ]
        return [Listing(_("Adjustments"), columns, rows, len(self.proposals))]


def plan(
    *, content: bytes, filename: str, options: Options, by, now: datetime, overrides: dict | None = None, progress=no_progress
) -> Plan:
    """Read adjustments and say what they would change; nothing is written. Raises a FileRefused."""
    source = {"content": content, "filename": filename, "now": now, "overrides": overrides, "progress": progress}
    reading, findings = plans.read(read_adjustments, **source, year=options.year)
    progress(40, 100, _("Finding the people"))
    people = People(reading.rows)
    planner = _Planner(by, people, findings)
    planned = [(row, one) for row in reading.rows if (one := planner.proposal_of(row)) is not None]
    progress(70, 100, _("Comparing with what is known"))
    kept, replaced, unchanged = planner.new_ones(planned)
    return Plan(
        unit=options.unit,
        proposals=kept,
        replaced=replaced,
        unchanged=unchanged,
        is_partial=options.partial,
        targets={year: target for (year, _category), target in planner.targets.items()},
        **plans.found_in(reading, findings),
    )


class _Planner:
    def __init__(self, by, people: People, findings: Findings):
        self.by, self.people, self.findings = by, people, findings
        self.reach = None if by is None else access.paths_for(by, "register_adjustment")
        hours = Requirement.objects.filter(superseded_at=None, measure=Measure.HOURS)
        self.targets = {(r.year, r.staff_category): r.target for r in hours if r.target is not None}
        self.categories: dict[int, set[str]] = {}
        for chunk in chunks(list(people.by_key)):
            for person_id, category in (
                CategoryHolding.objects.current().filter(person__in=chunk).values_list("person_id", "category")
            ):
                self.categories.setdefault(person_id, set()).add(category)

    def proposal_of(self, row: AdjustmentRow) -> Proposal | None:
        """What the row proposes, or None with the reason noted: the first that applies."""
        person = self.people.meant_by(row, self.findings, self.reach)
        if person is None:
            return None
        target = self._target(row.year, person.pk)
        if target is None and not row.exempt and row.hours is None:
            message = _("No hours are required of this person in %(year)s: there is nothing to take a part of")
            return self.findings.refuse(row, "no_target", message, "", ("factor", "reduced"), year=row.year)
        hours = row.owed(target or 0)
        if target is not None and hours > target:
            message = _("More than the required %(target)s hours: an adjustment only lowers what is owed")
            return self.findings.refuse(row, "amount_invalid", message, hours_text(hours), ("hours",), target=hours_text(target))
        return Proposal(
            person=person,
            year=row.year,
            reason=row.reason,
            hours=hours,
            document=row.document[:200],
            approver=row.approver[:80],
        )

    def _target(self, year: int, person_id: int) -> int | None:
        for category in ("", *self.categories.get(person_id, ())):
            if (year, category) in self.targets:
                return self.targets[year, category]
        return None

    def new_ones(self, planned) -> tuple[list[Proposal], set, int]:
        known = {}
        people = sorted({one.person.pk for _row, one in planned})
        for chunk in chunks(people):
            for found in Adjustment.objects.filter(person_id__in=chunk, superseded_at=None).order_by("pk"):
                known.setdefault((found.person_id, found.year), []).append(adjustments.facts_of(found))
        kept, unchanged, seen = [], 0, {}
        for row, one in planned:
            key, facts = (one.person.pk, one.year), adjustments.facts_of(one)
            if key in seen:
                message = _("The person stands already in row %(first_row)s for the same year")
                self.findings.refuse(row, "person_repeated", message, "", ("name",), first_row=seen[key])
                continue
            seen[key] = row.row
            if facts in known.get(key, ()):
                unchanged += 1
            else:
                kept.append(one)
        return kept, set(known), unchanged


@transaction.atomic
def apply(*, plan: Plan, by, now: datetime, proof=None) -> dict:
    """Enter the plan's proposals. Raises BadInput for refused rows."""
    plan.require_usable()
    entered = adjustments.adjust_many(proposals=plan.proposals, by=by, now=now)
    plan.traces = {"adjustments": [row.pk for row in entered]}
    audit.record(actor=by, act="import_adjustments", subject="adjustments", unit=plan.unit, now=now, facts=plan.counts())
    return plan.as_dict()
