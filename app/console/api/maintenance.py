"""The routes that keep chargers in order, as one."""

from fastapi import APIRouter

from app.console.api.diagnostics import router as diagnostics_routes
from app.console.api.displays import router as display_routes
from app.console.api.firmware import router as firmware_routes
from app.console.api.local_lists import router as list_routes
from app.console.api.messages import router as message_routes
from app.console.api.monitoring import router as monitoring_routes

router = APIRouter()
for routes in (
    diagnostics_routes,
    display_routes,
    firmware_routes,
    list_routes,
    message_routes,
    monitoring_routes,
):
    router.include_router(routes)
