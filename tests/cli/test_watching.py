"""The steady display: three lines that fit any width, a time that is left, lines broken between words."""

import io

import pytest
from rich.console import Console

from gptlab_tui.cli.watching import SteadyDisplay
from gptlab_tui.events import Evaluated, Started, Step, Warned

STARTED = Started(
    step=0, elapsed_s=1.0, run="r", parameters=10, vocab_size=9, tokens_per_step=640, micro_batch=8,
    max_iters=1800, device="cpu", dtype="fp32", threads=2, corpus="contos", train_tokens=9, val_tokens=9,
    memory_bytes=1, free_memory_bytes=1, disk_bytes=1,
)  # fmt: skip
STEP = Step(
    step=1219, elapsed_s=737.0, train_loss=1.5, learning_rate=1e-3, grad_norm=0.5, tokens=640,
    tokens_per_s=391.0,
)  # fmt: skip
EVALUATED = Evaluated(
    step=1000, elapsed_s=700.0, val_loss=1.6, val_bits_per_byte=2.1, train_loss=1.7, val_tokens=99, best=True
)


@pytest.fixture(params=[80, 60, 40, 24])
def display(request):
    """A display on a console of that width, at step 1,219 after 12 min 17 s; without its own thread."""
    shown = SteadyDisplay(io.StringIO(), lambda: (1219, "evaluating", 737.0))
    shown.live.stop()
    shown.console = Console(file=io.StringIO(), width=request.param, markup=False, highlight=False)
    return shown


def drawn(display):
    display.console.file = io.StringIO()
    display.console.print(display.draw())
    return display.console.file.getvalue().splitlines()


def test_three_lines_that_fit_from_the_start_to_the_end(display):
    display.show(STARTED)
    width = display.console.width
    for event in (None, STEP, EVALUATED):
        if event is not None:
            display.show(event)
        rows = drawn(display)
        assert len(rows) == 3
        assert all(len(row) <= width for row in rows)
        assert "1,219/1,800" in rows[0]
        assert rows[1].startswith("loss ")
        assert rows[2].startswith("learning rate")
        if width >= 40:
            assert "left" in rows[0]
            assert ("– left" in rows[0]) is (event is None)
    if width >= 60:
        assert "evaluating" in rows[0]
        assert "━" in rows[0]
    if width == 80:
        assert "12 min 17 s, 15 min 51 s left" in rows[0]
        assert "= 2.100 bits per byte" in rows[1]


def test_the_bar_line_keeps_its_width(display):
    display.show(STARTED)
    display.show(STEP)
    begins = set()
    for elapsed_s in (3.0, 59.0, 600.0, 3599.0):
        display.now = lambda elapsed_s=elapsed_s: (1219, "training", elapsed_s)
        begins.add(drawn(display)[0].index("1,219/"))
    assert len(begins) == 1


def test_what_is_kept_is_broken_between_words(display):
    words = "the plan needs three hundred mebibytes on the processor and two hundred of them are free"
    display.show(Warned(step=0, elapsed_s=0.0, message=words))
    rows = display.console.file.getvalue().splitlines()
    assert " ".join(" ".join(rows).split()) == f"warning: {words}"
    assert all(len(row) <= display.console.width for row in rows)
