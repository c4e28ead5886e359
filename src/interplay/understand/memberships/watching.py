"""Which segments are kept, what each depends on, and what it means: read from the documents, once per revision."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from hashlib import blake2b

import msgspec

from interplay.collect.facts.api import Current
from interplay.criteria.api import CustomerHistory, Dependencies, Edges, closure, depends_on, edges
from interplay.criteria.contracts import Criterion
from interplay.kernel.settings import Brand
from interplay.understand.segments.api import BrandVocabulary
from interplay.understand.segments.contracts import SEGMENT, SegmentDocument

DIGEST_BYTES = 16

Ask = Callable[[CustomerHistory, int], bool | None]


@dataclass(frozen=True, slots=True)
class Watched:
    """A segment to be kept. Two with the same `definition` have the same members, whatever their documents say."""

    name: str
    version: int
    definition: str
    criterion: Criterion
    ask: Ask
    depends: Dependencies
    edges: Edges


@dataclass(frozen=True, slots=True)
class Watch:
    """All segments to be kept. A set of them is a number: bit i stands for `segments[i]`."""

    revision: int
    words: BrandVocabulary
    segments: tuple[Watched, ...]
    by_fact: Mapping[str, int]
    by_trait: Mapping[str, int]
    fields: Mapping[str, tuple[str, ...]]  # fact → what is read of it
    everything: int

    def places(self, some: int) -> Iterable[int]:
        """Yield the places of the segments in a set."""
        while some:
            lowest = some & -some
            yield lowest.bit_length() - 1
            some ^= lowest


def watch(current: Current, words: BrandVocabulary, brand: Brand) -> Watch:
    """Return what is to be kept by these documents."""
    segments = tuple(
        _watched(document.name, document.version, current, words, brand)
        for document in current.documents
        if document.kind == SEGMENT and msgspec.convert(document.content, SegmentDocument).live
    )
    by_fact = _places(one.depends.facts for one in segments)
    return Watch(
        revision=current.revision,
        words=words,
        segments=segments,
        by_fact=by_fact,
        by_trait=_places(one.depends.traits for one in segments),
        fields={fact: _fields(fact, segments, words) for fact in by_fact},
        everything=(1 << len(segments)) - 1,
    )


def _watched(name: str, version: int, current: Current, words: BrandVocabulary, brand: Brand) -> Watched:
    criterion = words.segments()[name]
    depends = depends_on(criterion, words)
    return Watched(
        name=name,
        version=version,
        definition=_definition(criterion, depends, current, words, brand),
        criterion=criterion,
        ask=closure(criterion, words),
        depends=depends,
        edges=edges(criterion, words),
    )


def _definition(
    criterion: Criterion, depends: Dependencies, current: Current, words: BrandVocabulary, brand: Brand
) -> str:
    """Return a digest of all that an answer is made of: who is in changes with it though nobody has done anything."""
    terms = {term for term, _ in depends.features}
    parts = (
        criterion,
        [(name, words.segments()[name]) for name in sorted(depends.segments)],
        [(name, words.traits()[name]) for name in sorted(depends.computed | depends.traits)],
        [(name, current.declared.facts.get(name)) for name in sorted(depends.facts)],
        [one.content for one in current.documents if one.kind in terms],  # a term's document has its name
        (brand.currency, brand.region) if terms or depends.fields else None,
    )
    return blake2b(msgspec.json.encode(parts, order="sorted"), digest_size=DIGEST_BYTES).hexdigest()


def _places(each: Iterable[Iterable[str]]) -> dict[str, int]:
    found: dict[str, int] = {}
    for place, names in enumerate(each):
        for name in names:
            found[name] = found.get(name, 0) | 1 << place
    return found


def _fields(fact: str, segments: Iterable[Watched], words: BrandVocabulary) -> tuple[str, ...]:
    """Return the fields of a fact that are read; a term of a higher slice may read any of its own facts."""
    declared = {name for name, field in words.fields(fact).items() if not field.is_personal}
    terms = words.features()
    if any(fact in terms[term].facts for one in segments for term, _ in one.depends.features):
        return tuple(sorted(declared))
    read = {field for one in segments for name, field in one.depends.fields if name == fact}
    return tuple(sorted(read & declared))
