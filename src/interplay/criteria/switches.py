"""How a switch stands for one customer; `compile_sources` says the same of all customers at once."""

from interplay.criteria.contracts import History, Switch, Turned


def turned(switch: Switch, history: History, now: int) -> Turned | None:
    """Return how a switch stands as of `now`; None when nothing has ever turned it."""
    on = history.latest(switch.on.fact, now, switch.on.keeps)
    off = history.latest(switch.off.fact, now, switch.off.keeps)
    if on is not None and (off is None or on > off):
        return Turned(True, *on)
    return None if off is None else Turned(False, *off)
