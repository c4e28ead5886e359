"""What a guarded play goes through: caps by device and prefix, then who is suspected, then the challenge.

Nobody plays other odds than the published ones: who is suspected solves a challenge, and what she wins waits.
"""

from collections.abc import Collection, Iterator, Sequence

from interplay.acts.contracts import Asking, Count, Refused, Step
from interplay.interact.abuse import rules
from interplay.interact.abuse.challenge import solved
from interplay.interact.abuse.contracts import Guard, Refusal, Screened, Source, Suspicion, Whom
from interplay.interact.abuse.looking import Watch, noting, scope_of_day, signals
from interplay.kernel.ids import Micros, SubjectId
from interplay.kernel.time import DAY, HOUR, MINUTE, day_of, start_of

NOT_SAID = frozenset({one.value for one in Refusal} - {Refusal.CHALLENGE.value})
"""What a player is not told: only that it is not possible now."""


def screening(
    watch: Watch, guard: Guard, campaign: str, subject: SubjectId, wallet: Sequence[SubjectId],
    segments: Collection[str], source: Source,
) -> Asking[Screened | Refused]:  # fmt: skip
    """Return what a play has to count and what speaks against its player, or why it is not possible."""
    yield from noting(watch, wallet, source)
    known = signals(watch, guard, campaign, wallet)
    if known.age is not None and known.age < guard.account_age_hours_min * HOUR:
        return Refused(Refusal.YOUNG.value, {"given": known.age // HOUR, "allowed": guard.account_age_hours_min})
    found = Suspicion() if is_trusted(guard, segments) else rules.suspicion(known, guard)
    steps: list[Step] = [*_caps(watch, guard, campaign, subject, source)]
    is_asked = guard.challenge is Whom.ALL or (guard.challenge is Whom.SUSPECTS and found.is_suspected)
    if is_asked and not source.is_vouched:
        used = solved(watch, campaign, wallet, source.solution)
        if used is None:
            return Refused(Refusal.CHALLENGE.value)
        steps.append(used)
    return Screened(tuple(steps), found)


def judge(
    watch: Watch, guard: Guard, campaign: str, wallet: Sequence[SubjectId], segments: Collection[str]
) -> Suspicion:
    """Return what speaks against somebody as far as she was seen: also where she does not play herself."""
    if is_trusted(guard, segments):
        return Suspicion()
    return rules.suspicion(signals(watch, guard, campaign, wallet), guard)


def is_trusted(guard: Guard, segments: Collection[str]) -> bool:
    return any(name in segments for name in guard.trusted)


def for_player(refused: Refused) -> Refused:
    """Return a refusal as its player may read it: nobody learns which cap to stay below."""
    return Refused(Refusal.LATER.value) if refused.code in NOT_SAID else refused


def _caps(watch: Watch, guard: Guard, campaign: str, subject: SubjectId, source: Source) -> Iterator[Step]:
    now, zone = watch.world.now(), watch.world.zone
    day = start_of(day_of(now, zone), zone)
    hour, minute = (Micros(now // size * size) for size in (HOUR, MINUTE))
    of_day, of_hour, of_minute = (f"{scope_of_day(window // DAY)}{campaign}" for window in (day, hour, minute))
    fast = Refusal.FAST.value
    yield Count(f"{of_minute}:minute", cap=guard.per_minute_max, window=minute, subject=subject, refusal=fast)
    if source.device:
        mine = f"device:{watch.digest('device', source.device).hex()}"
        yield Count(f"{of_day}:{mine}", cap=guard.per_device_day_max, window=day, refusal=Refusal.DEVICE.value)
        yield Count(f"{of_minute}:{mine}:minute", cap=guard.per_minute_max, window=minute, refusal=fast)
    if (line := rules.line_of(source.address)) is not None:
        here = f"prefix:{watch.digest('prefix', rules.prefix_of(line)).hex()}"
        yield Count(f"{of_hour}:{here}:hour", cap=guard.per_prefix_hour_max, window=hour, refusal=Refusal.PREFIX.value)
        yield Count(f"{of_day}:{here}", cap=guard.per_prefix_day_max, window=day, refusal=Refusal.PREFIX.value)
