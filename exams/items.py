"""The rules of the bank: how items are written, revised, reviewed, and who may do what about them.

Every act is a row of `ItemDecision` and an event of the audit trail. A version that was used is never edited.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db import transaction
from django.db.models import Max, OuterRef, Q, Subquery
from django.utils.translation import gettext_lazy as _

from exams import amendments, decisions, duplicates, markup
from exams.citing import Laws
from exams.content import CitedArticle, Content, ItemRefused, check, shown
from exams.interchange.drafts import Draft, Note
from exams.models import (
    Citation,
    Classification,
    Item,
    ItemAlert,
    ItemDecision,
    ItemEnmity,
    ItemState,
    ItemVersion,
)
from training import audit
from training.errors import DomainError, OwnDecision, WrongState
from training.periods import day_of
from training.plans import no_progress

Verb = decisions.Verb
CREATED, CHANGED, UNCHANGED, REFUSED = "created", "changed", "unchanged", "refused"
WORDS = (
    "kind", "stem", "body", "policy", "marks", "explanation", "topic", "knowledge_point", "difficulty", "audience",
)  # fmt: skip
BATCH = decisions.BATCH


class CitationMissing(DomainError):
    code = "citation_missing"
    message = _("%(code)s cites no law: say first which article decides it.")


class LawGone(DomainError):
    code = "law_repealed"
    message = _("%(code)s rests on %(law)s, which is repealed.")


class StillQuarantined(DomainError):
    code = "still_quarantined"
    message = _("%(code)s waits for somebody to look at the law that changed under it.")


# --- planning: what would be written


@dataclass(slots=True)
class Planned:
    """What becomes of one draft. `item` is the one of the bank that it meets, `version` what would be written."""

    draft: Draft
    outcome: str = CREATED
    item: Item | None = None
    version: ItemVersion | None = None
    citations: list[Citation] = field(default_factory=list)
    classification: str = Classification.EXAM
    refusal: ItemRefused | None = None

    @property
    def warnings(self) -> list[Note]:
        return [note for note in self.draft.notes if not note.is_refusal]

    def refuse(self, error: ItemRefused) -> None:
        self.outcome, self.refusal = REFUSED, error
        self.draft.notes.append(Note(error.code, str(error), is_refusal=True))


@dataclass(slots=True)
class Plan:
    rows: list[Planned]
    alike: dict[tuple[int, int], int] = field(default_factory=dict)  # keys of items; -n: the nth row, from 1
    day: date | None = None  # when its drafts were written, where that is known

    def of(self, outcome: str) -> list[Planned]:
        return [row for row in self.rows if row.outcome == outcome]


def plan(
    drafts: Sequence[Draft],
    *,
    by,
    now: datetime,
    classification: str = Classification.EXAM,
    day: date | None = None,
    is_strict: bool = False,
    reads_laws: bool = False,
    meets_bank: bool = True,
    progress=no_progress,
) -> Plan:
    """What writing `drafts` would do; nothing is written. The number of queries does not depend on the number of drafts,
    but for one more for each 1,000 codes.

    A draft whose code and words the bank has changes nothing; one whose code it has with nearly its words becomes a new
    version; another question under a code that is taken gets a code of its own, with a note. `day`: when the drafts were
    written, today unless said: their citations mean the wording of that day. `is_strict`: a law or an article that the
    library does not know refuses the draft, else it is left out with a note. `reads_laws`: a draft without citations cites
    what its own words name. `meets_bank` False: every draft becomes a new item, whatever the bank has.
    """
    rows = [Planned(draft, classification=draft.classification or classification) for draft in drafts]
    for number, row in enumerate(rows):
        progress(10 + 40 * number // len(rows), 100, _("Checking the questions"))
        _take(row, by=by, now=now)
    progress(50, 100, _("Looking up the laws"))
    laws = Laws(day=day or day_of(now), today=day_of(now))
    _cite(rows, laws, is_strict=is_strict, reads_laws=reads_laws)
    progress(60, 100, _("Comparing with the bank"))
    if meets_bank:
        _meet_the_bank(rows)
    found = Plan(rows, day=day)
    fresh = {row.item.pk if row.item else -at: row.version for at, row in enumerate(rows, 1) if row.outcome in (CREATED, CHANGED)}
    found.alike = duplicates.find_among(fresh)
    _note_alike(found)
    return found


# the room an item has for what is said of it
ROOM = {"topic": 80, "knowledge_point": 120}
CODE_ROOM, SOURCE_ROOM = 60, 120


def _fitted(row: Planned, name: str, text: str, room: int) -> str:
    if len(text) > room:
        row.draft.notes.append(Note("words_cut", str(_("This is longer than there is room for, and was cut")), False, name, text))
    return text[:room].strip()


def _take(row: Planned, *, by, now) -> None:
    """Make a draft's words safe and check them."""
    content = row.draft.content
    if content is None:
        row.outcome = REFUSED
        return
    row.draft.code = _fitted(row, "code", shown(row.draft.code), CODE_ROOM)
    row.draft.source = _fitted(row, "source", shown(row.draft.source), SOURCE_ROOM)
    for name, room in ROOM.items():
        setattr(content, name, _fitted(row, name, getattr(content, name), room))
    try:
        names = markup.names_of(row.draft.images)
        content = markup.clean_content(markup.name_images(content, names))
        check(content)
    except (ItemRefused, markup.ImageRefused) as error:
        row.refuse(error)
        return
    row.version = ItemVersion(
        **{name: getattr(content, name) for name in WORDS}, created_by=by, created_at=now, **_derived(content)
    )


