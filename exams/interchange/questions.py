"""A question as a file words it, the item that it means, and the way back.

All readers of tables, lines and objects fill in a `Question`; here alone is decided what its words mean, and what is refused.
"""

import hashlib
import json
import re
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _

from exams.content import BLANK, CHOICES, LETTERS, WHOLE, WRITTEN, CitedArticle, Content, ItemRefused, check, choice_body
from exams.interchange import vocabulary
from exams.interchange.drafts import Draft, Exported, Note
from exams.interchange.shapes import as_data, content_from
from exams.interchange.texts import as_html, as_shown, as_text, split_options, unguarded
from exams.interchange.vocabulary import KIND_NAMES, kind_of, letters_of, truth_of
from exams.models import ItemKind, Policy
from laws.numerals import article_label, refs_in
from training.imports.dates import parse_date

_later = lazy(str, str)

# which word of a question a refusal is about
FIELDS = {
    "stem_missing": "stem", "kind_unknown": "kind", "kind_missing": "kind", "key_missing": "answer", "key_unclear": "answer",
    "key_beyond_options": "answer", "key_not_single": "answer", "key_not_multiple": "answer", "answers_contradict": "answer",
    "blanks_differ": "answer", "number_invalid": "answer", "options_missing": "options", "option_empty": "options",
    "option_repeated": "options", "option_missing": "options", "options_not_truth": "options", "marks_invalid": "marks",
    "difficulty_invalid": "difficulty", "policy_unknown": "policy", "questions_missing": "stem", "rubric_marks_missing": "rubric",
    "state_secret": "classification",
}  # fmt: skip


@dataclass(slots=True)
class Question:
    """Words of a file, nothing understood yet. `options` and `left` are (letter or number, text); `parts` those of a case."""

    place: str
    kind: str = ""
    stem: str = ""
    options: list[tuple[str, str]] = field(default_factory=list)
    answer: str = ""
    explanation: str = ""
    difficulty: str = ""
    topic: str = ""
    knowledge_point: str = ""
    marks: str = ""
    policy: str = ""
    code: str = ""
    source: str = ""
    classification: str = ""
    audience: str = ""
    expires: str = ""
    law: str = ""
    articles: str = ""
    law_version: str = ""
    left: list[tuple[str, str]] = field(default_factory=list)
    tolerance: str = ""
    unit: str = ""
    rubric: str = ""
    extra: str = ""
    parts: list["Question"] = field(default_factory=list)
    images: dict[str, bytes] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)


def draft_of(question: Question) -> Draft:
    """The item that a question means, or the reason why it means none."""
    notes = list(question.notes)
    content, expires_on = None, None
    classification = ""
    try:
        for note in notes:
            if note.is_refusal:
                break
        else:
            classification = _classification(question, notes)
            expires_on = _expires_on(question, notes)
            content = _content(question, notes)
            check(content)
    except ItemRefused as error:
        content = None
        name = FIELDS.get(error.code, "")
        value = getattr(question, name) if name in _TEXTS else ""
        notes.append(Note(error.code, _later(error), True, name, value[:200]))
    return Draft(question.place, content, question.code, classification, question.images, notes, question.source, expires_on)


def _content(question: Question, notes: list[Note]) -> Content:
    if not question.stem.strip():
        raise ItemRefused("stem_missing", _("The stem is missing"))
    if question.extra:
        content = _stated_content(question)
        if content is not None:
            return content
        notes.append(Note("extra_stale", EXTRA_STALE, field="extra"))
    kind = _kind(question, notes)
    stem, body = BODIES[kind](question, kind, notes)
    content = Content(kind=kind, stem=stem, body=body)
    if question.marks:
        content.marks = _marks(question.marks)
    elif kind in WRITTEN and body["rubric"]:
        content.marks = sum(point["marks"] for point in body["rubric"]) or 100
    elif kind == ItemKind.CASE_ANALYSIS:
        content.marks = sum(part["marks"] for part in body["questions"])
    _compare_rubric(content, notes)
    if question.policy:
        content.policy = _policy(question.policy, kind, notes)
    if question.explanation:
        content.explanation = as_html(question.explanation)
    content.topic, content.knowledge_point = question.topic, question.knowledge_point
    if question.difficulty:
        content.difficulty = _difficulty(question.difficulty, notes)
    if question.audience:
        content.audience = _audience(question.audience, notes)
    if question.law or question.articles:
        content.citations = _citations(question, notes)
    return content


# --- kinds


