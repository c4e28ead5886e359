from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from interplay.collect.facts.api import catalogue
from interplay.collect.imports import api
from interplay.collect.imports.contracts import Appended, Checkpoint, Chunk, Reading, Reject
from interplay.collect.ingest.contracts import Received
from interplay.kernel.ids import Micros
from interplay.kernel.settings import Brand

NOW = Micros(1_790_000_000_000_000)  # 2026-09-21


class MemorySink:
    """A log in memory: idempotent by digest, and able to fail once, after an append and before its checkpoint."""

    def __init__(self, fail_after: int | None = None) -> None:
        self.facts: dict[bytes, Received] = {}
        self.rejects: list[Reject] = []
        self.checkpoints: dict[tuple[bytes, bytes], Checkpoint] = {}
        self.fail_after = fail_after

    def chunks_done(self, file: bytes, mapping: bytes) -> int:
        known = self.checkpoints.get((file, mapping))
        return 0 if known is None or known.is_finished else known.chunks_done

    def append(self, facts: Sequence[Received]) -> Callable[[], Appended]:
        new = {fact.digest: fact for fact in facts if fact.digest not in self.facts}
        self.facts |= new

        def wait() -> Appended:
            if self.fail_after is not None:
                self.fail_after -= 1
                if self.fail_after == 0:
                    self.fail_after = None
                    raise ConnectionError("the power went out")
            return Appended(len(new), len(facts) - len(new))

        return wait

    def reject(self, rejects: Sequence[Reject]) -> None:
        self.rejects += rejects

    def checkpoint(self, checkpoint: Checkpoint) -> None:
        self.checkpoints[checkpoint.file, checkpoint.mapping] = checkpoint


class Importing:
    """Writes a file and a mapping and reads the one by the other."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.brand = Brand("Test", "Asia/Shanghai", "CNY", rates={"USD": "7.10"})
        self.rows_per_chunk = 1_000
        self.rows_in_memory_max = 1_000_000

    def reading(self, encoding: str | None = None) -> Reading:
        return Reading(catalogue(), self.brand, NOW, encoding, self.rows_per_chunk, self.rows_in_memory_max)

    def file(self, content: str | bytes, name: str = "rows.csv") -> Path:
        path = self.folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def chunks(self, path: Path, mapping: str, encoding: str | None = None, start: int = 0) -> list[Chunk]:
        text = "kind: mapping\nsource: test\n" + mapping
        return list(api.read(path, api.decode(text), self.reading(encoding), text=text, start=start))

    def facts(self, content: str | bytes, mapping: str, name: str = "rows.csv") -> list[Received]:
        """Return the facts of a file that has no rejects."""
        chunks = self.chunks(self.file(content, name), mapping)
        assert [one.text() for chunk in chunks for one in chunk.rejects] == []
        return [fact for chunk in chunks for fact in chunk.facts]

    def rejects(self, content: str | bytes, mapping: str, name: str = "rows.csv") -> list[tuple[int, str, str]]:
        """Return (line, field, code) of each reject."""
        chunks = self.chunks(self.file(content, name), mapping)
        return [(one.line, one.field, one.code) for chunk in chunks for one in chunk.rejects]


@pytest.fixture
def importing(tmp_path: Path) -> Importing:
    return Importing(tmp_path)


@pytest.fixture
def sink() -> Callable[..., MemorySink]:
    return MemorySink
