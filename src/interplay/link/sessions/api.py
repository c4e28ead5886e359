"""What can be done with customer sessions. Other slices import this file and `contracts`."""

from interplay.engine.log.append import Appender
from interplay.engine.oltp.contracts import AnyCommand
from interplay.engine.secrets.subject_keys import SubjectKeys
from interplay.link.sessions.channels import Channel, PhoneCodes
from interplay.link.sessions.documents import SessionsKind
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
from interplay.link.sessions.phone import ask_code, normal, open_by_code, to_ask_code, to_open_by_code
from interplay.link.sessions.store import burn, issuers, note_of
from interplay.link.sessions.wechat import WAIT_SECONDS, WeChat, WeChatAccount, app_of, burn_of, to_set_secret


def commands(keys: SubjectKeys, appender: Appender) -> tuple[AnyCommand, ...]:
    """Return every command of this slice."""
    return (
        open_session(keys, appender), close_session(appender), add_issuer, revoke_issuer, ask_code(keys),
        open_by_code(keys, appender),
    )  # fmt: skip


__all__ = [
    "LIFE",
    "PREFIX",
    "PURGE_TIMER",
    "WAIT_SECONDS",
    "Channel",
    "PhoneCodes",
    "SessionsData",
    "SessionsKind",
    "WeChat",
    "WeChatAccount",
    "add_issuer",
    "app_of",
    "ask_code",
    "burn",
    "burn_of",
    "close_session",
    "commands",
    "digest_of",
    "issuers",
    "new_issuer",
    "new_token",
    "normal",
    "note_of",
    "open_by_code",
    "open_session",
    "purge",
    "revoke_issuer",
    "session_by_number",
    "session_of",
    "to_ask_code",
    "to_open",
    "to_open_by_code",
    "to_set_secret",
    "verified",
]
