"""A law moves under the items that cite it: which are kept out of papers from which day, which are to be looked at.

An item that cites an article that was changed, renumbered, removed or repealed is quarantined; one that cites the law as a
whole is flagged; one whose article stays word for word is led over to the new version. A quarantine begins on the day the
new wording applies: before it the item is valid.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from exams import decisions
from exams.models import AlertCause, Citation, Item, ItemAlert, ItemDecision, ItemState
from exams.models.bank import open_quarantines
from laws import library
from laws.comparison import CHANGED, RENUMBERED, UNCHANGED, compare, words_of
from laws.models import Article, LawVersion, LegalDocument
from laws.reading import LawText
from training import audit
from training.errors import DomainError, OwnDecision
from training.periods import day_of

BATCH = decisions.BATCH
CAUSES = {CHANGED: AlertCause.CHANGED, RENUMBERED: AlertCause.RENUMBERED}


class NothingToPointAt(DomainError):
    code = "nothing_to_point_at"
    message = _("The words this question rests on are gone: edit it or retire it.")


@dataclass(slots=True)
class Consequence:
    """What a new wording does to the citations of the bank. `touched`: (citation, cause, where its words stand now)."""

    touched: list[tuple[Citation, str, str]] = field(default_factory=list)
    unchanged: list[Citation] = field(default_factory=list)

    @property
    def quarantined(self) -> list[tuple[Citation, str, str]]:
        return [one for one in self.touched if is_quarantine(one[1])]

    @property
    def flagged(self) -> list[tuple[Citation, str, str]]:
        return [one for one in self.touched if not is_quarantine(one[1])]


def is_quarantine(cause: str) -> bool:
    return cause != AlertCause.LAW_AMENDED


@dataclass(frozen=True, slots=True)
class TakenOver:
    """What taking over a law's text did."""

    entered: library.Entered
    consequence: Consequence


# --- what a new wording does


def citations_of(document: LegalDocument):
    """What items in use say now of a law; retired ones are left alone."""
    return (
        Citation.objects.filter(law=document, version__in=Item.objects.values("current"))
        .exclude(version__item__state=ItemState.RETIRED)
        .select_related("law_version", "version__item")
        .order_by("version__item", "pk")
    )


def consequence_of(new: LawVersion) -> Consequence:
    """What the wording `new` does to citations of earlier wordings; nothing is written.

    An older wording than one in force disturbs nothing. Two queries, and two for each earlier wording cited.
    """
    found = Consequence()
    if new.effective_on is None or _is_outdated(new):
        return found
    by_version: dict[LawVersion | None, list[Citation]] = defaultdict(list)
    for citation in citations_of(new.document):
        old = citation.law_version
        if old is None or (old.pk != new.pk and (old.effective_on or date.min) < new.effective_on):
            by_version[old].append(citation)
    for old, citations in by_version.items():
        places = _places(old, new)
        for citation in citations:
            _sort_in(found, citation, places)
    return found


def _is_outdated(new: LawVersion) -> bool:
    """Whether a later wording is there: then the citations follow that one."""
    return LawVersion.objects.filter(document=new.document, effective_on__gt=new.effective_on).exclude(pk=new.pk).exists()


def _places(old: LawVersion | None, new: LawVersion) -> dict[str, tuple[str, str]] | None:
    """Address in the old wording -> (what happened, address in the new one); None where the words of either are not known."""
    if old is None or not old.has_text or not new.has_text:
        return None
    return {c.old.ref: (c.kind, c.new.ref if c.new else "") for c in compare(old, new) if c.old is not None}


def _sort_in(found: Consequence, citation: Citation, places: dict | None) -> None:
    if not citation.ref:
        found.touched.append((citation, AlertCause.LAW_AMENDED, ""))
    elif places is None:  # nobody can tell what became of it: it waits for a person
        found.touched.append((citation, AlertCause.CHANGED, citation.ref))
    else:
        kind, ref = places.get(citation.ref, ("", ""))
        if kind == UNCHANGED:
            found.unchanged.append(citation)
        else:
            found.touched.append((citation, CAUSES.get(kind, AlertCause.REMOVED), ref))


