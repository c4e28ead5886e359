"""Limits and tallies: how much of what may be used in a window is used."""

from interplay.acts.contracts import Count, Effect, RefusedError
from interplay.acts.doing import Doing, marks

TAKE = (
    "INSERT INTO counters (scope, opens_at, subject, used) VALUES (?, ?, ?, ?)"
    " ON CONFLICT (scope, opens_at, subject) DO UPDATE SET used = counters.used + excluded.used"
    " WHERE counters.used + excluded.used <= ? RETURNING used"
)
USED = "SELECT coalesce(sum(used), 0) FROM counters WHERE scope = ? AND opens_at = ? AND subject IN ({})"
GIVE = "UPDATE counters SET used = used - ? WHERE scope = ? AND opens_at = ? AND subject = ? AND used >= ?"
NO_CAP = 2**62


def count(doing: Doing, place: int, step: Count) -> Effect:
    """Take from what is left, or refuse."""
    cap = NO_CAP if step.cap is None else step.cap
    others = 0
    if step.subject is not None:
        wallet = [one for one in doing.wallet(step.subject) if one != step.subject]
        if wallet:
            found = doing.raw.execute(USED.format(marks(len(wallet))), (step.scope, step.window, *wallet)).fetchone()
            others = int(found[0])
    row = (step.scope, step.window, step.subject or 0, step.amount, cap - others)
    taken = doing.raw.execute(TAKE, row).fetchone() if others + step.amount <= cap else None
    if taken is None:
        raise RefusedError(step.refusal, scope=step.scope, cap=cap, asked=step.amount)
    return Effect(place, step.amount, used=int(taken[0]) + others)


def undo_count(doing: Doing, step: Count, amount: int) -> None:
    """Give back in the same window."""
    doing.raw.execute(GIVE, (amount, step.scope, step.window, step.subject or 0, amount))