def _kind(question: Question, notes: list[Note]) -> str:
    """The kind stated, else the one that nothing but it can be. Raises ItemRefused."""
    word = question.kind.strip()
    if word:
        kind = kind_of(word)
        if kind is not None:
            return kind
        if word not in vocabulary.CHOICE_WORDS:
            raise ItemRefused("kind_unknown", _("This kind of question is not known: %(kind)s"), kind=word)
    kind = _only_kind(question)
    if kind is None and len(question.options) > 1 and not question.answer.strip():
        raise ItemRefused("key_missing", _("The answer is missing"))
    if kind is None:
        raise ItemRefused("kind_missing", _("The kind is not stated, and the question does not show it"))
    notes.append(Note("kind_inferred", KIND_INFERRED, field="kind", value=KIND_NAMES[kind]))
    return kind


def _only_kind(question: Question) -> str | None:
    filled = [text for _letter, text in question.options if text.strip()]
    if question.parts:
        return ItemKind.CASE_ANALYSIS
    if question.left:
        return ItemKind.MATCHING
    if filled:
        if len(filled) == 2 and {truth_of(text) for text in filled} == {True, False}:
            return ItemKind.TRUE_FALSE
        if len(filled) < 2 or not question.answer.strip():
            return None
        letters = letters_of(question.answer) or _letters_of_options(question.answer, filled)
        return ItemKind.SINGLE_CHOICE if len(letters) == 1 else ItemKind.MULTIPLE_CHOICE
    if truth_of(question.answer) is not None:
        return ItemKind.TRUE_FALSE
    if question.answer and BLANK in question.stem and letters_of(question.answer) is None:
        return ItemKind.FILL_BLANK
    return None


# --- bodies by kind: (stem, body)

_MERGED = re.compile(r"[,，;；\s]\s{0,3}([A-Z])\s{0,3}[.．：:、]")
# two options run together by whoever made the file leave a comma behind the first; then the letter is no second option
_LINE_LETTER = re.compile(r"(?<![,，])\n[ \t\u3000]{0,8}[（(]?([A-Z])[)）]?\s{0,3}[.．：:、]")


def _choice(question: Question, kind: str, notes: list[Note]) -> tuple[str, dict]:
    options = _options(question, notes)
    texts = [text for _letter, text in options]
    if len(texts) < 2:
        raise ItemRefused("options_missing", _("At least two options are needed"))
    letters = letters_of(question.answer)
    if letters is None:
        letters = _letters_of_options(question.answer, texts)
    if len(set(texts)) != len(texts):
        notes.append(Note("options_alike", OPTIONS_ALIKE, field="options"))
    return as_html(question.stem), choice_body([as_html(text) for text in texts], letters)


def _options(question: Question, notes: list[Note]) -> list[tuple[str, str]]:
    options = question.options
    while options and not options[-1][1].strip():
        options = options[:-1]
    if len(options) > len(LETTERS):
        raise ItemRefused("options_missing", _("There are more options than letters"))
    letters = [letter for letter, _text in options]
    if len(set(letters)) != len(letters):
        raise ItemRefused("option_repeated", _("An option letter occurs twice"))
    for _letter, text in options:
        if "\n" in text and (found := _LINE_LETTER.search(text)):
            if found[1] in letters:
                raise ItemRefused("option_repeated", _("An option letter occurs twice"))
            raise ItemRefused("option_missing", _("Option %(letter)s is missing"), letter=LETTERS[len(letters)])
    for letter, expected in zip(letters, LETTERS, strict=False):
        if letter != expected:
            raise ItemRefused("option_missing", _("Option %(letter)s is missing"), letter=expected)
    merged = ""
    for letter, text in options:
        if not text.strip():
            raise ItemRefused("option_missing", _("Option %(letter)s is missing"), letter=letter)
        found = _MERGED.search(text)
        if found and found[1] in letters and not merged:
            merged = f"{letter}：{text}"
    if merged:
        notes.append(Note("option_holds_letter", OPTION_HOLDS_LETTER, field="options", value=merged[:100]))
    return options


def _letters_of_options(answer: str, texts: list[str]) -> str:
    """The letters of the options whose words the answer repeats: 罚款; 警告、罚款; B. 罚款."""
    answer = answer.strip()
    if not answer:
        raise ItemRefused("key_missing", _("The answer is missing"))
    words = [text.strip() for text in texts]
    found = [letter for letter, text in zip(LETTERS, words, strict=False) if text == answer]
    if not found:
        before, named = split_options(answer)
        if (
            named
            and not before
            and all(letter in LETTERS[: len(words)] and words[LETTERS.index(letter)] == text for letter, text in named)
        ):
            return "".join(letter for letter, _text in named)
        said = [part.strip() for part in re.split(r"[\n;；|]", answer) if part.strip()]
        said = said if len(said) > 1 else [part.strip() for part in re.split(r"[、,，]", answer) if part.strip()]
        found = [letter for letter, text in zip(LETTERS, words, strict=False) if text in said]
        if sorted(words[LETTERS.index(letter)] for letter in found) != sorted(said):
            found = []
    elif len(found) > 1:
        found = []
    if not found:
        raise ItemRefused("key_unclear", _("The answer names no option: %(answer)s"), answer=answer[:40])
    return "".join(found)


