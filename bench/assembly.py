"""Drawing 1,000 papers of 80 items from a bank of 10,000: CPU for each paper, and how many queries."""

import time

import district

district.prepare()

from django.db import connection, transaction  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402
from django.utils import timezone  # noqa: E402

from exams import papers  # noqa: E402
from exams.content import choice_body  # noqa: E402
from exams.models import Blueprint, BlueprintCell, BlueprintSection, Citation, Item, ItemVersion  # noqa: E402
from laws import library  # noqa: E402
from training.models import Person, Role, Unit  # noqa: E402

ITEMS, PAPERS = 10_000, 1_000


class Undone(Exception):
    """Takes everything back."""


def fill(now) -> Blueprint:
    laws = [library.enter_metadata(title=f"试验法{i}", label="x", now=now).document for i in range(20)]
    items = Item.objects.bulk_create(
        [Item(code=f"bench-{i:05d}", state="approved", created_at=now) for i in range(ITEMS)], batch_size=1000
    )
    kinds = ("single_choice", "single_choice", "multiple_choice", "true_false")
    versions = ItemVersion.objects.bulk_create(
        [
            ItemVersion(
                item=item, kind=kinds[i % 4], stem=f"第{i}题（　）", stem_text=f"第{i}题", difficulty=i % 5 + 1, created_at=now,
                body={"key": True} if kinds[i % 4] == "true_false" else choice_body(["甲", "乙", "丙", "丁"], "AB"),
            )
            for i, item in enumerate(items)
        ],
        batch_size=1000,
    )  # fmt: skip
    for item, version in zip(items, versions, strict=True):
        item.current = version
    Item.objects.bulk_update(items, ["current"], batch_size=500)
    Citation.objects.bulk_create(
        [Citation(version=v, law=laws[i // 4 % 20], ref="1") for i, v in enumerate(versions)], batch_size=1000
    )
    blueprint = Blueprint.objects.create(
        code="bench", title="bench", pass_mark=6000, created_at=now, lowest_mean=6900, highest_mean=7300
    )
    for position, (kind, count, marks) in enumerate(
        (("single_choice", 40, 100), ("multiple_choice", 20, 200), ("true_false", 20, 100))
    ):
        section = BlueprintSection.objects.create(blueprint=blueprint, position=position, title=kind, kind=kind, marks_each=marks)
        BlueprintCell.objects.create(section=section, count=count // 2, law=laws[position], easiest=1, hardest=3)
        BlueprintCell.objects.create(section=section, count=count // 2)
    return blueprint


def main() -> None:
    now = timezone.now()
    try:
        with transaction.atomic():
            blueprint = fill(now)
            people = Person.objects.bulk_create([Person(username=f"a{i}", name="某", password="!") for i in range(PAPERS)])
            role = Role.objects.create(person=people[0], unit=Unit.objects.get(parent=None), role="reviewer", granted_at=now)
            with CaptureQueriesContext(connection) as statements:
                clock, cpu = time.perf_counter(), time.process_time()
                drawn = papers.draw(blueprint=blueprint, strategy="drawn", seed="bench", by=role.person, now=now, people=people)
                clock, cpu = time.perf_counter() - clock, time.process_time() - cpu
            fit = drawn.fit
            print(
                f"{connection.vendor}: {PAPERS} papers of 80 from {ITEMS}: {cpu * 1000 / PAPERS:.2f} ms of CPU each "
                f"({clock:.2f} s in all), {len(statements)} queries, {len(fit['outside'])} outside the band"
            )
            raise Undone
    except Undone:
        pass


main()
