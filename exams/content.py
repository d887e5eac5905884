"""What an item says, independent of where it came from: built and checked here, kept in `ItemVersion`, read by all.

Fractions of a mark are integers: ten-millionths (WHOLE is all of it), the precision in which banks state thirds. Marks are
hundredths. `body` by kind:

    single_choice, multiple_choice, indefinite_choice
        {"options": [{"id": "A", "html": "…", "fraction": null or ten-millionths, "feedback": ""}, …], "key": ["A", …]}
    true_false      {"key": true}
    fill_blank      {"blanks": [{"accepted": [{"text": "六十", "fraction": WHOLE}, …], "is_case_sensitive": false,
                                 "is_pattern": false}, …], "is_unordered": false}
                    the stem shows each blank as ____; with is_pattern, * in an accepted text stands for anything
    numeric         {"accepted": [{"value": "60", "tolerance": "0", "fraction": WHOLE}, …], "unit": "日"}   decimal strings
    matching        {"left": [{"id": "1", "html": "…"}, …], "right": [{"id": "A", "html": "…"}, …], "key": {"1": "A", …}}
    short_answer, essay
                    {"rubric": [{"text": "…", "marks": hundredths}, …], "model_answer": "…"}
    case_analysis   {"questions": [{"id": "1", "kind": …, "stem": "…", "body": {…}, "policy": "exact", "marks": hundredths,
                                    "explanation": "…"}, …]}   the material is the stem

A response by kind: list of option ids; bool; list of texts, one for each blank; text of a number; {left id: right id};
text; {question id: response}. None is no answer.
"""

import html
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from decimal import Decimal, InvalidOperation

from django.utils.translation import gettext_lazy as _

from exams.models import ItemKind, Policy
from training.errors import BadInput
from training.models import StaffCategory

WHOLE = 10_000_000
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
CHOICES = (ItemKind.SINGLE_CHOICE, ItemKind.MULTIPLE_CHOICE, ItemKind.INDEFINITE_CHOICE)
KINDS, POLICIES = frozenset(ItemKind.values), frozenset(Policy.values)
WRITTEN = (ItemKind.SHORT_ANSWER, ItemKind.ESSAY)
BLANK = "____"
LONGEST_NUMBER = 30  # digits before or behind the point beyond which nobody means a number
AUDIENCES = dict(StaffCategory.choices) | {"civil_servant": _("civil servant")}
_OTHERS_NAMED = re.compile(
    r"^\s*(?:以上|上述|前述)(?:[都均全皆各两三四几]|选项|说法|答案)|(?<![A-Za-z])[A-H]\s*[和与、及或]\s*[A-H](?![A-Za-z])"
)
_NAME = re.compile(r"[A-Za-z0-9_-]{1,20}")  # of an option, a side, a question of a case
_NO_CHARACTER = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]"
)  # no file or database keeps them, no page shows them
_TAG = re.compile(r"<[^<>]*>")
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff"))
_INVISIBLE_OR_MARKUP = "<&\u200b\u200c\u200d\u2060\ufeff"
_LETTER_NAMED = re.compile(r"(?<![A-Za-z])[A-H]\s*(?:选?项|[和与、及或]\s*[A-H](?![A-Za-z]))|[选为]\s*[A-H]{1,8}(?![A-Za-z])")


@dataclass(frozen=True, slots=True)
class CitedArticle:
    """A law by its title as the source names it, an article by its address; `ref` empty is the law as a whole."""

    law: str
    ref: str = ""
    version: str = ""
    decisive: tuple[str, ...] = ()


@dataclass(slots=True)
class Content:
    """One wording of an item, before it is a row. Texts are HTML as they came; `clean` makes them safe."""

    kind: str
    stem: str
    body: dict
    policy: str = Policy.EXACT
    marks: int = 100
    explanation: str = ""
    topic: str = ""
    knowledge_point: str = ""
    difficulty: int = 3
    audience: list[str] = field(default_factory=list)
    citations: list[CitedArticle] = field(default_factory=list)


_as_json = json.JSONEncoder(ensure_ascii=False).encode
_TEXT_FIELDS = [one.name for one in fields(Content) if one.type is str or one.name in ("body", "audience")]


