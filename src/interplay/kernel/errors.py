"""A caller's mistake, said in the caller's words: what was given, where, and what is allowed.

An *expected no* is a value and a *bug* crashes; only the mistake in between is an exception:

    AppError            code, HTTP status, parameters; its sentence comes from `texts.yaml` in zh and en
"""

from interplay.kernel.i18n import Lang, say


class AppError(Exception):
    """A mistake of the caller. `code` names the sentence `errors.<code>` in a `texts.yaml`."""

    def __init__(self, code: str, /, *, status: int = 400, **params: object) -> None:
        self.code = code
        self.status = status
        self.params = params
        super().__init__(code, params)

    def text(self, lang: Lang = "en") -> str:
        """Return the sentence for people."""
        return say(f"errors.{self.code}", lang, **self.params)

    def __str__(self) -> str:
        return self.text("en")


def in_journal(error: BaseException) -> str:
    """Return what a line of the journal may say of an error that quotes what it was given: only what it is.

    A criterion or an engine's message may hold somebody's phone, and no erasure reaches the journal.
    """
    return error.code if isinstance(error, AppError) else type(error).__qualname__
