"""Whether everyone who sees one channel may read another, by Discord's rules of permissions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import combinations

ADMINISTRATOR = 1 << 3
VIEW = 1 << 10
READ = VIEW | 1 << 16
"""View Channel and Read Message History."""


@dataclass(frozen=True, slots=True)
class Overwrite:
    """What a channel allows and denies a role or a member."""

    allow: int = 0
    deny: int = 0

    def applied(self, permissions: int) -> int:
        """The permissions with it; what it allows it allows, whatever it denies."""
        return permissions & ~self.deny | self.allow


NOTHING = Overwrite()


@dataclass(frozen=True, slots=True)
class Rules:
    """What a channel's permissions depend on.

    Attributes:
        everyone: The overwrite of @everyone.
        roles: Those of other roles, by id.
        members: Those of members, by id.
    """

    everyone: Overwrite = NOTHING
    roles: Mapping[int, Overwrite] = field(default_factory=dict)
    members: Mapping[int, Overwrite] = field(default_factory=dict)

    def permissions(self, base: int, roles: Iterable[Overwrite], member: Overwrite) -> int:
        """What somebody may do here who is no administrator.

        Args:
            base: What their roles permit in the server.
            roles: The overwrites of their roles.
            member: Their own overwrite.
        """
        held = list(roles)
        for overwrite in (
            self.everyone,
            Overwrite(deny=_union(one.deny for one in held)),
            Overwrite(allow=_union(one.allow for one in held)),
            member,
        ):
            base = overwrite.applied(base)
        return base


def everyone_may_read(everyone: int, roles: Mapping[int, int], source: Rules, target: Rules) -> bool:
    """Whether everyone who sees `target` may read what was written in `source`.

    Nobody tells a bot who the members are, so every combination of roles counts as somebody's, and every overwrite of
    a member as one of somebody with any roles. Administrators, and the owner, read everything.

    It is enough to look at combinations of at most two roles. Suppose that somebody sees `target` and lacks something
    in `source`. That they see `target` rests on one of their roles at most: one that it allows, or, if it denies none
    of them, one that brings the permission. That they lack the other rests on one at most as well: one that `source`
    denies, or none that it allows or that brings it. Take all their other roles away and both stay as they are, for
    then fewer roles allow, deny and bring something. A member's own overwrite comes last, whatever the roles.

    Args:
        everyone: What @everyone may do in the server.
        roles: What the other roles may do in the server, by id.
        source: The channel that would be told of.
        target: The channel where it would be told. The overwrites of who reads everything are to be left out.
    """
    if everyone & ADMINISTRATOR:
        return True
    kinds = {
        (permissions & READ, source.roles.get(role, NOTHING), target.roles.get(role, NOTHING))
        for role, permissions in roles.items()
        if not permissions & ADMINISTRATOR
    }
    own = {
        (source.members.get(member, NOTHING), target.members.get(member, NOTHING))
        for member in source.members.keys() | target.members.keys()
    }
    for held in [held for size in range(3) for held in combinations(kinds, size)]:
        base = everyone | _union(permissions for permissions, _, _ in held)
        for in_source, in_target in {(NOTHING, NOTHING), *own}:
            sees = target.permissions(base, (overwrite for _, _, overwrite in held), in_target) & VIEW
            if sees and source.permissions(base, (overwrite for _, overwrite, _ in held), in_source) & READ != READ:
                return False
    return True


def _union(permissions: Iterable[int]) -> int:
    union = 0
    for each in permissions:
        union |= each
    return union
