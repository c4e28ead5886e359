"""What answers keep has a limit, and what nobody asked for longest goes first."""

from interplay.engine.olap.shelf import OVERHEAD, Shelf


def test_the_oldest_goes_where_there_is_no_room():
    shelf = Shelf(size_max=3 * (100 + OVERHEAD))
    for key in "abc":
        shelf.put(key, key, 100)
    assert shelf.get("a") == "a"  # it is asked for, so it stays
    shelf.put("d", "d", 100)
    assert [shelf.get(key) for key in "abcd"] == ["a", None, "c", "d"]


def test_what_is_put_again_counts_once():
    shelf = Shelf(size_max=2 * (100 + OVERHEAD))
    shelf.put("other", 0, 100)
    for number in range(10):
        shelf.put("one", number, 100)
    assert (shelf.get("other"), shelf.get("one")) == (0, 9)


def test_what_is_larger_than_all_of_it_is_not_kept():
    shelf = Shelf(size_max=1_000)
    shelf.put("large", 1, 2_000)
    assert shelf.get("large") is None
    shelf.put("small", 2)
    assert shelf.get("small") == 2
