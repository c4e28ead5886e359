"""What a return comes to. Every unit of a line has its own share of the line's discounts, fixed by the quote.

So the sum over all returns is the order to the last unit, in whatever portions it comes back, and nothing depends on
more than how many units came back before.
"""

from collections.abc import Iterator, Mapping

from interplay.kernel.errors import AppError
from interplay.link.quotes.contracts import POINTS, Applied, Quote, QuotedLine, Refund, ReturnedLine, SourceShare
from interplay.link.quotes.spreading import spread


def refund(
    quote: Quote,
    returned: Mapping[str, int],
    before: Mapping[str, int],
    *,
    is_shipping: bool,
    was_shipping: bool,
) -> Refund:
    """Return what units of lines come to, after those that came back `before`. Raises AppError `quotes.return*`."""
    _check(quote, returned, before, is_again=is_shipping and was_shipping)
    lines = tuple(
        _returned(line, before.get(line.line, 0), returned[line.line]) for line in quote.lines if line.line in returned
    )
    shipping = quote.shipping.payable if is_shipping else 0
    return Refund(
        lines=lines,
        shipping=shipping,
        money=sum(line.money for line in lines) + shipping,
        points=sum(line.points for line in lines),
        shares=tuple(_shares(quote, returned, before, is_shipping=is_shipping, was_shipping=was_shipping)),
        gifts=tuple(_gifts(quote, returned, before)),
    )


def _check(quote: Quote, returned: Mapping[str, int], before: Mapping[str, int], *, is_again: bool) -> None:
    known = {line.line: line.quantity for line in quote.lines}
    for line, quantity in (*before.items(), *returned.items()):
        if line not in known:
            raise AppError("quotes.return_line", given=line)
        if type(quantity) is not int or quantity < 1:
            raise AppError("quotes.return_quantity", line=line, given=quantity)
        if before.get(line, 0) + returned.get(line, 0) > known[line]:
            raise AppError(
                "quotes.return_more", line=line, given=returned.get(line, 0), allowed=known[line] - before.get(line, 0)
            )
    if is_again:
        raise AppError("quotes.return_shipping")


def _returned(line: QuotedLine, before: int, quantity: int) -> ReturnedLine:
    until = before + quantity
    earlier, later = _discounts_until(line, before), _discounts_until(line, until)
    discounts = {source: later[source] - earlier[source] for source in line.discounts}
    points = _part(line.points, until, line.quantity) - _part(line.points, before, line.quantity)
    money = _part(line.payable, until, line.quantity) - _part(line.payable, before, line.quantity)
    return ReturnedLine(line.line, quantity, discounts, points, money)


def _discounts_until(line: QuotedLine, units: int) -> dict[str, int]:
    """Return the discounts of the line's first units by source.

    Unit by unit, its discount is spread over the sources in proportion to what is left of each: rounding each source
    by itself would take back a unit of money that another had given.
    """
    if units == line.quantity:
        return dict(line.discounts)
    left, paid = list(line.discounts.values()), 0
    for unit in range(1, units + 1):
        paid, paid_before = _part(line.payable, unit, line.quantity), paid
        if off := line.unit_price - (paid - paid_before):
            for n, part in enumerate(spread(off, left)):
                left[n] -= part
    return {source: money - rest for (source, money), rest in zip(line.discounts.items(), left, strict=True)}


def _part(whole: int, units: int, quantity: int) -> int:
    return whole * units // quantity


def _shares(
    quote: Quote, returned: Mapping[str, int], before: Mapping[str, int], *, is_shipping: bool, was_shipping: bool
) -> Iterator[SourceShare]:
    """Yield what of each offer's money is undone now; points have their own numbers."""
    earlier: dict[str, int] = {}
    later: dict[str, int] = {}
    for line in quote.lines:
        came = before.get(line.line, 0)
        _add(earlier, _discounts_until(line, came))
        _add(later, _discounts_until(line, came + returned.get(line.line, 0)))
    if was_shipping:
        _add(earlier, quote.shipping.discounts)
    if was_shipping or is_shipping:
        _add(later, quote.shipping.discounts)
    for applied in quote.applied:
        now = later.get(applied.source, 0) - earlier.get(applied.source, 0)
        if now and applied.source != POINTS:
            yield SourceShare(applied.source, now, later[applied.source], applied.money)


def _add(sums: dict[str, int], more: Mapping[str, int]) -> None:
    for source, money in more.items():
        sums[source] = sums.get(source, 0) + money


def _gifts(quote: Quote, returned: Mapping[str, int], before: Mapping[str, int]) -> Iterator[Applied]:
    """Yield gifts all of whose lines have come back with this return."""
    quantities = {line.line: line.quantity for line in quote.lines}
    for applied in quote.applied:
        if applied.gift is not None and any(line in returned for line in applied.lines):
            came = all(before.get(line, 0) + returned.get(line, 0) == quantities[line] for line in applied.lines)
            if came:
                yield applied
