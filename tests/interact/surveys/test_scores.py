"""NPS and CSAT by their definitions, exact at the borders."""

from fractions import Fraction

from interplay.interact.surveys.api import csat, nps


def test_nps_is_promoters_less_detractors():
    assert nps([9, 10, 7, 8, 6, 0]).score == 0
    assert nps([10] * 50 + [8] * 30 + [3] * 20).score == 30
    assert nps([9, 7, 7]).score == Fraction(100, 3)
    assert (nps([6]).score, nps([7]).score, nps([8]).score, nps([9]).score) == (-100, 0, 0, 100)


def test_csat_is_the_share_of_four_and_five():
    assert csat([5, 4, 3, 1]).score == 50
    assert (csat([3]).score, csat([4]).score) == (0, 100)


def test_of_nothing_there_is_no_score():
    assert nps([]).score is None
    assert csat([]).score is None
