"""How values are worded for people: amounts, numbers, instants, durations, texts and lists."""

import re
from datetime import timedelta, tzinfo
from decimal import ROUND_HALF_EVEN, Decimal, localcontext

from interplay.criteria.contracts import DECIMAL_SCALE, Between, Physical, ValueType, Window, Within
from interplay.criteria.literals import decimal_text
from interplay.kernel import money
from interplay.kernel.i18n import Lang, say
from interplay.kernel.time import EPOCH_ON, MINUTE, SECOND, from_micros, iso

LISTED_MAX = 10
TEXT_SHOWN_MAX = 80
SYMBOLS = {"CNY": "¥", "GBP": "£", "USD": "$", "EUR": "€"}
_AVERAGE_PLACES = 2
_FINENESS = ("minutes", "seconds", "microseconds")
_BETWEEN_SCRIPTS = re.compile(
    r"(“[^”]*”|\"[^\"]*\")|(?<=[\u4e00-\u9fff])(?=[A-Za-z0-9¥£$€≈-])|(?<=[A-Za-z0-9_])(?=[\u4e00-\u9fff])"
)


class Wording:
    """Words in one language, with the clock and the currency of a brand."""

    def __init__(self, lang: Lang, zone: tzinfo, currency: str) -> None:
        self.lang = lang
        self._zone = zone
        self._currency = currency

    def say(self, key: str, **params: object) -> str:
        return say(f"criteria.explain.{key}", self.lang, **params)

    def spaced(self, line: str) -> str:
        """Return a line with a space between Chinese and Latin, as books print it; what is quoted stays as it is."""
        return _BETWEEN_SCRIPTS.sub(lambda found: found[1] or " ", line) if self.lang == "zh" else line

    def listed(self, texts: list[str]) -> str:
        """Return the first of `texts` and how many more there are."""
        shown = self.say("comma").join(texts[:LISTED_MAX])
        return shown + self.say("more", count=len(texts) - LISTED_MAX) if len(texts) > LISTED_MAX else shown

    def value(self, value: Physical, type_: ValueType, beside: Physical | None = None) -> str:
        """Return a physical value; `beside` is what it is compared with."""
        match value:
            case bool():
                return self.say("value.yes" if value else "value.no")
            case list():
                return self.listed([self.quoted(text) for text in value]) or self.say("value.nothing")
            case str():
                return self.quoted(value)
        match type_:
            case ValueType.TIME:
                return self.instant(value, beside if isinstance(beside, int) else None)
            case ValueType.DATE:
                return str(EPOCH_ON + timedelta(days=value))
            case ValueType.DECIMAL:
                return f"{Decimal(decimal_text(value)):,f}".removesuffix(".0")
            case ValueType.MONEY:
                return self._amount(Decimal(money.to_text(value, self._currency)))
        return f"{value:,}"

    def average(self, numerator: int, denominator: int, type_: ValueType) -> str:
        """Return a fraction rounded half to even, marked with ≈ where that changed it."""
        exponent = money.EXPONENTS[self._currency]
        scale = {ValueType.DECIMAL: DECIMAL_SCALE, ValueType.MONEY: exponent}.get(type_, 0)
        places = exponent if type_ is ValueType.MONEY else _AVERAGE_PLACES
        with localcontext(prec=60, rounding=ROUND_HALF_EVEN):
            exact = (Decimal(numerator) / Decimal(denominator)).scaleb(-scale)
            near = exact.quantize(Decimal(1).scaleb(-places))
        text = self._amount(near) if type_ is ValueType.MONEY else f"{near:,f}".rstrip("0").rstrip(".")
        return text if near == exact else f"≈ {text}"

    def instant(self, at: int, beside: int | None = None) -> str:
        """Return local time to the minute; finer where `beside`, another instant, would read the same."""
        if beside is None or beside == at:
            return self._local(at, _FINENESS[0])
        apart = (fine for fine in _FINENESS if self._local(at, fine) != self._local(beside, fine))
        return self._local(at, next(apart, _FINENESS[-1]))

    def span(self, span: str) -> str:
        """Return a duration such as `30d` in words."""
        number, unit = int(span[:-1]), span[-1]
        return self.say(f"unit.{unit}" if number != 1 else f"unit.{unit}_one", number=number)

    def window(self, window: Window) -> str:
        match window:
            case Within(span=span) if int(span[:-1]) == 1:
                return self.say(f"last.{span[-1]}")
            case Within(span=span):
                return self.say("within", span=self.span(span))
            case Between(from_at=start, until_at=until):
                return self.say("between", start=self._bound(start), until=self._bound(until))
        return ""

    def quoted(self, text: str) -> str:
        """Return a text in quotes on one line, cut where it is long."""
        shown = text if len(text) <= TEXT_SHOWN_MAX else f"{text[:TEXT_SHOWN_MAX]}…"
        return self.say("quoted", text="".join(c if c.isprintable() else ascii(c)[1:-1] for c in shown))

    def _amount(self, amount: Decimal) -> str:
        sign = "-" if amount < 0 else ""
        return f"{sign}{SYMBOLS.get(self._currency, f'{self._currency} ')}{amount.copy_abs():,f}"

    def _bound(self, at: int) -> str:
        """Return the end of a window as it was probably written: a date where the day begins."""
        if at % MINUTE == 0:
            return self.instant(at).removesuffix(" 00:00")
        return self._local(at, "seconds" if at % SECOND == 0 else "microseconds")

    def _local(self, at: int, fineness: str) -> str:
        """Return local time; the zone's abbreviation follows in the hour that clocks go through twice."""
        try:
            local = from_micros(at).astimezone(self._zone)
        except OverflowError:  # in this zone it falls before the year 1 or after 9999
            return iso(at)
        text = local.replace(tzinfo=None).isoformat(sep=" ", timespec=fineness)
        is_twice = local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
        return f"{text} {local.tzname()}" if is_twice else text
