"""Practice: a handful of open questions, answered one by one, scored and explained at once; the short quiz of a lesson.

Only what is open for practice is drawn, and nothing whose law moved away under it. The first answer to a place counts. What
a machine cannot score the person judges against the scoring points. Every answer moves the item's card of spaced
repetition, and the last one says whether the item stands in the wrong-answer notebook.
"""

import random
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from fractions import Fraction

from django.db import transaction
from django.db.models import Count, Exists, F, Max, Min, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from fsrs import Card, Rating, Scheduler

from exams import items, scoring, tallies, weakness
from exams.assembly import option_orders, shuffled
from exams.content import CHOICES, WHOLE, WRITTEN, check_response, is_marked_by_machine, without_key
from exams.models import (
    Item,
    ItemKind,
    ItemVersion,
    MustKnowEntry,
    PracticeAnswer,
    PracticeRun,
    ReviewCard,
)
from exams.weakness import right, wrong
from laws.models import LegalDocument
from training.errors import BadInput, DomainError
from training.models import Person

COUNT, MOST = 10, 50  # questions of a run: usually, and at most
POPULATION = "practice"
LAW, TOPIC, LISTED, WEAKNESS, NOTEBOOK, DUE = "law", "topic", "listed", "weakness", "notebook", "due"
# people practise once a day: what is learnt within minutes is no step of its own, and chance has no part in a date
SCHEDULER = Scheduler(learning_steps=(), relearning_steps=(), enable_fuzzing=False)
RATINGS = {"hard": Rating.Hard, "good": Rating.Good, "easy": Rating.Easy}


class NothingToPractise(DomainError):
    code = "nothing_to_practise"
    message = gettext_lazy("There is no open question for this just now.")


class RunFinished(DomainError):
    code = "run_finished"
    message = gettext_lazy("This practice is finished: begin a new one.")


class NeedsJudge(DomainError):
    code = "needs_judge"
    message = gettext_lazy("A quiz with a pass mark takes only questions that need no person to judge.")


@dataclass(frozen=True, slots=True)
class Place:
    """A question of a run as it is shown: `body` holds no key. `answer` is None while it is open."""

    position: int
    version: ItemVersion
    body: dict
    marks: int
    answer: PracticeAnswer | None


@dataclass(frozen=True, slots=True)
class Field:
    """What may be practised under one law or topic: `open` questions, of which the person answered `right` last."""

    value: str
    name: str
    open: int
    right: int


@dataclass(frozen=True, slots=True)
class Answered:
    """`is_new` False: the place was answered before, and that answer stands."""

    answer: PracticeAnswer
    is_new: bool


# --- what is drawn


def practicable(*, now: datetime):
    return Item.objects.practicable(now)


def last_answers(person: Person):
    """The person's last judged answer to each item."""
    later = PracticeAnswer.objects.filter(person=person, version__item=OuterRef("version__item"), pk__gt=OuterRef("pk"))
    own = PracticeAnswer.objects.filter(person=person).exclude(fraction=None)
    return own.filter(~Exists(later.exclude(fraction=None)))


def notebook(person: Person, *, now: datetime):
    """Items that the person answered wrong last, as far as they are open now."""
    return practicable(now=now).filter(pk__in=last_answers(person).filter(wrong()).values("version__item"))


def due_cards(person: Person, *, now: datetime):
    """Cards that come back by the end of the day."""
    tomorrow = timezone.localdate(now) + timedelta(days=1)
    end = datetime.combine(tomorrow, time.min, tzinfo=timezone.get_current_timezone())
    return ReviewCard.objects.filter(person=person, due_at__lt=end, item__in=practicable(now=now))


def by_law(person: Person, *, now: datetime) -> list[Field]:
    """Every law that open questions cite. Two queries."""
    law = "citations__law"
    return _fields(person, now, f"{law}__code", f"{law}__short_title", f"{law}__title")


def by_topic(person: Person, *, now: datetime) -> list[Field]:
    """Every topic of open questions. Two queries."""
    return _fields(person, now, "topic", "topic", "topic")


def _fields(person: Person, now: datetime, value: str, name: str, title: str) -> list[Field]:
    found = practicable(now=now)
    mine = last_answers(person).filter(right(), version__item__in=found).values_list(f"version__{value}")
    known = dict(mine.annotate(count=Count("version__item", distinct=True)).order_by())
    rows = found.values_list(*(f"current__{column}" for column in (value, name, title)))
    counted = rows.annotate(count=Count("pk", distinct=True)).order_by(f"current__{value}")
    return [Field(code, short or long, count, min(known.get(code, 0), count)) for code, short, long, count in counted if code]


