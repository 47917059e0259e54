"""Families and fleets: the owner invites and pays, members accept, charge and leave."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from secrets import SystemRandom
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from app.domain.charging import Charging
from app.domain.codes import new_code, spoken_code
from app.domain.errors import Conflict, InvalidInput, NotFound, ProviderUnavailable
from app.domain.groups import (
    INVITATION_LIFE,
    MOST_GROUPS,
    MOST_MEMBERS,
    OPEN,
    Group,
    GroupKind,
    Member,
    MemberState,
    Spent,
    month_of,
)
from app.domain.money import Money
from app.ports.clock import Clock
from app.ports.mail import Mail, Mailer
from app.ports.sealing import Sealer
from app.store.ids import new_id
from app.store.transaction import Store, Transaction
from app.use_cases.group_invitations import invitation
from app.use_cases.group_shares import spent_in

_CODE_LENGTH = 12
_MOST_SESSIONS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupFacts:
    """What an owner decides of a group; limits are in its currency, None is no limit."""

    kind: GroupKind
    name: str
    zone: str
    limit: Money | None = None
    member_limit: Money | None = None


@dataclass(frozen=True, slots=True)
class Invited:
    """An invitation with its code in plain, which is shown here only."""

    member: Member
    code: str


@dataclass(frozen=True, slots=True)
class Share:
    """A member as the owner sees them: what they spent this month, and in how many sessions."""

    member: Member
    spent: Money
    sessions: int


@dataclass(frozen=True, slots=True)
class Sheet:
    """A group with what was spent this month, and by whom; members see but themselves."""

    group: Group
    month: str
    spent: Spent
    shares: tuple[Share, ...]


Agreed = Callable[[Sheet], None]
"""May refuse over what nobody changes meanwhile."""


class Groups:
    """The owner's side and the members'."""

    def __init__(self, store: Store, clock: Clock, sealer: Sealer, mailer: Mailer) -> None:
        self._store = store
        self._clock = clock
        self._sealer = sealer
        self._mailer = mailer

    async def create(self, owner_id: str, facts: GroupFacts, currency: str) -> Group:
        """A new group; raises InvalidInput, Conflict when there are too many."""
        _check(facts, currency)
        async with self._store.transaction() as tx:
            await tx.drivers.hold(owner_id)
            if len(await tx.drivers.groups.of_owner(owner_id)) >= MOST_GROUPS:
                raise Conflict(f"there are {MOST_GROUPS} groups already")
            now = self._clock.now()
            group = Group(
                new_id(), owner_id, facts.kind, facts.name, currency, facts.zone, now,
                facts.limit, facts.member_limit,
            )  # fmt: skip
            await tx.drivers.groups.add(group)
        return group

    async def edit(
        self, owner_id: str, group_id: str, facts: GroupFacts, *, agreed: Agreed | None = None
    ) -> Group:
        """Decide otherwise; raises NotFound, InvalidInput."""
        async with self._store.transaction() as tx:
            group = await self._owned(tx, owner_id, group_id, agreed)
            _check(facts, group.currency)
            return await tx.drivers.groups.save(
                replace(
                    group, kind=facts.kind, name=facts.name, zone=facts.zone,
                    limit=facts.limit, member_limit=facts.member_limit,
                )
            )  # fmt: skip

    async def close(self, owner_id: str, group_id: str, *, agreed: Agreed | None = None) -> None:
        """Pay for nobody any more; what runs is still paid for. Raises NotFound."""
        now = self._clock.now()
        async with self._store.transaction() as tx:
            group = await self._owned(tx, owner_id, group_id, agreed)
            for member in await tx.drivers.groups.members.of_group(group_id):
                await _end(tx, member, MemberState.REMOVED, now)
            await tx.drivers.groups.save(replace(group, closed_at=now))

    async def sheets(self, driver_id: str) -> list[Sheet]:
        """The groups somebody owns, and the one they are a member of."""
        async with self._store.reading() as tx:
            owned = [await self._sheet(tx, g) for g in await tx.drivers.groups.of_owner(driver_id)]
            member = await tx.drivers.groups.members.of_driver(driver_id)
            group = await tx.drivers.groups.get(member.group_id) if member else None
            if member is None or group is None or group.closed_at is not None:
                return owned
            return [*owned, await self._sheet(tx, group, only=member)]

    async def sheet(self, driver_id: str, group_id: str) -> Sheet:
        """A group as its owner or a member sees it; raises NotFound."""
        found = [each for each in await self.sheets(driver_id) if each.group.id == group_id]
        if not found:
            raise NotFound("group", group_id)
        return found[0]

    async def _sheet(self, tx: Transaction, group: Group, only: Member | None = None) -> Sheet:
        now = self._clock.now()
        month, spending = month_of(now, group.zone), tx.drivers.groups.spending
        by_member = await spending.by_member(group.id, month)
        members = [only] if only else await tx.drivers.groups.members.of_group(group.id)
        shares = []
        for member in members:
            minor, count = by_member.get(member.driver_id or "", (0, 0))
            shares.append(Share(member, Money.from_minor(minor, group.currency), count))
        driver_id = only.driver_id if only else None
        spent = await spent_in(tx, group, now=now, driver_id=driver_id)
        return Sheet(group, month, spent, tuple(shares))

    async def invite(
        self,
        owner_id: str,
        group_id: str,
        *,
        email: str | None = None,
        label: str | None = None,
        limit: Money | None = None,
    ) -> Invited:
        """A code that lets one person in, mailed where an address is given.

        Raises NotFound, InvalidInput, Conflict when the group is full.
        """
        now, code = self._clock.now(), new_code(SystemRandom(), _CODE_LENGTH)
        async with self._store.transaction() as tx:
            group = await self._owned(tx, owner_id, group_id)
            _same(limit, group.currency, "limit")
            if len(await tx.drivers.groups.members.of_group(group_id)) >= MOST_MEMBERS:
                raise Conflict(f"the group has {MOST_MEMBERS} members already")
            owner = await tx.drivers.need(owner_id)
            member = Member(
                new_id(),
                group_id,
                MemberState.INVITED,
                now,
                now + INVITATION_LIFE,
                code_hash=self._hash(code),
                email=email,
                label=label,
                limit=limit,
            )
            await tx.drivers.groups.members.add(member)
        if email is not None:
            until = member.expires_at.astimezone(ZoneInfo(group.zone)).date().isoformat()
            text = invitation(
                owner.language, group=group, owner=owner.name, code=code, until=until
            )
            await self._mail(Mail(f"group-invitation:{member.id}", email, *text))
        return Invited(member, code)

    async def _mail(self, mail: Mail) -> None:
        """The code is shown to the owner, too, who can pass it on if the mail does not leave."""
        try:
            await self._mailer.send(mail)
        except ProviderUnavailable:
            return

    async def accept(self, driver_id: str, code: str, *, shares_places: bool) -> Group:
        """Join by a code; raises NotFound for one that is wrong, used or too old, Conflict."""
        now = self._clock.now()
        async with self._store.transaction() as tx:
            driver = await tx.drivers.hold(driver_id)
            invited = await tx.drivers.groups.members.by_code(self._hash(_plain(code)))
            if invited is None or invited.state is not MemberState.INVITED:
                raise NotFound("invitation", "of this code")
            group = await tx.drivers.groups.get(invited.group_id)
            if group is None or group.closed_at is not None or invited.expires_at <= now:
                raise NotFound("invitation", "of this code")
            if group.owner_id == driver_id:
                raise Conflict("the owner pays anyway")
            if await tx.drivers.groups.members.of_driver(driver_id) is not None:
                raise Conflict("leave the other group first")
            joined = replace(
                invited,
                state=MemberState.ACTIVE,
                driver_id=driver_id,
                label=invited.label or driver.name or driver.email,
                shares_places=shares_places,
                joined_at=now,
                code_hash=None,
                email=None,
            )
            await tx.drivers.groups.members.save(joined)
        return group

    async def share_places(
        self, driver_id: str, group_id: str, *, shares: bool, agreed: Agreed | None = None
    ) -> None:
        """Let the owner see where one charges, or no longer; raises NotFound."""
        async with self._store.transaction() as tx:
            member = await self._membership(tx, driver_id, group_id, agreed)
            await tx.drivers.groups.members.save(replace(member, shares_places=shares))

    async def leave(self, driver_id: str, group_id: str, *, agreed: Agreed | None = None) -> None:
        """Be no member any more; raises NotFound."""
        async with self._store.transaction() as tx:
            member = await self._membership(tx, driver_id, group_id, agreed)
            await _end(tx, member, MemberState.LEFT, self._clock.now())

    async def edit_member(
        self, owner_id: str, group_id: str, member_id: str, *, label: str | None,
        limit: Money | None, agreed: Agreed | None = None,
    ) -> Member:  # fmt: skip
        """Call a member something, or limit what they spend; raises NotFound, InvalidInput."""
        async with self._store.transaction() as tx:
            group = await self._owned(tx, owner_id, group_id, agreed)
            _same(limit, group.currency, "limit")
            member = await _member(tx, group_id, member_id)
            return await tx.drivers.groups.members.save(
                replace(member, label=label or member.label, limit=limit)
            )

    async def remove(
        self, owner_id: str, group_id: str, member_id: str, *, agreed: Agreed | None = None
    ) -> None:
        """Pay for a member no longer, or take an invitation back; raises NotFound."""
        async with self._store.transaction() as tx:
            await self._owned(tx, owner_id, group_id, agreed)
            member = await _member(tx, group_id, member_id)
            await _end(tx, member, MemberState.REMOVED, self._clock.now())

    async def sessions(
        self, owner_id: str, group_id: str, member_id: str
    ) -> list[tuple[Charging, bool]]:
        """What a member charged this month, and what is owed; whether the place may be seen."""
        async with self._store.reading() as tx:
            group = await tx.drivers.groups.get(group_id)
            if group is None or group.owner_id != owner_id:
                raise NotFound("group", group_id)
            member = await tx.drivers.groups.members.get(member_id)
            if member is None or member.group_id != group_id or member.driver_id is None:
                raise NotFound("member", member_id)
            month = month_of(self._clock.now(), group.zone)
            spending = tx.drivers.groups.spending
            mine = await spending.sessions(group_id, month, member.driver_id, _MOST_SESSIONS)
            found = [await tx.charging.get(charging_id) for charging_id in mine]
            owed = [
                each
                for each in await tx.charging.unpaid_of_driver(owner_id)
                if (each.group_id, each.driver_id) == (group_id, member.driver_id)
                and each.id not in mine
            ]
        return [(each, member.shares_places) for each in [*found, *owed] if each is not None]

    async def _owned(
        self, tx: Transaction, owner_id: str, group_id: str, agreed: Agreed | None = None
    ) -> Group:
        group = await tx.drivers.groups.get(group_id, lock=True)
        if group is None or group.owner_id != owner_id or group.closed_at is not None:
            raise NotFound("group", group_id)
        if agreed is not None:
            agreed(await self._sheet(tx, group))
        return group

    async def _membership(
        self, tx: Transaction, driver_id: str, group_id: str, agreed: Agreed | None
    ) -> Member:
        member = await tx.drivers.groups.members.of_driver(driver_id)
        if member is None or member.group_id != group_id:
            raise NotFound("group", group_id)
        if agreed is not None:
            group = await tx.drivers.groups.need(group_id, lock=True)
            agreed(await self._sheet(tx, group, only=member))
        return member

    def _hash(self, code: str) -> str:
        return self._sealer.fingerprint(f"group:{code}")


def _plain(code: str) -> str:
    return spoken_code("".join(each for each in code if each.isalnum()))


async def _member(tx: Transaction, group_id: str, member_id: str) -> Member:
    member = await tx.drivers.groups.members.get(member_id, lock=True)
    if member is None or member.group_id != group_id or member.state not in OPEN:
        raise NotFound("member", member_id)
    return member


async def _end(tx: Transaction, member: Member, state: MemberState, now: datetime) -> None:
    over = replace(member, state=state, ended_at=now, code_hash=None, email=None)
    await tx.drivers.groups.members.save(over)


def _check(facts: GroupFacts, currency: str) -> None:
    try:
        ZoneInfo(facts.zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InvalidInput("zone", "is no time zone such as Europe/Amsterdam") from None
    _same(facts.limit, currency, "limit")
    _same(facts.member_limit, currency, "member_limit")


def _same(limit: Money | None, currency: str, path: str) -> None:
    if limit is not None and (limit.currency != currency or limit.minor < 0):
        raise InvalidInput(path, f"is an amount in {currency}, and not negative")
