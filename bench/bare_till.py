"""`python -m bench.bare_till FOLDER PORT`: the least that a till's door can do, beside which ours is measured.

The bare door with the rows of an act in place of a fact's: typed JSON, one SQLite writer with `synchronous = FULL` and
group commit, a 2xx after the flush. No key check, no rules, no quote, nobody is recognised, nothing is sealed.
"""

import sys
from pathlib import Path
from typing import Any

import msgspec

from bench.acts_by_hand import CUSTOMERS, one_by_hand, prepared
from bench.bare_door import BareDoor, serve
from interplay.faces.http.orders import CommitAsk

ASK = msgspec.json.Decoder(CommitAsk)


class BareTill(BareDoor):
    """Each request is one act."""

    def rows_of(self, path: str, body: bytes) -> list[Any]:
        return [ASK.decode(body)]

    def store(self, rows: list[Any]) -> None:
        self._raw.execute("BEGIN IMMEDIATE")
        for number, _ in enumerate(rows, self._position):
            one_by_hand(self._raw, number, 1 + number * 7919 % (CUSTOMERS - 1))
        self._raw.execute("COMMIT")
        self._position += len(rows)


if __name__ == "__main__":
    serve(BareTill(prepared(Path(sys.argv[1]))), int(sys.argv[2]))
