"""The body of an item as HTML, its interactions held open by marks, its formulas as text, its images by their place.

HTML here is as the item has it, in the few elements that carry meaning; making it safe is `exams.markup`'s part.
"""

import base64
import binascii
import hashlib
import html
import posixpath
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote
from xml.etree.ElementTree import Element

from django.utils.translation import gettext_lazy as _

from ..drafts import Note
from .vocabulary import text_of

OPEN, CLOSE = "\ue000", "\ue001"  # round the number of an interaction
TEXT = "bank-text"  # class of what our own export wraps round a text
ANSWER = "bank-answer"  # class of a place for answers that it adds below the text
_SPACE = re.compile(r"[ \t\r\n]+")
_KEPT = frozenset(
    "p br b strong i em u s sub sup span div table caption thead tbody tfoot tr td th ul ol li pre code blockquote hr".split()
)
_RENAMED = {"tt": "code", "var": "i", "cite": "i", "dfn": "i", "q": "i", "dl": "ul", "dt": "li", "dd": "li"} | {
    f"h{size}": "p" for size in range(1, 7)
}
_ATTRIBUTES = {"td": ("colspan", "rowspan"), "th": ("colspan", "rowspan"), "ol": ("start",)}
_PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".webp", ".bmp")
_DATA_URI = re.compile(r"data:image/(png|jpeg|gif|webp|bmp);base64,", re.I)
_DROPPED = frozenset({"stylesheet", "style", "script", "responseProcessing", "catalogInfo", "prompt"})
_SILENT = frozenset({"stylesheet", "style", "prompt", "catalogInfo"})
_HIDDEN = frozenset({"feedbackBlock", "feedbackInline", "modalFeedback", "infoControl", "templateBlock", "templateInline"})
_MEDIA = frozenset({"audio", "video", "svg", "iframe", "embed", "canvas", "mediaInteraction"})


@dataclass(slots=True)
class Page:
    """One file's texts while they are written as HTML: where it stands, what it met on the way."""

    folder: str = ""  # of the file, in its package
    files: Mapping[str, bytes] = field(default_factory=dict)
    images: dict[str, bytes] = field(default_factory=dict)  # what the HTML refers to by `src`
    notes: list[Note] = field(default_factory=list)
    interactions: list[Element] = field(default_factory=list)  # in the order of their marks

    def warn(self, code: str, reason, value: str = ""):
        note = Note(code, reason, value=value[:200])
        if note not in self.notes:
            self.notes.append(note)


def body_html(element: Element, page: Page) -> str:
    """The content of an element, without itself; each interaction is left as its mark."""
    return _inner(element, page).strip()


def with_marks(text: str, shown) -> str:
    """The text with each mark replaced by what `shown(number)` gives."""
    return re.sub(f"{OPEN}(\\d+){CLOSE}", lambda found: shown(int(found[1])), text).strip()


def plain(text: str) -> str:
    """HTML as one line of text."""
    return _SPACE.sub(" ", html.unescape(re.sub(r"<[^>]*>", " ", text))).strip()


def is_empty(text: str) -> bool:
    return "<img" not in text and not plain(text)


def _inner(element: Element, page: Page) -> str:
    pieces = [_escaped(element.text)]
    for child in element:
        pieces += [_element(child, page), _escaped(child.tail)]
    return "".join(pieces)


def _escaped(text: str | None) -> str:
    return html.escape(_SPACE.sub(" ", text or "").replace(OPEN, "").replace(CLOSE, ""), quote=False)


def _element(element: Element, page: Page) -> str:
    tag = _RENAMED.get(element.tag, element.tag)
    if tag.endswith("Interaction") and tag != "mediaInteraction":
        page.interactions.append(element)
        return f"{OPEN}{len(page.interactions) - 1}{CLOSE}"
    if element.get("class") == ANSWER:
        page.interactions += [one for one in element.iter() if one.tag.endswith("Interaction")]
        return ""
    if element.get("class") == TEXT:
        return _inner(element, page)
    handler = _HANDLERS.get(tag)
    if handler is not None:
        return handler(element, page)
    inner = _inner(element, page)
    if tag not in _KEPT:
        return inner
    if tag in ("br", "hr"):
        return f"<{tag}>"
    names = _ATTRIBUTES.get(tag, ())
    attributes = "".join(f' {name}="{html.escape(element.get(name))}"' for name in names if element.get(name))
    return f"<{tag}{attributes}>{inner}</{tag}>"


def _image(element: Element, page: Page) -> str:
    return picture(element.get("src", ""), element.get("alt", ""), page)


def _object(element: Element, page: Page) -> str:
    source = element.get("data", "") or element.get("src", "")
    if (element.get("type") or "").startswith("image/") or source.lower().endswith((*_PICTURES, ".svg", ".tiff")):
        return picture(source, text_of(element).strip() or element.get("alt", ""), page)
    if not source:
        return _inner(element, page)
    return _media(element, page)


