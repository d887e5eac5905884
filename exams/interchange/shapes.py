"""Content as JSON and back. What comes back is built anew, part by part: a file decides values, never shapes."""

from dataclasses import asdict, fields

from exams.content import CHOICES, WHOLE, WRITTEN, CitedArticle, Content
from exams.models import ItemKind

_WORDS = {f.name for f in fields(Content)}


class ShapeWrong(ValueError):
    """Data of another shape than content has; the text says where."""


def as_data(content: Content) -> dict:
    """The content as plain lists, numbers and texts."""
    data = asdict(content)
    data["kind"], data["policy"] = str(content.kind), str(content.policy)
    data["citations"] = [{**asdict(cited), "decisive": list(cited.decisive)} for cited in content.citations]
    return data


def content_from(data) -> Content:
    """The content that `as_data` wrote. Raises ShapeWrong."""
    _of(data, dict, "item")
    if unknown := sorted(set(data) - _WORDS):
        raise ShapeWrong(f"{unknown[0]}?")
    kind = _text(data, "kind")
    content = Content(kind=kind, stem=_text(data, "stem"), body=_body(kind, _get(data, "body", dict)))
    for name in ("policy", "explanation", "topic", "knowledge_point"):
        if name in data:
            setattr(content, name, _text(data, name))
    for name in ("marks", "difficulty"):
        if name in data:
            setattr(content, name, _whole(data, name))
    content.audience = [_of(one, str, "audience") for one in _get(data, "audience", list, [])]
    content.citations = [_citation(one) for one in _get(data, "citations", list, [])]
    return content


def _citation(data) -> CitedArticle:
    _of(data, dict, "citations")
    decisive = tuple(_of(one, str, "decisive") for one in _get(data, "decisive", list, []))
    return CitedArticle(_text(data, "law"), _text(data, "ref", ""), _text(data, "version", ""), decisive)


def _body(kind: str, data: dict) -> dict:
    if kind in CHOICES:
        return {"options": [_option(one) for one in _rows(data, "options")], "key": _texts(data, "key")}
    if kind == ItemKind.TRUE_FALSE:
        return {"key": _get(data, "key", bool)}
    if kind == ItemKind.FILL_BLANK:
        return {"blanks": [_blank(one) for one in _rows(data, "blanks")], "is_unordered": _get(data, "is_unordered", bool, False)}
    if kind == ItemKind.NUMERIC:
        accepted = [
            {"value": _text(one, "value"), "tolerance": _text(one, "tolerance", "0"), "fraction": _fraction(one)}
            for one in _rows(data, "accepted")
        ]
        return {"accepted": accepted, "unit": _text(data, "unit", "")}
    if kind == ItemKind.MATCHING:
        sides = {
            side: [{"id": _text(o, "id"), "html": _text(o, "html")} for o in _rows(data, side)] for side in ("left", "right")
        }
        return sides | {"key": {str(left): _of(right, str, "key") for left, right in _get(data, "key", dict).items()}}
    if kind in WRITTEN:
        rubric = [{"text": _text(one, "text"), "marks": _whole(one, "marks")} for one in _rows(data, "rubric", [])]
        return {"rubric": rubric, "model_answer": _text(data, "model_answer", "")}
    if kind == ItemKind.CASE_ANALYSIS:
        return {"questions": [_part(one) for one in _rows(data, "questions")]}
    raise ShapeWrong(f"kind: {kind[:40]}")


def _option(data: dict) -> dict:
    fraction = data.get("fraction")
    return {
        "id": _text(data, "id"),
        "html": _text(data, "html"),
        "fraction": None if fraction is None else _fraction(data),
        "feedback": _text(data, "feedback", ""),
    }


def _blank(data: dict) -> dict:
    return {
        "accepted": [{"text": _text(one, "text"), "fraction": _fraction(one)} for one in _rows(data, "accepted")],
        "is_case_sensitive": _get(data, "is_case_sensitive", bool, False),
        "is_pattern": _get(data, "is_pattern", bool, False),
    }


def _part(data: dict) -> dict:
    kind = _text(data, "kind")
    if kind == ItemKind.CASE_ANALYSIS:
        raise ShapeWrong("questions.kind")
    return {
        "id": _text(data, "id"),
        "kind": kind,
        "stem": _text(data, "stem"),
        "body": _body(kind, _get(data, "body", dict)),
        "policy": _text(data, "policy", "exact"),
        "marks": _whole(data, "marks"),
        "explanation": _text(data, "explanation", ""),
    }


_NEEDED = object()


def _of(value, kind: type, name: str):
    if type(value) is not kind:
        raise ShapeWrong(name)
    return value


def _get(data: dict, name: str, kind: type, default=_NEEDED):
    value = data.get(name, default)
    if value is _NEEDED:
        raise ShapeWrong(name)
    return value if value is default else _of(value, kind, name)


def _text(data: dict, name: str, default=_NEEDED) -> str:
    return _get(data, name, str, default)


def _texts(data: dict, name: str) -> list[str]:
    return [_of(one, str, name) for one in _get(data, name, list)]


def _whole(data: dict, name: str) -> int:
    value = _get(data, name, int)
    if abs(value) > 10**9:
        raise ShapeWrong(name)
    return value


def _fraction(data: dict) -> int:
    value = _get(data, "fraction", int, WHOLE)
    if abs(value) > WHOLE:
        raise ShapeWrong("fraction")
    return value


def _rows(data: dict, name: str, default=_NEEDED) -> list[dict]:
    return [_of(one, dict, name) for one in _get(data, name, list, default)]
