"""Weak articles: what the questions answered wrong in practice rest on; of a person, and of a unit without naming anybody."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Case, Count, F, IntegerField, Q, Sum, Value, When
from django.utils import timezone

from exams.content import WHOLE, WRITTEN
from exams.models import ItemKind, PracticeAnswer
from laws.models import Article, LawVersion
from laws.numerals import article_label
from training.models import Person, Posting, Unit

SHOWN = 10
LEAST_PEOPLE = 3  # an article shows for a unit when so many of its people got it wrong
# what a person judges counts as right from three fifths; all else must be wholly right
JUDGED = (*WRITTEN, ItemKind.CASE_ANALYSIS)
JUDGED_RIGHT = WHOLE * 3 // 5
# how much an answer weighs: within so many days, so much; older ones are forgotten
WEIGHTS = ((30, 4), (90, 2), (365, 1))


@dataclass(frozen=True, slots=True)
class WeakArticle:
    """`lost` of `met` are weights of answers; `wrong` of `answered` are answers."""

    law_id: int
    law_code: str
    law_name: str
    ref: str
    lost: int
    met: int
    wrong: int
    answered: int

    @property
    def label(self) -> str:
        return label_of(self.ref)

    @property
    def share_in_tens(self) -> int:
        """The share answered wrong, to the nearest ten percent: near enough to plan by, too coarse to count people by."""
        return (20 * self.lost + self.met) // (2 * self.met) * 10


def label_of(ref: str) -> str:
    number, _dash, branch = ref.partition("-")
    return article_label(int(number), int(branch or 0)) if number.isdigit() else ref


def right_from(kind: str) -> int:
    """The least fraction that counts as right."""
    return JUDGED_RIGHT if kind in JUDGED else WHOLE


def right() -> Q:
    return Q(fraction__gte=WHOLE) | Q(version__kind__in=JUDGED, fraction__gte=JUDGED_RIGHT)


def wrong() -> Q:
    return Q(version__kind__in=JUDGED, fraction__lt=JUDGED_RIGHT) | ~Q(version__kind__in=JUDGED) & Q(fraction__lt=WHOLE)


def of_person(person: Person, *, now: datetime, limit: int = SHOWN) -> list[WeakArticle]:
    """The person's weakest articles, the weakest first. One query."""
    return _weakest(PracticeAnswer.objects.filter(person=person), least_people=1, now=now, limit=limit)


def of_unit(unit: Unit, *, now: datetime, limit: int = SHOWN) -> list[WeakArticle]:
    """What the people of a unit and below it get wrong most: the agenda of their next study. One query.

    An article shows only when three of them got it wrong, so that nobody's answers can be told from it.
    """
    serving = Posting.objects.deciding_on(timezone.localdate(now)).filter(unit__path__startswith=unit.path, ended_on=None)
    answers = PracticeAnswer.objects.filter(person__in=serving.values("person"))
    return _weakest(answers, least_people=LEAST_PEOPLE, now=now, limit=limit)


def _weakest(answers, *, least_people: int, now: datetime, limit: int) -> list[WeakArticle]:
    """Weight lost, squared over weight met: an article that is often wrong outranks one that was once wrong and often right."""
    forgotten = now - timedelta(days=WEIGHTS[-1][0])
    weight = Case(
        *(When(answered_at__gte=now - timedelta(days=days), then=Value(worth)) for days, worth in WEIGHTS),
        default=Value(0),
        output_field=IntegerField(),
    )
    rows = (
        answers.filter(answered_at__gte=forgotten, fraction__isnull=False)
        .exclude(version__citations=None)
        .values(
            law_id=F("version__citations__law"),
            law_code=F("version__citations__law__code"),
            short_title=F("version__citations__law__short_title"),
            title=F("version__citations__law__title"),
            ref=F("version__citations__ref"),
        )
        .annotate(
            met=Sum(weight),
            lost=Sum(weight, filter=wrong()),
            answered=Count("pk"),
            wrong=Count("pk", filter=wrong()),
            people=Count("person", filter=wrong(), distinct=True),
        )
        .filter(people__gte=least_people)
        .exclude(ref="")
        .annotate(weakness=F("lost") * F("lost") * 100 / F("met"))
        .order_by("-weakness", "-lost", "law_code", "ref")[:limit]
    )
    return [
        WeakArticle(
            law_id=row["law_id"],
            law_code=row["law_code"],
            law_name=row["short_title"] or row["title"],
            ref=row["ref"],
            lost=row["lost"],
            met=row["met"],
            wrong=row["wrong"],
            answered=row["answered"],
        )
        for row in rows
    ]


def with_words(found: list[WeakArticle], *, now: datetime) -> list[tuple[WeakArticle, Article | None]]:
    """Each with its article as it is in force: the official text, or its gist. One query."""
    in_force = LawVersion.objects.in_force_on(timezone.localdate(now)).filter(document__in={one.law_id for one in found})
    articles = Article.objects.filter(version__in=in_force, ref__in={one.ref for one in found}).select_related("version")
    by_place = {(article.version.document_id, article.ref): article for article in articles}
    return [(one, by_place.get((one.law_id, one.ref))) for one in found]
