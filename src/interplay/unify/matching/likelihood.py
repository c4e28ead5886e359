"""How probable it is that two customers are one person: Splink's Fellegi-Sunter model, in a DuckDB in memory.

Nothing is written to a disk: the database has no place to spill to, and is dropped with the model.
"""

import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import duckdb
import pyarrow as pa
import splink.comparison_level_library as levels
from splink import Linker, SettingsCreator, block_on
from splink.backends.duckdb import DuckDBAPI
from splink.comparison_library import CustomComparison
from splink.internals.blocking_rule_creator import BlockingRuleCreator
from splink.internals.comparison_creator import ComparisonCreator
from splink.internals.comparison_level_creator import ComparisonLevelCreator
from splink.internals.exceptions import SplinkException

from interplay.kernel.errors import AppError
from interplay.kernel.ids import CustomerId
from interplay.unify.matching.columns import EMAIL_NAME_PART, FAMILY, GIVEN, SWAPPED_NAMES, blocks
from interplay.unify.matching.contracts import Agreement, Column, ColumnKind, Person, Reason, Scored
from interplay.unify.matching.weights import FREQUENCY_COUNTS, Level, agreement, chance, levels_of

SEED = 20_260_101
SAMPLED_PAIRS_MAX = 1_000_000
COMPARED_PAIRS_MAX = 5_000_000
LEARNED_FROM_PAIRS_MAX = 1_000_000
LEARNED_FROM_PAIRS_MIN = 100
LEARNED_FROM_CUSTOMERS_MIN = 200
SCORED_MAX = 200_000
STRICT_RULES_RECALL = (
    0.7  # how many of the true pairs are equal in one of the strict blocks, as Splink's tutorial has it
)

Report = Callable[[float], None]