def _derived(content: Content) -> dict:
    texts = [markup.plain_text(content.stem), *markup.texts_of(content.body)]
    return {"stem_text": "\n".join(texts), "signature": duplicates.signature(content)}


def _cite(rows: list[Planned], laws: Laws, *, is_strict: bool, reads_laws: bool) -> None:
    wanted: list[tuple[Planned, list[CitedArticle]]] = []
    for row in rows:
        if row.version is None:
            continue
        cited = row.draft.content.citations
        if not cited and reads_laws:
            cited = laws.named_in(f"{row.version.stem_text}\n{markup.plain_text(row.version.explanation)}")
            row.draft.notes += [
                Note(
                    "citation_from_text", str(_("The citation was read from the question's own words")), value=f"{c.law} {c.ref}"
                )
                for c in cited
            ]
        wanted.append((row, cited))
    laws.read_articles(one for _row, cited in wanted for one in cited)
    for row, cited in wanted:
        known = {}
        for one in cited:
            try:
                citation = laws.resolve(one)
            except ItemRefused as error:
                if is_strict:
                    row.refuse(error)
                    break
                row.draft.notes.append(Note(error.code, str(error), field="citations", value=f"{one.law} {one.ref}".strip()))
                continue
            known.setdefault((citation.law_id, citation.ref), citation)
        row.citations = list(known.values())


def _meet_the_bank(rows: list[Planned]) -> None:
    """Tell what the bank has already from what is new."""
    open_rows = [row for row in rows if row.outcome == CREATED]
    by_code = {}
    codes = sorted({row.draft.code for row in open_rows if row.draft.code})
    for at in range(0, len(codes), BATCH):
        found = Item.objects.filter(code__in=codes[at : at + BATCH]).select_related("current")
        by_code |= {item.code: item for item in found.prefetch_related("current__citations")}
    by_words = _same_signature([row for row in open_rows if not row.draft.code])
    seen_codes, seen_words = {}, {}
    for row in open_rows:
        code = row.draft.code
        if code in seen_codes:
            _repeat(row, seen_codes[code])
            continue
        if code:
            seen_codes[code] = row
            _meet(row, by_code.get(code))
            continue
        same = next((item for item in by_words.get(tuple(row.version.signature), ()) if _says_the_same(row, item)), None)
        twin = next((one for one in seen_words.get(tuple(row.version.signature), ()) if _words(one) == _words(row.version)), None)
        if same is not None:
            row.item, row.outcome = same, UNCHANGED
        elif twin is not None:
            row.outcome = UNCHANGED
            row.draft.notes.append(Note("repeated_in_file", str(_("The same question stands in the file before"))))
        seen_words.setdefault(tuple(row.version.signature), []).append(row.version)


