"""Files that prove a batch: checked by their content, kept outside the web root, served only to those who may see them."""

import hashlib
from datetime import datetime
from pathlib import PurePosixPath

from django.core.files.base import ContentFile
from django.utils.translation import gettext_lazy as _

from training.errors import BadInput
from training.models import Evidence, Submission

LARGEST = 20 * 1024 * 1024
# first bytes -> media type and the suffix the file is kept under; a zip container must hold the parts of an office file
_SIGNATURES = (
    (b"%PDF-", "application/pdf", ".pdf"),
    (b"\xff\xd8\xff", "image/jpeg", ".jpg"),
    (b"\x89PNG\r\n\x1a\n", "image/png", ".png"),
)


def media_type(content: bytes) -> tuple[str, str]:
    """(media type, suffix) by content. Raises BadInput for anything but PDF, JPEG, PNG and Office files."""
    for signature, kind, suffix in _SIGNATURES:
        if content.startswith(signature):
            return kind, suffix
    if content.startswith(b"PK\x03\x04") and b"[Content_Types].xml" in content[:4096]:
        for part, kind, suffix in (
            (b"word/", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", ".docx"),
            (b"xl/", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ".xlsx"),
        ):
            if part in content:
                return kind, suffix
    raise BadInput(_("Only PDF, JPEG, PNG, docx and xlsx files are accepted as evidence; this file is none of them."))


def accepted(content: bytes) -> tuple[str, str]:
    """(media type, suffix) of a file that may be kept. Raises BadInput for an empty, an oversized or another kind of file."""
    if not content:
        raise BadInput(_("The file is empty."))
    if len(content) > LARGEST:
        raise BadInput(_("The file is larger than 20 MB."))
    return media_type(content)


def plain_name(name: str, suffix: str) -> str:
    """The last part of the name somebody's file had, for showing."""
    return PurePosixPath(name.replace("\\", "/")).name[:200] or f"file{suffix}"


def attach(*, submission: Submission, kind: str, name: str, content: bytes, by, now: datetime) -> Evidence:
    """Keep a file with a batch; the same content again is the same evidence. Raises BadInput."""
    kind_of_media, suffix = accepted(content)
    digest = hashlib.sha256(content).hexdigest()
    found = submission.evidence.filter(sha256=digest).first()
    if found is not None:
        return found
    evidence = Evidence(
        submission=submission,
        kind=kind,
        name=plain_name(name, suffix),
        media_type=kind_of_media,
        sha256=digest,
        uploaded_by=by,
        uploaded_at=now,
    )
    evidence.file.save(f"{digest[:32]}{suffix}", ContentFile(content), save=False)
    evidence.save()
    return evidence
