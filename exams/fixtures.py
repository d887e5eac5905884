"""The bank that the product ships: laws by their metadata, gists of the articles cited, questions pending review, blueprints.

Loading again changes nothing: a question whose code is there keeps what the bureau made of it.
"""

import json
from datetime import date, datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction

from exams import blueprints, items
from exams.blueprints import CellPlan, Plan, SectionPlan
from exams.content import LETTERS, WHOLE, CitedArticle, Content, choice_body
from exams.interchange.drafts import Draft
from exams.markup import from_text
from exams.models import Blueprint, Item, ItemKind, ItemState
from exams.scoring import DEFAULT_POLICY
from laws import library
from laws.models import LegalDocument

SHIPPED = Path(settings.BASE_DIR) / "fixtures"
SOURCE = "shipped"


@transaction.atomic
def load(*, now: datetime) -> None:
    """Load every law, question and blueprint shipped that is not there yet. The questions wait for review: the bureau
    approves its own bank."""
    load_blueprints(now=now)
    files = [json.loads(path.read_text(encoding="utf-8")) for path in sorted((SHIPPED / "items").glob("*.json"))]
    known = set(Item.objects.filter(source=SOURCE).values_list("code", flat=True))
    if known >= {row["code"] for file in files for row in file["items"]}:
        return
    load_laws(now=now)
    for file in files:
        enter_law(file, now=now)
    drafts = [draft for file in files for draft in drafts_of(file) if draft.code not in known]
    found = items.plan(drafts, by=None, now=now, is_strict=True)
    refused = [f"{row.draft.code}: {row.draft.notes[-1].reason}" for row in found.of(items.REFUSED)]
    if refused:
        raise ValueError("\n".join(refused))
    items.carry_out(found, by=None, now=now, source=SOURCE, state=ItemState.REVIEW)


def load_blueprints(*, now: datetime) -> None:
    """The ready-made blueprints. One that is there keeps what the bureau made of it."""
    rows = json.loads((SHIPPED / "blueprints.json").read_text(encoding="utf-8"))
    known = set(Blueprint.objects.values_list("code", flat=True))
    for row in rows:
        if row["code"] in known:
            continue
        sections = tuple(
            SectionPlan(one["title"], one["kind"], _hundredths(one["marks_each"]), (CellPlan(one["count"]),))
            for one in row["sections"]
        )
        plan = Plan(row["title"], _hundredths(row["pass_mark"]), row["minutes"], sections)
        blueprints.check(plan)
        blueprints.write(plan, code=row["code"], by=None, now=now)


def load_laws(*, now: datetime) -> None:
    """Laws known by their metadata; a repeal that is shipped is one of the library's."""
    rows = json.loads((SHIPPED / "laws.json").read_text(encoding="utf-8"))
    for row in rows:
        enter_law(row, now=now)
    for row in rows:
        if row.get("repealed_on"):
            by = LegalDocument.objects.get(title=row["repealed_by"])
            library.repeal(document=library.find(row["title"]), by=by, on=date.fromisoformat(row["repealed_on"]))


def enter_law(row: dict, *, now: datetime) -> None:
    library.enter_metadata(
        title=row["title"],
        short_title=row.get("law", ""),
        aliases=tuple(row.get("aliases", ())),
        label=row["version"],
        number=row.get("number", ""),
        kind=row.get("kind", ""),
        promulgated_on=date.fromisoformat(row["promulgated_on"]),
        effective_on=date.fromisoformat(row["effective_on"]),
        article_count=row["articles"],
        gists=row.get("gists"),
        now=now,
    )


def drafts_of(file: dict) -> list[Draft]:
    """The questions of one shipped file; each cites the wording that the file names."""
    return [
        Draft(place=row["code"], code=row["code"], classification=row["classification"], content=content_of(row, file))
        for row in file["items"]
    ]


