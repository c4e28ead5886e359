"""The demo's folder: which story it holds, the keys of its senders, and where its files are.

    DIR/data/        the data directory, as `init` makes it
    DIR/documents/   what is applied          DIR/orders.yaml, DIR/orders.csv   the tills' mapping and file
    DIR/export/      the warehouse as Parquet                      DIR/serve.log   what the server said
    DIR/demo.json    the story and its keys                        DIR/deeds.json   what the demo did besides
    DIR/caps/        the data directory of the season             DIR/caps.json   what it came to
    DIR/export-….json   one person's data, as she would get them

Sent again, a story has to be the same to the letter, and under the same keys: so both are kept here.
"""

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct

from interplay.bootstrap.access import Access
from interplay.bootstrap.home import create
from interplay.bootstrap.keys import first_keys
from interplay.bootstrap.kinds import apply_folder
from interplay.kernel.context import live_world
from interplay.kernel.errors import AppError
from interplay.kernel.ids import Micros
from interplay.kernel.settings import Settings
from interplay.kernel.time import from_micros, to_micros
from interplay.rehearse.brand.api import MAPPING, Simulation, owner, simulate, write_documents

FILE_NAME = "demo.json"
PEOPLE, DAYS, SEED = 3_000, 90, 1


class Wanted(Struct, frozen=True):
    """What the command line asks for; None leaves it to the folder's story, or to the defaults."""

    people: int | None = None
    days: int | None = None
    seed: int | None = None


class Story(Struct, frozen=True):
    """A simulated story and the keys under which it is sent."""

    seed: int
    people: int
    days: int
    until: Micros
    write_key: str
    secret_key: str

    def told(self) -> Simulation:
        return simulate(seed=self.seed, people=self.people, until=from_micros(self.until), days=self.days)


class Folder:
    """The demo's folder. Nothing is read or written before `prepare`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.data = path / "data"
        self.documents = path / "documents"
        self.mapping = path / MAPPING
        self.order_file = path / "orders.csv"
        self.rejects = path / "orders.rejects.jsonl"
        self.export = path / "export"
        self.server_log = path / "serve.log"
        self.deeds = path / "deeds.json"
        self.caps = path / "caps"
        self.caps_file = path / "caps.json"
        self._file = path / FILE_NAME

    def export_of(self, number: int) -> Path:
        """Return where one person's data go."""
        return self.path / f"export-{number}.json"

    def prepare(self, wanted: Wanted) -> Story:
        """Make the folder, or find the story in it; apply the documents; write the tills' file.

        Raises AppError `demo.other_story` when the folder has another story than is wanted.
        """
        story = self._known(wanted) if self._file.exists() else self._new(wanted)
        write_documents(self.path)
        with Access(self.data) as access:
            apply_folder(access, self.documents)
        story.told().write_order_file(self.order_file)
        return story

    def _known(self, wanted: Wanted) -> Story:
        story = msgspec.json.decode(self._file.read_bytes(), type=Story)
        for name in Wanted.__struct_fields__:
            asked, held = getattr(wanted, name), getattr(story, name)
            if asked not in (None, held):
                raise AppError("demo.other_story", path=str(self.path), name=name, given=asked, held=held)
        return story

    def _new(self, wanted: Wanted) -> Story:
        people, days, seed = (
            given if given is not None else usual
            for given, usual in ((wanted.people, PEOPLE), (wanted.days, DAYS), (wanted.seed, SEED))
        )
        brand = owner()
        until = full_hour(live_world(brand).now(), brand.zone())
        simulate(seed=seed, people=people, until=from_micros(until), days=days)  # refuses what cannot be told
        create(self.data, Settings(brand))
        keys = first_keys(self.data)
        story = Story(seed, people, days, until, keys["write_key"], keys["secret_key"])
        self._file.touch(mode=0o600)
        self._file.write_bytes(msgspec.json.encode(story))
        return story


def full_hour(at: Micros, zone: ZoneInfo) -> Micros:
    """Return the beginning of the hour, as the brand's clocks show it."""
    shown: datetime = from_micros(at).astimezone(zone)
    return to_micros(shown.replace(minute=0, second=0, microsecond=0))
