"""The mapping document: how the rows of a file become facts. This is what users write.

    kind: mapping
    source: tills
    timezone: Asia/Shanghai
    group_by: [order_no]                 # all rows of an order, wherever they lie, make one fact
    at: sold_at                          # of several rows: the earliest
    identifiers: {card_no: card, phone: mobile}
    reject:
      - {when: {status: void}, reason: the order was cancelled at the till}
    facts:
      - fact: order.completed
        fields:
          order_id: order_no
          value: {sum: quantity, times: price}

A bare name is a column. What stands beside `facts` holds for each of them.
"""

import re
from enum import StrEnum
from hashlib import blake2b
from pathlib import Path
from typing import Any, Literal, TypeAlias

import msgspec
import yaml
from msgspec import Struct

from interplay.criteria.contracts import TraitOp, ValueType
from interplay.engine.documents.places import line_of, show
from interplay.engine.documents.shape import Misshapen, mended
from interplay.kernel.errors import AppError
from interplay.kernel.i18n import Lang, say

MAPPING_BYTES_MAX = 256 * 1024

Scalar: TypeAlias = str | int | float | bool


class Document(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A part of a mapping: a key that does not exist is a mistake, not a wish."""


class FileFormat(StrEnum):
    CSV = "csv"
    JSONL = "jsonl"
    JSON = "json"  # one array of objects
    PARQUET = "parquet"


class FileShape(Document, frozen=True):
    """How the file is written, where its name does not say it."""

    format: FileFormat | None = None  # by the file's name: .csv .tsv .jsonl .ndjson .json .parquet
    encoding: str = "utf-8"
    delimiter: str | None = None  # "," or, for .tsv, a tab
    columns: list[str] | None = None  # names, for a CSV without a header line and for JSON with rare keys
    decimal: Literal[".", ","] = "."
    thousands: Literal["", ",", ".", " ", "'"] = ""
    missing: list[str | int | float] = []  # cells that mean "no value" in every column, beside empty ones


class Test(Document, frozen=True):
    """What a condition asks of a cell; all that is given must hold. Cells are compared as text."""

    equals: Scalar | None = None
    one_of: list[Scalar] | None = msgspec.field(default=None, name="in")
    begins: str | int | None = None
    matches: str | None = None  # a regular expression for the whole cell
    missing: bool | None = None


Condition: TypeAlias = dict[str, Scalar | list[Scalar] | Test]
"""Column → a value, a list of values or a test. All columns must pass."""


class Source(Document, frozen=True):
    """Where a value comes from: one of column, constant, first, last, sum, min, max, count; then how it is read."""

    column: str | None = None
    constant: Scalar | None = None
    first: str | None = None  # of the rows of one fact; what a bare name means there, save for identifiers
    last: str | None = None
    sum: str | None = None
    min: str | None = None
    max: str | None = None
    count: Literal["rows"] | None = None
    times: str | None = None  # a second column, multiplied row by row, exactly, before anything is rounded
    negate: bool = False
    absolute: bool = False
    values: dict[str | int | float, Scalar | None] = {}  # replaces cells; null: no value
    unlisted: Literal["keep", "missing", "reject"] = "keep"  # cells that `values` does not name
    missing: list[str | int | float] = []
    type: ValueType | None = None  # for `extra` and `items`, where the catalogue does not say
    format: str | None = (
        None  # time, date: iso, unix, unix_ms, unix_us, days … seconds (with since), or "%d/%m/%Y %H:%M"
    )
    since: str | None = None
    timezone: str | None = None
    split: str | None = None  # texts: the separator
    minor_units: bool = False  # money that is already counted in 分 or cents
    required: bool = False  # a row without it is a reject
    op: TraitOp = TraitOp.SET  # traits


Value: TypeAlias = str | Source
Values: TypeAlias = dict[str, Value]


class FactRule(Document, frozen=True):
    """One fact that a row (or a group of rows) makes, when its condition holds."""

    fact: str
    when: Condition = {}
    at: Value | None = None
    identifiers: Values = {}
    fields: Values = {}
    traits: Values = {}
    extra: Values = {}
    items: dict[str, Values] = {}  # grouped: a list with one object a row, kept in the fact beside its fields


class Filter(Document, frozen=True):
    """Rows that shall not become facts, and why."""

    when: Condition
    reason: str


class Mapping(Document, frozen=True):
    """A whole mapping document."""

    kind: Literal["mapping"]
    source: str  # names the data's origin; part of every fact's identity
    facts: list[FactRule]
    name: str = ""
    file: FileShape = FileShape()
    timezone: str | None = None  # the brand's where absent
    currency: str | None = None  # the brand's where absent; another one is converted at the brand's rate
    id: list[str] = []  # columns that identify a row for ever; without them its content does
    group_by: list[str] = []  # rows equal in these columns make one fact
    reject: list[Filter] = []  # counted and listed
    ignore: list[Filter] = []  # only counted
    at: Value | None = None
    identifiers: Values = {}
    fields: Values = {}
    traits: Values = {}
    extra: Values = {}


class InvalidMappingError(AppError):
    """A key or a value that no mapping has, with its line and place."""

    def __init__(self, mistake: AppError, *, line: int, path: str) -> None:
        super().__init__("import.mapping.invalid", line=line, path=path, reason=mistake.text("en"))
        self._mistake = mistake

    def text(self, lang: Lang = "en") -> str:
        return say("errors.import.mapping.invalid", lang, **{**self.params, "reason": self._mistake.text(lang)})


class _Loader(yaml.SafeLoader):
    """YAML in which a column may be called `no`, NULL is what a file has in its cells, and 12:30 stays a text."""


_RESOLVED_OTHERWISE = {f"tag:yaml.org,2002:{name}" for name in ("timestamp", "bool", "int", "null")}
_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag not in _RESOLVED_OTHERWISE]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"(?:true|false)\Z", re.IGNORECASE), list("tTfF"))
_Loader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"(?:null|~|)\Z"), ["n", "~", ""])
_Loader.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"[-+]?(?:0|[1-9][0-9]*)\Z"), list("-+0123456789"))


def load(path: Path) -> tuple[Mapping, str]:
    """Return a mapping and its text. Raises AppError `import.mapping.*` with line, place and what is allowed."""
    try:
        with path.open("rb") as file:
            content = file.read(MAPPING_BYTES_MAX + 1)
        text = content.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as broken:
        raise AppError("import.mapping.unreadable", path=path.name, reason=str(broken)) from None
    if len(content) > MAPPING_BYTES_MAX:
        raise AppError("import.mapping.unreadable", path=path.name, reason=f"> {MAPPING_BYTES_MAX} bytes")
    return decode(text), text


def decode(text: str) -> Mapping:
    """Return the mapping that YAML text says."""
    try:
        raw = yaml.load(text, Loader=_Loader)  # noqa: S506 - a SafeLoader with fewer types
    except (yaml.YAMLError, ValueError, RecursionError) as broken:
        mark = getattr(broken, "problem_mark", None)
        reason = getattr(broken, "problem", None) or str(broken)
        raise AppError("import.mapping.yaml", line=mark.line + 1 if mark else 1, reason=reason) from None
    content, wrong = mended(raw, Mapping)
    if wrong:
        raise _invalid(text, wrong[0])
    return msgspec.convert(content, Mapping)


def fingerprint(mapping: Mapping, *also: str) -> bytes:
    """Return 16 bytes that change when the mapping, or one of `also`, does."""
    content = msgspec.json.encode([msgspec.to_builtins(mapping, str_keys=True), also], order="sorted")
    return blake2b(content, digest_size=16).digest()


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of the document, for editors."""
    return msgspec.json.schema(Mapping)


def _invalid(text: str, wrong: Misshapen) -> AppError:
    line, path = line_of(text, wrong.place), show(wrong.place) or "mapping"
    return InvalidMappingError(wrong.mistake, line=line, path=path)
