"""`mapping.md`: the mapping document, key by key."""

from msgspec import Struct

from interplay.collect.imports.mapping import FactRule, FileShape, Filter, Mapping, Source, Test
from tools.reference.markdown import code, page, table
from tools.reference.structs import fields_of, summary_of

PARTS: dict[str, type[Struct]] = {
    "The document": Mapping,
    "`file`": FileShape,
    "Each of `facts`": FactRule,
    "A value": Source,
    "A test of a condition": Test,
    "Each of `reject` and `ignore`": Filter,
}


def mapping_page() -> str:
    """Return the keys of the document, part by part."""
    introduction = (
        "How the rows of a file become facts. [The guide](../guides/mappings.md) shows it by examples; "
        "a bare name is a column."
    )
    return page("Mapping documents", introduction, *(_part(title, struct) for title, struct in PARTS.items()))


def _part(title: str, struct: type[Struct]) -> str:
    rows = [[code(f.name), code(f.type), code(f.default), f.comment] for f in fields_of(struct)]
    return f"## {title}\n\n{summary_of(struct)}\n\n" + table(["key", "type", "default", ""], rows)