@transaction.atomic
def take_over_law(*, text: LawText, by, now: datetime, effective_on: date | None = None, filename: str = "") -> TakenOver:
    """Put a law's text into the library, and do to the items that cite it what its words ask for, in one transaction.

    Raises ConflictingLaw. The same text again changes nothing.
    """
    entered = library.enter(text=text, now=now, effective_on=effective_on, filename=filename)
    if not entered.is_new:
        return TakenOver(entered, Consequence())
    consequence = follow(new=entered.version, by=by, now=now)
    facts = {"law": entered.version.document.name, "version": entered.version.label}
    facts |= {"quarantined": len(consequence.quarantined), "flagged": len(consequence.flagged)}
    audit.record(actor=by, act="import_law", subject=f"law:{entered.version.document_id}", now=now, facts=facts)
    return TakenOver(entered, consequence)


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What taking over a text would do: the version it would become, and each item it would touch with old and new words."""

    text: LawText
    version: LawVersion
    is_new: bool
    warnings: list
    beside: list["Beside"]
    unchanged: int
    previous: LawVersion | None


def rehearse(*, text: LawText, by, now: datetime, effective_on: date | None = None, filename: str = "") -> Rehearsal:
    """Take a law's text over, look at what that does, and take it back. Raises what `take_over_law` raises."""
    with transaction.atomic():
        taken = take_over_law(text=text, by=by, now=now, effective_on=effective_on, filename=filename)
        version = taken.entered.version
        touched = {citation.pk for citation, _cause, _ref in taken.consequence.touched}
        found = list(waiting().filter(citation__in=touched))
        earlier = LawVersion.objects.filter(document=version.document, effective_on__lt=version.effective_on or date.max)
        rehearsal = Rehearsal(
            text, version, taken.entered.is_new, taken.entered.warnings, beside(found), len(taken.consequence.unchanged),
            earlier.exclude(pk=version.pk).order_by("-effective_on").first(),
        )  # fmt: skip
        transaction.set_rollback(True)
    return rehearsal


@transaction.atomic
def follow(*, new: LawVersion, by, now: datetime) -> Consequence:
    """Do what `consequence_of` says: alerts for what moved, a new version under what stayed."""
    found = consequence_of(new)
    _raise(found.touched, new=new, takes_effect_on=new.effective_on, by=by, now=now)
    Citation.objects.filter(pk__in=[c.pk for c in found.unchanged]).update(law_version=new)
    reason = f"{new.document.name} {new.label}"
    ItemDecision.objects.bulk_create(
        (
            ItemDecision(item=i, version_id=i.current_id, verb=ItemDecision.Verb.REPOINTED, by=by, at=now, reason=reason)
            for i in _items_of(found.unchanged)
        ),
        batch_size=BATCH,
    )
    return found


def _items_of(citations: Iterable[Citation]) -> list[Item]:
    return list({c.version.item_id: c.version.item for c in citations}.values())


def _raise(touched, *, new: LawVersion | None, takes_effect_on: date, by, now: datetime) -> None:
    """An alert for each citation. One that is open already is told of the later wording; its day stays the earlier one."""
    open_alerts = {
        alert.citation_id: alert
        for alert in ItemAlert.objects.filter(citation__in=[c.pk for c, _cause, _ref in touched], resolved_at=None)
    }
    fresh, told = [], []
    for citation, cause, ref in touched:
        alert = open_alerts.get(citation.pk)
        if alert is None:
            alert = ItemAlert(item_id=citation.version.item_id, citation=citation, raised_at=now, takes_effect_on=takes_effect_on)
            fresh.append(alert)
        else:
            told.append(alert)
        alert.cause, alert.new_version, alert.new_ref = cause, new, ref
        alert.is_quarantine = alert.is_quarantine or is_quarantine(cause)
        alert.takes_effect_on = min(alert.takes_effect_on, takes_effect_on)
    ItemAlert.objects.bulk_create(fresh, batch_size=BATCH)
    ItemAlert.objects.bulk_update(told, ["cause", "new_version", "new_ref", "is_quarantine", "takes_effect_on"], batch_size=BATCH)
    items = _items_of(c for c, cause, _ref in touched if is_quarantine(cause))
    ItemDecision.objects.bulk_create(
        (ItemDecision(item=i, version_id=i.current_id, verb=ItemDecision.Verb.QUARANTINED, by=by, at=now) for i in items),
        batch_size=BATCH,
    )
    work_out_quarantine(now=now)


