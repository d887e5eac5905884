"""Plain text of files as the markup of items and back, and options written one behind the other taken apart."""

import html
import re

# an image inside a plain text: its name between two of these
IMAGE = "\ufffc"
_IMAGE = re.compile("\ufffc([^\ufffc\n]*)\ufffc")
_IMG = re.compile(r'<img src="([^"<>&]+)">')
_MARKUP = re.compile(
    r"</?(?:p|br|b|strong|i|em|u|s|sub|sup|span|div|table|caption|thead|tbody|tfoot|tr|td|th|ul|ol|li|img|pre|code|blockquote|hr|font|a"
    r"|h[1-6]|script|style|iframe|svg|math|object|embed|video|audio|source|form|input|button|select|textarea|link|meta|base|body|html"
    r"|head|title|center)\b[^<>]*>|<!--|<\?|&(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z]{2,8}\d{0,2});",
    re.IGNORECASE,
)
_SCRIPT = re.compile(r"<(script|style)\b.*?(?:</\1\s*>|$)", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"<[^<>]*>")


def is_markup(text: str) -> bool:
    return ("<" in text or "&" in text) and _MARKUP.search(text) is not None


def as_html(text: str) -> str:
    """What a file says as markup: markup as it came, anything else as the text it is, its lines kept."""
    text = text.strip()
    if not is_markup(text):
        if "<" in text or ">" in text or "&" in text:
            text = html.escape(text, quote=False)
        if "\n" in text or "\r" in text:
            text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "<br>")
    return _IMAGE.sub(r'<img src="\1">', text) if IMAGE in text else text


def as_text(markup: str) -> str:
    """The text that `as_html` makes this markup of; where there is none, the markup itself."""
    text = _as_plain(markup)
    return text if as_html(text) == markup.strip() else markup


def as_shown(markup: str) -> str:
    """Markup as a reader sees it: text with its lines, images by name between two U+FFFC."""
    text = _as_plain(markup)
    if not is_markup(text) and as_html(text) == markup.strip():
        return text
    text = re.sub(r'<img\b[^<>]*?\bsrc="([^"<>]+)"[^<>]*>', rf"{IMAGE}\1{IMAGE}", _SCRIPT.sub("", markup))
    text = re.sub(r"<br\s*/?>|</(?:p|div|tr|li|table|ul|ol|pre|blockquote)>", "\n", text, flags=re.IGNORECASE)
    text = re.sub(r"</t[dh]>", "\t", text, flags=re.IGNORECASE)
    return re.sub(r"\s*\n\s*", "\n", html.unescape(_TAG.sub("", text))).strip()


def _as_plain(markup: str) -> str:
    text = _IMG.sub(rf"{IMAGE}\1{IMAGE}", markup).replace("<br>", "\n")
    return html.unescape(text) if "&" in text else text


def images_of(text: str) -> list[str]:
    """Names of the images inside a plain text."""
    return _IMAGE.findall(text)


_UNPRINTABLE = dict.fromkeys([*range(9), *range(14, 32), 127, 0xFEFF]) | dict.fromkeys((11, 12, 0x2028, 0x2029, 0x85), "\n")


def printable(text: str) -> str:
    """The text without control characters; what breaks a line or a page in one program or another is a line."""
    return text if text.isprintable() else text.translate(_UNPRINTABLE)


# --- words that must not be mistaken for the marks of a question

GUARD = "\u2060"  # a word joiner: no reader sees it
_MISLEADING = re.compile(
    r"[【\[〖（(]|[A-Za-zＡ-Ｚａ-ｚ](?=\s*[.．、:：)）\]】])|(?:答案|解析|知识点|考点|考查点|难易程度|难易度|难度|要点|标准|分点|分值|来源|出处|题型|依据|名称|方式|误差|单位|答)"
    r"(?=\s*[:：])"
)


def guarded(text: str) -> str:
    """The text with an invisible sign wherever its words look like the number, letter or label of a question."""
    pieces = text.split(IMAGE)
    pieces[::2] = [
        "\n".join(f"{GUARD}{_MISLEADING.sub(_with_guard, line)}{GUARD}" for line in piece.split("\n")) for piece in pieces[::2]
    ]
    return IMAGE.join(pieces)


def _with_guard(match: re.Match) -> str:
    return match[0] + GUARD


def unguarded(text: str) -> str:
    return text.replace(GUARD, "") if GUARD in text else text


# --- options