def _repeat(row: Planned, first: Planned) -> None:
    if _words(first.version) == _words(row.version):
        row.outcome = UNCHANGED
        row.draft.notes.append(
            Note("repeated_in_file", str(_("The same question stands in the file before")), value=row.draft.code)
        )
    else:
        note = Note("code_repeated", str(_("The code stands before another question of the file: this one gets a new code")))
        row.draft.notes.append(note)
        row.draft.code = ""


def _meet(row: Planned, item: Item | None) -> None:
    if item is None:
        return
    if _says_the_same(row, item):
        row.item, row.outcome = item, UNCHANGED
    elif item.state != ItemState.RETIRED and duplicates.similarity(item.current, row.version) >= duplicates.ALIKE:
        row.item, row.outcome = item, CHANGED
    else:
        note = Note(
            "code_taken", str(_("The bank has another question under this code: this one gets a new code")), value=row.draft.code
        )
        row.draft.notes.append(note)
        row.draft.code = ""


def _same_signature(rows: list[Planned]) -> dict[tuple, list[Item]]:
    """Items of the bank whose signature is that of a row, by it."""
    wanted = {tuple(row.version.signature) for row in rows}
    if not wanted:
        return {}
    keys = [key for key, numbers in duplicates.signatures(Item.objects.all()).items() if tuple(numbers) in wanted]
    found: dict[tuple, list[Item]] = {}
    for at in range(0, len(keys), BATCH):
        items = Item.objects.filter(pk__in=keys[at : at + BATCH]).select_related("current").order_by("pk")
        for item in items.prefetch_related("current__citations"):
            found.setdefault(tuple(item.current.signature), []).append(item)
    return found


def _words(version: ItemVersion) -> list:
    return [getattr(version, name) for name in WORDS]


def _says_the_same(row: Planned, item: Item) -> bool:
    cited = {(c.law_id, c.ref) for c in item.current.citations.all()}
    return _words(row.version) == _words(item.current) and {(c.law_id, c.ref) for c in row.citations} == cited


def _note_alike(found: Plan) -> None:
    """Say of each new question which others ask nearly the same."""
    codes = {key for pair in found.alike for key in pair if key > 0}
    codes = dict(Item.objects.filter(pk__in=codes).values_list("pk", "code")) if codes else {}
    rows = {-at: row for at, row in enumerate(found.rows, 1)} | {row.item.pk: row for row in found.rows if row.item}
    for (one, two), alike in found.alike.items():
        for key, other in ((one, two), (two, one)):
            if key in rows and rows[key].outcome in (CREATED, CHANGED):
                name = codes.get(other) or rows[other].draft.code or rows[other].draft.place
                reason = _("Nearly the same as %(other)s (%(percent)s%%)") % {"other": name, "percent": alike}
                rows[key].draft.notes.append(Note("near_duplicate", str(reason), value=name))


# --- writing


@transaction.atomic
def carry_out(
    found: Plan, *, by, now: datetime, source: str = "", state: str = ItemState.DRAFT, verb: str = Verb.IMPORTED
) -> list[Item]:
    """Write what was planned; the items created and changed, in the order of the plan. Refused rows are passed over."""
    rows = [row for row in found.rows if row.outcome in (CREATED, CHANGED)]
    markup.keep_images((image for row in rows for image in row.draft.images.values()), now=now)
    fresh = [row for row in rows if row.outcome == CREATED]
    _number([row.draft for row in fresh])
    items = Item.objects.bulk_create(
        (
            Item(
                code=row.draft.code,
                classification=row.classification,
                state=state,
                author=by,
                source=(row.draft.source or source)[:120],
                created_at=now,
                expires_on=row.draft.expires_on,
            )
            for row in fresh
        ),
        batch_size=BATCH,
    )
    for row, item in zip(fresh, items, strict=True):
        row.item = item
    _add_versions(rows, now=now, by=by)
    ItemDecision.objects.bulk_create(
        (ItemDecision(item=row.item, version=row.version, verb=verb, by=by, at=now) for row in rows), batch_size=BATCH
    )
    _keep_alike(found)
    written = [row.item for row in rows]
    amendments.catch_up(items=written, by=by, now=now, written_on=found.day)
    return written


