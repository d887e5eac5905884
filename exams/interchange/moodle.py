"""A question as Moodle's formats ask it, the item of ours that it becomes, and what an item says beside it.

GIFT and Moodle XML are two ways to write the same questions. What they have no place for (difficulty, citations, policy, …)
stands in tags `bank:…`, which Moodle keeps as it keeps any tag; on reading they are believed where the question agrees.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from exams import markup
from exams.content import BLANK, CHOICES, LETTERS, WHOLE, WRITTEN, CitedArticle, Content, ItemRefused, check, is_number
from exams.interchange.drafts import Draft, Exported, Note
from exams.interchange.texts import as_html, is_markup
from exams.models import Classification, ItemKind, Policy
from exams.scoring import DEFAULT_POLICY

CODE_LENGTH, TOPIC_LENGTH = 60, 80  # what an item has room for
MULTIPLE = (ItemKind.MULTIPLE_CHOICE, ItemKind.INDEFINITE_CHOICE)
ANYTHING = "*"  # as an answer: whatever else was said
_TAG = "bank:"
_GRADES = [Decimal(100) * n / d for n, d in ((1, 3), (2, 3), (1, 6), (5, 6), (1, 7), (1, 8), (1, 9))]
_WILDCARD = re.compile(r"(?<!\\)\*")
_UNDERSCORES = re.compile(r"_{4,}")
_IMAGE = re.compile(r"<img\b[^>]*>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"\b(src|alt)\s*=\s*\"([^\"]*)\"", re.IGNORECASE)
_ACTIVE = re.compile(
    r"<(a|audio|video|iframe|object|embed|svg|math|script|style|form|input|button|select|textarea)\b", re.IGNORECASE
)


@dataclass(slots=True)
class Answer:
    text: str  # HTML of an option, plain text or a number of what is typed
    fraction: int = 0
    feedback: str = ""
    tolerance: str = "0"


@dataclass(slots=True)
class Asked:
    """What is asked and what it earns: the part of a content that its kind decides."""

    kind: str
    body: dict
    policy: str = ""

    def __post_init__(self):
        self.policy = self.policy or DEFAULT_POLICY[self.kind]


@dataclass(slots=True)
class Source:
    """A question of a file before it is one of ours."""

    draft: Draft
    stem: str = ""
    name: str = ""
    general_feedback: str = ""
    topic: str = ""
    marks: int = 100
    tags: list[str] = field(default_factory=list)

    def warn(self, code: str, reason, value: str = "") -> None:
        note = Note(code, reason, value=value[:200])
        if note not in self.draft.notes:
            self.draft.notes.append(note)


def taken(source: Source, ask: Callable[[Source], Content]) -> Draft:
    """The draft with the content that `ask` gives, or with the one reason why it is left out."""
    draft = source.draft
    try:
        content = ask(source)
        _believe(source, content)
        check(content)
    except ItemRefused as refused:
        draft.notes.append(Note(refused.code, str(refused), is_refusal=True, value=str(refused.facts.get("value", ""))))
        return draft
    draft.content = content
    if not draft.code and 0 < len(source.name) <= CODE_LENGTH and not markup.plain_text(source.stem).startswith(source.name):
        draft.code = source.name
    return draft


def content_of(source: Source, asked: Asked, stem: str = "", explanation: str = "") -> Content:
    stem = stem or source.stem
    content = Content(
        kind=asked.kind,
        stem=stem,
        body=asked.body,
        policy=asked.policy,
        marks=source.marks,
        explanation=explanation or source.general_feedback,
        topic=source.topic,
    )
    return content


# --- texts


def formatted(text: str, format: str, source: Source) -> str:
    """A text in one of Moodle's formats as HTML."""
    text = text.strip()
    if format == "html":
        shown = text
    elif format in ("plain", "plain_text"):
        shown = markup.from_text(text)
    else:
        if format == "markdown" and re.search(r"[*_`#\[]|^\s*[-+>]\s|^\s*\d+\.\s", text, re.MULTILINE):
            source.warn("markdown_as_text", MARKDOWN_AS_TEXT, text)
        shown = as_html(text)
        if is_markup(text) and "\n" in text and format != "markdown":
            shown = re.sub(r"(?<!>)\n(?!<)", "<br>", text)
    if found := sorted({tag.lower() for tag in _ACTIVE.findall(shown)}):
        source.warn("markup_left_out", MARKUP_LEFT_OUT, " ".join(f"<{tag}>" for tag in found))
    return shown if markup.plain_text(shown) or "<img" in shown.lower() else ""


