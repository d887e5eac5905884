"""A small bank with fixed codes for tests of papers, written in bulk: its questions are not compared with each other."""

from exams import blueprints
from exams.blueprints import CellPlan, Plan, SectionPlan
from exams.content import choice_body
from exams.models import Citation, Item, ItemVersion
from tests.exams.bank import NOW

KINDS = ("single_choice", "multiple_choice", "true_false")


def case_body(points=2000) -> dict:
    """A case of one choice and one written question, worth `points` together."""
    return {
        "questions": [
            {"id": "1", "kind": "single_choice", "stem": "应当如何处理？", "body": choice_body(["立案", "不立案"], "A"), "policy": "exact",
             "marks": 400, "explanation": "应当立案。"},
            {"id": "2", "kind": "short_answer", "stem": "说明理由。", "policy": "exact", "marks": points - 400, "explanation": "",
             "body": {"rubric": [{"text": "职权", "marks": 600}, {"text": "程序", "marks": points - 1000}], "model_answer": "略"}},
        ]
    }  # fmt: skip


def body_for(kind: str, number: int) -> dict:
    if kind == "true_false":
        return {"key": number % 2 == 0}
    if kind == "case_analysis":
        return case_body()
    return choice_body([f"甲{number}", f"乙{number}", f"丙{number}", f"丁{number}"], "AC" if kind == "multiple_choice" else "B")


def fill_bank(count=60, *, kinds=KINDS, law=None, author=None, prefix="t", state="approved", **facts) -> list[Item]:
    """`count` items, the kinds by turns, difficulty 1 to 5 by turns; item t-0003 is the fourth."""
    items = Item.objects.bulk_create(
        Item(code=f"{prefix}-{n:04d}", state=state, author=author, created_at=NOW, **facts) for n in range(count)
    )
    versions = ItemVersion.objects.bulk_create(
        ItemVersion(
            item=item, kind=kinds[n % len(kinds)], stem=f"第{n}问（　）", stem_text=f"第{n}问", difficulty=n % 5 + 1, created_at=NOW,
            created_by=author, body=body_for(kinds[n % len(kinds)], n), topic=("行政处罚", "行政许可")[n % 2],
        )
        for n, item in enumerate(items)
    )  # fmt: skip
    for item, version in zip(items, versions, strict=True):
        item.current = version
    Item.objects.bulk_update(items, ["current"])
    if law is not None:
        Citation.objects.bulk_create(Citation(version=version, law=law, ref="5") for version in versions)
    return items


def small_plan(**facts) -> Plan:
    """6 single x 1, 3 multiple x 2, 3 true/false x 1: 15 marks."""
    counts = {"single_choice": (6, 100), "multiple_choice": (3, 200), "true_false": (3, 100)}
    sections = tuple(SectionPlan(kind, kind, marks, (CellPlan(count),)) for kind, (count, marks) in counts.items())
    return Plan(**({"title": "小卷", "code": "small", "pass_mark": 900, "minutes": 30, "sections": sections} | facts))


def make_blueprint(by, **facts):
    return blueprints.make(small_plan(**facts), by=by, now=NOW)
