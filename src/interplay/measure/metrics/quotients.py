"""Formulas as quotients of sums that add up over customers, where they are such. Pure."""

from typing import NamedTuple, TypeAlias

from msgspec.structs import replace

from interplay.measure.metrics.contracts import Constant, Formula, Operation, Term, TermKind

_ADDITIVE = (TermKind.COUNT, TermKind.SUM, TermKind.PEOPLE)

Linear: TypeAlias = list[tuple[float, Term]]


class Quotient(NamedTuple):
    """`offset + scale · above ÷ below`, both sums of terms that add up over customers."""

    offset: float
    scale: float
    above: Linear
    below: Linear


def as_quotient(formula: Formula) -> Quotient | None:
    """Return a formula as a quotient, if it is one; an average is a sum by the number of facts that have a value."""
    match formula:
        case Term(kind=TermKind.AVERAGE):
            return Quotient(
                0.0, 1.0, *([(1.0, replace(formula, kind=kind))] for kind in (TermKind.SUM, TermKind.COUNT))
            )
        case Operation(op="/", left=left, right=right):
            above, below = as_sum(left), as_sum(right)
            return Quotient(0.0, 1.0, above, below) if above and below else None
        case Operation(op="*", left=Constant(number=number), right=inner) if (one := as_quotient(inner)) is not None:
            return one._replace(offset=one.offset * number, scale=one.scale * number)
        case Operation(op="*", left=inner, right=Constant(number=number)) if (one := as_quotient(inner)) is not None:
            return one._replace(offset=one.offset * number, scale=one.scale * number)
        case Operation(op="-", left=Constant(number=number), right=inner) if (one := as_quotient(inner)) is not None:
            return one._replace(offset=number - one.offset, scale=-one.scale)
        case Operation(op="-", left=inner, right=Constant(number=number)) if (one := as_quotient(inner)) is not None:
            return one._replace(offset=one.offset - number)
    return None


def as_sum(formula: Formula) -> Linear:
    """Return a sum of terms that add up over customers; empty where it is none."""
    match formula:
        case Term(kind=kind) if kind in _ADDITIVE:
            return [(1.0, formula)]
        case Operation(op="+" | "-" as op, left=left, right=right):
            one, other = as_sum(left), as_sum(right)
            sign = 1.0 if op == "+" else -1.0
            return [*one, *((sign * factor, term) for factor, term in other)] if one and other else []
        case (
            Operation(op="*", left=Constant(number=number), right=inner)
            | Operation(op="*", left=inner, right=Constant(number=number))
        ):
            return [(number * factor, term) for factor, term in as_sum(inner)]
    return []
