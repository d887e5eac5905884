"""What of ours gives the marks that a source gives: kind, body and policy, tried on the answers that tell them apart.

Every candidate is scored by `exams.scoring` and compared with the source's own processing. Where none agrees, the usual scoring
is taken and said; where the source lets several different answers be whole and we could hold but one, the question is refused.
"""

import itertools
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from fractions import Fraction

from django.utils.translation import gettext_lazy as _

from exams.content import LETTERS, WHOLE, WRITTEN
from exams.models import ItemKind, Policy
from exams.scoring import normal, share_of

from ..texts import as_html
from .bodies import Page, plain
from .errors import Unsupported
from .values import decimal_text

ALL_SUBSETS_UP_TO = 8  # options of a multiple choice of which every subset is tried
NEAR = Fraction(1, 10**6)
TRUE_WORDS = frozenset("true t right correct richtig wahr vrai 正确 对 √ ✓".split())
FALSE_WORDS = frozenset("false f wrong incorrect falsch faux 错误 错 × ✗".split())

MEANS = (Policy.PROPORTIONAL, Policy.HALF, Policy.PER_OPTION, Policy.FRACTIONS)  # of blanks and pairs: the mean of their shares
ALL_OR_NOTHING = (Policy.EXACT, Policy.PROPORTIONAL, Policy.HALF, Policy.PER_OPTION)  # of one right option
ONE_SHARE = (ItemKind.TRUE_FALSE, ItemKind.NUMERIC, ItemKind.SHORT_ANSWER, ItemKind.ESSAY)  # no policy changes their marks

Score = Callable[[list[str]], Fraction]


@dataclass(slots=True)
class Option:
    id: str
    html: str
    feedback: str = ""


@dataclass(slots=True)
class Asked:
    """One thing asked: `form` is choice, blank, number, pairs or essay."""

    identifier: str  # of its response
    form: str
    name: str = ""  # of its construct in the source, for what is said of it
    stem: str = ""  # what is asked here, beside the common stem
    options: list[Option] = field(default_factory=list)  # of a choice; the left side of pairs
    right: list[Option] = field(default_factory=list)
    is_multiple: bool = False
    is_inline: bool = False  # stands inside a sentence
    is_reversed: bool = False  # of pairs: the source names the right side first
    key: list[str] = field(default_factory=list)  # the right answer as the source states it
    texts: list[str] = field(default_factory=list)  # answers worth trying in a blank
    sets: list[list[str]] = field(default_factory=list)  # sets of options that the source's scoring names
    weights: dict[str, Fraction] = field(default_factory=dict)  # option -> what the source gives for it
    weight_of_others: Fraction = Fraction(0)
    ranges: list[tuple[Fraction, Fraction]] = field(default_factory=list)  # value and tolerance worth trying
    rubric: list[dict] = field(default_factory=list)
    is_short: bool = False
    most: Fraction | None = None  # what the source says can be earned
    kind: str = ""  # what our own export says beside it; believed where the scoring agrees
    policy: str = ""


@dataclass(slots=True)
class Settled:
    kind: str
    body: dict
    policy: str
    best: Fraction | None  # the most it earns; None where a person marks
    whole: tuple[str, ...] = ()  # an answer that earns it, in the source's words


def settle(asked: Asked, score: Score, page: Page) -> Settled:
    settled = _FORMS[asked.form](asked, score, page)
    settled.policy = said(asked.policy, settled)
    return settled


def said(policy: str, settled: Settled) -> str:
    """The policy our own export names, where it comes to the same as the one found."""
    same: tuple = ()
    if settled.kind in ONE_SHARE or len(settled.body.get("blanks", ())) == 1:
        same = tuple(Policy)
    elif settled.kind in (ItemKind.FILL_BLANK, ItemKind.MATCHING):
        same = MEANS
    elif settled.kind == ItemKind.SINGLE_CHOICE:
        same = ALL_OR_NOTHING
    return policy if policy in same and settled.policy in same else settled.policy


def _simplified(page: Page):
    page.warn("scoring_simplified", _("Partial marks of the source have no equal here; the usual ones apply"))


def _fraction(share: Fraction) -> int:
    return round(share * WHOLE)


def _scores(answers: Iterable[tuple], score: Score) -> dict[tuple, Fraction]:
    """What each answer earns beyond an empty one."""
    nothing = score([])
    return {answer: score(list(answer)) - nothing for answer in answers}