def topic_of(path: str, source_notes: list[Note]) -> str:
    """The topic a category names: its path without the course and the top, which every category has."""
    names = [name.strip() for name in path.replace("//", "\0").split("/")]
    while names and (names[0] in ("", "top") or re.fullmatch(r"\$[a-z]+\$", names[0])):
        names.pop(0)
    topic = "/".join(names).replace("\0", "/").strip()
    if len(topic) > TOPIC_LENGTH:
        source_notes.append(Note("topic_cut", TOPIC_CUT, value=topic))
        while len(names) > 1 and len("/".join(names)) > TOPIC_LENGTH:
            names.pop(0)
        topic = "/".join(names).replace("\0", "/")[:TOPIC_LENGTH]
    return topic


def category_of(topic: str) -> str:
    return "$course$/top" + ("/" + "/".join(topic.split("/")) if topic else "")


# --- fractions


def fraction_of(text: str) -> int:
    """Ten-millionths of a percentage: 33.33333 -> 3333333. One with three or four decimals which is a third, sixth, seventh,
    eighth or ninth rounded is that. Raises ItemRefused."""
    percent = Decimal(text.strip()) if is_number(text.strip()) else None
    if percent is None or abs(percent) > 100:
        raise ItemRefused("fraction_invalid", FRACTION_INVALID, value=text.strip()[:40])
    decimals = -percent.as_tuple().exponent
    if decimals in (3, 4):
        step = Decimal(1).scaleb(-decimals)
        grade = next((one for one in _GRADES if one.quantize(step) == abs(percent)), abs(percent))
        percent = grade.copy_sign(percent)
    return int((percent * (WHOLE // 100)).to_integral_value())


def percent_of(fraction: int) -> str:
    return f"{(Decimal(fraction) / (WHOLE // 100)).normalize():f}"


# --- kinds


def choice(answers: list[Answer], is_single: bool, source: Source, *, is_all_or_nothing: bool = False) -> Asked:
    """A choice from its options; fractions are kept wherever they say more than right and wrong."""
    if len(answers) > len(LETTERS):
        raise ItemRefused("options_too_many", TOO_MANY_OPTIONS)
    best = max((one.fraction for one in answers), default=0)
    if best <= 0:
        raise ItemRefused("key_missing", _("The answer is missing"))
    options = [
        {"id": letter, "html": one.text, "fraction": one.fraction, "feedback": one.feedback}
        for letter, one in zip(LETTERS, answers, strict=False)
    ]
    if is_single:
        key = [option["id"] for option in options if option["fraction"] == best]
        if best < WHOLE:
            source.warn("best_earns_less", BEST_EARNS_LESS, percent_of(best))
        if len(key) > 1:
            source.warn("several_right", SEVERAL_RIGHT, "".join(key))
        is_plain = len(key) == 1 and {one.fraction for one in answers} <= {WHOLE, 0}
        kind, key = ItemKind.SINGLE_CHOICE, key[:1]
    else:
        key = [option["id"] for option in options if option["fraction"] > 0]
        total = sum(max(one.fraction, 0) for one in answers)
        if not is_all_or_nothing and abs(total - WHOLE) > len(key):
            source.warn("fractions_sum", FRACTIONS_SUM, percent_of(total))
        is_plain = is_all_or_nothing
        kind = ItemKind.MULTIPLE_CHOICE if len(key) > 1 else ItemKind.INDEFINITE_CHOICE
    if is_plain:
        for option in options:
            option["fraction"] = None
    return Asked(kind, {"options": options, "key": key}, Policy.EXACT if is_plain else Policy.FRACTIONS)


def typed(answers: list[Answer], is_case_sensitive: bool, source: Source) -> Asked:
    """A short text, with * for anything. Answers that earn nothing are left out where none with a wildcard comes behind."""
    texts = [one for one in answers if one.text.strip()]
    if len(texts) < len(answers):
        source.warn("answer_empty", ANSWER_EMPTY)
    patterns = [at for at, one in enumerate(texts) if _WILDCARD.search(one.text) and one.fraction]
    last = patterns[-1] if patterns else -1
    kept = [one for at, one in enumerate(texts) if one.fraction or at < last]
    if zero := [one.text for one in texts if one not in kept and one.text.strip() != ANYTHING]:
        source.warn("answers_earn_nothing", EARN_NOTHING, " | ".join(zero))
    if not any(one.fraction > 0 for one in kept):
        raise ItemRefused("key_missing", _("The answer is missing"))
    if max(one.fraction for one in kept) < WHOLE:
        source.warn("best_earns_less", BEST_EARNS_LESS, percent_of(max(one.fraction for one in kept)))
    is_pattern = any(_WILDCARD.search(one.text) for one in kept)
    if is_pattern and any(r"\*" in one.text for one in kept):
        raise ItemRefused("wildcard_mixed", WILDCARD_MIXED)
    accepted = [{"text": one.text.strip().replace(r"\*", "*"), "fraction": one.fraction} for one in kept]
    blank = {"accepted": accepted, "is_case_sensitive": is_case_sensitive, "is_pattern": is_pattern}
    return Asked(ItemKind.FILL_BLANK, {"blanks": [blank], "is_unordered": False})


def number(answers: list[Answer], unit: str, source: Source) -> Asked:
    kept = [one for one in answers if one.text.strip() not in (ANYTHING, "")]
    if any(one.text.strip() == ANYTHING and one.fraction for one in answers):
        raise ItemRefused("number_invalid", _("This is no number: %(text)s"), text=ANYTHING)
    if not any(one.fraction > 0 for one in kept):
        raise ItemRefused("key_missing", _("The answer is missing"))
    accepted = [{"value": one.text.strip(), "tolerance": one.tolerance.strip() or "0", "fraction": one.fraction} for one in kept]
    return Asked(ItemKind.NUMERIC, {"accepted": accepted, "unit": unit})


def pairs(rows: Iterable[tuple[str, str]]) -> Asked:
    """Pairs of a left side (HTML) and a right side (plain); a right side without left is one that goes with nothing."""
    left, key = [], {}
    right: dict[str, str] = {}
    for shown, goes_with in rows:
        goes_with = goes_with.strip()
        if not goes_with:
            raise ItemRefused("pair_incomplete", PAIR_INCOMPLETE, value=markup.plain_text(shown)[:80])
        if goes_with not in right and len(right) == len(LETTERS):
            raise ItemRefused("options_too_many", TOO_MANY_OPTIONS)
        letter = right.setdefault(goes_with, LETTERS[min(len(right), len(LETTERS) - 1)])
        if shown:
            left.append({"id": str(len(left) + 1), "html": shown})
            key[left[-1]["id"]] = letter
    sides = [{"id": letter, "html": markup.from_text(text)} for text, letter in right.items()]
    return Asked(ItemKind.MATCHING, {"left": left, "right": sides, "key": key})


def one_blank(stem: str, source: Source) -> str:
    """A stem in which at most one run of underscores is a blank: the first, as Moodle has it."""
    runs = _UNDERSCORES.findall(stem)
    if len(runs) > 1:
        source.warn("underscores_shortened", UNDERSCORES_SHORTENED)
    return _UNDERSCORES.sub("___", _UNDERSCORES.sub("\0", stem, count=1)).replace("\0", BLANK)


def explanation_of(answers: list[Answer], source: Source) -> str:
    """The explanation of a question whose kind has no place for feedback by answer: the general one, else that of the right
    answer. What has no place is told."""
    told = [one.feedback for one in answers if one.feedback]
    shown = source.general_feedback
    if not shown:
        shown = next((one.feedback for one in answers if one.feedback and one.fraction == WHOLE), "")
        if shown:
            source.warn("feedback_as_explanation", FEEDBACK_AS_EXPLANATION)
            told.remove(shown)
    if told:
        source.warn("feedback_left_out", FEEDBACK_LEFT_OUT, " | ".join(map(markup.plain_text, told)))
    return shown


# --- what an item says beside its question


def tags_of(item: Exported) -> list[str]:
    content = item.content
    facts = [
        ("kind", content.kind),
        ("policy", content.policy),
        ("marks", content.marks),
        ("difficulty", content.difficulty),
        ("knowledge_point", content.knowledge_point),
        ("classification", item.classification),
        ("source", item.source),
        ("expires_on", item.expires_on.isoformat() if item.expires_on else ""),
        ("unit", content.body.get("unit", "")),
        ("unordered", "1" if content.body.get("is_unordered") else ""),
        ("case", "1" if any(blank["is_case_sensitive"] for blank in content.body.get("blanks", ())) else ""),
        ("right", _right_order(content.body)),
        *(("audience", one) for one in content.audience),
        *(("citation", _citation_text(one)) for one in content.citations),
    ]
    return [f"{_TAG}{name}={value}" for name, value in facts if value]


def _right_order(body: dict) -> str:
    """Where each right side of a matching stands among the pairs, as a file has them: the order its own way, where it differs."""
    if "right" not in body:
        return ""
    met = dict.fromkeys([body["key"][one["id"]] for one in body["left"]] + [one["id"] for one in body["right"]])
    places = [list(met).index(one["id"]) for one in body["right"]]
    return "" if places == sorted(places) else ",".join(map(str, places))


def marking_of(body: dict) -> str:
    """What markers are told of an essay, for a file that has no place for it."""
    return json.dumps(body, ensure_ascii=False) if body["rubric"] or body.get("model_answer") else ""


def _take_marking(content: Content, value: str) -> None:
    try:
        said = json.loads(value)
        rubric = [{"text": str(point["text"]), "marks": int(point["marks"])} for point in said["rubric"]]
        content.body = {"rubric": rubric, "model_answer": str(said["model_answer"])}
    except (ValueError, TypeError, KeyError, RecursionError):
        return


def _take_right_order(content: Content, value: str) -> None:
    right = content.body["right"]
    places = [int(one) for one in value.split(",") if one.isascii() and one.isdigit()]
    if sorted(places) != list(range(len(right))):
        return
    names = {right[place]["id"]: LETTERS[at] for at, place in enumerate(places)}
    content.body["right"] = [{"id": LETTERS[at], "html": right[place]["html"]} for at, place in enumerate(places)]
    content.body["key"] = {left: names[one] for left, one in content.body["key"].items()}


def _citation_text(cited: CitedArticle) -> str:
    return json.dumps([cited.law, cited.ref, cited.version, *cited.decisive], ensure_ascii=False)


def _citation(text: str) -> CitedArticle | None:
    try:
        law, ref, version, *decisive = map(str, json.loads(text))
    except (ValueError, TypeError):
        return None
    return CitedArticle(law, ref, version, tuple(decisive))


def _believe(source: Source, content: Content) -> None:
    """Take from the tags what does not contradict the question; tell the tags that are not ours."""
    said = Counter()
    others = []
    for tag in source.tags:
        name, mark, value = tag.partition("=")
        if not (mark and name.startswith(_TAG)):
            others.append(tag)
            continue
        name = name.removeprefix(_TAG)
        said[name] += 1
        _take_fact(source.draft, content, name, value)
    if others:
        source.warn("tags_left_out", TAGS_LEFT_OUT, ", ".join(others))


def _take_fact(draft: Draft, content: Content, name: str, value: str) -> None:
    if name == "kind":
        _take_kind(content, value)
    elif name == "policy":
        _take_policy(content, value)
    elif name == "marks" and content.kind != ItemKind.CASE_ANALYSIS and value.isascii() and value.isdigit():
        content.marks = int(value[:9])
    elif name == "difficulty" and value in ("1", "2", "3", "4", "5"):
        content.difficulty = int(value)
    elif name == "knowledge_point":
        content.knowledge_point = value[:120]
    elif name == "audience":
        content.audience.append(value)
    elif name == "citation" and (cited := _citation(value)):
        content.citations.append(cited)
    elif name == "unit" and content.kind == ItemKind.NUMERIC:
        content.body["unit"] = value
    elif name == "right" and content.kind == ItemKind.MATCHING:
        _take_right_order(content, value)
    elif name == "marking" and content.kind in WRITTEN:
        _take_marking(content, value)
    elif name == "unordered" and content.kind == ItemKind.FILL_BLANK:
        content.body["is_unordered"] = True
    elif name == "case" and len(content.body.get("blanks", ())) == 1:
        content.body["blanks"][0]["is_case_sensitive"] = True
    elif name == "classification" and value in Classification.values:
        draft.classification = value
    elif name == "source":
        draft.source = value[:120]
    elif name == "expires_on" and re.fullmatch(r"\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d)", value):
        draft.expires_on = date.fromisoformat(value)
    elif name == "expires_on" and re.fullmatch(r"\d{4}-\d\d-3[01]", value):
        draft.expires_on = _day(value)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _take_kind(content: Content, kind: str) -> None:
    is_many = content.kind in MULTIPLE and kind in MULTIPLE
    if (is_many and (kind != ItemKind.MULTIPLE_CHOICE or len(content.body["key"]) > 1)) or (
        content.kind in WRITTEN and kind in WRITTEN
    ):
        content.kind = ItemKind(kind)


def _take_policy(content: Content, policy: str) -> None:
    if policy not in Policy.values:
        return
    if content.kind not in CHOICES:
        if policy != Policy.FRACTIONS:
            content.policy = Policy(policy)
        return
    options = content.body["options"]
    if content.policy == Policy.EXACT and policy == Policy.FRACTIONS and content.kind == ItemKind.SINGLE_CHOICE:
        for option in options:
            option["fraction"] = WHOLE if option["id"] in content.body["key"] else 0
        content.policy = Policy.FRACTIONS
    elif content.policy == Policy.EXACT and policy != Policy.FRACTIONS:
        content.policy = Policy(policy)
    elif policy != Policy.FRACTIONS and [o["fraction"] for o in options] == shares(content.body, content.kind):
        for option in options:
            option["fraction"] = None
        content.policy = Policy(policy)


def shares(body: dict, kind: str) -> list[int]:
    """What each option earns where the item states no fractions: the right ones the same share each, a wrong one of several
    takes all away, as Moodle's total below nothing is nothing."""
    key = body["key"]
    wrong = 0 if kind == ItemKind.SINGLE_CHOICE else -WHOLE
    share = (2 * WHOLE + len(key)) // (2 * len(key))
    return [share if option["id"] in key else wrong for option in body["options"]]


def options_of(body: dict, kind: str, policy: str) -> list[Answer]:
    """The options of a choice as answers with fractions."""
    stated = [option["fraction"] or 0 for option in body["options"]]
    fractions = stated if policy == Policy.FRACTIONS else shares(body, kind)
    return [
        Answer(option["html"], fraction, option.get("feedback", ""))
        for option, fraction in zip(body["options"], fractions, strict=True)
    ]


def texts_of_blank(blank: dict) -> list[Answer]:
    """The accepted texts as Moodle writes them: a star that is none is escaped."""
    return [
        Answer(one["text"] if blank.get("is_pattern") else one["text"].replace("*", r"\*"), one.get("fraction", WHOLE))
        for one in blank["accepted"]
    ]


# --- what a file holds of an item


def is_scored_otherwise(content: Content) -> bool:
    """Whether another system, which knows no policies, scores the item in another way."""
    if content.kind in MULTIPLE:
        return content.policy in (Policy.EXACT, Policy.HALF, Policy.PER_OPTION)
    if content.kind == ItemKind.FILL_BLANK:
        blanks = content.body["blanks"]
        return bool(content.body.get("is_unordered")) or (content.policy == Policy.EXACT and len(blanks) > 1)
    return content.kind == ItemKind.MATCHING and content.policy == Policy.EXACT


def held(item: Exported, draft: Draft, names: dict[str, str] | None = None) -> list[Note]:
    """What is to be said of an item by what was read again from its file: a refusal when it is another question there."""
    if draft.content is None or draft.content.kind != item.content.kind:
        return [Note("cannot_hold", CANNOT_HOLD, is_refusal=True)]
    wanted, found = _comparable(item.content, names or {}), _comparable(draft.content, {})
    if _scored(wanted["body"]) != _scored(found["body"]):
        return [Note("cannot_hold", CANNOT_HOLD, is_refusal=True)]
    lost = [name for name in wanted if wanted[name] != found[name]]
    notes = [Note("not_held", NOT_HELD, field=name, value=str(getattr(item.content, name))[:80]) for name in lost]
    if draft.code != item.code:
        notes.append(Note("not_held", NOT_HELD, field="code", value=item.code))
    if (draft.source, draft.classification, draft.expires_on) != (item.source, item.classification, item.expires_on):
        notes.append(Note("not_held", NOT_HELD, field="classification", value=f"{item.classification} {item.source}".strip()))
    if is_scored_otherwise(item.content):
        notes.append(Note("scored_otherwise", SCORED_OTHERWISE, value=str(item.content.policy)))
    return notes


def _comparable(content: Content, names: dict[str, str]) -> dict:
    """The fields with every text as the bank keeps it, ids by their place, images by their names in the file."""

    def normal(value):
        if isinstance(value, dict):
            return {name: 0 if name == "fraction" and one is None else normal(one) for name, one in value.items()}
        if isinstance(value, list):
            return [normal(one) for one in value]
        if not isinstance(value, str):
            return value
        for source, name in names.items():
            value = value.replace(source, name)
        return markup.clean(_IMAGE.sub(_image_said, value))

    fields = {name: normal(getattr(content, name)) for name in Content.__slots__}
    fields["body"] = _numbered(fields["body"])
    return fields


def _scored(body: dict) -> list:
    """What of a body decides the marks."""
    return [body.get(name) for name in ("key", "blanks", "accepted")] + [one["fraction"] for one in body.get("options", ())]


def _image_said(image: re.Match) -> str:
    """An image as its name and its alternative text, however its attributes stand."""
    found = {name.lower(): value for name, value in _ATTRIBUTE.findall(image[0])}
    return f"[{found.get('src', '')} {found.get('alt', '')}]"


def _numbered(body: dict) -> dict:
    if "right" in body:
        return _numbered_sides(body)
    names = {option["id"]: LETTERS[at] for at, option in enumerate(body.get("options", ())) if at < len(LETTERS)}
    if not names:
        return body
    options = [option | {"id": names.get(option["id"])} for option in body["options"]]
    return body | {"options": options, "key": sorted(names.get(one, one) for one in body["key"])}


def _numbered_sides(body: dict) -> dict:
    left = {one["id"]: str(at) for at, one in enumerate(body["left"], 1)}
    right = {one["id"]: at for at, one in enumerate(body["right"])}
    return {
        "left": [one | {"id": left[one["id"]]} for one in body["left"]],
        "right": [one | {"id": right[one["id"]]} for one in body["right"]],
        "key": {left[one]: right[goes_with] for one, goes_with in body["key"].items()},
    }


def refuse_to_write(name: str) -> ItemRefused:
    return ItemRefused("cannot_hold", CANNOT_HOLD, value=name)


MARKDOWN_AS_TEXT = _("Markdown was taken as plain text")
MARKUP_LEFT_OUT = _("Links, players and scripts of the text are left out; their words stay")
TOPIC_CUT = _("The category is longer than a topic can be and was cut")
FRACTION_INVALID = _("A fraction of the marks is no percentage between -100 and 100")
TOO_MANY_OPTIONS = _("There are more options than letters")
BEST_EARNS_LESS = _("The best answer earns less than the whole")
SEVERAL_RIGHT = _("Several options earn the whole, each by itself; the first is shown as the answer")
FRACTIONS_SUM = _("The right options together do not earn exactly the whole")
ANSWER_EMPTY = _("An empty answer was left out")
EARN_NOTHING = _("Answers that earn nothing were left out")
WILDCARD_MIXED = _("A star stands both for itself and for anything")
PAIR_INCOMPLETE = _("A pair has no right side")
UNDERSCORES_SHORTENED = _("Of several runs of underscores only the first is the blank")
FEEDBACK_AS_EXPLANATION = _("The feedback of the right answer became the explanation")
FEEDBACK_LEFT_OUT = _("Feedback that has no place in this kind of question was left out")
TAGS_LEFT_OUT = _("Tags were left out")
CANNOT_HOLD = _("This format cannot hold the question: it is not in the file")
NOT_HELD = _("This did not survive the format as it was")
SCORED_OTHERWISE = _("Other systems score this question in another way: they do not know its scoring")
