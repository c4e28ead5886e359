"""`python -m tests.house.ready SOCKET`: runs commands of `interplay` as copies of a process that has read all its code.

A guide is dozens of commands, and each would read half a second's worth of modules first. Here they are read once: a
command is a fork, with the caller's words, folder, environment and standard streams. `command(folder)` writes the
`interplay` that asks for it.
"""

import json
import os
import signal
import socket
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import Popen

from interplay.faces.cli.main import app

WORDS_BYTES_MAX = 1 << 20
ASKING = """#!{python} -IS
import json, os, signal, socket, sys
one = socket.socket(socket.AF_UNIX)
one.connect({path!r})
asked = json.dumps([sys.argv[1:], os.getcwd(), dict(os.environ)]).encode()
socket.send_fds(one, [len(asked).to_bytes(4, "big")], [0, 1, 2])
one.sendall(asked)
answers = one.makefile("rb")
child = int(answers.readline())
signal.signal(signal.SIGTERM, lambda *_: os.kill(child, signal.SIGTERM))
sys.exit(int(answers.readline() or 70))
"""


@contextmanager
def ready(folder: Path) -> Iterator[Path]:
    """Lend a folder with an `interplay` for PATH, which begins at once."""
    path = folder / "ready"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        keeper = Popen(
            [sys.executable, "-m", "tests.house.ready", str(listener.fileno())], pass_fds=[listener.fileno()]
        )
    (folder / "bin").mkdir()
    command = folder / "bin" / "interplay"
    command.write_text(ASKING.format(python=sys.executable, path=str(path)))
    command.chmod(0o755)
    try:
        yield command.parent
    finally:
        keeper.terminate()
        keeper.wait(30)


def main(handle: int) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # who waits for a command is its own child
    with socket.socket(fileno=handle) as listener:
        while True:
            asker, _ = listener.accept()
            if os.fork() == 0:
                listener.close()
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                _answer(asker)
                os._exit(0)
            asker.close()


def _answer(asker: socket.socket) -> None:
    """Run one command in a process of its own, and say how it ended."""
    size, handles, _, _ = socket.recv_fds(asker, 4, 3)
    words, folder, environment = json.loads(_exactly(asker, int.from_bytes(size, "big")))
    child = os.fork()
    if child == 0:
        for number, handle in enumerate(handles):
            os.dup2(handle, number)
        asker.close()
        os._exit(_run(words, folder, environment))
    asker.sendall(b"%d\n" % child)
    _, status = os.waitpid(child, 0)
    asker.sendall(b"%d\n" % os.waitstatus_to_exitcode(status))


def _exactly(asker: socket.socket, size: int) -> bytes:
    said = b""
    while len(said) < size:
        said += asker.recv(WORDS_BYTES_MAX)
    return said


def _run(words: list[str], folder: str, environment: dict[str, str]) -> int:
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["interplay", *words]
    code: object = 0
    try:
        app()
    except SystemExit as ended:
        code = ended.code
    except BaseException:
        traceback.print_exc()
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    return code if isinstance(code, int) else int(code is not None)


if __name__ == "__main__":
    main(int(sys.argv[1]))