def work_out_quarantine(*, now: datetime) -> None:
    """Bring `Item.is_quarantined` up to what the alerts say today. Lists show it; papers ask the alerts themselves."""
    open_here = Exists(open_quarantines(day_of(now)).filter(item=OuterRef("pk")))
    Item.objects.filter(open_here, is_quarantined=False).update(is_quarantined=True)
    Item.objects.filter(~open_here, is_quarantined=True).update(is_quarantined=False)


@transaction.atomic
def repeal(*, document: LegalDocument, by_law: LegalDocument | None, on: date, by, now: datetime) -> Consequence:
    """Take a law out of force from a day on, and with it every item that cites it. Again changes nothing."""
    library.repeal(document=document, by=by_law, on=on)
    document.refresh_from_db()
    found = Consequence()
    waiting = set(
        ItemAlert.objects.filter(citation__law=document, cause=AlertCause.REPEALED, resolved_at=None).values_list(
            "citation", flat=True
        )
    )
    found.touched = [(c, AlertCause.REPEALED, "") for c in citations_of(document) if c.pk not in waiting]
    _raise(found.touched, new=None, takes_effect_on=document.repealed_on, by=by, now=now)
    facts = {"law": document.name, "quarantined": len(found.touched)}
    audit.record(actor=by, act="repeal_law", subject=f"law:{document.pk}", now=now, facts=facts)
    return found


# --- items that come after the law has moved


@transaction.atomic
def catch_up(*, items: Sequence[Item], by, now: datetime, written_on: date | None = None) -> None:
    """Alerts for items just written or imported whose laws have moved meanwhile: repealed, or worded anew since the wording
    they cite, or since the day they were written where that wording is not in the library.
    """
    citations = _citations_of_items(items)
    repealed = [c for c in citations if c.law.repealed_on is not None]
    for document in {c.law for c in repealed}:
        touched = [(c, AlertCause.REPEALED, "") for c in repealed if c.law_id == document.pk]
        _raise(touched, new=None, takes_effect_on=document.repealed_on, by=by, now=now)
    rest = [c for c in citations if c.law.repealed_on is None]
    latest = _latest_versions({c.law_id for c in rest})
    groups: dict[tuple, list[Citation]] = defaultdict(list)
    for citation in rest:
        new = latest.get(citation.law_id)
        if new is not None and _has_moved(citation, new, written_on):
            groups[citation.law_version, new].append(citation)
    for (old, new), cited in groups.items():
        places = None if old is None or old.pk == new.pk else _places(old, new)
        found = Consequence()
        for citation in cited:
            _sort_in(found, citation, places)
        _raise(found.touched, new=new, takes_effect_on=new.effective_on, by=by, now=now)


def _citations_of_items(items: Sequence[Item]) -> list[Citation]:
    keys = [item.current_id for item in items]
    found = []
    for at in range(0, len(keys), BATCH):
        rows = Citation.objects.filter(version__in=keys[at : at + BATCH])
        found += rows.select_related("law", "law_version", "version__item").order_by("pk")
    return found


