"""Papers: drawn under a blueprint, kept as they will be shown, sealed by a digest."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from exams import assembly
from exams.assembly import ASSUMED, Candidate, Cell, Pool
from exams.content import CHOICES, WHOLE
from exams.models import (
    Blueprint,
    Citation,
    Item,
    ItemEnmity,
    ItemVersion,
    Paper,
    PaperSet,
    PracticeAnswer,
    ResponseTally,
)
from training import access, audit
from training.errors import BadInput, DomainError

MEASURED_FROM = 20  # answers from which a facility is measured and not assumed


class BankTooSmall(DomainError):
    """The bank cannot fill the blueprint; `facts["cells"]` names each cell that stays short."""

    code = "bank_too_small"
    message = _("The bank cannot fill this blueprint: %(cells)s")


def cells_of(blueprint: Blueprint) -> list[Cell]:
    """The cells in the order of the blueprint. Two queries."""
    return [
        Cell(
            section=section.position,
            kind=section.kind,
            count=cell.count,
            marks=section.marks_each,
            law=cell.law_id,
            topic=cell.topic,
            easiest=cell.easiest,
            hardest=cell.hardest,
            audience=cell.audience,
        )
        for section in blueprint.sections.prefetch_related("cells").order_by("position")
        for cell in section.cells.all()
    ]


def pool_for(blueprint: Blueprint, *, now: datetime) -> Pool:
    """The bank as the blueprint sees it now. Six queries, whatever the size of the bank."""
    cells = cells_of(blueprint)
    items = Item.objects.drawable(now).filter(current__kind__in={cell.kind for cell in cells})
    laws = defaultdict(set)
    for version_id, law_id in Citation.objects.filter(version__in=items.values("current")).values_list("version_id", "law_id"):
        laws[version_id].add(law_id)
    measured = _facilities(items)
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
        )
        for code, pk, version, kind, topic, difficulty, audience in items.values_list(*fields)
    ]
    enemies = defaultdict(set)
    for first, second in ItemEnmity.objects.values_list("first_id", "second_id"):
        enemies[first].add(second)
        enemies[second].add(first)
    return Pool(cells, candidates, dict(enemies))


def _facilities(items) -> dict[int, int]:
    """version -> measured facility in hundredths of a percent, over all populations, where enough answered."""
    answered, earned = defaultdict(int), defaultdict(int)
    rows = ResponseTally.objects.filter(version__in=items.values("current")).values_list("version_id", "answered", "earned")
    for version, count, sum_of_fractions in rows:
        answered[version] += count
        earned[version] += sum_of_fractions
    return {v: earned[v] * 10000 // (count * WHOLE) for v, count in answered.items() if count >= MEASURED_FROM}


def shortages(blueprint: Blueprint, *, now: datetime) -> list[str]:
    """What the bank lacks for a blueprint, cell by cell, in words; empty when it suffices."""
    pool = pool_for(blueprint, now=now)
    return _in_words(blueprint, pool.shortages())


def _in_words(blueprint: Blueprint, found: Sequence[assembly.Shortage]) -> list[str]:
    rows = [
        (section, cell)
        for section in blueprint.sections.prefetch_related("cells__law").order_by("position")
        for cell in section.cells.all()
    ]
    return [
        _("%(section)s, %(cell)s: %(wanted)s wanted, %(available)s there")
        % {
            "section": rows[one.cell][0].title,
            "cell": describe(rows[one.cell][1]),
            "wanted": one.wanted,
            "available": one.available,
        }
        for one in found
    ]


def describe(cell) -> str:
    """A cell in words: law, topic, difficulty, audience."""
    parts = [f"《{cell.law.name}》"] if cell.law else []
    parts += [cell.topic] if cell.topic else []
    if (cell.easiest, cell.hardest) != (1, 5):
        parts.append(str(_("difficulty %(easiest)s to %(hardest)s")) % {"easiest": cell.easiest, "hardest": cell.hardest})
    parts += [cell.audience] if cell.audience else []
    return "，".join(parts) or str(_("any item"))


@transaction.atomic
def draw(
    *, blueprint: Blueprint, strategy: str, seed: str, by, now: datetime, people: Sequence = (), is_shuffled: bool = True
) -> PaperSet:
    """Draw the papers of a sitting: one fixed, A and B without a common item, or one for each of `people` in their order.

    `people` are the candidates; what each met in practice or in earlier papers comes last in theirs. The number of
    queries does not depend on how many papers are drawn. Raises BankTooSmall, NotAllowed, BadInput.
    """
    access.require(by, "make_papers")
    if not seed.strip():
        raise BadInput(_("A seed is needed: the same seed draws the same papers again."))
    if strategy == PaperSet.Strategy.DRAWN and not people:
        raise BadInput(_("Papers are drawn for candidates, and there is none."))
    pool = pool_for(blueprint, now=now)
    short = pool.shortages()
    if short:
        raise BankTooSmall(cells="；".join(_in_words(blueprint, short)))
    band = (blueprint.lowest_mean, blueprint.highest_mean) if blueprint.lowest_mean is not None else None
    try:
        drawn = _draw_all(pool, strategy, seed, people, band)
    except assembly.Unfillable as error:
        words = _in_words(blueprint, error.shortages)
        raise BankTooSmall(cells="；".join(words)) from error
    paper_set = PaperSet.objects.create(
        blueprint=blueprint,
        strategy=strategy,
        seed=seed,
        is_shuffled=is_shuffled,
        fit=_fit(drawn, band),
        created_by=by,
        created_at=now,
    )
    _keep(paper_set, pool, drawn)
    facts = {"papers": len(drawn), "strategy": strategy}
    audit.record(actor=by, act="draw_papers", subject=f"paper_set:{paper_set.pk}", unit=None, now=now, facts=facts)
    return paper_set


def _draw_all(pool: Pool, strategy: str, seed: str, people: Sequence, band) -> list[assembly.Drawn]:
    if strategy == PaperSet.Strategy.FIXED:
        return [pool.draw(seed=seed, label="1", band=band)]
    if strategy == PaperSet.Strategy.AB:
        first = pool.draw(seed=seed, label="A", band=band)
        taken = {one.item for _at, one in first.places}
        return [first, pool.draw(seed=seed, label="B", barred=taken, band=band)]
    met = seen_by(people)
    return [
        pool.draw(seed=seed, label=str(number), seen=met.get(person.pk, frozenset()), band=band)
        for number, person in enumerate(people, 1)
    ]


def seen_by(people: Sequence) -> dict[int, set[int]]:
    """person -> items met in practice. One query."""
    met = defaultdict(set)
    answers = PracticeAnswer.objects.filter(person__in=people).values_list("person_id", "version__item_id").distinct()
    for person_id, item_id in answers:
        met[person_id].add(item_id)
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


def _keep(paper_set: PaperSet, pool: Pool, drawn: Sequence[assembly.Drawn]) -> None:
    versions = {one.version for paper in drawn for _at, one in paper.places}
    bodies = {}
    if paper_set.is_shuffled:
        wanted = ItemVersion.objects.filter(kind__in=CHOICES, pk__in=list(versions))
        bodies = {pk: len(body["options"]) for pk, body in wanted.values_list("pk", "body")}
    papers = []
    for paper in drawn:
        counts = [bodies.get(one.version, 0) for _at, one in paper.places]
        orders = assembly.option_orders(seed=paper_set.seed, label=paper.label, counts=counts)
        layout = [
            {"section": pool.cells[at].section, "version": one.version, "marks": pool.cells[at].marks, "order": order}
            for (at, one), order in zip(paper.places, orders, strict=True)
        ]
        total = sum(place["marks"] for place in layout)
        digest = digest_of(
            [(one.code, place["marks"], place["order"]) for (_at, one), place in zip(paper.places, layout, strict=True)]
        )
        papers.append(Paper(paper_set=paper_set, label=paper.label, layout=layout, total=total, digest=digest))
    Paper.objects.bulk_create(papers, batch_size=200)
    ItemVersion.objects.filter(pk__in=list(versions), used_at=None).update(used_at=paper_set.created_at)


def digest_of(places: list[tuple]) -> str:
    """What a paper shows, in one number: codes, marks and the order of options; equal on every engine."""
    return hashlib.sha256(json.dumps(places, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()
