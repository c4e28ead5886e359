"""Export the warehouse as Parquet files."""

from interplay.engine.wire.contracts import Question
from interplay.understand.profiles.contracts import Reading
from interplay.understand.warehouse.contracts import Export, Exported


def _export(reading: Reading, ask: Export) -> Exported:
    from interplay.understand.warehouse import files  # a lazy seam: pyarrow

    return files.export(reading, ask)


export = Question("warehouse.export", Export, Exported, _export)
