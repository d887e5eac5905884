"""What our own export says beside the marks: facts QTI has no word for, kept where any system may keep what it likes.

They are outcomes with a default value, `BANK_TOPIC` and the like, which every version allows and every other system ignores. On
reading they are believed only where the scoring agrees.
"""

import json
from dataclasses import dataclass, field
from datetime import date
from xml.etree.ElementTree import Element

from exams.content import CitedArticle, Content
from exams.models import ItemKind, Policy

from ..drafts import Exported
from .vocabulary import text_of

PREFIX = "BANK_"
QUESTION = "bank-question"  # class of the division of one question of a case
EXPLANATION = "bank-explanation"
POINT = "bank-point-"  # class of a rubric point, followed by its hundredths
TEXTS = {"TOPIC": "topic", "KNOWLEDGE_POINT": "knowledge_point"}


@dataclass(slots=True)
class Said:
    kind: str = ""
    policy: str = ""
    code: str = ""
    classification: str = ""
    source: str = ""
    expires_on: date | None = None
    facts: dict[str, list[str]] = field(default_factory=dict)

    def complete(self, content: Content):
        """The content with what was said of it."""
        if content.kind == ItemKind.CASE_ANALYSIS and self.policy:
            content.policy = self.policy
        for name, attribute in TEXTS.items():
            setattr(content, attribute, "".join(self.facts.get(name, [])))
        difficulty = "".join(self.facts.get("DIFFICULTY", []))
        if difficulty in ("1", "2", "3", "4", "5"):
            content.difficulty = int(difficulty)
        content.audience = list(self.facts.get("AUDIENCE", []))
        content.citations = [cited for cited in map(_cited, self.facts.get("CITATIONS", [])) if cited]
        if content.kind == ItemKind.NUMERIC and "UNIT" in self.facts:
            content.body["unit"] = "".join(self.facts["UNIT"])


NOTHING_SAID = Said()


def said_of(item: Element, suffix: str = "") -> Said:
    """What the item says of itself, or (by a suffix) of one of its questions."""
    facts = {}
    for outcome in item.findall("outcomeDeclaration"):
        name = outcome.get("identifier", "")
        if name.startswith(PREFIX) and name.endswith(suffix):
            values = [text_of(value) for value in outcome.iter("value")]
            facts[name.removeprefix(PREFIX).removesuffix(suffix)] = values
    kind, policy = "".join(facts.get("KIND", [])), "".join(facts.get("POLICY", []))
    return Said(
        kind if kind in ItemKind.values else "",
        policy if policy in Policy.values else "",
        "".join(facts.get("CODE", [])),
        "".join(facts.get("CLASSIFICATION", [])),
        "".join(facts.get("SOURCE", [])),
        _day("".join(facts.get("EXPIRES_ON", []))),
        facts,
    )


def facts_of(item: Exported) -> dict[str, list[str]]:
    """What is to be said of an item beside its marks."""
    content = item.content
    facts = {"KIND": [content.kind], "POLICY": [content.policy], "DIFFICULTY": [str(content.difficulty)]}
    facts |= {name: [getattr(content, attribute)] for name, attribute in TEXTS.items()}
    facts |= {"AUDIENCE": list(content.audience), "CITATIONS": [_written(cited) for cited in content.citations]}
    facts |= {"CODE": [item.code], "CLASSIFICATION": [item.classification], "UNIT": [content.body.get("unit", "")]}
    facts |= {"SOURCE": [item.source], "EXPIRES_ON": [item.expires_on.isoformat() if item.expires_on else ""]}
    return {name: [str(value) for value in values if value] for name, values in facts.items() if any(values)}


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _written(cited: CitedArticle) -> str:
    return json.dumps([cited.law, cited.ref, cited.version, *cited.decisive], ensure_ascii=False)


def _cited(text: str) -> CitedArticle | None:
    try:
        law, ref, version, *decisive = map(str, json.loads(text))
    except (ValueError, TypeError):
        return None
    return CitedArticle(law, ref, version, tuple(decisive))
