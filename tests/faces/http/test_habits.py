"""Check-ins and scores over HTTP: many phones of one customer at once, and whose word a score is."""

from concurrent.futures import ThreadPoolExecutor

from tests.faces.http.test_campaigns import play, run, signed_in, square
from tests.faces.http.test_members import LI
from tests.faces.http.test_stores import till_shop

__all__ = ["square", "till_shop"]


def shows(shop, headers):
    parts = shop.client.get("/api/customer/campaigns/spring", headers=headers).json()["parts"]
    return {one["part"]: one["shows"] for one in parts}


def test_of_many_phones_at_once_one_checks_in(square):
    run(square, parts={"daily": {"checkin": {"daily": ["points"]}}})
    headers = signed_in(square)
    with ThreadPoolExecutor(8) as phones:
        answers = list(phones.map(lambda n: play(square, headers, f"k{n}", part="daily").json(), range(8)))
    done = [one for one in answers if one["refused"] is None]
    assert [one["says"]["streak"] for one in done] == [1]
    assert {one["refused"]["code"] for one in answers if one["refused"]} <= {"checkin.done_today", "campaign.again"}
    assert shows(square, headers)["daily"]["is_done_today"] is True


def test_a_phones_score_is_not_believed_and_the_brands_is(square):
    run(square, parts={"board": {"leaderboard": {"keeps": "best"}}})
    headers = signed_in(square)
    told = play(square, headers, part="board", move={"score": 999_999}).json()
    assert told["refused"]["code"] == "leaderboard.not_trusted"
    url, ask = "/api/campaigns/spring/parts/board/plays", {"customer": LI, "move": {"score": 120}}
    for _ in range(2):
        posted = square.post(url, ask, key="admin", headers={"Idempotency-Key": "game-1"})
        assert posted.status_code == 200, posted.text
    board = shows(square, headers)["board"]
    assert (board["mine"]["rank"], board["mine"]["score"], board["people"]) == (1, 120, 1)
    assert board["top"] == [{"rank": 1, "score": 120, "is_me": True}]
