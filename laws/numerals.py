"""Chinese numerals of articles and divisions: 第一百二十三条之一 is article 123, branch 1, written "123-1" in an address."""

import re

_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_UNITS = {"十": 10, "百": 100, "千": 1000}
_BELOW = "[零〇一二两三四五六七八九十百千]"
# whatever it matches, `number_of` reads; digits may be full-width
NUMERAL = f"(?:{_BELOW}{{1,9}}(?:万{_BELOW}{{0,9}})?|[0-9０-９]{{1,6}})"
ARTICLE = re.compile(rf"第\s?({NUMERAL})\s?条(?:\s?之\s?({NUMERAL})(?![般切致样]))?")


def number_of(numeral: str) -> int:
    """The number a Chinese or Arabic numeral says. Raises ValueError for what is none."""
    if re.fullmatch("[0-9０-９]{1,9}", numeral):
        return int(numeral)
    if "万" in numeral:
        high, _, low = numeral.partition("万")
        return number_of(high) * 10000 + (number_of(low) if low else 0)
    if not numeral or any(c not in _DIGITS and c not in _UNITS for c in numeral):
        raise ValueError(f"not a numeral: {numeral}")
    if not any(c in _UNITS for c in numeral):
        return int("".join(str(_DIGITS[c]) for c in numeral))
    total = digit = 0
    for c in numeral:
        if c in _DIGITS:
            digit = _DIGITS[c]
        else:
            total += (digit or 1) * _UNITS[c]
            digit = 0
    return total + digit


def numeral_of(number: int) -> str:
    """The numeral of a law's article for 1 <= number < 100,000."""
    if not 0 < number < 100_000:
        raise ValueError(f"no numeral for {number}")
    if number >= 10_000:
        rest = number % 10_000
        return numeral_of(number // 10_000) + "万" + (("零" if rest < 1000 else "") + numeral_of(rest) if rest else "")
    text, gap = "", False
    for unit, word in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit, number = divmod(number, unit)
        if digit:
            text += ("零" if gap and text else "") + "零一二三四五六七八九"[digit] + word
            gap = False
        elif text:
            gap = True
    return text[1:] if text.startswith("一十") else text


def article_label(number: int, branch: int = 0) -> str:
    """第一百二十三条之一; a number for which there is no numeral stands in digits."""
    return f"第{_said(number)}条" + (f"之{_said(branch)}" if branch else "")


def _said(number: int) -> str:
    return numeral_of(number) if 0 < number < 100_000 else str(number)


def article_ref(number: int, branch: int = 0) -> str:
    """The address of an article: "123-1"."""
    return f"{number}-{branch}" if branch else str(number)


def refs_in(text: str) -> list[str]:
    """Addresses of the articles that a text names, in order, each once."""
    found = {}
    for number, branch in ARTICLE.findall(text):
        found[article_ref(number_of(number), number_of(branch) if branch else 0)] = None
    return list(found)
