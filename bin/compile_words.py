"""`compile_words.py SOURCE TARGET`: every .po file below SOURCE as .mo below TARGET, without the gettext programs."""

import ast
import struct
import sys
from pathlib import Path


def entries(path: Path) -> dict[str, str]:
    """msgid -> msgstr of one file; contexts and plurals joined as the .mo format has them; fuzzy ones left out."""
    found: dict[str, str] = {}
    current: dict[str, str] = {}
    field, fuzzy = None, False

    def keep():
        nonlocal current, field, fuzzy
        if "msgid" in current and not (fuzzy and current["msgid"]):
            key = current["msgid"]
            if "msgid_plural" in current:
                key += "\0" + current["msgid_plural"]
            if "msgctxt" in current:
                key = current["msgctxt"] + "\4" + key
            forms = [current[name] for name in sorted(current) if name.startswith("msgstr")]
            if any(forms):
                found[key] = "\0".join(forms)
        current, field, fuzzy = {}, None, False

    for line in path.read_text(encoding="utf-8").splitlines():
        line = line.strip()
        fuzzy_next = line.startswith("#,") and "fuzzy" in line
        if not line or line.startswith("#"):
            if field is not None and field.startswith("msgstr"):
                keep()
            fuzzy = fuzzy or fuzzy_next
            continue
        if line.startswith('"'):
            current[field] += ast.literal_eval(line)
            continue
        name, text = line.split(" ", 1)
        if name in ("msgid", "msgctxt") and field is not None and field.startswith("msgstr"):
            keep()
        field = name
        current[field] = ast.literal_eval(text)
    keep()
    return found


def compile_catalogue(words: dict[str, str]) -> bytes:
    keys = sorted(words, key=lambda key: key.encode())
    ids = b"".join(k.encode() + b"\0" for k in keys)
    texts = b"".join(words[k].encode() + b"\0" for k in keys)
    start = 28 + 16 * len(keys)
    table_ids, table_texts, at_id, at_text = [], [], start, start + len(ids)
    for key in keys:
        size_id, size_text = len(key.encode()), len(words[key].encode())
        table_ids += [size_id, at_id]
        table_texts += [size_text, at_text]
        at_id += size_id + 1
        at_text += size_text + 1
    head = struct.pack("<7I", 0x950412DE, 0, len(keys), 28, 28 + 8 * len(keys), 0, 0)
    return head + struct.pack(f"<{len(table_ids) * 2}I", *table_ids, *table_texts) + ids + texts


def main(source: str, target: str) -> None:
    for path in sorted(Path(source).rglob("*.po")):
        out = Path(target) / path.relative_to(source).with_suffix(".mo")
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_bytes(compile_catalogue(entries(path)))


if __name__ == "__main__":
    main(*sys.argv[1:])
