"""`reumi replica`: serve the local Melon."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from datetime import UTC, datetime

import click

from reumi.cli.values import TEXT, Number


@click.group()
def replica() -> None:
    """A local Melon with original songs, to try everything on.

    Example: reumi replica serve --port 8900
    """


@replica.command()
@click.option("--port", default=8900, show_default=True, type=click.IntRange(0, 65535), help="Port on 127.0.0.1; 0 takes any free one.")
@click.option("--filler", default=0, show_default=True, type=click.IntRange(0, 1_000_000), help="Generated songs to add, for size tests.")
@click.option(
    "--robots",
    default="open",
    show_default=True,
    type=click.Choice(["open", "melon"]),
    help="robots.txt: open, or as forbidding as the real one.",
)
@click.option(
    "--fault",
    "switches",
    multiple=True,
    type=TEXT,
    metavar="NAME[=VALUE]",
    help="A fault to switch on, again and again; see `reumi replica faults`.",
)
@click.option(
    "--now",
    "clock",
    type=TEXT,
    metavar="TIME",
    help="The site's clock: `real`, or a time such as 2026-11-24T21:00 (Seoul) at which it stands. [default: 2026-11-24T21:00]",
)
@click.option(
    "--advance", default=0.0, type=Number(0, 36_525), metavar="DAYS", help="Days to move the clock on: likes grow and ranks move."
)
def serve(port: int, filler: int, robots: str, switches: tuple[str, ...], clock: str | None, advance: float) -> None:
    """Serve the replica on 127.0.0.1 until Ctrl-C.

    \b
    Example: reumi replica serve --port 8900
             reumi replica serve --filler 1000 --fault latency=60
             reumi replica serve --fault block_after=100 --fault block_seconds=30
    """
    from datetime import timedelta

    from reumi.replica.faults import Faults
    from reumi.replica.server import Replica

    site = Replica(port, faults=Faults.parse(switches), filler=filler, robots=robots, now=_clock(clock) if clock else None)
    site.advance(timedelta(days=advance))
    ended = _ending()
    with site:
        click.echo(f"replica: {len(site.site.songs)} songs at {site.url} (clock {site.now():%Y-%m-%d %H:%M}); Ctrl-C ends it")
        click.echo(f"crawl it: REUMI_SITE_URL={site.url} reumi crawl --genre 발라드 --listing popular")
        while not ended.wait(0.5):
            pass
    click.echo("replica: closed")


@replica.command()
def faults() -> None:
    """List the fault switches.

    Example: reumi replica faults
    """
    from reumi.replica.faults import fault_table

    for name, default, doc in fault_table():
        click.echo(f"{name:16}{doc} [{default or 'off'}]")


def _clock(text: str) -> datetime | Callable[[], datetime]:
    if text == "real":
        return lambda: datetime.now(UTC)
    try:
        stands_at = datetime.fromisoformat(text)
        # Charts look back from the clock, and --advance moves it on: both need room within the calendar of `datetime`.
        if not 1900 <= stands_at.year <= 2500:
            raise ValueError
    except ValueError as error:
        sentence = f"{text!r} is neither `real` nor a time of the years 1900 to 2500 such as 2026-11-24T21:00"
        raise click.BadParameter(sentence, param_hint="--now") from error
    return stands_at


def _ending() -> threading.Event:
    """An event that Ctrl-C and SIGTERM set."""
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: ended.set())
    return ended
