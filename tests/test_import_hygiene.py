"""What a process loads: the front door little, the lower rooms no torch, the trainer no screen."""

import os
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import gptlab_tui
from gptlab_tui.cli import VERBS

ROOT = Path(gptlab_tui.__file__).parents[1]
HEAVY = {
    "torch",
    "numpy",
    "pydantic",
    "textual",
    "sklearn",
    "plotext",
    "tiktoken",
    "tokenizers",
    "transformers",
}
NO_TORCH = (
    "text",
    "runs",
    "render",
    "presets",
    "validation",
    "home",
    "events",
    "config",
    "errors",
    "cli",
    "tui",
)


def loaded(program, *arguments):
    """The packages and modules that are loaded after a program has run."""
    code = f"""
import sys
sys.argv = ["gptlab", *{list(arguments)!r}]
try:
    {program}
except SystemExit:
    pass
print("\\nLOADED", *sys.modules)
"""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    return set(done.stdout.rpartition("LOADED")[2].split())


def modules(*rooms):
    """All modules of the package that are in these rooms, or are them."""
    names = [found.name for found in pkgutil.walk_packages(gptlab_tui.__path__, "gptlab_tui.")]
    return [name for name in names if name.split(".")[1] in rooms]


@pytest.mark.parametrize("arguments", [["--help"], [], ["--version"]], ids=" ".join)
def test_the_front_door_is_light(arguments):
    assert loaded("from gptlab_tui.cli import main; main()", *arguments) & HEAVY == set()


@pytest.mark.parametrize("verb", VERBS)
def test_a_verbs_help_is_light(verb):
    # Typer loads pydantic wherever it reads an argument.
    assert loaded("from gptlab_tui.cli import main; main()", verb, "--help") & HEAVY <= {"pydantic"}


def test_the_lower_rooms_load_no_torch():
    names = modules(*NO_TORCH)
    assert len(names) > 10
    assert loaded(f"import {', '.join(names)}") & {"torch", "sklearn", "transformers"} == set()


def test_the_trainer_knows_no_screen():
    assert (
        loaded(f"import {', '.join(modules('training', 'model', 'sampling'))}") & {"textual", "rich", "typer"}
        == set()
    )


def test_a_training_loads_no_compiler(tmp_path, monkeypatch):
    """PyTorch's takes longer to load than PyTorch, and its own optimizer classes load it."""
    monkeypatch.setenv("GPTLAB_HOME", str(tmp_path))
    shape = ("-o", "train.max_iters=2", "-o", "train.eval_interval=1", "-o", "train.eval_tokens=64")
    names = loaded("from gptlab_tui.cli import main; main()", "train", "--preset", "cpu200k", *shape)
    assert list(tmp_path.glob("checkpoints/*/step-00000002"))
    assert names & {"torch", "torch._dynamo"} == {"torch"}


WORKBENCH = """
    import asyncio, tempfile
    from pathlib import Path
    from gptlab_tui.home import Home
    from gptlab_tui.tui.app import Workbench
    from gptlab_tui.tui.panes.catalogue import PANES
    from gptlab_tui.tui.terminal import Terminal
    early = set(sys.modules)

    async def go():
        app = Workbench(Home(Path(tempfile.mkdtemp())), Terminal(), pane="runs")
        async with app.run_test(size=(140, 40)) as pilot:
            while app.pane is None:
                await pilot.pause()
            for pane in PANES:
                await app.show(pane)
                await pilot.pause()

    asyncio.run(go())
    if early & {"plotext", "numpy", "pydantic", "hashlib", "gptlab_tui.runs.listing"}:
        sys.modules["early"] = None
"""


def test_the_workbench_loads_no_torch_and_begins_with_little():
    names = loaded(WORKBENCH.strip())
    assert names & {"torch", "sklearn", "transformers"} == set()
    assert "early" not in names