def _truth(question: Question, _kind: str, notes: list[Note]) -> tuple[str, dict]:
    answer = question.answer.strip()
    if not answer:
        raise ItemRefused("key_missing", _("The answer is missing"))
    options = [(letter, text) for letter, text in question.options if text.strip()]
    said = {letter: truth_of(text) for letter, text in options}
    if options and (len(options) != 2 or set(said.values()) != {True, False}):
        raise ItemRefused("options_not_truth", _("The options of a true/false question are a word for right and one for wrong"))
    letters = letters_of(answer)
    if letters in said:
        key = said[letters]
    elif (key := truth_of(answer)) is not None:
        pass
    elif letters in ("A", "B"):
        key = letters == "A"
        notes.append(Note("truth_by_letter", TRUTH_BY_LETTER, field="answer", value=letters))
    elif answer in ("1", "0") and not options:
        key = answer == "1"
        notes.append(Note("truth_by_number", TRUTH_BY_NUMBER, field="answer", value=answer))
    else:
        raise ItemRefused("key_unclear", _("The answer says neither right nor wrong: %(answer)s"), answer=answer[:40])
    return as_html(question.stem), {"key": key}


_UNDERLINE = re.compile(r"(?:_|＿|﹍){2,}")
_BRACKETS = re.compile(r"[（(][ \t\u3000\xa0]*[)）]|\[[ ]*\]|【[ \u3000]*】")


def show_blanks(stem: str) -> str:
    """The stem with its blanks as ____: underlines, else empty brackets."""
    shown, count = _UNDERLINE.subn(BLANK, stem)
    return shown if count else _BRACKETS.sub(BLANK, stem)


def _blanks(question: Question, _kind: str, notes: list[Note]) -> tuple[str, dict]:
    stem = show_blanks(question.stem)
    answer = question.answer.strip()
    if not answer:
        raise ItemRefused("key_missing", _("The answer is missing"))
    wanted = stem.count(BLANK)
    parts = _divided(answer, ";；\n")
    if wanted != 1 and len(parts) == 1 and (said := counted(answer)) and wanted in (0, len(said)):
        parts = said
        notes.append(Note("blanks_cut", BLANKS_CUT, field="answer", value=answer[:200]))
    if wanted > 1 and len(parts) != wanted:
        for signs in ("、", ",，", "\t", " \u3000"):
            other = [part for part in _divided(answer, signs) if part]
            if len(other) == wanted:
                parts = other
                notes.append(Note("blanks_cut", BLANKS_CUT, field="answer", value=answer[:200]))
                break
    if wanted == 1 and len(parts) > 1 and "；" not in answer and ";" not in answer:
        parts = [answer]
    blanks = [
        {
            "accepted": [{"text": text, "fraction": WHOLE} for text in dict.fromkeys(filter(None, _divided(part, "|｜")))],
            "is_case_sensitive": False,
            "is_pattern": False,
        }
        for part in parts
    ]
    return as_html(stem), {"blanks": blanks, "is_unordered": False}


def counted(answer: str) -> list[str]:
    """Answers that are counted, in order: （1）九（2）十, 1.九 2.十; none where a text begins otherwise."""
    marks = _in_order(_ENUMERATED.finditer(answer))
    return _between(answer, marks) if len(marks) > 1 and not answer[: marks[0].start()].strip() else []


def _divided(text: str, signs: str) -> list[str]:
    r"""The parts between any of `signs`, bare of blanks; a sign after \ is part of the text."""
    if "\\" not in text:
        return [part.strip() for part in re.split(f"[{re.escape(signs)}]", text)]
    pieces = re.split(rf"(?<!\\)[{re.escape(signs)}]", text)
    return [re.sub(r"\\([;；|｜\\])" if "|" in signs else r"\\([;；])", r"\1", piece).strip() for piece in pieces]


_AMOUNT = re.compile(r"([-+−]?\d[\d,，]*(?:\.\d+)?(?:[eE][-+]?\d+)?|[-+−]?\.\d+)\s*(?:(?:±|\+/-|\+-)\s*(\d+(?:\.\d+)?))?\s*(\D*)")