class ItemRefused(BadInput):
    """An item that cannot be: `code` says which rule it breaks."""

    def __init__(self, code: str, message, **facts):
        super().__init__(message, **facts)
        self.code = code


def choice_body(options: list[str], key: str) -> dict:
    """Body of a choice item from its options in order and its letters: choice_body(["…", "…"], "AB")."""
    ids = LETTERS[: len(options)]
    return {
        "options": [{"id": i, "html": html, "fraction": None, "feedback": ""} for i, html in zip(ids, options, strict=True)],
        "key": sorted(set(key)),
    }


def is_empty(markup: str) -> bool:
    """Whether a text shows nothing: no words and no image."""
    first = markup.lstrip()[:1]
    if first and first not in _INVISIBLE_OR_MARKUP:
        return False
    return "<img" not in markup.lower() and not html.unescape(_TAG.sub("", markup)).translate(_INVISIBLE).strip()


def _texts(value) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, one in value.items():
            yield name
            yield from _texts(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _texts(one)


def _check_characters(content: Content) -> None:
    said = [getattr(content, name) for name in _TEXT_FIELDS]
    said += [text for one in content.citations for text in (one.law, one.ref, one.version, *one.decisive)]
    written = _as_json(said)  # a quick look, for thousands of items: control characters stand there behind a backslash
    is_odd = "\\" in written or "\ufffe" in written or "\uffff" in written or not _is_encodable(written)
    if is_odd and any(map(_NO_CHARACTER.search, _texts(said))):
        raise ItemRefused("character_unknown", _("A text holds a sign that is no character"))


def _is_encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def shown(text: str) -> str:
    """A text of a file as it can be kept and shown, whatever it holds."""
    return _NO_CHARACTER.sub("\ufffd", text)


def check(content: Content) -> None:
    """Raises ItemRefused for the first rule the content breaks."""
    _check_characters(content)
    if is_empty(content.stem):
        raise ItemRefused("stem_missing", _("The stem is missing"))
    if content.kind not in KINDS:
        raise ItemRefused("kind_unknown", _("This kind of question is not known: %(kind)s"), kind=content.kind)
    if content.policy not in POLICIES:
        raise ItemRefused("policy_unknown", _("This scoring is not known: %(policy)s"), policy=content.policy)
    if content.marks <= 0:
        raise ItemRefused("marks_invalid", _("Marks must be more than 0"))
    if not 1 <= content.difficulty <= 5:
        raise ItemRefused("difficulty_invalid", _("Difficulty is from 1 to 5"))
    check_body(content.kind, content.stem, content.body)
    if content.kind in CHOICES:
        _check_fractions(content.policy, content.body)


def check_body(kind: str, stem: str, body: dict) -> None:
    if kind in CHOICES:
        _check_choice(kind, body)
    elif kind == ItemKind.TRUE_FALSE:
        if not isinstance(body.get("key"), bool):
            raise ItemRefused("key_missing", _("The answer is missing"))
    elif kind == ItemKind.FILL_BLANK:
        _check_blanks(stem, body)
    elif kind == ItemKind.NUMERIC:
        _check_numeric(body)
    elif kind == ItemKind.MATCHING:
        _check_matching(body)
    elif kind == ItemKind.CASE_ANALYSIS:
        _check_case(body)
    elif any(point["marks"] < 0 for point in body.get("rubric", ())):
        raise ItemRefused("marks_invalid", _("Marks must be more than 0"))


def _check_names(names: list[str]) -> None:
    if not all(map(_NAME.fullmatch, names)):
        raise ItemRefused("name_invalid", _("Options and questions are named by letters and digits"))
    if len(set(names)) != len(names):
        raise ItemRefused("option_repeated", _("An option letter occurs twice"))


def _check_choice(kind: str, body: dict) -> None:
    options, key = body.get("options", []), body.get("key", [])
    ids = [option["id"] for option in options]
    if len(options) < 2:
        raise ItemRefused("options_missing", _("At least two options are needed"))
    if any(is_empty(option["html"]) for option in options):
        raise ItemRefused("option_empty", _("An option is empty"))
    _check_names(ids)
    if not key:
        raise ItemRefused("key_missing", _("The answer is missing"))
    beyond = [letter for letter in key if letter not in ids]
    if beyond:
        raise ItemRefused("key_beyond_options", _("The answer %(key)s names no option"), key="".join(beyond))
    if len(set(key)) != len(key):
        raise ItemRefused("key_repeated", _("The answer names an option twice"))
    if kind == ItemKind.SINGLE_CHOICE and len(key) != 1:
        raise ItemRefused("key_not_single", _("A single-choice question has exactly one answer"))
    if kind == ItemKind.MULTIPLE_CHOICE and len(key) < 2:
        raise ItemRefused("key_not_multiple", _("A multiple-choice question has two answers or more"))


def _check_fractions(policy: str, body: dict) -> None:
    if policy == Policy.FRACTIONS and not any((option.get("fraction") or 0) > 0 for option in body["options"]):
        raise ItemRefused("key_missing", _("The answer is missing"))


def _earns(accepted: list[dict]) -> bool:
    """Whether one of the answers earns marks."""
    return any(one.get("fraction", WHOLE) > 0 for one in accepted)


def _check_blanks(stem: str, body: dict) -> None:
    blanks = body.get("blanks", [])
    accepted = [[one for one in blank["accepted"] if not is_empty(html.escape(one["text"]))] for blank in blanks]
    if not blanks or not all(map(_earns, accepted)):
        raise ItemRefused("key_missing", _("The answer is missing"))
    shown = stem.count(BLANK)
    if shown and shown != len(blanks):
        raise ItemRefused(
            "blanks_differ", _("The stem shows %(shown)s blanks, the answer fills %(given)s"), shown=shown, given=len(blanks)
        )


def is_number(text: str) -> bool:
    """Whether a text is a decimal number of a size that somebody may mean."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        return False
    return number.is_finite() and abs(number.adjusted()) < LONGEST_NUMBER and len(number.as_tuple().digits) <= 2 * LONGEST_NUMBER


def _check_numeric(body: dict) -> None:
    accepted = body.get("accepted", [])
    for one in accepted:
        for text in (one["value"], one.get("tolerance", "0")):
            if not is_number(text):
                raise ItemRefused("number_invalid", _("This is no number: %(text)s"), text=text[:40])
        if Decimal(one.get("tolerance", "0")) < 0:
            raise ItemRefused("number_invalid", _("A tolerance is not below 0: %(text)s"), text=one["tolerance"][:40])
    if not _earns(accepted):
        raise ItemRefused("key_missing", _("The answer is missing"))


def _check_matching(body: dict) -> None:
    left, right = ([one["id"] for one in body.get(side, [])] for side in ("left", "right"))
    key = body.get("key", {})
    if len(left) < 2 or len(right) < 2:
        raise ItemRefused("options_missing", _("At least two pairs are needed"))
    if any(is_empty(one["html"]) for side in ("left", "right") for one in body[side]):
        raise ItemRefused("option_empty", _("An option is empty"))
    _check_names(left)
    _check_names(right)
    if set(key) != set(left) or not set(key.values()) <= set(right):
        raise ItemRefused("key_beyond_options", _("Each left side needs exactly one right side"))


def _check_case(body: dict) -> None:
    questions = body.get("questions", [])
    if not questions:
        raise ItemRefused("questions_missing", _("A case needs at least one question"))
    _check_names([question["id"] for question in questions])
    for question in questions:
        if question["kind"] == ItemKind.CASE_ANALYSIS:
            raise ItemRefused("case_in_case", _("A question of a case is no case itself"))
        if question["marks"] <= 0:
            raise ItemRefused("marks_invalid", _("Marks must be more than 0"))
        if is_empty(question["stem"]):
            raise ItemRefused("stem_missing", _("The stem is missing"))
        if question["kind"] not in KINDS:
            raise ItemRefused("kind_unknown", _("This kind of question is not known: %(kind)s"), kind=question["kind"])
        if question.get("policy", Policy.EXACT) not in POLICIES:
            raise ItemRefused("policy_unknown", _("This scoring is not known: %(policy)s"), policy=question["policy"])
        check_body(question["kind"], question["stem"], question["body"])
        if question["kind"] in CHOICES:
            _check_fractions(question.get("policy", Policy.EXACT), question["body"])


def in_order(body: dict, order: list[int]) -> dict:
    """The body of a choice as a paper shows it: its options in `order`, lettered anew, the key with them."""
    options = [body["options"][was] for was in order]
    letters = {option["id"]: LETTERS[at] for at, option in enumerate(options)}
    return {
        "options": [option | {"id": letters[option["id"]]} for option in options],
        "key": sorted(letters[one] for one in body["key"]),
    }


def points_of(kind: str, body: dict) -> int | None:
    """What a case's questions, or the scoring points of a written answer, add up to; None where nothing is added up."""
    if kind == ItemKind.CASE_ANALYSIS:
        return sum(question["marks"] for question in body["questions"])
    return sum(point["marks"] for point in body.get("rubric", ())) or None


def may_be_shuffled(body: dict, explanation: str = "") -> bool:
    """Whether the options can stand in another order: none speaks of the others, and the explanation names no letter."""
    return not _LETTER_NAMED.search(explanation) and not any(_OTHERS_NAMED.search(option["html"]) for option in body["options"])


def is_marked_by_machine(kind: str, body: dict) -> bool:
    """Whether the mark needs no person."""
    if kind == ItemKind.CASE_ANALYSIS:
        return all(is_marked_by_machine(q["kind"], q["body"]) for q in body["questions"])
    return kind not in WRITTEN


# --- what goes to a candidate, and what comes back

LONGEST_RESPONSE = 20_000  # characters of a written answer


def without_key(kind: str, body: dict, order: list[int] | None = None) -> dict:
    """What a candidate is shown of a body: no key, no fraction, no feedback. Options in `order`, lettered as they stand.

    The response names options by their `id`; the letter is for the eye alone.
    """
    if kind in CHOICES:
        options = body["options"]
        shown = [options[i] for i in order] if order else options
        letters = zip(LETTERS, shown, strict=False)
        return {"options": [{"id": one["id"], "letter": letter, "html": one["html"]} for letter, one in letters]}
    if kind == ItemKind.FILL_BLANK:
        return {"blanks": len(body["blanks"])}
    if kind == ItemKind.NUMERIC:
        return {"unit": body.get("unit", "")}
    if kind == ItemKind.MATCHING:
        return {side: [{"id": one["id"], "html": one["html"]} for one in body[side]] for side in ("left", "right")}
    if kind == ItemKind.CASE_ANALYSIS:
        return {
            "questions": [
                {
                    "id": q["id"],
                    "kind": q["kind"],
                    "stem": q["stem"],
                    "marks": q["marks"],
                    "body": without_key(q["kind"], q["body"]),
                }
                for q in body["questions"]
            ]
        }
    return {}


def check_response(kind: str, body: dict, response) -> None:
    """Raises BadInput for a response that has not the shape of its kind. None is no answer, and always fits."""
    if response is not None and not _fits(kind, body, response):
        raise BadInput(_("This is no answer to this kind of question."))


def _fits(kind: str, body: dict, response) -> bool:
    if kind in CHOICES:
        ids = {option["id"] for option in body["options"]}
        is_list = isinstance(response, list) and all(isinstance(one, str) for one in response)
        return is_list and set(response) <= ids and (kind != ItemKind.SINGLE_CHOICE or len(set(response)) <= 1)
    if kind == ItemKind.TRUE_FALSE:
        return isinstance(response, bool)
    if kind == ItemKind.FILL_BLANK:
        return isinstance(response, list) and len(response) <= len(body["blanks"]) and all(map(_is_text, response))
    if kind == ItemKind.MATCHING:
        left, right = ({one["id"] for one in body[side]} for side in ("left", "right"))
        return (
            isinstance(response, dict)
            and set(response) <= left
            and all(_is_text(one) for one in response.values())
            and (set(response.values()) <= right)
        )
    if kind == ItemKind.CASE_ANALYSIS:
        parts = {q["id"]: q for q in body["questions"]}
        return (
            isinstance(response, dict)
            and set(response) <= set(parts)
            and all(one is None or _fits(parts[part]["kind"], parts[part]["body"], one) for part, one in response.items())
        )
    return _is_text(response)


def _is_text(value) -> bool:
    return isinstance(value, str) and len(value) <= LONGEST_RESPONSE and "\0" not in value
