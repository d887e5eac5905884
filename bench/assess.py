"""Assessing a district as of a past day, against the same SELECTs executed bare, fetched and dumped as JSON; and the board of now."""

import json
import resource
import statistics
import time

import district

district.prepare()

from django.db import connection, reset_queries  # noqa: E402
from django.test import Client, override_settings  # noqa: E402

from tests.factories import make_role  # noqa: E402
from training import compliance  # noqa: E402
from training.models import Person, Unit  # noqa: E402
from training.periods import Period  # noqa: E402


def best(work, times=3):
    found = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        found.append(time.perf_counter() - start)
    return min(found)


def main() -> None:
    district.fill()
    top = Unit.objects.get(parent=None)

    def ours():
        return compliance.assess(unit=top, period=Period(district.YEAR), now=district.NOW, as_of=district.PAST).people

    with override_settings(DEBUG=True):
        reset_queries()
        rows = ours()
        statements = [q["sql"] for q in connection.queries if q["sql"].lstrip().upper().startswith("SELECT")]

    def bare():
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement.replace("%", "%%") if connection.vendor == "postgresql" else statement)
                json.dumps(cursor.fetchall(), default=str)

    floor, assessed = best(bare), best(ours)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{connection.vendor}: {len(rows)} people, {len(statements)} queries")
    print(f"  as of a past day {assessed:.2f} s, bare {floor:.2f} s, ratio {assessed / floor:.2f}; peak RSS {peak} MB")

    person = Person.objects.order_by("pk").first()
    if not person.roles.exists():
        make_role(person=person, unit=top, role="district")
    client = Client()
    client.force_login(person)
    for name, address in (
        ("district board", "/board/"),
        ("unit board", "/board/?unit=110115005"),
        ("unit people", "/people/?unit=110115005"),
    ):
        address += ("&" if "?" in address else "?") + f"year={district.YEAR}"
        client.get(address)
        times = []
        for _ in range(20):
            start = time.perf_counter()
            assert client.get(address).status_code == 200
            times.append(time.perf_counter() - start)
        print(f"  {name} now: median {statistics.median(times) * 1000:.0f} ms, p95 {sorted(times)[18] * 1000:.0f} ms")


main()
