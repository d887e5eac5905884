"""Papers: drawn under a blueprint, kept as they will be shown, sealed by a digest."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from exams import assembly, blueprints, tallies
from exams.assembly import ASSUMED, Candidate, Cell, Pool
from exams.blueprints import Plan
from exams.content import AUDIENCES, CHOICES, WRITTEN, in_order, may_be_shuffled, points_of
from exams.items import mark_used
from exams.models import (
    Blueprint,
    Citation,
    Item,
    ItemEnmity,
    ItemKind,
    ItemVersion,
    Paper,
    PaperSet,
    PracticeAnswer,
)
from training import access, audit
from training.errors import BadInput, DomainError

MOST_PAPERS = 5000  # drawn at once


class BankTooSmall(DomainError):
    """The bank cannot fill the blueprint; `facts["cells"]` names each cell that stays short."""

    code = "bank_too_small"
    message = _("The bank cannot fill this blueprint: %(cells)s")


def cells_of(plan: Plan) -> list[Cell]:
    """What the drawing needs to know of a plan's cells, in the order of its rows."""
    return [
        Cell(
            section=position,
            kind=section.kind,
            count=cell.count,
            marks=section.marks_each,
            law=cell.law.pk if cell.law else None,
            topic=cell.topic,
            easiest=cell.easiest,
            hardest=cell.hardest,
            audience=cell.audience,
        )
        for position, section in enumerate(plan.sections)
        for cell in section.cells
    ]


def pool_for(plan: Plan, *, now: datetime) -> Pool:
    """The bank as the plan sees it now. Four queries, five where it asks for cases or written answers, whatever the size."""
    cells = cells_of(plan)
    kinds = {cell.kind for cell in cells}
    items = Item.objects.drawable(now).filter(current__kind__in=kinds)
    if plan.classification:
        items = items.filter(classification=plan.classification)
    laws = defaultdict(set)
    for version_id, law_id in Citation.objects.filter(version__in=items.values("current")).values_list("version_id", "law_id"):
        laws[version_id].add(law_id)
    measured = tallies.facilities(items.values("current"))
    points = _points(items, kinds & {ItemKind.CASE_ANALYSIS, *WRITTEN})
    fields = ("code", "pk", "current_id", "current__kind", "current__topic", "current__difficulty", "current__audience")
    candidates = [
        Candidate(
            code=code,
            item=pk,
            version=version,
            kind=kind,
            laws=frozenset(laws.get(version, ())),
            topic=topic,
            difficulty=difficulty,
            audience=frozenset(audience),
            facility=measured.get(version, ASSUMED[difficulty]),
            is_measured=version in measured,
            points=points.get(version),
        )
        for code, pk, version, kind, topic, difficulty, audience in items.values_list(*fields)
    ]
    enemies = defaultdict(set)
    for first, second in ItemEnmity.objects.values_list("first_id", "second_id"):
        enemies[first].add(second)
        enemies[second].add(first)
    return Pool(cells, candidates, dict(enemies))


def _points(items, kinds: set[str]) -> dict[int, int | None]:
    """version -> what its questions or scoring points add up to, for kinds that are worth exactly that."""
    if not kinds:
        return {}
    rows = items.filter(current__kind__in=kinds).values_list("current_id", "current__kind", "current__body")
    return {version: points_of(kind, body) for version, kind, body in rows}


@dataclass(frozen=True, slots=True)
class CellState:
    """What the bank has for one cell: `fitting` items in all, `available` beside the other cells.

    `facility` is their mean prediction in hundredths of a percent; `measured` of them rest on answers, the others on the
    difficulty that their authors stated.
    """

    section: str
    cell: str
    wanted: int
    fitting: int
    available: int
    facility: int | None
    measured: int

    @property
    def is_short(self) -> bool:
        return self.available < self.wanted


def states_of(plan: Plan, *, now: datetime) -> list[CellState]:
    """Whether the bank can fill a plan, cell by cell."""
    pool = pool_for(plan, now=now)
    short = {one.cell: one.available for one in pool.shortages()}
    return [_state(section, cell, pool.fitting[at], short.get(at, cell.count)) for at, (section, cell) in enumerate(plan.rows)]


