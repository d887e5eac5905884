"""Drawing papers under a blueprint. Pure: it works on the rows that `exams.papers` reads, and touches no table.

The same seed draws the same papers on every engine and every day: items are ordered by their code, and chance comes from
a generator that is seeded for each paper by its label. No two items of a paper give each other away; unseen items come
first; the mean predicted facility of a paper is moved into the band that is asked for by exchanging items of one cell.
"""

import hashlib
import random
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice

# what a difficulty from 1 to 5 is taken to mean where nobody answered yet: facility in hundredths of a percent
ASSUMED = {1: 9000, 2: 8000, 3: 6500, 4: 5000, 5: 3500}
EXCHANGES = 200  # tries to move a paper into its band
TRIES = 20  # random picks before all are looked through


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """An item that may be drawn. `facility` is predicted, in hundredths of a percent; `is_measured` by answers.

    `points`: what its parts or scoring points add up to, in hundredths of a mark; None where the paper gives any marks.
    """

    code: str
    item: int
    version: int
    kind: str
    laws: frozenset[int]
    topic: str
    difficulty: int
    audience: frozenset[str]
    facility: int
    is_measured: bool = False
    points: int | None = None


@dataclass(frozen=True, slots=True)
class Cell:
    """What is drawn: `count` items of a kind from one corner of the bank. Empty means any."""

    section: int
    kind: str
    count: int
    marks: int
    law: int | None = None
    topic: str = ""
    easiest: int = 1
    hardest: int = 5
    audience: str = ""

    def takes(self, one: Candidate) -> bool:
        return (
            one.kind == self.kind
            and one.points in (None, self.marks)
            and self.easiest <= one.difficulty <= self.hardest
            and (self.law is None or self.law in one.laws)
            and (not self.topic or self.topic == one.topic)
            and (not self.audience or not one.audience or self.audience in one.audience)
        )


@dataclass(frozen=True, slots=True)
class Shortage:
    """A cell that the bank cannot fill beside the others: how many it wants, and how many are left for it."""

    cell: int
    wanted: int
    available: int


class Unfillable(Exception):
    """`shortages` names the cells; with none, items that give each other away stand in the way."""

    def __init__(self, shortages: list[Shortage]):
        super().__init__(shortages)
        self.shortages = shortages


@dataclass(slots=True)
class Drawn:
    """A paper: (cell, candidate) in the order shown; `mean` facility weighted by marks, hundredths of a percent."""

    label: str
    places: list[tuple[int, Candidate]]
    mean: int
    is_in_band: bool = True
    seen: int = 0


