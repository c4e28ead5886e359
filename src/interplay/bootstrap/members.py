"""Members: joined by staff, a till or herself, wherever the directory's processes are."""

from collections.abc import Sequence

from interplay.bootstrap.reach import Reach
from interplay.link.members import api as members
from interplay.link.members.contracts import JoinChannel, Joined, MemberView
from interplay.link.stores import api as stores
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
