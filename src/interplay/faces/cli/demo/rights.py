"""One person: the device that is hers is merged with her, taken apart, merged again; then all of it is exported, and
she is erased. What is left of her in the data directory is looked for byte by byte.
"""

import os
import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import replace

from interplay.bootstrap.access import Access
from interplay.bootstrap.people import decide, erase_customer, export_customer
from interplay.bootstrap.registry import Rewrite, rewrite
from interplay.faces.cli.demo import checking, deeds
from interplay.faces.cli.demo.checking import TOLD_BY_US, Identifier
from interplay.faces.cli.demo.choosing import Double, name
from interplay.faces.cli.demo.contracts import Known, Rights, Total
from interplay.faces.cli.demo.scene import Scene
from interplay.faces.cli.demo.story import Folder
from interplay.kernel.errors import AppError
from interplay.kernel.i18n import Lang, say
from interplay.rehearse.brand.contracts import Truth
from interplay.understand.memberships import api as memberships
from interplay.understand.memberships.contracts import SegmentsOf
from interplay.understand.profiles import api as profiles
from interplay.understand.profiles.contracts import TIMELINE_MAX, Identify, ShowCustomer, WhyCustomer
from interplay.unify.identity import api as identity
from interplay.unify.identity.contracts import DecisionKind

ACTOR = "demo"
CALLING_CODE = "+86"


def show(scene: Scene, her: Double) -> Rights:
    """Do all of it, with the person who is given."""
    access, folder, lang = scene.access, scene.folder, scene.lang
    apart = _both(access, her)
    merged_in = _decide(access, DecisionKind.TOGETHER, her, lang)
    merged, why = _known(access, her.device), _why(access, her, lang)
    unmerged_in = _decide(access, DecisionKind.APART, her, lang)
    again = _both(access, her)
    _decide(access, DecisionKind.TOGETHER, her, lang)
    file, told = _exported(access, folder, her)
    facts = sum(one["name"] not in TOLD_BY_US for one in told["facts"])
    heard = {(one["kind"], one["value"]) for one in told["identifiers"]}
    needles = {_bytes(value) for _, value in her.identifiers}
    in_export = all(needle in file.read_bytes() for needle in needles)
    erased_in = _erase(access, folder, her)
    rewritten_in = _timed(lambda: access.ask(rewrite, Rewrite()))
    files, size, hits = search(folder.data, needles)
    totals = _totals_without(access, folder, scene.told)
    return Rights(
        person=her.person.name,
        known_by=name(her.known_by),
        device=name(her.device),
        apart=apart,
        merged=merged,
        why=why,
        merge_milliseconds=merged_in,
        unmerge_milliseconds=unmerged_in,
        file=str(file),
        exported_facts=facts,
        exported_identifiers=len(heard),
        erase_milliseconds=erased_in,
        rewrite_milliseconds=rewritten_in,
        data=str(folder.data),
        files_searched=files,
        bytes_searched=size,
        totals=totals,
        claims={
            "two": not set(apart[0].identifiers) & set(apart[1].identifiers),
            "merged": set(merged.identifiers) == set(apart[0].identifiers) | set(apart[1].identifiers),
            "facts_together": merged.facts == apart[0].facts + apart[1].facts,
            "unmerged": again == apart,
            "exported": facts == merged.facts and len(heard) == len(merged.identifiers) and in_export,
            "unknown": all(_is_unknown(access, one) for one in her.identifiers),
            "no_byte": files > 0 and hits == 0,
            "totals": all(total.is_true for total in totals),
        },
    )


def finish(access: Access, folder: Folder, told: Truth, done: deeds.Deeds) -> None:
    """Erase whoever an earlier run meant to erase, and did not because it was interrupted.

    What was exported until then may have more of them than is left, so the next export is made anew.
    """
    if done.erased:
        shutil.rmtree(folder.export, ignore_errors=True)
    for number in done.erased:
        for one in sorted(told.seen.get(number, ())):
            if not _is_unknown(access, one):
                erase_customer(access, *one, actor=ACTOR, reason=ACTOR)


def search(data: Path, needles: set[bytes]) -> tuple[int, int, int]:
    """Return how many files there are, their bytes together, and in how many any of the values is."""
    files = size = hits = 0
    for path in sorted(data.rglob("*")):
        with suppress(FileNotFoundError):  # the server keeps files of a moment
            if path.is_file():
                content = path.read_bytes()
                files, size = files + 1, size + len(content)
                hits += any(needle in content for needle in needles)
    return files, size, hits


def _both(access: Access, her: Double) -> tuple[Known, Known]:
    return _known(access, her.known_by), _known(access, her.device)


def _known(access: Access, who: Identifier) -> Known:
    view = access.ask(profiles.show, ShowCustomer(*who, facts_max=TIMELINE_MAX))
    return Known(
        tuple(sorted(name(one) for one in view.identifiers)),
        sum(fact.name not in TOLD_BY_US for fact in view.timeline),
        tuple(one.label for one in access.ask(memberships.segments_of, SegmentsOf(*who))),
    )


def _decide(access: Access, kind: DecisionKind, her: Double, lang: Lang) -> float:
    reason = say(f"demo.reason.{kind.value}", lang)
    return _timed(lambda: decide(access, kind, her.known_by, her.device, actor=ACTOR, reason=reason))


def _why(access: Access, her: Double, lang: Lang) -> str:
    """Return what staff decided last; the facts that joined the rest of her are left out."""
    view = replace(access.ask(profiles.why, WhyCustomer(*her.device)), links=())
    return identity.sentences(view, lang, access.home.world.zone)[-1]


def _exported(access: Access, folder: Folder, her: Double) -> tuple[Path, dict[str, Any]]:
    told = export_customer(access, *her.known_by)
    file = folder.export_of(her.person.number)
    content = msgspec.json.format(msgspec.json.encode(told), indent=2)
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
        out.write(content)
    return file, told


def _erase(access: Access, folder: Folder, her: Double) -> float:
    done = deeds.read(folder.deeds)
    deeds.write(folder.deeds, replace(done, erased=done.erased | {her.person.number}))
    return _timed(lambda: erase_customer(access, *her.known_by, actor=ACTOR, reason=ACTOR))


def _totals_without(access: Access, folder: Folder, truth: Truth) -> tuple[Total, ...]:
    """Export the warehouse anew, for files of before still have her orders, and compare with the truth without her."""
    shutil.rmtree(folder.export)
    found = checking.exported(access, folder.export)
    return checking.totals(found, deeds.truth_after(truth, deeds.read(folder.deeds)))


def _is_unknown(access: Access, who: Identifier) -> bool:
    try:
        access.ask(profiles.identify, Identify(*who))
    except AppError as error:
        return error.code == "customers.unknown"
    return False


def _bytes(value: str) -> bytes:
    """Return what to look for: a phone number also where it stands without the country's code."""
    return value.removeprefix(CALLING_CODE).encode()


def _timed(do: Callable[[], object]) -> float:
    begun = time.perf_counter()
    do()
    return (time.perf_counter() - begun) * 1000
