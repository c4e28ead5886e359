"""A data directory's settings: `interplay.toml`, and the environment over it.

`INTERPLAY_PORT=9000` overrides `port` of the table `[serve]`; every field below is documented in
`docs/reference/settings.md`, which is made from these classes.
"""

import os
import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import msgspec
from msgspec import Struct

from interplay.kernel.errors import AppError
from interplay.kernel.money import EXPONENTS

FILE_NAME = "interplay.toml"

_REGION = re.compile(r"[A-Z]{2}\Z")


class Brand(Struct, frozen=True, forbid_unknown_fields=True):
    """Whose data this is. Chosen at `init`; zone and currency give old facts their meaning, so keep them."""

    name: str  # for people
    timezone: str = "Asia/Shanghai"  # IANA name; dates in criteria and naive times in files are read in it
    currency: str = "CNY"  # ISO 4217; every money amount is stored in it
    region: str = "CN"  # ISO 3166; phone numbers without a country code are read in it
    rates: dict[str, str] = {}  # currency → price of one unit in the brand's currency, e.g. {USD = "7.10"}

    def __post_init__(self) -> None:
        if self.timezone not in available_timezones():
            raise AppError("settings.timezone", given=self.timezone)
        if self.currency not in EXPONENTS:
            raise AppError("settings.currency", given=self.currency)
        if not _REGION.match(self.region):
            raise AppError("settings.region", given=self.region)
        for currency, rate in self.rates.items():
            _check_rate(currency, rate)

    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)


class Serve(Struct, frozen=True, forbid_unknown_fields=True):
    """How `interplay serve` answers."""

    host: str = "127.0.0.1"  # 0.0.0.0 to answer other machines; put TLS in front of it
    port: int = 8000  # TCP
    requests_per_second_max: int = 50  # of one key on /api; the doors take facts as fast as the disk does
    requests_burst_max: int = 100
    proxies: int = 0  # how many of yours stand in front, each adding to X-Forwarded-For: limits count by address


class Warehouse(Struct, frozen=True, forbid_unknown_fields=True):
    """What the columnar copy may use."""

    memory_mb_max: int = 2048  # of DuckDB while it answers; it gives most of it back when idle
    threads: int = 2  # that one question may use


class Webhooks(Struct, frozen=True, forbid_unknown_fields=True):
    """Which addresses webhooks and audiences may be sent to."""

    private_networks: bool = False  # true: also inner addresses, and plain http; a document's author then reaches them


class Database(Struct, frozen=True, forbid_unknown_fields=True):
    """Where the exact state is kept. Chosen at `init`, changed by `migrate-to`."""

    url: str = ""  # postgresql://USER@HOST/NAME, no password in it; empty: SQLite, in the data directory


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """Everything that can be set."""

    brand: Brand
    serve: Serve = Serve()
    warehouse: Warehouse = Warehouse()
    webhooks: Webhooks = Webhooks()
    database: Database = Database()


def load(folder: Path, environ: Mapping[str, str] | None = None) -> Settings:
    """Return the settings of a data directory, `INTERPLAY_<FIELD>` over the file.

    Raises AppError `settings.*` naming the file and field, or the variable, that is wrong.
    """
    path = folder / FILE_NAME
    try:
        raw: dict[str, Any] = msgspec.toml.decode(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        raise AppError("settings.no_directory", given=str(folder)) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as broken:
        raise AppError("settings.file", path=str(path), reason=str(broken)) from None
    _override(raw, os.environ if environ is None else environ)  # noqa: TID251 - the one place that reads it
    try:
        return msgspec.convert(raw, Settings, strict=False)
    except msgspec.ValidationError as wrong:
        raise AppError("settings.file", path=str(path), reason=str(wrong)) from None


def dump(settings: Settings) -> bytes:
    """Return the file's content."""
    return msgspec.toml.encode(settings)


def variable_of(table: str, name: str) -> str:
    """Return the environment variable over a field of a table other than `[brand]`."""
    return f"INTERPLAY_DATABASE_{name.upper()}" if table == "database" else f"INTERPLAY_{name.upper()}"


def _override(raw: dict[str, Any], environ: Mapping[str, str]) -> None:
    tables = (("database", Database), ("serve", Serve), ("warehouse", Warehouse), ("webhooks", Webhooks))
    for table, kind in tables:
        for name in kind.__struct_fields__:
            variable = variable_of(table, name)
            if (value := environ.get(variable)) is not None:
                _check_variable(kind, name, variable, value)
                if isinstance(standing := raw.setdefault(table, {}), dict):
                    standing[name] = value


def _check_variable(kind: type[Struct], name: str, variable: str, value: str) -> None:
    try:
        msgspec.convert({name: value}, kind, strict=False)
    except msgspec.ValidationError as wrong:
        raise AppError("settings.variable", variable=variable, given=value, reason=str(wrong)) from None


def _check_rate(currency: str, rate: str) -> None:
    try:
        usable = currency in EXPONENTS and Decimal(rate).is_finite() and Decimal(rate) > 0
    except InvalidOperation:
        usable = False
    if not usable:
        raise AppError("settings.rate", currency=currency, given=rate)
