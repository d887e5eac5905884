"""Questions that ask nearly the same thing: found when writing and importing, and kept out of one paper.

What is compared is the question with its options, as pairs of characters: the order of options and punctuation do not
count. Two are near-duplicates when they share half of all their pairs, counted once with every option and once with the
right ones alone (the same question with other wrong options). A MinHash signature of the latter finds who is worth
comparing; the comparison itself is exact, and the same on every machine and engine.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations, pairwise, product

import numpy as np
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from exams.content import CHOICES, Content
from exams.markup import plain_text, texts_of
from exams.models import Item, ItemDistinction, ItemEnmity, ItemState, ItemVersion
from laws.errors import BadInput
from training import audit

ALIKE = 60  # percent of shared pairs from which two questions are near-duplicates
ROWS, BANDS = 3, 16  # 16 chances to agree in 3 hashes: of questions that share 60 %, one in forty is missed; of 80 %, none
REPEATED = 20  # of a text that stands in the bank this often, more are not compared with others
_WORD = re.compile(r"[\W_]+")
_RANDOM = np.random.Generator(np.random.PCG64(20220411))
_FACTORS = _RANDOM.integers(1, 1 << 63, size=ROWS * BANDS, dtype=np.uint64) | np.uint64(1)
_TERMS = _RANDOM.integers(0, 1 << 63, size=ROWS * BANDS, dtype=np.uint64)


def pairs_of(texts: Iterable[str]) -> frozenset[int]:
    """The pairs of characters of each text, as numbers; signs and blanks left out, one width, one case."""
    found = set()
    for text in texts:
        points = [ord(c) for c in _WORD.sub("", text.lower())]
        found.update(a << 21 | b for a, b in pairwise(points))
        if len(points) == 1:
            found.add(points[0])
    return frozenset(found)


def signature_of(pairs: frozenset[int]) -> list[int]:
    """MinHash: of two sets that share a part of their members, that part of the numbers agree, roughly."""
    if not pairs:
        return []
    values = np.fromiter(pairs, dtype=np.uint64, count=len(pairs))
    with np.errstate(over="ignore"):
        hashed = (values[:, None] * _FACTORS + _TERMS) >> np.uint64(32)
    return hashed.min(axis=0).tolist()


def all_pairs(kind: str, stem: str, body: dict) -> frozenset[int]:
    return pairs_of([plain_text(stem), *texts_of(body)])


def right_pairs(kind: str, stem: str, body: dict) -> frozenset[int]:
    """The question with its right options alone; whole where there are none to tell apart."""
    if kind not in CHOICES:
        return all_pairs(kind, stem, body)
    key = set(body["key"])
    return pairs_of([plain_text(stem), *(plain_text(option["html"]) for option in body["options"] if option["id"] in key)])


def signature(content: Content) -> list[int]:
    """What `ItemVersion.signature` keeps."""
    return signature_of(right_pairs(content.kind, content.stem, content.body))


def shared(first: frozenset[int], second: frozenset[int]) -> int:
    """Percent of all their members that two sets share, rounded down."""
    union = len(first | second)
    return 100 * len(first & second) // union if union else 0


def similarity(first: ItemVersion | Content, second: ItemVersion | Content) -> int:
    """How alike two questions are, in percent."""
    return max(
        shared(way(first.kind, first.stem, first.body), way(second.kind, second.stem, second.body))
        for way in (all_pairs, right_pairs)
    )


@dataclass(frozen=True, slots=True)
class Near:
    """A question of the bank that asks nearly the same."""

    version: ItemVersion
    similarity: int


def candidates(fresh: dict[int, list[int]], known: dict[int, list[int]]) -> set[tuple[int, int]]:
    """Pairs of keys worth comparing: within `fresh`, and between `fresh` and `known`. Both map keys to signatures.

    Of a text repeated a hundred times only the first stands for all: it costs a hundred comparisons, not ten thousand.
    """
    groups: dict[tuple, list] = defaultdict(list)
    for mapping in (fresh, known):
        for key, numbers in mapping.items():
            if numbers:
                groups[tuple(numbers)].append(key)
    members = list(groups.values())
    met = {(group[0], other) for group in members for other in group[1:]}
    table = np.array(list(groups), dtype=np.uint32) if groups else np.zeros((0, ROWS * BANDS), dtype=np.uint32)
    for one, two in _sharing_a_band(table):
        met.update(product(members[one][:REPEATED], members[two][:REPEATED]))
    return {(min(pair), max(pair)) for pair in met if pair[0] in fresh or pair[1] in fresh}


def _sharing_a_band(table) -> Iterable[tuple[int, int]]:
    """Rows that agree in a band and, as far as the signatures tell, share at least a third."""
    met = set()
    for band in range(BANDS):
        buckets: dict[bytes, list[int]] = defaultdict(list)
        part = np.ascontiguousarray(table[:, band * ROWS : (band + 1) * ROWS])
        for row, numbers in enumerate(part):
            buckets[numbers.tobytes()].append(row)
        for rows in buckets.values():
            if len(rows) > 1:
                met.update(combinations(rows, 2))
    if not met:
        return
    pairs = np.array(sorted(met))
    for at in range(0, len(pairs), 100_000):
        part = pairs[at : at + 100_000]
        agreeing = (table[part[:, 0]] == table[part[:, 1]]).sum(axis=1)
        yield from map(tuple, part[agreeing * 3 >= ROWS * BANDS].tolist())


def signatures(items=None) -> dict[int, list[int]]:
    """Item key -> signature of what it says now, for every item that is not retired. One query."""
    items = Item.objects.exclude(state=ItemState.RETIRED) if items is None else items
    return dict(items.exclude(current=None).values_list("pk", "current__signature"))


def near(content: Content | ItemVersion, *, leave_out: int | None = None, limit: int = 10) -> list[Near]:
    """Questions of the bank nearly like this one, the most alike first. Two queries."""
    known = signatures()
    known.pop(leave_out, None)
    met = candidates({0: signature_of(right_pairs(content.kind, content.stem, content.body))}, known)
    found = [Near(version, similarity(content, version)) for version in _saying(two for _zero, two in met)]
    found = [one for one in found if one.similarity >= ALIKE]
    return sorted(found, key=lambda one: (-one.similarity, one.version.item_id))[:limit]


def find_among(fresh: dict[int, ItemVersion]) -> dict[tuple[int, int], int]:
    """Near-duplicates of `fresh` (item key -> what it says now) among themselves and in the bank: pair -> percent. Two queries."""
    known = {key: numbers for key, numbers in signatures().items() if key not in fresh}
    met = candidates({key: version.signature for key, version in fresh.items()}, known)
    keys = {key for pair in met for key in pair}
    versions = {key: fresh[key] for key in keys if key in fresh}
    versions |= {version.item_id: version for version in _saying(keys - set(fresh))}
    sets = {
        key: (all_pairs(version.kind, version.stem, version.body), right_pairs(version.kind, version.stem, version.body))
        for key, version in versions.items()
    }
    found = {}
    for one, two in sorted(met):
        alike = max(shared(first, second) for first, second in zip(sets[one], sets[two], strict=True))
        if alike >= ALIKE:
            found[one, two] = alike
    return found


def _saying(keys: Iterable[int]) -> list[ItemVersion]:
    """What items say now."""
    keys = sorted(keys)
    found = []
    for at in range(0, len(keys), 5000):
        current = Item.objects.filter(pk__in=keys[at : at + 5000]).select_related("current")
        for item in current:
            item.current.item = item
            found.append(item.current)
    return found


def record(fresh: dict[int, ItemVersion]) -> dict[tuple[int, int], int]:
    """Find near-duplicates of items anew (item key -> what it says now) and keep them apart in papers."""
    found = find_among(fresh)
    ItemEnmity.objects.filter(is_marked=False).filter(Q(first__in=fresh) | Q(second__in=fresh)).delete()
    keep(found)
    return found


def keep(found: dict[tuple[int, int], int]) -> None:
    """Near-duplicates never stand in one paper, unless a person told them apart."""
    if not found:
        return
    different = set(ItemDistinction.objects.values_list("first_id", "second_id"))
    ItemEnmity.objects.bulk_create(
        (
            ItemEnmity(first_id=one, second_id=two, is_marked=False, similarity=alike)
            for (one, two), alike in found.items()
            if (one, two) not in different
        ),
        ignore_conflicts=True,
        batch_size=1000,
    )


@transaction.atomic
def mark(first: Item, second: Item, *, by, now: datetime) -> None:
    """Two questions that give each other away: never in one paper. Again changes nothing."""
    one, two = _pair(first, second)
    ItemDistinction.objects.filter(first_id=one, second_id=two).delete()
    ItemEnmity.objects.update_or_create(
        first_id=one,
        second_id=two,
        defaults={"is_marked": True},
        create_defaults={"is_marked": True, "similarity": similarity(first.current, second.current)},
    )
    audit.record(actor=by, act="mark_enmity", subject=f"item:{one}", now=now, facts={"other": two})


@transaction.atomic
def tell_apart(first: Item, second: Item, *, by, now: datetime) -> None:
    """A person looked: these are different questions. They may stand in one paper and are not shown as alike again."""
    one, two = _pair(first, second)
    ItemEnmity.objects.filter(first_id=one, second_id=two).delete()
    ItemDistinction.objects.get_or_create(first_id=one, second_id=two, defaults={"by": by, "at": now})
    audit.record(actor=by, act="tell_apart", subject=f"item:{one}", now=now, facts={"other": two})


def _pair(first: Item, second: Item) -> tuple[int, int]:
    if first.pk == second.pk:
        raise BadInput(_("A question is no duplicate of itself."))
    return min(first.pk, second.pk), max(first.pk, second.pk)
