"""What can be asked about surveys. The mechanics import this file and `contracts`."""

from interplay.interact.surveys.asking import Accepted, Asking, Item, accept, asked, questions, validate
from interplay.interact.surveys.forms import Mistake, mistakes
from interplay.interact.surveys.saying import facts_of, sentences, shown
from interplay.interact.surveys.scores import Csat, Nps, csat, nps
from interplay.interact.surveys.values import tidy

__all__ = [
    "Accepted",
    "Asking",
    "Csat",
    "Item",
    "Mistake",
    "Nps",
    "accept",
    "asked",
    "csat",
    "facts_of",
    "mistakes",
    "nps",
    "questions",
    "sentences",
    "shown",
    "tidy",
    "validate",
]
