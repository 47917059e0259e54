"""What a driver is told when somebody signs in somewhere new, or a stolen token was used."""

from datetime import datetime

from app.domain.driver_notices import DriverNoticeKind, Security
from app.domain.drivers import SignIn
from app.store.transaction import Transaction
from app.use_cases.driver_notices import tell_driver


async def warn(tx: Transaction, family: SignIn, why: Security, now: datetime) -> None:
    """Let the driver know of this of a sign-in, once."""
    device = await tx.drivers.devices.get(family.device_id)
    known = device if device is not None and device.driver_id == family.driver_id else None
    await tell_driver(
        tx,
        family.driver_id,
        DriverNoticeKind.ACCOUNT_SECURITY,
        subject=f"{why.value}:{family.id}",
        fields={
            "what": why.value,
            "device": "" if known is None else known.name or known.platform,
        },
        now=now,
    )
