"""Rehearse a campaign before any customer sees it: the same code on a virtual clock, with simulated players."""

import random
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from interplay.acts import api as acts
from interplay.acts.contracts import DoAll, Receipt, Refused
from interplay.bootstrap.reach import Reach
from interplay.bootstrap.serving import calm_collector
from interplay.engine.documents import api as documents
from interplay.engine.documents.contracts import Document
from interplay.engine.log.reactions import catch_up
from interplay.engine.log.read import LogReader
from interplay.engine.oltp.contracts import Priority
from interplay.interact.campaigns import api as campaigns
from interplay.interact.campaigns.contracts import CAMPAIGN, Play, Played, Snapshot
from interplay.interact.codes.contracts import Batch
from interplay.interact.mechanics.contracts import Turn
from interplay.kernel.errors import AppError
from interplay.kernel.ids import Micros, SubjectId
from interplay.kernel.settings import Brand
from interplay.kernel.time import DAY, day_of
from interplay.rehearse.campaigns import odds
from interplay.rehearse.campaigns.contracts import (
    PLAYS_MAX,
    RUNS_MAX,
    Day,
    OutcomeSeen,
    PartSeen,
    Preview,
    PreviewAsk,
    PrizeSeen,
)
from interplay.rehearse.campaigns.moments import midnights, moments_of, together
from interplay.rehearse.campaigns.moves import Moves, can_play
from interplay.rehearse.campaigns.scratch import Scratch, scratch
from interplay.rehearse.stage.api import MEMORY

ALONE_PLAYS_MAX = 20_000
"""From so many plays on it is worth starting a process for each processor."""
DAYS_SHOWN_MAX = 62
CHANNEL = "web"
BY = "rehearsal"

Report = Callable[[float], None]
"""Told how far it has come, from 0 to 1."""


@dataclass(slots=True)
class _Run:
    """What one run of the whole period came to."""

    plays: Counter[str] = field(default_factory=Counter)  # by part
    picked: dict[str, Counter[str]] = field(default_factory=dict)
    expected: dict[str, Counter[str]] = field(default_factory=dict)
    given: dict[str, Counter[str]] = field(default_factory=dict)
    prizes: Counter[str] = field(default_factory=Counter)
    last: dict[str, Micros] = field(default_factory=dict)  # prize → when the last one was given
    days: Counter[str] = field(default_factory=Counter)
    given_on: Counter[tuple[str, str]] = field(default_factory=Counter)  # (day, prize)
    refused: Counter[str] = field(default_factory=Counter)
    cost: int = 0


@dataclass(frozen=True, slots=True)
class Prepared:
    """All that a rehearsal needs of the data directory; another process can be given it."""

    brand: Brand
    ask: PreviewAsk
    document: Document
    snapshot: Snapshot
    standing: Sequence[Document]
    batches: Sequence[Batch]
    within: Path | None = MEMORY  # where its data directories are made


def preview(reach: Reach, ask: PreviewAsk, report: Report = lambda _: None) -> Preview:
    """Run the newest version of a campaign several times. Nothing is done in the data directory itself.

    Raises AppError `campaigns.unknown` (404), `rehearse.bounds`.
    """
    return run(prepare(reach, ask), report)


def prepare(reach: Reach, ask: PreviewAsk) -> Prepared:
    """Look at what there is to rehearse. Raises AppError as `preview`."""
    _check(ask)
    home = reach.home
    document = documents.find(home.database, CAMPAIGN, ask.campaign)
    if document is None:
        raise AppError("campaigns.unknown", status=404, given=ask.campaign)
    snapshot = campaigns.snapshot_of(home.campaigns, document)
    everything = documents.current(home.database)
    standing = [_unguarded(one) for one in everything if one.kind != CAMPAIGN or one.name == ask.campaign]
    return Prepared(home.settings.brand, ask, document, snapshot, standing, home.codes.known())


