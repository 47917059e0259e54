"""How often one address may ask for what costs something: sign-ins, quotes of guests, codes."""

from app.ports.clock import Clock
from app.use_cases.windows import Quota, Window


class Limits:
    """The windows of the driver API, by address of the caller."""

    def __init__(
        self,
        clock: Clock,
        *,
        sign_ins: int = 60,
        guests: int = 60,
        codes: int = 120,
        reports: int = 10,
        changes: int = 60,
        by_driver: int = 600,
        by_address: int = 6_000,
    ) -> None:
        self.drivers = Quota(by_driver, clock)
        self.addresses = Quota(by_address, clock)
        self.sign_ins = Window(sign_ins, 60, clock)
        self.guests = Window(guests, 60, clock)
        self.codes = Window(codes, 60, clock)
        self.mails = Window(10, 600, clock)
        self.changes = Window(changes, 60, clock)
        self.links = Window(10, 3600, clock)
        self.exports = Window(10, 3600, clock)
        self.reports = Window(reports, 60, clock)
