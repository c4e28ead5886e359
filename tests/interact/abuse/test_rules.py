"""Who is suspected: boundaries, and that no single harmless thing suffices."""

import pytest

from interplay.interact.abuse import rules
from interplay.interact.abuse.contracts import Guard, Signals
from interplay.kernel.time import DAY

GUARD = Guard()


def why(**signals):
    found = rules.suspicion(Signals(**signals), GUARD)
    return found.is_suspected, [one.code.removeprefix("abuse.") for one in found.reasons]


@pytest.mark.parametrize(
    ("signals", "expected"),
    [
        ({}, (False, [])),
        ({"age": 0}, (False, ["is_new"])),
        ({"age": 7 * DAY - 1}, (False, ["is_new"])),
        ({"age": 7 * DAY}, (False, [])),
        ({"device_accounts": 4}, (False, [])),
        ({"device_accounts": 5}, (True, ["shared_device"])),
        ({"connected_accounts": 12}, (False, [])),
        ({"connected_accounts": 13}, (True, ["connected"])),
        ({"connected_depth": 4}, (True, ["depth"])),
        ({"age": 0, "line_new_accounts": 8}, (False, ["is_new"])),
        ({"age": 0, "line_new_accounts": 9}, (True, ["is_new", "crowded_line"])),
        ({"age": 30 * DAY, "line_new_accounts": 300}, (False, [])),
        ({"near_friends": 3}, (False, [])),
        ({"near_friends": 4}, (True, ["ring"])),
    ],
)
def test_thresholds_are_the_last_usual_number(signals, expected):
    assert why(**signals) == expected


@pytest.mark.parametrize(
    ("address", "line", "prefix"),
    [
        ("36.112.7.9", "36.112.7.9", "36.112.7.0/24"),
        ("36.112.7.9:4711", "36.112.7.9", "36.112.7.0/24"),
        ("2408:8207:2421:9a00::17", "2408:8207:2421:9a00::/64", "2408:8207:2421::/48"),
        ("::ffff:36.112.7.9", "36.112.7.9", "36.112.7.0/24"),
    ],
)
def test_an_address_is_counted_as_a_line_and_a_prefix(address, line, prefix):
    assert (rules.line_of(address), rules.prefix_of(line)) == (line, prefix)


@pytest.mark.parametrize("address", ["", "testclient", "127.0.0.1", "10.3.2.1", "fe80::1", "192.168.1.7"])
def test_an_address_of_a_private_network_says_nothing(address):
    assert rules.line_of(address) is None


def test_mistakes_are_told_with_their_place():
    wrong = Guard(per_minute_max=0, trusted=("nobody",))
    assert [place for place, _ in rules.mistakes(wrong, {"regulars"})] == [("per_minute_max",), ("trusted", 0)]
    assert list(rules.mistakes(Guard(trusted=("regulars",)), {"regulars"})) == []
