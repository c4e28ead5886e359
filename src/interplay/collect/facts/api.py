"""The catalogue's public face: what is declared, and how received facts are read by it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from interplay.collect.facts.catalogue import Names, catalogue, columns, standard_documents
from interplay.collect.facts.contracts import Declared, Dialect
from interplay.collect.facts.declarations import KIND, Current, Declarations, declared_as_far, declared_by, misdeclared
from interplay.collect.facts.documents import (
    FactsDocument,
    convert_document,
    decode_documents,
    json_schema,
)
from interplay.collect.facts.identifiers import (
    check_kind,
    external_kind,
    identifier,
    normalized,
    phone_example,
    split,
    strongest_first,
)
from interplay.collect.facts.projection import Projector, warehouse_fields
from interplay.collect.facts.reader import Catalogue
from interplay.collect.facts.reading import FactReader, Read, compile_fact, lacks_rate
from interplay.collect.facts.traits import EVERY_TRAIT, TraitReader
from interplay.collect.facts.values import Converter, MismatchError, converters, micros
from interplay.collect.facts.words import FactWords, read_where
from interplay.collect.facts.written import Written, written
from interplay.engine.log.contracts import LogRow

if TYPE_CHECKING:
    import pyarrow as pa


def arrow_tables(projector: Projector, rows: Sequence[LogRow]) -> "tuple[pa.Table, pa.Table]":
    """Return the rows' facts and trait changes, as the warehouse takes them."""
    from interplay.collect.facts import arrow  # a lazy seam: pyarrow

    return arrow.tables(projector, rows)


__all__ = [
    "EVERY_TRAIT",
    "KIND",
    "Catalogue",
    "Converter",
    "Current",
    "Declarations",
    "Declared",
    "Dialect",
    "FactReader",
    "FactWords",
    "FactsDocument",
    "MismatchError",
    "Names",
    "Projector",
    "Read",
    "TraitReader",
    "Written",
    "arrow_tables",
    "catalogue",
    "check_kind",
    "columns",
    "compile_fact",
    "convert_document",
    "converters",
    "declared_as_far",
    "declared_by",
    "decode_documents",
    "external_kind",
    "identifier",
    "json_schema",
    "lacks_rate",
    "micros",
    "misdeclared",
    "normalized",
    "phone_example",
    "read_where",
    "split",
    "standard_documents",
    "strongest_first",
    "warehouse_fields",
    "written",
]