def _numeric(question: Question, _kind: str, notes: list[Note]) -> tuple[str, dict]:
    if not question.answer.strip():
        raise ItemRefused("key_missing", _("The answer is missing"))
    accepted, unit = [], question.unit.strip()
    for text in _divided(question.answer, "|｜"):
        match = _AMOUNT.fullmatch(text) if len(text) <= 60 else None
        own = match[3].strip() if match else ""
        if match is None or (unit and own not in ("", unit)):
            raise ItemRefused("number_invalid", _("This is no number: %(text)s"), text=text[:40])
        unit = unit or own
        value = re.sub("[,，]", "", match[1]).replace("−", "-").removeprefix("+")
        accepted.append({"value": value, "tolerance": match[2] or question.tolerance.strip() or "0", "fraction": WHOLE})
    return as_html(question.stem), {"accepted": accepted, "unit": unit}


_PAIR = re.compile(r"(\d{1,2})[ \t]{0,4}[-－—–~:：→=.、]{0,4}[ \t]{0,4}([A-Za-zＡ-Ｚａ-ｚ])(?![A-Za-z])")


def _matching(question: Question, _kind: str, notes: list[Note]) -> tuple[str, dict]:
    if not question.answer.strip():
        raise ItemRefused("key_missing", _("The answer is missing"))
    pairs = _PAIR.findall(question.answer)
    key = {number: letters_of(letter) for number, letter in pairs}
    rest = re.sub(r"[\s,，;；、|]", "", _PAIR.sub("", question.answer))
    if rest or len(key) != len(pairs):
        raise ItemRefused("key_unclear", _("The answer is no list of pairs like 1-A: %(answer)s"), answer=question.answer[:40])
    options = _options(question, notes)
    body = {
        "left": [{"id": number, "html": as_html(text)} for number, text in question.left],
        "right": [{"id": letter, "html": as_html(text)} for letter, text in options],
        "key": key,
    }
    return as_html(question.stem), body


_POINT = re.compile(
    r"[（(【\[]\s*(\d+(?:\.\d{1,2})?)\s*分\s*[)）】\]]\s*[。；;]?\s*$|[:：\s]\s*(\d+(?:\.\d{1,2})?)\s*分\s*[。；;]?\s*$"
)


def _written(question: Question, _kind: str, notes: list[Note]) -> tuple[str, dict]:
    answer = question.answer.strip()
    points = [(line, _POINT.search(line, max(0, len(line) - 60))) for line in map(str.strip, question.rubric.split("\n")) if line]
    rubric = []
    if any(match for _line, match in points):
        for line, match in points:
            if match is None:
                raise ItemRefused("rubric_marks_missing", _("A rubric point states no marks: %(point)s"), point=line[:60])
            rubric.append({"text": as_html(line[: match.start()]), "marks": _marks(match[1] or match[2])})
    elif points:
        notes.append(Note("rubric_without_marks", RUBRIC_WITHOUT_MARKS, field="rubric", value=question.rubric[:200]))
        answer = "\n".join(filter(None, [answer, question.rubric.strip()]))
    if not answer and not rubric:
        notes.append(Note("model_answer_missing", MODEL_ANSWER_MISSING, field="answer"))
    return as_html(question.stem), {"rubric": rubric, "model_answer": as_html(answer)}


def _compare_rubric(content: Content, notes: list[Note]) -> None:
    if content.kind in WRITTEN and (rubric := content.body["rubric"]):
        total = sum(point["marks"] for point in rubric)
        if total != content.marks:
            notes.append(
                Note("rubric_sum_differs", RUBRIC_SUM_DIFFERS, field="rubric", value=f"{total / 100:g}/{content.marks / 100:g}")
            )


_ASKS = re.compile(r"\n?\s{0,8}【?(?:问题|请回答|请问|提问)】?\s{0,4}[:：]\s{0,8}|\n\s{0,8}【问题】\s{0,8}")
_ENUMERATED = re.compile(
    r"[（(](\d{1,2})[)）][ \t]*|(?:^|(?<=[\n。；;？?\t ]))[ \t\u3000]{0,8}(?:问题?(\d{1,2})[:：.、]|(\d{1,2})[.．、](?!\d))[ \t]*"
)


