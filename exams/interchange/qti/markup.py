"""HTML of our texts as elements of a QTI body: well-formed, its images under the names of the package."""

import html
from collections.abc import Callable
from html.parser import HTMLParser
from xml.etree.ElementTree import Element, SubElement

VOID = frozenset({"br", "hr", "img", "input", "wbr", "col"})
_NOT_XML = dict.fromkeys([*range(9), 11, 12, *range(14, 32), 0xFFFE, 0xFFFF])


class _Builder(HTMLParser):
    def __init__(self, root: Element, source: Callable[[str], str]):
        super().__init__(convert_charrefs=True)
        self.open, self.source = [root], source

    def handle_starttag(self, tag, attributes):
        kept = {name: value or "" for name, value in attributes if name.isidentifier()}
        if tag == "img":
            kept = {"src": self.source(kept.get("src", "")), "alt": kept.get("alt", "")}
        element = SubElement(self.open[-1], tag, {name: value.translate(_NOT_XML) for name, value in kept.items()})
        if tag not in VOID:
            self.open.append(element)

    def handle_endtag(self, tag):
        names = [element.tag for element in self.open[1:]]
        if tag in names:  # what stands open inside it is closed with it
            del self.open[len(names) - names[::-1].index(tag) :]

    def handle_data(self, data):
        append_text(self.open[-1], data)


def append_text(element: Element, text: str):
    """`text` after all that the element holds."""
    text = text.translate(_NOT_XML)
    if len(element):
        element[-1].tail = (element[-1].tail or "") + text
    else:
        element.text = (element.text or "") + text


def fill(element: Element, text: str, source: Callable[[str], str] = str) -> Element:
    """The element with the HTML inside; `source` names an image by what `src` has."""
    builder = _Builder(element, source)
    builder.feed(text)
    builder.close()
    return element


def sources(text: str) -> list[str]:
    """What the images of a text have as `src`."""
    found: list[str] = []
    fill(Element("div"), text, lambda source: found.append(source) or source)
    return found


def marked(text: str, mark: str, tag: str) -> str:
    """The HTML with each `mark` in it made an element."""
    return text.replace(html.escape(mark), f"<{tag}></{tag}>")
