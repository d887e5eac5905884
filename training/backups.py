"""A consistent copy of the database and the files, taken while the site is being used, and its way back.

A backup is one tar file: the database, the files under `MEDIA_ROOT`, and a manifest that ends it. The database is copied
first, as of one instant; a file is written before the row that names it, is never rewritten, and outlives the row's naming
it by a day (`jobs.expire_files`), so every file that the copy names is there when the files are copied afterwards. The keys
are not in it.
"""

import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath

from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import DatabaseError, connection, connections, models, transaction
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.utils.translation import gettext_lazy as _

from training import audit, crypto, ledger, proofs
from training.errors import BackupRefused

PRODUCT, FORMAT = "legal-training-platform", 1
DATABASE, FILES, MANIFEST = "database", "files/", "manifest.json"
_BLOCK = 1024 * 1024
# a folder of our own inside MEDIA_ROOT while a restore runs: no file of the product begins so
_STAGING = ".restore-"
# whoever is entered here makes a database more than what `setup` leaves behind
_FILLED_BY_USE = ("training_person", "training_studyrecord", "training_countedsession", "training_auditevent")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a backup or a restore moved. `missing` are files that the database names and the archive does not hold."""

    files: int
    entries: int
    digest: str
    missing: tuple[str, ...] = ()


# --- backup ---------------------------------------------------------------------------------------------------------


def back_up(*, path: Path, now: datetime) -> Outcome:
    """Write a backup to `path`, which appears whole or not at all. Raises BackupRefused."""
    path = path.absolute()
    media = _media_root()
    if media in path.resolve().parents:
        raise BackupRefused(_("%(path)s lies among the files to be copied: choose a place outside."), path=path)
    if path.is_dir():
        raise BackupRefused(_("%(path)s is a folder: name a file."), path=path)
    with _refused_in_words(), tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.name}.") as folder:
        part, copy = Path(folder, "archive"), Path(folder, DATABASE)
        members = {}
        part.touch(mode=0o600)
        with part.open("wb") as file, tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as archive:
            with _one_instant() as snapshot:
                facts = _state()
                _copy_database(copy, snapshot)
            _add(archive, copy, DATABASE, members)
            copy.unlink()
            for source in _files_below(media):
                _add(archive, source, FILES + source.relative_to(media).as_posix(), members)
            manifest = {
                "product": PRODUCT,
                "format": FORMAT,
                "engine": connection.vendor,
                "created_at": now.isoformat(),
                **facts,
                "members": members,
            }
            _add_text(archive, MANIFEST, json.dumps(manifest | {"seal": _seal_of(manifest)}))
        with part.open("rb") as file:
            os.fsync(file.fileno())
        outcome = Outcome(len(members) - 1, facts["entries"], facts["digest"])
        facts = {"files": outcome.files, "digest": outcome.digest}
        audit.record(actor=None, act="back_up", subject="database", now=now, facts=facts)
        os.replace(part, path)
    return outcome


def _media_root() -> Path:
    return Path(settings.MEDIA_ROOT).resolve()


@contextmanager
def _one_instant() -> Iterator[str]:
    """What is read in here is read as of one instant, while others go on writing. Yields a name for that instant."""
    if connection.vendor == "sqlite":
        # a plain BEGIN takes no lock that a writer would wait for; `atomic` would (transaction_mode IMMEDIATE)
        with connection.cursor() as cursor:
            cursor.execute("BEGIN DEFERRED")
            try:
                yield ""
            finally:
                cursor.execute("ROLLBACK")
        return
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute("SELECT pg_export_snapshot()")
        yield cursor.fetchone()[0]


def _state() -> dict:
    """Where schema and ledger stand. The first read fixes the instant on SQLite."""
    applied = sorted(f"{app}.{name}" for app, name in MigrationRecorder(connection).applied_migrations())
    if not applied:
        raise BackupRefused(_("The database is empty: there is nothing to back up."))
    entries = sum(apps.get_model("training", "LedgerHead").objects.values_list("sequence", flat=True))
    return {"migrations": applied, "entries": entries, "digest": ledger.head_digest()}


def _copy_database(target: Path, snapshot: str) -> None:
    if connection.vendor == "sqlite":
        with closing(sqlite3.connect(target)) as copy:
            connection.connection.backup(copy)  # in one step: the pages of the instant that this connection reads
        return
    _run_tool("pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}", f"--file={target}")


def _files_below(folder: Path) -> Iterator[Path]:
    for base, folders, names in os.walk(folder, followlinks=True):
        folders[:] = sorted(name for name in folders if not name.startswith(_STAGING))
        yield from (path for name in sorted(names) if (path := Path(base, name)).is_file())


def _add(archive: tarfile.TarFile, source: Path, name: str, members: dict) -> None:
    """Stream one file into the archive and note its digest as it passes."""
    try:
        file = source.open("rb")
    except FileNotFoundError:
        return  # an upload that was broken off since the folder was read: no row names it
    with file:
        info = tarfile.TarInfo(name)
        info.size, info.mode = os.fstat(file.fileno()).st_size, 0o600
        digesting = _Digesting(file)
        archive.addfile(info, digesting)
    members[name] = {"size": info.size, "sha256": digesting.digest.hexdigest()}


def _add_text(archive: tarfile.TarFile, name: str, text: str) -> None:
    with tempfile.SpooledTemporaryFile() as file:
        file.write(text.encode())
        info = tarfile.TarInfo(name)
        info.size, info.mode = file.tell(), 0o600
        file.seek(0)
        archive.addfile(info, file)


class _Digesting:
    """A file whose digest is known once it has been read."""

    def __init__(self, file):
        self._file, self.digest = file, hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size)
        self.digest.update(data)
        return data


def _seal_of(manifest: dict) -> str:
    """Made with the data key: nobody without it can pass off an altered archive, and another key is noticed at once."""
    return crypto.commitment(json.dumps(manifest, sort_keys=True, separators=(",", ":")))


# --- restore --------------------------------------------------------------------------------------------------------


def restore(*, path: Path, now: datetime, replace: bool = False) -> Outcome:
    """Put a backup back: all of it, or nothing and the reason.

    The archive is proved first, and the database it holds before it takes the place of the present one. An older schema
    is brought up to date. Raises BackupRefused: foreign, damaged or from another engine or key; a schema newer than this
    version; a database in use without `replace`; a file of other content in the way without `replace`.
    """
    with _refused_in_words():
        manifest = _proved(path)
        _refuse_other_engine_or_schema(manifest)
        if not replace and not _is_unused():
            raise BackupRefused(_("The database is in use: its content would be lost. Say --replace if that is meant."))
        media = _media_root()
        media.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=media, prefix=_STAGING) as folder:
            names = _extract(path, Path(folder), manifest)
            if not replace:
                _refuse_files_in_the_way(names, Path(folder), media)
            put_back = _restore_sqlite if connection.vendor == "sqlite" else _restore_postgresql
            put_back(Path(folder, DATABASE), manifest)
            for name in names:
                target = media / name
                target.parent.mkdir(parents=True, exist_ok=True)
                os.replace(Path(folder, FILES, name), target)
    facts = {"backup_of": manifest["created_at"], "digest": manifest["digest"]}
    audit.record(actor=None, act="restore", subject="database", now=now, facts=facts)
    return Outcome(len(names), manifest["entries"], manifest["digest"], tuple(_missing_files(media)))


def _proved(path: Path) -> dict:
    """The manifest, once every byte of the archive has been compared with it."""
    damaged = BackupRefused(_("%(path)s is no backup of this product, or it is damaged or cut short."), path=path)
    found, manifest, end = {}, None, 0
    try:
        with tarfile.open(path, "r:") as archive, path.open("rb") as raw:
            for member in archive:
                if manifest is not None or member.name in found or not member.isreg() or not _is_safe(member.name):
                    raise damaged
                content = archive.extractfile(member)
                if member.name == MANIFEST:
                    manifest = json.load(content)
                else:
                    found[member.name] = {"size": member.size, "sha256": hashlib.file_digest(content, "sha256").hexdigest()}
                end = member.offset_data + member.size
                raw.seek(end)
                if raw.read(-end % tarfile.BLOCKSIZE).strip(b"\0"):
                    raise damaged
            _refuse_other_end(raw, end, damaged)
        seal = manifest.pop("seal")
        is_ours = manifest["product"] == PRODUCT and manifest["format"] == FORMAT and manifest["members"] == found
        is_ours = is_ours and DATABASE in found and isinstance(manifest["migrations"], list) and isinstance(seal, str)
    except (tarfile.TarError, EOFError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise damaged from error
    if not is_ours:
        raise damaged
    if seal != _seal_of(manifest):
        raise BackupRefused(_("The backup was made under another DATA_KEY, or its manifest was altered."))
    return manifest


def _refuse_other_end(raw, end: int, damaged: BackupRefused) -> None:
    """A tar ends with two empty blocks and is filled up to a record; anything else was cut or added."""
    blocks = end + -end % tarfile.BLOCKSIZE + 2 * tarfile.BLOCKSIZE
    size = blocks + -blocks % tarfile.RECORDSIZE
    raw.seek(0, os.SEEK_END)
    if raw.tell() != size:
        raise damaged
    raw.seek(end)
    if raw.read().strip(b"\0"):
        raise damaged


def _is_safe(name: str) -> bool:
    """Whether a member may be in a backup at all: one of ours, and nowhere outside the folder it is unpacked in."""
    if name in (DATABASE, MANIFEST):
        return True
    path = PurePosixPath(name)
    return (
        name.startswith(FILES)
        and path.as_posix() == name
        and len(path.parts) > 1
        and not path.parts[1].startswith(_STAGING)
        and ".." not in path.parts
    )


def _refuse_other_engine_or_schema(manifest: dict) -> None:
    if manifest["engine"] != connection.vendor:
        raise BackupRefused(
            _("The backup is of %(theirs)s, this installation runs on %(ours)s."),
            theirs=manifest["engine"],
            ours=connection.vendor,
        )
    newer = sorted(set(manifest["migrations"]) - _shipped_migrations())
    if newer:
        raise BackupRefused(
            _("The backup was made by a newer version (%(migration)s): update the product first."), migration=", ".join(newer)
        )


def _shipped_migrations() -> set[str]:
    loader = MigrationLoader(None)
    replaced = {key for migration in loader.disk_migrations.values() for key in migration.replaces}
    return {f"{app}.{name}" for app, name in {*loader.disk_migrations, *replaced}}


def _is_unused() -> bool:
    """Whether nothing would be lost: no tables yet, or only what `setup` puts there."""
    tables = set(connection.introspection.table_names())
    if tables and "django_migrations" not in tables:
        return False  # somebody else's
    with connection.cursor() as cursor:
        for table in tables & set(_FILLED_BY_USE):
            cursor.execute(f"SELECT 1 FROM {connection.ops.quote_name(table)} LIMIT 1")  # noqa: S608
            if cursor.fetchone():
                return False
    return True


def _extract(path: Path, folder: Path, manifest: dict) -> list[str]:
    """Unpack into `folder`; the names of the files, relative to MEDIA_ROOT. A byte that changed since the proof is noticed."""
    names = []
    with tarfile.open(path, "r:") as archive:
        for member in archive:
            if member.name == MANIFEST:
                continue
            target = folder / member.name
            target.parent.mkdir(parents=True, exist_ok=True)
            source = _Digesting(archive.extractfile(member))
            target.touch(mode=0o600, exist_ok=False)
            with target.open("wb") as file:
                shutil.copyfileobj(source, file, _BLOCK)
            if source.digest.hexdigest() != manifest["members"].get(member.name, {}).get("sha256"):
                raise BackupRefused(_("%(path)s changed while it was read."), path=path)
            if member.name.startswith(FILES):
                names.append(member.name.removeprefix(FILES))
    return names


def _refuse_files_in_the_way(names: list[str], folder: Path, media: Path) -> None:
    for name in names:
        target = media / name
        if target.exists() and _digest_of(target) != _digest_of(folder / FILES / name):
            raise BackupRefused(_("Another file is in the place of %(name)s. Say --replace to overwrite it."), name=target)


def _digest_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _refuse_unproved(manifest: dict) -> None:
    """The database at hand, brought up to this version's schema, must be whole and stand where the manifest says."""
    if _shipped_migrations() - set(manifest["migrations"]):
        call_command("setup", verbosity=0)
    verdict = proofs.verify()
    broken = verdict.broken
    if broken is None and verdict.digest != manifest["digest"]:
        broken = "digest"
    if broken:
        raise BackupRefused(_("The ledger of the backup does not prove: %(broken)s."), broken=broken)


