"""A decoded document against the struct that it shall be: every mistake with its place, and what may be there.

What is wrong is mended on the way (an unknown key dropped, a word replaced by one that exists), so that whatever else
is wrong with the document can be found in the same run.
"""

from collections.abc import Callable, Iterable
from typing import Any

from msgspec import Struct
from msgspec import inspect as types

from interplay.engine.documents.places import Place
from interplay.kernel.errors import AppError
from interplay.kernel.spelling import closest, listed

INTEGER_MAX = 2**63 - 1
"""What can be stored: 64 bits with a sign."""

_SIMPLE: dict[type, tuple[type, ...]] = {
    types.StrType: (str,),
    types.BoolType: (bool,),
    types.IntType: (int,),
    types.FloatType: (float, int),
    types.NoneType: (type(None),),
}
_NAMES = {
    types.StrType: "text",
    types.BoolType: "true, false",
    types.IntType: "integer",
    types.FloatType: "number",
    types.NoneType: "null",
    types.StructType: "keys with values",
    types.DictType: "keys with values",
    types.ListType: "list",
    types.VarTupleType: "list",
}
_GIVEN = {bool: "true or false", int: "number", float: "number", str: "text", list: "list", dict: "keys with values"}
_EMPTY: dict[type, object] = {types.StrType: "", types.BoolType: False, types.IntType: 0, types.FloatType: 0.0}


class Misshapen(Struct, frozen=True):
    """One thing that is wrong with a document by itself."""

    place: Place
    mistake: AppError  # `documents.shape.*`


def mended(value: object, kind: type[Struct]) -> tuple[Any, list[Misshapen]]:
    """Return the value as it could be converted to `kind`, and what was wrong with it."""
    found: list[Misshapen] = []

    def note(place: Place, code: str, **params: str) -> None:
        found.append(Misshapen(place, AppError(f"documents.shape.{code}", status=400, **params)))

    return _Mender(note).mend(value, types.type_info(kind), ()), found


class _Mender:
    def __init__(self, note: Callable[..., None]) -> None:
        self._note = note

    def mend(self, value: Any, kind: types.Type, place: Place) -> Any:
        if isinstance(value, int) and abs(value) > INTEGER_MAX:
            self._note(place, "integer", allowed=str(INTEGER_MAX))
            return _blank(kind)
        if isinstance(kind, types.AnyType):
            return value
        if isinstance(kind, types.UnionType):
            return self._union(value, kind, place)
        if isinstance(kind, types.StructType) and isinstance(value, dict):
            return self._struct(value, kind, place)
        if isinstance(kind, types.DictType) and isinstance(value, dict):
            return self._dict(value, kind, place)
        if isinstance(kind, types.ListType | types.VarTupleType) and isinstance(value, list):
            return [self.mend(one, kind.item_type, (*place, n)) for n, one in enumerate(value)]
        if isinstance(kind, types.EnumType | types.LiteralType):
            return self._word(value, _words(kind), place)
        if type(value) in _SIMPLE.get(type(kind), ()):
            return value
        self._note(place, "type", given=_given(value), allowed=_name(kind))
        return _blank(kind)

    def _struct(self, value: dict[Any, Any], kind: types.StructType, place: Place) -> dict[str, Any]:
        fields = {field.encode_name: field for field in kind.fields}
        out = {}
        for key, one in value.items():
            name = key
            if key not in fields:  # a misspelt key is one mistake: its value is read as that of the key that was meant
                name = self._unknown((*place, str(key)), "key", str(key), list(fields))
                if name in value or name in out or closest(str(key), fields) is None:
                    continue
            out[name] = self.mend(one, fields[name].type, (*place, str(key)))
        for name, field in fields.items():
            if name not in out and field.required:
                self._note((*place, name), "missing", name=name)
                out[name] = _blank(field.type)
        return out

    def _dict(self, value: dict[Any, Any], kind: types.DictType, place: Place) -> dict[Any, Any]:
        out = {}
        for key, one in value.items():
            here = (*place, str(key))
            if isinstance(kind.key_type, types.StrType) and not isinstance(key, str):
                self._note(here, "key_text", given=str(key))
            out[str(key) if isinstance(kind.key_type, types.StrType) else key] = self.mend(one, kind.value_type, here)
        return out

    def _union(self, value: Any, kind: types.UnionType, place: Place) -> Any:
        for one in kind.types:
            if _suits(value, one):
                return self.mend(value, one, place)
        self._note(place, "type", given=_given(value), allowed=listed(dict.fromkeys(map(_name, kind.types))))
        return _blank(kind.types[0])

    def _word(self, value: Any, words: list[str], place: Place) -> str:
        if value in words:
            return str(value)
        return self._unknown(place, "value", _given(value) if isinstance(value, dict | list) else str(value), words)

    def _unknown(self, place: Place, code: str, given: str, words: list[str]) -> str:
        meant = closest(given, words)
        if meant is None:
            self._note(place, code, given=given, allowed=listed(words))
        else:
            self._note(place, f"{code}_meant", given=given, meant=meant, allowed=listed(words))
        return meant or words[0]


def _suits(value: Any, kind: types.Type) -> bool:
    if isinstance(value, dict):
        return isinstance(kind, types.StructType | types.DictType)
    if isinstance(value, list):
        return isinstance(kind, types.ListType | types.VarTupleType)
    if isinstance(kind, types.EnumType | types.LiteralType):
        return isinstance(value, str)
    return type(value) in _SIMPLE.get(type(kind), ())


def _words(kind: types.EnumType | types.LiteralType) -> list[str]:
    return [one.value for one in kind.cls] if isinstance(kind, types.EnumType) else [str(one) for one in kind.values]


def _name(kind: types.Type) -> str:
    if isinstance(kind, types.EnumType | types.LiteralType):
        return listed(_words(kind))
    return _NAMES.get(type(kind), type(kind).__name__)


def _given(value: object) -> str:
    return "nothing" if value is None else _GIVEN.get(type(value), type(value).__name__)


def _blank(kind: types.Type) -> Any:
    """Return something of the kind, to go on with."""
    if isinstance(kind, types.StructType):
        return {field.encode_name: _blank(field.type) for field in _required(kind.fields)}
    if isinstance(kind, types.DictType):
        return {}
    if isinstance(kind, types.ListType | types.VarTupleType):
        return []
    if isinstance(kind, types.EnumType | types.LiteralType):
        return _words(kind)[0]
    if isinstance(kind, types.UnionType):
        return _blank(kind.types[0])
    return _EMPTY.get(type(kind))


def _required(fields: Iterable[types.Field]) -> list[types.Field]:
    return [field for field in fields if field.required]
