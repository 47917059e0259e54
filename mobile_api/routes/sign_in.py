"""Sign in with a provider's ID token, stay signed in, sign out (RFC 8252, RFC 9068)."""

from dataclasses import replace

from fastapi import APIRouter, Request

from app.domain.drivers import Identity, SignInRules
from app.domain.errors import InvalidInput, Unauthenticated
from app.use_cases.drivers import SignedIn
from app.use_cases.mail_sign_ins import LASTS
from mobile_api.access import LIFETIME
from mobile_api.dependencies import Deps, Driver, DriverDependencies, address_of, limited_by
from mobile_api.idempotency import OnceOnly
from mobile_api.schemas.account import (
    DeviceIn,
    DriverOut,
    ExchangeIn,
    MailCodeIn,
    MailCodeOut,
    MailExchangeIn,
    NonceOut,
    RefreshIn,
    RevokeIn,
    SignInOut,
    SignInsOut,
    TokensOut,
)

router = APIRouter(prefix="/auth", tags=["sign-in"])
NONCE_LIFE_S = int(SignInRules().nonce_life.total_seconds())
REPEATED_FOR = SignInRules().grace
CODE_LIFE_S = int(LASTS.total_seconds())


@router.post("/nonce", dependencies=[limited_by("sign_ins")])
async def give_nonce(deps: Deps, request: Request, once: OnceOnly) -> NonceOut:
    """A nonce to ask the provider's ID token with; for one sign-in."""

    async def make() -> NonceOut:
        return NonceOut(nonce=await deps.drivers.nonce(), expires_in_s=NONCE_LIFE_S)

    return await once(f"nonce:{address_of(request)}", NonceOut, make)


@router.post("/exchange", dependencies=[limited_by("sign_ins")])
async def exchange(deps: Deps, asked: ExchangeIn, once: OnceOnly) -> TokensOut:
    """An ID token for tokens of ours; the first time, that makes the account."""

    async def make() -> TokensOut:
        return await _exchanged(deps, asked)

    return await once(_device(asked.device.id), TokensOut, make, lasts=REPEATED_FOR)


def _device(device_id: str) -> str:
    """Under whose name tokens are repeated; forgotten with the device's owner."""
    return f"auth:{device_id}"


async def _exchanged(deps: DriverDependencies, asked: ExchangeIn) -> TokensOut:
    nonce = asked.nonce.get_secret_value()
    found = await deps.id_tokens.verify(asked.provider, asked.id_token.get_secret_value(), nonce)
    if not await deps.drivers.spend_nonce(nonce):
        raise Unauthenticated("the nonce is not one of ours, spent or too old")
    identity = replace(await _granted(deps, asked, found), name=found.name or asked.name)
    return await _entered(deps, identity, asked.device)


async def _granted(deps: DriverDependencies, asked: ExchangeIn, found: Identity) -> Identity:
    """The identity with what its provider wants back one day; raises InvalidInput."""
    clients = deps.id_tokens.team_clients
    if not clients.has(asked.provider) or found.client_id is None:
        return found
    if asked.authorization_code is None:
        raise InvalidInput("authorization_code", "is needed with this provider")
    code = asked.authorization_code.get_secret_value()
    return replace(found, grant=await clients.redeem(asked.provider, found.client_id, code))


async def _entered(deps: DriverDependencies, identity: Identity, device: DeviceIn) -> TokensOut:
    signed_in = await deps.drivers.sign_in(identity, device.info)
    if device.push_token is not None:
        await deps.drivers.set_push(
            signed_in.driver.id, device.id, device.push_token, device.push_kind
        )
    return tokens(deps, signed_in)


@router.post(
    "/email/code", status_code=202, dependencies=[limited_by("sign_ins"), limited_by("mails")]
)
async def mail_code(deps: Deps, asked: MailCodeIn, once: OnceOnly) -> MailCodeOut:
    """Send six digits by mail, to sign in with on this device; whoever the address belongs to."""

    async def make() -> MailCodeOut:
        await deps.people.mail_sign_ins.send(asked.email, asked.device_id, asked.language)
        return MailCodeOut(expires_in_s=CODE_LIFE_S)

    return await once(_device(asked.device_id), MailCodeOut, make)


@router.post("/email/exchange", dependencies=[limited_by("sign_ins")])
async def mail_exchange(deps: Deps, asked: MailExchangeIn, once: OnceOnly) -> TokensOut:
    """The digits for tokens of ours; the first time, that makes an account of its own."""

    async def make() -> TokensOut:
        identity = await deps.people.mail_sign_ins.check(
            asked.email, asked.device.id, asked.code.get_secret_value()
        )
        return await _entered(deps, identity, asked.device)

    return await once(_device(asked.device.id), TokensOut, make, lasts=REPEATED_FOR)


@router.post("/refresh", dependencies=[limited_by("sign_ins")])
async def refresh(deps: Deps, asked: RefreshIn, once: OnceOnly) -> TokensOut:
    """The next tokens; the refresh token works once, a lost answer may be asked for again."""

    async def make() -> TokensOut:
        shown = asked.refresh_token.get_secret_value()
        return tokens(deps, await deps.drivers.refresh(shown, asked.device_id))

    return await once(_device(asked.device_id), TokensOut, make, lasts=REPEATED_FOR)


def tokens(deps: DriverDependencies, signed_in: SignedIn) -> TokensOut:
    """Both tokens of a sign-in."""
    return TokensOut(
        access_token=deps.tokens.issue(signed_in.driver.id, signed_in.family),
        token_type="Bearer",  # noqa: S106 - a word of OAuth
        expires_in_s=int(LIFETIME.total_seconds()),
        refresh_token=signed_in.refresh_token,
        sign_in=signed_in.family,
        driver=DriverOut.of(signed_in.driver),
    )


@router.post("/revoke", status_code=204)
async def revoke(
    deps: Deps, driver: Driver, once: OnceOnly, asked: RevokeIn | None = None
) -> None:
    """Sign out here, or where the body says."""
    chosen = (asked.sign_in if asked is not None else None) or driver.family

    async def make() -> None:
        await deps.drivers.revoke(chosen, driver_id=driver.driver_id)

    await once.nothing(driver.driver_id, make)


@router.get("/sessions")
async def sign_ins(deps: Deps, driver: Driver) -> SignInsOut:
    """Where the driver is signed in."""
    devices = {d.id: d for d in await deps.drivers.devices(driver.driver_id)}
    found = await deps.drivers.sign_ins(driver.driver_id)
    return SignInsOut(
        sign_ins=[
            SignInOut.of(each, devices.get(each.device_id), current=each.id == driver.family)
            for each in found
            if each.revoked_at is None
        ]
    )


@router.delete("/sessions/{sign_in_id}", status_code=204)
async def end_sign_in(deps: Deps, driver: Driver, sign_in_id: str) -> None:
    """Sign out somewhere else."""
    await deps.drivers.revoke(sign_in_id, driver_id=driver.driver_id)
