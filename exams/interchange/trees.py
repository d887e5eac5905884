"""XML of files read with distrust: no document types, no entities, nothing fetched; in any encoding that is used here."""

import re
from xml.etree.ElementTree import Element, ParseError

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException
from django.utils.translation import gettext_lazy as _

from laws.errors import BadInput

_DECLARATION = re.compile(r"\s*<\?xml\b[^>]*?\?>")
_DECLARED = re.compile(rb"\s*<\?xml\b[^>]*?\bencoding\s*=\s*[\"']([\w.:-]{1,40})[\"']")
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_CHINESE = re.compile(r"gb[\w-]*|x-gbk|cp936|ms936|euc-cn")  # the parser knows none of them
_UTF = re.compile(r"utf-?(?:8|16)\w*|us-ascii|ascii")  # of the two, what the bytes are decides


def tree_of(content: bytes, refusal: type[BadInput]) -> Element:
    """The root of the XML. Raises `refusal` with the reason."""
    try:
        return ElementTree.fromstring(_decoded(content, refusal), forbid_dtd=True)
    except DefusedXmlException as error:
        raise refusal(_("The XML declares a document type or entities, which are not read for safety")) from error
    except (ParseError, ValueError, LookupError) as error:
        raise refusal(_("The XML is damaged: %(detail)s"), detail=str(error)[:120]) from error


def _decoded(content: bytes, refusal: type[BadInput]) -> bytes:
    """The same XML in UTF-8 and without a declaration; as it is, where the parser knows its encoding."""
    content = content.removeprefix(b"\xef\xbb\xbf").lstrip()
    if content.startswith(_UTF16):
        return _text(content, "utf-16", refusal)
    declared = _DECLARED.match(content)
    name = declared[1].decode("ascii", "replace").lower() if declared else "utf-8"
    if _CHINESE.fullmatch(name):
        return _text(content, "gb18030", refusal)
    if name.startswith("big5"):
        return _text(content, "big5hkscs", refusal)
    return _text(content, "utf-8", refusal) if _UTF.fullmatch(name) else content


def _text(content: bytes, encoding: str, refusal: type[BadInput]) -> bytes:
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        raise refusal(_("The file is not in the encoding that it declares. Save it as UTF-8 and use that file.")) from error
    text = text.lstrip("\ufeff")
    if declaration := _DECLARATION.match(text):  # blanks in its place: an error is told where it stands in the file
        text = re.sub(r"\S", " ", declaration[0]) + text[declaration.end() :]
    return text.encode("utf-8", "replace")
