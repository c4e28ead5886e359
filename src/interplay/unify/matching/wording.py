"""Why two customers are alike, in words."""

import math
from collections.abc import Mapping, Sequence

from interplay.criteria.contracts import Trait
from interplay.kernel.i18n import Lang, say
from interplay.unify.matching.columns import FAMILY, GIVEN
from interplay.unify.matching.contracts import Reason

NAMES = {GIVEN: "first_name", FAMILY: "last_name"}


def sentence(reasons: Sequence[Reason], lang: Lang, traits: Mapping[str, Trait]) -> str:
    """Return the reasons as one line, the weightiest first."""
    parts = (
        say(
            f"matching.agreement.{one.agreement.value}",
            lang,
            column=_label(one.column, lang, traits),
            weight=one.weight,
        )
        for one in reasons
    )
    return say("matching.and", lang).join(parts)


def shown(probability: float) -> str:
    """Return a probability for people, rounded down: nothing found by likeness is certain."""
    return f"{math.floor(probability * 1000) / 1000:.3f}".rstrip("0")


def _label(column: str, lang: Lang, traits: Mapping[str, Trait]) -> str:
    trait = traits.get(NAMES.get(column, column))
    return column if trait is None else (trait.zh if lang == "zh" else trait.en) or column
