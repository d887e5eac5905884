"""What a reader of a question file yields: every question of the file exactly once, taken, taken with notes, or left out."""

from dataclasses import dataclass, field
from datetime import date

from exams.content import Content


@dataclass(frozen=True, slots=True)
class Note:
    """One thing to say about a question or a file; a refusal is why it was left out."""

    code: str
    reason: str  # lazy
    is_refusal: bool = False
    field: str = ""
    value: str = ""


@dataclass(slots=True)
class Draft:
    """One question of a file."""

    place: str  # where it stands: "Sheet1!7", "第12题", "item.xml#RESPONSE"
    content: Content | None  # None: left out
    code: str = ""  # the source's own identifier
    classification: str = ""
    images: dict[str, bytes] = field(default_factory=dict)  # name, as src in the texts has it -> content
    notes: list[Note] = field(default_factory=list)
    source: str = ""
    expires_on: date | None = None


@dataclass(slots=True)
class Reading:
    format: str
    drafts: list[Draft] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)  # about the file as a whole


@dataclass(slots=True)
class Exported:
    """An item on its way out. Its texts name images as `media:<sha256>`; `images` has their content by that name."""

    code: str
    content: Content
    classification: str = ""
    images: dict[str, bytes] = field(default_factory=dict)
    source: str = ""
    expires_on: date | None = None


@dataclass(slots=True)
class Written:
    """A file of items, and what is to be said of it by the code of the item; a refusal is why an item is not in it."""

    content: bytes
    notes: dict[str, list[Note]] = field(default_factory=dict)
