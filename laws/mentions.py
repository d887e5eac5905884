"""Which laws a text names, by the words alone: no table is asked."""

import re
from collections.abc import Iterable

from laws.reading import short_name

_TITLE = re.compile(r"《([^《》\n]{2,60})》")
# documents that have no force of law are named in the same marks
_LEGAL = re.compile(r"(?:法|法典|宪法|通则|条例|规定|办法|细则|规则|决定|解释|准则|章程|修正案)(?:[（(][^）)]*[）)])?$")


def laws_named_in(text: str, known: Iterable[str] = ()) -> list[str]:
    """Short titles of the laws that stand in 《》, and those of `known` that stand without, in order, each once."""
    found = [(m.start(), short_name(m[1].strip())) for m in _TITLE.finditer(text) if _LEGAL.search(m[1].strip())]
    bare = _TITLE.sub(lambda match: " " * len(match[0]), text)
    names = sorted({short_name(name) for name in known} - {""}, key=len, reverse=True)
    if names:
        found += [(m.start(), m[0]) for m in re.finditer("|".join(map(re.escape, names)), bare)]
    return list(dict.fromkeys(name for _at, name in sorted(found)))
