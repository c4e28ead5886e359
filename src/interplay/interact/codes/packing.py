"""Items in boxes, boxes in cases, cases on pallets: numbers, and the items that each holds. Pure."""

from itertools import pairwise

from interplay.interact.codes.contracts import Batch, Level, Packing, Span, Unit


def sizes(packing: Packing) -> list[int]:
    """Return how many items each level holds, items themselves first; a level that is left out ends the list."""
    held = [1]
    for each in (packing.box, packing.case, packing.pallet):
        if not each:
            break
        held.append(held[-1] * each)
    return held


def counts(count: int, packing: Packing) -> list[int]:
    """Return how many there are of each level. The last of a level may hold less."""
    return [-(-count // size) for size in sizes(packing)]


def numbers_of(batch: Batch) -> int:
    """Return how many numbers a batch takes, all levels together."""
    return sum(counts(batch.count, batch.packing))


def unit_of(batch: Batch, number: int) -> Unit | None:
    """Return what of a batch has a number, or None where none has."""
    index = number - batch.first
    for level, count in enumerate(counts(batch.count, batch.packing)):
        if 0 <= index < count:
            return Unit(batch, Level(level), index)
        index -= count
    return None


def number_of(batch: Batch, level: Level, index: int) -> int:
    """Return the number of the item, box, case or pallet of a batch."""
    return batch.first + sum(counts(batch.count, batch.packing)[:level]) + index


def items_of(unit: Unit) -> Span:
    """Return the items that it is, or holds."""
    size = sizes(unit.batch.packing)[unit.level]
    return Span(unit.index * size, min((unit.index + 1) * size, unit.batch.count))


def holder(batch: Batch, item: int, level: Level) -> int | None:
    """Return which box, case or pallet holds an item; None where the batch has no such level."""
    held = sizes(batch.packing)
    return item // held[level] if level < len(held) else None


def is_whole(packing: Packing) -> bool:
    """Return whether no level is packed into one that there is not."""
    each = (packing.box, packing.case, packing.pallet)
    return all(one or not after for one, after in pairwise(each))
