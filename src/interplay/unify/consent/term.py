"""`consent("marketing:sms")` in criteria: true or false, never unknown."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from interplay.criteria.api import switch_values, trait_values, turned
from interplay.criteria.contracts import History, Physical, Profile, Tables, ValueType
from interplay.unify.consent import rules
from interplay.unify.consent.contracts import GRANTED, WITHDRAWN, ConsentDocument, Standing

if TYPE_CHECKING:
    import ibis.expr.types as ir

COUNTRY = Profile("country", ValueType.TEXT)


class ConsentTerm:
    """The brand's purposes and channels as a term; `region` (ISO 3166) is that of customers without a country."""

    type = ValueType.BOOLEAN
    takes_argument = True
    facts = frozenset({GRANTED, WITHDRAWN})
    traits = frozenset({COUNTRY.name})
    instants: frozenset[tuple[str, str]] = frozenset()

    def __init__(self, document: ConsentDocument, region: str) -> None:
        self._document = document
        self._region = region
        self.arguments: Sequence[str] = tuple(rules.terms(document))

    def label(self, argument: str | None) -> None:
        """Say it as it is written."""

    def closure(self, argument: str | None) -> Callable[[History, int], Physical | None]:
        name, channel = _parts(argument)
        purpose, switch = self._document.purposes[name], rules.switch_of(name, channel)

        def ask(history: History, now: int) -> bool:
            stated = turned(switch, history, now)
            if stated is not None:
                return stated.is_on
            return rules.default_in(purpose, region_of(history, now, self._region))

        return ask

    def ibis(self, argument: str | None, tables: Tables, now: int) -> "ir.Table":
        name, channel = _parts(argument)
        stated = switch_values(rules.switch_of(name, channel), tables, now)
        everybody = tables.customers.left_join(stated, "customer").select("customer", stated=stated["value"])
        purpose = self._document.purposes[name]
        usual = purpose.default is Standing.GRANTED
        exceptions = rules.exceptions(purpose)
        if not exceptions:
            return everybody.select("customer", value=everybody.stated.coalesce(usual))
        countries = trait_values(COUNTRY, tables, now)
        table = everybody.left_join(countries, "customer").select("customer", "stated", country=countries["value"])
        is_exception = table.country.isin(exceptions)  # NULL where there is no country
        default = ~is_exception if usual else is_exception
        here = rules.default_in(purpose, self._region)
        return table.select("customer", value=table.stated.coalesce(default, here))


def region_of(history: History, now: int, region: str) -> str:
    """Return a customer's region: the trait `country` where it is known, else the brand's."""
    country = history.trait(COUNTRY.name, now)
    return country if isinstance(country, str) else region


def _parts(argument: str | None) -> tuple[str, str]:
    purpose, _, channel = (argument or "").partition(":")
    return purpose, channel
