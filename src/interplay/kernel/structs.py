"""Making structs safe for threads.

msgspec works out what a struct looks like when it is first decoded. Two threads that meet a struct for the first time
at the same moment crash the process (msgspec 0.22), so it is worked out before there is a second thread.
"""

from collections.abc import Iterator

import msgspec
from msgspec import Struct

_prepared: set[type[Struct]] = set()


def prepare() -> None:
    """Work out every struct there is by now. For the one thread that is about to start others."""
    for kind in list(_every(Struct)):
        if kind not in _prepared:
            _prepared.add(kind)
            try:
                msgspec.json.Decoder(kind)
            except (TypeError, NameError):  # holds what is no data, so nobody decodes it
                continue


def _every(kind: type[Struct]) -> Iterator[type[Struct]]:
    for one in kind.__subclasses__():
        yield one
        yield from _every(one)
