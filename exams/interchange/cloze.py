"""Cloze: questions inside a text, `{1:SHORTANSWER:=right~%50%half#feedback}`."""

import html
import re
from dataclasses import dataclass, field

from django.utils.translation import gettext_lazy as _

from exams import markup
from exams.content import BLANK, WHOLE, Content, ItemRefused
from exams.interchange import moodle
from exams.interchange.moodle import Answer, Asked, Source
from exams.models import ItemKind

SHORT, NUMBER, ONE, SEVERAL = "SHORTANSWER", "NUMERICAL", "MULTICHOICE", "MULTIRESPONSE"
_KINDS = {
    **dict.fromkeys(("SHORTANSWER", "SA", "MW", "SHORTANSWER_C", "SAC", "MWC"), SHORT),
    **dict.fromkeys(("NUMERICAL", "NM"), NUMBER),
    **{f"{long}{layout}": ONE for long in ("MULTICHOICE",) for layout in ("", "_V", "_H", "_S", "_VS", "_HS")},
    **{f"MC{layout}": ONE for layout in ("", "V", "H", "S", "VS", "HS")},
    **{f"MULTIRESPONSE{layout}": SEVERAL for layout in ("", "_H", "_S", "_HS", "_V", "_VS")},
    **{f"MR{layout}": SEVERAL for layout in ("", "H", "S", "HS", "V", "VS")},
}
_START = re.compile(r"\{(\d*):([A-Z_]+):")
_STOP = re.compile(r"(?<!\\)\}")
_BETWEEN = re.compile(r"(?<!\\)~")
_FEEDBACK = re.compile(r"(?<!\\)(?<!&)(?<!&amp;)#")
_FRACTION = re.compile(r"=?\s*%([-+\d.,]+)%\s*")
_ESCAPED = re.compile(r"\\([}#~/\"])")
_OPEN, _CLOSE = "\ufdd0", "\ufdd1"  # round the number of a question; no text has them
_BELOW = re.compile(r'<span class="bank-answer">.*?</span>', re.DOTALL)  # what our own export adds below a stem without blanks
_RUN = re.compile(r"_{4,}")


@dataclass(slots=True)
class _Part:
    kind: str
    weight: int
    is_case_sensitive: bool
    answers: list[Answer] = field(default_factory=list)


def content_of(text: str, source: Source) -> Content:
    """One question is one of its kind, short texts of the same weight are the blanks of one, others a case. Raises ItemRefused."""
    stem, parts = _taken_apart(re.sub(f"[{_OPEN}{_CLOSE}]", "", text), source)
    if not parts:
        raise ItemRefused("questions_missing", NO_QUESTIONS)
    source.marks = 100 * sum(part.weight for part in parts)
    if all(part.kind == SHORT for part in parts) and len({part.weight for part in parts}) == 1:
        return _blanks(stem, parts, source)
    if len(parts) == 1:
        asked, explanation = _asked(parts[0], source)
        source.stem = _shown(stem, lambda number: BLANK)
        return moodle.content_of(source, asked, explanation=source.general_feedback or explanation)
    return _case(stem, parts, source)


def _taken_apart(text: str, source: Source) -> tuple[str, list[_Part]]:
    """The text with a mark for each question, and the questions."""
    pieces, parts, at = [], [], 0
    while start := _START.search(text, at):
        stop = _STOP.search(text, start.end())
        if start[2] not in _KINDS:
            raise ItemRefused("kind_unsupported", KIND_UNKNOWN, value=start[2][:40])
        if stop is None:
            raise ItemRefused("brace_unclosed", UNCLOSED, value=start[0])
        pieces += [text[at : start.start()], f"{_OPEN}{len(parts)}{_CLOSE}"]
        part = _Part(_KINDS[start[2]], int(start[1][:4] or 1), start[2] in ("SHORTANSWER_C", "SAC", "MWC"))
        part.answers = [
            _answer(one, part.kind, source) for one in _BETWEEN.split(text[start.end() : stop.start()]) if one.strip()
        ]
        parts.append(part)
        at = stop.end()
    return "".join([*pieces, text[at:]]), parts