def _restore_sqlite(source: Path, manifest: dict) -> None:
    """Prove the copy where it lies, then write it over the database in one transaction: readers see the old one, or the new."""
    present = connections["default"]
    present.ensure_connection()
    copy = present.copy()
    copy.settings_dict = copy.settings_dict | {"NAME": str(source)}
    connections["default"] = copy
    try:
        _refuse_unproved(manifest)
        copy.ensure_connection()
        copy.connection.backup(present.connection)
    finally:
        copy.close()
        connections["default"] = present
    present.close()  # what it had prepared belongs to the old schema


_ASIDE = "before_restore"


def _restore_postgresql(source: Path, manifest: dict) -> None:
    """The old schema steps aside until the new one is there and proved; if it is not, the old one comes back."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", [_ASIDE])
        if cursor.fetchone():
            raise BackupRefused(
                _("A restore was broken off: the schema “%(schema)s” holds the former content. Rename or drop it first."),
                schema=_ASIDE,
            )
        cursor.execute(f"ALTER SCHEMA public RENAME TO {_ASIDE}")
        cursor.execute("CREATE SCHEMA public")
    try:
        database = f"--dbname={connection.settings_dict['NAME']}"
        options = ("--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges", "--schema=public")
        _run_tool("pg_restore", *options, database, str(source))
        _refuse_unproved(manifest)
    except BaseException:
        connection.close()
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("DROP SCHEMA public CASCADE")
            cursor.execute(f"ALTER SCHEMA {_ASIDE} RENAME TO public")
        raise
    with connection.cursor() as cursor:
        cursor.execute(f"DROP SCHEMA {_ASIDE} CASCADE")


def _missing_files(media: Path) -> Iterator[str]:
    """Files that a row names and that are not there: they were missing when the backup was made."""
    for model in apps.get_models():
        for field in model._meta.get_fields():
            if isinstance(field, models.FileField):
                names = model._base_manager.exclude(**{field.name: ""}).values_list(field.name, flat=True)
                yield from (name for name in names.iterator(chunk_size=5000) if not (media / name).is_file())


# --- both -----------------------------------------------------------------------------------------------------------


def _run_tool(name: str, *arguments: str) -> None:
    """Run a tool of PostgreSQL against our database. The password goes by the environment, never by the command line."""
    tool = shutil.which(name)
    if tool is None:
        raise BackupRefused(
            _("%(tool)s is not on this machine: install the PostgreSQL client of the server's version (postgresql-client)."),
            tool=name,
        )
    config = connection.settings_dict
    _command, own = connection.client_class.settings_to_cmd_args_env(config, [])
    stated = {"PGHOST": config["HOST"], "PGPORT": config["PORT"], "PGUSER": config["USER"], "PGDATABASE": config["NAME"]}
    environment = os.environ | (own or {}) | {key: str(value) for key, value in stated.items() if value}
    done = subprocess.run([tool, *arguments], env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BackupRefused(_("%(tool)s failed: %(reason)s"), tool=name, reason=done.stderr.strip()[-500:])


@contextmanager
def _refused_in_words() -> Iterator[None]:
    """A full disk, a missing folder or a database that does not answer is a reason, not a traceback."""
    try:
        yield
    except (OSError, DatabaseError, sqlite3.Error) as error:
        raise BackupRefused(_("It could not be done: %(reason)s"), reason=str(error).strip()) from error