def _number(drafts: list[Draft]) -> None:
    """A code for each draft without one: Q and a number nobody has."""
    without = [draft for draft in drafts if not draft.code]
    if not without:
        return
    taken = set(Item.objects.filter(code__startswith="Q").values_list("code", flat=True)) | {d.code for d in drafts}
    number = Item.objects.aggregate(last=Max("pk"))["last"] or 0
    for draft in without:
        number += 1
        while f"Q{number:06d}" in taken:
            number += 1
        draft.code = f"Q{number:06d}"


def _add_versions(rows: list[Planned], *, now, by) -> None:
    changed = [row for row in rows if row.outcome == CHANGED]
    numbers = {}
    if changed:
        keys = [row.item.pk for row in changed]
        numbers = dict(
            ItemVersion.objects.filter(item__in=keys).values("item").annotate(last=Max("number")).values_list("item", "last")
        )
        decisions.settle_alerts(keys, by=by, now=now, resolution="edited")
    for row in rows:
        row.version.item = row.item
        row.version.number = numbers.get(row.item.pk, 0) + 1
    ItemVersion.objects.bulk_create((row.version for row in rows), batch_size=BATCH)
    for row in rows:
        for citation in row.citations:
            citation.version = row.version
    Citation.objects.bulk_create((citation for row in rows for citation in row.citations), batch_size=BATCH)
    last = ItemVersion.objects.filter(item=OuterRef("pk")).order_by("-number").values("pk")[:1]
    keys = [row.item.pk for row in rows]
    for at in range(0, len(keys), BATCH):
        Item.objects.filter(pk__in=keys[at : at + BATCH]).update(current=Subquery(last))
    if changed:
        Item.objects.filter(pk__in=[row.item.pk for row in changed]).update(state=ItemState.DRAFT, is_quarantined=False)
    for row in rows:
        row.item.current = row.version
        if row.outcome == CHANGED:
            row.item.state, row.item.is_quarantined = ItemState.DRAFT, False


def _keep_alike(found: Plan) -> None:
    """Near-duplicates of what was written never stand in one paper with it."""
    rows = dict(enumerate(found.rows, 1))
    changed = [row.item.pk for row in found.of(CHANGED)]
    if changed:
        ItemEnmity.objects.filter(is_marked=False).filter(Q(first__in=changed) | Q(second__in=changed)).delete()
    pairs = {}
    for pair, alike in found.alike.items():
        one, two = sorted(rows[-key].item.pk if key < 0 else key for key in pair)
        pairs[one, two] = alike
    duplicates.keep(pairs)


@transaction.atomic
def write(
    *,
    content: Content,
    by,
    now: datetime,
    code: str = "",
    classification: str = Classification.EXAM,
    source: str = "",
    images: dict[str, bytes] | None = None,
) -> Item:
    """A new item, as a draft. Raises ItemRefused for content that breaks a rule, a law or an article the library does
    not know, and a code that is taken."""
    if code and Item.objects.filter(code=code).exists():
        raise ItemRefused("code_taken", _("The code %(taken)s is taken"), taken=code)
    draft = Draft(place="", content=content, code=code, images=images or {})
    found = plan([draft], by=by, now=now, classification=classification, is_strict=True, meets_bank=False)
    if found.rows[0].refusal is not None:
        raise found.rows[0].refusal
    (item,) = carry_out(found, by=by, now=now, source=source, verb=Verb.WRITTEN)
    audit.record(actor=by, act="write_item", subject=f"item:{item.pk}", now=now, facts={"code": item.code})
    return item


@transaction.atomic
def write_many(
    drafts: Sequence[Draft], *, by, now: datetime, source: str = "", classification: str = Classification.EXAM, **options
) -> Plan:
    """Plan and write at once; the plan says what became of each draft."""
    found = plan(drafts, by=by, now=now, classification=classification, **options)
    carry_out(found, by=by, now=now, source=source)
    facts = {outcome: len(found.of(outcome)) for outcome in (CREATED, CHANGED, UNCHANGED, REFUSED)}
    audit.record(actor=by, act="import_items", subject="items", now=now, facts=facts | {"source": source})
    return found