def _case(question: Question, kind: str, notes: list[Note]) -> tuple[str, dict]:
    stem, parts = question.stem, question.parts
    if not parts:
        stem, parts = _parts_of(question)
    questions = []
    for at, part in enumerate(parts, 1):
        part_kind = _part_kind(part, notes)
        if part_kind == ItemKind.CASE_ANALYSIS:
            raise ItemRefused("case_in_case", _("A question of a case is no case itself"))
        try:
            part_stem, body = BODIES[part_kind](part, part_kind, notes)
        except ItemRefused as error:
            raise ItemRefused(error.code, _("Question %(number)s: %(why)s"), number=at, why=str(error)) from error
        marks = _marks(part.marks) if part.marks else sum(p["marks"] for p in body.get("rubric", ())) or 100
        questions.append(
            {
                "id": str(at),
                "kind": str(part_kind),
                "stem": part_stem,
                "body": body,
                "policy": str(_policy(part.policy, part_kind, notes)) if part.policy else str(Policy.EXACT),
                "marks": marks,
                "explanation": as_html(part.explanation),
            }
        )
    if question.marks and sum(part["marks"] for part in questions) != _marks(question.marks):
        notes.append(Note("part_marks_differ", PART_MARKS_DIFFER, field="marks", value=question.marks))
    return as_html(stem), {"questions": questions}


def _part_kind(part: Question, notes: list[Note]) -> str:
    """As of a question alone; words asked for without options are a short answer."""
    if not part.kind and not part.options and not part.left and _only_kind(part) is None:
        return ItemKind.SHORT_ANSWER
    return _kind(part, notes)


def _parts_of(question: Question) -> tuple[str, list[Question]]:
    """The material and the questions of a case that was written in one piece: 问题： before them, or (1) (2) before each."""
    asks = list(_ASKS.finditer(question.stem))
    material, asked = question.stem, ""
    if asks:
        material, asked = question.stem[: asks[-1].start()].strip(), question.stem[asks[-1].end() :].strip()
    marks = _in_order(_ENUMERATED.finditer(asked or question.stem))
    if not asked and marks:
        material, asked = question.stem[: marks[0].start()].strip(), question.stem
    if not asked or not material:
        raise ItemRefused("questions_missing", _("No question was found below the material: write 问题： before it"))
    stems = _between(asked, marks) or [asked]
    answers = _between(question.answer, _in_order(_ENUMERATED.finditer(question.answer)))
    if len(stems) == 1:
        answers = [question.answer]
    elif len(answers) != len(stems):
        raise ItemRefused(
            "key_unclear", _("The case asks %(asked)s questions, the answer has %(given)s"), asked=len(stems), given=len(answers)
        )
    rubrics = [question.rubric] if len(stems) == 1 else [""] * len(stems)
    parts = [Question("", stem=stem, answer=answer, rubric=r) for stem, answer, r in zip(stems, answers, rubrics, strict=True)]
    for part in parts:
        take_marks(part)
        before, part.options = split_options(part.stem)
        part.stem = before if len(part.options) > 1 else part.stem
        part.options = part.options if len(part.options) > 1 else []
    if len(parts) == 1 and not parts[0].marks:
        parts[0].marks = question.marks
    return material, parts


def _in_order(matches) -> list:
    """The marks that count 1, 2, 3; none where they do not."""
    found = []
    for match in matches:
        if int(match[1] or match[2] or match[3]) == len(found) + 1:
            found.append(match)
    return found


def _between(text: str, marks: list) -> list[str]:
    ends = [mark.start() for mark in marks[1:]] + [len(text)]
    return [text[mark.end() : end].strip() for mark, end in zip(marks, ends, strict=True)] if marks else []


_STEM_MARKS = re.compile(r"[（(]\s{0,4}(?:本[小]?题|共|满分)?\s{0,4}(\d+(?:\.\d{1,2})?)\s{0,4}分\s{0,4}[)）]")


def take_marks(question: Question) -> None:
    """Marks that the stem states at its begin or end go to their own place."""
    if question.marks:
        return
    for match in _STEM_MARKS.finditer(question.stem):
        if not question.stem[: match.start()].strip() or not question.stem[match.end() :].strip(" 。.\n\t"):
            question.marks = match[1]
            question.stem = (question.stem[: match.start()] + question.stem[match.end() :]).strip()
            return


# --- answers that stand in the stem

EMPTY_BRACKETS = "（　）"
_IN_BRACKETS = re.compile(r"[（(][ \t\u3000]*([^（()）\n]{1,20}?)[ \t\u3000]*[)）]")
_SIGN_BEHIND = re.compile(r"[ \t\u3000]+([√×✓✗✔✘])[ \t\u3000]*$")


def bracket_answers(text: str) -> list[re.Match]:
    """Brackets that hold letters or a sign for right or wrong."""
    return [m for m in _IN_BRACKETS.finditer(text) if letters_of(m[1]) or truth_of(m[1]) is not None]


