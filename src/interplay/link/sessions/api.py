"""What can be done with customer sessions. Other slices import this file and `contracts`."""

from interplay.engine.log.append import Appender
from interplay.engine.oltp.contracts import AnyCommand
from interplay.engine.secrets.subject_keys import SubjectKeys
from interplay.link.sessions.exchange import add_issuer, new_issuer, revoke_issuer, verified
from interplay.link.sessions.leaving import SessionsData
from interplay.link.sessions.opening import (
    LIFE,
    PREFIX,
    PURGE_TIMER,
    close_session,
    digest_of,
    new_token,
    open_session,
    purge,
    session_by_number,
    session_of,
    to_open,
)
from interplay.link.sessions.store import burn, issuers, note_of


def commands(keys: SubjectKeys, appender: Appender) -> tuple[AnyCommand, ...]:
    """Return every command of this slice."""
    return open_session(keys, appender), close_session(appender), add_issuer, revoke_issuer


__all__ = [
    "LIFE",
    "PREFIX",
    "PURGE_TIMER",
    "SessionsData",
    "add_issuer",
    "burn",
    "close_session",
    "commands",
    "digest_of",
    "issuers",
    "new_issuer",
    "new_token",
    "note_of",
    "open_session",
    "purge",
    "revoke_issuer",
    "session_by_number",
    "session_of",
    "to_open",
    "verified",
]
