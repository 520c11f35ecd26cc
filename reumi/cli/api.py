"""`reumi api`: the same answers over HTTP."""

from __future__ import annotations

import importlib.util
import os
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import click

from reumi.cli.listening import free_address
from reumi.cli.options import database_option
from reumi.cli.values import TEXT
from reumi.errors import MissingExtra
from reumi.settings import Settings

# prometheus_client reads it while it is imported: set before anything of `reumi.api.metrics` is.
_METRICS_FOLDER = "PROMETHEUS_MULTIPROC_DIR"


@click.command()
@click.option("--host", type=TEXT, default="127.0.0.1", show_default=True, help="Address to listen on; 0.0.0.0 lets other machines in.")
@click.option("--port", default=8080, show_default=True, type=click.IntRange(0, 65535), help="Port to listen on; 0 takes any free one.")
@click.option(
    "--workers",
    default=1,
    show_default=True,
    type=click.IntRange(1, 64),
    help="Processes among which cores and callers are divided; they share one index.",
)
@database_option
def api(host: str, port: int, workers: int, database_url: str) -> None:
    """Serve recommendations, emotions, songs, charts and statistics over HTTP until Ctrl-C or SIGTERM.

    The interface is described at /openapi.json. Rate limit, token and CORS are settings (REUMI_API_RATE, REUMI_API_TOKEN,
    REUMI_API_CORS).

    \b
    Example: reumi api --workers 2
             curl -s localhost:8080/v1/recommendations -H 'content-type: application/json' -d '{"text": "오늘은 괜히 눈물이 났다"}'
    """
    if any(importlib.util.find_spec(package) is None for package in ("fastapi", "uvicorn", "prometheus_client")):
        raise MissingExtra("api", "api")
    import uvicorn

    from reumi.api.threads import threads_of

    port = free_address("api", host, port)
    with _ended_by_sigterm(), tempfile.TemporaryDirectory(prefix="reumi-api-") as shared:
        # The workers are processes of their own: what was asked for here reaches them as settings do.
        os.environ["REUMI_DATABASE_URL"] = database_url
        os.environ["REUMI_API_THREADS"] = str(threads_of(Settings.load().api_threads, workers))
        os.environ["REUMI_API_SHARED"] = os.environ[_METRICS_FOLDER] = shared
        click.echo(f"reumi api: http://{host}:{port}/openapi.json describes it; Ctrl-C ends it", err=True)
        uvicorn.run("reumi.api.app:create_app", factory=True, host=host, port=port, workers=workers, access_log=False, log_level="warning")


@contextmanager
def _ended_by_sigterm() -> Iterator[None]:
    """SIGTERM ends the command as well as Ctrl-C does. uvicorn finishes its requests, then raises the signal anew for this handler."""

    def end(_number: int, _frame: FrameType | None) -> None:
        # A second one must not break off the tidying up.
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        sys.exit(0)

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