def begin(
    *, person: Person, by: str, value: str = "", ref: str = "", count: int = COUNT, seed: str = "", now: datetime
) -> PracticeRun:
    """Begin a run of up to `count` questions: by `law` (its code, perhaps an article), `topic`,
    what a must-know list names of a law (`listed`, the key of the entry), `weakness`, `notebook` or `due`.

    Unseen questions come first, then the longest unseen. Raises NothingToPractise, BadInput.
    """
    if not 1 <= count <= MOST:
        raise BadInput(_("From 1 to %(most)s questions.") % {"most": MOST})
    found, rank, title = _pool(person, by, value, ref, now)
    seed = seed or f"{person.pk}/{now.isoformat()}"
    seen = dict(
        PracticeAnswer.objects.filter(person=person, version__item__in=found)
        .values_list("version__item")
        .annotate(last=Max("pk"))
        .order_by()
    )
    rows = list(found.order_by("code").values_list("pk", "current_id").distinct())
    chance = random.Random(seed)  # noqa: S311
    drawn = sorted(shuffled(chance, rows), key=lambda row: (rank.get(row[0], len(rank)), seen.get(row[0], 0)))[:count]
    purpose = {NOTEBOOK: PracticeRun.Purpose.NOTEBOOK, DUE: PracticeRun.Purpose.REPETITION}.get(by, PracticeRun.Purpose.PRACTICE)
    return _begin(person=person, purpose=purpose, title=title, versions=[version for _item, version in drawn], seed=seed, now=now)


def _pool(person: Person, by: str, value: str, ref: str, now: datetime):
    """(items, item -> rank where they have an order of their own, title)"""
    found = practicable(now=now)
    if by == LAW:
        law = LegalDocument.objects.of_the_library().filter(code=value).first()
        if law is None:
            raise BadInput(_("There is no such law."))
        cited = {"current__citations__law": law} | ({"current__citations__ref": ref} if ref else {})
        return found.filter(**cited), {}, f"{law.name} {ref and weakness.label_of(ref)}".strip()
    if by == LISTED:
        return _listed(value, found)
    if by == TOPIC:
        return found.filter(current__topic=value), {}, value[:200]
    if by == NOTEBOOK:
        return notebook(person, now=now), {}, _("Wrong-answer notebook")
    if by == DUE:
        due = due_cards(person, now=now).order_by("due_at", "pk").values_list("item", flat=True)
        return found.filter(pk__in=due_cards(person, now=now).values("item")), _ranks(due), _("Due today")
    if by == WEAKNESS:
        return _by_weakness(person, found, now)
    raise BadInput(_("Practise by law, topic, weakness, from the notebook, or what is due."))


def _listed(value: str, found):
    """What a must-know list names of one law: `value` is the key of its entry."""
    key = int(value) if value.isascii() and value.isdigit() and len(value) < 16 else 0
    entry = MustKnowEntry.objects.select_related("law").filter(pk=key).first()
    if entry is None:
        raise BadInput(_("There is no such law."))
    cited = {"current__citations__law": entry.law} | ({"current__citations__ref__in": entry.refs} if entry.refs else {})
    return found.filter(**cited), {}, entry.law.name


def _ranks(keys: Iterable[int]) -> dict[int, int]:
    return {key: at for at, key in enumerate(keys)}


def _by_weakness(person: Person, found, now: datetime):
    """Questions about the person's weakest articles, the weakest first."""
    weak = {(one.law_id, one.ref): at for at, one in enumerate(weakness.of_person(person, now=now))}
    if not weak:
        return found.none(), {}, _("My weakest articles")
    about = Q(pk__in=[])
    for law, ref in weak:
        about |= Q(current__citations__law=law, current__citations__ref=ref)
    found = found.filter(about)
    rank = {}
    for item, law, ref in found.values_list("pk", "current__citations__law", "current__citations__ref"):
        rank[item] = min(rank.get(item, len(weak)), weak.get((law, ref), len(weak)))
    return found, rank, _("My weakest articles")


