"""Reports of chargers whose parts are numbered oddly."""

from datetime import UTC, datetime

from app.domain.device_model import MOST_LACKING, Report
from app.domain.monitoring import MOST_MISSING, MonitoringReport, ReportPart, with_part

AT = datetime(2026, 5, 1, 12, tzinfo=UTC)


def test_a_part_with_a_huge_number_costs_nothing() -> None:
    """Counting up to it would stop the whole process for minutes."""
    report = with_part(MonitoringReport(1, AT), ReportPart(1, 2**31 - 1, last=True, at=AT))
    assert not report.complete
    assert report.missing == tuple(range(MOST_MISSING))


def test_nor_does_one_of_the_device_model() -> None:
    report = Report("CP1", 1, parts=(2**31 - 1,), end=2**31 - 1)
    assert not report.is_whole
    assert report.lacks == tuple(range(MOST_LACKING))
