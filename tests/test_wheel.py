"""The wheel: all that GPTLab needs is in it, and it writes text outside the checkout, offline."""

import json
import os
import site
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

from gptlab_tui.home import checkout

pytestmark = [
    pytest.mark.system,
    pytest.mark.skipif(checkout() is None, reason="there is no checkout to build a wheel from"),
]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel, built from the source distribution as `python -m build` does."""
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, checkout())
    [path] = folder.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """A function that runs the installed `gptlab`, in an environment that shares our packages only."""
    folder = tmp_path_factory.mktemp("elsewhere")
    run(sys.executable, "-m", "venv", "--without-pip", folder / "venv")
    python = folder / "venv" / "bin" / "python"
    run(
        sys.executable,
        "-m",
        "pip",
        "--python",
        python,
        "install",
        "--quiet",
        "--no-deps",
        "--no-index",
        wheel,
    )
    packages = Path(run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip())
    shared = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib"), *site.getsitepackages()}
    (packages / "shared.pth").write_text("\n".join(sorted(shared)))
    home = folder / "user"
    home.mkdir()
    environment = {"PATH": os.environ["PATH"], "HOME": str(home), "XDG_DATA_HOME": str(home / "data")}

    def gptlab(*arguments):
        return run(folder / "venv" / "bin" / "gptlab", *arguments, cwd=home, env=environment)

    return gptlab


def run(*command, **settings):
    done = subprocess.run(
        [str(word) for word in command], capture_output=True, text=True, timeout=240, check=False, **settings
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_it_holds_what_the_repository_holds(wheel):
    root = checkout()
    tracked = run(
        "git", "-C", root, "ls-files", "-z", "gptlab_tui", "corpus", "presets", "checkpoints"
    ).split("\0")
    if not any(tracked):
        pytest.skip("this checkout is not a git repository")
    places = {"corpus": "gptlab_tui/_data/corpus", "presets": "gptlab_tui/_data/presets"}
    places["checkpoints"] = "gptlab_tui/_data/checkpoints"
    wanted = set()
    for name in filter(None, tracked):
        first, _, rest = name.partition("/")
        if (root / name).exists():
            wanted.add(f"{places.get(first, first)}/{rest}")
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert wanted - held == set()
    assert any(name.endswith("corpus/contos.txt") for name in held)
    assert not any("tests/" in name for name in held)


def test_it_writes_text_by_itself(installed):
    prompt = "A figura é poética"
    text = installed("sample", prompt, "--max-tokens", "20")
    assert text.startswith(prompt)
    assert len(text.removeprefix(prompt).strip()) >= 10


def test_it_finds_its_presets_and_corpora(installed):
    listed = json.loads(installed("presets", "--json"))["presets"]
    assert {preset["name"] for preset in listed} >= {"cpu200k", "reference-cpu"}
    assert not any(preset["problem"] or preset["own"] for preset in listed)
    assert "contos" in installed("corpus", "list", "--json")
