"""Rows set aside on disk, in files by the checksum of their key, so that each file holds whole groups.

The files have no names: whatever ends the process, nothing of them is left behind.
"""

import struct
from collections.abc import Iterator
from tempfile import TemporaryFile
from typing import IO, TypeAlias
from zlib import crc32

import msgspec

from interplay.kernel.errors import AppError

PARTITIONS = 64
_LENGTH = struct.Struct("<I")

Key: TypeAlias = tuple[int, tuple[str, ...]]
"""(number of the fact's plan, the key columns as text)"""
Staged: TypeAlias = tuple[object, ...]
"""(line, readings …)"""

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(tuple[Key, list[tuple[object, ...]]])


class Spill:
    """Partitioned rows on disk. Nothing is opened before the first `add`."""

    def __init__(self) -> None:
        self._files: list[IO[bytes]] = []

    @property
    def is_empty(self) -> bool:
        return not self._files

    def add(self, groups: dict[Key, list[Staged]]) -> None:
        """Set groups aside; what comes later of the same key lands behind it. Raises AppError `import.disk`."""
        parts: list[list[bytes]] = [[] for _ in range(PARTITIONS)]
        for key, rows in groups.items():
            record = _encoder.encode((key, rows))
            part = parts[crc32(_encoder.encode(key)) % PARTITIONS]
            part += (_LENGTH.pack(len(record)), record)
        try:
            while len(self._files) < PARTITIONS:
                self._files.append(TemporaryFile())  # noqa: SIM115 - `close` closes it
            for file, part in zip(self._files, parts, strict=True):
                file.writelines(part)
                file.flush()
        except OSError as full:
            raise AppError("import.disk", status=507, reason=str(full)) from None

    def partitions(self) -> Iterator[dict[Key, list[Staged]]]:
        """Yield the groups of each file."""
        for file in self._files:
            groups: dict[Key, list[Staged]] = {}
            file.seek(0)
            while head := file.read(_LENGTH.size):
                key, rows = _decoder.decode(file.read(_LENGTH.unpack(head)[0]))
                groups.setdefault(key, []).extend(rows)
            yield groups

    def close(self) -> None:
        for file in self._files:
            file.close()
