from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interplay.faces.http.paging import INTEGER_MAX, cursor, paged, place
from interplay.kernel.errors import AppError

places = st.lists(st.integers(0, INTEGER_MAX), min_size=1, max_size=3).map(tuple)


@given(places)
def test_a_cursor_says_its_place(where):
    assert place(cursor(*where), *where) == where


@given(st.text() | places.map(lambda where: cursor(*where)))
def test_any_other_text_is_a_place_or_refused(text):
    with suppress(AppError):
        (found,) = place(text, 0)
        assert 0 <= found <= INTEGER_MAX


def test_no_cursor_is_the_start():
    assert place(None, 7) == (7,)


def test_a_cursor_of_another_list_is_refused():
    with pytest.raises(AppError):
        place(cursor(1, 2), 0)


def test_the_last_page_has_no_next():
    assert paged([1, 2, 3], 2, lambda n: (n,)).next == cursor(2)
    assert paged([1, 2], 2, lambda n: (n,)).next is None
    assert paged([], 2, lambda n: (n,)).items == []
