"""Everything under `/chargers/{station_id}`, one router for each area."""

from app.console.api.admission import router as admission_routes
from app.console.api.charger_certificates import router as certificate_routes
from app.console.api.chargers import router as charger_routes
from app.console.api.device_model import router as device_model_routes
from app.console.api.display_codes import router as display_code_routes
from app.console.api.energy_resources import router as energy_routes
from app.console.api.event_streams import router as stream_routes
from app.console.api.frames import router as frame_routes
from app.console.api.local_tariffs import router as local_tariff_routes
from app.console.api.maintenance import router as maintenance_routes
from app.console.api.signed_meters import router as signed_routes
from app.console.api.smart_charging import router as smart_charging_routes

CHARGER_ROUTES = (
    admission_routes,
    certificate_routes,
    charger_routes,
    device_model_routes,
    display_code_routes,
    energy_routes,
    stream_routes,
    frame_routes,
    local_tariff_routes,
    maintenance_routes,
    signed_routes,
    smart_charging_routes,
)
