"""A backup is whole, though the site goes on writing; what is not whole and ours is refused and changes nothing."""

import io
import json
import os
import secrets
import sqlite3
import subprocess
import sys
import tarfile
import time
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.db import connection

from training import backups

ROOT = Path(__file__).resolve().parent.parent.parent

# somebody at work: each round registers hours of one person with their evidence and certifies them
WRITER = """
import sys
from datetime import date, timedelta
import django
django.setup()
from django.utils import timezone
from training import certification, evidence, registrations
from training.models import HoursLine, Person, Unit

person, unit = Person.objects.get(username="zhang"), Unit.objects.get(parent=None)
for number in range(int(sys.argv[1]), int(sys.argv[2])):
    day = date(2023, 1, 1) + timedelta(days=number)
    line = HoursLine(person=person, studied_on=day, category="LAW", mode="CLASS", title="班", stated=400, origin=f"class:{number}")
    now = timezone.now()
    batch = registrations.register(unit=unit, subject="hours", source="form", title="班", lines=[line], by=None, now=now)
    content = b"%PDF-1.4 " + str(number).encode() * 2000
    evidence.attach(submission=batch, kind="notice", name="通知.pdf", content=content, by=None, now=now)
    registrations.submit(submission=batch, by=None, now=now)
    certification.certify(submission=batch, by=None, now=now)
    print(number, flush=True)
"""
NAMED = """
import django
django.setup()
from django.conf import settings
from training.models import Evidence, StudyRecord
names = list(Evidence.objects.values_list("file", flat=True))
print(StudyRecord.objects.count(), len(names), sum((settings.MEDIA_ROOT / name).stat().st_size > 1000 for name in names))
"""


