"""What can be asked about surveys. The mechanics import this file and `contracts`."""

from interplay.interact.surveys.asking import Accepted, Asking, Item, accept, asked, is_so, questions, validate
from interplay.interact.surveys.forms import Mistake, condition_mistakes, mistakes
from interplay.interact.surveys.making import can_make, make
from interplay.interact.surveys.results import Counted, Result, asking, count_answers, results
from interplay.interact.surveys.saying import facts_of, sentences, shown, stands
from interplay.interact.surveys.scores import Csat, Nps, csat, nps
from interplay.interact.surveys.values import tidy

__all__ = [
    "Accepted",
    "Asking",
    "Counted",
    "Csat",
    "Item",
    "Mistake",
    "Nps",
    "Result",
    "accept",
    "asked",
    "asking",
    "can_make",
    "condition_mistakes",
    "count_answers",
    "csat",
    "facts_of",
    "is_so",
    "make",
    "mistakes",
    "nps",
    "questions",
    "results",
    "sentences",
    "shown",
    "stands",
    "tidy",
    "validate",
]
