"""Reads imsmanifest.xml of SCORM 1.2 and 2004: what a package says of itself.

Reading is lenient where authoring tools are careless (byte order marks, a wrong encoding, attributes in another case, empty
references) and strict where a guess would show the wrong thing.
"""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from urllib.parse import unquote, urljoin, urlsplit
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring
from django.utils.translation import gettext as _

from .errors import ManifestUnreadable

LARGEST = 8 * 1024 * 1024
DEEPEST = 40
V12, V2004 = "1.2", "2004"
_DECLARED = re.compile(rb"""^\s*<\?xml[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]+)["'][^>]*\?>""")
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_XML_SPACE = "{http://www.w3.org/XML/1998/namespace}"
_SEQUENCING_RULES = ("preConditionRule", "postConditionRule", "exitConditionRule")
_EDITIONS = (("4th", "4th Edition"), ("3rd", "3rd Edition"), ("2nd", "2nd Edition"), ("CAM 1.3", "2nd Edition"))
_SPAN = re.compile(r"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d*)(?:\.\d+)?S)?)?")
_SPAN_SECONDS = (31_557_600, 2_629_800, 604_800, 86_400, 3_600, 60, 1)  # the standard's average year and month
_CLOCK = re.compile(r"(\d{1,4}):(\d{2}):(\d{2})(?:\.\d+)?")


@dataclass(frozen=True, slots=True)
class Resource:
    identifier: str
    is_sco: bool
    href: str  # as launched: xml:base applied, with its query


@dataclass(frozen=True, slots=True)
class Activity:
    """An item of the tree. With `href` it is delivered; without, it is the heading of its children."""

    identifier: str
    title: str
    children: tuple["Activity", ...]
    sequencing: Element | None
    href: str = ""
    is_sco: bool = False
    is_visible: bool = True
    is_tracked: bool = True
    prerequisites: str = ""
    launch_data: str = ""
    max_seconds: int | None = None
    time_limit_action: str = ""
    mastery_score: Decimal | None = None  # 1.2: of the raw score
    passing_scaled: Decimal | None = None  # 2004: of the scaled score
    completion_threshold: Decimal | None = None

    @property
    def path(self) -> str:
        """Of the file that is launched, without query and fragment."""
        return self.href.partition("#")[0].partition("?")[0]


@dataclass(frozen=True, slots=True)
class Organisation:
    identifier: str
    title: str
    children: tuple[Activity, ...]
    sequencing: Element | None

    def walk(self) -> Iterator[tuple[Activity, tuple[Activity, ...]]]:
        """(activity, those above it), in the order of the tree."""

        def below(activities, trail):
            for activity in activities:
                yield activity, trail
                yield from below(activity.children, (*trail, activity))

        return below(self.children, ())

    def delivered(self) -> list[tuple[Activity, tuple[Activity, ...]]]:
        return [(activity, trail) for activity, trail in self.walk() if activity.href and activity.is_visible]


@dataclass(frozen=True, slots=True)
class Facts:
    """What the manifest counts, over all its organisations."""

    organizations: int
    items: int
    resources: int
    sco: int
    asset: int
    schemaversion: str
    sequencing_rules: int


@dataclass(frozen=True, slots=True)
class Manifest:
    identifier: str
    standard: str  # V12 or V2004
    edition: str  # of 2004: "2nd Edition" and so on
    title: str
    organisation: Organisation  # the default one: what is shown
    organisations: tuple[str, ...]  # titles of all
    facts: Facts


def read(content: bytes) -> Manifest:
    """Raises ManifestUnreadable with the reason."""
    root = _parse(content)
    if name_of(root) != "manifest":
        raise ManifestUnreadable(
            _("imsmanifest.xml does not begin with <manifest>, but with <%(name)s>."), name=name_of(root)[:40]
        )
    facts = _count(root)
    standard, edition = _standard(root, facts.schemaversion)
    resources = _resources(root)
    bodies = [element for element in root.iter() if name_of(element) == "organization"]
    if not bodies:
        raise ManifestUnreadable(_("imsmanifest.xml has no <organization>: it does not say what is shown."))
    organizations = child_of(root, "organizations")
    default = attribute(organizations, "default") if organizations is not None else ""
    chosen = next((body for body in bodies if default and attribute(body, "identifier") == default), bodies[0])
    shared = {
        attribute(one, "ID"): one
        for collection in root.iter()
        if name_of(collection) == "sequencingCollection"
        for one in collection
    }
    organisation = Organisation(
        identifier=attribute(chosen, "identifier"),
        title=_text(chosen, "title"),
        children=_activities(chosen, resources, shared, depth=1),
        sequencing=_sequencing(chosen, shared),
    )
    if not organisation.delivered():
        raise ManifestUnreadable(_("Nothing in the organisation “%(title)s” can be opened."), title=organisation.title[:80])
    return Manifest(
        identifier=attribute(root, "identifier"),
        standard=standard,
        edition=edition,
        title=organisation.title or organisation.delivered()[0][0].title or attribute(root, "identifier"),
        organisation=organisation,
        organisations=tuple(_text(body, "title") or attribute(body, "identifier") for body in bodies),
        facts=facts,
    )