@dataclass
class Pool:
    """The bank as a blueprint sees it: who fits each cell, and who must not stand beside whom."""

    cells: Sequence[Cell]
    candidates: Sequence[Candidate]
    enemies: dict[int, set[int]] = field(default_factory=dict)
    fitting: list[list[Candidate]] = field(init=False)
    by_facility: list[list[Candidate]] = field(init=False)
    facilities: list[list[int]] = field(init=False)  # of `by_facility`

    def __post_init__(self):
        by_kind = defaultdict(list)
        for one in sorted(self.candidates, key=lambda c: c.code):
            by_kind[one.kind].append(one)
        self.fitting = [[one for one in by_kind[cell.kind] if cell.takes(one)] for cell in self.cells]
        self.by_facility = [sorted(fitting, key=lambda c: (c.facility, c.code)) for fitting in self.fitting]
        self.facilities = [[c.facility for c in rows] for rows in self.by_facility]
        # the cell with the least to spare chooses first
        self.order = sorted(range(len(self.cells)), key=lambda i: (len(self.fitting[i]) - self.cells[i].count, i))

    def shortages(self) -> list[Shortage]:
        """The cells that stay unfilled in the best distribution of the bank over all cells; empty when it can be filled.

        A maximum flow over groups of items that fit the same cells, so that overlapping cells are told exactly.
        """
        fits = defaultdict(list)
        for at, fitting in enumerate(self.fitting):
            for one in fitting:
                fits[one.item].append(at)
        groups = defaultdict(int)
        for cells in fits.values():
            groups[tuple(cells)] += 1
        given: dict[tuple, dict[int, int]] = {group: defaultdict(int) for group in groups}
        found = []
        for at in self.order:
            wanted = self.cells[at].count
            got = sum(1 for _ in range(wanted) if self._push(at, groups, given))
            if got < wanted:
                found.append(Shortage(at, wanted, got))
        return sorted(found, key=lambda shortage: shortage.cell)

    @staticmethod
    def _push(at: int, groups, given) -> bool:
        """One more item for cell `at`, moving others' items along if need be (an augmenting path)."""
        came_from: dict[int, tuple] = {}  # cell -> (group it can take from, the cell that asked)
        queue, seen = [at], {at}
        while queue:
            cell = queue.pop(0)
            for group, size in groups.items():
                if cell not in group:
                    continue
                if sum(given[group].values()) < size:
                    given[group][cell] += 1
                    while cell != at:
                        group, asker = came_from[cell]
                        given[group][cell] -= 1
                        given[group][asker] += 1
                        cell = asker
                    return True
                for other, count in given[group].items():
                    if count and other not in seen:
                        seen.add(other)
                        came_from[other] = (group, cell)
                        queue.append(other)
        return False

    def draw(self, *, seed: str, label: str, seen: set[int] = frozenset(), barred: set[int] = frozenset(), band=None) -> Drawn:
        """One paper. `seen` items come last, `barred` ones not at all; `band` is (lowest, highest) mean facility or None.

        Raises Unfillable. Ask `shortages` first: drawing takes it that the bank suffices but for barred items and enemies.
        """
        chance = random.Random(hashlib.sha256(f"{seed}/{label}".encode()).digest())  # noqa: S311  not a secret: it must repeat
        for _attempt in range(8):
            drawing = _Drawing(self, chance, seen, barred)
            if drawing.fill():
                break
        else:
            raise Unfillable(self.shortages() or drawing.short)
        is_in_band = drawing.move_into(band)
        places = drawing.in_order()
        return Drawn(label, places, drawing.mean(), is_in_band, sum(1 for _at, one in places if one.item in seen))


