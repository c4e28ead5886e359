"""A private PostgreSQL server for tests, in a temporary folder; or the one that INTERPLAY_TEST_POSTGRESQL names.

PostgreSQL refuses to run as root, so root starts it as the user `postgres`.
"""

import atexit
import os
import random
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import psycopg
import pytest
from psycopg import conninfo

from interplay.bootstrap import door, mind  # noqa: F401 - every table is declared by what these import
from interplay.bootstrap.schema import upgrade
from interplay.engine.oltp.postgres import PostgresDatabase
from tests.serving import free_port

PLACES = ("/usr/lib/postgresql/*/bin", "/usr/local/pgsql/bin", "/opt/homebrew/opt/postgresql*/bin")
USER = "postgres"
VARIABLE = "INTERPLAY_TEST_POSTGRESQL"


class PostgresServer:
    """Runs until `stop`. Reached by a socket in its folder."""

    def __init__(self, programs: Path, folder: Path) -> None:
        self._programs = programs
        self._folder = folder
        self._data = folder / "data"
        self.port = free_port()
        folder.chmod(0o755)
        if os.geteuid() == 0:
            shutil.chown(folder, USER)
        self._run("initdb", "-D", self._data, "-A", "trust", "-U", USER, "-E", "UTF8", "--locale=C.UTF-8", "-N")
        settings = {
            "listen_addresses": "''", "unix_socket_directories": f"'{folder}'", "port": self.port,
            "max_connections": 200, "shared_buffers": "64MB", "max_wal_size": "128MB",
        }  # fmt: skip
        lines = "\n".join(f"{name} = {value}" for name, value in settings.items())
        with (self._data / "postgresql.conf").open("a") as file:
            file.write(lines + "\n")
        self.start()

    def start(self) -> None:
        self._run("pg_ctl", "-D", self._data, "-l", self._folder / "log", "-w", "start")

    def stop(self, mode: str = "immediate") -> None:
        """Stop; `immediate` is as if the machine had lost its power."""
        self._run("pg_ctl", "-D", self._data, "-m", mode, "-w", "stop")

    def url(self, name: str) -> str:
        return f"postgresql://{USER}@/{name}?host={self._folder}&port={self.port}"

    def dump(self, url: str) -> bytes:
        """Return everything in a database, as SQL."""
        return self._run("pg_dump", url)

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _run(self, program: str, *words: object) -> bytes:
        command = [str(self._programs / program), *map(str, words)]
        if os.geteuid() == 0:
            command = ["runuser", "-u", USER, "--", *command]
        # not through a pipe: the server would keep it open
        with (self._folder / "out").open("w+b") as out:
            done = subprocess.run(command, stdout=out, stderr=subprocess.STDOUT, cwd="/", check=False)
            out.seek(0)
            said = out.read()
        assert done.returncode == 0, said.decode(errors="replace")
        return said


def server() -> PostgresServer:
    """Return a new private server, or skip the test with the reason."""
    found = programs()
    if found is None:
        pytest.skip(f"no PostgreSQL programs in {', '.join(PLACES)}")
    return PostgresServer(found, Path(mkdtemp(prefix="interplay-pg-")))


@cache
def _shared() -> PostgresServer:
    made = server()
    atexit.register(made.remove)
    return made


def empty_url(of: PostgresServer | None = None) -> str:
    """Return the URL of a new database without tables; skips the test where there is no PostgreSQL."""
    return _made(of, "template0")


def new_url() -> str:
    """Return the URL of a new database with this version's tables; copied, since they are the same every time."""
    return _made(None, _template())


def drop(url: str) -> None:
    """Drop a database of the shared server, whoever is still connected: thousands of tests would fill a disk."""
    words = conninfo.conninfo_to_dict(url)
    name = words.pop("dbname")
    with psycopg.connect(conninfo.make_conninfo("", **words, dbname="postgres"), autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def shared_server() -> PostgresServer:
    """Return the private server of this process, for what needs its programs."""
    if os.environ.get(VARIABLE):
        pytest.skip(f"{VARIABLE} names a server that is not ours")
    return _shared()


@cache
def _template() -> str:
    url = empty_url()
    database = PostgresDatabase(url)
    upgrade(database)
    database.close()
    return str(conninfo.conninfo_to_dict(url)["dbname"])


def _made(of: PostgresServer | None, template: str) -> str:
    name = f"interplay_test_{random.SystemRandom().getrandbits(48):x}"
    ready = os.environ.get(VARIABLE)
    admin = ready if ready and of is None else (of or _shared()).url("postgres")
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} ENCODING 'UTF8' TEMPLATE {template}")
    if ready and of is None:
        return _with_name(ready, name)
    return (of or _shared()).url(name)


def _with_name(url: str, name: str) -> str:
    head, mark, query = url.partition("?")
    return f"{head.rsplit('/', 1)[0]}/{name}{mark}{query}"


def programs() -> Path | None:
    """Return the folder of PostgreSQL's programs, of the newest version."""
    found = [path for place in PLACES for path in Path("/").glob(place.lstrip("/")) if (path / "initdb").exists()]
    on_path = shutil.which("initdb")
    return max(found, default=Path(on_path).parent if on_path else None)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """Run a test over both databases: what `DoorOnly` and `Store` take as their `url`."""
    if request.param == "sqlite":
        yield ""
        return
    url = new_url()
    yield url
    drop(url)
