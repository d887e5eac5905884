"""Files of law texts: Markdown, plain text in UTF-8 or GB18030, Word."""

from django.utils.translation import gettext_lazy as _

from laws.errors import LawUnreadable
from laws.reading import LawText, read_law
from laws.word import read_paragraphs

LIMIT = 20 * 1024 * 1024
TEXTS = (".md", ".markdown", ".txt")


def read_file(content: bytes, name: str) -> LawText:
    """The law in a file. Raises LawUnreadable."""
    if len(content) > LIMIT:
        raise LawUnreadable(_("The file is larger than 20 MB"))
    ending = name[name.rfind(".") :].lower()
    if ending == ".docx":
        return read_law("\n".join(p.number + p.text for p in read_paragraphs(content)), filename=name)
    if ending not in TEXTS:
        raise LawUnreadable(_("Law texts are read from .md, .txt and .docx files"))
    return read_law(decoded(content), filename=name)


def decoded(content: bytes) -> str:
    """Text of bytes in UTF-8 or GB18030. Raises LawUnreadable for what is neither."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise LawUnreadable(_("The file is no text in UTF-8 or GB18030"))
