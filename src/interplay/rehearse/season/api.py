"""Play a season of 24 days into a data directory of its own, by the use cases that the doors call, and tell what came.

The days lie in the past and end with the one before `until`, so the directory can be served afterwards.
"""

import shutil
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from interplay.bootstrap import campaigns, codes
from interplay.interact.campaigns.contracts import Change
from interplay.interact.codes.contracts import Destination, Generate, Mark, Packing
from interplay.kernel.ids import Micros
from interplay.kernel.settings import Brand
from interplay.kernel.time import DAY, HOUR, SECOND, day_of, start_of
from interplay.rehearse.crowd.api import crowd
from interplay.rehearse.crowd.contracts import Crowd, Kind, Sizes
from interplay.rehearse.season.contracts import Ranked, Season
from interplay.rehearse.season.counting import counted
from interplay.rehearse.season.people import SENT_TO, People
from interplay.rehearse.season.place import Place
from interplay.rehearse.stage.api import MEMORY, PREFIX
from interplay.understand.memberships.api import segments_in
from interplay.unify.identity.api import customer_of

DAYS, CAPS_DAYS, THANKS_DAY, THANKS_DAYS = 24, 16, 16, 6
STAFF = "demo"
ITEMS = 3_000
FEW = 500
CROWDED = (Kind.OFFICE, Kind.CAMPUS, Kind.CAFE, Kind.WIDE_FARM)


def season(folder: Path, brand: Brand, *, seed: int, people: int, until: Micros) -> Season:
    """Play a season of about so many people; `folder` must not be there yet, and is there only when all is played."""
    zone = brand.zone()
    first_on = day_of(until, zone) - timedelta(days=DAYS)
    starts_at = start_of(first_on, zone)
    with TemporaryDirectory(prefix=PREFIX, dir=MEMORY) as scratch:  # where commits are fast; then put where it belongs
        data = Path(scratch) / "data"
        with closing(Place(data, brand, seed)) as place:
            lived = People(place, guests(seed, people), seed, starts_at)
            found = _live(place, lived, seed, starts_at, first_on)
        part = folder.with_name(f".{folder.name}.part")
        shutil.rmtree(part, ignore_errors=True)
        shutil.copytree(data, part, ignore=shutil.ignore_patterns("*.sock"))
        part.rename(folder)
    return found


def guests(seed: int, people: int) -> Crowd:
    """Return a crowd of about so many accounts. A small one is without the crowded places, each of which is many."""
    alone = people * 3 // 5 if people < FEW else people - 350
    farm = 2 if people < FEW else 4
    sizes = Sizes(
        alone=alone, families=8, inviters=6, farm=farm, proxied_farm=0, rings=2, stuffers=0, careful=5
    )  # fmt: skip
    everybody = crowd(seed, sizes)
    if people >= FEW:
        return everybody
    kept = {one.number: one for one in everybody.accounts if one.kind not in CROWDED}
    return Crowd(tuple(kept.values()), tuple(one for one in everybody.visits if one.account in kept))


def _live(place: Place, people: People, seed: int, starts_at: Micros, first_on: date) -> Season:
    days = {
        "caps_starts": first_on, "caps_ends": first_on + timedelta(days=CAPS_DAYS),
        "thanks_starts": first_on + timedelta(days=THANKS_DAY),
        "thanks_ends": first_on + timedelta(days=THANKS_DAY + THANKS_DAYS),
    }  # fmt: skip
    written = {name: on.isoformat() for name, on in days.items()}
    place.at = Micros(starts_at - DAY)
    _make_codes(place)
    place.apply("caps.yaml", **written)
    campaigns.start(place, "caps", STAFF)
    people.know()
    place.follow()
    people.live(Micros(starts_at + CAPS_DAYS * DAY - HOUR))
    board = _board(place, people)
    asked_at = Micros(starts_at + THANKS_DAY * DAY + HOUR)
    people.live(asked_at)
    place.apply("thanks.yaml", **written)
    campaigns.start(place, "thanks", STAFF)
    place.settle_segments()
    _invite(place, people, asked_at, Micros(starts_at + (THANKS_DAY + THANKS_DAYS) * DAY))
    people.live(Micros(starts_at + DAYS * DAY - HOUR))
    for name in ("caps", "thanks"):
        campaigns.change(place, name, Change.SETTLE, STAFF)
    place.follow()
    return counted(place, people, seed, board, asked_at)


def _make_codes(place: Place) -> None:
    """Print a batch, say where it was sent, and activate all but the last pallet."""
    codes.generate(
        place, Generate(name="caps", product="P-tea", count=ITEMS, packing=Packing(box=12, case=4, pallet=10))
    )
    everything = codes.Items("caps")
    codes.put(place, Mark.SENT, everything, STAFF, destination=Destination((SENT_TO,)))
    codes.put(place, Mark.ACTIVE, codes.Items("caps", 1, ITEMS - 480), STAFF)


def _board(place: Place, people: People) -> tuple[Ranked, ...]:
    """Return who leads, as customers see it while the board is open."""
    looking = people.subject(people.numbers()[0])
    seen = campaigns.seen(place, "caps", looking, "web", "")
    shows = next(one.shows for one in seen.parts if one.part == "board")
    return tuple(Ranked(one["rank"], one["score"]) for one in shows["top"][:3])


def _invite(place: Place, people: People, at: Micros, until: Micros) -> None:
    database = place.home.database
    for step, number in enumerate(people.numbers()):
        customer = customer_of(database, people.subject(number))[0]
        if "buyers" in segments_in(database, customer):
            people.meet_gift(number, Micros(at + step * SECOND), until)
