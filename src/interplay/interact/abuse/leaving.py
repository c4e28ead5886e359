"""What abuse control keeps of a customer: on which days she was seen. Devices and addresses cannot be read back."""

from typing import Any

from interplay.engine.log.customer_data import Found, Whom
from interplay.engine.oltp.contracts import Tx
from interplay.engine.oltp.database import Database
from interplay.engine.secrets.subject_keys import SubjectKeys
from interplay.interact.abuse import store
from interplay.kernel.time import DAY, iso

WORDS = {store.DEVICE: "device", store.LINE: "address"}


class AbuseData:
    """Sightings."""

    name = "sightings"
    tables = frozenset({"sightings"})

    def export(self, database: Database, keys: SubjectKeys, whom: Whom) -> list[dict[str, Any]]:  # noqa: ARG002
        return [{"on": iso(day * DAY)[:10], "by": WORDS[kind]} for day, kind in store.of(database, whom.subjects)]

    def find(self, database: Database, keys: SubjectKeys, whom: Whom) -> Found:  # noqa: ARG002
        return Found()

    def erase(self, tx: Tx, keys: SubjectKeys, whom: Whom, found: Found) -> None:  # noqa: ARG002
        store.erase(tx, whom.subjects)
