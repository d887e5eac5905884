"""Must-know lists (应知应会清单): the laws and articles a staff category or a post must master, and how far each person is."""

import json
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import BooleanField, Case, Prefetch, Q, Value, When
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from exams import practice
from exams.citing import Laws
from exams.models import Item, MustKnowEntry, MustKnowList
from exams.weakness import label_of, right
from laws import library
from laws.models import LegalDocument
from training import access, audit
from training.errors import BadInput
from training.models import CategoryHolding, Person, Posting, StaffCategory
from training.periods import day_of

SHIPPED = Path(settings.BASE_DIR) / "fixtures" / "must_know.json"


@dataclass(frozen=True, slots=True)
class Progress:
    """One law of a list for one person. `asked` articles have open questions; `mastered` of them were answered right last.

    `unasked` articles of the list have no open question: they are there to be read.
    """

    entry: MustKnowEntry
    articles: tuple[str, ...]
    asked: int
    mastered: int
    unasked: int

    @property
    def is_done(self) -> bool:
        return self.asked > 0 and self.mastered == self.asked


# --- who must know what


def lists_on(day: date):
    return MustKnowList.objects.filter(Q(valid_to=None) | Q(valid_to__gte=day), valid_from__lte=day).order_by("code")


def lists_for(person: Person, *, day: date) -> list[MustKnowList]:
    """The lists that oblige a person on a day: those of their category and post, and those of everybody. Four queries."""
    held = CategoryHolding.objects.known_at(None).valid_on(day).filter(person=person).values_list("category", flat=True)
    posts = Posting.objects.known_at(None).valid_on(day).filter(person=person).exclude(post="").values_list("post", flat=True)
    mine = Q(staff_category="") | Q(staff_category__in=list(held)), Q(post="") | Q(post__in=list(posts))
    entries = Prefetch("entries", MustKnowEntry.objects.select_related("law").order_by("position"))
    return list(lists_on(day).filter(*mine).prefetch_related(entries))


def progress(person: Person, *, now: datetime) -> list[tuple[MustKnowList, list[Progress]]]:
    """How far the person is with each law of their lists. Two queries more than the lists, whatever their number."""
    lists = lists_for(person, day=timezone.localdate(now))
    laws = {entry.law_id for one in lists for entry in one.entries.all()}
    asked = _cited(Item.objects.practicable(now).filter(current__citations__law__in=laws), "current__citations")
    mine = practice.last_answers(person).filter(version__citations__law__in=laws)
    columns = ("version__citations__law", "version__citations__ref")
    met, failed = defaultdict(set), defaultdict(set)
    for law, ref, was_right in mine.values_list(*columns, _is_right()):
        (met if was_right else failed)[law].add(ref)
    return [(one, [_progress(entry, asked, met, failed) for entry in one.entries.all()]) for one in lists]


def _is_right():
    return Case(When(right(), then=Value(True)), default=Value(False), output_field=BooleanField())


def _cited(found, path: str) -> dict[int, set[str]]:
    cited = defaultdict(set)
    for law, ref in found.values_list(f"{path}__law", f"{path}__ref").distinct():
        if law is not None:
            cited[law].add(ref)
    return cited


def _progress(entry: MustKnowEntry, asked, met, failed) -> Progress:
    known = asked[entry.law_id] - {""}
    wanted = known & set(entry.refs) if entry.refs else known
    mastered = wanted & met[entry.law_id] - failed[entry.law_id]
    unasked = len(set(entry.refs) - known)
    return Progress(entry, tuple(entry.refs), len(wanted), len(mastered), unasked)


# --- what the bureau decides


@transaction.atomic
def create(*, by: Person, now: datetime, code: str, laws: str, **facts) -> MustKnowList:
    """A new list. `laws`: one law a line, its articles after it; none means the law as a whole. Raises NotAllowed, BadInput."""
    access.require(by, "set_must_know")
    if MustKnowList.objects.filter(code=code).exists():
        raise BadInput(_("There is a list of this code already: %(code)s"), code=code)
    row = MustKnowList(code=code)
    _write(row, laws, facts, now)
    audit.record(actor=by, act="create_must_know", subject=f"must_know:{code}", now=now, facts=_facts(row))
    return row


@transaction.atomic
def change(*, must_know: MustKnowList, by: Person, now: datetime, laws: str, **facts) -> MustKnowList:
    """Change what a list says, or when it is in force; the trail keeps who did and by which document."""
    access.require(by, "set_must_know")
    row = MustKnowList.objects.select_for_update().get(pk=must_know.pk)
    _write(row, laws, facts, now)
    audit.record(actor=by, act="change_must_know", subject=f"must_know:{row.code}", now=now, facts=_facts(row))
    return row


def _facts(row: MustKnowList) -> dict:
    return {"deciding_document": row.document, "rows": row.entries.count()}


def _write(row: MustKnowList, laws: str, facts: dict, now: datetime) -> None:
    for name in ("title", "staff_category", "post", "document", "valid_from", "valid_to"):
        if name in facts:
            setattr(row, name, facts[name])
    if not row.title.strip() or not row.document.strip():
        raise BadInput(_("A list needs its title and the document that decides it."))
    if row.valid_from is None or (row.valid_to is not None and row.valid_to < row.valid_from):
        raise BadInput(_("A list ends after it begins."))
    if row.staff_category and row.staff_category not in StaffCategory.values:
        raise BadInput(_("There is no such staff category."))
    entries = _read(laws, now)
    row.save()
    row.entries.all().delete()
    for position, (law, refs) in enumerate(entries.items()):
        MustKnowEntry.objects.create(must_know_list=row, law=law, refs=refs, position=position)


def _read(text: str, now: datetime) -> dict[LegalDocument, list[str]]:
    """Law by law; a line that names none, or an article the law has not, is refused."""
    known = Laws(day=day_of(now), today=day_of(now))
    found: dict[LegalDocument, list[str]] = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        cited = known.named_in(line)
        if not cited:
            raise BadInput(_("This line names no law of the library: %(line)s"), line=line[:60])
        known.read_articles(cited)
        for one in cited:
            row = known.resolve(one)
            refs = found.setdefault(row.law, [])
            if row.ref and row.ref not in refs:
                refs.append(row.ref)
    if not found:
        raise BadInput(_("A list names at least one law."))
    return found


def as_text(row: MustKnowList) -> str:
    """The laws of a list as `create` reads them back."""
    lines = (f"《{e.law.name}》{'、'.join(map(label_of, e.refs))}" for e in row.entries.select_related("law"))
    return "\n".join(lines)


@transaction.atomic
def load(*, now: datetime) -> None:
    """The lists that the product ships, once: what the bureau made of them stays."""
    rows = json.loads(SHIPPED.read_text(encoding="utf-8"))
    known = set(MustKnowList.objects.values_list("code", flat=True))
    for row in rows:
        if row["code"] in known:
            continue
        made = MustKnowList.objects.create(
            code=row["code"],
            title=row["title"],
            staff_category=row["staff_category"],
            document=row["document"],
            valid_from=date.fromisoformat(row["valid_from"]),
        )
        for position, entry in enumerate(row["laws"]):
            law = library.find(entry["law"])
            MustKnowEntry.objects.create(must_know_list=made, law=law, refs=entry["articles"], position=position)
