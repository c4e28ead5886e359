"""Facts, fields and traits as documents: the standard ones and a team's own are written alike.

    kind: facts
    fields:
      roast: {type: text, label: {zh: 烘焙度, en: Roast}, received_as: [roastLevel]}
    facts:
      bean.tasted: {label: {zh: 品鉴了豆子, en: Tasted a bean}, fields: [roast, product_id], segment: [Bean Tasted]}
    traits:
      favourite_roast: {type: text, label: {zh: 喜欢的烘焙度, en: Favourite roast}}

Several documents may stand in one file, separated by `---`. A fact may use any field of any document; naming a
standard fact again adds fields to it.
"""

import re
from collections.abc import Iterable
from typing import Literal

import msgspec
from msgspec import Struct
from yaml import YAMLError, safe_load_all

from interplay.criteria.contracts import ValueType
from interplay.kernel.errors import AppError

_AT = re.compile(r"(?P<problem>.*?)(?: - at `(?P<path>.*)`)?\Z", re.DOTALL)


class Label(Struct, frozen=True, forbid_unknown_fields=True):
    """The name for people."""

    zh: str
    en: str


class FieldDocument(Struct, frozen=True, forbid_unknown_fields=True):
    """A field of facts, or a trait. `code` marks numbers that are names: an integer is kept as its digits."""

    type: ValueType
    label: Label
    personal: bool = False
    code: bool = False
    received_as: tuple[str, ...] = ()


class FactDocument(Struct, frozen=True, forbid_unknown_fields=True):
    """A fact: which fields it carries and how senders of other dialects call it. What is `kept` has no period."""

    label: Label
    fields: tuple[str, ...] = ()
    segment: tuple[str, ...] = ()
    sensors: tuple[str, ...] = ()
    kept: bool = False


class FactsDocument(Struct, frozen=True, forbid_unknown_fields=True):
    """A document of kind `facts`. `every_fact` lists fields that all declared facts may carry."""

    kind: Literal["facts"]
    fields: dict[str, FieldDocument] = {}
    facts: dict[str, FactDocument] = {}
    traits: dict[str, FieldDocument] = {}
    every_fact: tuple[str, ...] = ()


def decode_documents(text: bytes | str, where: str) -> list[FactsDocument]:
    """Return the documents of one YAML file. Raises AppError `facts.document` with file, place and problem."""
    try:
        parts = [part for part in safe_load_all(text) if part is not None]
    except (YAMLError, ValueError, RecursionError) as error:
        raise AppError("facts.document", where=where, place="$", problem=" ".join(str(error).split())) from None
    return [convert_document(part, where) for part in parts]


def convert_document(part: object, where: str) -> FactsDocument:
    """Return a decoded YAML or JSON value as a document. Raises AppError `facts.document`."""
    try:
        return msgspec.convert(part, FactsDocument)
    except msgspec.ValidationError as error:
        match = _AT.match(str(error))
        problem, place = (match["problem"], match["path"]) if match else (str(error), None)
        raise AppError("facts.document", where=where, place=place or "$", problem=problem) from None


def json_schema() -> dict[str, object]:
    """Return the JSON Schema of the document, for editors."""
    return msgspec.json.schema(FactsDocument)


def all_fields(documents: Iterable[FactsDocument]) -> dict[str, FieldDocument]:
    """Return every declared field by name, in order of declaration."""
    found: dict[str, FieldDocument] = {}
    for document in documents:
        for name, field in document.fields.items():
            found[name] = _merged(found.get(name, field), field)
    return found


def all_traits(documents: Iterable[FactsDocument]) -> dict[str, FieldDocument]:
    """Return every declared trait by name, in order of declaration."""
    found: dict[str, FieldDocument] = {}
    for document in documents:
        for name, trait in document.traits.items():
            found[name] = _merged(found.get(name, trait), trait)
    return found


def folded(name: str) -> str:
    """Return a Segment name as it is compared."""
    return " ".join(name.replace("_", " ").lower().split())


def _merged(known: FieldDocument, again: FieldDocument) -> FieldDocument:
    """A team may rename a standard field for its people and add spellings; the type stays."""
    spellings = tuple(dict.fromkeys(known.received_as + again.received_as))
    return msgspec.structs.replace(again, received_as=spellings, code=known.code or again.code)
