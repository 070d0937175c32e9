"""Snapshots are thinned to a count and a budget, evenly in log(step + 1), the same way each time."""

import math
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gptlab_tui.runs import fsops
from gptlab_tui.runs.layout import Run
from gptlab_tui.runs.manifest import commit_snapshot, snapshot_steps
from gptlab_tui.runs.snapshots import discard_snapshots_after, thinned

MANY = 1 << 40


def write(path: Path) -> None:
    path.write_bytes(b"w" * 100)


@given(
    st.dictionaries(st.integers(0, 10**6), st.integers(1, 1000), min_size=1),
    st.integers(1, 70),
    st.integers(1, 20_000),
)
def test_count_and_budget_hold_and_the_ends_stay(sizes: dict[int, int], limit: int, budget_bytes: int):
    kept = thinned(sizes, limit, budget_bytes)
    assert set(kept) <= set(sizes)
    assert kept == sorted(kept)
    assert kept[-1] == max(sizes)
    assert len(kept) <= limit
    assert sum(sizes[step] for step in kept) <= budget_bytes or len(kept) == 1
    if len(kept) >= 2:
        assert kept[0] == min(sizes)
    if len(sizes) <= limit and sum(sizes.values()) <= budget_bytes:
        assert kept == sorted(sizes)
    assert thinned({step: sizes[step] for step in kept}, limit, budget_bytes) == kept


@given(st.integers(3, 2000), st.integers(8, 64), st.integers(1, 500))
def test_what_stays_is_even_in_log_time(count: int, limit: int, every: int):
    steps: list[int] = []
    for step in range(every, every * (count + 1), every):
        steps = thinned(dict.fromkeys([*steps, step], 1), limit, MANY)
    assert len(steps) == min(count, limit)
    gaps = [math.log1p(later) - math.log1p(step) for step, later in pairwise(steps)]
    pairs = [one + two for one, two in pairwise(gaps)]
    made = [
        gap for gap, step, later in zip(gaps, steps, steps[1:], strict=False) if later - step > every
    ]  # wider than the training gave them
    # Nowhere two neighbouring gaps that together are much smaller than one that thinning has made.
    assert not made or min(pairs[:-1], default=math.inf) >= 0.5 * max(made)


def test_a_snapshot_appears_whole_and_others_give_way(run: Run):
    for step in range(100, 2100, 100):
        path, size_bytes = commit_snapshot(run, step, write, limit=6, budget_bytes=MANY)
        assert path == run.snapshot(step)
        assert size_bytes == 100
    steps = snapshot_steps(run)
    assert len(steps) == 6
    assert (steps[0], steps[-1]) == (100, 2000)
    commit_snapshot(run, 2100, write, limit=6, budget_bytes=250)
    assert snapshot_steps(run) == [100, 2100]
    commit_snapshot(run, 2200, write, limit=6, budget_bytes=50)
    assert snapshot_steps(run) == [2200]


@pytest.mark.system
def test_killed_at_any_call_a_snapshot_is_whole_or_not_there(run: Run, kill_everywhere: Callable[..., int]):
    for step in (100, 200, 300):
        commit_snapshot(run, step, write, limit=3, budget_bytes=MANY)

    def check(done: bool) -> None:
        steps = snapshot_steps(run)
        assert set(steps) >= {100, 200}
        assert all(run.snapshot(step).stat().st_size == 100 for step in steps)
        assert not done or steps == [100, 200, 400]  # the neighbours of 300 were the closest
        assert done or steps in ([100, 200, 300], [100, 200, 300, 400], [100, 200, 400])
        discard_snapshots_after(run, 300)
        commit_snapshot(run, 300, write, limit=9, budget_bytes=MANY)

    kill_everywhere(lambda: commit_snapshot(run, 400, write, limit=3, budget_bytes=MANY), check)


def test_a_failed_snapshot_leaves_no_trace(run: Run, fail_everywhere: Callable[..., int]):
    def check(done: bool) -> None:
        assert not list(run.snapshots.glob(".*"))
        fsops.remove_tree(run.snapshots)
        fsops.make_dir(run.snapshots)

    fsops.make_dir(run.snapshots)
    assert fail_everywhere(lambda: commit_snapshot(run, 1, write, 9, MANY), check) >= 4


def test_links_and_strangers_are_no_snapshots(run: Run, tmp_path: Path):
    commit_snapshot(run, 1, write, 9, MANY)
    (run.snapshots / "step-00000002.safetensors").symlink_to(run.snapshot(1))
    (run.snapshots / "step-00000003.safetensors").mkdir()
    (run.snapshots / "notes.txt").write_text("x")
    assert snapshot_steps(run) == [1]
    fsops.rename(run.snapshots, tmp_path / "moved")
    run.snapshots.symlink_to(tmp_path / "moved")
    assert snapshot_steps(run) == []
    with pytest.raises(fsops.DiskError, match="link"):
        commit_snapshot(run, 4, write, 9, MANY)
