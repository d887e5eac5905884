"""A workbook of attainments on paper becomes a batch: planned and shown first, then registered as a whole or not at all."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from training import access, plans, registrations
from training.errors import BadInput, ConflictingAward
from training.findings import Findings
from training.imports.attainments import AttainmentRow, read_attainments
from training.matching import People, chunks
from training.models import Attainment, AttainmentKind, AttainmentLine, LineState, Person, Submission
from training.plans import Listing, no_progress
from training.wording import hours_text

# what offices write about a degree is held here as legal background
KINDS = {"LAW_DEGREE": "LEGAL_BACKGROUND"}


@dataclass(slots=True, kw_only=True)
class Options(plans.Options):
    """`kind` is that of rows that name none."""

    kind: str = ""


@dataclass(kw_only=True)
class Plan(plans.BatchPlan):
    """`lines` are the attainments not yet registered."""

    people: dict[int, Person] = field(default_factory=dict)

    def listings(self) -> list[Listing]:
        columns = [_("Name"), _("Kind"), _("Document number"), _("Valid from"), _("Valid to"), _("Score"), _("Result")]
        rows = [
            [
                self.people[line.person_id].name,
                line.kind.name,
                line.document_no,
                line.valid_from.isoformat(),
                line.valid_to.isoformat() if line.valid_to else "",
                "" if line.score is None else hours_text(line.score),
                str(line.held_reason or (_("passed") if line.is_passed else _("not passed"))),
            ]
            for line in self.lines[: Listing.SHOWN]
        ]
        return [Listing(_("New"), columns, rows, len(self.lines))]


def plan(
    *, content: bytes, filename: str, options: Options, by, now: datetime, overrides: dict | None = None, progress=no_progress
) -> Plan:
    """Read attainments and say what they would add; nothing is written. Raises a FileRefused, or BadInput for an option.

    A restricted kind is taken only from somebody who may read it.
    """
    kinds = {kind.code: kind for kind in AttainmentKind.objects.all()}
    if options.kind and options.kind not in kinds:
        raise BadInput(_("There is no kind of attainment “%(kind)s”."), kind=options.kind)
    source = {"content": content, "filename": filename, "now": now, "overrides": overrides, "progress": progress}
    reading, findings = plans.read(read_attainments, **source)
    progress(40, 100, _("Finding the people"))
    people = People(reading.rows)
    planner = _Planner(options, by, people, kinds, findings)
    planned = [(row, line) for row in reading.rows if (line := planner.line_of(row)) is not None]
    progress(70, 100, _("Comparing with what is known"))
    kept, unchanged = planner.new_ones(planned)
    return Plan(
        title=plans.title_of(filename),
        unit=options.unit or people.common_unit([line.person_id for line in kept]),
        lines=kept,
        unchanged=unchanged,
        is_partial=options.partial,
        people=people.by_key,
        **plans.found_in(reading, findings),
    )


class _Planner:
    def __init__(self, options: Options, by, people: People, kinds: dict[str, AttainmentKind], findings: Findings):
        self.options, self.people, self.kinds, self.findings = options, people, kinds, findings
        self.reach = None if by is None else access.paths_for(by, "register")
        self.readable = None if by is None else access.readable_kinds(by)

    def line_of(self, row: AttainmentRow) -> AttainmentLine | None:
        """The attainment as a line, or None with the reason noted: the first that applies."""
        person = self.people.meant_by(row, self.findings, self.reach)
        if person is None:
            return None
        kind = self.kinds.get(KINDS.get(row.kind, row.kind) or self.options.kind)
        if kind is None:
            code = "kind_unknown" if row.kind_text else "kind_missing"
            message = _("The row names no kind of attainment, and none was chosen")
            return self.findings.refuse(row, code, message, row.kind_text, ("kind",))
        if kind.is_restricted and self.readable is not None and kind.code not in self.readable:
            message = _("Attainments of this kind are entered by the organisation department only")
            return self.findings.refuse(row, "kind_restricted", message, row.kind_text, ("kind",))
        valid_from, document_no = row.valid_from.first_day, row.document_no[:60]
        facts = (kind.code, document_no or valid_from.isoformat())
        return AttainmentLine(
            person_id=person.pk,
            kind=kind,
            title=(row.major or row.kind_text or kind.name)[:200],
            document_no=document_no,
            score=row.score,
            is_passed=row.passed is not False,
            valid_from=valid_from,
            valid_to=row.valid_to.last_day if row.valid_to else None,
            origin="import:" + hashlib.sha256("|".join(facts).encode()).hexdigest()[:40],
            held_reason=str(_("The file states no result: a person has to decide")) if row.passed is None else "",
        )

    def new_ones(self, planned) -> tuple[list[AttainmentLine], int]:
        def clash(row, line):
            message = _("This attainment is registered already with other facts")
            self.findings.refuse(row, ConflictingAward.code, message, line.title, ("document_no", "valid_from"))

        known = registered({line.origin for _row, line in planned}, {line.person_id for _row, line in planned})
        return plans.new_ones(planned, known, key=_key, facts=_facts, clash=clash, stop=lambda row, line: False)


def _key(line: AttainmentLine | Attainment) -> tuple:
    return (line.person_id, line.kind_id, line.origin)


def _facts(row) -> tuple:
    return (row.title, row.document_no, row.score, row.is_passed, row.valid_from, row.valid_to)


def registered(origins, people) -> dict[tuple, tuple]:
    """(person, kind, origin) -> facts of the attainments that wait or stand."""
    known = {}
    for chunk in chunks(sorted(people)):
        for rows in (AttainmentLine.objects.filter(state=LineState.PENDING), Attainment.objects.standing()):
            for row in rows.filter(person_id__in=chunk):
                if row.origin in origins:
                    known[_key(row)] = _facts(row)
    return known


def apply(*, plan: Plan, by, now: datetime, proof: tuple[str, bytes] | None = None) -> dict:
    """Register the plan's lines as one batch and hand it in. Raises BadInput for refused rows."""
    plan.traces = registrations.enter_import(plan=plan, subject=Submission.Subject.ATTAINMENTS, by=by, now=now, proof=proof)
    return plan.as_dict()
