"""Items on their way out of the bank: what they say now, with the images their texts show."""

from collections.abc import Iterable
from datetime import datetime

from exams import items as bank
from exams import markup
from exams.interchange.drafts import Exported
from exams.models import Item, MediaFile
from training import audit

BATCH = 1000


def exported(found: Iterable[Item]) -> list[Exported]:
    """The items as writers take them. Four queries for each thousand, and the files of their images."""
    keys = [item.pk for item in found]
    rows = []
    for at in range(0, len(keys), BATCH):
        here = Item.objects.filter(pk__in=keys[at : at + BATCH]).select_related("current").order_by("pk")
        rows += list(here.prefetch_related("current__citations__law", "current__citations__law_version"))
    shown = {item.pk: _images_of(item) for item in rows}
    contents = _contents({digest for digests in shown.values() for digest in digests})
    return [
        Exported(
            code=item.code,
            content=bank.content_of(item.current),
            classification=item.classification,
            images={f"media:{digest}": contents[digest] for digest in shown[item.pk] if digest in contents},
            source=item.source,
            expires_on=item.expires_on,
        )
        for item in rows
    ]


def _images_of(item: Item) -> list[str]:
    found: dict[str, None] = {}

    def look(text: str) -> str:
        found.update(dict.fromkeys(markup.media_in(text)))
        return text

    markup.map_texts(bank.content_of(item.current), look)
    return list(found)


def _contents(digests: set[str]) -> dict[str, bytes]:
    found = {}
    for media in MediaFile.objects.filter(sha256__in=digests) if digests else ():
        with media.file.open("rb") as file:
            found[media.sha256] = file.read()
    return found


def trace(found: Iterable[Item], *, by, now: datetime, format: str) -> None:
    """Exports are in the audit trail, with how many and which exam-only questions left the house."""
    found = list(found)
    secret = [item.code for item in found if item.classification == "exam"]
    facts = {"rows": len(found), "format": format} | ({"codes": " ".join(secret)} if secret else {})
    audit.record(actor=by, act="export_items", subject="items", now=now, facts=facts)
