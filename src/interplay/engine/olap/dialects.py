"""What Ibis leaves open of other engines, so that a criterion answers there what it answers here.

A criterion is one Ibis expression. Ibis writes it as the SQL of DuckDB, ClickHouse or Spark; a few operations come out
wrong or not at all. The rules here set those right, and the settings are what the answers are only right with.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import ibis.expr.datatypes as dt
import ibis.expr.operations as ops
from ibis.backends.sql.compilers.clickhouse import ClickHouseCompiler
from ibis.backends.sql.compilers.pyspark import PySparkCompiler

if TYPE_CHECKING:
    from ibis.backends.sql import SQLBackend

CLICKHOUSE_SETTINGS: Mapping[str, int] = {
    "join_use_nulls": 1,  # who has no row on the right has NULL there, not zero
    "aggregate_functions_null_for_empty": 1,  # the least of nothing is NULL, not zero
    "transform_null_in": 0,  # NULL in (…) is unknown
}


class ClickHouseRules(ClickHouseCompiler):  # type: ignore[misc]  # Ibis has no types
    """Ibis' compiler for ClickHouse, exact and with values that may be missing."""

    __slots__ = ()
    SIMPLE_OPS = {ops.CountDistinct: "uniqExact"}  # noqa: RUF012 - as Ibis has it; its own `uniq` is an estimate

    def visit_Cast(self, op: ops.Cast, *, arg: Any, to: dt.DataType) -> Any:  # noqa: N802 - called by its name
        """Read JSON text as a list. A list is never NULL there: no text is no elements."""
        if to.is_json() and op.arg.dtype.is_string():
            return arg
        if to.is_array() and op.arg.dtype.is_json():
            return self.f.JSONExtract(self.f.ifNull(arg, "[]"), self.type_mapper.to_string(to))
        return super().visit_Cast(op, arg=arg, to=to)

    def visit_StructColumn(self, op: ops.StructColumn, *, values: Any, **_: Any) -> Any:  # noqa: ARG002, N802
        """Make every element able to be NULL: the greatest tuple of none is one of NULLs then, not one of zeros."""
        return self.f.tuple(*(self.f.toNullable(value) for value in values))


class SparkRules(PySparkCompiler):  # type: ignore[misc]
    """Ibis' compiler for Spark, with lists out of JSON text."""

    __slots__ = ()

    def visit_Cast(self, op: ops.Cast, *, arg: Any, to: dt.DataType) -> Any:  # noqa: N802 - called by its name
        """Read JSON text as a list: Spark has no cast for it."""
        if to.is_array() and op.arg.dtype.is_json():
            return self.f.anon.from_json(arg, self.type_mapper.to_string(to))
        return super().visit_Cast(op, arg=arg, to=to)


RULES = {"clickhouse": ClickHouseRules(), "pyspark": SparkRules()}
"""By Ibis' name of a backend. Engines that are not here need none."""


def with_rules(backend: "SQLBackend") -> "SQLBackend":
    """Let a connection that Ibis made compile by the rules, and return it. The settings are its maker's to set."""
    if backend.name in RULES:
        backend.compiler = RULES[backend.name]
    return backend