@transaction.atomic
def revise(*, item: Item, content: Content, by, now: datetime, images: dict[str, bytes] | None = None) -> ItemVersion:
    """Give an item other words. A draft that nobody used is edited in place; else a new version, which must be reviewed.

    What was open about the law under the old words is closed: the new ones cite anew. Raises ItemRefused and WrongState.
    """
    item = Item.objects.select_for_update(of=["self"]).select_related("current").get(pk=item.pk)
    if item.state == ItemState.RETIRED:
        raise WrongState(_("A retired question is not edited; restore it first."))
    row = Planned(Draft(place="", content=content, code=item.code, images=images or {}), CHANGED, item)
    _take(row, by=by, now=now)
    if row.refusal is None:
        _cite([row], Laws(day=day_of(now), today=day_of(now)), is_strict=True, reads_laws=False)
    if row.refusal is not None:
        raise row.refusal
    markup.keep_images(row.draft.images.values(), now=now)
    if item.current.used_at is None and not ItemAlert.objects.filter(citation__version=item.current).exists():
        _edit_in_place(row, item.current)
        Item.objects.filter(pk=item.pk).update(state=ItemState.DRAFT)
        item.state = ItemState.DRAFT
    else:
        _add_versions([row], now=now, by=by)
    ItemDecision.objects.create(item=item, version=row.version, verb=Verb.WRITTEN, by=by, at=now)
    duplicates.record({item.pk: row.version})
    amendments.catch_up(items=[item], by=by, now=now)
    audit.record(
        actor=by, act="revise_item", subject=f"item:{item.pk}", now=now, facts={"code": item.code, "version": row.version.number}
    )
    return row.version


def _edit_in_place(row: Planned, current: ItemVersion) -> None:
    for name in (*WORDS, "stem_text", "signature"):
        setattr(current, name, getattr(row.version, name))
    current.save(update_fields=[*WORDS, "stem_text", "signature"])
    current.citations.all().delete()
    for citation in row.citations:
        citation.version = current
    Citation.objects.bulk_create(row.citations)
    row.version = current


def mark_used(versions: Iterable[int], *, now: datetime) -> None:
    """From now on these versions never change: they stand in a paper, in practice, or an approval."""
    ItemVersion.objects.filter(pk__in=versions, used_at=None).update(used_at=now)


# --- review


def submit(*, items: Sequence[Item], by, now: datetime) -> list[Item]:
    """Hand drafts in for review."""
    return _decide(items, by=by, now=now, verb=Verb.SUBMITTED, act="submit_item", source=(ItemState.DRAFT,), to=ItemState.REVIEW)


@transaction.atomic
def approve(*, items: Sequence[Item], by, now: datetime) -> list[Item]:
    """Let items into papers and practice: all of them or none.

    Raises OwnDecision for one the approver wrote or had a hand in, CitationMissing, LawGone, StillQuarantined, and
    ItemRefused for words that break a rule made since.
    """
    keys = [item.pk for item in items]
    items = list(Item.objects.filter(pk__in=keys).select_related("current").prefetch_related("current__citations__law"))
    own = set(decisions.written_by(by, [item.current_id for item in items]))
    today = day_of(now)
    waiting = set(ItemAlert.objects.filter(item__in=keys, resolved_at=None, is_quarantine=True).values_list("item", flat=True))
    for item in items:
        if item.author_id == by.pk or item.current_id in own:
            raise OwnDecision(_("Nobody approves a question they wrote: %(code)s"), code=item.code)
        cited = item.current.citations.all()
        if not cited:
            raise CitationMissing(code=item.code)
        gone = next((c.law for c in cited if c.law.repealed_on and c.law.repealed_on <= today), None)
        if gone is not None:
            raise LawGone(code=item.code, law=gone.name)
        if item.pk in waiting:
            raise StillQuarantined(code=item.code)
        check(content_of(item.current))
    mark_used([item.current_id for item in items], now=now)
    return _decide(
        items, by=by, now=now, verb=Verb.APPROVED, act="approve_item", source=(ItemState.REVIEW,), to=ItemState.APPROVED
    )


