"""What phones, browsers, lock screens and mailboxes are told, wired."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.delivery.periodic import Job
from app.ports.delivery import Audience, Sender
from app.queries.history import History
from app.runtime.driver_side import DriverSide
from app.runtime.metrics import Reading
from app.runtime.outside import Outside
from app.runtime.providers import build_browser_push
from app.use_cases.activities import ActivityBook
from app.use_cases.notices import Notices
from app.use_cases.push_targets import PushTargets
from mobile_api.activities import Activities
from mobile_api.notice_mails import NoticeMails
from mobile_api.push import Phones, Ways


@dataclass(frozen=True, slots=True, kw_only=True)
class DriverNews:
    """The audiences and senders of it."""

    notices: Notices
    targets: PushTargets
    phones: Phones
    mails: NoticeMails
    activities: Activities

    @property
    def audiences(self) -> list[Audience]:
        """Who wants to hear of events."""
        return [self.phones, self.activities]

    @property
    def senders(self) -> Mapping[str, Sender]:
        """What brings deliveries of these kinds."""
        return {"phone": self.phones, "mail": self.mails, "activity": self.activities}

    @property
    def jobs(self) -> list[Job]:
        """What comes round by the clock."""
        return [
            Job("notices.tick", 30, self.notices.tick),
            Job("push_targets.tidy", 3600, self.targets.tidy),
        ]

    @property
    def counters(self) -> Mapping[str, Reading]:
        """What operators watch."""
        return {"roamwatt_notices_late": lambda: self.phones.late + self.mails.late}


def build_driver_news(outside: Outside, driver: DriverSide) -> DriverNews:
    """Build them."""
    store, clock = outside.store, outside.clock
    notices, targets = Notices(store, clock), driver.push_targets
    ways = Ways(driver.push, build_browser_push(outside))
    return DriverNews(
        notices=notices,
        targets=targets,
        phones=Phones(notices, driver.drivers, targets, ways, clock=clock),
        mails=NoticeMails(
            notices, driver.mailer, clock=clock, platform=outside.settings.platform_name
        ),
        activities=Activities(ActivityBook(store), History(store), driver.push, clock=clock),
    )
