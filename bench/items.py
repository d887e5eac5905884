"""Importing 10,000 questions from xlsx, against the bare read plus one bulk insert of the same rows."""

import io
import random
import time

import district

district.prepare()

import python_calamine  # noqa: E402
from django.db import connection, transaction  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402

from exams import item_imports, items  # noqa: E402
from exams.content import CitedArticle, Content, choice_body  # noqa: E402
from exams.interchange import read  # noqa: E402
from exams.interchange.drafts import Exported  # noqa: E402
from exams.models import Citation, Item, ItemDecision, ItemVersion  # noqa: E402
from laws.models import LegalDocument  # noqa: E402
from reports.items_workbook import workbook  # noqa: E402
from training.models import Person  # noqa: E402

ITEMS, TIMES = 10_000, 3
LAW = "行政处罚法"
SIGNS = "".join(chr(0x4E00 + n) for n in range(0, 3000, 3))


class Undone(Exception):
    """Takes a measured insert back."""


def questions(count: int):
    """Every third one has several answers. The words are random, so that they are as little alike as those of a real bank."""
    rng = random.Random(2022)

    def words(least: int, most: int) -> str:
        return "".join(rng.choices(SIGNS, k=rng.randint(least, most)))

    for n in range(count):
        kind, key = ("multiple_choice", "AC") if n % 3 == 0 else ("single_choice", "ABCD"[n % 4])
        body = choice_body([words(6, 25) for _option in range(4)], key)
        content = Content(
            kind, f"{words(20, 60)}（　）。", body, explanation=words(20, 60), topic="处罚", citations=[CitedArticle(LAW)]
        )
        yield Exported(f"bench-{n}", content, "exam")


def bare(content: bytes, drafts, law) -> float:
    """calamine's rows, and one bulk insert for each table of the rows that an import writes."""
    start = time.perf_counter()
    python_calamine.load_workbook(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    now = district.NOW
    try:
        with transaction.atomic():
            made = Item.objects.bulk_create([Item(code=d.code, created_at=now) for d in drafts], batch_size=1000)
            versions = ItemVersion.objects.bulk_create(
                [
                    ItemVersion(
                        item=item, kind=d.content.kind, stem=d.content.stem, body=d.content.body, explanation=d.content.explanation,
                        stem_text=d.content.stem, signature=list(range(64)), created_at=now,
                    )
                    for item, d in zip(made, drafts, strict=True)
                ],
                batch_size=1000,
            )  # fmt: skip
            for item, version in zip(made, versions, strict=True):
                item.current = version
            Item.objects.bulk_update(made, ["current"], batch_size=1000)
            Citation.objects.bulk_create([Citation(version=v, law=law) for v in versions], batch_size=1000)
            ItemDecision.objects.bulk_create(
                [ItemDecision(item=v.item, version=v, verb="imported", at=now) for v in versions], batch_size=1000
            )
            spent = time.perf_counter() - start
            raise Undone
    except Undone:
        return spent


def ours(content: bytes, by) -> tuple[float, float, int, int]:
    """Seconds of the whole, seconds of reading, items created, queries."""
    start = time.perf_counter()
    read(content, "bench.xlsx")
    reading = time.perf_counter() - start
    try:
        with transaction.atomic(), CaptureQueriesContext(connection) as queries:
            connection.force_debug_cursor = False
            start = time.perf_counter()
            outcome = item_imports.import_file(
                content, "bench.xlsx", by=by, now=district.NOW, options={}, is_partial=False, is_dry_run=False
            )
            spent = time.perf_counter() - start
            raise Undone
    except Undone:
        return spent, reading, outcome[items.CREATED], len(queries)


def main() -> None:
    law, _new = LegalDocument.objects.get_or_create(code="bench-law", defaults={"title": LAW, "short_title": LAW, "kind": "law"})
    by = Person.objects.first()
    file = io.BytesIO()
    start = time.perf_counter()
    workbook(file, items=questions(ITEMS))
    print(f"{ITEMS} items written as xlsx: {time.perf_counter() - start:.2f} s")
    content = file.getvalue()
    drafts = read(content, "bench.xlsx").drafts
    floors, runs = [], []
    for _time in range(TIMES):
        floors.append(bare(content, drafts, law))
        runs.append(ours(content, by))
    spent, reading, created, _queries = min(runs)
    floor = min(floors)
    print(
        f"{created} items: {spent:.2f} s, of it reading and checking {reading:.2f} s, bare {floor:.2f} s, ratio {spent / floor:.2f}"
    )


main()
