"""Amounts of money: integers in a currency's minor unit (分, cents). No floats, one rounding, said where."""

from decimal import ROUND_HALF_EVEN, Decimal

EXPONENTS = {
    code: exponent
    for exponent, codes in {
        0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
        2: "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY"
        " COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS"
        " INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR"
        " MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD"
        " SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VES WST XCD YER ZAR ZMW ZWL",
        3: "BHD IQD JOD KWD LYD OMR TND",
    }.items()
    for code in codes.split()
}
"""Decimal places of the minor unit by ISO 4217 code."""


def to_minor(amount: Decimal, currency: str) -> int:
    """Return a major-unit amount in minor units, half to even: `Decimal("25.505"), "CNY"` → 2550."""
    return int(amount.scaleb(EXPONENTS[currency]).to_integral_value(rounding=ROUND_HALF_EVEN))


def convert(amount: Decimal, rate: Decimal, currency: str) -> int:
    """Return `amount × rate` in minor units of `currency`, rounded once, half to even."""
    return to_minor(amount * rate, currency)


def to_text(minor: int, currency: str) -> str:
    """Return minor units as text in major units, e.g. `-12.34`."""
    return format(Decimal(minor).scaleb(-EXPONENTS[currency]), "f")