class _Drawing:
    """One paper on its way."""

    def __init__(self, pool: Pool, chance: random.Random, seen: set[int], barred: set[int]):
        self.pool, self.chance, self.seen, self.barred = pool, chance, seen, barred
        self.chosen: list[list[Candidate]] = [[] for _ in pool.cells]
        self.taken: set[int] = set()
        self.hated: dict[int, int] = defaultdict(int)  # item -> how many chosen ones it gives away
        self.short: list[Shortage] = []
        self.marks = self.weighted = 0  # of the chosen items, and their facilities weighted by them

    def fill(self) -> bool:
        for at in self.pool.order:
            wanted = self.pool.cells[at].count
            for one in self._at_random(at):
                if len(self.chosen[at]) == wanted:
                    break
                self._take(at, one)
            while len(self.chosen[at]) < wanted and self._make_room(at, {at}):
                pass
            if len(self.chosen[at]) < wanted:
                self.short = [Shortage(at, wanted, len(self.chosen[at]))]
                return False
        return True

    def _at_random(self, at: int):
        """Who may be taken into a cell, in random order, unseen ones first."""
        fitting, met = self.pool.fitting[at], []
        count = len(fitting)
        swapped: dict[int, int] = {}
        for i in range(count):  # a shuffle that stops where the reader stops
            j = i + int(self.chance.random() * (count - i))
            picked = swapped.get(j, j)
            swapped[j] = swapped.get(i, i)
            one = fitting[picked]
            if not self._may_take(one):
                continue
            if one.item in self.seen:
                met.append(one)
            else:
                yield one
        yield from (one for one in met if self._may_take(one))

    def _may_take(self, one: Candidate) -> bool:
        return one.item not in self.taken and one.item not in self.barred and not self.hated.get(one.item)

    def _take(self, at: int, one: Candidate) -> None:
        self._count(at, one, 1)
        self.chosen[at].append(one)
        self.taken.add(one.item)
        for enemy in self.pool.enemies.get(one.item, ()):
            self.hated[enemy] += 1

    def _drop(self, at: int, one: Candidate) -> None:
        self._count(at, one, -1)
        self.chosen[at].remove(one)
        self.taken.discard(one.item)
        for enemy in self.pool.enemies.get(one.item, ()):
            self.hated[enemy] -= 1

    def _count(self, at: int, one: Candidate, sign: int) -> None:
        marks = self.pool.cells[at].marks
        self.marks += sign * marks
        self.weighted += sign * marks * one.facility

    def _make_room(self, at: int, asked: set[int]) -> bool:
        """Take an item that fits here from another cell that can replace it."""
        for other in self.pool.order:
            if other in asked:
                continue
            for one in list(self.chosen[other]):
                if not self.pool.cells[at].takes(one):
                    continue
                self._drop(other, one)
                self._take(at, one)
                substitute = next(self._at_random(other), None)
                if substitute is not None:
                    self._take(other, substitute)
                    return True
                if self._make_room(other, asked | {other}):
                    return True
                self._drop(at, one)
                self._take(other, one)
        return False

    def mean(self) -> int:
        """Mean predicted facility weighted by marks, hundredths of a percent, half up."""
        return (2 * self.weighted + self.marks) // (2 * self.marks) if self.marks else 0

    def move_into(self, band) -> bool:
        """Exchange items within their cells until the mean lies in the band; False when it cannot be had."""
        if band is None:
            return True
        lowest, highest = band
        for _ in range(EXCHANGES):
            if lowest <= self.mean() <= highest:
                return True
            if not self._exchange(lowest, highest):
                return False
        return lowest <= self.mean() <= highest

    def _exchange(self, lowest: int, highest: int) -> bool:
        """Exchange one item for another of its cell that brings the mean into the band, or at least much nearer."""
        is_too_hard = self.mean() < lowest
        for at in shuffled(self.chance, range(len(self.pool.cells))):
            for one in shuffled(self.chance, self.chosen[at]):
                self._drop(at, one)
                substitute = self._substitute(at, one, lowest, highest, is_too_hard)
                if substitute is not None:
                    self._take(at, substitute)
                    return True
                self._take(at, one)
        return False

    def _substitute(self, at: int, one: Candidate, lowest: int, highest: int, is_too_hard: bool) -> Candidate | None:
        rows, facilities, marks = self.pool.by_facility[at], self.pool.facilities[at], self.pool.cells[at].marks
        whole = self.marks + marks
        from_ = bisect_left(facilities, -((self.weighted - lowest * whole) // marks))
        to = bisect_right(facilities, (highest * whole - self.weighted) // marks)
        found = self._any_of(rows, from_, to)
        if found is not None:
            return found
        if is_too_hard:  # none is easy enough alone: one of the easier half of those that are easier
            start = bisect_right(facilities, one.facility)
            return self._any_of(rows, (start + len(rows)) // 2, len(rows)) or self._any_of(rows, start, len(rows))
        end = bisect_left(facilities, one.facility)
        return self._any_of(rows, 0, (end + 1) // 2) or self._any_of(rows, 0, end)

    def _any_of(self, rows: list[Candidate], start: int, end: int) -> Candidate | None:
        """One that may be taken, by chance; an unseen one where a few tries meet one. None if there is none."""
        for _ in range(TRIES if end > start else 0):
            one = rows[start + int(self.chance.random() * (end - start))]
            if one.item not in self.seen and self._may_take(one):
                return one
        return next((one for one in islice(rows, start, end) if self._may_take(one)), None)

    def in_order(self) -> list[tuple[int, Candidate]]:
        """Section by section, each section's items in random order."""
        sections = defaultdict(list)
        for at, chosen in enumerate(self.chosen):
            sections[self.pool.cells[at].section].extend((at, one) for one in chosen)
        places = []
        for section in sorted(sections):
            places.extend(shuffled(self.chance, sorted(sections[section], key=lambda row: row[1].code)))
        return places


def shuffled(chance: random.Random, rows) -> list:
    """By `random()` alone, the one method whose numbers every version of Python repeats."""
    rows = list(rows)
    for i in range(len(rows) - 1, 0, -1):
        j = int(chance.random() * (i + 1))
        rows[i], rows[j] = rows[j], rows[i]
    return rows


def option_orders(*, seed: str, label: str, counts: Sequence[int]) -> list[list[int] | None]:
    """In which order a paper shows the options of its items, place by place; None where there are none."""
    chance = random.Random(hashlib.sha256(f"{seed}/{label}/options".encode()).digest())  # noqa: S311
    return [shuffled(chance, range(count)) if count else None for count in counts]
