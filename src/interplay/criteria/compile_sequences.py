"""The customers of every sequence in a criterion: one fetch of the steps, one kernel pass per sequence."""

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa

from interplay.criteria.compile_facts import bounds, rows_needed
from interplay.criteria.contracts import InSequence, Tables


def by_customer(asked: Sequence[InSequence], tables: Tables, now: int) -> ir.Table:
    """Return one row per customer of any of the sequences, with `sequence_0`, `sequence_1`, … true or false.

    The kernel runs here and now; the table returned holds its answers.
    """
    from interplay.criteria import sequences  # a lazy seam: numba

    codes = {name: code for code, name in enumerate(sorted({step for one in asked for step in one.steps}))}
    steps = _steps(asked, codes, tables, now).to_pyarrow()
    customer, at, position, code = (steps[name].combine_chunks().to_numpy() for name in steps.column_names)
    trails = sequences.trails(customer, at, position, code)
    found = [
        sequences.followers(trails, tuple(codes[s] for s in one.steps), one.span_micros, *bounds(one.window, now))
        for one in asked
    ]
    customers = np.unique(np.concatenate(found))
    columns = {f"sequence_{i}": np.isin(customers, ids, assume_unique=True) for i, ids in enumerate(found)}
    return ibis.memtable(pa.table({"customer": customers, **columns}))


def answer(table: ir.Table, index: int) -> ir.BooleanValue:
    """Return whether customers of a table to which `by_customer` was left-joined have the sequence."""
    return table[f"sequence_{index}"].coalesce(ibis.literal(False))


def _steps(asked: Sequence[InSequence], codes: dict[str, int], tables: Tables, now: int) -> ir.Table:
    """Return customer, at, position and code of every fact that may be a step. Names stay in the engine."""
    needs = [(step, bounds(one.window, now)) for one in asked for step in one.steps]
    rows = rows_needed(tables.facts, needs)
    code = ibis.cases(*((rows["name"] == name, ibis.literal(code, "int16")) for name, code in codes.items()))
    coded = rows.select("subject", "occurred_at", "position", code=code)
    return coded.inner_join(tables.members, "subject").select("customer", "occurred_at", "position", "code")
