"""Sends a file, or the part of it that a player asks for."""

import re
from pathlib import Path

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.utils.http import http_date

_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


class _Part:
    """The next `length` bytes of an open file."""

    def __init__(self, file, length: int):
        self.file, self.left = file, length

    def read(self, size: int = -1) -> bytes:
        chunk = self.file.read(self.left if size < 0 else min(size, self.left))
        self.left -= len(chunk)
        return chunk

    def close(self) -> None:
        self.file.close()


def send_file(request: HttpRequest, path: Path, *, media_type: str) -> HttpResponseBase:
    """200 with the whole file, 206 with the one range asked for, or 416. Several ranges at once are answered with the whole."""
    size = path.stat().st_size
    asked = _RANGE.fullmatch(request.headers.get("Range", "").replace(" ", ""))
    if asked is None or not any(asked.groups()):
        response = FileResponse(path.open("rb"), content_type=media_type)
        response.headers.pop("Content-Disposition", None)
    else:
        first, last = _bounds(asked, size)
        if first > last:
            return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
        file = path.open("rb")
        file.seek(first)
        response = FileResponse(_Part(file, last - first + 1), status=206, content_type=media_type)
        response.headers.pop("Content-Disposition", None)
        response["Content-Length"] = str(last - first + 1)
        response["Content-Range"] = f"bytes {first}-{last}/{size}"
    response["Accept-Ranges"] = "bytes"
    response["Last-Modified"] = http_date(path.stat().st_mtime)
    return response


def _bounds(asked: re.Match, size: int) -> tuple[int, int]:
    first, last = asked.groups()
    if not first:  # the last bytes
        return (max(size - int(last), 0), size - 1) if int(last) else (size, size - 1)
    return int(first), min(int(last), size - 1) if last else size - 1
