"""Balances as the facts of the log say them, held against the ledger: of each subject, now, later, and as of before."""

from interplay.acts import api as acts
from interplay.collect.facts.api import Declarations
from interplay.criteria.api import CustomerHistory, stock_of
from interplay.link.points.term import available

LATER = (1, 3 * 86_400_000_000, 30 * 86_400_000_000)


class Folding:
    """Follows a store's log; what it has seen once holds as of then, whatever comes later."""

    def __init__(self, door, unit="points"):
        self._door = door
        self._unit = unit
        self._stock = available(unit)
        self._stood = {}  # (instant, subject) → what the ledger said

    def note(self):
        """Remember what the ledger says now of each subject that was heard of."""
        now = self._door.clock()
        subjects = {row.subject for row in self._door.rows() if row.subject is not None}
        self._stood |= {(now, subject): self._ledger(subject, now) for subject in subjects}

    def check(self):
        """Fold the log: what stood at each instant, what is there now, and what will be if nothing else comes."""
        self.note()
        now, pasts = self._door.clock(), self._pasts()
        for (at, subject), had in self._stood.items():
            assert stock_of(self._stock, pasts[subject], at) == had, (subject, at)
        for subject, past in pasts.items():
            for later in LATER:
                assert stock_of(self._stock, past, now + later) == self._ledger(subject, now + later), (subject, later)

    def _ledger(self, subject, at):
        return acts.balances(self._door.database, [subject], at, self._unit)[0].available

    def _pasts(self):
        home = self._door.home
        projector = Declarations(home.database, home.settings.brand, home.keys).current().projector
        pasts = {}
        for row in self._door.rows():
            if row.subject is not None and (payload := projector.payload(row)) is not None:
                pasts.setdefault(row.subject, CustomerHistory()).add(projector.occurrence(row, payload))
        return pasts