def run(prepared: Prepared, report: Report = lambda _: None) -> Preview:
    """Rehearse what was prepared."""
    ask, began = prepared.ask, time.perf_counter()
    one_run = partial(
        _run, prepared.brand, ask, prepared.standing, prepared.snapshot, prepared.batches, prepared.within
    )
    runs = []
    for one in _each(one_run, range(ask.seed, ask.seed + ask.runs), is_long=ask.plays * ask.runs > ALONE_PLAYS_MAX):
        runs.append(one)
        report(len(runs) / ask.runs)
    found = _told(ask, prepared.snapshot, prepared.document, runs)
    return msgspec.structs.replace(found, seconds=time.perf_counter() - began)


def _each(one_run: "partial[_Run]", seeds: Sequence[int], *, is_long: bool) -> Iterator[_Run]:
    """Yield the runs in their order; many plays on every processor, since no run knows of another."""
    if not is_long or len(seeds) == 1:
        yield from map(one_run, seeds)
        return
    with ProcessPoolExecutor(mp_context=get_context("spawn"), initializer=calm_collector) as pool:
        yield from pool.map(one_run, seeds)


def _check(ask: PreviewAsk) -> None:
    for word, given, most in (("plays", ask.plays, PLAYS_MAX), ("runs", ask.runs, RUNS_MAX)):
        if not 1 <= given <= most:
            raise AppError("rehearse.bounds", field=word, given=given, allowed=most)
    if not 1 <= _players(ask) <= PLAYS_MAX:
        raise AppError("rehearse.bounds", field="players", given=_players(ask), allowed=PLAYS_MAX)
    if not 0 <= ask.right_percent <= 100:
        raise AppError("rehearse.percent", given=ask.right_percent)