def take_bracket_answer(question: Question, kind: str | None) -> None:
    """An answer inside the brackets of the stem goes to its place, and leaves the brackets empty. Empty brackets beside them
    say that the answer belongs there."""
    if kind not in (*CHOICES, ItemKind.TRUE_FALSE, None) or _BRACKETS.search(question.stem):
        return
    letters = {letter for letter, _text in question.options}
    found = []
    for match in bracket_answers(question.stem):
        said = letters_of(match[1])
        if (said and letters and set(said) <= letters) or (
            not letters and truth_of(match[1]) is not None and not question.stem[match.end() :].strip("。.．;； \n")
        ):
            found.append(match)
    if not found and kind == ItemKind.TRUE_FALSE and not question.answer and (sign := _SIGN_BEHIND.search(question.stem)):
        question.answer, question.stem = sign[1], question.stem[: sign.start()]
    if len(found) != 1:
        return
    match = found[0]
    if question.answer and (letters_of(question.answer) or question.answer) != (letters_of(match[1]) or match[1]):
        return
    question.answer = question.answer or match[1]
    question.stem = question.stem[: match.start()] + EMPTY_BRACKETS + question.stem[match.end() :]


def take_options(question: Question, kind: str | None) -> None:
    """Options that stand in the stem, lettered from A, go to their own place."""
    if question.options or kind not in (*CHOICES, ItemKind.TRUE_FALSE, ItemKind.MATCHING, None):
        return
    before, options = split_options(question.stem)
    if kind == ItemKind.TRUE_FALSE and not all(truth_of(text) is not None for _letter, text in options):
        return  # what is judged enumerates by letters
    if len(options) > 1 and options[0][0] == "A" and before:
        question.stem, question.options = before, options


BODIES = {
    **dict.fromkeys(CHOICES, _choice),
    ItemKind.TRUE_FALSE: _truth,
    ItemKind.FILL_BLANK: _blanks,
    ItemKind.NUMERIC: _numeric,
    ItemKind.MATCHING: _matching,
    **dict.fromkeys(WRITTEN, _written),
    ItemKind.CASE_ANALYSIS: _case,
}


# --- the smaller words


def _marks(text: str) -> int:
    """Hundredths of a mark."""
    match = re.fullmatch(r"(?:每[小]?题)?\s*(\d{1,4})(?:\.(\d{1,2})0*)?\s*分?(?:[/／][小]?题)?", text.strip())
    if match is None:
        raise ItemRefused("marks_invalid", _("These are no marks: %(text)s"), text=text[:40])
    return int(match[1]) * 100 + int((match[2] or "0").ljust(2, "0"))


def _policy(text: str, kind: str, notes: list[Note]) -> str:
    found = vocabulary.POLICIES.get(text.strip())
    if found is None:
        raise ItemRefused("policy_unknown", _("This scoring is not known: %(policy)s"), policy=text[:40])
    if found == Policy.FRACTIONS and kind in CHOICES:  # words state no fraction
        notes.append(Note("fractions_missing", FRACTIONS_MISSING, field="policy", value=text[:40]))
        return Policy.EXACT
    return found


def _difficulty(text: str, notes: list[Note]) -> int:
    found = vocabulary.difficulty_of(text)
    if found is None:
        notes.append(Note("difficulty_unknown", DIFFICULTY_UNKNOWN, field="difficulty", value=text[:40]))
    return found or 3


def _audience(text: str, notes: list[Note]) -> list[str]:
    found = {}
    for word in filter(None, re.split(r"[\s,，、;；/|]+", text)):
        if word in vocabulary.EVERYBODY:
            continue
        code = vocabulary.AUDIENCES.get(word)
        if code is None:
            notes.append(Note("audience_unknown", AUDIENCE_UNKNOWN, field="audience", value=word[:60]))
        else:
            found[code] = None
    return list(found)


def _classification(question: Question, notes: list[Note]) -> str:
    word = question.classification.strip()
    if not word:
        return ""
    if word.rstrip("级") in vocabulary.STATE_SECRETS:
        raise ItemRefused("state_secret", _("The question is marked as a state secret: it does not belong here"))
    found = vocabulary.CLASSIFICATIONS.get(word)
    if found is None:
        notes.append(Note("classification_unknown", CLASSIFICATION_UNKNOWN, field="classification", value=word[:40]))
    return found or ""


def _expires_on(question: Question, notes: list[Note]) -> date | None:
    if not question.expires:
        return None
    found, _code = parse_date(question.expires)
    if found is None or not found.is_exact:
        notes.append(Note("date_invalid", DATE_INVALID, field="expires", value=question.expires[:40]))
        return None
    return found.first_day


def _citations(question: Question, notes: list[Note]) -> list[CitedArticle]:
    found, problems = _cited(question.law, question.articles, question.law_version)
    notes += problems
    return list(found)