def _state(section, cell, fitting: Sequence[Candidate], available: int) -> CellState:
    facility = (sum(one.facility for one in fitting) + len(fitting) // 2) // len(fitting) if fitting else None
    measured = sum(one.is_measured for one in fitting)
    return CellState(section.title, describe(cell), cell.count, len(fitting), available, facility, measured)


def _in_words(plan: Plan, pool: Pool, found: Sequence[assembly.Shortage]) -> str:
    """Each short cell by its section and its corner of the bank, with what is known of the items that fit it."""
    rows = plan.rows
    lines = []
    for one in found:
        state = _state(*rows[one.cell], pool.fitting[one.cell], one.available)
        facts = {
            "section": state.section, "cell": state.cell, "wanted": one.wanted, "available": one.available,
            "fitting": state.fitting, "measured": state.measured,
        }  # fmt: skip
        lines.append(
            _(
                "%(section)s, %(cell)s: %(wanted)s wanted, %(available)s there beside the other rows "
                "(%(fitting)s fit; difficulty measured for %(measured)s, stated by the author for the others)"
            )
            % facts
        )
    return "；".join(lines)


def describe(cell) -> str:
    """A cell in words: law, topic, difficulty, audience."""
    parts = [f"《{cell.law.name}》"] if cell.law else []
    parts += [cell.topic] if cell.topic else []
    if (cell.easiest, cell.hardest) != (1, 5):
        parts.append(str(_("difficulty %(easiest)s to %(hardest)s")) % {"easiest": cell.easiest, "hardest": cell.hardest})
    parts += [str(AUDIENCES.get(cell.audience, cell.audience))] if cell.audience else []
    return "，".join(parts) or str(_("any item"))


@transaction.atomic
def draw(
    *,
    blueprint: Blueprint,
    strategy: str,
    seed: str,
    by,
    now: datetime,
    people: Sequence = (),
    count: int = 0,
    is_shuffled: bool = True,
) -> PaperSet:
    """Draw the papers of a sitting: one fixed, A and B without a common item, or one for each candidate.

    `people` are the candidates in their order; what each met in practice or in papers drawn for them comes last in theirs.
    Without them, `count` papers are drawn for candidates who are not known yet. The number of queries does not depend on how
    many papers are drawn, but for the batches that SQLite's limit of parameters makes of one insert. A mean outside the band is kept and said in `fit`.
    Raises BankTooSmall, NotAllowed, BadInput.
    """
    access.require(by, "make_papers")
    if strategy not in PaperSet.Strategy.values:
        raise BadInput(_("There is no such way to draw papers."))
    if not seed.strip() or len(seed) > 64:
        raise BadInput(_("A seed of 1 to 64 signs is needed: the same seed draws the same papers again."))
    candidates = list(people) or [None] * count
    if strategy != PaperSet.Strategy.DRAWN:
        candidates = []
    elif not 1 <= len(candidates) <= MOST_PAPERS:
        raise BadInput(_("Papers are drawn for 1 to %(most)s candidates."), most=MOST_PAPERS)
    plan = blueprints.plan_of(blueprint)
    pool = pool_for(plan, now=now)
    short = pool.shortages()
    if short:
        raise BankTooSmall(cells=_in_words(plan, pool, short))
    try:
        drawn = _draw_all(pool, strategy, seed, candidates, plan.band)
    except assembly.Unfillable as error:
        raise BankTooSmall(cells=_in_words(plan, pool, error.shortages)) from error
    paper_set = PaperSet.objects.create(
        blueprint=blueprint,
        strategy=strategy,
        seed=seed,
        is_shuffled=is_shuffled,
        fit=_fit(drawn, plan.band),
        created_by=by,
        created_at=now,
    )
    _keep(paper_set, pool, drawn, candidates)
    facts = {"papers": len(drawn), "strategy": strategy, "code": blueprint.code}
    audit.record(actor=by, act="draw_papers", subject=f"paper_set:{paper_set.pk}", now=now, facts=facts)
    return paper_set


def _draw_all(pool: Pool, strategy: str, seed: str, candidates: Sequence, band) -> list[assembly.Drawn]:
    if strategy == PaperSet.Strategy.FIXED:
        return [pool.draw(seed=seed, label="1", band=band)]
    if strategy == PaperSet.Strategy.AB:
        first = pool.draw(seed=seed, label="A", band=band)
        taken = {one.item for _at, one in first.places}
        return [first, pool.draw(seed=seed, label="B", barred=taken, band=band)]
    met = seen_by([person for person in candidates if person])
    return [
        pool.draw(seed=seed, label=str(number), seen=met.get(person.pk, frozenset()) if person else frozenset(), band=band)
        for number, person in enumerate(candidates, 1)
    ]


def seen_by(people: Sequence) -> dict[int, set[int]]:
    """person -> items met in practice, or in a paper that was drawn for them. Three queries at most."""
    met = defaultdict(set)
    if not people:
        return met
    answers = PracticeAnswer.objects.filter(person__in=people).values_list("person_id", "version__item_id").distinct()
    for person_id, item_id in answers:
        met[person_id].add(item_id)
    layouts = list(Paper.objects.filter(person__in=people).values_list("person_id", "layout"))
    versions = {place["version"] for _person, layout in layouts for place in layout}
    item_of = dict(ItemVersion.objects.filter(pk__in=versions).values_list("pk", "item_id")) if versions else {}
    for person_id, layout in layouts:
        met[person_id].update(item_of[place["version"]] for place in layout)
    return met


def _fit(drawn: Sequence[assembly.Drawn], band) -> dict:
    """Predicted facility of each paper, and what the prediction rests on."""
    places = [one for paper in drawn for _at, one in paper.places]
    measured = sum(one.is_measured for one in places)
    return {
        "band": list(band) if band else None,
        "means": {paper.label: paper.mean for paper in drawn},
        "outside": [paper.label for paper in drawn if not paper.is_in_band],
        "measured": measured,
        "places": len(places),
        "seen": {paper.label: paper.seen for paper in drawn if paper.seen},
    }


@dataclass(frozen=True, slots=True)
class Fit:
    """How one paper lies to the band: `mean` predicted facility in hundredths of a percent, and how many questions were met."""

    label: str
    mean: int
    is_in_band: bool
    seen: int


def fit_of(paper_set: PaperSet) -> list[Fit]:
    """The papers of a set with their predicted difficulty, in their order."""
    fit = paper_set.fit
    return [Fit(label, mean, label not in fit["outside"], fit["seen"].get(label, 0)) for label, mean in fit["means"].items()]


def _keep(paper_set: PaperSet, pool: Pool, drawn: Sequence[assembly.Drawn], candidates: Sequence) -> None:
    versions = {one.version for paper in drawn for _at, one in paper.places}
    options = _options_to_shuffle(versions) if paper_set.is_shuffled else {}
    papers = []
    for at, paper in enumerate(drawn):
        counts = [options.get(one.version, 0) for _at, one in paper.places]
        orders = assembly.option_orders(seed=paper_set.seed, label=paper.label, counts=counts)
        layout = [
            {"section": pool.cells[at].section, "version": one.version, "marks": pool.cells[at].marks, "order": order}
            for (at, one), order in zip(paper.places, orders, strict=True)
        ]
        total = sum(place["marks"] for place in layout)
        digest = digest_of(
            [(one.code, place["marks"], place["order"]) for (_at, one), place in zip(paper.places, layout, strict=True)]
        )
        person = candidates[at] if candidates else None
        papers.append(Paper(paper_set=paper_set, label=paper.label, person=person, layout=layout, total=total, digest=digest))
    Paper.objects.bulk_create(papers)
    mark_used(versions, now=paper_set.created_at)


def _options_to_shuffle(versions: set[int]) -> dict[int, int]:
    """version -> how many options it has, where they may stand in any order."""
    rows = ItemVersion.objects.filter(kind__in=CHOICES, pk__in=versions).values_list("pk", "body", "explanation")
    return {pk: len(body["options"]) for pk, body, explanation in rows if may_be_shuffled(body, explanation)}


def digest_of(places: list[tuple]) -> str:
    """What a paper shows, in one number: codes, marks and the order of options; equal on every engine."""
    return hashlib.sha256(json.dumps(places, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()


# --- a paper as it is shown


@dataclass(frozen=True, slots=True)
class Question:
    """A numbered place of a paper. `body` stands as the paper shows it: its options in the order of the paper."""

    number: int
    version: ItemVersion
    body: dict
    marks: int


@dataclass(frozen=True, slots=True)
class Section:
    """A section of a paper: its blueprint's section, and what was drawn for it."""

    title: str
    kind: str
    policy: str
    marks_each: int
    floor: int | None
    questions: list[Question]

    @property
    def total(self) -> int:
        return sum(question.marks for question in self.questions)


def sections_of(paper: Paper) -> list[Section]:
    """The paper in the order shown. Four queries, whatever its length."""
    versions = ItemVersion.objects.select_related("item").prefetch_related("citations__law")
    versions = versions.in_bulk([place["version"] for place in paper.layout])
    by_section = defaultdict(list)
    for number, place in enumerate(paper.layout, 1):
        version = versions[place["version"]]
        body = in_order(version.body, place["order"]) if place["order"] else version.body
        by_section[place["section"]].append(Question(number, version, body, place["marks"]))
    return [
        Section(one.title, one.kind, one.policy, one.marks_each, one.floor, by_section[one.position])
        for one in paper.paper_set.blueprint.sections.order_by("position")
    ]


def see(paper: Paper, *, by, now: datetime, act: str = "see_paper", **facts) -> None:
    """Put it in the audit trail that a paper was looked at, or taken out of the house."""
    facts |= {"code": paper.paper_set.blueprint.code, "paper": paper.label}
    audit.record(actor=by, act=act, subject=f"paper:{paper.pk}", now=now, facts=facts)
