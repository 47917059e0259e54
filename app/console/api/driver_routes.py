"""Routes about drivers: what they keep free, hold, report and think, and wait for."""

from app.console.api.bookings import router as booking_routes
from app.console.api.cards import router as card_routes
from app.console.api.overdue_bills import router as overdue_bill_routes
from app.console.api.reports import router as report_routes
from app.console.api.reservations import router as reservation_routes

DRIVER_ROUTES = (
    reservation_routes, booking_routes, card_routes, report_routes, overdue_bill_routes,
)  # fmt: skip
