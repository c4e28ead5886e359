"""Who invited whom: read from the links of acts, by people and not by identifiers. 邀请关系。

A part's links are of one kind; each group belongs to who invites, and in it are those who accepted. `above` goes up,
`size` goes down: a few look-ups by index for each level, whatever else there is.
"""

from collections.abc import Iterator, Sequence

from interplay.acts import api as acts
from interplay.engine.oltp.database import Database
from interplay.kernel.ids import SubjectId
from interplay.unify.identity import api as identity

DEPTH_MAX = 1_000
SIZE_MAX = 100_000
FRIENDS_AT_ONCE = 500


def above(database: Database, kind: str, wallet: Sequence[SubjectId]) -> list[SubjectId]:
    """Return who invited somebody, who invited that one, and so on; a circle that a merge has closed is gone once."""
    found: list[SubjectId] = []
    seen = set(wallet)
    while len(found) < DEPTH_MAX and (links := acts.links_of(database, kind, wallet)):
        owner = SubjectId(int(links[0].group))
        if owner in seen:
            break
        found.append(owner)
        wallet = identity.customer_of(database, owner)[1]
        seen.update(wallet)
    return found


def friends(database: Database, kind: str, wallet: Sequence[SubjectId]) -> list[acts.Joined]:
    """Return who accepted somebody's invitations, the first first."""
    return acts.members_of(database, kind, [str(one) for one in wallet])


def tied(database: Database, kind: str, wallet: Sequence[SubjectId]) -> list[SubjectId]:
    """Return with whom somebody is linked: who invited her, and those who accepted."""
    inviters = [SubjectId(int(link.group)) for link in acts.links_of(database, kind, wallet)]
    return [*inviters, *(one.subject for one in friends(database, kind, wallet))]


def degree(database: Database, kind: str, wallet: Sequence[SubjectId]) -> int:
    """Return with how many people somebody is linked: those who accepted, and who invited her."""
    return len(friends(database, kind, wallet)) + bool(acts.links_of(database, kind, wallet))


def brought(database: Database, kind: str, wallet: Sequence[SubjectId], most: int) -> int:
    """Return how many people somebody brought, up to `most`: each counts once, for whose link she came by first.

    As of who is who now: two visitors who turned out to be one are one, and herself is none.
    """
    mine, seen, count = {str(one) for one in wallet}, set(wallet), 0
    for some in _pages(database, kind, sorted(mine)):
        wallets = identity.wallets_of(database, [one.subject for one in some])
        links = acts.links_of(database, kind, list({subject for hers in wallets.values() for subject in hers}))
        first = {link.subject: link for link in reversed([*links, *some])}
        for one in some:
            hers = {one.subject, *wallets[one.subject]}
            if seen.isdisjoint(hers):
                came_by = min((first[subject] for subject in hers & first.keys()), key=lambda link: link.act)
                count += came_by.group in mine
            seen |= hers
        if count >= most:
            break
    return min(count, most)


def _pages(database: Database, kind: str, groups: Sequence[str]) -> Iterator[list[acts.Joined]]:
    for group in groups:
        after = SubjectId(0)
        while some := acts.some_members(database, kind, group, after, FRIENDS_AT_ONCE):
            yield some
            after = some[-1].subject


def depth(database: Database, kind: str, wallet: Sequence[SubjectId]) -> int:
    """Return how far somebody stands below who came by herself: 0 for her, 1 for her friends, 2 for theirs."""
    return len(above(database, kind, wallet))


def size(database: Database, kind: str, wallet: Sequence[SubjectId], size_max: int = SIZE_MAX) -> int:
    """Return how many people hang together with somebody, up to `size_max`: all that her topmost inviter brought."""
    top = above(database, kind, wallet)
    level = identity.customer_of(database, top[-1])[1] if top else list(wallet)
    seen, count = set(level), 1
    while level and count < size_max:
        found = [one.subject for one in friends(database, kind, level)]
        level = []
        for subject, theirs in identity.wallets_of(database, found).items():
            if subject not in seen:
                seen.update(theirs)
                level += theirs
                count += 1
    return min(count, size_max)
