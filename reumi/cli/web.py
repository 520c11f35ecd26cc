"""`reumi web`: the screen where people write a diary and see songs."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

import click

from reumi.cli.listening import free_address
from reumi.cli.options import database_option
from reumi.cli.values import TEXT
from reumi.errors import MissingExtra


@click.command()
@click.option("--host", type=TEXT, default="127.0.0.1", show_default=True, help="Address to listen on; 0.0.0.0 lets other machines in.")
@click.option("--port", default=8501, show_default=True, type=click.IntRange(1, 65535), help="Port to listen on.")
@database_option
def web(host: str, port: int, database_url: str) -> None:
    """Serve the screen in Korean until Ctrl-C: a diary on the left, the songs that fit on the right.

    Diaries are kept only where the person turns that on, in a file on this machine, and never when --host lets other machines in.

    \b
    Example: reumi web
             reumi web --db demo-output/reumi.db --port 8600
    """
    if importlib.util.find_spec("streamlit") is None:
        raise MissingExtra("web", "web")
    from streamlit.web.cli import main as streamlit

    from reumi import web as screen
    from reumi.web.theme import OPTIONS

    free_address("web", host, port)
    os.environ["REUMI_DATABASE_URL"] = database_url
    options = {
        **OPTIONS,
        "server.address": host,
        "server.port": str(port),
        "server.headless": "true",
        "server.enableStaticServing": "true",
        "server.fileWatcherType": "none",
        "browser.gatherUsageStats": "false",
        "client.toolbarMode": "minimal",
        "client.showErrorDetails": "none",
    }
    _warm()
    click.echo(f"reumi web: http://{host}:{port}", err=True)
    script = Path(str(screen.__file__)).with_name("screen.py")
    streamlit(["run", str(script), *(f"--{name}={value}" for name, value in options.items())], standalone_mode=False)


def _warm() -> None:
    """Open model and index while Streamlit starts, so that the first diary need not wait."""
    import threading

    from reumi.web import house

    threading.Thread(target=house.warm, name="reumi-warm", daemon=True).start()
