"""Takes a package in: a zip opened with distrust, looked through before anything is written, unpacked whole or not at all."""

import hashlib
import os
import posixpath
import re
import secrets
import shutil
import stat
import struct
import time
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from courses.models import ScormPackage, ScormUnit
from training import audit

from . import manifest as manifests
from . import prerequisites, sequencing
from .errors import PackageRefused
from .manifest import Activity, Manifest

MANIFEST = "imsmanifest.xml"
MAX_FILES = 5_000
MAX_UNPACKED = 1024 * 1024 * 1024
MAX_RATIO = 200  # of the whole: text shrinks to a twentieth, a bomb to a thousandth
MAX_PATH = 400
CHUNK = 1024 * 1024
_RECEIVING = ".receiving-"
_DAMAGED = (zipfile.BadZipFile, ValueError, OSError, struct.error, NotImplementedError, EOFError, RuntimeError, zlib.error)
_OUTSIDE = re.compile(r"^/|^[A-Za-z]:|(^|/)\.\.(/|$)")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
# what a server or a desktop would run; browsers have no use for it
_SERVER_SIDE = frozenset(
    "php php3 php4 php5 phtml phar asp aspx ashx asmx cgi pl py rb jsp jspx jar war exe dll com bat cmd msi sh ps1 vbs htaccess".split()
)
_LITTER = re.compile(r"(^|/)(__MACOSX/|\._|\.DS_Store$|Thumbs\.db$|desktop\.ini$)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Entry:
    path: str  # in the package, the manifest's folder being its root
    info: zipfile.ZipInfo


def folder_of(sha256: str) -> Path:
    return Path(settings.MEDIA_ROOT) / "scorm" / sha256


def receive(*, file: BinaryIO, name: str, by, now: datetime) -> ScormPackage:
    """Unpack an uploaded zip and keep it; the same zip again is the same package. `file` is seekable.

    Raises PackageRefused and its kinds; nothing is left behind then.
    """
    digest, size = _digest(file)
    known = ScormPackage.objects.filter(sha256=digest).first()
    if known is not None and folder_of(digest).is_dir():
        return known
    file.seek(0)
    if file.read(4) != b"PK\x03\x04":
        raise PackageRefused(_("This is no zip file. A SCORM package is a zip with imsmanifest.xml at its top."))
    with _damage_in_words(), zipfile.ZipFile(file) as archive:
        entries, notes = _listed(archive, size)
        entries, manifest, more = _read_manifest(archive, entries)
        units = _units(manifest, entries)
        folder, unpacked = _unpack(archive, entries)
    try:
        with transaction.atomic():
            package = known or _save(
                manifest, units, digest=digest, size=size, unpacked=unpacked, files=len(entries), notes=notes + more,
                name=name, by=by, now=now,
            )  # fmt: skip
            shutil.rmtree(folder_of(digest), ignore_errors=True)  # of a package whose row was never written
            os.rename(folder, folder_of(digest))
    except IntegrityError:  # the same zip came in at the same moment
        shutil.rmtree(folder, ignore_errors=True)
        return ScormPackage.objects.get(sha256=digest)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return package


def _digest(file: BinaryIO) -> tuple[str, int]:
    file.seek(0)
    digest, size = hashlib.sha256(), 0
    while chunk := file.read(CHUNK):
        digest.update(chunk)
        size += len(chunk)
        if size > settings.PACKAGE_LIMIT:
            raise PackageRefused(_("The package is larger than %(limit)d MB."), limit=settings.PACKAGE_LIMIT // (1024 * 1024))
    if not size:
        raise PackageRefused(_("The file is empty."))
    return digest.hexdigest(), size


@contextmanager
def _damage_in_words() -> Iterator[None]:
    try:
        yield
    except _DAMAGED as error:
        raise PackageRefused(_("The zip file is damaged or uses a compression that is not supported.")) from error


def _listed(archive: zipfile.ZipFile, size: int) -> tuple[list[Entry], list]:
    """The files to unpack, and what is left out. What the directory of the zip says is judged before a byte is unpacked."""
    members = archive.infolist()
    if len(members) > MAX_FILES:
        raise PackageRefused(
            _("The package holds %(count)d entries; at most %(most)d are accepted."), count=len(members), most=MAX_FILES
        )
    if (whole := sum(member.file_size for member in members)) > min(MAX_UNPACKED, max(size * MAX_RATIO, 10 * CHUNK)):
        raise PackageRefused(
            _("Unpacked the package would take %(size)d MB, which is more than is accepted."), size=whole // (1024 * 1024)
        )
    entries, notes, seen = [], [], set()
    for member in members:
        path = _path(member)
        if member.is_dir() or path.endswith("/"):
            continue
        if _LITTER.search(path):
            continue
        if PurePosixPath(path).name.rpartition(".")[2].lower() in _SERVER_SIDE:
            notes.append(["left_out", path[:200]])
            continue
        if path in seen:
            raise PackageRefused(_("The package holds two files named %(name)s."), name=path[:120])
        seen.add(path)
        entries.append(Entry(path, member))
    return entries, notes


def _path(member: zipfile.ZipInfo) -> str:
    """A safe relative path. Raises PackageRefused for one that leads outside, a link, or what is locked with a password."""
    name = _decoded(member).replace("\\", "/")
    if _CONTROL.search(name) or _OUTSIDE.search(name):
        raise PackageRefused(_("The package names a file outside itself: %(name)s"), name=_CONTROL.sub("?", name)[:120])
    if member.flag_bits & 0x1:
        raise PackageRefused(_("The package is protected by a password."))
    kind = stat.S_IFMT(member.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise PackageRefused(_("%(name)s is a link or a device, not a file."), name=name[:120])
    path = posixpath.normpath(name) + ("/" if name.endswith("/") else "")
    if len(path) > MAX_PATH or any(len(part.encode()) > 255 for part in path.split("/")):
        raise PackageRefused(_("The name of a file is too long: %(name)s"), name=path[:60])
    return path


def _decoded(member: zipfile.ZipInfo) -> str:
    """Names without the UTF-8 mark are whatever the zipping computer used: UTF-8 or GBK before the standard's own code page."""
    if member.flag_bits & 0x800:
        return member.orig_filename
    try:
        raw = member.orig_filename.encode("cp437")
    except UnicodeEncodeError:
        return member.orig_filename
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return member.orig_filename


def _read_manifest(archive: zipfile.ZipFile, entries: list[Entry]) -> tuple[list[Entry], Manifest, list]:
    """(entries seen from the manifest's folder, the manifest, notes). A folder zipped whole has it one level down."""
    found = sorted(
        (entry for entry in entries if PurePosixPath(entry.path).name.lower() == MANIFEST), key=lambda e: e.path.count("/")
    )
    if not found:
        names = {PurePosixPath(entry.path).name.lower() for entry in entries}
        if any(name.endswith((".crs", ".au", ".des")) for name in names):
            raise PackageRefused(_("This is an AICC package, not a SCORM package: it has no imsmanifest.xml."))
        if names & {"tincan.xml", "cmi5.xml"}:
            raise PackageRefused(_("This is an xAPI package, not a SCORM package: it has no imsmanifest.xml."))
        raise PackageRefused(_("The package has no imsmanifest.xml at its top."))
    nearest = found[0]
    base = nearest.path.rpartition("/")[0]
    notes = []
    if base:
        inside = f"{base}/"
        if any(not entry.path.startswith(inside) for entry in entries):
            raise PackageRefused(
                _("imsmanifest.xml lies in the folder %(name)s, not at the top of the package."), name=base[:120]
            )
        entries = [Entry(entry.path.removeprefix(inside), entry.info) for entry in entries]
        notes.append(["folder", base[:200]])
    with archive.open(nearest.info) as stream:
        manifest = manifests.read(stream.read(manifests.LARGEST + 1))
    sequencing.refuse_unsupported(manifest)
    return entries, manifest, notes


def _units(manifest: Manifest, entries: list[Entry]) -> list[tuple[Activity, tuple[Activity, ...], str]]:
    """(activity, those above it, path of the file that is launched). Raises PackageRefused for one that cannot be opened."""
    exact = {entry.path for entry in entries}
    folded = {path.lower(): path for path in sorted(exact)}
    known = {activity.identifier for activity, _trail in manifest.organisation.walk()}
    units = []
    for activity, trail in manifest.organisation.delivered():
        paths = [posixpath.normpath(path) for path in manifests.launch_file(activity)]
        suffix = paths[0].rpartition(".")[2].lower()
        if suffix in _SERVER_SIDE:
            raise PackageRefused(
                _("“%(title)s” starts with %(name)s, which only a server could run."),
                title=activity.title[:80],
                name=paths[0][:120],
            )
        path = next((p for p in paths if p in exact), None) or next(
            (folded[p.lower()] for p in paths if p.lower() in folded), None
        )
        if path is None:
            raise PackageRefused(
                _("“%(title)s” starts with %(name)s, which is not in the package."),
                title=activity.title[:80],
                name=paths[0][:120],
            )
        _check_prerequisites(activity, known)
        units.append((activity, trail, path))
    return units


def _check_prerequisites(activity: Activity, known: set[str]) -> None:
    try:
        unknown = prerequisites.names_in(activity.prerequisites) - known if activity.prerequisites else set()
    except prerequisites.Malformed:
        unknown = {activity.prerequisites}
    if unknown:
        raise PackageRefused(
            _("The prerequisites of “%(title)s” are not understood: %(text)s"),
            title=activity.title[:80],
            text=activity.prerequisites[:120],
        )


def _unpack(archive: zipfile.ZipFile, entries: list[Entry]) -> tuple[Path, int]:
    """(a new folder beside the packages, bytes written). What an entry says of its size is not believed: bytes are counted."""
    place = Path(settings.MEDIA_ROOT) / "scorm"
    _sweep(place)
    folder = place / f"{_RECEIVING}{secrets.token_hex(8)}"
    folder.mkdir(parents=True)
    left = MAX_UNPACKED
    try:
        for entry in entries:
            target = folder / entry.path
            target.parent.mkdir(parents=True, exist_ok=True)
            with archive.open(entry.info) as source, target.open("xb") as out:
                while chunk := source.read(min(CHUNK, left + 1)):
                    left -= len(chunk)
                    if left < 0:
                        raise PackageRefused(_("The package unpacks to more than it says and than is accepted."))
                    out.write(chunk)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return folder, MAX_UNPACKED - left


def _sweep(place: Path) -> None:
    """What a process left that was killed while it unpacked."""
    for left in place.glob(f"{_RECEIVING}*"):
        if left.stat().st_mtime < time.time() - 24 * 3600:
            shutil.rmtree(left, ignore_errors=True)


def _save(manifest: Manifest, units, *, digest, size, unpacked, files, notes, name, by, now) -> ScormPackage:
    facts = manifest.facts
    package = ScormPackage.objects.create(
        sha256=digest,
        name=PurePosixPath(name.replace("\\", "/")).name[:200] or "package.zip",
        title=manifest.title[:200],
        standard=manifest.standard,
        edition=manifest.edition,
        is_in_order=sequencing.is_in_order(manifest),
        size=size,
        unpacked_size=unpacked,
        files=files,
        facts={field: getattr(facts, field) for field in facts.__slots__},
        notes=notes + [["not_shown", title[:200]] for title in manifest.organisations if title != manifest.organisation.title],
        uploaded_by=by,
        uploaded_at=now,
    )
    ScormUnit.objects.bulk_create(
        ScormUnit(
            package=package,
            position=number,
            identifier=activity.identifier[:200],
            title=activity.title[:200],
            headings=[[above.identifier[:200], above.title[:200]] for above in trail],
            reports=activity.is_sco and activity.is_tracked,
            path=path,
            query=activity.href[len(activity.path) :],
            prerequisites=activity.prerequisites[:500],
            launch_data=activity.launch_data[:4096],
            max_seconds=activity.max_seconds,
            time_limit_action=activity.time_limit_action[:30],
            mastery_score=_hundredths(activity.passing_scaled, 100)
            if manifest.standard == "2004"
            else _hundredths(activity.mastery_score, 1),
            completion_threshold=_hundredths(activity.completion_threshold, 100),
        )
        for number, (activity, trail, path) in enumerate(units, start=1)
    )
    audit.record(
        actor=by,
        act="take_scorm_package",
        subject=f"package:{package.pk}",
        now=now,
        facts={"name": package.name, "sha256": digest},
    )
    return package


def _hundredths(number: Decimal | None, of: int) -> int | None:
    return None if number is None else int((number * of * 100).to_integral_value())
