"""What answers keep for the next question, each under what it is an answer to."""

import threading
from collections import OrderedDict
from collections.abc import Hashable
from typing import Any, NamedTuple

MIB = 2**20
SIZE_MAX = 256 * MIB
OVERHEAD = 512
"""Bytes that anything takes beside what it says of itself."""


class _Kept(NamedTuple):
    value: Any
    size: int


class Shelf:
    """Keeps what was asked for last, from any thread; what nobody asked for longest goes first."""

    def __init__(self, size_max: int = SIZE_MAX) -> None:
        self._size_max = size_max
        self._size = 0
        self._kept: OrderedDict[Hashable, _Kept] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable) -> Any:
        """Return what is kept; None: nothing."""
        with self._lock:
            if (found := self._kept.get(key)) is None:
                return None
            self._kept.move_to_end(key)
            return found.value

    def put(self, key: Hashable, value: object, size: int = 0) -> None:
        """Keep something of so many bytes."""
        with self._lock:
            self._drop(key)
            self._kept[key] = _Kept(value, size + OVERHEAD)
            self._size += size + OVERHEAD
            while self._size > self._size_max:
                self._drop(next(iter(self._kept)))

    def _drop(self, key: Hashable) -> None:
        if (found := self._kept.pop(key, None)) is not None:
            self._size -= found.size
