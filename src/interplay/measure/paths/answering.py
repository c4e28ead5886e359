"""Paths' answer: facts in order from memory, cut into stretches, counted by depth."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from interplay.collect.facts.contracts import Declared
from interplay.engine.olap.trails import Ints
from interplay.kernel.errors import AppError
from interplay.kernel.i18n import say
from interplay.kernel.ids import Micros
from interplay.kernel.settings import Brand
from interplay.kernel.time import MINUTE, SECOND, from_micros
from interplay.measure.funnels.api import written
from interplay.measure.funnels.contracts import FunnelStep
from interplay.measure.paths import walking
from interplay.measure.paths.contracts import (
    DEPTH_MAX,
    PATHS_SHOWN,
    PERIOD,
    SHOWN_MAX,
    STEPS_MAX,
    AskPaths,
    Link,
    Node,
    Paths,
    WholePath,
)
from interplay.measure.paths.walking import OTHERS, Walks
from interplay.measure.reading.api import Facts, among, check_field, fits
from interplay.measure.reading.contracts import Words
from interplay.measure.visits.contracts import BROWSED, KEYS
from interplay.understand.profiles.contracts import Reading
from interplay.understand.segments.api import vocabulary

BASIC = {"source"}
"""What every fact has beside its own fields: who sent it."""
ONLINE = tuple(FunnelStep((name,)) for name in sorted(BROWSED | KEYS))


class Asked(NamedTuple):
    """A question with what it left open."""

    ask: AskPaths
    steps: tuple[FunnelStep, ...]
    brand: Brand
    since: Micros
    until: Micros
    now: Micros


def answer(reading: Reading, ask: AskPaths) -> Paths:
    """Return what follows what. Raises AppError where it cannot be asked."""
    now = reading.world.now() if ask.at is None else ask.at
    brand, current = reading.world.brand, reading.declarations.current()
    steps = (*(one for one in (ask.start, ask.end) if one is not None), *(ask.steps or ONLINE))
    check(ask, steps, Words("paths", set(vocabulary(reading, current).fact_names()), current.declared, brand))
    until = now if ask.until is None else ask.until
    since = Micros(max(until - PERIOD, 0)) if ask.since is None else ask.since
    if since >= until:
        raise AppError("paths.period")
    with reading.warehouse.session() as session:
        hers = among(reading, session, ask.customers, now) if ask.customers else None
        spine = reading.warehouse.spine.of(session, {name for step in steps for name in step.facts})
        facts = Facts(session, spine, current.declared, brand, now, hers)
        return walk(facts, Asked(ask, steps, brand, since, until, now))


def check(ask: AskPaths, steps: tuple[FunnelStep, ...], words: Words) -> None:
    """Refuse what no fact has, and what is too much to be shown. Raises AppError."""
    if ask.start is not None and ask.end is not None:
        raise AppError("paths.ends")
    if not (2 <= ask.depth <= DEPTH_MAX and 1 <= ask.shown <= SHOWN_MAX and ask.pause > 0):
        raise AppError("paths.size", depth=DEPTH_MAX, shown=SHOWN_MAX)
    if len(ask.steps) > STEPS_MAX:
        raise AppError("paths.steps", given=len(ask.steps), most=STEPS_MAX)
    for number, step in enumerate(steps, 1):
        fits(words, str(number), step.facts, step.where)
    if ask.by and not any(_has(one, ask.by, words.declared) for one in steps):
        check_field(words, "--by", ask.by, steps[-1].facts, may_be_basic=True)


def walk(facts: Facts, asked: Asked) -> Paths:
    """Return the answer of a moment, on whatever engine the facts are."""
    ask = asked.ask
    names: dict[str, int] = {}
    owner, at, step = _steps(facts, asked, names)
    walks = walking.stretches(owner, at, step, ask.pause, keeps_repeats=ask.keeps_repeats)
    if (edge := ask.start or ask.end) is not None:
        label = written(edge)
        is_one = np.isin(walks.step, [code for one, code in names.items() if f"{one}: ".startswith(f"{label}: ")])
        walks = walking.from_first(walks, is_one) if ask.start is not None else walking.up_to_first(walks, is_one)
    walks = _of_period(walks, asked)
    some = walking.shown(walks, ask.depth, ask.shown)
    words = list(names)
    local = {
        word: from_micros(one).astimezone(asked.brand.zone()).isoformat(timespec="minutes")
        for word, one in (("since", asked.since), ("until", asked.until), ("at", asked.now))
    }
    return Paths(
        local["since"], local["until"], walks.total, len(np.unique(walks.owner)), tuple(_nodes(some, words, ask.depth)),
        tuple(_links(some, words)), tuple(_alike(some, words, ask.depth)), _definition(ask, local),
    )  # fmt: skip


def _has(step: FunnelStep, field: str, declared: Declared) -> bool:
    """Return whether facts of a step may have a field: of the others each is one step, whatever it is."""
    kinds = (declared.facts.get(name) for name in step.facts)
    return field in BASIC or any(kind is not None and field in kind.fields for kind in kinds)


def _steps(facts: Facts, asked: Asked, names: dict[str, int]) -> tuple[Ints, Ints, Ints]:
    """Return (owner, at, step) of the facts of steps in order; one that fits several is the first of them."""
    parts = []
    for step in asked.steps:
        rows = facts.rows(step.facts, step.where)
        rows = rows.kept(rows.owner >= 0)
        label = written(step)
        if asked.ask.by and _has(step, asked.ask.by, facts.declared):
            known: dict[str, int] = {}
            codes = facts.codes(step.facts, rows, asked.ask.by, known)
            ours = [names.setdefault(f"{label}: {value}", len(names)) for value in known]
            none = names.setdefault(f"{label}: —", len(names)) if (codes < 0).any() else 0
            code = np.where(codes < 0, none, np.array([*ours, 0], dtype=np.int64)[codes])
        else:
            code = np.full(len(rows.row), names.setdefault(label, len(names)), dtype=np.int64)
        parts.append((rows.row, rows.owner, rows.at, code))
    joined = [np.concatenate(columns) for columns in zip(*parts, strict=True)]
    _, order = np.unique(joined[0], return_index=True)
    owner, at, step_of = (column[order] for column in joined[1:])
    return owner, at, step_of


def _of_period(walks: Walks, asked: Asked) -> Walks:
    first = np.full(walks.total, np.iinfo(np.int64).max)
    np.minimum.at(first, walks.stretch, walks.at)
    inside = ((first >= asked.since) & (first < asked.until))[walks.stretch]
    return walking.numbered(walks.stretch[inside], walks.step[inside], walks.at[inside], walks.owner[inside])


def _nodes(some: Walks, words: list[str], depth: int) -> Iterator[Node]:
    is_last = some.depth == some.sizes[some.stretch] - 1
    for level in range(depth):
        here = some.depth == level
        codes, counts = np.unique(some.step[here], return_counts=True)
        for code, count in sorted(zip(codes.tolist(), counts.tolist(), strict=True), key=lambda one: (-one[1], one[0])):
            mine = here & (some.step == code)
            ended = int(np.count_nonzero(mine & is_last))
            longer = count - ended if level == depth - 1 else 0
            customers = len(np.unique(some.owner[mine]))
            yield Node(level, _word(code, words), count, customers, ended, longer)


def _links(some: Walks, words: list[str]) -> Iterator[Link]:
    place = np.flatnonzero(some.stretch[1:] == some.stretch[:-1])
    if not len(place):
        return
    width = len(words) + 2
    key = (some.depth[place] * width + some.step[place] + 1) * width + some.step[place + 1] + 1
    spans = np.abs(some.at[place + 1] - some.at[place]) / SECOND
    order = np.argsort(key, kind="stable")
    codes, starts, counts = np.unique(key[order], return_index=True, return_counts=True)
    medians = [float(np.median(one)) for one in np.split(spans[order], starts[1:])]
    for code, count, median in zip(codes.tolist(), counts.tolist(), medians, strict=True):
        rest, then = divmod(code, width)
        level, step = divmod(rest, width)
        yield Link(level, _word(step - 1, words), _word(then - 1, words), count, median)


def _alike(some: Walks, words: list[str], depth: int) -> Iterator[WholePath]:
    table, counts = walking.alike(some, depth)
    for place in np.argsort(-counts, kind="stable")[:PATHS_SHOWN]:
        steps = tuple(_word(int(one), words) for one in table[place] if one != walking.NOTHING)
        yield WholePath(steps, int(counts[place]))


def _word(code: int, words: list[str]) -> str | None:
    return None if code == OTHERS else words[code]


def _definition(ask: AskPaths, local: dict[str, str]) -> str:
    lang = ask.lang
    sentences = [say("paths.definition", lang, minutes=round(ask.pause / MINUTE, 1), **local)]
    sentences.append(say(f"paths.repeats.{'kept' if ask.keeps_repeats else 'one'}", lang))
    for key, step in (("start", ask.start), ("end", ask.end)):
        if step is not None:
            sentences.append(say(f"paths.{key}", lang, value=written(step)))
    for key, value in (("by", ask.by), ("customers", ask.customers)):
        if value:
            sentences.append(say(f"paths.{key}", lang, value=value))
    return (" " if lang == "en" else "").join(sentences)
