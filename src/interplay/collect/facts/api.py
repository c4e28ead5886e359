"""The catalogue's public face: what is declared, and how received facts are read by it."""

from interplay.collect.facts.catalogue import catalogue, columns, standard_documents
from interplay.collect.facts.contracts import Declared, Dialect
from interplay.collect.facts.declarations import KIND, Current, Declarations, declared_by
from interplay.collect.facts.documents import (
    FactsDocument,
    convert_document,
    decode_documents,
    json_schema,
)
from interplay.collect.facts.identifiers import identifier, normalized, strongest_first
from interplay.collect.facts.projection import Projector, warehouse_fields
from interplay.collect.facts.reader import Catalogue
from interplay.collect.facts.reading import FactReader, Read, compile_fact
from interplay.collect.facts.traits import EVERY_TRAIT, TraitReader
from interplay.collect.facts.values import Converter, MismatchError, converters, micros

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
    "FactsDocument",
    "MismatchError",
    "Projector",
    "Read",
    "TraitReader",
    "catalogue",
    "columns",
    "compile_fact",
    "convert_document",
    "converters",
    "declared_by",
    "decode_documents",
    "identifier",
    "json_schema",
    "micros",
    "normalized",
    "standard_documents",
    "strongest_first",
    "warehouse_fields",
]
