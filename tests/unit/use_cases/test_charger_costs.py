"""What a charger reckons by itself is kept, shown, and compared with what we bill."""

from decimal import Decimal

import pytest

from app.domain.charger_costs import ChargerCost
from app.domain.money import Money, Price
from app.domain.sessions import SessionFlag
from app.domain.stations import Address, Phase
from tests.support.chargers import TAG, V201, Floor, shows
from tests.support.transactions import END

OURS = Price(Money(Decimal("1.25"), "EUR"), Money(Decimal("0.25"), "EUR"))


@pytest.mark.parametrize(
    ("net", "gross", "currency", "differs"),
    [
        ("1.25", None, "EUR", False),
        ("1.26", "1.49", "eur", False),
        ("1.27", None, "EUR", True),
        (None, "1.6", "EUR", True),
        (None, None, "EUR", False),
        ("1.25", None, "USD", True),
    ],
)
def test_what_differs(net: str | None, gross: str | None, *, currency: str, differs: bool) -> None:
    numbers = (None if number is None else Decimal(number) for number in (net, gross))
    assert ChargerCost(currency, *numbers).differs(OURS) is differs


@pytest.mark.parametrize(("last", "differs"), [("0.12", False), ("0.50", True), (None, True)])
async def test_a_session(floor: Floor, last: str | None, *, differs: bool) -> None:
    """P-219: the running cost while it goes on, and the total of the end."""
    await floor.furnish()
    live = await floor.connect(V201)
    told = {"transaction": "TX-1", "address": Address(1, 1)}
    begin = (shows(0, 1_000),)
    await floor.tell(live, Phase.STARTED, 0, seq_no=0, token=TAG, readings=begin, **told)
    running = ChargerCost("EUR", Decimal("0.05"))
    await floor.tell(
        live, Phase.UPDATED, 60, seq_no=1, cost=running, trigger="RunningCost", **told
    )
    assert (await floor.session(live, "TX-1")).charger_cost == running
    cost = None if last is None else ChargerCost("EUR", Decimal(last))
    end = (shows(120, 1_400, END),)
    await floor.tell(live, Phase.ENDED, 120, seq_no=2, cost=cost, readings=end, **told)
    session = await floor.session(live, "TX-1")
    assert session.charger_cost == (cost or running)
    assert (SessionFlag.COST_DIFFERS in session.flags) is differs
