"""A circuit opens after failures in a row, is tried by one exchange, and closes on an answer."""

from datetime import timedelta

from app.domain.circuits import Circuit, CircuitState
from tests.support.clock import NOON

SECOND = timedelta(seconds=1)


def opened(failures: int = 3) -> Circuit:
    circuit = Circuit()
    for _ in range(failures):
        circuit = circuit.failed(NOON, "silence", most=failures)
    return circuit


def test_failures_in_a_row_open_it() -> None:
    circuit = Circuit()
    for _ in range(2):
        circuit = circuit.failed(NOON, "silence", most=3)
    assert circuit.wait(NOON) is None
    assert circuit.answered() == Circuit()
    circuit = circuit.failed(NOON, "silence", most=3)
    assert (circuit.state, circuit.why, circuit.trips) == (CircuitState.OPEN, "silence", 1)
    assert circuit.wait(NOON) == 5 * SECOND
    assert circuit.wait(NOON + 5 * SECOND) is None


def test_one_exchange_is_the_probe_while_others_wait() -> None:
    probing = opened().entered()
    assert probing.state is CircuitState.HALF_OPEN
    assert probing.wait(NOON) == SECOND
    assert probing.answered().wait(NOON) is None


def test_each_failed_probe_doubles_the_pause_to_a_minute() -> None:
    circuit, now, pauses = opened(), NOON, []
    for _ in range(6):
        wait = circuit.wait(now)
        assert wait is not None
        pauses.append(wait.total_seconds())
        now += wait
        circuit = circuit.entered().failed(now, "still nobody", most=3)
    assert pauses == [5, 10, 20, 40, 60, 60]
    assert circuit.opened_at == NOON


def test_late_failures_change_nothing() -> None:
    """Exchanges that began before the circuit opened do not make the pause longer."""
    circuit = opened()
    assert circuit.failed(NOON, "late", most=3).retry_at == circuit.retry_at


def test_a_stopped_probe_is_made_by_the_next() -> None:
    circuit = opened().entered().abandoned()
    assert circuit.state is CircuitState.OPEN
    assert circuit.wait(NOON) is None
    assert Circuit().abandoned() == Circuit()


def test_a_sign_of_life_lets_a_probe_through_at_once() -> None:
    assert opened().woken().wait(NOON) is None
    assert Circuit().woken() == Circuit()


def test_a_wish_for_rest_outlives_answers_and_signs_of_life() -> None:
    rest = Circuit().quiet(NOON + 9 * SECOND).quiet(NOON + 4 * SECOND)
    assert rest.answered().woken().wait(NOON) == 9 * SECOND
    assert rest.wait(NOON + 9 * SECOND) is None
