"""docs/json.md and the verbs agree: every key that a verb writes stands in its section."""

import json
import re
from dataclasses import fields
from pathlib import Path

import pytest

from gptlab_tui.cli import main
from gptlab_tui.events import KINDS

PAGE = Path(__file__).resolve().parents[2] / "docs" / "json.md"
TINY = ["-o", "model.n_layer=1", "-o", "model.n_embd=16", "-o", "model.n_hidden=16", "-o", "train.threads=1"]
SHORT = ["-o", "train.max_iters=4", "-o", "train.eval_interval=2", "-o", "train.warmup_iters=0"]


def sections():
    """Verb -> the keys that its section documents; `a{}` stands for all below it."""
    found = {}
    for part in PAGE.read_text("utf-8").split("\n## ")[1:]:
        heading, _, body = part.partition("\n")
        keys = {key.replace("[]{}", "{}") for key in re.findall(r"`([a-z0-9_.\[\]{}]+)`", body)}
        prefix = "gptlab runs " if heading.startswith("gptlab runs ") else "gptlab "
        for verb in heading.removeprefix(prefix).split(", "):
            found[(prefix + verb).removeprefix("gptlab ")] = keys
    return found


DOCUMENTED = sections()


def keys_of(value, place=""):
    """The keys of an answer as the page writes them; names are those of the objects on the way."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from keys_of(item, f"{place}.{key}" if place else key)
    elif isinstance(value, list):
        if not value:
            yield place + "[]"
        for item in value:
            yield from keys_of(item, place + "[]")
    else:
        yield place


def undocumented(keys, known):
    open_places = tuple(key.removesuffix("{}") for key in known if key.endswith("{}"))
    lists = {key.split("[]")[0] for key in known if "[]" in key}
    return {
        key
        for key in keys
        if key not in known
        and not key.startswith(open_places or ("\0",))
        and not (key.endswith("[]") and key.removesuffix("[]") in lists)  # an empty list
    }


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A home with two tiny runs and a text of its own."""
    home = tmp_path_factory.mktemp("json") / "home"
    for name in ("a", "b"):
        arguments = ["train", "--preset", "cpu200k", "--corpus", "scenes", "--name", name, *TINY, *SHORT]
        assert main([*arguments, "-o", f"train.seed={ord(name)}", "--json", "--home", str(home)]) == 0
    (home / "corpus").mkdir()
    (home / "corpus" / "oi.txt").write_text("oi oi\u200b\f oi " * 100, "utf-8")
    return home


CALLS = [
    ("corpus list", []),
    ("corpus stats", ["oi"]),
    ("corpus stats", ["scenes"]),
    ("corpus examples", ["scenes"]),
    ("corpus add", ["TEXT", "--name", "added"]),
    ("tokens", ["A figura"]),
    ("tokens", ["A figura", "--compare"]),
    ("model", ["--preset", "cpu200k", "--memory", "4GB"]),
    ("model", ["--survey"]),
    ("presets", []),
    ("presets show", ["cpu200k"]),
    ("train", ["--preset", "cpu200k", "--corpus", "scenes", *TINY, *SHORT]),
    ("runs list", []),
    ("runs show", ["a"]),
    ("runs compare", ["a", "b"]),
    ("runs export", ["a"]),
    ("eval", ["a"]),
    ("eval", ["a", "--corpus", "contos", "--unknown", "skip"]),
    ("sample", ["The", "--run", "a", "--max-tokens", "2", "-n", "2"]),
    ("sample", ["The", "--run", "a", "--max-tokens", "2", "--compare", "temperature=0.5,1"]),
    ("inspect attention", ["The end of it", "--run", "a"]),
    ("inspect heads", ["The end of it", "--run", "a"]),
    ("inspect walk", ["The end of it", "--run", "a"]),
    ("inspect weights", ["--run", "a"]),
    ("inspect weights", ["wte.weight", "--run", "a"]),
    ("inspect weights", ["h.0.weights", "--run", "a", "--text", "The end"]),
    ("inspect memory", ["The end of it", "--run", "a"]),
    ("inspect embeddings", ["--run", "a", "--group", "aeiou", "--neighbours", "a", "--map"]),
    ("inspect motion", ["--run", "a", "--group", "ae"]),
    ("inspect draw", ["The end", "--run", "a", "-n", "50", "--largest", "9"]),
    ("inspect draw", ["--probs", "0.5,0.5", "-n", "50"]),
    ("inspect surprise", ["The end of it", "--run", "a"]),
    ("inspect surprise", ["The end of it", "--run", "a", "--against", "b"]),
    ("inspect lens", ["The end of it", "--run", "a"]),
    ("inspect lens", ["The end of it", "--run", "a", "--train-steps", "2"]),
    ("inspect next", ["The end of it", "--run", "a", "-o", "top_k=5"]),
    ("inspect counts", ["The end of it", "--run", "a"]),
    ("runs tag", ["a", "tagged"]),
    ("runs branch", ["a", "branched"]),
    ("runs pack", ["a", "FOLDER"]),
    ("runs rename", ["branched", "renamed"]),
    ("runs delete", ["renamed"]),
    ("runs restore", ["renamed"]),
]


def test_what_the_verbs_write_is_on_the_page(trained, tmp_path, capsys):
    (tmp_path / "text.txt").write_text("uma frase. " * 200, "utf-8")
    places = {"TEXT": str(tmp_path / "text.txt"), "FOLDER": str(tmp_path / "packed")}
    for verb, arguments in CALLS:
        capsys.readouterr()
        words = [places.get(word, word) for word in arguments]
        assert main([*verb.split(), *words, "--json", "--home", str(trained)]) == 0, (
            verb,
            capsys.readouterr(),
        )
        out = capsys.readouterr().out
        answers = [json.loads(line) for line in out.splitlines()]
        known = DOCUMENTED[verb] | (
            {key.removeprefix("runs[].") for key in DOCUMENTED["runs list"]} if verb == "runs show" else set()
        )
        assert answers, verb
        assert undocumented((key for answer in answers for key in keys_of(answer)), known) == set(), verb


def test_every_verb_has_its_section(gptlab):
    assert set(DOCUMENTED) >= {verb for verb, _ in CALLS}
    listed = gptlab("runs", "--help").out + gptlab("corpus", "--help").out
    for verb in re.findall(r"^│ ([a-z]+) ", listed, re.MULTILINE):
        assert f"runs {verb}" in DOCUMENTED or f"corpus {verb}" in DOCUMENTED, verb


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.event)
def test_every_event_is_on_the_page(kind):
    body = PAGE.read_text("utf-8").split("\n## gptlab train\n")[1].split("\n## ")[0]
    [row] = [line for line in body.splitlines() if line.startswith(f"| `{kind.event}` |")]
    own = {field.name for field in fields(kind)} - {"step", "elapsed_s"}
    assert own - set(re.findall(r"`([a-z_]+)`", row)) == set()