def _players(ask: PreviewAsk) -> int:
    return max(ask.plays // 3, 1) if ask.players is None else ask.players


def _unguarded(document: Document) -> Document:
    """Return a campaign as it is played where nobody is suspected: a rehearsal's people have no devices."""
    content = {name: value for name, value in document.content.items() if name != "guard"}
    return msgspec.structs.replace(document, content=content) if document.kind == CAMPAIGN else document


def _run(
    brand: Brand,
    ask: PreviewAsk,
    standing: Sequence[Document],
    snapshot: Snapshot,
    batches: Sequence[Batch],
    within: Path | None,
    seed: int,
) -> _Run:
    rng, run = random.Random(seed), _Run()  # noqa: S311 - it is to be repeated by its seed
    with scratch(brand, standing, snapshot.starts_at, seed, batches, within) as place:
        state = place.home.campaigns
        campaigns.start(state, place, ask.campaign, BY)
        people = place.players(_players(ask))
        groups = {one: [name for name, percent in ask.segments.items() if rng.random() * 100 < percent]
                  for one in people} if ask.segments else {}  # fmt: skip
        state.rehearse_segments(groups)
        parts = [name for name in snapshot.content.parts if can_play(snapshot, name)]
        moves = Moves(place.home.codes, snapshot, seed, ask.right_percent)
        zone = place.home.world.zone
        moments = sorted(moments_of(ask, snapshot, rng, zone))
        number = 0
        decide = _on_time(place)
        for some in together(moments, zone) if parts else ():
            for midnight in midnights(place.at, some[0], zone):
                _decided(run, place, snapshot, midnight, decide)
            place.at = some[0]
            turns = [_turn(ask, rng, people, parts, number + place_in, moves) for place_in in range(len(some))]
            number += len(some)
            for turn, answer in _answers(place, turns):
                _count(run, turn, answer, some[0], _label(snapshot, some[0], zone))
        for midnight in midnights(place.at, Micros(snapshot.ends_at - 1), zone):
            _decided(run, place, snapshot, midnight, decide)
        _decided(run, place, snapshot, snapshot.ends_at, lambda: campaigns.settle(state, place, ask.campaign, BY))
        _count_draws(run, place, parts, ask.campaign)
    return run


def _label(snapshot: Snapshot, at: Micros, zone: ZoneInfo) -> str:
    """Return the day of an instant, or its month where the period is long."""
    day = day_of(at, zone).isoformat()
    return day if snapshot.ends_at - snapshot.starts_at <= DAYS_SHOWN_MAX * DAY else day[: len("2026-01")]


@dataclass(slots=True)
class _Turn:
    """Somebody's turn, and the play that its next move is."""

    moves: Turn
    play: Play
    made: int = 0  # moves

    def go_on(self, said: Mapping[str, Any]) -> bool:
        """Make the next move by what the last one came to; return whether there is one."""
        try:
            move = self.moves.send(said)
        except StopIteration:
            return False
        self.made += 1
        self.play = msgspec.structs.replace(self.play, key=f"{self.play.key}.{self.made}", move=move)
        return True


def _turn(
    ask: PreviewAsk, rng: random.Random, people: list[SubjectId], parts: list[str], number: int, moves: Moves
) -> _Turn:
    part = rng.choice(parts)
    turn = moves.next(part)
    return _Turn(turn, Play(
        key=str(number), campaign=ask.campaign, part=part, subject=rng.choice(people), channel=CHANNEL,
        move=next(turn), by=BY,
    ))  # fmt: skip


def _answers(place: Scratch, turns: list[_Turn]) -> Iterator[tuple[_Turn, Played | Refused]]:
    """Have turns played together, move by move. Whoever has two of a part ends one before she begins the next."""
    while turns:
        first = {(turn.play.subject, turn.play.part): turn for turn in reversed(turns)}
        now = [turn for turn in turns if turn is first[turn.play.subject, turn.play.part]]
        later = [turn for turn in turns if turn is not first[turn.play.subject, turn.play.part]]
        going = []
        for turn, answer in zip(now, _at_once(place, [turn.play for turn in now]), strict=True):
            yield turn, answer
            if isinstance(answer, Played) and turn.go_on(answer.says):
                going.append(turn)
        turns = going + later


def _at_once(place: Scratch, asks: Sequence[Play]) -> Iterator[Played | Refused]:
    """Have plays done together; what has to be looked at again, since its player played twice, is done after them."""
    state = place.home.campaigns
    planned = tuple(acts.through_all(state.acts, place, [campaigns.planning(state, one) for one in asks]))
    answers: list[Receipt | Refused] = place.submit(state.acts.in_bulk, DoAll(planned), Priority.BULK).result()
    for one, answer in zip(asks, answers, strict=True):
        if isinstance(answer, Refused) and answer.code in campaigns.AGAIN:
            yield campaigns.play(state, place, one)
        else:
            yield answer if isinstance(answer, Refused) else campaigns.played(state, answer)


def _count(run: _Run, turn: _Turn, answer: Played | Refused, at: Micros, day: str) -> None:
    if isinstance(answer, Refused):
        run.refused[answer.code] += 1
        return
    if not turn.made:
        run.plays[answer.part] += 1
        run.days[day] += 1
    for won in answer.won:
        _count_prize(run, won.prize, 1, at, day)


def _count_prize(run: _Run, prize: str, count: int, at: Micros, day: str) -> None:
    run.prizes[prize] += count
    run.given_on[day, prize] += count
    run.last[prize] = at


def _on_time(place: Scratch) -> Callable[[], object]:
    """Return what decides whatever is due by now while the campaign goes on: the ranks of a week that is over."""
    periods = campaigns.periods(place.home.campaigns)

    def decide() -> None:
        with closing(LogReader(place.home.database)) as reader:
            catch_up(periods, reader, place.home.database, place, reader.last_position())

    return decide


def _decided(run: _Run, place: Scratch, snapshot: Snapshot, at: Micros, decide: Callable[[], object]) -> None:
    """Decide something at an instant, and count the prizes that it gives with the day that has just ended."""
    state, ended = place.home.campaigns, Micros(at - 1)
    before = {one.prize: one.given for one in campaigns.prizes_of(state, snapshot.name)}
    place.at = at
    decide()
    for one in campaigns.prizes_of(state, snapshot.name):
        if one.given > before[one.prize]:
            day = _label(snapshot, ended, place.home.world.zone)
            _count_prize(run, one.prize, one.given - before[one.prize], ended, day)


def _count_draws(run: _Run, place: Scratch, parts: Sequence[str], campaign: str) -> None:
    """Count what chance picked beside what the weights of each play let expect; and what the prizes have cost."""
    database = place.home.database
    for part in parts:
        picked, expected, given = Counter[str](), Counter[str](), Counter[str]()
        for play in acts.plays(database, f"{campaign}/{part}"):
            total = sum(play.weights)
            picked[play.picked] += 1
            given[play.given] += 1
            for name, weight in zip(play.names, play.weights, strict=True):
                expected[name] += weight / total  # type: ignore[assignment]
        run.picked[part], run.expected[part], run.given[part] = picked, expected, given
    run.cost = campaigns.cost(place.home.campaigns, campaign)


def _told(ask: PreviewAsk, snapshot: Snapshot, document: Document, runs: Sequence[_Run]) -> Preview:
    refused = sum((run.refused for run in runs), Counter[str]())
    return Preview(
        ask.campaign, document.version, ask.plays, ask.runs, _players(ask), ask.seed,
        tuple(_part(snapshot, name, runs) for name in snapshot.content.parts),
        tuple(_prize(snapshot, name, runs) for name in snapshot.content.prizes),
        odds.spread([run.cost for run in runs]), worst(snapshot), dict(refused.most_common()),
        tuple(_days(snapshot, runs)), snapshot.content.guard is not None,
    )  # fmt: skip


def _part(snapshot: Snapshot, name: str, runs: Sequence[_Run]) -> PartSeen:
    mechanic = campaigns.mechanic_of(snapshot, name)
    plays = sum(run.plays[name] for run in runs)
    picked = sum((run.picked.get(name, Counter[str]()) for run in runs), Counter[str]())
    given = sum((run.given.get(name, Counter[str]()) for run in runs), Counter[str]())
    expected = {
        outcome: sum(run.expected[name][outcome] for run in runs if name in run.expected)
        for outcome in dict.fromkeys(outcome for run in runs for outcome in run.expected.get(name, ()))
    }
    drawn = sum(picked.values())
    outcomes = tuple(
        OutcomeSeen(one, wanted, picked[one], given[one], odds.wilson(picked[one], drawn))
        for one, wanted in expected.items()
    )
    value = odds.p_value([picked[one] for one in expected], list(expected.values())) if expected else None
    return PartSeen(name, mechanic, plays, outcomes, value, can_play(snapshot, name))


def _prize(snapshot: Snapshot, name: str, runs: Sequence[_Run]) -> PrizeSeen:
    stock = snapshot.content.prizes[name].stock
    gone = [run for run in runs if stock is not None and run.prizes[name] >= stock]
    days = [(run.last[name] - snapshot.starts_at) / DAY for run in gone]
    return PrizeSeen(
        name, odds.spread([run.prizes[name] for run in runs]), stock, len(gone), odds.spread(days) if days else None
    )


def _days(snapshot: Snapshot, runs: Sequence[_Run]) -> Iterator[Day]:
    count = len(runs)
    left = {name: float(one.stock) for name, one in snapshot.content.prizes.items() if one.stock is not None}
    given_on = {day for run in runs for day, _ in run.given_on}
    for day in sorted(given_on.union(*(run.days for run in runs))):
        given = {
            name: sum(run.given_on[day, name] for run in runs) / count
            for name in snapshot.content.prizes
            if any(run.given_on[day, name] for run in runs)
        }
        left = {name: one - given.get(name, 0.0) for name, one in left.items()}
        yield Day(day, sum(run.days[day] for run in runs) / count, given, dict(left))


def worst(snapshot: Snapshot) -> int | None:
    """Return what the prizes of a campaign can cost at most: its budget, or all of its stock."""
    content = snapshot.content
    if content.budget is not None:
        return content.budget
    priced = [one for one in content.prizes.values() if one.cost or one.points is not None]
    if any(one.stock is None or one.points is not None for one in priced):
        return None
    return sum(one.cost * (one.stock or 0) for one in priced)