def content_of(row: dict, file: dict) -> Content:
    kind = row["type"]
    body = body_of(row)
    return Content(
        kind=kind,
        stem=from_text(_stem_of(row)),
        body=body,
        policy=DEFAULT_POLICY[kind],
        marks=_marks_of(kind, body),
        explanation=from_text(row["explanation"]),
        topic=row["topic"],
        knowledge_point=row["knowledge_point"],
        difficulty=row["difficulty"],
        audience=list(row["audience"]),
        citations=[
            CitedArticle(
                cited.get("law", file["law"]),
                cited["article"],
                cited.get("version", "" if "law" in cited else file["version"]),
                tuple(cited.get("decisive", ())),
            )
            for cited in row["citations"]
        ],
    )


def _stem_of(row: dict) -> str:
    if row["type"] != ItemKind.CASE_ANALYSIS:
        return row["stem"]
    return "\n".join(part for part in (row.get("stem", ""), row["material"]) if part)


def body_of(row: dict) -> dict:
    kind = row["type"]
    if kind in (ItemKind.SINGLE_CHOICE, ItemKind.MULTIPLE_CHOICE, ItemKind.INDEFINITE_CHOICE):
        return choice_body([from_text(option) for option in row["options"]], row["key"])
    if kind == ItemKind.TRUE_FALSE:
        return {"key": row["key"]}
    if kind == ItemKind.FILL_BLANK:
        blanks = [
            {"accepted": [{"text": t, "fraction": WHOLE} for t in texts], "is_case_sensitive": False, "is_pattern": False}
            for texts in row["blanks"]
        ]
        return {"blanks": blanks, "is_unordered": False}
    if kind == ItemKind.NUMERIC:
        accepted = [{"value": row["answer"], "tolerance": row.get("tolerance", "0"), "fraction": WHOLE}]
        return {"accepted": accepted, "unit": row.get("unit", "")}
    if kind == ItemKind.MATCHING:
        return _matching(row["pairs"], row.get("extra", []))
    if kind == ItemKind.CASE_ANALYSIS:
        return {"questions": [_question(number, one) for number, one in enumerate(row["questions"], 1)]}
    rubric = [{"text": from_text(point["text"]), "marks": _hundredths(point["marks"])} for point in row["rubric"]]
    return {"rubric": rubric, "model_answer": from_text(row["model_answer"])}


def _matching(pairs: list, extra: list[str]) -> dict:
    """The right sides in an order of their own, so that their letters give nothing away."""
    right = sorted({text for _left, text in pairs} | set(extra))
    letters = dict(zip(right, LETTERS, strict=False))
    return {
        "left": [{"id": str(n), "html": from_text(text)} for n, (text, _right) in enumerate(pairs, 1)],
        "right": [{"id": letters[text], "html": from_text(text)} for text in right],
        "key": {str(n): letters[text] for n, (_left, text) in enumerate(pairs, 1)},
    }


def _question(number: int, row: dict) -> dict:
    return {
        "id": str(number),
        "kind": row["type"],
        "stem": from_text(row["stem"]),
        "body": body_of(row),
        "policy": DEFAULT_POLICY[row["type"]],
        "marks": _hundredths(row["marks"]),
        "explanation": from_text(row.get("explanation", "")),
    }


def _hundredths(marks) -> int:
    return round(marks * 100)


def _marks_of(kind: str, body: dict) -> int:
    if kind == ItemKind.CASE_ANALYSIS:
        return sum(question["marks"] for question in body["questions"])
    if "rubric" in body:
        return sum(point["marks"] for point in body["rubric"])
    return 200 if kind in (ItemKind.MULTIPLE_CHOICE, ItemKind.INDEFINITE_CHOICE) else 100


def approve_shipped(*, by, now: datetime) -> None:
    """Let the shipped questions into use: for the demo district, where somebody must have reviewed them."""
    items.approve(items=Item.objects.filter(source=SOURCE, state=ItemState.REVIEW), by=by, now=now)
