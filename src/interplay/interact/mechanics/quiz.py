"""Quiz 答题: questions drawn from pools, a time limit, points for what is picked, prizes by score.

Two moves: one begins an attempt, the other answers all of it. An attempt is a unit that is used up by the answer, in
time or not at all. What is right stays here until there is nothing left to answer.
"""

import re
from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from interplay.acts.contracts import Issue, Refused, Use, Within
from interplay.interact.mechanics.contracts import (
    MEANWHILE,
    Around,
    At,
    Mechanic,
    Mistake,
    Plan,
    Planning,
    Sheet,
    Simulated,
    Turn,
    no,
    unknown,
)
from interplay.kernel.errors import AppError
from interplay.kernel.ids import Micros
from interplay.kernel.time import SECOND, iso
from interplay.link.quotes.contracts import Label

POOLS_MAX = 20
QUESTIONS_MAX = 1_000
ASKED_MAX = 100
OPTIONS_MAX = 20
NAME_CHARS_MAX = 63

_NAME = re.compile(r"[a-z][a-z0-9_-]{0,62}\Z")
POINTS_MAX = 1_000
SECONDS_MAX = 24 * 60 * 60
ATTEMPTS_MAX = 1_000

STARTED = "quiz.started"
COMPLETED = "quiz.completed"


