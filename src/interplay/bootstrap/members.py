"""Members: joined by staff, a till or herself, wherever the directory's processes are."""

from collections.abc import Sequence
from contextlib import closing

from interplay.bootstrap.reach import Reach
from interplay.engine.log.erasure import identifiers
from interplay.engine.log.read import LogReader
from interplay.kernel.errors import AppError
from interplay.link.members import api as members
from interplay.link.members.contracts import JoinChannel, Joined, MemberCode, MemberView
from interplay.link.sessions.contracts import Session
from interplay.link.stores import api as stores
from interplay.link.stores.contracts import Device
from interplay.unify.customers import api as customers


def join(
    access: Reach,
    who: Sequence[tuple[str, str]],
    channel: JoinChannel,
    *,
    store: str | None = None,
    device: str | None = None,
) -> Joined:
    """Make a person a member, or return the card that she has.

    Raises AppError `customers.identifier`, `members.nobody`, `stores.unknown`, `identity.rebuilding`.
    """
    home = access.home
    if store is not None:
        stores.store_of(home.database, home.settings.brand, store)
    ask = members.to_join(home.database, home.settings.brand, who, channel, store_name=store, device=device)
    return access.write(members.join(home.keys, home.appender), ask)


def show(access: Reach, kind: str, value: str) -> MemberView:
    """Return a member by any of her identifiers. Raises AppError `customers.*`, `members.not_a_member`."""
    home = access.home
    _, subject = customers.known(home.database, home.keys, home.settings.brand.region, kind, value)
    return members.member_of(home.database, home.keys, subject)


def join_signed_in(access: Reach, session: Session, channel: JoinChannel) -> Joined:
    """Make who is signed in a member, as above. Raises AppError `sessions.unknown` for who was erased meanwhile."""
    home = access.home
    with closing(LogReader(home.database)) as reader:
        who = identifiers(reader, home.keys, [session.subject])
    if not who:
        raise AppError("sessions.unknown", status=401)
    return join(access, who, channel)


def show_signed_in(access: Reach, session: Session) -> MemberView:
    """Return who is signed in as a member. Raises AppError `members.not_a_member`."""
    return members.member_of(access.home.database, access.home.keys, session.subject)


def show_code(access: Reach, session: Session) -> MemberCode:
    """Return a code for who is signed in to show at a till. Raises AppError `members.not_a_member`."""
    show_signed_in(access, session)
    return members.new_code(access.home.world, access.home.keys, session)


def scan(access: Reach, code: str, till: Device, key: str | None) -> MemberView:
    """Return the member who shows a code, once. Raises AppError `members.code_*`, `members.not_a_member`."""
    home = access.home
    ask = members.to_scan(
        home.database, home.keys, code, home.world.now(), store=till.store, device=till.name, key=key
    )  # fmt: skip
    view = members.member_of(home.database, home.keys, ask.subject)
    access.write(members.scan(home.appender), ask)
    return view