def _best(scores: dict[tuple, Fraction], most: Fraction | None = None) -> Fraction:
    """The most an answer earns; what the source states instead when three thirds come near it."""
    best = max(scores.values(), default=Fraction(0))
    if best <= 0:
        raise Unsupported("correctResponse", _("No answer is stated that earns a mark"))
    return most if most and abs(best - most) <= most * NEAR else best


def _agrees(kind: str, body: dict, policy: str, wanted: list[tuple[object, Fraction]], marks: int = 100) -> bool:
    """Whether our scoring gives the wanted shares; a share below nothing counts as nothing."""
    return all(
        abs(
            max(share_of(kind=kind, body=body, response=answer, policy=policy, marks=marks), Fraction(0))
            - max(share, Fraction(0))
        )
        <= Fraction(2, WHOLE) * (len(body.get("options", ())) or 1)
        for answer, share in wanted
    )


# choices


def _choice(asked: Asked, score: Score, page: Page) -> Settled:
    if len(asked.options) > len(LETTERS):
        raise Unsupported(f"{asked.name}: {len(asked.options)} choices")
    return _several(asked, score, page) if asked.is_multiple else _single(asked, score, page)


def _letters(asked: Asked) -> dict[str, str]:
    return dict(zip([option.id for option in asked.options], LETTERS, strict=False))


def _choice_body(asked: Asked, key: Iterable[str], shares: dict[str, Fraction] | None = None) -> dict:
    letters = _letters(asked)
    options = [
        {
            "id": letters[option.id],
            "html": option.html,
            "fraction": None if shares is None else _fraction(shares[option.id]),
            "feedback": option.feedback,
        }
        for option in asked.options
    ]
    return {"options": options, "key": sorted(letters[one] for one in key)}


def _single(asked: Asked, score: Score, page: Page) -> Settled:
    scores = _scores([(option.id,) for option in asked.options], score)
    best = _best(scores, asked.most)
    shares = {answer[0]: earned / best for answer, earned in scores.items()}
    right = [one for one, share in shares.items() if share == 1]
    if asked.key and asked.key[0] not in right:
        page.warn(
            "key_differs", _("The scoring gives the most for another answer than the one the file calls right"), asked.key[0]
        )
    key = asked.key[0] if asked.key and asked.key[0] in right else right[0]
    if asked.policy == Policy.FRACTIONS or any(share and one != key for one, share in shares.items()):
        return Settled(ItemKind.SINGLE_CHOICE, _choice_body(asked, [key], shares), Policy.FRACTIONS, best, (key,))
    truth = None if asked.kind == ItemKind.SINGLE_CHOICE else _truth(asked, key)
    if truth is not None:
        return Settled(ItemKind.TRUE_FALSE, {"key": truth}, Policy.EXACT, best, (key,))
    return Settled(ItemKind.SINGLE_CHOICE, _choice_body(asked, [key]), Policy.EXACT, best, (key,))


def _truth(asked: Asked, key: str) -> bool | None:
    """What is right of two options that are plainly true and false; None for any other pair."""
    words = {option.id: plain(option.html).lower().rstrip(".。!！") for option in asked.options}
    if len(words) != 2 or any(option.feedback or "<img" in option.html for option in asked.options):
        return None
    if len(TRUE_WORDS & set(words.values())) != 1 or len(FALSE_WORDS & set(words.values())) != 1:
        return None
    return words[key] in TRUE_WORDS


def _several(asked: Asked, score: Score, page: Page) -> Settled:
    ids = [option.id for option in asked.options]
    scores = _scores(_subsets(asked, ids), score)
    best, reached = _best(scores, asked.most), max(scores.values())
    whole = {frozenset(answer) for answer, earned in scores.items() if earned == reached}
    smallest = {answer for answer in whole if not any(other < answer for other in whole)}
    stated = frozenset(asked.key)
    if len(smallest) > 1:
        raise Unsupported("responseProcessing", _("Several different answers earn the whole; one right answer is held here"))
    if stated and stated not in whole:
        page.warn(
            "key_differs",
            _("The scoring gives the most for another answer than the one the file calls right"),
            " ".join(asked.key),
        )
    key = stated if stated in whole else next(iter(smallest))
    kind = ItemKind.MULTIPLE_CHOICE if len(key) > 1 else ItemKind.INDEFINITE_CHOICE
    kind = ItemKind.INDEFINITE_CHOICE if asked.kind == ItemKind.INDEFINITE_CHOICE else kind
    letters = _letters(asked)
    wanted = [([letters[one] for one in answer], earned / best) for answer, earned in scores.items()]
    for policy, shares in sorted(_policies(asked, scores, best), key=lambda one: one[0] != asked.policy):
        body = _choice_body(asked, key, shares)
        if _agrees(kind, body, policy, wanted, round(best * 100) or 1):
            return Settled(kind, body, policy, best, tuple(key))
    _simplified(page)
    return Settled(kind, _choice_body(asked, key), Policy.EXACT, best, tuple(key))


