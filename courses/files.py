"""Files that people hand in: checked by their content, kept under a name of our own."""

from pathlib import PurePosixPath

from django.utils.translation import gettext_lazy as _

from training import evidence
from training.errors import BadInput


def suffix_of(content: bytes) -> str:
    """The suffix of a PDF, picture or office document. Raises BadInput for anything else, an empty or an oversized file."""
    if not content:
        raise BadInput(_("The file is empty."))
    if len(content) > evidence.LARGEST:
        raise BadInput(_("The file is larger than 20 MB."))
    return evidence.media_type(content)[1]


def plain_name(name: str, suffix: str) -> str:
    """The last part of the name somebody's file had, for showing."""
    return PurePosixPath(name.replace("\\", "/")).name[:200] or f"file{suffix}"
