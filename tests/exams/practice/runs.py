"""What the tests of practice do again and again."""

from datetime import timedelta

from exams import practice
from exams.content import CitedArticle
from exams.models import ItemVersion
from tests.exams.bank import NOW, distinct

RUBRIC = {"rubric": [{"text": "告知", "marks": 200}, {"text": "听取", "marks": 300}], "model_answer": "先告知，再听取。"}


def days(n):
    return NOW + timedelta(days=n)


def cited(ref, n):
    """The nth question, about one article."""
    return distinct(n, citations=[CitedArticle("测试处罚法", ref)])


def run_of(person, law, **facts):
    return practice.begin(**({"person": person, "by": "law", "value": law.code, "now": NOW} | facts))


def items_of(run):
    return [ItemVersion.objects.get(pk=place["version"]).item_id for place in run.layout]


def answered(person, law, ref, *responses, now=NOW):
    """The person answers the one question about an article, again and again."""
    for response in responses:
        run = run_of(person, law, ref=ref, count=1, now=now)
        practice.answer(run=run, position=0, response=[response], now=now)
