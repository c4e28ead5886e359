"""Facts in order, with what each of them fits: order from the spine, conditions and fields from the warehouse."""

from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from interplay.collect.facts.api import written
from interplay.collect.facts.contracts import Declared
from interplay.criteria.api import answers, truth
from interplay.criteria.contracts import ValueType
from interplay.engine.olap.contracts import Moment
from interplay.engine.olap.spine import Spine
from interplay.engine.olap.trails import Ints
from interplay.kernel.ids import Micros
from interplay.measure.reading.contracts import Fits
from interplay.understand.profiles.contracts import Reading
from interplay.understand.segments.api import as_of, read_criteria

if TYPE_CHECKING:
    from interplay.engine.olap.warehouse import Session

Hits: TypeAlias = NDArray[np.uint32]
NO_VALUE = -1


class Values(NamedTuple):
    """By customer or fact the number of a value, -1 for none, and what the numbers stand for."""

    codes: Ints
    names: list[Any]

    def written(self, type_: ValueType | None) -> "Values":
        """Return them as people write them."""
        return self if type_ is None else Values(self.codes, [str(written(one, type_)) for one in self.names])


def hits(moment: Moment, spine: Spine, fits: tuple[Fits, ...], now: Micros) -> Hits:
    """Return for each fact, as bits, which of `fits` it fits. What happened after `now` fits none."""
    masks = np.zeros(len(spine.codes) + 1, dtype=np.uint32)
    for bit, one in enumerate(fits):
        for name in one.facts:
            masks[spine.codes.get(name, -1)] |= np.uint32(1 << bit)
    masks[-1] = 0  # of names that no fact has
    found: Hits = masks[spine.code]
    for bit, one in enumerate(fits):
        if one.where:
            rows = np.flatnonzero(found & np.uint32(1 << bit))
            is_so = fitting(moment, one, now)
            found[rows[~is_so[np.minimum(spine.position[rows], len(is_so) - 1)]]] &= ~np.uint32(1 << bit)
    if len(spine.at) and int(spine.at.max()) > now:
        found[spine.at > now] = 0
    return found


def fitting(moment: Moment, fits: Fits, now: Micros) -> Any:
    """Return by position whether a fact is one for which its condition is true; the last of all is false."""
    facts = moment.table("facts")
    found = []
    for name, where in zip(fits.facts, fits.where, strict=True):
        few = facts.select("position", "name", is_so=truth(where, facts, now))  # of hundreds of columns, which are slow
        found.append(
            few.filter(few["name"] == name, few["is_so"]).select("position").to_pyarrow()["position"].to_numpy()
        )
    is_so = np.zeros(max(int(one.max(initial=0)) for one in found) + 2, dtype=np.bool_)
    for one in found:
        is_so[one] = True
    return is_so


def among(reading: Reading, session: "Session", criteria: str, now: Micros) -> Ints:
    """Return the customers for whom criteria, or those of a segment, are true."""
    criterion, words = read_criteria(reading, criteria)
    answered = answers(criterion, words, as_of(session, now), now)
    found: Ints = answered.filter(answered.answer).select("customer").to_pyarrow()["customer"].to_numpy()
    return found


def keep(hits: Hits, spine: Spine, customers: Ints) -> None:
    """Let the facts of all other customers fit nothing."""
    is_hers = np.isin(spine.order.label(np.arange(len(spine.starts) - 1)), customers, assume_unique=True)
    hits[spine.starts[0] :][~np.repeat(is_hers, np.diff(spine.starts))] = 0


def values(moment: Moment, position: Ints, field: str, of: tuple[Fits, ...]) -> Values:
    """Return the value of a field for each of some facts, as a number and what the number stands for; -1: none."""
    facts = moment.table("facts")
    codes = np.full(int(position.max(initial=0)) + 1, NO_VALUE, dtype=np.int64)
    if field not in facts.columns:  # declared since, and no fact has it
        return Values(codes[position], [])
    some = facts.select("position", "name", value=facts[field])
    names = sorted({name for fits in of for name in fits.facts})
    some = some.filter(some["name"].isin(names), some["value"].notnull(), some["position"] < len(codes))
    found = some.select("position", "value").to_pyarrow()
    encoded = found["value"].combine_chunks().dictionary_encode()
    codes[found["position"].to_numpy()] = encoded.indices.to_numpy()
    return Values(codes[position], encoded.dictionary.to_pylist())


def type_of(field: str, of: Fits, declared: Declared) -> ValueType | None:
    """Return the declared type of a field of facts; None where it is of every fact."""
    kinds = (declared.facts.get(name) for name in of.facts)
    return next((kind.fields[field].type for kind in kinds if kind is not None and field in kind.fields), None)
