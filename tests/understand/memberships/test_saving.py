"""What segments know is what is on disk, though they are written beside the next step."""

from concurrent.futures import Future

import pytest

from interplay.engine.oltp.contracts import Priority
from interplay.kernel.errors import AppError
from interplay.understand.memberships.contracts import Keep, Known
from interplay.understand.memberships.saving import SLICES_AT_ONCE_MAX, Saving

FIRST, SECOND = Known(1, 10, 0, 0), Known(1, 20, 0, 0)


class Slow:
    """A writer whose disk is as slow as a test wants."""

    def __init__(self):
        self.sent = []

    def submit_in_order(self, _, asks, priority):
        assert priority is Priority.BULK
        self.sent.append((asks, Future()))
        return self.sent[-1][1]


@pytest.fixture
def writing():
    return Slow()


@pytest.fixture
def told():
    return []


@pytest.fixture
def saving(writing, told):
    return Saving(writing, None, lambda: told.append("written"))


def slices(count):
    return [Keep(number, 0, {}, []) for number in range(count)]


def test_nothing_is_known_before_the_last_of_it_is_on_disk(saving, writing, told):
    asked = slices(SLICES_AT_ONCE_MAX + 1)
    saving.add(asked)
    saving.go_on()
    saving.then_knows(FIRST)
    assert saving.has_waiting()
    assert writing.sent[0][0] == asked[:-1]
    writing.sent[0][1].set_result([])
    assert told == ["written"]
    assert saving.known() == Known()
    assert saving.has_ended()
    saving.go_on()
    assert writing.sent[1][0] == asked[-1:]
    assert saving.known() == Known()
    writing.sent[1][1].set_result([])
    assert saving.known() == FIRST
    assert not saving.has_ended()


def test_a_step_that_wrote_nothing_is_known_with_what_is_still_under_way(saving, writing):
    saving.then_knows(FIRST)
    assert saving.known() == FIRST
    saving.add(slices(1))
    saving.go_on()
    saving.then_knows(SECOND)
    assert saving.known() == FIRST
    writing.sent[0][1].set_result([])
    assert saving.known() == SECOND


@pytest.mark.parametrize("is_lost_first", [False, True])
def test_what_was_lost_is_never_known_and_is_raised(saving, writing, is_lost_first):
    saving.add(slices(1))
    saving.go_on()
    if not is_lost_first:
        saving.then_knows(FIRST)
    writing.sent[0][1].set_exception(AppError("engine.away", status=503, path="door"))
    if is_lost_first:
        saving.then_knows(FIRST)
    assert saving.known() == Known()
    assert saving.has_ended()
    with pytest.raises(AppError, match="door"):
        saving.go_on()
    saving.forget()
    assert not saving.has_ended()
    assert saving.known() == Known()
