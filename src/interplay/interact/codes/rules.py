"""What is amiss with a code, from where and by whom it was scanned. Pure."""

from collections.abc import Collection, Iterator, Sequence

from interplay.interact.codes.contracts import Alarm, Destination, Raised, Seen
from interplay.kernel.ids import Micros


def alarms(
    scan: Seen, known: Sequence[Seen], sent: Destination | None, people: Collection[object], people_max: int,
) -> Iterator[Raised]:  # fmt: skip
    """Yield what a scan shows. `known` are all scans of the code, `people` who they are of, this scan among them.

    A province that nobody has said, of the scan or of the goods, shows nothing.
    """
    at, province = Micros(scan.at), scan.province
    if province and sent is not None and sent.provinces and province not in sent.provinces:
        yield Raised(Alarm.DIVERTED, at, province, ", ".join(sent.provinces))
    former = next((one.province for one in known if one.province and one.province != province), "")
    if province and former:
        yield Raised(Alarm.PROVINCES, at, province, former)
    if len(people) > people_max:
        yield Raised(Alarm.PEOPLE, at, province, people=len(people))
