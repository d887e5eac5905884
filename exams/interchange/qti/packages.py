"""A QTI content package: a zip with its imsmanifest.xml, opened with distrust, or written."""

import io
import posixpath
import re
import struct
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote
from xml.etree.ElementTree import Element

from django.utils.translation import gettext as _

from .errors import QtiUnreadable
from .vocabulary import parse

MANIFEST = "imsmanifest.xml"
MAX_FILES = 20_000
MAX_EXPANDED = 200 * 1024 * 1024
MAX_FILE = 50 * 1024 * 1024
_DAMAGED = (zipfile.BadZipFile, ValueError, OSError, struct.error, NotImplementedError, EOFError, RuntimeError, zlib.error)
# what systems leave in an archive beside what people put there
_LITTER = re.compile(r"(?:^|/)(?:__MACOSX/|\._|\.DS_Store$|Thumbs\.db$|desktop\.ini$)", re.IGNORECASE)
_OUTSIDE = re.compile(r"^/|^[A-Za-z]:|(^|/)\.\.(/|$)|\x00")
_STAMP = (2000, 1, 1, 0, 0, 0)  # the same items give the same bytes


@dataclass(frozen=True, slots=True)
class Resource:
    identifier: str
    kind: str  # the manifest's type: imsqti_item_xmlv2p1, …
    path: str  # in the package

    @property
    def is_of_questions(self) -> bool:
        return "imsqti" in self.kind and not any(word in self.kind for word in ("test", "stimulus", "section", "rptemplate"))


def is_zip(content: bytes) -> bool:
    return content[:4] in (b"PK\x03\x04", b"PK\x05\x06")


def unpack(content: bytes) -> dict[str, bytes]:
    """The files of a package by path. Raises QtiUnreadable for one that is damaged, or too large, or reaches outside itself."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = [member for member in archive.infolist() if not member.is_dir()]
            _refuse_danger(members)
            return _read(archive, [member for member in members if not _LITTER.search(member.filename.replace("\\", "/"))])
    except _DAMAGED as error:
        raise QtiUnreadable(_("The package is damaged")) from error


def _refuse_danger(members: list[zipfile.ZipInfo]):
    if len(members) > MAX_FILES or sum(member.file_size for member in members) > MAX_EXPANDED:
        raise QtiUnreadable(_("The package unpacks to more than is accepted"))
    for member in members:
        name = member.filename
        if _OUTSIDE.search(name.replace("\\", "/")):
            raise QtiUnreadable(_("The package names a file outside itself: %(name)s"), name=name[:120])
        if member.flag_bits & 1:
            raise QtiUnreadable(_("The package is protected by a password"))


def _read(archive: zipfile.ZipFile, members: list[zipfile.ZipInfo]) -> dict[str, bytes]:
    """What a member says of its size is not believed: bytes are counted as they come."""
    files, left = {}, MAX_EXPANDED
    for member in members:
        with archive.open(member) as stream:
            data = stream.read(min(left, MAX_FILE) + 1)
        left -= len(data)
        if left < 0 or len(data) > MAX_FILE:
            raise QtiUnreadable(_("The package unpacks to more than is accepted"))
        files[posixpath.normpath(member.filename.replace("\\", "/"))] = data
    return files


def manifest_of(files: Mapping[str, bytes]) -> str | None:
    """Path of the manifest, nearest to the top."""
    found = [name for name in files if posixpath.basename(name).lower() == MANIFEST]
    return min(found, key=lambda name: (name.count("/"), name), default=None)


def resources_of(root: Element, folder: str) -> list[Resource]:
    """The resources a manifest lists, in its order; one for each file that may hold questions."""
    found = []
    for element in root.iter("resource"):
        paths = [element.get("href", ""), *(one.get("href", "") for one in element.findall("file"))]
        for path in dict.fromkeys(path for path in paths if path):
            resolved = posixpath.normpath(posixpath.join(folder, unquote(path)))
            found.append(Resource(element.get("identifier", ""), element.get("type", ""), resolved))
    return found


def read_manifest(files: Mapping[str, bytes]) -> list[Resource] | None:
    """The resources of the package; None without a manifest that can be read."""
    path = manifest_of(files)
    if path is None:
        return None
    return resources_of(parse(files[path]), posixpath.dirname(path))


def pack(files: Mapping[str, bytes]) -> bytes:
    """A zip of the files, the manifest first; the same files give the same bytes."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name in sorted(files, key=lambda name: (name != MANIFEST, name)):
            archive.writestr(zipfile.ZipInfo(name, _STAMP), files[name], zipfile.ZIP_DEFLATED)
    return packed.getvalue()
