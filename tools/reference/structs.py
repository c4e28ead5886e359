"""The fields of a msgspec struct with their comments: what the code says beside a field is what the page says."""

import ast
import inspect
import tokenize
from dataclasses import dataclass
from io import StringIO
from textwrap import dedent

import msgspec
from msgspec import Struct


@dataclass(frozen=True)
class StructField:
    """One field: `type` and `default` as written, `comment` the end of its line."""

    name: str
    type: str
    default: str
    comment: str


def fields_of(struct: type[Struct]) -> list[StructField]:
    """Return the fields that a struct's own class body declares, under the names they have in documents."""
    text = dedent(inspect.getsource(struct))
    comments = _comments(text)
    names = dict(zip(struct.__struct_fields__, struct.__struct_encode_fields__, strict=True))
    return [
        StructField(
            names[node.target.id], ast.unparse(node.annotation), _default(node), comments.get(node.end_lineno or 0, "")
        )
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
    ]


def summary_of(struct: type[Struct]) -> str:
    """Return the class's docstring, in one line."""
    return " ".join((inspect.getdoc(struct) or "").split())


def _default(node: ast.AnnAssign) -> str:
    match node.value:
        case None:
            return ""
        case ast.Call(func=ast.Attribute(value=ast.Name(id=msgspec.__name__), attr="field"), keywords=keywords):
            return next((ast.unparse(k.value) for k in keywords if k.arg == "default"), "")
        case value:
            return ast.unparse(value)


def _comments(text: str) -> dict[int, str]:
    tokens = tokenize.generate_tokens(StringIO(text).readline)
    return {t.start[0]: t.string.lstrip("# ") for t in tokens if t.type == tokenize.COMMENT}
