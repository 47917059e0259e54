"""What the routes for one charger are made of."""

from dataclasses import dataclass

from app.queries.chargers import Chargers
from app.use_cases.admission import Admissions
from app.use_cases.availability import Availability
from app.use_cases.certificates import Certificates
from app.use_cases.charger_records import ChargerRecords
from app.use_cases.charger_security import ChargerSecurity
from app.use_cases.configuration import Configurations
from app.use_cases.device_models import DeviceModels
from app.use_cases.frames import Frames
from app.use_cases.local_lists import LocalLists
from app.use_cases.signed_meters import SignedMeters
from app.use_cases.treatments import Treatments
from app.use_cases.web_payments import WebPayments


@dataclass(frozen=True, slots=True)
class ChargerServices:
    """Use-cases and queries about chargers beyond charging: each area adds its own."""

    queries: Chargers
    frames: Frames
    treatments: Treatments
    availability: Availability
    admissions: Admissions
    device_models: DeviceModels
    configurations: Configurations
    records: ChargerRecords
    local_lists: LocalLists
    security: ChargerSecurity
    certificates: Certificates
    signed: SignedMeters
    web_payments: WebPayments
