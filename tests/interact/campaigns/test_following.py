"""Facts that campaigns follow: none is passed over."""

from contextlib import closing

import pytest

from interplay.acts import api as acts
from interplay.engine.log.reactions import catch_up, position_of
from interplay.engine.log.read import LogReader
from interplay.interact.campaigns.contracts import Change
from interplay.kernel.errors import AppError
from tests.interact.campaigns.square import Between
from tests.interact.mechanics.inviting import Inviting
from tests.stores import user


def test_a_change_of_state_moves_no_cursor_of_the_log(square):
    inviting = Inviting(square)
    inviting.join(2, 1)
    inviting.order(3, "o1")
    before = position_of(square.database, "campaigns")
    for change in (Change.PAUSE, Change.RESUME, Change.PAUSE, Change.RESUME):
        square.change(change)
    assert position_of(square.database, "campaigns") == before
    inviting.order(2, "o2")
    assert len(square.named("referral.qualified")) == 1


@pytest.mark.parametrize(("changes", "posted"), [
    ((Change.STOP, Change.SETTLE), 0), ((Change.PAUSE,), 0), ((Change.PAUSE, Change.RESUME), 1),
])  # fmt: skip
def test_a_fact_planned_before_a_change_is_looked_at_again_after_it(square, changes, posted):
    square.started(parts={"board": {"leaderboard": {"facts": [{"fact": "product.viewed"}]}}})
    square.player()
    square.follow()
    square.tell("product.viewed", user(1))
    (following,) = (one for one in square.reactions if one.name == "campaigns")
    meanwhile = Between(square, lambda: [square.change(one) for one in changes])
    with closing(LogReader(square.database)) as reader:
        with pytest.raises(AppError, match="again"):
            catch_up(following, reader, square.database, meanwhile, reader.last_position())
        catch_up(following, reader, square.database, square, reader.last_position())
    assert len(square.named("score.posted")) == posted


def test_a_fact_planned_before_all_giving_is_paused_counts_when_it_goes_on(square):
    square.started(parts={"board": {"leaderboard": {"facts": [{"fact": "product.viewed"}]}}})
    square.player()
    square.follow()
    square.tell("product.viewed", user(1))
    (following,) = (one for one in square.reactions if one.name == "campaigns")
    meanwhile = Between(square, lambda: square.write(acts.pause, True))
    with closing(LogReader(square.database)) as reader, pytest.raises(AppError, match="again"):
        catch_up(following, reader, square.database, meanwhile, reader.last_position())
    square.write(acts.pause, False)
    square.follow()
    assert len(square.named("score.posted")) == 1
