"""What keeps chargers in order, as one: what can be asked, and what is told of it."""

from typing import Union

from app.domain.diagnostics import GetDiagnostics, GetLog, SecurityEvent
from app.domain.displays import (
    ClearDisplayMessage,
    GetDisplayMessages,
    MessageCleared,
    MessagesAsked,
    MessageShown,
    MessagesPart,
    SetDisplayMessage,
    ShowCost,
)
from app.domain.errands import ErrandAsked, ErrandMoved
from app.domain.firmware import (
    FirmwareUnpublished,
    PublishFirmware,
    UnpublishFirmware,
    UpdateFirmware,
    UpdateSignedFirmware,
)
from app.domain.local_lists import LocalListAsk, LocalListNews
from app.domain.messages import DataTransferred, ExtendedTrigger, TransferData, Trigger
from app.domain.monitoring import (
    ClearMonitors,
    CustomerInformation,
    CustomerInformationAsked,
    CustomerInformationPart,
    EventsSeen,
    GetMonitoringReport,
    MonitoringSetting,
    MonitorsCleared,
    MonitorsSet,
    ReportAsked,
    ReportPart,
    SetMonitoringBase,
    SetMonitoringLevel,
    SetMonitors,
)

MaintenanceAsk = Union[  # noqa: UP007 - a list to add to, one line each
    ClearDisplayMessage,
    ClearMonitors,
    CustomerInformation,
    ExtendedTrigger,
    GetDiagnostics,
    GetDisplayMessages,
    GetLog,
    GetMonitoringReport,
    LocalListAsk,
    PublishFirmware,
    SetDisplayMessage,
    SetMonitoringBase,
    SetMonitoringLevel,
    SetMonitors,
    ShowCost,
    TransferData,
    Trigger,
    UnpublishFirmware,
    UpdateFirmware,
    UpdateSignedFirmware,
]

MaintenanceNews = Union[  # noqa: UP007 - a list to add to, one line each
    CustomerInformationAsked,
    CustomerInformationPart,
    DataTransferred,
    ErrandAsked,
    ErrandMoved,
    EventsSeen,
    FirmwareUnpublished,
    LocalListNews,
    MessageCleared,
    MessageShown,
    MessagesAsked,
    MessagesPart,
    MonitoringSetting,
    MonitorsCleared,
    MonitorsSet,
    ReportAsked,
    ReportPart,
    SecurityEvent,
]
