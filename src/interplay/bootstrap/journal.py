"""How the processes of `serve` write their journal: one JSON line per event, to standard error.

Of an exception it says what it was and where, never its message: that may quote somebody's phone, and the journal is
not reached by an erasure. What libraries say through `logging` gets in by the same way, without their arguments.
"""

import logging
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from io import TextIOBase
from traceback import format_tb
from typing import TextIO, cast

import structlog
from structlog.typing import EventDict, WrappedLogger

log = structlog.get_logger()


class _Unfailing(TextIOBase):
    """Standard error, which may be a file on a full disk: a line that cannot be written must not end its writer."""

    def write(self, text: str) -> int:
        with suppress(OSError):
            sys.stderr.write(text)
        return len(text)

    def flush(self) -> None:
        with suppress(OSError):
            sys.stderr.flush()


def keep_journal(process: str) -> None:
    """Set this process's journal up; call it before anything is logged."""

    def name_process(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
        event["process"] = process
        return event

    structlog.configure(
        processors=[
            name_process,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _trace,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        logger_factory=structlog.PrintLoggerFactory(cast("TextIO", _Unfailing())),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(handlers=[_Libraries(logging.WARNING)], level=logging.WARNING, force=True)
    threading.excepthook = lambda died: log.error("thread ended", exc_info=died.exc_value)


class _Libraries(logging.Handler):
    """Writes what libraries log as lines of the journal: the first line of the words, without the values in them."""

    def emit(self, record: logging.LogRecord) -> None:
        said = str(record.msg).partition("\n")[0]
        error = record.exc_info[1] if record.exc_info else None
        log.log(record.levelno, said, library=record.name, exc_info=error)


def _trace(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Replace an exception by where it was raised and what it is, after what it came from."""
    told = event.pop("exc_info", None)
    error = sys.exc_info()[1] if told is True else told
    if isinstance(error, BaseException):
        event["exception"] = "\n".join(reversed(list(_told(error))))
    return event


def _told(error: BaseException | None) -> Iterator[str]:
    while error is not None:
        kind = type(error)
        reason = f": {error.strerror}" if isinstance(error, OSError) else ""
        frames = "".join(format_tb(error.__traceback__))
        yield f"Traceback, without values:\n{frames}{kind.__module__}.{kind.__qualname__}{reason}"
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