def picture(source: str, alt: str, page: Page) -> str:
    """An <img> for an image of the package; a missing or unfit one is told, and its alternative text stands for it."""
    embedded = _DATA_URI.match(source)
    if embedded:
        name = _embed(source, embedded, page)
    else:
        name = posixpath.normpath(posixpath.join(page.folder, unquote(source.partition("?")[0]))).lstrip("/")
        if name in page.files and name.lower().endswith(_PICTURES):
            page.images[name] = page.files[name]
        else:
            code = "image_unfit" if name in page.files else "image_missing"
            page.warn(code, _("An image could not be taken; its alternative text stands in its place"), source)
            name = ""
    if not name:
        return f"[{html.escape(alt.strip() or posixpath.basename(source)[:80], quote=False)}]"
    return f'<img src="{html.escape(name)}" alt="{html.escape(alt.strip())}">'


def _embed(source: str, found: re.Match, page: Page) -> str:
    try:
        content = base64.b64decode("".join(source[found.end() :].split()), validate=True)
    except (binascii.Error, ValueError):
        page.warn("image_unfit", _("An image could not be taken; its alternative text stands in its place"), source[:40])
        return ""
    name = f"{hashlib.sha256(content).hexdigest()[:16]}.{found[1].lower()}"
    page.images[name] = content
    return name


def _media(element: Element, page: Page) -> str:
    source = element.get("data") or element.get("src") or next((one.get("src", "") for one in element.iter("source")), "")
    page.warn("media_left_out", _("Sound, film or drawing inside the question was left out"), f"{element.tag} {source}".strip())
    return ""


def _hidden(element: Element, page: Page) -> str:
    page.warn("feedback_left_out", _("Text shown only after an answer was left out"), text_of(element).strip()[:80])
    return ""


def _dropped(element: Element, page: Page) -> str:
    if element.tag not in _SILENT:
        page.warn("active_content_left_out", _("Active content was left out"), element.tag)
    return ""


def _rubric(element: Element, page: Page) -> str:
    """Instructions to the candidate stand in the body; what is for others is read elsewhere."""
    return f"<div>{_inner(element, page)}</div>" if "candidate" in element.get("view", "candidate").split() else ""


def _gap(element: Element, page: Page) -> str:
    return f"{OPEN}{element.get('number', '0')}{CLOSE}"


def _ruby(element: Element, page: Page) -> str:
    above = "".join(text_of(one) for one in element.iter("rt")).strip()
    for one in [*element.iter("rt"), *element.iter("rp")]:
        one.text = ""
        one[:] = []
    base = _inner(element, page).strip()
    return f"{base}（{html.escape(above, quote=False)}）" if above else base


def _formula(element: Element, page: Page) -> str:
    return html.escape(formula_text(element), quote=False)


# formulas


def formula_text(math: Element) -> str:
    """MathML as one line of text: (a+b)/2, x^2, √(y). A TeX annotation says it better and is taken as it is."""
    for note in math.iter("annotation"):
        if "tex" in (note.get("encoding") or "").lower():
            return f"${(note.text or '').strip()}$"
    return _SPACE.sub(" ", _math(math)).strip()


def _math(node: Element) -> str:
    parts = [_math(child) for child in node if child.tag not in ("annotation", "annotation-xml")]
    if node.tag in _MATH and len(parts) >= _MATH[node.tag][0]:
        return _MATH[node.tag][1](*parts)
    return (node.text or "").strip() + "".join(parts)


def _grouped(text: str) -> str:
    return text if len(text) == 1 or text.isalnum() or unicodedata.normalize("NFKC", text).isdigit() else f"({text})"


_MATH = {  # element -> operands it needs, its text
    "mfrac": (2, lambda above, below, *more: f"{_grouped(above)}/{_grouped(below)}"),
    "msup": (2, lambda base, power, *more: f"{_grouped(base)}^{_grouped(power)}"),
    "msub": (2, lambda base, index, *more: f"{base}_{_grouped(index)}"),
    "msubsup": (3, lambda base, index, power, *more: f"{base}_{_grouped(index)}^{_grouped(power)}"),
    "munder": (2, lambda base, under, *more: f"{base}_{_grouped(under)}"),
    "mover": (2, lambda base, over, *more: f"{base}^{_grouped(over)}"),
    "munderover": (3, lambda base, under, over, *more: f"{base}_{_grouped(under)}^{_grouped(over)}"),
    "msqrt": (1, lambda *parts: f"√({''.join(parts)})"),
    "mroot": (2, lambda base, degree, *more: f"{degree}√({base})"),
    "mtr": (1, lambda *cells: ", ".join(cells) + "; "),
}

_HANDLERS = (
    {"img": _image, "object": _object, "math": _formula, "rubricBlock": _rubric, "gap": _gap, "ruby": _ruby}
    | dict.fromkeys(_MEDIA, _media)
    | dict.fromkeys(_HIDDEN, _hidden)
    | dict.fromkeys(_DROPPED, _dropped)
)


def is_shown(feedback: Element, value) -> bool:
    """Whether a feedback is shown when its outcome holds `value`."""
    named = feedback.get("identifier", "")
    held = value is not None and any(
        named == (("true" if one else "false") if isinstance(one, bool) else str(one)) for one in value.items
    )
    return held == (feedback.get("showHide", "show") == "show")
