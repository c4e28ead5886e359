"""A referral over HTTP: invited, shown, accepted in the app; how it spreads is for staff."""

from tests.faces.http.test_campaigns import play, run, signed_in, square, till_shop
from tests.interact.mechanics.inviting import PART, PRIZES, TERMS

__all__ = ["square", "till_shop"]

LINK = "https://tea.example/i/{code}"


def test_a_friend_accepts_by_the_link_and_staff_see_how_it_spreads(square):
    run(square, prizes=PRIZES, parts={PART: {"referral": TERMS | {"link": LINK}}})
    square.post("/v1/identify", {"userId": "mei", "traits": {}}, key="write")
    li, mei = signed_in(square), signed_in(square, "mei", jti="2")
    says = play(square, li, move={"invite": "wechat"}, part=PART).json()["says"]
    assert says["link"] == LINK.replace("{code}", says["code"])
    own = play(square, li, "own", {"code": says["code"]}, part=PART).json()
    assert own["refused"]["code"] == "referral.self"
    first = play(square, mei, "m", {"code": says["code"]}, part=PART)
    assert (first.status_code, first.json()["is_new"]) == (200, True)
    assert play(square, mei, "m", {"code": says["code"]}, part=PART).json() == first.json() | {"is_new": False}
    both = play(square, mei, "b", {"code": "x", "invite": "y"}, part=PART)
    assert (both.status_code, both.json()["code"]) == (400, "mechanics.referral_move")
    found = square.get(f"/api/campaigns/spring/parts/{PART}/spread", key="read").json()
    assert (found["players"], found["invitations"], found["accepted"], found["k"]) == (2, 1, 1, 0.5)
    assert [one["players"] for one in found["levels"]] == [1, 1]
    missing = square.get("/api/campaigns/spring/parts/none/spread", key="read")
    assert (missing.status_code, missing.json()["code"]) == (404, "campaigns.part")
