"""One vocabulary for QTI 2.x and 3.0: the tree that is read bears the names of 2.x, whatever the file says.

3.0 writes `qti-response-if` and `base-type` where 2.x writes `responseIf` and `baseType`; hardly anything else differs.
"""

import re
from xml.etree.ElementTree import Element

from django.utils.translation import gettext as _

from ..trees import tree_of
from .errors import QtiUnreadable

MAX_DEPTH = 200
MAX_BYTES = 30 * 1024 * 1024
VERSIONS = (  # a piece of the namespace -> version
    ("ims_qtiasiv1p2", "1.2"),
    ("imsqti_v2p0", "2.0"),
    ("imsqti_v2p1", "2.1"),
    ("imsqti_v2p2", "2.2"),
    ("imsqtiasi_v3p0", "3.0"),
)
_PREFIX = "qti-"
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"


def parse(content: bytes) -> Element:
    """The root of the file, its names normalised. Document types and entities are refused, nothing is fetched."""
    if len(content) > MAX_BYTES:
        raise QtiUnreadable(_("The file is larger than is accepted"))
    root = tree_of(content, QtiUnreadable)
    _refuse_depth(root)
    root.set("qtiVersion", _version(root))
    for element in root.iter():
        _normalise(element)
    return root


def _refuse_depth(root: Element):
    layer = [root]
    for _depth in range(MAX_DEPTH):
        layer = [child for element in layer for child in element]
        if not layer:
            return
    raise QtiUnreadable(_("The XML is nested deeper than any question"))


def _version(root: Element) -> str:
    namespaces = " ".join([root.tag, *root.attrib.values()])
    for piece, version in VERSIONS:
        if piece in namespaces:
            return version
    local = local_name(root.tag)
    return "3.0" if local.startswith(_PREFIX) else "1.2" if local == "questestinterop" else "2.1"


def _normalise(element: Element):
    tag = local_name(element.tag)
    if tag.startswith(_PREFIX):
        element.tag = camel(tag[len(_PREFIX) :])
        attributes = {camel(local_name(name)): value for name, value in element.attrib.items()}
    else:
        element.tag = tag
        attributes = {name if name == _LANGUAGE else local_name(name): value for name, value in element.attrib.items()}
    element.attrib.clear()
    element.attrib.update(attributes)


def local_name(name: str) -> str:
    return name.rpartition("}")[2] if isinstance(name, str) else ""


def camel(name: str) -> str:
    """response-if -> responseIf; names of data and ARIA attributes stay."""
    if name.startswith(("data-", "aria-")):
        return name
    head, *rest = name.split("-")
    return head + "".join(part[:1].upper() + part[1:] for part in rest)


def kebab(name: str) -> str:
    """responseIf -> response-if."""
    return re.sub(r"(?<=[a-z0-9])([A-Z])", lambda found: "-" + found[1].lower(), name)


def name_of(name: str, version: str) -> str:
    """An element's name as the version writes it."""
    return _PREFIX + kebab(name) if version == "3.0" else name


def attribute_of(name: str, version: str) -> str:
    return kebab(name) if version == "3.0" and not name.startswith("xml:") else name


def text_of(element: Element | None) -> str:
    """The text of an element and all below it."""
    return "" if element is None else "".join(element.itertext())


def is_true(text: str | None) -> bool:
    return (text or "").strip().lower() in ("true", "1")