def _answer(written: str, kind: str, source: Source) -> Answer:
    written = written.strip()
    if match := _FRACTION.match(written):
        fraction, written = moodle.fraction_of(match[1]), written[match.end() :]
    else:
        fraction, written = (WHOLE, written[1:]) if written.startswith("=") else (0, written)
    text, *feedback = _FEEDBACK.split(written, maxsplit=1)
    text = _ESCAPED.sub(r"\1", text).strip()
    answer = Answer(text, fraction, moodle.formatted(_ESCAPED.sub(r"\1", "".join(feedback)), "html", source))
    if kind in (SHORT, NUMBER):
        answer.text = markup.plain_text(text)
    if kind == NUMBER:
        value, _colon, tolerance = answer.text.partition(":")
        answer.text, answer.tolerance = value.strip(), tolerance.strip() or "0"
    return answer


def _shown(stem: str, mark) -> str:
    stem = re.sub(f"{_OPEN}(\\d+){_CLOSE}", lambda found: mark(int(found[1])), _BELOW.sub("", stem))
    return stem.strip()


def _asked(part: _Part, source: Source) -> tuple[Asked, str]:
    """The question, and the explanation that the feedback of its right answer gives where it has no other place."""
    if part.kind in (ONE, SEVERAL):
        right = [one for one in part.answers if one.fraction == WHOLE]
        if part.kind == SEVERAL and len(right) > 1:
            source.warn("shares_equal", SHARES_EQUAL)
            for one in right:
                one.fraction = (2 * WHOLE + len(right)) // (2 * len(right))
        return moodle.choice(part.answers, part.kind == ONE, source), ""
    own = Source(source.draft)
    explanation = moodle.explanation_of(part.answers, own)
    if part.kind == NUMBER:
        return moodle.number(part.answers, "", source), explanation
    return moodle.typed(part.answers, part.is_case_sensitive, source), explanation


def _blanks(stem: str, parts: list[_Part], source: Source) -> Content:
    """Runs of underscores that are no question are made shorter than a blank."""
    if _RUN.search(stem):
        source.warn("underscores_shortened", moodle.UNDERSCORES_SHORTENED)
    asked = [moodle.typed(part.answers, part.is_case_sensitive, source) for part in parts]
    body = {"blanks": [one.body["blanks"][0] for one in asked], "is_unordered": False}
    source.stem = _shown(_RUN.sub("___", stem), lambda number: BLANK)
    answers = [answer for part in parts for answer in part.answers]
    if len(parts) > 1 and not source.general_feedback:  # the feedback of one blank explains not the whole
        told = [markup.plain_text(one.feedback) for one in answers if one.feedback]
        if told:
            source.warn("feedback_left_out", moodle.FEEDBACK_LEFT_OUT, " | ".join(told))
        explanation = ""
    else:
        explanation = moodle.explanation_of(answers, source)
    return moodle.content_of(source, Asked(ItemKind.FILL_BLANK, body), explanation=explanation)


def _case(stem: str, parts: list[_Part], source: Source) -> Content:
    questions = []
    for at, part in enumerate(parts, 1):
        asked, explanation = _asked(part, source)
        facts = {"id": str(at), "kind": asked.kind, "stem": f"（{at}）", "body": asked.body, "policy": asked.policy}
        questions.append(facts | {"marks": 100 * part.weight, "explanation": explanation})
    source.stem = _shown(stem, lambda number: f"（{number + 1}）{BLANK}")
    return moodle.content_of(source, Asked(ItemKind.CASE_ANALYSIS, {"questions": questions}))


def written(stem: str, blanks: list[dict], marks: int) -> str:
    """The stem with the accepted texts at its blanks, or below it where it shows none."""
    weight = max(1, marks // 100 // len(blanks))
    pieces = [_written_blank(blank, weight) for blank in blanks]
    if stem.count(BLANK) != len(blanks):
        return stem + "".join(f'<span class="bank-answer"> {piece}</span>' for piece in pieces)
    texts = stem.split(BLANK)
    return "".join(text + piece for text, piece in zip(texts, [*pieces, ""], strict=True))


def _written_blank(blank: dict, weight: int) -> str:
    name = "SHORTANSWER_C" if blank.get("is_case_sensitive") else "SHORTANSWER"
    answers = "~".join(f"%{moodle.percent_of(one.fraction)}%{_escaped(one.text)}" for one in moodle.texts_of_blank(blank))
    return f"{{{weight}:{name}:{answers}}}"


def _escaped(text: str) -> str:
    return re.sub(r"[}#~]", r"\\\g<0>", html.escape(text, quote=False))


NO_QUESTIONS = _("The text has no question in it")
KIND_UNKNOWN = _("This kind of question is not supported")
UNCLOSED = _("A question inside the text is not closed with }")
SHARES_EQUAL = _("Each right option was made to earn the same share")
