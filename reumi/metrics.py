"""Numbers for Prometheus, read from the database whenever they are asked for, so that no restart loses any.

Needs the package prometheus-client, which the `api` extra brings.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from reumi.errors import MissingExtra, SettingInvalid
from reumi.schedule.health import Health

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry
    from prometheus_client.core import Metric

Gather = Callable[[], tuple[Health, dict[tuple[str, str], int]]]
"""The present health, and the rows of the ledger by job and state."""


def registry(gather: Gather) -> CollectorRegistry:
    """A registry whose numbers are gathered at each scrape. Raises MissingExtra."""
    try:
        from prometheus_client import CollectorRegistry
    except ImportError:
        raise MissingExtra("schedule run --metrics-port", "api") from None
    found = CollectorRegistry(auto_describe=False)
    found.register(_Collector(gather))
    return found


def serve(gather: Gather, port: int, address: str) -> Callable[[], None]:
    """Answer scrapes on a port until the returned function is called. Raises MissingExtra, or SettingInvalid for a taken port."""
    numbers = registry(gather)
    from prometheus_client import start_http_server

    try:
        server, thread = start_http_server(port, address, numbers)
    except OSError as error:
        raise SettingInvalid(f"metrics cannot be served on {address}:{port} ({error.strerror}): choose another --metrics-port") from error

    def close() -> None:
        server.shutdown()
        server.server_close()
        thread.join()

    return close


def write_file(gather: Gather, path: Path) -> None:
    """Write the numbers for the node exporter's textfile collector; the file appears whole. Raises MissingExtra, SettingInvalid."""
    numbers = registry(gather)
    from prometheus_client import write_to_textfile

    try:
        write_to_textfile(str(path), numbers)
    except OSError as error:
        raise SettingInvalid(f"metrics cannot be written to {path} ({error.strerror}): name a file in a folder that exists") from error


class _Collector:
    def __init__(self, gather: Gather) -> None:
        self._gather = gather

    def collect(self) -> Iterator[Metric]:
        health, states = self._gather()
        yield from _data(health)
        yield from _jobs(health)
        yield _states(states)


def _data(health: Health) -> Iterator[Metric]:
    from prometheus_client.core import GaugeMetricFamily

    yield GaugeMetricFamily("reumi_songs", "Songs in the data set.", value=health.songs)
    yield GaugeMetricFamily("reumi_songs_untagged", "Songs whose lyrics no model has read.", value=health.untagged)
    yield GaugeMetricFamily("reumi_problems", "Sentences that `reumi status` would complain with.", value=len(health.problems))
    failing = GaugeMetricFamily("reumi_alerts_undelivered", "Alerts whose delivery failed, waiting for another try.", labels=["channel"])
    for trouble in health.alerts:
        failing.add_metric([trouble.channel], trouble.waiting)
    yield failing
    yield GaugeMetricFamily("reumi_scheduler_up", "1 while a process runs the schedule.", value=float(health.scheduler is not None))
    yield GaugeMetricFamily("reumi_index_current", "1 while the index holds the present data.", value=float(health.index.is_current))
    if health.index.read_at is not None:
        age = (health.now - health.index.read_at).total_seconds()
        yield GaugeMetricFamily("reumi_index_age_seconds", "Age of what the index holds.", value=age)
    read = GaugeMetricFamily("reumi_list_read_timestamp_seconds", "When a list was last read to its end.", labels=["list"])
    rows = GaugeMetricFamily("reumi_list_rows", "Rows of a list at its last reading.", labels=["list"])
    for item in health.lists:
        read.add_metric([item.list_name], item.read_at.timestamp())
        rows.add_metric([item.list_name], item.rows)
    yield read
    yield rows


def _jobs(health: Health) -> Iterator[Metric]:
    from prometheus_client.core import GaugeMetricFamily

    ok = GaugeMetricFamily("reumi_job_last_ok", "1 when the last ended run of a job went well.", labels=["job"])
    success = GaugeMetricFamily("reumi_job_last_success_timestamp_seconds", "End of the last good run.", labels=["job"])
    seconds = GaugeMetricFamily("reumi_job_last_duration_seconds", "Length of the last ended run.", labels=["job"])
    running = GaugeMetricFamily("reumi_job_running", "1 while a job runs.", labels=["job"])
    due = GaugeMetricFamily("reumi_job_next_timestamp_seconds", "The next slot of a job.", labels=["job"])
    for item in health.jobs:
        name = [item.job.name]
        running.add_metric(name, float(item.running))
        _add(due, name, item.next_at)
        _add(success, name, item.last_ok.finished_at if item.last_ok is not None else None)
        if item.last is not None:
            ok.add_metric(name, float(item.last.event == "ok"))
            if item.last.seconds is not None:
                seconds.add_metric(name, item.last.seconds)
    yield from (ok, success, seconds, running, due)


def _add(family: Metric, labels: list[str], moment: datetime | None) -> None:
    if moment is not None:
        family.add_metric(labels, moment.timestamp())  # type: ignore[attr-defined]


def _states(states: dict[tuple[str, str], int]) -> Metric:
    from prometheus_client.core import CounterMetricFamily

    runs = CounterMetricFamily("reumi_job_runs", "Rows of the ledger by job and state; `missed` are slots.", labels=["job", "state"])
    for (job, state), number in sorted(states.items()):
        if state not in ("waiting", "running"):
            runs.add_metric([job, state], number)
    return runs
