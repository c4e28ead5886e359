"""Values become facts: the payload, the identity, the `Received` that the log takes."""

from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b
from itertools import repeat
from typing import TypeAlias, cast

from interplay.collect.facts.contracts import Identifier, Payload, TraitWrite
from interplay.collect.imports.program import FactPlan
from interplay.collect.ingest.api import packed
from interplay.collect.ingest.contracts import Received
from interplay.kernel.ids import Micros
from interplay.kernel.time import HOUR

DIGEST_BYTES = 16

Column: TypeAlias = Iterable[object]


def facts(
    plan: FactPlan, source: str, columns: Sequence[Column], identities: Iterable[bytes], lines: Iterable[int]
) -> Iterator[Received]:
    """Yield facts from the plan's values, column by column in the order of `plan.single_cells()`, then items."""
    at, rest = columns[0], columns[1:]
    ids, rest = rest[: len(plan.identifiers)], rest[len(plan.identifiers) :]
    fields, rest = rest[: len(plan.fields)], rest[len(plan.fields) :]
    traits, extra = rest[: len(plan.traits)], rest[len(plan.traits) :]
    # The same source, rule and row give the same digest in every import: that is what makes it idempotent.
    start = b"\0".join((source.encode(), plan.key.encode(), b""))
    rows = zip(
        cast("Iterable[Micros]", at),
        _identifiers(ids),
        _records(list(plan.fields), fields),
        _writes(plan, traits),
        _records([*plan.extra, *plan.items], extra),
        identities,
        lines,
        strict=False,
    )
    for when, identifiers, values, writes, more, identity, line in rows:
        payload = Payload(values, more, {}, tuple([(i.kind, i.value) for i in identifiers]), writes)
        yield Received(
            plan.name,
            when,
            identifiers,
            blake2b(start + identity, digest_size=DIGEST_BYTES).digest(),
            when // HOUR,
            payload,
            packed(payload),
            line,
        )


def _identifiers(columns: Sequence[Column]) -> Iterable[tuple[Identifier, ...]]:
    if not columns:
        return repeat(())
    return (
        tuple([one for one in found if one is not None])
        for found in cast("Iterable[tuple[Identifier | None, ...]]", zip(*columns, strict=False))
    )


def _records(names: list[str], columns: Sequence[Column]) -> Iterable[dict[str, object]]:
    if not columns:
        return ({} for _ in repeat(None))
    return (
        {name: value for name, value in zip(names, values, strict=True) if value is not None}
        for values in zip(*columns, strict=False)
    )


def _writes(plan: FactPlan, columns: Sequence[Column]) -> Iterable[tuple[TraitWrite, ...]]:
    if not columns:
        return repeat(())
    return (
        tuple(
            [
                TraitWrite(trait.trait, trait.op, value)
                for trait, value in zip(plan.traits, values, strict=True)
                if value is not None
            ]
        )
        for values in zip(*columns, strict=False)
    )
