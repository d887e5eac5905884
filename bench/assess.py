"""Assessing a district as of a past day, against the same SELECTs executed bare, fetched and dumped as JSON; and pages.

A page of now is asked for at 1,000,000 records and at 10,000, in turn. Held equal are the machine, the code, the 20,000
people with their postings and categories, the units, the requirements and the page; what differs are the entries of the
ledger, and the totals they make (20,000 rows, and 10,000 where half the people have none).
"""

import contextlib
import json
import os
import resource
import statistics
import time
from pathlib import Path

import district

district.prepare()

from django.db import connection, reset_queries  # noqa: E402
from django.test import Client, override_settings  # noqa: E402

from tests.factories import make_role  # noqa: E402
from training import compliance  # noqa: E402
from training.models import Person, Unit  # noqa: E402
from training.periods import Period  # noqa: E402

PAGES = (
    ("district board", "/board/?"),
    ("unit board", "/board/?unit=110115005&"),
    ("unit people", "/people/?unit=110115005&"),
)
ROUNDS, EACH = 5, 10


def best(work, times=5):
    """The least wall and the least CPU seconds of several runs."""
    walls, cpus = [], []
    for _ in range(times):
        wall, cpu = time.perf_counter(), time.process_time()
        work()
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)
    return min(walls), min(cpus)


def database_seconds() -> float:
    """CPU of the PostgreSQL process that serves us, as Linux counts it, in steps of 10 ms; SQLite runs in our own."""
    if connection.vendor == "sqlite":
        return 0.0
    connection.ensure_connection()
    fields = Path(f"/proc/{connection.connection.info.backend_pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Asked:
    """What asking for one page many times took."""

    def __init__(self):
        self.walls, self.cpus, self.database = [], [], 0.0

    def ask(self, client, address) -> None:
        assert client.get(address).status_code == 200  # warm
        before = database_seconds()
        for _ in range(EACH):
            wall, cpu = time.perf_counter(), time.process_time()
            client.get(address)
            self.cpus.append(time.process_time() - cpu)
            self.walls.append(time.perf_counter() - wall)
        self.database += database_seconds() - before

    @property
    def web(self) -> float:
        return statistics.median(self.cpus) * 1000

    @property
    def cpu(self) -> float:
        return self.web + self.database / len(self.cpus) * 1000

    @property
    def p95(self) -> float:
        return sorted(self.walls)[len(self.walls) * 95 // 100] * 1000


def client_of_district() -> Client:
    person = Person.objects.order_by("pk").first()
    if not person.roles.exists():
        make_role(person=person, unit=Unit.objects.get(parent=None), role="district")
    client = Client()
    client.force_login(person)
    return client


def pages() -> None:
    clients = []
    for size in (contextlib.nullcontext, district.hundredth):
        with size():
            clients.append(client_of_district())
    for name, address in PAGES:
        address += f"year={district.YEAR}"
        full, small = Asked(), Asked()
        for _ in range(ROUNDS):  # in turn, so that whatever else runs on the machine disturbs both alike
            full.ask(clients[0], address)
            with district.hundredth():
                small.ask(clients[1], address)
        parts = "" if connection.vendor == "sqlite" else f" (web {full.web:.0f})"
        print(
            f"  {name} now: median {statistics.median(full.walls) * 1000:.0f} ms, p95 {full.p95:.0f} ms; "
            f"CPU {full.cpu:.0f} ms{parts}, at a hundredth of the records {small.cpu:.0f} ms, ratio {full.cpu / small.cpu:.2f}"
        )


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

    floors, runs = zip(*((best(bare, 1), best(ours, 1)) for _ in range(7)), strict=True)  # in turn
    (floor, floor_cpu), (assessed, cpu) = (tuple(map(min, zip(*found, strict=True))) for found in (floors, runs))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{connection.vendor}: {len(rows)} people, {len(statements)} queries, load {os.getloadavg()[0]:.1f}")
    print(f"  as of a past day {assessed:.2f} s, bare {floor:.2f} s, ratio {assessed / floor:.2f}; peak RSS {peak} MB")
    if connection.vendor == "sqlite":
        print(f"  in CPU {cpu:.2f} s, bare {floor_cpu:.2f} s, ratio {cpu / floor_cpu:.2f}")
    client = client_of_district()
    wall, _cpu = best(lambda: client.get(f"/board/?year={district.YEAR}&as_of={district.PAST.date()}"), 3)
    print(f"  district board as of a past day {wall:.2f} s")
    pages()


main()
