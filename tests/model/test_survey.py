"""The table of large models: as it was given, consistent with itself, and with its relatives here."""

import subprocess
import sys

import pytest

from gptlab_tui.home import data_root
from gptlab_tui.model.budget import count_parameters
from gptlab_tui.model.survey import survey
from gptlab_tui.presets import load_preset

RELATIVES = [model for model in survey().models if (model.preset or "").endswith("-tiny")]
CONTOS = 107  # characters of the bundled text


def test_the_table_is_the_one_that_was_given(test_data):
    text = (test_data / "FACTS.md").read_text(encoding="utf-8")
    lines = text.split("## Large models")[1].splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    given = {row[0]: row for row in rows[2:]}
    assert given.keys() == {model.name for model in survey().models}
    for model in survey().models:
        cells = (
            model.kind, model.size, model.norm, model.positions, model.activation, model.bias,
            model.n_layer, model.n_head, model.n_embd, model.context,
        )  # fmt: skip
        assert [str(cell) if cell is not None else "–" for cell in cells] == given[model.name][1:]


def test_every_choice_has_a_meaning_and_no_other_has():
    columns = ("kind", "norm", "positions", "activation", "bias")
    assert set(survey().choices) == set(columns)
    for column in columns:
        used = {getattr(model, column) for model in survey().models} - {None}
        assert used == survey().choices[column].keys()
        assert all(meaning.endswith(".") for meaning in survey().choices[column].values())


@pytest.mark.parametrize("model", survey().models, ids=lambda model: model.name)
def test_shapes_and_sizes_go_together(model):
    """12 n_layer n_embd^2 is about the size, but for two whose inner widths are unusual."""
    size = float(model.size[:-1]) * {"B": 1e9, "M": 1e6}[model.size[-1]]
    estimate = 12 * model.n_layer * model.n_embd**2
    if model.name in ("LaMDA", "T5"):
        assert estimate < size / 2
    else:
        assert estimate == pytest.approx(size, rel=0.12)


def test_every_causal_row_whose_choices_are_known_has_a_relative():
    without = {model.name for model in survey().models if model.preset is None}
    assert without == {"MT-NLG", "GLM-130B", "T5"}
    for model in survey().models:
        if model.preset is not None:
            assert (data_root() / "presets" / f"{model.preset}.toml").is_file()


@pytest.mark.parametrize("large", RELATIVES, ids=lambda model: model.name)
def test_a_relative_makes_the_choices_of_its_row(large):
    config = load_preset(large.preset).model
    norms = {"pre LayerNorm": "layernorm", "pre RMSNorm": "rmsnorm", None: "layernorm"}
    positions = {"learned": "learned", "RoPE": "rope", "ALiBi": "alibi", "relative": "relative"}
    activations = {"GeLU": "gelu", "ReLU": "relu", "SwiGLU": "swiglu", "GeGLU": "geglu", None: "gelu"}
    biases = {"yes": "all", "no": "none", None: "all"}
    assert config.norm_placement == "pre"
    assert config.norm == norms[large.norm]
    assert config.positions == positions[large.positions]
    assert config.activation == activations[large.activation]
    assert config.bias == biases[large.bias]
    assert config.tied_head == (large.name != "LLaMA")


def test_relatives_are_of_one_size_and_differ_in_nothing_but_the_model():
    configs = {model.preset: load_preset(model.preset) for model in RELATIVES}
    counts = {name: count_parameters(config.model, CONTOS) for name, config in configs.items()}
    middle = (min(counts.values()) + max(counts.values())) / 2
    assert max(counts.values()) <= 1.04 * middle
    for name, config in configs.items():
        assert f"{counts[name]:,} parameters on contos" in config.about
        assert config.model.block_size == 64
    rest = [
        config.model_dump(exclude={"model", "preset", "about", "expected"}) for config in configs.values()
    ]
    assert all(one == rest[0] for one in rest)
    models = [config.model for config in configs.values()]
    assert all(one != other for i, one in enumerate(models) for other in models[:i])


def test_the_survey_needs_no_torch():
    script = "import sys, gptlab_tui.model.survey as s; s.survey(); sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
