"""Questions as JSON: our own export (everything an item says), lines of instruction/input/answer, and objects with names
like those of the columns of a table.
"""

import base64
import binascii
import json
from collections.abc import Iterable
from datetime import date

from django.utils.translation import gettext_lazy as _

from exams.content import ItemRefused, check
from exams.interchange.drafts import Draft, Exported, Note, Reading
from exams.interchange.questions import Question, draft_of
from exams.interchange.shapes import ShapeWrong, as_data, content_from
from exams.interchange.tables import QUESTIONS, question_of_texts
from exams.interchange.texts import split_options
from exams.models import Classification
from training.imports.delimited import decode
from training.imports.refusals import FileRefused

NAME, VERSION = "exams.items", 1
_LISTS = ("items", "questions", "data", "rows", "list")


class NoJson(FileRefused):
    code = "json_unreadable"
    message = _("This is no JSON with questions.")


def read(content: bytes, filename: str = "") -> Reading:
    """Raises NoJson when the file holds neither JSON nor lines of it."""
    text = decode(content)[0].lstrip("\ufeff")
    reading = Reading("json")
    for place, value in _objects(text):
        reading.drafts.append(_unreadable(place, value) if isinstance(value, str) else _draft(place, value))
    if not reading.drafts:
        raise NoJson
    return reading


def _objects(text: str) -> Iterable[tuple[str, object]]:
    """Where each question stands, and its object; for a line that is no JSON, the line."""
    try:
        whole = _load(text)
    except ValueError:
        lines = [(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
        values = [(str(number), _loaded(line)) for number, line in lines]
        if not any(isinstance(value, dict) for _place, value in values):
            raise NoJson from None
        return values
    if isinstance(whole, dict):
        named = next((whole[name] for name in _LISTS if isinstance(whole.get(name), list)), None)
        whole = [whole] if named is None or "stem" in whole or "input" in whole else named
    if not isinstance(whole, list):
        raise NoJson
    return [(f"#{at}", value if isinstance(value, dict) else str(value)[:200]) for at, value in enumerate(whole, 1)]


def _load(text: str):
    try:
        return json.loads(text, parse_constant=_refused_constant)
    except RecursionError as error:
        raise ValueError from error


def _refused_constant(name: str):
    raise ValueError(name)


def _loaded(line: str):
    try:
        value = _load(line)
    except ValueError:
        return line.strip()[:200]
    return value if isinstance(value, dict) else line.strip()[:200]


def _unreadable(place: str, text: str) -> Draft:
    return Draft(place, None, notes=[Note("json_unreadable", UNREADABLE, True, value=text)])


def _draft(place: str, data: dict) -> Draft:
    if isinstance(data.get("body"), dict):
        return _own(place, data)
    if isinstance(data.get("input"), str) and "answer" in data:
        return draft_of(_of_lines(place, data))
    return draft_of(_of_names(place, data))


def _own(place: str, data: dict) -> Draft:
    draft = Draft(place, None, code=str(data.get("code", "")))
    try:
        meta = {name: data[name] for name in ("code", "classification", "source", "expires_on", "images") if name in data}
        content = content_from({name: value for name, value in data.items() if name not in meta})
        check(content)
        draft.classification = _known(meta.get("classification", ""))
        draft.source = str(meta.get("source", ""))
        draft.expires_on = date.fromisoformat(meta["expires_on"]) if meta.get("expires_on") else None
        draft.images = {str(k): base64.b64decode(v, validate=True) for k, v in dict(meta.get("images") or {}).items()}
        draft.content = content
    except ItemRefused as error:
        draft.notes.append(Note(error.code, str(error), True))
    except ShapeWrong as error:
        draft.notes.append(Note("shape_wrong", SHAPE_WRONG, True, value=str(error)))
    except (ValueError, TypeError, binascii.Error) as error:
        draft.notes.append(Note("shape_wrong", SHAPE_WRONG, True, value=str(error)[:100]))
    return draft


def _known(classification) -> str:
    if classification and classification not in Classification.values:
        raise ShapeWrong("classification")
    return classification


def _of_lines(place: str, data: dict) -> Question:
    """Stem and options in one text, one behind the other."""
    question = Question(place, code=_said(data.get("id", "")), answer=_said(data["answer"]))
    before, options = split_options(data["input"])
    question.stem = before
    question.options = options if len(options) > 1 else []
    if not question.options:
        question.stem = data["input"].strip()
    question.explanation = _said(data.get("explanation", data.get("analysis", "")))
    return question


def _of_names(place: str, data: dict) -> Question:
    texts = {}
    for name, value in data.items():
        if QUESTIONS.role_of(str(name)) == "options" and isinstance(value, (dict, list)):
            pairs = value.items() if isinstance(value, dict) else ((None, one) for one in value)
            lines = [f"{letter}. {_said(one)}" if letter is not None else _said(one) for letter, one in pairs]
            texts[str(name)] = "\n".join(line.replace("\n", " ") for line in lines)
        else:
            texts[str(name)] = _said(value)
    return question_of_texts(place, texts)


def _said(value) -> str:
    """A value as the text a cell would show."""
    if isinstance(value, str):
        return value.strip()
    if value is None:
        return ""
    if isinstance(value, bool):
        return "正确" if value else "错误"
    if isinstance(value, (int, float)):
        return f"{value:g}" if isinstance(value, float) else str(value)
    if isinstance(value, list) and all(isinstance(one, (str, int, bool)) for one in value):
        return "、".join(_said(one) for one in value)
    return json.dumps(value, ensure_ascii=False)[:1000]


def write(items: Iterable[Exported]) -> bytes:
    """Everything the items say; `read` gives them back unchanged."""
    rows = []
    for item in items:
        row = {"code": item.code, "classification": str(item.classification), **as_data(item.content)}
        if item.source:
            row["source"] = item.source
        if item.expires_on:
            row["expires_on"] = item.expires_on.isoformat()
        if item.images:
            row["images"] = {name: base64.b64encode(data).decode() for name, data in item.images.items()}
        rows.append(row)
    return json.dumps({"format": NAME, "version": VERSION, "items": rows}, ensure_ascii=False, indent=1).encode()


UNREADABLE = _("This is no JSON object")
SHAPE_WRONG = _("The object has not the shape of an item")
