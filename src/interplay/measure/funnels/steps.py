"""Steps as people write them: `product.viewed(event.price >= 1000) > cart.added? > order.completed`."""

import re
from collections.abc import Iterator

from interplay.kernel.errors import AppError
from interplay.measure.funnels.contracts import FunnelStep

TEXT_CHARACTERS_MAX = 10_000
_STEP = re.compile(r"\s*([\w.]+(?:\s*\|\s*[\w.]+)*)\s*(?:\((.*)\))?\s*(\?)?\s*", re.DOTALL)
_QUOTES = "\"'"


def read_steps(text: str) -> tuple[FunnelStep, ...]:
    """Return the steps of a text. Raises AppError `funnels.text`, which says at which step."""
    if len(text) > TEXT_CHARACTERS_MAX:
        raise AppError("funnels.long", given=len(text), allowed=TEXT_CHARACTERS_MAX)
    return tuple(_step(number, part) for number, part in enumerate(parts(text, ">"), 1))


def read_step(text: str, asker: str, *, may_be_optional: bool = False) -> FunnelStep:
    """Return the one step of a text. Raises AppError `{asker}.one`."""
    steps = read_steps(text)
    if len(steps) != 1 or (steps[0].optional and not may_be_optional):
        raise AppError(f"{asker}.one", given=text.strip())
    return steps[0]


def written(step: FunnelStep) -> str:
    """Return a step as it is written."""
    where = f"({step.where})" if step.where else ""
    return f"{' | '.join(step.facts)}{where}{'?' if step.optional else ''}"


def parts(text: str, mark: str) -> Iterator[str]:
    """Yield what stands between the marks that are in no condition: those within parentheses belong to one."""
    begin, depth, quote, escaped = 0, 0, "", False
    for place, character in enumerate(text):
        if escaped:
            escaped = False
        elif quote:
            escaped = character == "\\"
            quote = "" if character == quote else quote
        elif character in _QUOTES:
            quote = character
        elif character in "()":
            depth += 1 if character == "(" else -1
        elif character == mark and depth == 0:
            yield text[begin:place]
            begin = place + 1
    yield text[begin:]


def _step(number: int, text: str) -> FunnelStep:
    if (found := _STEP.fullmatch(text)) is None:
        raise AppError("funnels.text", step=number, given=text.strip())
    facts, where, optional = found.groups()
    return FunnelStep(tuple(one.strip() for one in facts.split("|")), (where or "").strip(), optional is not None)
