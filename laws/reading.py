"""A law's text, from Markdown, plain text or the paragraphs of a Word file, into its parts. Pure: no table is touched.

Headings are Markdown headings or lines like 第一章 总则; an article begins a line with 第N条 or 第N条之M. A table of
contents is passed over. What stands in no article (a preamble, an annex, the history above the text) is kept apart.
"""

import hashlib
import re
from dataclasses import dataclass, field
from datetime import date

from django.utils.translation import gettext_lazy as _

from laws.errors import LawUnreadable
from laws.models import Division, Passage
from laws.numerals import NUMERAL, article_label, article_ref, number_of

PART, SUBPART, CHAPTER, SECTION = (Division.Kind.PART, Division.Kind.SUBPART, Division.Kind.CHAPTER, Division.Kind.SECTION)
LEVELS = {PART: 1, SUBPART: 2, CHAPTER: 3, SECTION: 4}
KINDS = {"编": PART, "分编": SUBPART, "章": CHAPTER, "节": SECTION}
NATION = "中华人民共和国"

_ARTICLE = re.compile(rf"第({NUMERAL})条(?:之({NUMERAL}))?(?=[\s　：:]|$|[^，。、；的规第至和或及])")
_DIVISION = re.compile(rf"第({NUMERAL})(分编|编|章|节)(?:[\s　]+|(?=[^\s的规中])|$)(.*)$")
_MARKDOWN = re.compile(r"(#{1,6})\s*(.*?)\s*#*$")
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_DATE = re.compile(r"(\d{4})年(\d{1,2})月(\d{1,2})日")
_IN_FORCE = re.compile(r"自(?:(\d{4})年(\d{1,2})月(\d{1,2})日|(?:公布|发布)之日)起(?:施行|实施|生效)")
_ITEM = re.compile(rf"[（(]({NUMERAL})[）)]")
_SUBITEM = re.compile(r"(\d{1,2})[.．、](?!\d)")
_FILE_DATE = re.compile(r"[（(_ -]?(\d{4})-?(\d{2})-?(\d{2})[）)]?$")
_HALF = str.maketrans("（）：；，", "():;,")
_PROSE_END = ("。", "；", "：", "，", ";", ":", ",")


@dataclass(slots=True)
class PassageText:
    kind: str
    number: int
    text: str
    parent: int | None = None  # place of the passage it stands under, in the article's list


@dataclass(slots=True)
class ArticleText:
    number: int
    branch: int
    lines: list[str]
    division: int | None  # place of its division in the law's list

    @property
    def ref(self) -> str:
        return article_ref(self.number, self.branch)

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    def passages(self) -> list[PassageText]:
        """Paragraphs, the items below each, the subitems below those."""
        found, paragraph, item = [], None, None
        paragraphs = 0
        for line in self.lines:
            if (match := _ITEM.match(line)) and paragraph is not None:
                found.append(PassageText(Passage.Kind.ITEM, number_of(match[1]), line, paragraph))
                item = len(found) - 1
            elif (match := _SUBITEM.match(line)) and item is not None:
                found.append(PassageText(Passage.Kind.SUBITEM, int(match[1]), line, item))
            else:
                paragraphs += 1
                found.append(PassageText(Passage.Kind.PARAGRAPH, paragraphs, line))
                paragraph, item = len(found) - 1, None
        return found


@dataclass(slots=True)
class DivisionText:
    kind: str
    number: int
    title: str
    parent: int | None
    lines: list[str] = field(default_factory=list)


@dataclass
class LawText:
    """A law as its file words it. `warnings` are (code, sentence) about what was taken for granted."""

    title: str
    name: str
    aliases: list[str]
    preface: list[str]
    divisions: list[DivisionText]
    articles: list[ArticleText]
    promulgated_on: date | None
    effective_on: date | None
    label: str
    sha256: str
    warnings: list[tuple[str, str]] = field(default_factory=list)


def plain(text: str) -> str:
    """The words alone: no blanks, no markup, one width of punctuation. Two texts that say the same are equal."""
    return re.sub(r"[*_#`>\s]", "", _COMMENT.sub("", text)).translate(_HALF)


