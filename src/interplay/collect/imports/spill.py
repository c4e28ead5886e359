"""Rows set aside on disk, in files by the checksum of their key, so that each file holds whole groups."""

import struct
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypeAlias
from zlib import crc32

import msgspec

PARTITIONS = 64
_LENGTH = struct.Struct("<I")

Key: TypeAlias = tuple[int, tuple[str, ...]]
"""(number of the fact's plan, the key columns as text)"""
Staged: TypeAlias = tuple[object, ...]
"""(line, readings …)"""

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(tuple[Key, list[tuple[object, ...]]])


class Spill:
    """Partitioned rows in a temporary folder. Nothing is written before the first `add`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.is_empty = True

    def add(self, groups: dict[Key, list[Staged]]) -> None:
        """Set groups aside; what comes later of the same key lands behind it."""
        self.is_empty = False
        parts: list[list[bytes]] = [[] for _ in range(PARTITIONS)]
        for key, rows in groups.items():
            record = _encoder.encode((key, rows))
            part = parts[crc32(_encoder.encode(key)) % PARTITIONS]
            part += (_LENGTH.pack(len(record)), record)
        for number, part in enumerate(parts):
            with self._path(number).open("ab") as file:
                file.writelines(part)

    def partitions(self) -> Iterator[dict[Key, list[Staged]]]:
        """Yield the groups of each file."""
        for number in range(PARTITIONS):
            groups: dict[Key, list[Staged]] = {}
            for key, rows in self._records(number):
                groups.setdefault(key, []).extend(rows)
            yield groups

    def _records(self, number: int) -> Iterator[tuple[Key, Sequence[Staged]]]:
        if not self._path(number).exists():
            return
        with self._path(number).open("rb") as file:
            while head := file.read(_LENGTH.size):
                yield _decoder.decode(file.read(_LENGTH.unpack(head)[0]))

    def _path(self, number: int) -> Path:
        return self._folder / f"{number:02}"