@transaction.atomic
def begin_quiz(
    *, person: Person, versions: Collection[int], pass_mark: int, origin: str, title: str, now: datetime
) -> PracticeRun:
    """Begin a short quiz on fixed questions; the one that is open for this origin is gone on with.

    `origin` names who asks ("courses.lesson:7"). Each question is asked in its present wording; one that is no longer open
    for practice falls out, and the pass mark with it in proportion. Raises NothingToPractise, NeedsJudge.
    """
    Person.objects.select_for_update().get(pk=person.pk)  # two clicks begin one quiz
    running = PracticeRun.objects.filter(person=person, origin=origin, purpose=PracticeRun.Purpose.QUIZ, finished_at=None)
    if (run := running.order_by("-pk").first()) is not None:
        return run
    stated = {v.pk: v for v in ItemVersion.objects.filter(pk__in=versions)}
    open_items = practicable(now=now).filter(pk__in={v.item_id for v in stated.values()}).select_related("current")
    current = {item.pk: item.current for item in open_items}
    kept = [(stated[pk], current[stated[pk].item_id]) for pk in versions if pk in stated and stated[pk].item_id in current]
    if any(not is_marked_by_machine(now_.kind, now_.body) for _stated, now_ in kept):
        raise NeedsJudge()
    left, whole = sum(now_.marks for _stated, now_ in kept), sum(v.marks for v in stated.values())
    return _begin(
        person=person,
        purpose=PracticeRun.Purpose.QUIZ,
        title=title,
        versions=[now_.pk for _stated, now_ in kept],
        seed=f"{person.pk}/{origin}/{now.isoformat()}",
        now=now,
        origin=origin,
        pass_mark=-(-pass_mark * left // whole) if whole else pass_mark,
    )


def is_passed(person: Person, origin: str) -> bool:
    """Whether the person passed a quiz of this origin."""
    finished = PracticeRun.objects.filter(person=person, origin=origin, purpose=PracticeRun.Purpose.QUIZ)
    return finished.filter(finished_at__isnull=False, pass_mark__isnull=False, earned__gte=F("pass_mark")).exists()


@transaction.atomic
def _begin(*, person, purpose, title, versions: list[int], seed: str, now: datetime, origin="", pass_mark=None) -> PracticeRun:
    if not versions:
        raise NothingToPractise()
    rows = {v.pk: v for v in ItemVersion.objects.filter(pk__in=versions).only("pk", "kind", "body", "marks")}
    counts = [len(rows[pk].body["options"]) if rows[pk].kind in CHOICES else 0 for pk in versions]
    orders = option_orders(seed=seed, label="practice", counts=counts)
    layout = [{"version": pk, "marks": rows[pk].marks, "order": order} for pk, order in zip(versions, orders, strict=True)]
    run = PracticeRun.objects.create(
        person=person,
        purpose=purpose,
        origin=origin,
        title=title[:200],
        layout=layout,
        pass_mark=pass_mark,
        total=sum(place["marks"] for place in layout),
        started_at=now,
    )
    items.mark_used(versions, now=now)
    known = PracticeAnswer.objects.filter(person=person, version__in=versions).values_list("version", flat=True)
    tallies.count_shown(POPULATION, set(versions) - set(known))
    return run


# --- one place after the other


def places(run: PracticeRun) -> list[Place]:
    """Every question of a run in its order. Two queries."""
    versions = ItemVersion.objects.in_bulk([place["version"] for place in run.layout])
    answers = {one.position: one for one in run.answers.all()}
    found = []
    for position, place in enumerate(run.layout):
        version, answer = versions[place["version"]], answers.get(position)
        if answer is not None:
            answer.version = version
        body = without_key(version.kind, version.body, place["order"])
        found.append(Place(position, version, body, place["marks"], answer))
    return found


@transaction.atomic
def answer(*, run: PracticeRun, position: int, response, now: datetime, rating: str = "") -> Answered:
    """Answer the place at `position` (from 0). The first answer counts: a second changes nothing and is given the first.

    `rating` says how a right answer felt: hard, good or easy. Raises RunFinished, BadInput.
    """
    run = PracticeRun.objects.select_for_update().get(pk=run.pk)
    if not 0 <= position < len(run.layout):
        raise BadInput(_("This practice has no such question."))
    given = PracticeAnswer.objects.select_related("version").filter(run=run, position=position).first()
    if given is not None:
        return Answered(given, False)
    if run.finished_at is not None:
        raise RunFinished()
    version = ItemVersion.objects.get(pk=run.layout[position]["version"])
    check_response(version.kind, version.body, response)
    share = scoring.share_of(
        kind=version.kind, body=version.body, response=response, policy=version.policy, marks=run.layout[position]["marks"]
    )
    is_first = not PracticeAnswer.objects.filter(person=run.person_id, version=version).exists()
    given = PracticeAnswer.objects.create(
        run=run,
        person_id=run.person_id,
        version=version,
        position=position,
        response=response,
        fraction=None if share is None else _ten_millionths(share),
        answered_at=now,
    )
    if is_first:
        tallies.count_choices(POPULATION, version, response)
    if given.fraction is not None:
        _settle(given, is_first=is_first, rating=rating, now=now)
    return Answered(given, True)


@transaction.atomic
def judge(*, answer: PracticeAnswer, met: Collection[str], now: datetime) -> PracticeAnswer:
    """The person says which scoring points their own written answer meets, once. `met` names them as `points` does.

    Marks of a case's other questions stand as they were scored.
    """
    run = PracticeRun.objects.select_for_update().get(pk=answer.run_id)
    answer = PracticeAnswer.objects.select_related("version").get(pk=answer.pk)
    if answer.fraction is not None:
        return answer
    version = answer.version
    rubric = dict(points(version))
    if not set(met) <= set(rubric):
        raise BadInput(_("There is no such scoring point."))
    earned, whole = sum(rubric[name]["marks"] for name in set(met)), sum(point["marks"] for point in rubric.values())
    if version.kind == ItemKind.CASE_ANALYSIS:
        scored = scoring.case_marks(version.body, answer.response)
        earned += sum(marks or 0 for marks in scored.values())
        whole += sum(q["marks"] for q in version.body["questions"] if q["kind"] not in WRITTEN)
    answer.fraction = _ten_millionths(min(Fraction(earned, whole), Fraction(1))) if whole else 0
    answer.save(update_fields=["fraction"])
    earlier = PracticeAnswer.objects.filter(person=run.person_id, version=version, pk__lt=answer.pk)
    _settle(answer, is_first=not earlier.exists(), rating="", now=now)
    if run.finished_at is not None:
        _sum_up(run)
    return answer


def points(version: ItemVersion) -> list[tuple[str, dict]]:
    """The scoring points of a written question, or of those in a case: (name, {"text", "marks"})."""
    if version.kind in WRITTEN:
        return [(f"{at}", point) for at, point in enumerate(version.body.get("rubric", []))]
    if version.kind != ItemKind.CASE_ANALYSIS:
        return []
    written = [q for q in version.body["questions"] if q["kind"] in WRITTEN]
    return [(f"{q['id']}.{at}", point) for q in written for at, point in enumerate(q["body"].get("rubric", []))]


@transaction.atomic
def finish(*, run: PracticeRun, now: datetime) -> PracticeRun:
    """Close the run; what was not answered earns nothing. Again changes nothing."""
    run = PracticeRun.objects.select_for_update().get(pk=run.pk)
    if run.finished_at is None:
        run.finished_at = now
        _sum_up(run)
        tallies.count_beside(POPULATION, _beside(run))
    return run


def _beside(run: PracticeRun) -> list[tallies.Beside]:
    """What the person earned on each question met for the first time, beside the others of the run. A blank earned nothing;
    what is not judged yet is left out."""
    answers = {one.position: one for one in run.answers.all()}
    shares = {
        at: max(answers[at].fraction, 0) if at in answers else 0 for at in range(len(run.layout)) if _is_scored(answers.get(at))
    }
    if len(shares) <= tallies.LEAST_BESIDE:
        return []
    elsewhere = PracticeAnswer.objects.filter(person=run.person_id, version__in=[place["version"] for place in run.layout])
    first = dict(elsewhere.exclude(run=run).values_list("version").annotate(first=Min("pk")).order_by())
    whole, others = sum(shares.values()), len(shares) - 1
    return [
        tallies.Beside(answers[at].version_id, share, (whole - share) // others)
        for at, share in shares.items()
        if at in answers and answers[at].pk < first.get(answers[at].version_id, answers[at].pk + 1)
    ]


def _is_scored(answer: PracticeAnswer | None) -> bool:
    return answer is None or answer.fraction is not None


def _sum_up(run: PracticeRun) -> None:
    run.earned = sum(earned_in(run, one) for one in run.answers.all())
    run.save(update_fields=["finished_at", "earned"])


def earned_in(run: PracticeRun, answer: PracticeAnswer) -> int:
    """Marks of one answer in hundredths; less than nothing counts as nothing."""
    return scoring.marks_of(Fraction(max(answer.fraction or 0, 0), WHOLE), run.layout[answer.position]["marks"])


def is_right(answer: PracticeAnswer) -> bool | None:
    """None while the person has not judged it."""
    if answer.fraction is None:
        return None
    return answer.fraction >= weakness.right_from(answer.version.kind)


def _ten_millionths(share: Fraction) -> int:
    return round(share * WHOLE)


def _settle(answer: PracticeAnswer, *, is_first: bool, rating: str, now: datetime) -> None:
    """What follows when it is known what an answer earned."""
    if is_first:
        tallies.count_answered(POPULATION, answer.version_id, answer.fraction)
    _review(answer, Rating.Again if not is_right(answer) else RATINGS.get(rating, Rating.Good), now)


def _review(answer: PracticeAnswer, rating: Rating, now: datetime) -> None:
    """Say when the item comes back to the person."""
    item_id = answer.version.item_id
    fresh = ReviewCard(person_id=answer.person_id, item_id=item_id, due_at=now)
    ReviewCard.objects.bulk_create([fresh], ignore_conflicts=True)
    row = ReviewCard.objects.select_for_update().get(person=answer.person_id, item=item_id)
    card = Card.from_dict(row.state) if row.state else Card(card_id=item_id, due=now.astimezone(UTC))
    card, _log = SCHEDULER.review_card(card, rating, now.astimezone(UTC))
    row.state, row.due_at = card.to_dict(), card.due
    row.save(update_fields=["state", "due_at"])
