"""The tables of the bank, of papers and of practice, by noun."""

from .bank import (
    AlertCause,
    Citation,
    Classification,
    Item,
    ItemAlert,
    ItemDecision,
    ItemDistinction,
    ItemEnmity,
    ItemImport,
    ItemKind,
    ItemState,
    ItemVersion,
    MediaFile,
    Policy,
    ResponseTally,
)
from .papers import Blueprint, BlueprintCell, BlueprintSection, Paper, PaperSet
from .practice import MustKnowEntry, MustKnowList, PracticeAnswer, PracticeRun, ReviewCard

__all__ = [
    "AlertCause",
    "Blueprint",
    "BlueprintCell",
    "BlueprintSection",
    "Citation",
    "Classification",
    "Item",
    "ItemAlert",
    "ItemDecision",
    "ItemDistinction",
    "ItemEnmity",
    "ItemImport",
    "ItemKind",
    "ItemState",
    "ItemVersion",
    "MediaFile",
    "MustKnowEntry",
    "MustKnowList",
    "Paper",
    "PaperSet",
    "Policy",
    "PracticeAnswer",
    "PracticeRun",
    "ResponseTally",
    "ReviewCard",
]
