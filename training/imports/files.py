"""Files on the disk of the operator, for the commands."""

from pathlib import Path

from django.utils.translation import gettext_lazy as _

from .cells import MAX_BYTES
from .refusals import FileRefused, FileTooLarge


class FileUnreadable(FileRefused):
    code = "file_unreadable"
    message = _("%(file)s cannot be opened: %(why)s")


def read_file(path: Path) -> bytes:
    """The content of a file. Raises FileUnreadable, or FileTooLarge before anything of it is read."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise FileTooLarge(limit=MAX_BYTES // 1024 // 1024)
        return path.read_bytes()
    except OSError as error:
        raise FileUnreadable(file=path, why=error.strerror or "") from error
