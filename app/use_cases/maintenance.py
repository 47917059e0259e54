"""Who makes known what is told about keeping chargers in order: one handler for each news."""

from types import MappingProxyType

from app.domain.diagnostics import SecurityEvent
from app.domain.displays import MessageCleared, MessagesAsked, MessageShown, MessagesPart
from app.domain.errands import ErrandAsked, ErrandMoved
from app.domain.firmware import FirmwareUnpublished
from app.domain.local_lists import ListAnswered, ListVersionTold
from app.domain.messages import DataTransferred
from app.domain.monitoring import (
    CustomerInformationAsked,
    CustomerInformationPart,
    EventsSeen,
    MonitoringSetting,
    MonitorsCleared,
    MonitorsSet,
    ReportAsked,
    ReportPart,
)
from app.use_cases.displays import (
    message_cleared,
    message_shown,
    messages_asked,
    messages_part,
)
from app.use_cases.errands import errand_asked, errand_moved, firmware_unpublished
from app.use_cases.local_lists import list_answered, list_version_told
from app.use_cases.monitoring import (
    customer_asked,
    customer_part,
    events_seen,
    monitoring_set,
    monitors_cleared,
    monitors_set,
    report_asked,
    report_part,
)
from app.use_cases.news_handlers import Handlers
from app.use_cases.station_logs import data_transferred, security_event

MAINTENANCE_NEWS: Handlers = MappingProxyType({
    CustomerInformationAsked: customer_asked,
    CustomerInformationPart: customer_part,
    DataTransferred: data_transferred,
    ErrandAsked: errand_asked,
    ErrandMoved: errand_moved,
    EventsSeen: events_seen,
    FirmwareUnpublished: firmware_unpublished,
    ListAnswered: list_answered,
    ListVersionTold: list_version_told,
    MessageCleared: message_cleared,
    MessageShown: message_shown,
    MessagesAsked: messages_asked,
    MessagesPart: messages_part,
    MonitoringSetting: monitoring_set,
    MonitorsCleared: monitors_cleared,
    MonitorsSet: monitors_set,
    ReportAsked: report_asked,
    ReportPart: report_part,
    SecurityEvent: security_event,
})  # fmt: skip
