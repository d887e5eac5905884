"""The proof that nothing was altered: the ledger, the audit trail, and whatever a floor above keeps and can prove."""

from collections.abc import Callable
from dataclasses import replace

from training import audit, ledger

_of_upper_floors: list[Callable[[], str | None]] = []


def also(first_altered: Callable[[], str | None]) -> None:
    """Let a floor above take part. `first_altered` names the first thing of its own that was altered, or gives None."""
    _of_upper_floors.append(first_altered)


def verify() -> ledger.Verdict:
    """Recompute everything; `broken` names the first thing that does not fit."""
    verdict = ledger.verify()
    for prove in (audit.first_broken, *_of_upper_floors):
        if verdict.broken is None:
            verdict = replace(verdict, broken=prove())
    return verdict
