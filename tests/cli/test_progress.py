"""How far long work is, where standard error is no terminal."""

import pytest

from gptlab_tui.cli import progress as progressing
from gptlab_tui.cli.progress import progress


@pytest.mark.parametrize("quiet", [False, True])
def test_a_line_every_few_seconds(capsys, monkeypatch, quiet):
    clock = iter(range(0, 60, 6))  # seconds; the first is the beginning
    monkeypatch.setattr(progressing.time, "monotonic", lambda: next(clock))
    with progress("training", quiet=quiet) as far:
        for done in range(1, 7):
            far(done, 12, f"{done} bits")
    expected = [
        f"training: {done / 12:.0%}, about {left} s left, {done} bits"
        for done, left in ((2, 60), (4, 50), (6, 40))
    ]
    assert capsys.readouterr().err.splitlines() == ([] if quiet else expected)
