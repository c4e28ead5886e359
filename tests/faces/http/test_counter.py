"""The counter: many use cases under way in few threads, each told what became of what it asked for."""

import asyncio
import threading

import pytest

from interplay.acts import api as acts
from interplay.acts.contracts import Act, Count, Refused
from interplay.engine.oltp.contracts import Command
from interplay.faces.http.counter import CASES_WAITING_MAX, Counter
from interplay.kernel.errors import AppError

CAP = 1_000


class OddError(Exception):
    pass


def counted(key, amount=1, scope="visits"):
    return Act(key, "test", acts.body_of(amount), (Count(scope, amount, CAP),))


def visiting(key, times=1):
    """Count so many visits, one after the other, and say how many there were after each."""
    said = []
    for number in range(times):
        answer = yield counted(f"{key}/{number}")
        said.append(answer.code if isinstance(answer, Refused) else answer.effects[0].used)
    return said


def failing(error, *, at_once):
    if not at_once:
        yield counted("before", scope="others")
    raise error


@pytest.fixture
def counter(own_shop):
    made = Counter(own_shop.reach)
    yield made
    made.close()


def held_up(writer):
    """Keep the writer busy, from now until the event that is returned is set."""
    began, go_on = threading.Event(), threading.Event()

    def wait(tx, ask):
        began.set()
        return go_on.wait(30)

    writer.submit(Command("test.wait", bool, bool, wait), ask=True)
    assert began.wait(30)
    return go_on


def test_each_ask_of_a_use_case_is_answered_before_it_goes_on(counter):
    assert asyncio.run(counter.act(visiting, "a", times=3)) == [1, 2, 3]
    assert asyncio.run(counter.act(visiting, "a", times=4)) == [1, 2, 3, 4], "known keys are answered as before"
    assert asyncio.run(counter.act(visiting, "b", times=0)) == []


def test_a_refusal_is_an_answer(counter):
    def too_much():
        answer = yield counted("much", CAP + 1)
        return answer.code

    assert asyncio.run(counter.act(too_much)) == "acts.limit"


@pytest.mark.parametrize("at_once", [True, False])
@pytest.mark.parametrize("error", [AppError("http.at", given="", earliest="", latest=""), OddError("x")])
def test_what_a_use_case_raises_is_raised_and_others_go_on(counter, error, at_once):
    async def both():
        return await asyncio.gather(
            counter.act(failing, error, at_once=at_once), counter.act(visiting, "a"), return_exceptions=True
        )

    raised, said = asyncio.run(both())
    assert raised is error
    assert said == [1]


def test_a_key_that_stands_for_something_else_is_a_mistake(counter):
    def other():
        yield counted("a/0", amount=2)

    asyncio.run(counter.act(visiting, "a"))
    with pytest.raises(AppError) as raised:
        asyncio.run(counter.act(other))
    assert (raised.value.code, raised.value.status) == ("acts.key_reused", 409)


def test_all_who_wait_share_a_flush_and_one_more_is_told_to_come_back(counter, own_shop):
    writer = own_shop.reach.writer

    async def rush():
        go_on = held_up(writer)
        cases = [asyncio.ensure_future(counter.act(visiting, f"r{n}")) for n in range(CASES_WAITING_MAX)]
        await asyncio.sleep(0)
        with pytest.raises(AppError) as busy:
            await counter.act(visiting, "late")
        while writer.waiting_count() < CASES_WAITING_MAX:
            await asyncio.sleep(0.01)
        groups = writer.groups_count
        go_on.set()
        said = await asyncio.gather(*cases)
        return busy.value, sorted(one for (one,) in said), writer.groups_count - groups

    busy, said, groups = asyncio.run(rush())
    assert (busy.code, busy.status) == ("http.busy", 503)
    assert said == list(range(1, CASES_WAITING_MAX + 1))
    assert groups <= 2, "the one that was held up, and one for everybody"
    assert asyncio.run(counter.act(visiting, "late")) == [CASES_WAITING_MAX + 1]


def test_who_goes_away_takes_nobody_along(counter, own_shop):
    async def leave():
        go_on = held_up(own_shop.reach.writer)
        gone = asyncio.ensure_future(counter.act(visiting, "gone"))
        stays = asyncio.ensure_future(counter.act(visiting, "stays"))
        await asyncio.sleep(0.05)
        gone.cancel()
        go_on.set()
        return await stays, await asyncio.gather(gone, return_exceptions=True)

    (said,), (gone,) = asyncio.run(leave())
    assert said == 2, "what was asked for is done all the same"
    assert isinstance(gone, asyncio.CancelledError)


def test_a_writer_that_is_closed_says_so(counter, own_shop):
    own_shop.reach.writer.close()
    with pytest.raises(AppError) as raised:
        asyncio.run(counter.act(visiting, "a"))
    assert (raised.value.code, raised.value.status) == ("engine.closed", 503)


def test_who_waits_for_the_disk_drives_a_use_case_to_the_same_end(own_shop):
    reach = own_shop.reach
    assert acts.through(reach.home.acts, reach, visiting("a", times=2)) == [1, 2]
    with pytest.raises(OddError):
        acts.through(reach.home.acts, reach, failing(OddError("x"), at_once=False))
