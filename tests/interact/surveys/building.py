"""Short ways to write a form."""

from interplay.interact.surveys.contracts import Form, Option, Page, Question, QuestionType
from interplay.link.quotes.contracts import Label

LABEL = Label(zh="问", en="Q")


def ask(name, kind="text", options="", rows="", **more):
    return Question(name, QuestionType(kind), LABEL, options=picks(options), rows=picks(rows), **more)


def picks(codes):
    return tuple(Option(code, LABEL) for code in codes.split())


def form(*pages):
    """Return a form of pages; a question by itself is a page."""
    return Form(tuple(one if isinstance(one, Page) else Page((one,)) for one in pages))


def page(*questions, **more):
    return Page(questions, **more)
