"""A QTI file -> drafts: an item, a 1.2 assessment, a test, a manifest, or a package of them."""

import posixpath
from collections.abc import Mapping
from xml.etree.ElementTree import Element

from django.utils.translation import gettext_lazy as _

from ..drafts import Draft, Note, Reading
from . import legacy
from .errors import QtiUnreadable
from .items import draft_of
from .packages import MANIFEST, Resource, is_zip, manifest_of, read_manifest, unpack
from .vocabulary import parse

_XML = (".xml", ".qti")
_OTHERS = (".zip", ".imscc", ".docx", ".doc", ".wps", ".xlsx", ".xls", ".et", ".csv", ".gift")  # may hold questions too


def read(content: bytes, filename: str = "") -> Reading:
    """Every question of the file as a draft. Raises QtiUnreadable for a file that is no QTI, damaged or dangerous."""
    if is_zip(content):
        return _package(unpack(content))
    name = posixpath.basename(filename.replace("\\", "/")) or "item.xml"
    root = parse(content)
    if root.tag == "manifest":
        return _package({MANIFEST: content})
    drafts = _drafts(root, name, {})
    if drafts is None:
        raise QtiUnreadable(_("This is no QTI file: it is a <%(tag)s>"), tag=root.tag[:40])
    return Reading(_format(root), drafts, _notes(root, drafts))


def _format(root: Element) -> str:
    return f"qti {root.get('qtiVersion')}"


def _drafts(root: Element, place: str, files: Mapping[str, bytes]) -> list[Draft] | None:
    """The drafts of one XML file; None when it is none that holds questions."""
    reader = _READERS.get(root.tag)
    return None if reader is None else reader(root, place, files)


def _item(root: Element, place: str, files) -> list[Draft]:
    return [draft_of(root, place, files)]


def _test(root: Element, place: str, files) -> list[Draft]:
    """A test holds no question itself: those it names and the file does not hold are told one by one."""
    folder = posixpath.dirname(place)
    references = [(one.get("identifier", ""), one.get("href", "")) for one in root.iter("assessmentItemRef")]
    paths = {posixpath.normpath(posixpath.join(folder, href)): name for name, href in references}
    return [missing(path, name) for path, name in paths.items() if path not in files]


_READERS = {"assessmentItem": _item, "questestinterop": legacy.drafts_of, "assessmentTest": _test}


def missing(path: str, code: str) -> Draft:
    note = Note("file_missing", _("The file of the question is not there"), is_refusal=True, value=path[:200])
    return Draft(place=path, content=None, code=code, notes=[note])


def _notes(root: Element, drafts: list[Draft]) -> list[Note]:
    return [] if drafts else [Note("no_questions", _("The file holds no question"), value=root.tag)]


# packages


def _package(files: dict[str, bytes]) -> Reading:
    reading = Reading("qti package")
    resources = _listed(files, reading)
    versions: set[str] = set()
    for place, code, is_expected in _places(files, resources):
        drafts = _file(place, code, files, is_expected, versions)
        reading.drafts += drafts
    _once(reading)
    for path in files:
        if path.lower().endswith(_OTHERS):
            reading.notes.append(
                Note("file_passed_over", _("A file of the package was not read: import it by itself"), value=path[:200])
            )
    if len(versions) == 1:
        reading.format = f"qti {versions.pop()} package"
    if not reading.drafts:
        if manifest_of(files) is None:
            raise QtiUnreadable(_("The package holds no QTI file"))
        reading.notes.append(Note("no_questions", _("The file holds no question")))
    return reading


def _listed(files: Mapping[str, bytes], reading: Reading) -> list[Resource]:
    try:
        resources = read_manifest(files)
    except QtiUnreadable as error:
        reading.notes.append(Note("manifest_unreadable", str(error)))
        return []
    if resources is None:
        reading.notes.append(Note("manifest_missing", _("The package has no manifest; its files were read without it")))
    return resources or []


def _places(files: Mapping[str, bytes], resources: list[Resource]):
    """Files to read in the order of the manifest, then those it does not list: path, code, whether a question must be there."""
    seen = set()
    for resource in resources:
        is_expected = resource.is_of_questions and resource.path.lower().endswith(_XML)
        if resource.path not in seen and (resource.path in files or is_expected):
            seen.add(resource.path)
            yield resource.path, resource.identifier, is_expected
    for path in files:
        if path not in seen and posixpath.basename(path).lower() != MANIFEST:
            yield path, "", False


def _file(place: str, code: str, files: Mapping[str, bytes], is_expected: bool, versions: set[str]) -> list[Draft]:
    if place not in files:
        return [missing(place, code)]
    if not place.lower().endswith(_XML):
        return []
    try:
        root = parse(files[place])
    except QtiUnreadable as error:
        note = Note(error.code, str(error), is_refusal=True)
        return [Draft(place=place, content=None, code=code, notes=[note])] if is_expected or not code else []
    drafts = _drafts(root, place, files)
    if drafts and root.tag != "assessmentTest":
        versions.add(root.get("qtiVersion", ""))
    return drafts or []


def _once(reading: Reading):
    """A question that stands in two files of a package (as some systems export it twice) is kept once, taken if one was."""
    kept: dict[tuple[str, str], Draft] = {}
    for number, draft in enumerate(reading.drafts):
        name = (draft.code, "") if draft.code else ("", f"{draft.place} {number}")
        first = kept.get(name)
        if first is None or (first.content is None and draft.content is not None):
            kept[name] = draft
    repeated = len(reading.drafts) - len(kept)
    if repeated:
        reading.notes.append(
            Note("question_repeated", _("Questions stand in the package twice and were read once"), value=str(repeated))
        )
        reading.drafts = list(kept.values())