@lru_cache(maxsize=4096)
def _cited(law: str, articles: str, version: str) -> tuple[tuple[CitedArticle, ...], tuple[Note, ...]]:
    """Laws one behind the other, the articles of each and its version in the same order: 行政处罚法；行政许可法."""
    laws = [name for name in (part.strip().strip("《》") for part in re.split(r"[;；\n]|(?<=》)[、,，]", law)) if name]
    each = [part.strip() for part in re.split(r"[;；\n]", articles)]
    versions = [part.strip() for part in re.split(r"[;；\n]", version)]
    problems = []
    if not laws or (articles and len(laws) > 1 and len(each) != len(laws)):
        problems.append(Note("citation_unclear", CITATION_UNCLEAR, field="articles", value=f"{law} {articles}"[:200]))
        each = []
    found = []
    for at, name in enumerate(laws):
        text = each[at] if at < len(each) else ""
        refs = _refs(text)
        if text and not refs:
            problems.append(Note("article_unclear", ARTICLE_UNCLEAR, field="articles", value=text[:100]))
        found += [CitedArticle(name, ref, versions[at] if at < len(versions) else "") for ref in refs or [""]]
    return tuple(found), tuple(problems)


def _refs(text: str) -> list[str]:
    """Addresses of articles: 第九条、第十七条之一, or 9, 17-1."""
    if re.fullmatch(r"\d+(?:-\d+)?(?:[,，、\s]+\d+(?:-\d+)?)*", text):
        return list(dict.fromkeys(re.split(r"[,，、\s]+", text)))
    if re.fullmatch(r"[零〇一二三四五六七八九十百千]+(?:条)?", text):
        text = f"第{text.removesuffix('条')}条"
    elif match := re.fullmatch(r"第?(\d+)条?", text):
        text = f"第{match[1]}条"
    return refs_in(text)


def without_guards(question: Question) -> None:
    """Take out the signs that kept words of our own documents from being mistaken."""
    for name in _TEXTS:
        setattr(question, name, unguarded(getattr(question, name)))
    question.options = [(letter, unguarded(text)) for letter, text in question.options]
    question.left = [(number, unguarded(text)) for number, text in question.left]


# --- the way back

_TEXTS = tuple(
    "kind stem answer explanation difficulty topic knowledge_point marks policy code source classification audience expires law articles "
    "law_version tolerance unit rubric".split()
)


def question_of(item: Exported, *, is_shown: bool = False) -> Question:
    """The words that mean this item. What words cannot say goes into `extra`, which holds as long as the words stand.

    `is_shown`: texts as a reader sees them, for a document, instead of their markup.
    """
    text = as_shown if is_shown else as_text
    question = _question(item.content, text)
    question.code, question.source = item.code, item.source
    question.classification = vocabulary.CLASSIFICATION_NAMES.get(item.classification, "")
    question.expires = item.expires_on.isoformat() if item.expires_on else ""
    question.images = item.images
    if _understood(question) != item.content:
        question.extra = json.dumps({"of": fingerprint(question), "content": as_data(item.content)}, ensure_ascii=False)
    return question


def _understood(question: Question) -> Content | None:
    """The content that the words give back."""
    try:
        content = _content(question, [])
        check(content)
    except ItemRefused:
        return None
    return content


def _question(content: Content, text) -> Question:
    question = Question(
        place="",
        kind=KIND_NAMES.get(content.kind, content.kind),
        stem=text(content.stem),
        explanation=text(content.explanation),
        difficulty=str(content.difficulty),
        topic=content.topic,
        knowledge_point=content.knowledge_point,
        marks=_amount(content.marks),
        policy="" if content.policy == Policy.EXACT else vocabulary.POLICY_NAMES[content.policy],
        audience="、".join(vocabulary.AUDIENCE_NAMES.get(code, code) for code in content.audience),
    )
    _cite(question, content.citations)
    _fill(question, content.kind, content.body, text)
    return question


