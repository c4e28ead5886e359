"""What one customer has of something; `compile_sources` says the same of all customers at once."""

from interplay.criteria.contracts import History, Stock


def stock_of(stock: Stock, history: History, now: int) -> int:
    """Return what facts up to `now` have given less what they have taken."""
    return sum(gain.sign * history.total(gain, now) for gain in stock.gains)


def instants_of(stock: Stock) -> frozenset[tuple[str, str]]:
    """Return (fact, field) of the instants at which it changes though nothing happens."""
    return frozenset(
        (gain.turn.fact, name)
        for gain in stock.gains
        for name in (gain.from_field, gain.until_field)
        if name is not None
    )