def _policies(asked: Asked, scores, best: Fraction):
    yield from ((policy, None) for policy in (Policy.EXACT, Policy.PROPORTIONAL, Policy.HALF, Policy.PER_OPTION))
    ids = [option.id for option in asked.options]
    for unit in (best, Fraction(1)) if asked.weights else ():  # marks, or shares that are multiplied later
        yield Policy.FRACTIONS, {one: asked.weights.get(one, asked.weight_of_others) / unit for one in ids}
    yield Policy.FRACTIONS, {one: scores[(one,)] / best for one in ids}


def _subsets(asked: Asked, ids: list[str]) -> list[tuple]:
    """Answers that tell policies apart: all of them when they are few."""
    if len(ids) <= ALL_SUBSETS_UP_TO:
        return [subset for size in range(1, len(ids) + 1) for subset in itertools.combinations(ids, size)]
    found = {(one,) for one in ids} | {tuple(ids)}
    for named in [asked.key, *asked.sets]:
        chosen = [one for one in ids if one in named]
        if chosen:
            found.add(tuple(chosen))
            found.update(tuple(one for one in ids if (one in chosen) != (one == other)) for other in ids)
    return sorted(answer for answer in found if answer)


# blanks


def _blank(asked: Asked, score: Score, page: Page) -> Settled:
    texts = list(dict.fromkeys(text.strip() for text in [*asked.key, *asked.texts] if text.strip()))
    scores = _scores([(text,) for text in texts], score)
    best = _best(scores)
    shares = {answer[0]: earned / best for answer, earned in scores.items() if earned > 0}
    whole = next(answer for answer, earned in scores.items() if earned == best)
    tried = {text: score([text]) - score([]) for text in _variants(texts)}
    wanted = [([text], earned / best) for text, earned in tried.items()]
    bodies = [_blank_body(shares, is_case_sensitive) for is_case_sensitive in (False, True)]
    for body in bodies:
        if _agrees(ItemKind.FILL_BLANK, body, Policy.PROPORTIONAL, wanted):
            return Settled(ItemKind.FILL_BLANK, body, Policy.PROPORTIONAL, best, whole)
    _simplified(page)
    is_case_sensitive = all(score([text]) == score([]) for text in [one.swapcase() for one in shares if one.swapcase() != one])
    return Settled(ItemKind.FILL_BLANK, bodies[is_case_sensitive], Policy.PROPORTIONAL, best, whole)


def _blank_body(shares: dict[str, Fraction], is_case_sensitive: bool) -> dict:
    accepted, seen = [], set()
    for text, share in sorted(shares.items(), key=lambda one: -one[1]):
        if normal(text, is_case_sensitive) not in seen:
            seen.add(normal(text, is_case_sensitive))
            accepted.append({"text": text, "fraction": _fraction(share)})
    return {
        "blanks": [{"accepted": accepted, "is_case_sensitive": is_case_sensitive, "is_pattern": False}],
        "is_unordered": False,
    }


def _variants(texts: list[str]) -> list[str]:
    return list(dict.fromkeys(one for text in texts for one in (text, text.lower(), text.upper(), text + "x", "x" + text)))


# numbers


