"""The engines that are asked, each holding the same rows: DuckDB, ClickHouse by its library, Spark by itself."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from itertools import count
from pathlib import Path

import duckdb
import ibis
import ibis.expr.types as ir
import pyarrow as pa

from interplay.criteria.contracts import Tables
from interplay.engine.olap.dialects import CLICKHOUSE_SETTINGS, with_rules
from tests.parity.chdb_backend import ChdbBackend
from tools.reference.support import Engine

Load = Callable[[Tables], Tables]
"""Puts tables that Ibis holds in memory into an engine."""

REQUIRED = {
    "customers": ("customer",),
    "members": ("subject", "customer"),
    "facts": ("position", "name", "occurred_at"),
    "traits": ("position", "subject", "occurred_at", "trait", "op"),
}
"""The columns that cannot be NULL. On ClickHouse that is another type, with zeros for what is not there."""


@contextmanager
def in_duckdb(folder: Path) -> Iterator[Load]:
    with duckdb.connect(folder / "parity.duckdb") as connection:
        backend = ibis.duckdb.from_connection(connection)

        def create(name: str, rows: pa.Table) -> ir.Table:
            connection.register("given", rows).execute(f"CREATE TABLE {name} AS FROM given")
            return backend.table(name)

        yield _loader(create)


@contextmanager
def in_clickhouse(folder: Path) -> Iterator[Load]:
    backend = with_rules(ChdbBackend(folder / "chdb", CLICKHOUSE_SETTINGS))
    yield _loader(backend.create_table)
    backend.disconnect()


@contextmanager
def in_spark(folder: Path) -> Iterator[Load]:
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.master("local[1]")
    for key, value in {**_QUICK, "spark.sql.warehouse.dir": str(folder)}.items():
        builder = builder.config(key, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("OFF")
    backend = with_rules(ibis.pyspark.connect(session))

    def create(name: str, rows: pa.Table) -> ir.Table:
        session.createDataFrame(rows).createOrReplaceTempView(name)
        return backend.table(name)

    yield _loader(create)
    session.stop()


ENGINES: dict[Engine, Callable[[Path], AbstractContextManager[Load]]] = {
    Engine.DUCKDB: in_duckdb,
    Engine.CLICKHOUSE: in_clickhouse,
    Engine.SPARK: in_spark,
}
_QUICK = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.sql.shuffle.partitions": "1",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
}
"""Against the seconds that a cluster's defaults cost with a few rows; no answer depends on them."""


def cannot_run(engine: Engine) -> str | None:
    """Return why an engine cannot be asked here."""
    if engine is Engine.SPARK and shutil.which("java") is None:
        return "Spark needs Java, and there is no `java` here"
    return None


def rows_of(table: ir.Table, required: tuple[str, ...] = ()) -> pa.Table:
    """Return what a table that Ibis holds in memory holds, as the engines get it."""
    held = table.op()
    rows = held.data.to_pyarrow(held.schema)
    fields = [field.with_nullable(field.name not in required) for field in rows.schema]
    return pa.Table.from_arrays(rows.columns, schema=pa.schema(fields))


def _loader(create: Callable[[str, pa.Table], ir.Table]) -> Load:
    numbers = count()

    def load(tables: Tables) -> Tables:
        number = next(numbers)
        return Tables(
            **{
                name: create(f"{name}_{number}", rows_of(getattr(tables, name), required))
                for name, required in REQUIRED.items()
            }
        )

    return load