_WIDE = {code: code - 0xFEE0 for code in (*range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B))}
# A. A、 A： (A) 【A】 anywhere; at the start of a line also "A text" and "A中文"
_MARK = re.compile(
    r"(?P<start>(?:^|(?<=[\n\t\u3000 ]))[ \t\u3000]*)?(?<![A-Za-z])[（(\[【]?(?P<letter>[A-Za-z])"
    r"(?:[)）\]】]\s*[.．、:：]?|\s*[.．、:：])(?![A-Za-z.]{2})\s*"
)
_LINE_MARK = re.compile(r"^[ \t\u3000]*(?P<letter>[A-Z])(?:[ \t\u3000]+(?=\S)|(?=[\u4e00-\u9fff《“]))", re.MULTILINE)


_NO_PUNCTUATION = frozenset("|｜$#")
_PARTING = _NO_PUNCTUATION | frozenset(";；,，、/")


# A text B text C text on one line, where the first stands so at its begin
_BARE_LINE = re.compile(r"^[ \t\u3000]*A[ \t\u3000]+\S[^\n]*[ \t\u3000]B[ \t\u3000]+\S", re.MULTILINE)
_BARE_MARK = re.compile(r"(?<=[ \t\u3000])(?P<letter>[A-Z])[ \t\u3000]+(?=\S)")


LONG_BLANK = re.compile(r"[ \t\u3000\xa0]{24,}")  # wider than any hand spaces words; shortened before words are looked for


def split_options(text: str, first: str = "") -> tuple[str, list[tuple[str, str]]]:
    """What stands before the first option, and the options in order: "A.甲 B.乙C.丙" holds three.

    An option begins where the letter stands that comes next; another letter is part of the option it stands in. `first`:
    the letter to begin with, else the first that begins a line.
    """
    text = LONG_BLANK.sub("\t", text)
    narrow = text.translate(_WIDE)
    marks = sorted(
        [(m.start("letter"), m.start(), m.end(), m["letter"].upper(), m["start"] is not None or m.start() == 0) for m in _MARK.finditer(narrow)]
        + [(m.start("letter"), m.start(), m.end(), m["letter"], True) for m in _LINE_MARK.finditer(narrow)]
        + [(m.start(), m.start(), m.end(), m["letter"], False) for m in (_BARE_MARK.finditer(narrow) if _BARE_LINE.search(narrow) else ())]
    )  # fmt: skip
    found: list[tuple[int, int, str]] = []
    wanted, at = first, 0
    while True:
        mark = _next_mark(marks, wanted, at, text)
        if mark is None:
            break
        _place, begin, end, letter, _strong = mark
        found.append((begin, end, letter))
        at, wanted = end, chr(ord(letter) + 1)
        if letter == "Z":
            break
    if not found:
        return text.strip(), []
    ends = [begin for begin, _end, _letter in found[1:]] + [len(text)]
    texts = [text[end:stop].strip(" \t\r\n\u3000") for (_b, end, _l), stop in zip(found, ends, strict=True)]
    return text[: found[0][0]].strip(), [(mark[2], one) for mark, one in zip(found, _unpointed(texts), strict=True)]


def _unpointed(texts: list[str]) -> list[str]:
    """Options without the sign that parts them: the one that stands behind each but the last."""
    signs = {text[-1:] for text in texts[:-1]}
    if len(signs) == 1 and signs <= (_PARTING if len(texts) > 2 else _NO_PUNCTUATION):
        (sign,) = signs
        texts = [text.removesuffix(sign).rstrip() for text in texts]
        if sign in ";；" and texts[-1].endswith("。"):
            texts[-1] = texts[-1][:-1]
    return [text.strip(" \t\r\n\u3000;；") for text in texts]


_STEM_ENDS = frozenset("。？?！!：:）)；;…")


def _next_mark(marks, wanted: str, at: int, text: str):
    """The mark of the wanted letter: one that begins a line or follows a blank before one inside a word. Options may begin
    right behind the stem: …是（ ）。A.甲 B.乙"""
    if not wanted:
        strong = next((m for m in marks if m[4]), None)
        if (strong is None or strong[3] != "A") and any(m[3] == "B" for m in marks):
            return next((m for m in marks if m[3] == "A" and text[m[1] - 1 : m[1]] in _STEM_ENDS), strong)
        return strong
    candidates = [m for m in marks if m[3] == wanted and m[1] >= at]
    return next((m for m in candidates if m[4]), candidates[0] if candidates else None)


def without_letter(text: str, letter: str) -> str:
    """An option without the letter that its column says already."""
    if letter in text[:2].translate(_WIDE).upper() and len(text) > 2:
        match = _MARK.match(text.translate(_WIDE))
        if match and match["letter"].upper() == letter:
            return text[match.end() :]
    return text