def send_back(*, items: Sequence[Item], by, now: datetime, reason: str) -> list[Item]:
    """Return items to their authors, with the reason."""
    return _decide(
        items, by=by, now=now, verb=Verb.RETURNED, act="return_item", source=(ItemState.REVIEW,), to=ItemState.DRAFT,
        reason=_said(reason),
    )  # fmt: skip


@transaction.atomic
def retire(*, items: Sequence[Item], by, now: datetime, reason: str) -> list[Item]:
    """Take items out of the bank's use for good; what they were used in stays. Open alerts are closed."""
    decisions.settle_alerts([item.pk for item in items], by=by, now=now, resolution="retired")
    Item.objects.filter(pk__in=[item.pk for item in items]).update(is_quarantined=False)
    return _decide(
        items, by=by, now=now, verb=Verb.RETIRED, act="retire_item",
        source=(ItemState.DRAFT, ItemState.REVIEW, ItemState.APPROVED), to=ItemState.RETIRED, reason=_said(reason),
    )  # fmt: skip


def restore(*, items: Sequence[Item], by, now: datetime, reason: str) -> list[Item]:
    """Bring retired items back as drafts: they are reviewed anew, under the law of today."""
    return _decide(
        items, by=by, now=now, verb=Verb.RESTORED, act="restore_item", source=(ItemState.RETIRED,), to=ItemState.DRAFT,
        reason=_said(reason),
    )  # fmt: skip


@transaction.atomic
def reclassify(*, items: Sequence[Item], classification: str, by, now: datetime, reason: str) -> list[Item]:
    """Open items for practice, or keep them for examinations."""
    if classification not in Classification.values:
        raise ItemRefused("classification_unknown", _("There is no such classification"))
    keys = [item.pk for item in items]
    changing = list(Item.objects.filter(pk__in=keys).exclude(classification=classification))
    Item.objects.filter(pk__in=[item.pk for item in changing]).update(classification=classification)
    decisions.write_down(changing, by=by, now=now, verb=Verb.RECLASSIFIED, act="reclassify_item", reason=_said(reason))
    return changing


def _said(reason: str) -> str:
    if not reason.strip():
        raise ItemRefused("reason_missing", _("Say why"))
    return reason.strip()[:500]


@transaction.atomic
def _decide(items, *, by, now, verb, act, source, to, reason="") -> list[Item]:
    keys = [item.pk for item in items]
    locked = list(Item.objects.select_for_update(of=["self"]).filter(pk__in=keys).order_by("pk"))
    for item in locked:
        if item.state not in source:
            raise WrongState(
                _("%(code)s is %(state)s: this step is not possible."), code=item.code, state=item.get_state_display()
            )
        item.state = to
    Item.objects.filter(pk__in=keys).update(state=to)
    decisions.write_down(locked, by=by, now=now, verb=verb, act=act, reason=reason)
    return locked


def content_of(version: ItemVersion) -> Content:
    """The words of a version as content; its citations too where they were read with it."""
    cited = [
        CitedArticle(c.law.name, c.ref, c.law_version.label if c.law_version else "", tuple(c.decisive))
        for c in version.citations.all()
    ]
    return Content(**{name: getattr(version, name) for name in WORDS}, citations=cited)


# --- who may see what, and who may sit


def see(items: Iterable[Item], *, by, now: datetime, act: str = "see_items") -> None:
    """Put it in the audit trail that exam-only items were looked at, or exported. Open ones leave no trace."""
    decisions.record_event([i for i in items if i.classification == Classification.EXAM], by=by, now=now, act=act)


def may_sit(person, paper) -> bool:
    """Whether the person may be a candidate for a paper: it holds no question of theirs that nobody else has approved."""
    versions = {entry["version"] for entry in paper.layout}
    own = decisions.written_by(person, versions)
    own |= set(ItemVersion.objects.filter(pk__in=versions, item__author=person).values_list("pk", flat=True))
    approved = ItemDecision.objects.filter(version__in=own, verb=Verb.APPROVED).exclude(by=person)
    return not own - set(approved.values_list("version", flat=True))