def fingerprint(text: str) -> str:
    """Equal for texts of the same words; 64 hexadecimal digits."""
    return hashlib.sha256(plain(text).encode()).hexdigest()


def short_name(title: str) -> str:
    """中华人民共和国行政处罚法 is called 行政处罚法."""
    return title.removeprefix(NATION) or title


def read_law(text: str, *, filename: str = "") -> LawText:
    """Read one law. Raises LawUnreadable when it has no title, or one article stands twice in it."""
    return _Reader(text, filename).read()


class _Reader:
    def __init__(self, text: str, filename: str):
        self.text = text.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
        self.stem = re.sub(r"\.(md|markdown|txt|docx)$", "", filename.rsplit("/", 1)[-1], flags=re.IGNORECASE)
        self.titles: list[str] = []
        self.preface: list[str] = []
        self.divisions: list[DivisionText] = []
        self.articles: list[ArticleText] = []
        self.open: dict[int, int] = {}  # level -> place of the division open at it
        self.here: list[str] | None = None  # the lines that a line of prose continues
        self.is_heading_open = False
        self.warnings: list[tuple[str, str]] = []
        # where headings are marked, a line without the mark is prose, whatever it begins with
        self.is_marked_down = re.search(r"^#{1,6}\s", self.text, re.MULTILINE) is not None

    def read(self) -> LawText:
        lines = self._lines()
        for level, line in lines:
            self._take(level, line)
        if not self.titles:
            raise LawUnreadable(_("The text has no title"))
        self._refuse_repeated()
        self._drop_empty()
        title = self.titles[0] if len(self.titles) == 1 else "·".join(self.titles)
        day, called = self._stem_date()
        promulgated = day or self._last_date()
        in_force = self._in_force(promulgated)
        known = promulgated or in_force
        name = short_name(title).replace("·", "")
        law = LawText(
            title=title,
            name=name,
            aliases=[called] if called and called not in (title, name) else [],
            preface=self.preface,
            divisions=self.divisions,
            articles=self.articles,
            promulgated_on=promulgated,
            effective_on=in_force,
            label=known.isoformat() if known else "undated",
            sha256=hashlib.sha256(plain(self.text).encode()).hexdigest(),
            warnings=self.warnings,
        )
        if not self.articles:
            law.warnings.append(("no_articles", _("The text has no articles: it is kept as one piece")))
        return law

    def _lines(self) -> list[tuple[int, str]]:
        """(level of its Markdown heading or 0, text) of each line that says something, without the table of contents."""
        found = []
        for raw in _COMMENT.sub("\n", self.text).split("\n"):
            line = raw.strip(" \t　\xa0")
            heading = _MARKDOWN.match(line)
            if heading:
                found.append((len(heading[1]), heading[2].strip(" 　")))
            elif line:
                found.append((0, re.sub(r"^[*_]+|[*_]+$", "", line)))
        return self._without_contents(found)

    @staticmethod
    def _without_contents(lines):
        """A table of contents names the divisions that the text then repeats."""
        at = next((i for i, (_h, line) in enumerate(lines) if re.fullmatch(r"目\s*[录次]", line)), None)
        if at is None:
            return lines
        squeezed = [re.sub(r"[\s　.…·\d]+$|[\s　]", "", line) for _h, line in lines]
        first = next((i for i in range(at + 1, len(lines)) if squeezed[i]), None)
        again = first and next((i for i in range(first + 1, len(lines)) if squeezed[i] == squeezed[first]), None)
        return lines if not again else lines[:at] + lines[again:]

    def _take(self, level: int, line: str) -> None:
        article = _ARTICLE.match(line)
        division = _DIVISION.match(line)
        if level == 1 and line and not self.divisions and not self.articles:
            self.titles.append(line)
        elif article and not level:
            self._begin_article(article, line)
        elif division and (level or self._looks_like_heading(line)):
            self._begin_division(division)
        elif level:
            self._take_heading(line)
        elif re.fullmatch(r"序\s*言", line) and not self.articles:
            self._open_division(Division.Kind.PREAMBLE, 0, line, level=1)
        elif re.fullmatch(r"附\s*则", line):
            self._open_division(CHAPTER, 0, line, level=LEVELS[CHAPTER])
        elif re.fullmatch(rf"附件(?:{NUMERAL})?[：:]?", line) and self.articles:
            self._open_division(Division.Kind.ANNEX, 0, line, level=1)
        else:
            self._take_prose(line)

    def _looks_like_heading(self, line: str) -> bool:
        return not self.is_marked_down and len(line) <= 60 and not line.endswith(_PROSE_END)

    def _take_heading(self, line: str) -> None:
        if not line:
            return
        if re.match(r"附\s*件", line):
            self._open_division(Division.Kind.ANNEX, 0, line, level=1)
        elif re.fullmatch(r"序\s*言", line):
            self._open_division(Division.Kind.PREAMBLE, 0, line, level=1)
        else:
            self._open_division(CHAPTER, 0, line, level=LEVELS[CHAPTER])

    def _begin_division(self, match) -> None:
        kind = KINDS[match[2]]
        self._open_division(
            kind, number_of(match[1]), f"第{match[1]}{match[2]} {match[3].strip(' 　')}".rstrip(), level=LEVELS[kind]
        )

    def _open_division(self, kind, number: int, title: str, *, level: int) -> None:
        self.open = {at: place for at, place in self.open.items() if at < level}
        parent = self.open[max(self.open)] if self.open else None
        self.divisions.append(DivisionText(kind, number, title, parent))
        self.open[level] = len(self.divisions) - 1
        self.here, self.is_heading_open = self.divisions[-1].lines, True

    def _begin_article(self, match, line: str) -> None:
        number = number_of(match[1])
        branch = number_of(match[2]) if match[2] else 0
        division = self.open[max(self.open)] if self.open else None
        first = line[match.end() :].lstrip(" \t　：:")
        self.articles.append(ArticleText(number, branch, [first] if first else [], division))
        self.here, self.is_heading_open = self.articles[-1].lines, False

    def _take_prose(self, line: str) -> None:
        if self.here is None:
            if self.titles:
                self.preface.append(line)
            else:
                self.titles.append(line)
            return
        division = self.divisions[-1] if self.divisions else None
        if self.is_heading_open and division.number and not line.endswith("。"):
            division.title += line  # a heading that the file broke in two
        else:
            self.here.append(line)
        self.is_heading_open = self.is_heading_open and division is not None and bool(division.number)

    def _refuse_repeated(self) -> None:
        seen = set()
        for article in self.articles:
            if article.ref in seen:
                raise LawUnreadable(
                    _("%(article)s stands twice in the text"), article=article_label(article.number, article.branch)
                )
            seen.add(article.ref)

    def _drop_empty(self) -> None:
        """Words above the first article that are no history are kept as a preamble (an amendment in numbered points)."""
        if not self.articles and not self.divisions:
            at = next((i for i, line in enumerate(self.preface) if not _DATE.match(line)), len(self.preface))
            rest = self.preface[at:]
            self.preface = self.preface[:at]
            if rest:
                self.divisions.append(DivisionText(Division.Kind.PREAMBLE, 0, "", None, rest))

    def _stem_date(self) -> tuple[date | None, str]:
        match = _FILE_DATE.search(self.stem)
        called = self.stem[: match.start()].strip() if match else self.stem
        return (_date_of(match) if match else None), called

    def _last_date(self) -> date | None:
        days = [_date_of(m) for line in self.preface for m in _DATE.finditer(line) if "施行" not in line]
        days = [day for day in days if day]
        return max(days) if days else None

    def _in_force(self, promulgated: date | None) -> date | None:
        """The day this wording applies from: as the text says, else the day an amendment was promulgated."""
        stated = None
        ends = [line for article in self.articles[-3:] for line in article.lines]
        for line in self.preface + ends:
            match = _IN_FORCE.search(line)
            if match:
                stated = _date_of(match) if match[1] else promulgated
            elif "施行" in line and (match := _DATE.search(line)) and line in self.preface:
                stated = _date_of(match)
        if stated is None or (promulgated and stated < promulgated):
            if promulgated:
                message = _(
                    "The text does not say from when this wording applies: its promulgation is taken, correct it if need be"
                )
                self.warnings.append(("effective_date_assumed", message))
            return promulgated
        return stated


def _date_of(match) -> date | None:
    try:
        return date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        return None