class Likelihood:
    """A model of one list of customers. Close it when done: what it knows is personal."""

    def __init__(self, people: Sequence[Person], columns: Sequence[Column], *, memory_mb_max: int) -> None:
        self._people = people
        self._columns = columns
        self._sql = {column.name: f"c{index}" for index, column in enumerate(columns)}
        self.is_learned = len(people) >= LEARNED_FROM_CUSTOMERS_MIN
        self._memory_mb_max = memory_mb_max
        self._connection = duckdb.connect(":memory:")
        self._connection.execute(f"SET memory_limit = '{memory_mb_max}MB'")
        self._connection.execute("SET temp_directory = ''")
        self._connection.execute("SET threads = 1")  # sums of fractions come out the same every time
        self.blocks: tuple[tuple[str, ...], ...] = ()

    def close(self) -> None:
        self._connection.close()

    def score(self, min_probability: float, report: Report) -> list[Scored]:
        """Return the pairs from a probability on, the most probable first, `SCORED_MAX` at most.

        Raises AppError `matching.memory`.
        """
        logging.getLogger("splink").setLevel(logging.ERROR)
        try:
            return self._score(min_probability, report)
        except (duckdb.OutOfMemoryException, SplinkException) as failed:
            if not isinstance(failed.__cause__ or failed, duckdb.OutOfMemoryException):
                raise
            raise AppError("matching.memory", status=507, allowed_mb=self._memory_mb_max) from None

    def _score(self, min_probability: float, report: Report) -> list[Scored]:
        self._connection.register("given", self._table())
        self._connection.execute(f"CREATE TABLE people AS SELECT {', '.join(['*', *self._keys()])} FROM given")
        self._connection.unregister("given")
        self.blocks = self._affordable(COMPARED_PAIRS_MAX)
        if not self.blocks:
            return []
        linker = self._linker()
        report(0.1)
        if self.is_learned:
            self._learn(linker, report)
        report(0.8)
        found = linker.inference.predict(threshold_match_probability=min_probability, warning_mode="never")
        report(1.0)
        return self._read(found.physical_name)

    def _table(self) -> pa.Table:
        arrays = {"unique_id": pa.array([one.customer for one in self._people], pa.int64())}
        for column in self._columns:
            values = [one.values.get(column.name) for one in self._people]
            if column.kind is ColumnKind.DATE:
                array = pa.array(values, pa.int32()).cast(pa.date32())
            else:
                array = pa.array(values, pa.int64() if column.kind is ColumnKind.YEAR else pa.string())
            arrays[self._sql[column.name]] = array
        return pa.table(arrays)

    def _keys(self) -> list[str]:
        """Return the columns that only blocks know, as SQL, and let blocks find them by name."""
        made = []
        if {GIVEN, FAMILY} <= self._sql.keys():
            given, family = self._sql[GIVEN], self._sql[FAMILY]
            made.append(f"least({given}, {family}) || ' ' || greatest({given}, {family}) AS {SWAPPED_NAMES}")
        if "email" in self._sql:
            made.append(f"split_part({self._sql['email']}, '@', 1) AS {EMAIL_NAME_PART}")
        return made

    def _affordable(self, pairs_max: int) -> tuple[tuple[str, ...], ...]:
        """Return the blocks, the strictest first, that together make no more pairs than this."""
        taken, pairs = [], 0
        for block in blocks(self._columns):
            count = self._pairs_in(block)
            if count and pairs + count <= pairs_max:
                pairs += count
                taken.append(block)
        return tuple(taken)

    def _pairs_in(self, block: Sequence[str]) -> int:
        names = [self._sql.get(name, name) for name in block]
        there = " AND ".join(f"{name} IS NOT NULL" for name in names)
        sizes = f"SELECT count(*) AS size FROM people WHERE {there} GROUP BY {', '.join(names)}"
        ((pairs,),) = self._connection.execute(f"SELECT sum(size * (size - 1) // 2) FROM ({sizes})").fetchall()
        return int(pairs or 0)

    def _linker(self) -> Linker:
        settings = SettingsCreator(
            link_type="dedupe_only",
            comparisons=[self._comparison(column) for column in self._columns],
            blocking_rules_to_generate_predictions=[self._block_on(block) for block in self.blocks],
            probability_two_random_records_match=chance(len(self._people)),
            retain_matching_columns=True,
            retain_intermediate_calculation_columns=True,
        )
        people = DuckDBAPI(self._connection).register("people")
        return Linker(people, settings, log_level=logging.ERROR)

    def _block_on(self, block: Sequence[str]) -> BlockingRuleCreator:
        return block_on(*(self._sql.get(name, name) for name in block))

    def _comparison(self, column: Column) -> ComparisonCreator:
        name = self._sql[column.name]
        made: list[ComparisonLevelCreator | dict[str, Any]] = [levels.NullLevel(name)]
        *before, last = levels_of(column, self._columns)
        for level in before:
            one: ComparisonLevelCreator = levels.CustomLevel(self._condition(column, level))
            one.configure(m_probability=level.same, u_probability=level.other)
            if level.agreement is Agreement.EXACT and self.is_learned and column.kind in FREQUENCY_COUNTS:
                one.configure(tf_adjustment_column=name)
            made.append(one)
        made.append(levels.ElseLevel().configure(m_probability=last.same, u_probability=last.other))
        return CustomComparison(made, output_column_name=name)

    def _condition(self, column: Column, level: Level) -> str:
        """Return what two values fulfil at a level, in SQL; `_l` and `_r` are the two."""
        name = self._sql[column.name]
        left, right = f"{name}_l", f"{name}_r"
        match level.agreement:
            case Agreement.EXACT:
                return f"{left} = {right}"
            case Agreement.SWAPPED:
                other = self._sql[FAMILY if column.name == GIVEN else GIVEN]
                return f"{left} = {other}_r OR {other}_l = {right}"
            case Agreement.SAME_NAME_PART:
                return f"split_part({left}, '@', 1) = split_part({right}, '@', 1)"
            case Agreement.TYPO:
                return f"damerau_levenshtein({left}::VARCHAR, {right}::VARCHAR) <= 1"
            case Agreement.MONTH | Agreement.YEAR | Agreement.DECADE:
                return f"abs(date_diff('day', {left}, {right})) <= {level.like:.0f}"
            case Agreement.CLOSE if column.kind is ColumnKind.EMAIL:
                name_parts = f"split_part({left}, '@', 1), split_part({right}, '@', 1)"
                likes = f"jaro_winkler_similarity({left}, {right}), jaro_winkler_similarity({name_parts})"
                return f"greatest({likes}) >= {level.like}"
            case Agreement.CLOSE | Agreement.SIMILAR:
                return f"jaro_winkler_similarity({left}, {right}) >= {level.like}"
            case Agreement.DIFFERENT | Agreement.MISSING:
                raise AssertionError(level)

    def _learn(self, linker: Linker, report: Report) -> None:
        """Estimate the weights from the list itself: by chance pairs, then by pairs that are equal in a block."""
        strict = [block for block in self.blocks if _is_strict(block)]
        if strict:
            with suppress(ValueError):  # nearly everybody is equal in a block: the strict ones are not strict here
                linker.training.estimate_probability_two_random_records_match(
                    [self._block_on(block) for block in strict], recall=STRICT_RULES_RECALL
                )
        report(0.2)
        linker.training.estimate_u_using_random_sampling(max_pairs=SAMPLED_PAIRS_MAX, seed=SEED)
        report(0.4)
        for block in self._learned_from():
            linker.training.estimate_parameters_using_expectation_maximisation(self._block_on(block))

    def _learned_from(self) -> list[tuple[str, ...]]:
        """Return blocks with enough pairs to learn from, each leaving other columns to be learned."""
        dates = [(one.name,) for one in self._columns if one.kind is ColumnKind.DATE]
        wanted = [(GIVEN, FAMILY), *dates, ("email",), ("phone",)]
        known = {one.name for one in self._columns}
        return [
            block
            for block in wanted
            if known.issuperset(block)
            and known.difference(block)
            and LEARNED_FROM_PAIRS_MIN <= self._pairs_in(block) <= LEARNED_FROM_PAIRS_MAX
        ]

    def _read(self, table: str) -> list[Scored]:
        found = self._connection.table(table)
        picked = ["unique_id_l", "unique_id_r", "match_probability"]
        for column in self._columns:
            name = self._sql[column.name]
            by_frequency = f" + mw_tf_adj_{name}" if f"mw_tf_adj_{name}" in found.columns else ""
            picked += [f"gamma_{name}", f"mw_{name}{by_frequency}"]
        ordered = found.select(*map(duckdb.SQLExpression, picked)).order("3 DESC, 1, 2").limit(SCORED_MAX)
        return [self._scored(row) for row in ordered.fetchall()]

    def _scored(self, row: Sequence[Any]) -> Scored:
        one, other, probability, *rest = row
        told = zip(self._columns, rest[::2], rest[1::2], strict=True)
        reasons = (
            Reason(column.name, agreement(levels_of(column, self._columns), level), round(weight, 2))
            for column, level, weight in told
        )
        known = sorted((one for one in reasons if one.agreement is not Agreement.MISSING), key=_weakest_last)
        return Scored(CustomerId(min(one, other)), CustomerId(max(one, other)), probability, tuple(known))


def _weakest_last(reason: Reason) -> tuple[float, str]:
    return -abs(reason.weight), reason.column


def _is_strict(block: Sequence[str]) -> bool:
    return len(block) > 2 or block in (("email",), ("phone",)) or (len(block) == 2 and "city" not in block)