def _parse(content: bytes) -> Element:
    if len(content) > LARGEST:
        raise ManifestUnreadable(_("imsmanifest.xml is larger than 8 MB."))
    if not content.strip():
        raise ManifestUnreadable(_("imsmanifest.xml is empty."))
    try:
        return fromstring(_decoded(content))
    except DefusedXmlException:
        raise ManifestUnreadable(_("imsmanifest.xml defines entities; such files are not read.")) from None
    except ParseError as error:
        line, column = error.position
        raise ManifestUnreadable(
            _("imsmanifest.xml is not well-formed XML: line %(line)d, column %(column)d."), line=line, column=column
        ) from None
    except (ValueError, LookupError, RecursionError):
        raise ManifestUnreadable(_("imsmanifest.xml cannot be read.")) from None


def _decoded(content: bytes) -> str:
    """By byte order mark, else by what is declared, else UTF-8; Chinese tools declare UTF-8 over GBK bytes and the other way round."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        text = content.decode("utf-16")
    else:
        content = content.removeprefix(codecs.BOM_UTF8)
        declared = _DECLARED.match(content)
        names = ["utf-8", "gb18030"]
        if declared and (name := declared[1].decode().lower()) not in ("utf-8", "utf8", "gb2312", "gbk", "gb18030"):
            names.insert(0, "latin-1" if name == "us-ascii" else name)
        text = _first_that_decodes(content, names)
    return _DECLARATION.sub("", text, count=1).lstrip("\ufeff \t\r\n")


def _first_that_decodes(content: bytes, names: list[str]) -> str:
    for name in names:
        try:
            return content.decode(name)
        except UnicodeDecodeError:
            continue
    raise ManifestUnreadable(_("The encoding of imsmanifest.xml is not known."))


def name_of(element) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def attribute(element: Element, name: str) -> str:
    """By its local name, in any case: `adlcp:scormType`, `adlcp:scormtype`."""
    for key, value in element.attrib.items():
        if key.rpartition("}")[2].lower() == name.lower():
            return value.strip()
    return ""


def child_of(element: Element, name: str) -> Element | None:
    return next((child for child in element if name_of(child).lower() == name.lower()), None)


def _text(element: Element, name: str) -> str:
    child = child_of(element, name)
    return " ".join("".join(child.itertext()).split()) if child is not None else ""


def _count(root: Element) -> Facts:
    names = [name_of(element) for element in root.iter()]
    kinds = [attribute(element, "scormtype").lower() for element in root.iter() if name_of(element) == "resource"]
    versions = ["".join(element.itertext()).strip() for element in root.iter() if name_of(element) == "schemaversion"]
    return Facts(
        organizations=names.count("organization"),
        items=names.count("item"),
        resources=names.count("resource"),
        sco=kinds.count("sco"),
        asset=kinds.count("asset"),
        schemaversion=versions[0] if versions else "",
        sequencing_rules=sum(names.count(rule) for rule in _SEQUENCING_RULES),
    )


def _standard(root: Element, version: str) -> tuple[str, str]:
    spaces = " ".join(
        {element.tag.partition("}")[0] for element in root.iter() if isinstance(element.tag, str)}
        | {key.partition("}")[0] for element in root.iter() for key in element.attrib if "}" in key}
    )
    if version.startswith("1.2") or (not version and "adlcp_rootv1p2" in spaces):
        return V12, ""
    if "2004" in version or version in ("CAM 1.3", "1.3") or (not version and "adlcp_v1p3" in spaces):
        return V2004, next((edition for mark, edition in _EDITIONS if mark in version), "")
    if "adlcp_rootv1p2" in spaces:
        return V12, ""
    if "adlcp_v1p3" in spaces:
        return V2004, ""
    raise ManifestUnreadable(
        _("The manifest is of no SCORM version that is played here (1.2 and 2004), but says “%(version)s”."),
        version=version[:40] or "—",
    )


def _resources(root: Element) -> dict[str, Resource]:
    found = {}

    def visit(element: Element, base: str, depth: int):
        base = urljoin(base, element.get(f"{_XML_SPACE}base") or attribute(element, "base"))
        if name_of(element) == "resource":
            href = attribute(element, "href").replace("\\", "/")
            identifier = attribute(element, "identifier")
            kind = attribute(element, "scormtype").lower()
            found.setdefault(identifier, Resource(identifier, kind == "sco", urljoin(base, href) if href else ""))
        elif depth < DEEPEST and name_of(element) in ("manifest", "resources"):
            for child in element:
                visit(child, base, depth + 1)

    visit(root, "", 0)
    return found


def _activities(parent: Element, resources: dict, shared: dict, *, depth: int) -> tuple[Activity, ...]:
    if depth > DEEPEST:
        raise ManifestUnreadable(_("The items of imsmanifest.xml stand in each other more than 40 deep."))
    return tuple(_activity(item, resources, shared, depth) for item in parent if name_of(item) == "item")


def _activity(item: Element, resources: dict, shared: dict, depth: int) -> Activity:
    title = _text(item, "title") or attribute(item, "identifier")
    reference = attribute(item, "identifierref")
    resource = resources.get(reference)
    if reference and resource is None:
        raise ManifestUnreadable(
            _("The item “%(title)s” names the resource %(name)s, which the manifest does not have."),
            title=title[:80],
            name=reference[:80],
        )
    sequencing = _sequencing(item, shared)
    delivery = child_of(sequencing, "deliveryControls") if sequencing is not None else None
    return Activity(
        identifier=attribute(item, "identifier"),
        title=title,
        children=_activities(item, resources, shared, depth=depth + 1),
        sequencing=sequencing,
        href=_launched(resource.href, attribute(item, "parameters"), title) if resource else "",
        is_sco=bool(resource and resource.is_sco),
        is_visible=attribute(item, "isvisible").lower() not in ("false", "0"),
        is_tracked=delivery is None or attribute(delivery, "tracked").lower() not in ("false", "0"),
        prerequisites=_text(item, "prerequisites"),
        launch_data="".join(data.itertext()).strip() if (data := child_of(item, "dataFromLMS")) is not None else "",
        max_seconds=seconds(_text(item, "maxtimeallowed")) or _duration_limit(sequencing),
        time_limit_action=_text(item, "timelimitaction").lower(),
        mastery_score=_number(_text(item, "masteryscore")),
        passing_scaled=_passing_scaled(sequencing),
        completion_threshold=_completion_threshold(item),
    )


def _launched(href: str, parameters: str, title: str) -> str:
    """The standard's way of joining an item's parameters to the address of its resource."""
    if not href:
        return ""
    split = urlsplit(href)
    if split.scheme or split.netloc:
        raise ManifestUnreadable(
            _("The item “%(title)s” opens %(address)s: only files of the package itself are played."),
            title=title[:80],
            address=href[:120],
        )
    parameters = parameters.lstrip("?&") if parameters[:1] in "?&" else parameters
    if not parameters:
        return href
    if parameters.startswith("#"):
        return href if "#" in href else href + parameters
    href, mark, fragment = href.partition("#")
    return f"{href}{'&' if '?' in href else '?'}{parameters}{mark}{fragment}"


def _sequencing(element: Element, shared: dict) -> Element | None:
    """What stands at the element, completed by what it refers to in the collection."""
    own = child_of(element, "sequencing")
    if own is None:
        return None
    base = shared.get(attribute(own, "IDRef"))
    if base is None:
        return own
    whole = Element(own.tag, base.attrib | own.attrib)
    present = {name_of(child) for child in own}
    whole.extend([*own, *(child for child in base if name_of(child) not in present)])
    return whole


def _passing_scaled(sequencing: Element | None) -> Decimal | None:
    objectives = child_of(sequencing, "objectives") if sequencing is not None else None
    primary = child_of(objectives, "primaryObjective") if objectives is not None else None
    if primary is None or attribute(primary, "satisfiedByMeasure").lower() not in ("true", "1"):
        return None
    measure = _number(_text(primary, "minNormalizedMeasure"))
    return Decimal(1) if measure is None else measure


def _completion_threshold(item: Element) -> Decimal | None:
    threshold = child_of(item, "completionThreshold")
    if threshold is None:
        return None
    if attribute(threshold, "completedByMeasure"):  # 4th Edition: attributes
        if attribute(threshold, "completedByMeasure").lower() not in ("true", "1"):
            return None
        measure = _number(attribute(threshold, "minProgressMeasure"))
        return Decimal(1) if measure is None else measure
    return _number("".join(threshold.itertext()).strip())


def _duration_limit(sequencing: Element | None) -> int | None:
    limits = child_of(sequencing, "limitConditions") if sequencing is not None else None
    return seconds(attribute(limits, "attemptAbsoluteDurationLimit")) if limits is not None else None


def _number(text: str) -> Decimal | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number) < 1_000_000 else None


def seconds(text: str) -> int | None:
    """Of a time span as 1.2 (HHHH:MM:SS.SS) or 2004 (P1DT2H3M4S) writes it, whole seconds; None for anything else."""
    text = text.strip()
    if clock := _CLOCK.fullmatch(text):
        hours, minutes, rest = map(int, clock.groups())
        return hours * 3600 + minutes * 60 + rest
    span = _SPAN.fullmatch(text)
    if span and any(part is not None for part in span.groups()):
        return sum(int(part or 0) * each for part, each in zip(span.groups(), _SPAN_SECONDS, strict=True))
    return None


def launch_file(activity: Activity) -> tuple[str, ...]:
    """The paths under which the file may lie in the package: as written, and with %20 and its like undone."""
    return tuple(dict.fromkeys((activity.path, unquote(activity.path))))