def _fill(question: Question, kind: str, body: dict, text) -> None:
    if kind in CHOICES:
        question.options = [(option["id"], text(option["html"])) for option in body["options"]]
        question.answer = "".join(body["key"])
    elif kind == ItemKind.TRUE_FALSE:
        question.answer = "正确" if body["key"] else "错误"
    elif kind == ItemKind.FILL_BLANK:
        question.answer = "；".join("|".join(_escaped(one["text"]) for one in blank["accepted"]) for blank in body["blanks"])
    elif kind == ItemKind.NUMERIC:
        question.answer = "|".join(
            one["value"] + (f"±{one['tolerance']}" if one.get("tolerance", "0") != "0" else "") for one in body["accepted"]
        )
        question.unit = body.get("unit", "")
    elif kind == ItemKind.MATCHING:
        question.left = [(one["id"], text(one["html"])) for one in body["left"]]
        question.options = [(one["id"], text(one["html"])) for one in body["right"]]
        question.answer = "；".join(f"{left}-{right}" for left, right in body["key"].items())
    elif kind in WRITTEN:
        question.answer = text(body.get("model_answer", ""))
        points = (text(point["text"]).replace("\n", " ") + f"（{_amount(point['marks'])}分）" for point in body.get("rubric", ()))
        question.rubric = "\n".join(points)
    elif kind == ItemKind.CASE_ANALYSIS:
        for part in body["questions"]:
            asked = Question(
                place="",
                kind=KIND_NAMES[part["kind"]],
                stem=text(part["stem"]),
                explanation=text(part.get("explanation", "")),
                marks=_amount(part["marks"]),
                policy="" if part.get("policy", "exact") == "exact" else vocabulary.POLICY_NAMES[part["policy"]],
            )
            _fill(asked, part["kind"], part["body"], text)
            question.parts.append(asked)


def _cite(question: Question, citations: list[CitedArticle]) -> None:
    laws: dict[tuple[str, str], list[str]] = {}
    for cited in citations:
        laws.setdefault((cited.law, cited.version), []).append(cited.ref)
    question.law = "；".join(law for law, _version in laws)
    question.articles = "；".join("、".join(map(_article, filter(None, refs))) for refs in laws.values())
    question.law_version = "；".join(version for _law, version in laws)
    if not question.articles.strip("；"):
        question.articles = ""
    if not question.law_version.strip("；"):
        question.law_version = ""


def _article(ref: str) -> str:
    number, _dash, branch = ref.partition("-")
    return article_label(int(number), int(branch or 0)) if re.fullmatch(r"[0-9]{1,6}(?:-[0-9]{1,3})?", ref) else ref


def _amount(hundredths: int) -> str:
    whole, rest = divmod(hundredths, 100)
    return f"{whole}.{rest:02}".rstrip("0") if rest else str(whole)


def _escaped(text: str) -> str:
    return re.sub(r"([;；|｜\\])", r"\\\1", text)


def fingerprint(question: Question) -> str:
    """Of the words as a reader sees them: blanks, marks of options and names of images do not count."""

    def words(one: Question) -> list:
        texts = [str(kind_of(one.kind) or one.kind)]
        texts += [getattr(one, name) for name in ("stem", "answer", "explanation", "marks", "rubric")]
        texts += [text for _letter, text in one.left + one.options]
        return [re.sub("\ufffc[^\ufffc\n]*\ufffc|[\\s\u3000]", "", show_blanks(text)) for text in texts]

    said = words(question) + [words(part) for part in question.parts]
    return hashlib.sha256(json.dumps(said, ensure_ascii=False).encode()).hexdigest()[:16]


def _stated_content(question: Question) -> Content | None:
    """The content that `extra` states, while the words beside it are those it was written for."""
    try:
        data = json.loads(question.extra)
        if not isinstance(data, dict) or data.get("of") != fingerprint(question):
            return None
        return content_from(data.get("content"))
    except (ValueError, RecursionError):
        return None


KIND_INFERRED = _("The kind is not stated; the question shows it")
EXTRA_STALE = _("The question was changed since it was exported: what the visible words cannot say was left out")
OPTIONS_ALIKE = _("Two options say the same")
OPTION_HOLDS_LETTER = _("Another option seems to stand inside this one: please check")
TRUTH_BY_LETTER = _("A was read as right and B as wrong")
TRUTH_BY_NUMBER = _("1 was read as right and 0 as wrong")
BLANKS_CUT = _("The answers of the blanks are not separated by ; and were cut as the blanks are counted")
FRACTIONS_MISSING = _("What each option earns is not stated: only the exact answer earns the marks")
RUBRIC_WITHOUT_MARKS = _("The rubric states no marks; it was added to the model answer")
MODEL_ANSWER_MISSING = _("There is neither a model answer nor a rubric")
RUBRIC_SUM_DIFFERS = _("The marks of the rubric do not add up to those of the question")
PART_MARKS_DIFFER = _("The marks of the parts do not add up to those of the case")
DIFFICULTY_UNKNOWN = _("The difficulty is not known; medium was taken")
AUDIENCE_UNKNOWN = _("This audience is not known; it was left out")
CLASSIFICATION_UNKNOWN = _("The classification is not known; that of the import is taken")
DATE_INVALID = _("This is no full date; it was left out")
CITATION_UNCLEAR = _("It is not clear which article belongs to which law")
ARTICLE_UNCLEAR = _("This names no article; the law as a whole is cited")
