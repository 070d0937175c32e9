"""What runs reached and where their requests differ; metrics as a table."""

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest

from gptlab_tui.home import Home
from gptlab_tui.runs import compare as compare_module
from gptlab_tui.runs.compare import (
    COLUMNS,
    Difference,
    bits_curve,
    compare,
    export_csv,
    loss_curves,
    metrics,
)
from gptlab_tui.runs.journal import read_journal
from gptlab_tui.runs.layout import BrokenRunError, Run, create_run

Events = Callable[..., list[dict[str, Any]]]
JournalOf = Callable[..., None]


def test_only_what_differs_is_shown(home: Home, make_request: Any, journal_of: JournalOf, training: Events):
    one = create_run(home, "one", make_request(about="x"), {})
    other = make_request(train={"learning_rate": 3e-3, "micro_batch": 8}, model={"bias": "none"}, about="y")
    other["versions"] = {"gptlab": "0.2.0"}
    two = create_run(home, "two", other, {})
    journal_of(one, *training(200))
    result = compare([one, two])
    assert [found.name for found in result.summaries] == ["one", "two"]
    assert result.summaries[0].val_bits_per_byte == pytest.approx(2.1 * 1.4)
    assert set(result.differences) == {
        Difference("train.learning_rate", (1e-3, 3e-3)),
        Difference("train.micro_batch", (None, 8)),
        Difference("model.bias", ("all", "none")),
        Difference("versions.gptlab", ("0.1.0", "0.2.0")),
    }
    assert compare([one, one]).differences == ()
    assert compare([one]).differences == ()


def test_a_key_that_one_lacks_and_a_type_that_changed_differ(home: Home):
    runs = [
        create_run(home, f"r{number}", {"config": {"train": train}}, {})
        for number, train in enumerate(({"a": 1}, {"a": True}, {}))
    ]
    assert compare(runs).differences == (
        Difference("train.a", (1, True, None)),
        Difference("train", (None, None, {})),
    )


def test_a_broken_run_cannot_be_compared(home: Home, run: Run):
    (home.runs / "two").mkdir()
    with pytest.raises(BrokenRunError, match=r"two cannot be compared: run\.json is missing"):
        compare([run, Run(home.runs / "two")])


def test_the_table_holds_what_the_journal_says(run: Run, journal_of: JournalOf, training: Events):
    journal_of(run, *training(300), {"event": "resumed", "step": 200, "from_step": 200})
    rows = list(csv.DictReader(io.StringIO("".join(export_csv(run)))))
    expected = [r for r in read_journal(run.journal, effective=True) if r["event"] in ("step", "evaluated")]
    assert len(rows) == len(expected) == 22
    for row, record in zip(rows, expected, strict=True):
        assert tuple(row) == COLUMNS
        assert row == {column: str(record.get(column, "")) for column in COLUMNS}
    assert list(metrics(run)) == expected


def test_of_a_long_journal_every_nth_step_is_drawn_and_every_evaluation(
    run: Run, journal_of: JournalOf, training: Events, monkeypatch: pytest.MonkeyPatch
):
    journal_of(run, *training(3000))
    monkeypatch.setattr(compare_module, "_DENSE_BYTES", run.journal.stat().st_size // 4)
    train, val = loss_curves(run)
    assert [step for step, _ in train] == list(range(10, 3001, 50))
    assert [step for step, _ in val] == [step for step, _ in bits_curve(run)] == list(range(100, 3001, 100))


def test_curves_are_points_of_steps_and_losses(run: Run, journal_of: JournalOf, training: Events):
    assert loss_curves(run) == ([], [])
    journal_of(run, *training(200), {"event": "step", "step": 201, "train_loss": None})
    train, val = loss_curves(run)
    assert [step for step, _ in train] == list(range(10, 201, 10))
    assert val == [(100, pytest.approx(2.6)), (200, pytest.approx(2.1))]
