"""Finds a file of an unpacked package, and says what kind it is."""

import mimetypes
from pathlib import Path

from .package import folder_of

_TYPES = {
    ".html": "text/html",
    ".htm": "text/html",
    ".xhtml": "application/xhtml+xml",
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".css": "text/css",
    ".json": "application/json",
    ".xml": "text/xml",
    ".xsd": "text/xml",
    ".dtd": "text/plain",
    ".txt": "text/plain",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".gif": "image/gif",
    ".webp": "image/webp",
    ".ico": "image/x-icon",
    ".mp4": "video/mp4",
    ".m4v": "video/mp4",
    ".webm": "video/webm",
    ".mp3": "audio/mpeg",
    ".m4a": "audio/mp4",
    ".wav": "audio/wav",
    ".ogg": "audio/ogg",
    ".vtt": "text/vtt",
    ".pdf": "application/pdf",
    ".woff": "font/woff",
    ".woff2": "font/woff2",
    ".ttf": "font/ttf",
    ".otf": "font/otf",
    ".eot": "application/vnd.ms-fontobject",
    ".wasm": "application/wasm",
    ".swf": "application/x-shockwave-flash",
}


def find(sha256: str, path: str) -> Path | None:
    """The file, whatever the case its name was written in: packages are made where case does not matter."""
    place = folder_of(sha256)
    parts = [part for part in path.replace("\\", "/").split("/") if part not in ("", ".")]
    if ".." in parts or "\x00" in path or not parts:
        return None
    for part in parts:
        below = place / part
        if not below.exists():
            below = _whatever_case(place, part)
        if below is None or below.is_symlink():
            return None
        place = below
    return place if place.is_file() else None


def _whatever_case(folder: Path, name: str) -> Path | None:
    if not folder.is_dir():
        return None
    return next((below for below in sorted(folder.iterdir()) if below.name.lower() == name.lower()), None)


def media_type(path: Path) -> str:
    """Without a charset: old packages say theirs in the page itself."""
    suffix = path.suffix.lower()
    return _TYPES.get(suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
