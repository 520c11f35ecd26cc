"""`reumi demo`: the whole job, command by command, on a local Melon."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reumi.cli.values import TEXT
from reumi.errors import DemoFailed, FileUnwritable

if TYPE_CHECKING:
    from reumi.replica.server import Replica

PORT = 8900
DIARY = "면접에서 또 떨어졌다. 괜찮은 척 웃었는데 집에 오는 버스에서 자꾸 눈물이 났다. 엄마한테는 아직 말하지 못했다."
MARKER = ".reumi-demo"


@click.command()
@click.option("--folder", type=click.Path(path_type=Path, file_okay=False), default=Path("demo-output"), show_default=True)
@click.option("--diary", type=TEXT, default=DIARY, help="The diary entry to answer.")
def demo(folder: Path, diary: str) -> None:
    """Run the whole job on a local Melon: crawl, tag, recommend, export.

    A real browser reads original songs from a replica of the site into a fresh SQLite file. Nothing leaves this machine.

    Example: reumi demo --folder /tmp/reumi-demo
    """
    started = time.monotonic()
    database = _fresh_folder(folder) / "reumi.db"
    csv = folder / "songs.csv"
    with _replica() as replica:
        environment = {**os.environ, "REUMI_SITE_URL": replica.url, "REUMI_DATABASE_URL": f"sqlite:///{database}"}
        for title, arguments in _steps(csv, diary):
            click.secho(f"\n== {title}", bold=True)
            _run(arguments, environment)
    click.secho(f"\nDone in {time.monotonic() - started:.0f} s. Everything is in {folder}/", bold=True)
    click.echo(f"  CSV       {csv}")
    click.echo(f"  database  {database}")
    click.echo(f'  go on     reumi recommend --db {database} "오늘은 이상하게 다 잘 풀렸다"')
    click.echo(f"  covers    reumi replica serve --port {PORT}   (they are drawn by the replica while it runs)")


def _replica() -> Replica:
    """The replica on its usual port, so that the stored cover addresses work again later; on a free one where that is taken."""
    from reumi.replica.errors import PortTaken
    from reumi.replica.server import Replica

    try:
        return Replica(PORT)
    except PortTaken:
        return Replica()


def _steps(csv: Path, diary: str) -> list[tuple[str, Sequence[str]]]:
    genres = [part for name in ("발라드", "댄스", "인디", "랩/힙합", "록", "R&B/Soul", "트로트") for part in ("--genre", name)]
    listings = [part for name in ("steady", "popular", "newest") for part in ("--listing", name)]
    return [
        ("Crawl seven genres and the TOP100 with a real browser", ["crawl", *genres, *listings, "--chart", "top100"]),
        ("Read the feeling of every lyric line", ["tag"]),
        ("What the data set holds now", ["stats"]),
        ("A diary entry, and the songs that fit", ["recommend", diary]),
        ("Export for a spreadsheet", ["export", str(csv)]),
    ]


def _fresh_folder(folder: Path) -> Path:
    """Empty the demo's own folder. Raises DemoFailed for one that holds anything else, FileUnwritable for one that cannot be made."""
    try:
        if folder.exists() and any(folder.iterdir()):
            if not (folder / MARKER).exists():
                raise DemoFailed(f"{folder} holds files that the demo did not make; name another with --folder")
            shutil.rmtree(folder)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / MARKER).touch()
    except OSError as error:
        raise FileUnwritable(folder, error) from error
    return folder


def _run(arguments: Sequence[str], environment: dict[str, str]) -> None:
    shown = " ".join(f'"{part}"' if " " in part or "&" in part else part for part in arguments)
    click.secho(f"$ reumi {shown}", fg="cyan")
    sys.stdout.flush()
    done = subprocess.run([sys.executable, "-m", "reumi", *arguments], env=environment, check=False)
    if done.returncode != 0:
        raise DemoFailed(f"`reumi {arguments[0]}` ended with exit code {done.returncode}; its message stands above")
