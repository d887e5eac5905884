"""Between the fields of the editor and the content of an item. Authors type plain text; markup stays markup."""

import re
from decimal import Decimal, InvalidOperation

from django.utils.translation import gettext_lazy as _

from exams import markup
from exams.content import CHOICES, LETTERS, WHOLE, WRITTEN, CitedArticle, Content, ItemRefused
from exams.models import ItemKind
from exams.scoring import DEFAULT_POLICY
from laws.numerals import ARTICLE, article_label, article_ref, number_of
from training.wording import hours_text

OPTIONS = 8
QUESTIONS = 6
_MARKUP = re.compile(
    r"</?(?:p|br|b|i|u|s|em|sub|sup|strong|span|div|table|tr|td|th|ul|ol|li|img|pre|code|blockquote|hr)\b[^>]*>", re.I
)
_PARTS = re.compile(r"[|｜]")
RIGHT = ("对", "正确", "true", "√")


def typed(text: str) -> str:
    """What an author typed, as markup."""
    text = text.strip()
    return text if _MARKUP.search(text) else markup.from_text(text)


def to_type(html: str) -> str:
    """Markup as the author typed it: plain where that says the same."""
    plain = markup.plain_text(html)
    return plain if markup.from_text(plain) == html else html


# --- fields of a question -> body


def body_from(kind: str, given, prefix: str = "", known: dict | None = None) -> dict:
    """The body that the fields of a form say. `given` answers get() and getlist(); `known` is the body edited, whose fractions
    and remarks stay with the options they belong to. Raises ItemRefused."""
    known = known or {}
    if kind in CHOICES:
        return _choice(given, prefix, known)
    if kind == ItemKind.TRUE_FALSE:
        return {"key": {"true": True, "false": False}.get(given.get(f"{prefix}truth", ""))}
    text = given.get(f"{prefix}answer", "")
    if kind == ItemKind.FILL_BLANK:
        return _blanks(text, known, bool(given.get(f"{prefix}is_unordered")))
    if kind == ItemKind.NUMERIC:
        accepted = {"value": text.strip(), "tolerance": given.get(f"{prefix}tolerance", "").strip() or "0", "fraction": WHOLE}
        return {"accepted": [accepted], "unit": given.get(f"{prefix}unit", "").strip()}
    if kind == ItemKind.MATCHING:
        return _matching(text)
    if kind in WRITTEN:
        model = given.get(f"{prefix}model_answer", "")
        return {"rubric": [_point(line) for line in _lines(text)], "model_answer": typed(model)}
    return {"questions": _questions(given, known)}


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _choice(given, prefix, known) -> dict:
    before = {option["id"]: option for option in known.get("options", [])}
    texts = {letter: given.get(f"{prefix}option_{letter}", "").strip() for letter in LETTERS[:OPTIONS]}
    texts |= {letter: text for letter, text in ((i, given.get(f"{prefix}option_{i}", "")) for i in before) if text.strip()}
    chosen = given.getlist(f"{prefix}key")
    options, key = [], []
    for letter in texts:
        if not texts[letter]:
            continue
        was = before.get(letter, {})
        name = letter if was else LETTERS[len(options)]
        kept = {"fraction": was.get("fraction"), "feedback": was.get("feedback", "")}
        options.append({"id": name, "html": typed(texts[letter]), **kept})
        if letter in chosen:
            key.append(name)
    return {"options": options, "key": sorted(key)}


def _blanks(text: str, known: dict, is_unordered: bool) -> dict:
    before = known.get("blanks", [])
    fractions = {one["text"]: one["fraction"] for blank in before for one in blank["accepted"]}
    blanks = []
    for at, line in enumerate(_lines(text)):
        was = before[at] if at < len(before) else {}
        words = [part.strip() for part in _PARTS.split(line) if part.strip()]
        blanks.append(
            {
                "accepted": [{"text": word, "fraction": fractions.get(word, WHOLE)} for word in words],
                "is_case_sensitive": was.get("is_case_sensitive", False),
                "is_pattern": was.get("is_pattern", False),
            }
        )
    return {"blanks": blanks, "is_unordered": is_unordered}


