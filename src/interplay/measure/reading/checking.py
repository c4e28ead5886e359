"""Whether what is asked for exists: facts, conditions on them, their fields."""

from collections.abc import Sequence

from interplay.collect.facts.api import FactWords, read_where
from interplay.criteria.contracts import Criterion, ValueType
from interplay.kernel.errors import AppError
from interplay.kernel.spelling import closest
from interplay.measure.reading.contracts import FACTS_OF_STEP_MAX, Fits, Words

BASIC = {"source"}
"""What every fact has beside its own fields, and may be grouped by."""


def fits(words: Words, place: str, facts: tuple[str, ...], where: str) -> Fits:
    """Return which facts are looked for at a place. Raises AppError `….facts`, `….fact` or `….where`."""
    if not 1 <= len(facts) <= FACTS_OF_STEP_MAX:
        raise AppError(f"{words.asker}.facts", step=place, given=len(facts), most=FACTS_OF_STEP_MAX)
    for name in facts:
        if name not in words.known:
            raise AppError(f"{words.asker}.fact", step=place, given=name, meant=closest(name, words.known) or "")
    if not where:
        return Fits(facts)
    return Fits(facts, tuple(_read(words, place, where, name) for name in facts))


def check_field(words: Words, word: str, field: str, facts: Sequence[str], *, may_be_basic: bool) -> None:
    """Refuse a field that a fact has not, or that the warehouse has not since it is personal."""
    for fact in facts:
        kind = words.declared.facts.get(fact)
        own = [] if kind is None else [one for one in kind.fields.values() if not one.is_personal]
        fields = {one.name for one in own if one.type is not ValueType.TEXTS} | (BASIC if may_be_basic else set())
        if field not in fields:
            raise AppError(
                f"{words.asker}.field", word=word, fact=fact, given=field, allowed=", ".join(sorted(fields)) or "—"
            )


def _read(words: Words, place: str, where: str, fact: str) -> Criterion:
    try:
        return read_where(where, fact, FactWords(words.declared), words.brand)
    except AppError as wrong:
        raise AppError(f"{words.asker}.where", step=place, fact=fact, reason=str(wrong)) from None