def _number(asked: Asked, score: Score, page: Page) -> Settled:
    """Values with their tolerance that earn marks at both ends of it and nothing just beyond."""
    worth = lambda amount: score([decimal_text(amount, 30)]) - score([])  # noqa: E731
    earned = {(value, tolerance): worth(value) for value, tolerance in asked.ranges}
    best = max(earned.values(), default=Fraction(0))
    if best <= 0:
        raise Unsupported("correctResponse", _("No answer is stated that earns a mark"))
    accepted: list[tuple[Fraction, Fraction, Fraction]] = []
    for (value, tolerance), amount in sorted(earned.items(), key=lambda one: (-one[1], -one[0][1])):
        inside = tolerance - min(NEAR, tolerance / 1000)  # an end may be open
        fits = amount > 0 and worth(value - inside) == worth(value + inside) == amount
        is_covered = any(abs(value - other) + tolerance <= reach and share == amount for other, reach, share in accepted)
        if fits and not is_covered:
            accepted.append((value, tolerance, amount))
    body = {
        "accepted": [
            {"value": decimal_text(value, 30), "tolerance": decimal_text(tolerance, 30), "fraction": _fraction(amount / best)}
            for value, tolerance, amount in accepted
        ],
        "unit": "",
    }
    if not accepted:
        raise Unsupported("equal", _("Its range of right numbers has no equal here"))
    tried = {
        at
        for value, tolerance, _amount in accepted
        for reach in (0, tolerance, tolerance + NEAR)
        for at in (value - reach, value + reach)
    }
    wanted = [(decimal_text(at, 30), worth(at) / best) for at in tried]
    if not _agrees(ItemKind.NUMERIC, body, Policy.EXACT, wanted):
        _simplified(page)
    return Settled(ItemKind.NUMERIC, body, Policy.EXACT, best, (decimal_text(accepted[0][0], 30),))


# pairs


def _pairs(asked: Asked, score: Score, page: Page) -> Settled:
    key = _pairing(asked)
    if len(asked.options) < 2 or len(asked.right) < 2:
        raise Unsupported(asked.name, _("At least two pairs are needed"))
    left = {option.id: str(number) for number, option in enumerate(asked.options, 1)}
    if len(asked.right) > len(LETTERS):
        raise Unsupported(f"{asked.name}: {len(asked.right)} choices")
    right = dict(zip([option.id for option in asked.right], LETTERS, strict=False))
    body = {
        "left": [{"id": left[option.id], "html": option.html} for option in asked.options],
        "right": [{"id": right[option.id], "html": option.html} for option in asked.right],
        "key": {left[one]: right[other] for one, other in key.items()},
    }
    answers = _answers(key, [option.id for option in asked.right])
    nothing = score([])
    written = (lambda one, other: f"{other} {one}") if asked.is_reversed else (lambda one, other: f"{one} {other}")
    earned = [(answer, score([written(*pair) for pair in answer.items()]) - nothing) for answer in answers]
    best, whole = earned[0][1], tuple(written(*pair) for pair in key.items())
    if best <= 0 or any(amount > best for _answer, amount in earned):
        raise Unsupported("correctResponse", _("The pairs it calls right do not earn the most"))
    wanted = [({left[one]: right[other] for one, other in answer.items()}, amount / best) for answer, amount in earned]
    for policy in (Policy.PROPORTIONAL, Policy.EXACT):
        if _agrees(ItemKind.MATCHING, body, policy, wanted):
            return Settled(ItemKind.MATCHING, body, policy, best, whole)
    _simplified(page)
    return Settled(ItemKind.MATCHING, body, Policy.PROPORTIONAL, best, whole)


def _pairing(asked: Asked) -> dict[str, str]:
    """Left to right, each left having exactly one."""
    pairs = [pair.split() for pair in asked.key] or [pair.split() for pair, weight in asked.weights.items() if weight > 0]
    if asked.is_reversed:
        pairs = [pair[::-1] for pair in pairs]
    key = dict(pair for pair in pairs if len(pair) == 2)
    if len(key) != len(pairs) or set(key) != {option.id for option in asked.options}:
        raise Unsupported(asked.name, _("Not every left side has exactly one right side"))
    if not set(key.values()) <= {option.id for option in asked.right}:
        raise Unsupported(asked.name, _("A pair names a side that is not there"))
    return key


def _answers(key: dict[str, str], right: list[str]) -> list[dict[str, str]]:
    """The right pairs, each alone, all but each, and each set wrong."""
    answers = [key]
    for one, other in key.items():
        answers += [{one: other}, {left: side for left, side in key.items() if left != one}]
        answers += [key | {one: side} for side in right if side != other][:3]
    return [answer for answer in answers if answer]


# answers a person marks


def _essay(asked: Asked, score: Score, page: Page) -> Settled:
    answer = "\n".join(asked.key)
    body = {"rubric": asked.rubric, "model_answer": answer if asked.kind else as_html(answer)}  # our own export writes markup
    kind = asked.kind if asked.kind in WRITTEN else ItemKind.SHORT_ANSWER if asked.is_short else ItemKind.ESSAY
    return Settled(kind, body, Policy.EXACT, None)


_FORMS = {"choice": _choice, "blank": _blank, "number": _number, "pairs": _pairs, "essay": _essay}
