"""Facts that campaigns follow: none is passed over."""

from interplay.engine.log.reactions import position_of
from interplay.interact.campaigns.contracts import Change
from tests.interact.mechanics.inviting import Inviting


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