class QuizOption(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What can be picked, and what it is worth; less than nothing where picking it is wrong."""

    code: str
    label: Label
    points: int = 0


class QuizQuestion(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A question with its options. `several`: as many of them as she likes; the sum is never below nothing."""

    name: str
    label: Label
    options: tuple[QuizOption, ...]
    several: bool = False

    @property
    def best(self) -> int:
        """Return the most that can be had for it."""
        worth = [one.points for one in self.options if one.points > 0]
        return sum(worth) if self.several else max(worth, default=0)

    def points(self, picked: tuple[str, ...]) -> int:
        """Return what is had for what was picked."""
        return max(0, sum(one.points for one in self.options if one.code in picked))


class Pool(Struct, frozen=True, forbid_unknown_fields=True):
    """Questions of which each attempt asks so many."""

    ask: int
    questions: tuple[QuizQuestion, ...]


class Band(Struct, frozen=True, forbid_unknown_fields=True):
    """What is given from so many percent of the points on, up to the next band."""

    from_percent: int
    prizes: tuple[str, ...]


class QuizSettings(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A part `quiz`."""

    pools: dict[str, Pool]
    seconds: int | None = None  # for all questions together
    pass_percent: int = 60
    bands: tuple[Band, ...] = ()
    attempts: int = 1  # of a customer
    reveal: bool = False  # say what was right when her last attempt is over


class QuizMove(Struct, frozen=True, forbid_unknown_fields=True):
    """Question → options picked. With null, an attempt begins, or the one that is under way is said again."""

    answers: dict[str, tuple[str, ...]] | None


class QuizMechanic(Mechanic[QuizSettings, QuizMove]):
    """Draws questions, keeps the time and counts points."""

    name = "quiz"
    settings = QuizSettings
    move = QuizMove

    def mistakes(self, settings: QuizSettings, around: Around) -> Iterator[Mistake]:
        yield from _bounds(("pools",), len(settings.pools), 1, POOLS_MAX)
        yield from _bounds(("pools",), sum(one.ask for one in settings.pools.values()), 1, ASKED_MAX)
        seen: set[str] = set()
        for name, pool in settings.pools.items():
            yield from _of_pool(name, pool, seen)
        if settings.seconds is not None:
            yield from _bounds(("seconds",), settings.seconds, 1, SECONDS_MAX)
        yield from _bounds(("pass_percent",), settings.pass_percent, 1, 100)
        yield from _bounds(("attempts",), settings.attempts, 1, ATTEMPTS_MAX)
        lowest = 0
        for number, band in enumerate(settings.bands):
            yield from _bounds(("bands", number, "from_percent"), band.from_percent, lowest, 100)
            lowest = band.from_percent + 1
            for place, prize in enumerate(band.prizes):
                if prize not in around.prizes:
                    yield ("bands", number, "prizes", place), unknown(prize, around.prizes)

    def play(self, at: At, settings: QuizSettings, move: QuizMove) -> Plan | Refused:
        begun, attempts, under_way = _looked(at)
        if move.answers is not None:
            if under_way:
                is_last = begun >= settings.attempts and len(under_way) == 1  # a merge leaves her two to answer
                return _answer(at, settings, under_way[-1], move.answers, is_last=is_last)
            return no("quiz.late" if attempts else "quiz.answered" if begun else "quiz.not_started")
        if under_way:
            plan = Planning(at)
            plan.go_on()
            plan.say(**_said(under_way[-1]))
            return plan.done()
        return (
            no("quiz.attempts", most=settings.attempts) if begun >= settings.attempts else _start(at, settings, begun)
        )

    def show(self, at: At, settings: QuizSettings) -> dict[str, Any]:
        begun, _, under_way = _looked(at)
        return {
            "asks": sum(one.ask for one in settings.pools.values()), "seconds": settings.seconds,
            "pass_percent": settings.pass_percent, "attempts": settings.attempts, "begun": begun,
            "under_way": _said(under_way[-1]) if under_way else None,
        }  # fmt: skip

    def simulate(self, settings: QuizSettings, player: Simulated) -> Turn:
        return _taken(settings, player)


def _taken(settings: QuizSettings, player: Simulated) -> Turn:
    """Begin an attempt and answer all of it."""
    said = yield {"answers": None}
    known = {one.name: one for pool in settings.pools.values() for one in pool.questions}
    yield {"answers": {one["name"]: _picked(known[one["name"]], player) for one in said["questions"]}}


def _picked(question: QuizQuestion, player: Simulated) -> list[str]:
    """Return the best answer of who knows it, else any that is worse."""
    best = max(one.points for one in question.options)
    right = [one.code for one in question.options if (one.points > 0 if question.several else one.points == best)]
    if player.pick(100) < player.right_percent:
        return right if question.several else right[:1]
    wrong = [one.code for one in question.options if one.points < best] or right
    return [wrong[player.pick(len(wrong))]]


def _looked(at: At) -> tuple[int, list[Sheet], list[Sheet]]:
    """Return how many attempts she has begun, those that are not answered, and of these those that still can be.

    The count is read first: who begins between the two is seen under way, or refused by the count when it is written.
    """
    begun = at.look.used(at.scope("attempts"), whose=at.wallet)
    attempts = at.look.sheets(_pool(at), at.wallet)
    return begun, attempts, [one for one in attempts if one.until is None or at.now < one.until]


def drawn(at: At, settings: QuizSettings, attempt: int) -> list[QuizQuestion]:
    """Return the questions of an attempt with their options in her order: always the same for the same customer."""
    found = []
    for name, pool in settings.pools.items():
        mixed = _mixed(at, f"{attempt}:{name}", pool.questions)[: pool.ask]
        found += [QuizQuestion(
            one.name, one.label, _mixed(at, f"{attempt}:{one.name}:options", one.options), one.several,
        ) for one in mixed]  # fmt: skip
    return found


def _mixed(at: At, what: str, of: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return a fair order (Fisher and Yates)."""
    rest, mixed = list(of), []
    while rest:
        mixed.append(rest.pop(at.roll(f"{what}:{len(rest)}", len(rest))))
    return tuple(mixed)


def _start(at: At, settings: QuizSettings, begun: int) -> Plan:
    until = None if settings.seconds is None else Micros(at.now + settings.seconds * SECOND)
    questions = drawn(at, settings, begun + 1)
    plan = Planning(at)
    plan.do(at.mine("attempts", begun + 1, refusal=MEANWHILE))
    plan.do(Issue(_pool(at), at.subject, valid_until=until))
    plan.tell(STARTED, {"quiz_id": at.name, "attempt_no": begun + 1})
    plan.say(attempt=begun + 1, until=until and iso(until), questions=[_shown(one) for one in questions])
    return plan.done()


def _answer(
    at: At, settings: QuizSettings, sheet: Sheet, answers: dict[str, tuple[str, ...]], *, is_last: bool
) -> Plan | Refused:
    known = {one.name: one for pool in settings.pools.values() for one in pool.questions}
    asked = [known[one["name"]] for one in sheet.says["questions"] if one["name"] in known]
    if (wrong := _wrong(sheet.says["questions"], answers)) is not None:
        return wrong
    points = {one.name: one.points(answers.get(one.name, ())) for one in asked}
    score, most = sum(points.values()), sum(one.best for one in asked)
    is_passed = most > 0 and score * 100 >= settings.pass_percent * most  # a newer version may have dropped them all
    plan = Planning(at)
    plan.go_on()
    plan.do(Within(closes_at=sheet.until, late="quiz.late"), Use(sheet.unit, at.subject))
    reached = (one for one in reversed(settings.bands) if most and score * 100 >= one.from_percent * most)
    band = next(reached, None)
    for prize in () if band is None else band.prizes:
        plan.offer(prize)
    attempt = sheet.says["attempt"]
    plan.tell(COMPLETED, {
        "quiz_id": at.name, "attempt_no": attempt, "score": score, "score_max": most, "is_passed": is_passed,
        "duration_seconds": at.now - sheet.at,
    })  # fmt: skip
    plan.say(attempt=attempt, score=score, score_max=most, is_passed=is_passed)
    if settings.reveal and is_last:
        plan.say(points=points, right={one.name: [o.code for o in one.options if o.points > 0] for one in asked})
    return plan.done()


def _wrong(asked: list[dict[str, Any]], answers: dict[str, tuple[str, ...]]) -> Refused | None:
    """Return why answers cannot be: a question that was not asked, an option that there is not, too many of them.

    What counts is what was shown, also where a newer version of the campaign asks something else.
    """
    by_name = {one["name"]: one for one in asked}
    for name, picked in answers.items():
        if (question := by_name.get(name)) is None:
            return no("quiz.not_asked", question=name[:NAME_CHARS_MAX])
        is_known = {one["code"] for one in question["options"]} >= set(picked)
        if not is_known or len(set(picked)) < len(picked) or (len(picked) > 1 and not question["several"]):
            return no("quiz.option", question=name)
    return None


def _said(sheet: Sheet) -> dict[str, Any]:
    return {word: sheet.says[word] for word in ("attempt", "until", "questions")}


def _shown(question: QuizQuestion) -> dict[str, Any]:
    """Return a question without what it is worth."""
    return {
        "name": question.name, "label": _words(question.label), "several": question.several,
        "options": [{"code": one.code, "label": _words(one.label)} for one in question.options],
    }  # fmt: skip


def _words(label: Label) -> dict[str, str]:
    return {"zh": label.zh, "en": label.en}


def _pool(at: At) -> str:
    return f"attempt:{at.name}"


def _of_pool(name: str, pool: Pool, seen: set[str]) -> Iterator[Mistake]:
    here = ("pools", name)
    yield from _bounds((*here, "questions"), len(pool.questions), 1, QUESTIONS_MAX)
    yield from _bounds((*here, "ask"), pool.ask, 1, max(1, len(pool.questions)))
    for number, question in enumerate(pool.questions):
        place = (*here, "questions", number)
        codes = [one.code for one in question.options]
        yield from _bounds((*place, "options"), len(codes), 2, OPTIONS_MAX)
        for word, given in (("name", [question.name, *seen]), ("options", codes)):
            if len(set(given)) < len(given):
                yield (
                    (*place, word),
                    AppError("surveys.twice", given=question.name if word == "name" else ", ".join(codes)),
                )
        seen.add(question.name)
        if not _NAME.match(question.name):
            yield (*place, "name"), AppError("surveys.name", given=question.name)
        if not question.best:
            yield (*place, "options"), AppError("surveys.worthless", question=question.name)
        for option in question.options:
            yield from _bounds((*place, "options"), option.points, -POINTS_MAX, POINTS_MAX)


def _bounds(place: tuple[str | int, ...], given: int, least: int, most: int) -> Iterator[Mistake]:
    if not least <= given <= most:
        yield place, AppError("mechanics.bounds", given=given, least=least, most=most)