def _matching(text: str) -> dict:
    """A line `left = right` for a pair; `= right` for a right side that belongs to none."""
    pairs, extra = [], []
    for line in _lines(text):
        left, sign, right = line.replace("＝", "=").partition("=")
        if not sign or not right.strip():
            raise ItemRefused("pair_unclear", _("Write each pair as left = right: %(line)s"), line=line[:60])
        if left.strip():
            pairs.append((left.strip(), right.strip()))
        else:
            extra.append(right.strip())
    right_sides = sorted({right for _left, right in pairs} | set(extra))
    letters = dict(zip(right_sides, LETTERS, strict=False))
    return {
        "left": [{"id": str(n), "html": typed(left)} for n, (left, _right) in enumerate(pairs, 1)],
        "right": [{"id": letters[right], "html": typed(right)} for right in right_sides],
        "key": {str(n): letters[right] for n, (_left, right) in enumerate(pairs, 1)},
    }


def _point(line: str) -> dict:
    text, sign, figure = line.replace("＝", "=").rpartition("=")
    if not sign:
        raise ItemRefused("point_unclear", _("Write each scoring point as text = marks: %(line)s"), line=line[:60])
    return {"text": typed(text), "marks": hundredths(figure)}


def _questions(given, known: dict) -> list[dict]:
    before = {question["id"]: question for question in known.get("questions", [])}
    found = []
    for number in range(1, QUESTIONS + 1):
        prefix = f"q{number}_"
        stem = given.get(f"{prefix}stem", "")
        if not stem.strip():
            continue
        kind = given.get(f"{prefix}kind", "")
        was = before.get(str(number), {})
        found.append(
            {
                "id": str(len(found) + 1),
                "kind": kind,
                "stem": typed(stem),
                "body": body_from(kind, given, prefix, was.get("body")),
                "policy": was.get("policy") or DEFAULT_POLICY.get(kind, "exact"),
                "marks": hundredths(given.get(f"{prefix}marks", "")),
                "explanation": typed(given.get(f"{prefix}explanation", "")),
            }
        )
    return found


def hundredths(text: str) -> int:
    """Marks as typed, in hundredths. Raises ItemRefused."""
    try:
        number = Decimal(text.strip() or "0") * 100
    except InvalidOperation:
        number = None
    if number is None or not number.is_finite() or number != number.to_integral_value() or not 0 <= number <= 100_000:
        raise ItemRefused("marks_invalid", _("These are no marks: %(text)s"), text=text.strip()[:20])
    return int(number)


# --- body -> fields


def fields_of(kind: str, body: dict, prefix: str = "") -> dict[str, object]:
    """The fields that say a body."""
    if kind in CHOICES:
        fields = {f"{prefix}option_{option['id']}": to_type(option["html"]) for option in body["options"]}
        return fields | {f"{prefix}key": list(body["key"])}
    if kind == ItemKind.TRUE_FALSE:
        return {f"{prefix}truth": "true" if body["key"] else "false"}
    if kind == ItemKind.FILL_BLANK:
        lines = [" | ".join(one["text"] for one in blank["accepted"]) for blank in body["blanks"]]
        return {f"{prefix}answer": "\n".join(lines), f"{prefix}is_unordered": body["is_unordered"]}
    if kind == ItemKind.NUMERIC:
        one = body["accepted"][0]
        return {f"{prefix}answer": one["value"], f"{prefix}tolerance": one["tolerance"], f"{prefix}unit": body["unit"]}
    if kind == ItemKind.MATCHING:
        right = {one["id"]: to_type(one["html"]) for one in body["right"]}
        lines = [f"{to_type(one['html'])} = {right[body['key'][one['id']]]}" for one in body["left"]]
        lines += [f"= {text}" for letter, text in right.items() if letter not in body["key"].values()]
        return {f"{prefix}answer": "\n".join(lines)}
    if kind in WRITTEN:
        lines = [f"{to_type(point['text'])} = {marks_text(point['marks'])}" for point in body["rubric"]]
        return {f"{prefix}answer": "\n".join(lines), f"{prefix}model_answer": to_type(body["model_answer"])}
    fields = {}
    for number, question in enumerate(body["questions"], 1):
        here = f"q{number}_"
        fields |= {
            f"{here}kind": question["kind"],
            f"{here}stem": to_type(question["stem"]),
            f"{here}marks": marks_text(question["marks"]),
            f"{here}explanation": to_type(question["explanation"]),
        }
        fields |= fields_of(question["kind"], question["body"], here)
    return fields


