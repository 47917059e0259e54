"""All use-cases about persons together, as the edges for drivers need them."""

from dataclasses import dataclass

from app.ports.clock import Clock
from app.ports.mail import Mailer
from app.ports.sealing import Sealer
from app.store.transaction import Store
from app.use_cases.accounts import Accounts
from app.use_cases.claims import Claims
from app.use_cases.drivers import Drivers
from app.use_cases.leaving import Leaving
from app.use_cases.mail_sign_ins import MailSignIns
from app.use_cases.sign_in_states import SignInStates


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """Signing in, the account, and its end."""

    drivers: Drivers
    accounts: Accounts
    leaving: Leaving
    mail_sign_ins: MailSignIns
    states: SignInStates
    claims: Claims


def people_of(
    store: Store, clock: Clock, sealer: Sealer, *, mailer: Mailer, platform: str
) -> People:
    """Build them; `platform` is the name in mails."""
    return People(
        drivers=Drivers(store, clock, sealer),
        accounts=Accounts(store, clock),
        leaving=Leaving(store, clock, sealer),
        mail_sign_ins=MailSignIns(store, clock, sealer, mailer=mailer, platform=platform),
        states=SignInStates(store, clock, sealer),
        claims=Claims(store, sealer),
    )
