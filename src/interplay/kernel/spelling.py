"""What was probably meant by a word that does not exist."""

from collections.abc import Iterable
from difflib import get_close_matches

WORDS_SHOWN_MAX = 40


def closest(word: str, words: Iterable[str]) -> str | None:
    """Return the word most like `word`, whatever the case, or None when none is alike."""
    known = {one.casefold(): one for one in sorted(words, reverse=True)}
    found = get_close_matches(word.casefold(), known, n=1, cutoff=0.6)
    return known[found[0]] if found else None


def listed(words: Iterable[str]) -> str:
    """Return what is allowed, for a sentence: the first words in order, "-" where there are none."""
    found = list(words)
    return (", ".join(found[:WORDS_SHOWN_MAX]) + (", …" if len(found) > WORDS_SHOWN_MAX else "")) or "-"