def _latest_versions(laws: set[int]) -> dict[int, LawVersion]:
    versions = LawVersion.objects.filter(document__in=laws, effective_on__isnull=False).order_by("effective_on", "pk")
    return {version.document_id: version for version in versions.select_related("document")}


def _has_moved(citation: Citation, new: LawVersion, written_on: date | None) -> bool:
    old = citation.law_version
    if old is not None and old.pk != new.pk:
        return (old.effective_on or date.min) < new.effective_on
    return written_on is not None and (new.promulgated_on or new.effective_on) > written_on


# --- what a reviewer does about it


@dataclass(frozen=True, slots=True)
class Beside:
    """An alert with what the article said and what it says now, cut where the words differ: (is changed, text)."""

    alert: ItemAlert
    old: list[tuple[bool, str]]
    new: list[tuple[bool, str]]
    old_label: str
    new_label: str


def beside(alerts: Sequence[ItemAlert]) -> list[Beside]:
    """Old and new text of each alert. One query, whatever their number."""
    wanted = {(a.citation.law_version_id, a.citation.ref) for a in alerts} | {(a.new_version_id, a.new_ref) for a in alerts}
    articles = {
        (article.version_id, article.ref): article
        for article in Article.objects.filter(
            version__in={v for v, ref in wanted if v and ref}, ref__in={r for _v, r in wanted if r}
        )
    }
    found = []
    for alert in alerts:
        old = articles.get((alert.citation.law_version_id, alert.citation.ref))
        new = articles.get((alert.new_version_id, alert.new_ref)) if alert.new_ref else None
        old_text, new_text = old.text if old else "", new.text if new else ""
        if old_text and new_text:
            was, now = words_of(old_text, new_text)
        else:
            was, now = [(False, old_text)] if old_text else [], [(False, new_text)] if new_text else []
        found.append(Beside(alert, was, now, old.label if old else "", new.label if new else ""))
    return found


def can_confirm(alert: ItemAlert) -> bool:
    """Whether there is something the citation can be led over to."""
    return alert.new_version_id is not None and (bool(alert.new_ref) or not alert.citation.ref)


@transaction.atomic
def confirm(*, item: Item, by, now: datetime) -> None:
    """A reviewer looked: under the new text the item is right as it stands. Its citations are led over to it.

    Raises OwnDecision for whoever wrote the item, NothingToPointAt where the words are gone.
    """
    alerts = list(
        ItemAlert.objects.select_for_update(of=["self"])
        .filter(item=item, resolved_at=None)
        .select_related("citation", "new_version")
    )
    if item.author_id == by.pk or item.current_id in decisions.written_by(by, [item.current_id]):
        raise OwnDecision(_("Nobody approves a question they wrote: %(code)s"), code=item.code)
    if any(not can_confirm(alert) for alert in alerts):
        raise NothingToPointAt()
    for alert in alerts:
        citation = alert.citation
        citation.law_version, citation.ref = alert.new_version, alert.new_ref
        twin = Citation.objects.filter(version=citation.version_id, law=citation.law_id, ref=citation.ref).exclude(pk=citation.pk)
        if not twin.exists():  # two articles that became one are cited once
            citation.save(update_fields=["law_version", "ref"])
    decisions.settle_alerts([item.pk], by=by, now=now, resolution="confirmed")
    Item.objects.filter(pk=item.pk).update(is_quarantined=False)
    decisions.write_down([item], by=by, now=now, verb=ItemDecision.Verb.CONFIRMED, act="confirm_item")


def waiting(*, on: date | None = None):
    """Open alerts in the order they take effect; `on`: only those that have begun by then."""
    found = ItemAlert.objects.filter(resolved_at=None).exclude(item__state=ItemState.RETIRED)
    if on is not None:
        found = found.filter(Q(takes_effect_on__lte=on))
    return found.select_related(
        "item__current", "citation__law", "citation__law_version", "new_version", "citation__law__repealed_by"
    ).order_by("-is_quarantine", "takes_effect_on", "item_id", "pk")
