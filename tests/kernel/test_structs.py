"""Two threads that meet a struct for the first time at once."""

import subprocess
import sys

import pytest

RACE = """
import sys, threading
from interplay.collect.facts.catalogue import standard_documents
from interplay.kernel.structs import prepare
prepare()
sys.setswitchinterval(1e-6)
together = threading.Barrier(3)
def read():
    together.wait()
    standard_documents()
threads = [threading.Thread(target=read) for _ in range(3)]
for one in threads: one.start()
for one in threads: one.join()
"""


@pytest.mark.slow
def test_structs_are_worked_out_before_there_are_threads():
    """Without `prepare` one run in twenty ends by a signal (msgspec 0.22)."""
    ended = [subprocess.run([sys.executable, "-c", RACE], check=False).returncode for _ in range(20)]
    assert ended == [0] * 20
