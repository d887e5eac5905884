"""The markup of items: what may stand in a stem, an option or an explanation, and what it says as plain text.

Images are kept apart, once by their content, and named `media:<sha256>` in `src`; a page gives them an address.
Formulas stay the text they are.
"""

import hashlib
import html
import re
from collections.abc import Callable, Iterable

import nh3
from django.core.files.base import ContentFile
from django.utils.translation import gettext_lazy as _

from exams.content import Content, ItemRefused
from exams.models import MediaFile
from laws.errors import BadInput

TAGS = set(
    "p br b strong i em u s sub sup span div table caption thead tbody tfoot tr td th ul ol li img pre code blockquote hr".split()
)
ATTRIBUTES = {"img": {"src", "alt"}, "td": {"colspan", "rowspan"}, "th": {"colspan", "rowspan"}, "ol": {"start"}}
MEDIA = re.compile(r"media:[0-9a-f]{64}")
_CLEANER = nh3.Cleaner(
    tags=TAGS,
    attributes=ATTRIBUTES,
    url_schemes={"media"},
    link_rel=None,
    attribute_filter=lambda tag, name, value: value if name != "src" or MEDIA.fullmatch(value) else None,
)
_BLOCK = re.compile(r"</?(?:p|br|div|table|caption|tr|ul|ol|li|pre|blockquote|hr)\b[^>]*>", re.IGNORECASE)
_CELL = re.compile(r"</t[dh]>", re.IGNORECASE)
_TAG = re.compile(r"<[^>]*>")
_SRC = re.compile(r"(<img\b[^>]*?\bsrc\s*=\s*)(\"[^\"]*\"|'[^']*'|[^\s>]+)", re.IGNORECASE)
# the first bytes say what an image is, whatever its name; nothing else is kept
IMAGES = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"BM", "image/bmp"),
)
IMAGE_LIMIT = 5 * 1024 * 1024


class ImageRefused(BadInput):
    code = "image_refused"
    message = _("%(name)s is no PNG, JPEG, GIF, WebP or BMP image of at most 5 MB.")


def clean(text: str) -> str:
    """The same markup without anything that acts, loads or styles. Repeating it changes nothing."""
    if "<" not in text and "&" not in text and ">" not in text:
        return text.strip()
    return _CLEANER.clean(text).strip()


def from_text(text: str) -> str:
    """Plain text as markup: its signs mean themselves, its lines stay lines."""
    return html.escape(text.strip(), quote=False).replace("\r\n", "\n").replace("\r", "\n").replace("\n", "<br>")


def plain_text(text: str) -> str:
    """What markup says: one line for each block, images by their alternative text left out."""
    if "<" in text:
        text = _TAG.sub("", _CELL.sub(" ", _BLOCK.sub("\n", text)))
    if "&" in text:
        text = html.unescape(text)
    if "\n" not in text:
        return text.strip()
    lines = (re.sub(r"[ \t\xa0]+", " ", line).strip() for line in text.split("\n"))
    return "\n".join(line for line in lines if line)


def media_in(text: str) -> list[str]:
    """Digests of the images a text shows."""
    return [name.removeprefix("media:") for name in MEDIA.findall(text)]


def with_addresses(text: str, address: Callable[[str], str]) -> str:
    """`text` for a page: each image under the address that `address(sha256)` gives."""
    return MEDIA.sub(lambda match: address(match[0].removeprefix("media:")), text) if "media:" in text else text


def map_texts(content: Content, change: Callable[[str], str]) -> Content:
    """The content with `change` applied to every text that is markup. Accepted answers and units are plain and stay."""
    content.stem, content.explanation = change(content.stem), change(content.explanation)
    content.body = _map_body(content.body, change)
    return content


def _map_body(body: dict, change) -> dict:
    body = dict(body)
    for name in ("options", "left", "right"):
        if name in body:
            body[name] = [_mapped(one, ("html", "feedback"), change) for one in body[name]]
    if "rubric" in body:
        body["rubric"] = [_mapped(point, ("text",), change) for point in body["rubric"]]
    if "model_answer" in body:
        body["model_answer"] = change(body["model_answer"])
    if "questions" in body:
        body["questions"] = [
            _mapped(question, ("stem", "explanation"), change) | {"body": _map_body(question["body"], change)}
            for question in body["questions"]
        ]
    return body


def _mapped(row: dict, names: Iterable[str], change) -> dict:
    return row | {name: change(row[name]) for name in names if row.get(name)}


def clean_content(content: Content) -> Content:
    """Every text of the content made safe."""
    return map_texts(content, clean)


def texts_of(body: dict) -> list[str]:
    """The texts of a body as a candidate reads them, plain, in order."""
    found = []
    for name in ("options", "left", "right"):
        found += [plain_text(one["html"]) for one in body.get(name, ())]
    for question in body.get("questions", ()):
        found.append(plain_text(question["stem"]))
        found += texts_of(question["body"])
    return found


def content_type_of(image: bytes) -> str | None:
    if image[:4] == b"RIFF" and image[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for start, kind in IMAGES if image.startswith(start)), None)


def names_of(images: dict[str, bytes]) -> dict[str, str]:
    """What images will be called when they are kept: name -> `media:<sha256>`. Raises ImageRefused."""
    names = {}
    for name, image in images.items():
        if len(image) > IMAGE_LIMIT or content_type_of(image) is None:
            raise ImageRefused(name=name)
        names[name] = f"media:{hashlib.sha256(image).hexdigest()}"
    return names


def keep_images(images: Iterable[bytes], *, now) -> None:
    """Keep images once by their content. One query, and one for each new image."""
    by_digest = {hashlib.sha256(image).hexdigest(): image for image in images}
    known = set(MediaFile.objects.filter(sha256__in=by_digest).values_list("sha256", flat=True)) if by_digest else set()
    for digest, image in by_digest.items():
        if digest not in known:
            kept = MediaFile(sha256=digest, content_type=content_type_of(image), created_at=now)
            kept.file.save(digest, ContentFile(image))


def name_images(content: Content, names: dict[str, str]) -> Content:
    """The content with each image's `src` replaced by its kept name. Raises ItemRefused for an image that is not there."""

    def named(match):
        source = html.unescape(match[2].strip("\"'"))
        if source in names:
            return f'{match[1]}"{names[source]}"'
        if MEDIA.fullmatch(source):
            return match[0]
        raise ItemRefused("image_missing", _("The image %(name)s is not in the file"), name=source[:80])

    return map_texts(content, lambda text: _SRC.sub(named, text) if "<img" in text.lower() else text)
