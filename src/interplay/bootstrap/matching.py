"""Find customers who are probably one person, and keep the pairs for staff, wherever the directory's processes are."""

import fcntl
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec

from interplay.bootstrap.reach import Reach
from interplay.engine.oltp.contracts import Priority
from interplay.kernel.errors import AppError
from interplay.understand.profiles import api as profiles
from interplay.understand.profiles.contracts import ListMatches
from interplay.unify.matching import api as matching
from interplay.unify.matching.contracts import Compare, Compared, Measured, Settle

Report = Callable[[float], None]


def match(reach: Reach, ask: Compare, report: Report | None = None) -> Compared:
    """Compare all customers, and let the pairs that are found take the place of those found before.

    With `report` (a share from 0 to 1) the work is done here, else by the mind: a door has posts to answer.

    Raises AppError `matching.*`.
    """
    matching.check(ask)
    home = reach.home
    ask = msgspec.structs.replace(ask, memory_mb_max=home.settings.warehouse.memory_mb_max)
    with _alone(home.folder):
        began_at = home.world.now()
        if report is None:
            compared = reach.ask(profiles.compare, ask)
        else:
            _catch_up(reach)
            compared = matching.compare(home.database, home.keys, home.settings.brand, began_at, ask, report)
        for some in matching.batches(compared, began_at):
            reach.submit(matching.propose, some, Priority.BULK).result()
        reach.write(matching.settle, Settle(began_at))
    return compared


def measure(reach: Reach, ask: Compare, labelled: Sequence[tuple[str, str]], report: Report) -> Measured:
    """Compare all customers and return how good the pairs are beside labels, (identifier, person); keep nothing.

    Raises AppError `matching.*`, `facts.identifier*`, `customers.identifier`.
    """
    matching.check(ask)
    home = reach.home
    ask = msgspec.structs.replace(ask, memory_mb_max=home.settings.warehouse.memory_mb_max)
    with _alone(home.folder):
        _catch_up(reach)
        return matching.measure(home.database, home.keys, home.settings.brand, home.world.now(), ask, labelled, report)


def _catch_up(reach: Reach) -> None:
    """Ask something small, which is answered once the map of who is who holds every fact."""
    reach.ask(profiles.list_matches, ListMatches(0))


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Let one comparison run at a time, in whichever process. Raises AppError `matching.running`."""
    file = os.open(folder / "run" / "matching", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(file)
        raise AppError("matching.running", status=409) from None
    try:
        yield
    finally:
        os.close(file)
