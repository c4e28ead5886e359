"""The rules of the house hold in this very tree."""

import subprocess
import sys
from pathlib import Path

from tools.lint import seams
from tools.lint.__main__ import findings
from tools.lint.findings import Weight

ROOT = Path(__file__).parents[2]


def test_no_rule_of_our_own_is_broken():
    assert [str(f) for f in findings(ROOT) if f.weight is Weight.FAILURE] == []


def test_the_command_line_starts_without_the_slow_libraries():
    program = (
        "import sys, interplay.faces.cli.main;"
        "print(sorted({m.partition('.')[0] for m in sys.modules} & set(sys.argv[1:])))"
    )
    command = [sys.executable, "-c", program, *sorted(seams.load().slow)]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert run.returncode == 0, run.stderr
    assert run.stdout.strip() == "[]"