class Installation:
    """A database, a folder of files and the commands that run on them, on the engine of this pass."""

    def __init__(self, folder: Path, name: str, key: str = ""):
        self.folder, self.media = folder / name, folder / name / "media"
        self.media.mkdir(parents=True)
        self.environment = os.environ | {
            "VAR_DIR": str(self.folder),
            "MEDIA_ROOT": str(self.media),
            "DATABASE_URL": "",
            "REDIS_URL": "",
            "DATA_KEY": key or settings.DATA_KEY,
            "PYTHONPATH": str(ROOT),
            "DJANGO_SETTINGS_MODULE": "config.settings",
        }
        self.database = None
        if connection.vendor == "postgresql":
            self.database = f"{name}_{secrets.token_hex(4)}"  # several runs may share one server
            self._administer(f'CREATE DATABASE "{self.database}"')
            where = connection.settings_dict
            password = f":{where['PASSWORD']}" if where["PASSWORD"] else ""
            address = f"{where['USER']}{password}@{where['HOST']}:{where['PORT'] or 5432}"
            self.environment["DATABASE_URL"] = f"postgres://{address}/{self.database}"

    def _server(self, database: str = "postgres"):
        where = connection.settings_dict
        server = {"host": where["HOST"], "port": where["PORT"] or 5432, "user": where["USER"], "password": where["PASSWORD"]}
        return psycopg.connect(**server, dbname=database, autocommit=True)

    def _administer(self, statement: str):
        with self._server() as server:
            server.execute(statement)

    def remove(self):
        if self.database:
            self._administer(f'DROP DATABASE IF EXISTS "{self.database}" WITH (FORCE)')

    def start(self, *arguments) -> subprocess.Popen:
        command = [sys.executable, *map(str, arguments)]
        return subprocess.Popen(
            command, cwd=ROOT, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def run(self, *arguments, status=0) -> str:
        """What a command printed, on the stream that its outcome belongs to."""
        process = self.start(*arguments)
        out, errors = process.communicate(timeout=120)
        assert process.returncode == status, errors
        assert "Traceback" not in errors
        return out if status == 0 else errors

    def manage(self, *arguments, status=0) -> str:
        return self.run("manage.py", *arguments, status=status)

    def study(self, first: int, last: int):
        self.run("-c", WRITER, first, last)

    def fill(self):
        self.manage("setup", "-v", "0")
        self.manage(
            "shell", "-v", "0", "-c", "from training.models import Person; Person.objects.create(username='zhang', name='张三')"
        )
        return self

    def contents(self) -> tuple:
        """What a refused restore must leave as it was."""
        files = {p.relative_to(self.media): p.read_bytes() for p in self.media.rglob("*") if p.is_file()}
        return files, self.manage("verify_ledger") if self.has_tables() else ""

    def has_tables(self) -> bool:
        if not self.database:
            with closing(sqlite3.connect(self.folder / "db.sqlite3")) as file:
                return file.execute("SELECT 1 FROM sqlite_master").fetchone() is not None
        with self._server(self.database) as server:
            return server.execute("SELECT 1 FROM pg_tables WHERE schemaname = 'public'").fetchone() is not None


@pytest.fixture(scope="module")
def places(tmp_path_factory):
    """`places("name")` makes an empty installation; all are removed in the end."""
    folder, made = tmp_path_factory.mktemp("installations"), []

    def make(name, key=""):
        made.append(Installation(folder, f"{name}{len(made)}", key))
        return made[-1]

    yield make
    for one in made:
        one.remove()


@pytest.fixture(scope="module")
def source(places):
    place = places("source").fill()
    place.study(0, 3)
    return place


@pytest.fixture(scope="module")
def archive(source, tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("backups") / "backup.tar"
    source.manage("backup", path)
    return path


@pytest.fixture(scope="module")
def empty(places):
    return places("empty")


@pytest.fixture(scope="module")
def used(places):
    """An installation with two records of its own."""
    place = places("used").fill()
    place.study(500, 502)
    return place


def test_a_backup_taken_while_hours_are_posted_is_whole(places, tmp_path):
    source, target = places("busy").fill(), places("after")
    writer = source.start("-c", WRITER, 0, 10000)
    while int(writer.stdout.readline()) < 5:
        pass

    said = source.manage("backup", tmp_path / "backup.tar")

    time.sleep(0.3)
    assert writer.poll() is None, "the writer was stopped by the backup"
    writer.terminate()
    writer.communicate()
    assert said.split("digest ")[1] in target.manage("restore", tmp_path / "backup.tar")
    records, named, there = map(int, target.run("-c", NAMED).split())
    still = int(source.run("-c", NAMED).split()[0])
    assert 6 <= records < still
    assert there == named
    assert named - records in (0, 1)  # the evidence of a batch is there before the batch is certified
    assert said.split("digest ")[1] in target.manage("verify_ledger")
    assert [p.name for p in tmp_path.iterdir()] == ["backup.tar"]


def test_the_restored_ledger_goes_on_where_it_stood(source, archive, places):
    target = places("goes_on")
    target.manage("setup", "-v", "0")  # nothing but what is shipped: nothing would be lost

    target.manage("restore", archive)

    target.study(3, 5)
    assert target.manage("verify_ledger").startswith("15 entries, nothing altered")
    guard = "import django; django.setup(); from training.models import StudyRecord; StudyRecord.objects.update(credit=6000)"
    process = target.start("-c", guard)
    assert "append-only" in process.communicate()[1]


def test_a_database_in_use_is_replaced_only_when_that_is_said(archive, places):
    target = places("replaced").fill()
    target.study(700, 701)
    before = target.contents()

    said = target.manage("restore", archive, status=1)

    assert "--replace" in said
    assert target.contents() == before
    target.manage("restore", archive, "--replace")
    assert target.run("-c", NAMED).split() == ["3", "3", "3"]


def flipped(path: Path, at: int) -> bytes:
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    return bytes(content)


def in_member(path: Path, start: str) -> int:
    with tarfile.open(path) as archive:
        member = next(m for m in archive if m.name.startswith(start))
    return member.offset_data + member.size // 2


def behind_member(path: Path, start: str) -> int:
    with tarfile.open(path) as archive:
        member = next(m for m in archive if m.name.startswith(start))
    assert member.size % tarfile.BLOCKSIZE
    return member.offset_data + member.size


DAMAGES = {
    "a byte of the database": lambda path: flipped(path, in_member(path, "database")),
    "a byte of a file": lambda path: flipped(path, in_member(path, "files/")),
    "a byte of the manifest": lambda path: flipped(path, in_member(path, "manifest")),
    "a byte of a header": lambda path: flipped(path, 150),
    "a byte between members": lambda path: flipped(path, behind_member(path, "files/")),
    "cut in the middle": lambda path: path.read_bytes()[: path.stat().st_size // 2],
    "the last bytes cut off": lambda path: path.read_bytes()[:-100],
    "something behind it": lambda path: path.read_bytes() + b"\0" * tarfile.RECORDSIZE,
    "empty": lambda path: b"",
    "another kind of file": lambda path: b"SQLite format 3\0" + bytes(5000),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_archive_is_refused_and_nothing_changes(damage, archive, empty, tmp_path):
    (tmp_path / "damaged.tar").write_bytes(damage(archive))

    said = empty.manage("restore", tmp_path / "damaged.tar", status=1)

    assert said.startswith("CommandError: ")
    assert empty.contents() == ({}, "")


def forged(path: Path, target: Path, *, change=None, member: tarfile.TarInfo | None = None, seal=True) -> Path:
    """The archive with another manifest and one more member, as somebody who holds the key could make it."""
    with tarfile.open(path) as old, tarfile.open(target, "w") as new:
        for info in old:
            content = old.extractfile(info).read()
            if info.name == backups.MANIFEST:
                if member is not None:
                    new.addfile(member, io.BytesIO(b"x" * member.size))
                manifest = json.loads(content)
                former = manifest.pop("seal")
                if member is not None:
                    digest = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"
                    manifest["members"][member.name] = {"size": member.size, "sha256": digest}
                manifest |= change or {}
                content = json.dumps(manifest | {"seal": backups._seal_of(manifest) if seal else former}).encode()
                info.size = len(content)
            new.addfile(info, io.BytesIO(content))
    return target


def member(name: str, **facts) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.size = 0 if facts else 1
    for fact, value in facts.items():
        setattr(info, fact, value)
    return info


FORGERIES = {
    "another engine": ({"change": {"engine": "oracle"}}, "oracle"),
    "a newer schema": ({"change": {"migrations": ["training.9999_tomorrow"]}}, "training.9999_tomorrow"),
    "another product": ({"change": {"product": "payroll"}}, "forged.tar"),
    "a manifest without its seal": ({"change": {"digest": "0" * 32}, "seal": False}, "DATA_KEY"),
    "a ledger that ends elsewhere": ({"change": {"digest": "0" * 32}}, "digest"),
    "a way out": ({"member": member("files/../../out")}, "forged.tar"),
    "an absolute name": ({"member": member("/tmp/out")}, "forged.tar"),
    "a link": ({"member": member("files/link", type=tarfile.SYMTYPE, linkname="/etc/passwd")}, "forged.tar"),
    "a member the manifest does not name": ({"member": member("files/extra"), "change": {"members": {}}}, "forged.tar"),
}


@pytest.mark.parametrize(("forgery", "word"), FORGERIES.values(), ids=FORGERIES)
def test_what_is_not_ours_is_refused_and_nothing_changes(forgery, word, archive, empty, tmp_path):
    path = forged(archive, tmp_path / "forged.tar", **forgery)

    said = empty.manage("restore", path, status=1)

    assert word in said
    assert empty.contents() == ({}, "")


def test_a_forgery_is_made_as_a_backup_is(archive, places, tmp_path):
    path = forged(archive, tmp_path / "forged.tar")

    assert "nothing altered" in places("forged").manage("restore", path)


def test_under_another_key_nothing_is_restored(archive, places):
    target = places("other_key", key="another key of forty-eight characters, at least")

    assert "DATA_KEY" in target.manage("restore", archive, status=1)
    assert target.contents() == ({}, "")


def test_a_ledger_that_was_altered_is_not_put_back_and_the_present_one_stays(places, used, tmp_path):
    altered = places("altered").fill()
    altered.study(0, 2)
    script = (
        "from training import guards; from training.models import StudyRecord; "
        "guards.remove(); StudyRecord.objects.filter(sequence=2).update(credit=6000); guards.install()"
    )
    altered.manage("shell", "-v", "0", "-c", script)
    altered.manage("backup", tmp_path / "altered.tar")
    before = used.contents()

    said = used.manage("restore", tmp_path / "altered.tar", "--replace", status=1)

    assert "study #2" in said
    assert used.contents() == before


def test_a_file_of_other_content_is_not_overwritten_unasked(archive, places):
    target = places("in_the_way")
    with tarfile.open(archive) as opened:
        name = next(m.name for m in opened if m.name.startswith("files/")).removeprefix("files/")
    there = target.media / name
    there.parent.mkdir(parents=True)
    there.write_bytes(b"another")

    said = target.manage("restore", archive, status=1)

    assert name in said
    assert target.contents() == ({Path(name): b"another"}, "")


def test_an_older_schema_is_brought_up_to_date(places, tmp_path):
    older = places("older").fill()
    older.study(0, 2)
    older.manage("migrate", "knox", "zero", "-v", "0")
    older.manage("backup", tmp_path / "older.tar")
    target = places("newer")

    target.manage("restore", tmp_path / "older.tar")

    assert "[ ]" not in target.manage("showmigrations")
    assert target.manage("verify_ledger").startswith("6 entries, nothing altered")


@pytest.mark.parametrize("where", ["missing/backup.tar", ".", "media"])
def test_a_backup_that_fails_says_why_and_leaves_nothing(where, source, tmp_path):
    path = source.media / "backup.tar" if where == "media" else tmp_path / where

    said = source.manage("backup", path, status=1)

    assert said.startswith("CommandError: ")
    assert list(tmp_path.iterdir()) == []
    assert not (source.media / "backup.tar").exists()


@pytest.mark.postgresql
def test_without_the_tool_the_former_backup_stays_and_the_package_is_named(places, tmp_path):
    source = places("toolless").fill()
    source.environment["PATH"] = str(tmp_path)
    (tmp_path / "backup.tar").write_bytes(b"yesterday's")

    said = source.manage("backup", tmp_path / "backup.tar", status=1)

    assert "postgresql-client" in said
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == {"backup.tar": b"yesterday's"}


def test_both_are_in_the_audit_trail(source, archive, places):
    target = places("audited")
    target.manage("restore", archive)
    script = "from training.models import AuditEvent; print(AuditEvent.objects.get(act='restore').facts['digest'])"

    assert target.manage("shell", "-v", "0", "-c", script).strip() in source.manage("verify_ledger")
    script = "from training.models import AuditEvent; print(AuditEvent.objects.filter(act='back_up').exists())"
    assert source.manage("shell", "-v", "0", "-c", script).strip() == "True"