def marks_text(value: int) -> str:
    return hours_text(value).rstrip("0").rstrip(".")


# --- citations, one a line: 行政处罚法 第九条


def citations_from(text: str) -> list[CitedArticle]:
    """A law a line, with an article or without: 行政处罚法 第九条; 行政处罚法（2021-01-22） 第九条."""
    found = []
    for line in _lines(text):
        match = ARTICLE.search(line)
        name = line[: match.start()] if match else line
        ref = article_ref(number_of(match[1]), number_of(match[2]) if match[2] else 0) if match else ""
        label = re.search(r"[（(]([^（）()]+)[）)]\s*$", name.strip())
        version = label[1].strip() if label and re.fullmatch(r"[\d-]{4,10}", label[1].strip()) else ""
        name = name.strip()[: label.start()] if version else name
        found.append(CitedArticle(name.strip(" 《》　"), ref, version))
    return found


def citations_text(citations) -> str:
    lines = []
    for one in citations:
        number, _dash, branch = one.ref.partition("-")
        lines.append(f"{one.law.name} {article_label(int(number), int(branch or 0)) if one.ref else ''}".strip())
    return "\n".join(lines)


def content_from(kind: str, given, known: dict | None = None, decisive: dict | None = None) -> Content:
    """The content that a form says. Raises ItemRefused for what cannot be read; `check` judges the rest."""
    if kind not in ItemKind.values:
        raise ItemRefused("kind_unknown", _("This kind of question is not known: %(kind)s"), kind=kind)
    body = body_from(kind, given, "", known)
    marks = given.get("marks", "")
    if kind == ItemKind.CASE_ANALYSIS:
        value = sum(question["marks"] for question in body["questions"])
    elif kind in WRITTEN and body["rubric"] and not marks.strip():
        value = sum(point["marks"] for point in body["rubric"])
    else:
        value = hundredths(marks or "1")
    difficulty = given.get("difficulty", "")
    cited = citations_from(given.get("citations", ""))
    words = decisive or {}
    return Content(
        kind=kind,
        stem=typed(given.get("stem", "")),
        body=body,
        policy=given.get("policy") or DEFAULT_POLICY[kind],
        marks=value,
        explanation=typed(given.get("explanation", "")),
        topic=given.get("topic", "").strip()[:80],
        knowledge_point=given.get("knowledge_point", "").strip()[:120],
        difficulty=int(difficulty) if difficulty in ("1", "2", "3", "4", "5") else 3,
        audience=given.getlist("audience"),
        citations=[CitedArticle(c.law, c.ref, c.version, tuple(words.get((c.law, c.ref), ()))) for c in cited],
    )


def fields_for(version) -> dict[str, object]:
    """Everything the editor shows of a version."""
    return {
        "stem": to_type(version.stem),
        "explanation": to_type(version.explanation),
        "topic": version.topic,
        "knowledge_point": version.knowledge_point,
        "difficulty": str(version.difficulty),
        "marks": marks_text(version.marks),
        "policy": version.policy,
        "audience": version.audience,
        "citations": citations_text(version.citations.select_related("law")),
    } | fields_of(version.kind, version.body)
