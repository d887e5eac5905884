"""What has to be done before a part opens, as SCORM 1.2 writes it: `I1 & (I2 | ~I3)`, `I1="passed"`, `2*{I1,I2,I3}`."""

import re
from collections.abc import Callable, Mapping

_TOKEN = re.compile(r"""\s*(?:(?P<mark><>|[&|~()={},*])|"(?P<word>[^"]*)"|(?P<name>[^\s&|~()={},*<>"]+))""")
_DONE = ("passed", "completed")
_STATUSES = {
    "p": "passed",
    "c": "completed",
    "f": "failed",
    "i": "incomplete",
    "b": "browsed",
    "n": "not attempted",
}
DEEPEST = 30


class Malformed(ValueError):
    pass


def names_in(text: str) -> set[str]:
    """Identifiers that the expression asks about. Raises Malformed."""
    asked = set()

    def note(name: str) -> str:
        asked.add(name)
        return "not attempted"

    _Reader(text, note).whole()
    return asked


def are_met(text: str, statuses: Mapping[str, str]) -> bool:
    """`statuses` by identifier, in the words of the standard; an unknown one counts as not attempted."""
    return _Reader(text, lambda name: statuses.get(name, "not attempted")).whole() if text.strip() else True


def in_words(text: str, titles: Mapping[str, str]) -> str:
    """The expression with titles in the place of identifiers, for people."""
    found = (match for match in _TOKEN.finditer(text))
    return " ".join(titles.get(word, word) for match in found if (word := match[match.lastgroup]))


class _Reader:
    """Reads and answers at once; both sides of a mark are always read, so that names_in meets every name."""

    def __init__(self, text: str, status_of: Callable[[str], str]):
        self.status_of = status_of
        self.tokens = []
        at = 0
        text = text.strip()
        while at < len(text):
            found = _TOKEN.match(text, at)
            if found is None:
                raise Malformed(text)
            self.tokens.append((found.lastgroup, found[found.lastgroup]))
            at = found.end()
        self.at = 0
        self.depth = 0

    def whole(self) -> bool:
        answer = self.any()
        if self.at != len(self.tokens):
            raise Malformed(self.tokens[self.at][1])
        return answer

    def any(self) -> bool:
        answer = self.all()
        while self.takes("|"):
            other = self.all()
            answer = answer or other
        return answer

    def all(self) -> bool:
        answer = self.one()
        while self.takes("&"):
            other = self.one()
            answer = answer and other
        return answer

    def one(self) -> bool:
        self.depth += 1
        if self.depth > DEEPEST:
            raise Malformed("nested too deep")
        try:
            if self.takes("~"):
                return not self.one()
            if self.takes("("):
                answer = self.any()
                self.expect(")")
                return answer
            return self.about(self.name())
        finally:
            self.depth -= 1

    def about(self, name: str) -> bool:
        if name.isdecimal() and self.takes("*"):
            self.expect("{")
            met = [self.any()]
            while self.takes(","):
                met.append(self.any())
            self.expect("}")
            return sum(met) >= int(name)
        for mark in ("=", "<>"):
            if self.takes(mark):
                wanted = self.name().lower()
                return (self.status_of(name) == _STATUSES.get(wanted, wanted)) == (mark == "=")
        return self.status_of(name) in _DONE

    def takes(self, mark: str) -> bool:
        if self.at < len(self.tokens) and self.tokens[self.at] == ("mark", mark):
            self.at += 1
            return True
        return False

    def expect(self, mark: str):
        if not self.takes(mark):
            raise Malformed(mark)

    def name(self) -> str:
        if self.at >= len(self.tokens) or self.tokens[self.at][0] == "mark":
            raise Malformed("a name is missing")
        self.at += 1
        return self.tokens[self.at - 1][1]
