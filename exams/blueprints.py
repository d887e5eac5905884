"""Blueprints (test specifications): written, checked, changed. One that papers were drawn under is never changed, but copied."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from exams.content import AUDIENCES
from exams.models import Blueprint, BlueprintCell, BlueprintSection, Classification, ItemKind, Policy
from exams.scoring import DEFAULT_POLICY
from laws.models import LegalDocument
from training import access, audit
from training.errors import BadInput

MOST_ITEMS = 500  # of a paper: more is a slip of the finger
WHOLE_RANGE = (0, 10000)  # of a predicted facility, hundredths of a percent


class BlueprintRefused(BadInput):
    """A blueprint that cannot be: `code` says which rule it breaks."""

    def __init__(self, code: str, message, **facts):
        super().__init__(message, **facts)
        self.code = code


@dataclass(frozen=True, slots=True)
class CellPlan:
    """How many items come from one corner of the bank. Empty means any."""

    count: int
    law: LegalDocument | None = None
    topic: str = ""
    easiest: int = 1
    hardest: int = 5
    audience: str = ""


@dataclass(frozen=True, slots=True)
class SectionPlan:
    """Items of one kind, `marks_each` in hundredths of a mark, `floor` the least marks to pass.

    A case, or a written answer with scoring points, is worth what its own questions and points add up to: only those that
    add up to `marks_each` are drawn, and none is scaled, so that a marker gives exactly the points that the item states.
    """

    title: str
    kind: str
    marks_each: int
    cells: tuple[CellPlan, ...]
    policy: str = ""
    floor: int | None = None

    @property
    def count(self) -> int:
        return sum(cell.count for cell in self.cells)

    @property
    def total(self) -> int:
        return self.count * self.marks_each


@dataclass(frozen=True, slots=True)
class Plan:
    """A blueprint before it is rows. Marks are hundredths; `band` is the predicted facility wanted, hundredths of a percent."""

    title: str
    pass_mark: int
    minutes: int
    sections: tuple[SectionPlan, ...]
    code: str = ""
    band: tuple[int, int] | None = None
    classification: str = ""

    @property
    def count(self) -> int:
        return sum(section.count for section in self.sections)

    @property
    def total(self) -> int:
        return sum(section.total for section in self.sections)

    @property
    def rows(self) -> list[tuple[SectionPlan, CellPlan]]:
        """The cells in the order in which they are drawn and named."""
        return [(section, cell) for section in self.sections for cell in section.cells]


def check(plan: Plan) -> None:
    """Raises BlueprintRefused for the first rule the plan breaks."""
    if not plan.title.strip():
        raise BlueprintRefused("title_missing", _("The blueprint needs a title"))
    if not plan.sections:
        raise BlueprintRefused("sections_missing", _("A blueprint needs at least one section"))
    if plan.classification and plan.classification not in Classification.values:
        raise BlueprintRefused("classification_unknown", _("There is no such classification"))
    if not 1 <= plan.minutes <= 600:
        raise BlueprintRefused("minutes_invalid", _("The time is from 1 to 600 minutes"))
    for number, section in enumerate(plan.sections, 1):
        _check_section(number, section)
    if plan.count > MOST_ITEMS:
        raise BlueprintRefused("too_many_items", _("A paper has at most %(most)s questions"), most=MOST_ITEMS)
    if not 0 < plan.pass_mark <= plan.total:
        raise BlueprintRefused(
            "pass_mark_invalid",
            _("The pass mark lies above 0 and within the total: %(total)s"),
            total=f"{plan.total / 100:g}",
        )
    if plan.band is not None and not WHOLE_RANGE[0] <= plan.band[0] <= plan.band[1] <= WHOLE_RANGE[1]:
        raise BlueprintRefused(
            "band_invalid", _("The band of predicted difficulty runs from the lower to the higher, 0 to 100%%")
        )


def _check_section(number: int, section: SectionPlan) -> None:
    facts = {"number": number}
    if not section.title.strip():
        raise BlueprintRefused("section_title_missing", _("Section %(number)s needs a title"), **facts)
    if section.kind not in ItemKind.values:
        raise BlueprintRefused("kind_unknown", _("Section %(number)s: this kind of question is not known"), **facts)
    if section.policy and section.policy not in Policy.values:
        raise BlueprintRefused("policy_unknown", _("Section %(number)s: this scoring is not known"), **facts)
    if section.marks_each <= 0:
        raise BlueprintRefused("marks_invalid", _("Section %(number)s: marks must be more than 0"), **facts)
    if not section.cells:
        raise BlueprintRefused("cells_missing", _("Section %(number)s draws nothing yet"), **facts)
    for cell in section.cells:
        if cell.count <= 0:
            raise BlueprintRefused("count_invalid", _("Section %(number)s: every row draws at least one question"), **facts)
        if not 1 <= cell.easiest <= cell.hardest <= 5:
            raise BlueprintRefused(
                "difficulty_invalid", _("Section %(number)s: difficulty runs from the easier to the harder, 1 to 5"), **facts
            )
        if cell.audience and cell.audience not in AUDIENCES:
            raise BlueprintRefused("audience_unknown", _("Section %(number)s: this audience is not known"), **facts)
    if section.floor is not None and not 0 < section.floor <= section.total:
        raise BlueprintRefused(
            "floor_invalid",
            _("Section %(number)s: the least marks lie above 0 and within the section: %(total)s"),
            total=f"{section.total / 100:g}",
            **facts,
        )


def plan_of(blueprint: Blueprint) -> Plan:
    """What a blueprint says. Two queries."""
    sections = blueprint.sections.prefetch_related("cells__law").order_by("position")
    return Plan(
        code=blueprint.code,
        title=blueprint.title,
        pass_mark=blueprint.pass_mark,
        minutes=blueprint.minutes,
        band=None if blueprint.lowest_mean is None else (blueprint.lowest_mean, blueprint.highest_mean),
        classification=blueprint.classification,
        sections=tuple(
            SectionPlan(
                title=section.title,
                kind=section.kind,
                marks_each=section.marks_each,
                policy=section.policy,
                floor=section.floor,
                cells=tuple(
                    CellPlan(cell.count, cell.law, cell.topic, cell.easiest, cell.hardest, cell.audience)
                    for cell in section.cells.all()
                ),
            )
            for section in sections
        ),
    )


@transaction.atomic
def make(plan: Plan, *, by, now: datetime) -> Blueprint:
    """A new blueprint. An empty code becomes one from the title. Raises NotAllowed and BlueprintRefused."""
    access.require(by, "make_papers")
    check(plan)
    if plan.code and Blueprint.objects.filter(code=plan.code).exists():
        raise BlueprintRefused("code_taken", _("The code %(taken)s is taken"), taken=plan.code)
    blueprint = write(plan, code=plan.code or _free_code(slugify(plan.title) or "blueprint"), by=by, now=now)
    audit.record(actor=by, act="make_blueprint", subject=f"blueprint:{blueprint.pk}", now=now, facts={"code": blueprint.code})
    return blueprint


@transaction.atomic
def change(blueprint: Blueprint, plan: Plan, *, by, now: datetime) -> Blueprint:
    """The blueprint as `plan` says it. One that papers were drawn under stays as it is, and a copy under a code of its own
    is returned. Raises NotAllowed and BlueprintRefused."""
    access.require(by, "make_papers")
    check(plan)
    blueprint = Blueprint.objects.select_for_update(of=["self"]).get(pk=blueprint.pk)
    facts = {"code": blueprint.code}
    if blueprint.paper_sets.exists():
        facts["copied"] = blueprint.code
        blueprint = write(plan, code=_free_code(blueprint.code), by=by, now=now)
        facts["code"] = blueprint.code
    else:
        for name, value in _head(plan).items():
            setattr(blueprint, name, value)
        blueprint.save(update_fields=list(_head(plan)))
        blueprint.sections.all().delete()
        _write_sections(blueprint, plan.sections)
    audit.record(actor=by, act="change_blueprint", subject=f"blueprint:{blueprint.pk}", now=now, facts=facts)
    return blueprint


def _free_code(wanted: str) -> str:
    """`wanted`, or with the first number behind it that is free."""
    stem = wanted[:50].rstrip("-")
    head, _dash, tail = stem.rpartition("-")
    stem = head if head and tail.isdigit() else stem
    taken = set(Blueprint.objects.filter(code__startswith=stem).values_list("code", flat=True))
    if wanted not in taken:
        return wanted
    number = 2
    while f"{stem}-{number}" in taken:
        number += 1
    return f"{stem}-{number}"


def _head(plan: Plan) -> dict:
    lowest, highest = plan.band or (None, None)
    return {
        "title": plan.title.strip(),
        "pass_mark": plan.pass_mark,
        "minutes": plan.minutes,
        "lowest_mean": lowest,
        "highest_mean": highest,
        "classification": plan.classification,
    }


def write(plan: Plan, *, code: str, by, now: datetime) -> Blueprint:
    """The rows of a checked plan; `by` None is the product itself."""
    blueprint = Blueprint.objects.create(code=code, created_by=by, created_at=now, **_head(plan))
    _write_sections(blueprint, plan.sections)
    return blueprint


def _write_sections(blueprint: Blueprint, sections: Sequence[SectionPlan]) -> None:
    for position, section in enumerate(sections):
        row = BlueprintSection.objects.create(
            blueprint=blueprint,
            position=position,
            title=section.title.strip(),
            kind=section.kind,
            marks_each=section.marks_each,
            policy=section.policy or DEFAULT_POLICY[section.kind],
            floor=section.floor,
        )
        BlueprintCell.objects.bulk_create(
            BlueprintCell(
                section=row,
                count=cell.count,
                law=cell.law,
                topic=cell.topic,
                easiest=cell.easiest,
                hardest=cell.hardest,
                audience=cell.audience,
            )
            for cell in section.cells
        )
