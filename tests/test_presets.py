"""Presets: every one of ours loads and builds; every mistake is told, with what is allowed."""

import contextlib
import json
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gptlab_tui import presets
from gptlab_tui.config import Config
from gptlab_tui.errors import GPTLabError
from gptlab_tui.home import data_root
from gptlab_tui.presets import apply_overrides, find_preset, list_presets, load_preset, to_toml

OURS = sorted(path.stem for path in (data_root() / "presets").glob("*.toml"))


@pytest.fixture
def preset_file(tmp_path):
    """Writes a preset file and gives its path."""

    def write(text, name="mine.toml"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
        return path

    return write


def mistakes(*arguments):
    with pytest.raises(GPTLabError) as caught:
        load_preset(*arguments)
    return caught.value.message


@pytest.mark.parametrize("name", OURS)
def test_ours_load_validate_and_build(name):
    torch = pytest.importorskip("torch")
    from gptlab_tui.model.gpt import GPT

    config = load_preset(name)
    assert config.preset == name
    assert config.about
    assert config.expected
    vocab_size = {"char": 115, "bpe": config.tokenizer.vocab_size, "gpt2": 50257}[config.tokenizer.kind]
    with torch.device("meta"):
        model = GPT(config.model, vocab_size)
        T = config.model.block_size
        assert model(torch.zeros(2, T, dtype=torch.long)).shape == (2, T, vocab_size)


def test_a_preset_is_the_defaults_and_what_it_says(preset_file):
    path = preset_file('about = "a"\nexpected = "b"\n[model]\nn_layer = 2\n[corpus]\nname = "scenes"\n')
    assert load_preset(path) == Config.model_validate(
        {
            "preset": "mine",
            "about": "a",
            "expected": "b",
            "model": {"n_layer": 2},
            "corpus": {"name": ("scenes",)},
        }
    )
    assert load_preset(str(path)) == load_preset(path)
    assert load_preset(preset_file(b"[model]\r\nn_layer = 2\r\n", "crlf.toml")).model.n_layer == 2


def test_the_users_own_have_names_and_stand_before_ours(home):
    home.presets.mkdir(parents=True)
    (home.presets / "mine.toml").write_text('about = "me"\n')
    (home.presets / "broken.toml").write_text("about = 3\n")
    listed = {preset.name: preset for preset in list_presets(home)}
    assert set(listed) == {"mine", "broken", *OURS}
    assert listed["mine"].own
    assert listed["mine"].config.about == "me"
    assert listed["broken"].config is None
    assert "about = 3" in listed["broken"].problem
    assert not any(listed[name].own for name in OURS)
    for name in OURS[:1]:
        (home.presets / f"{name}.toml").write_text('about = "me"\n')
        assert load_preset(name, home=home).about == "me"


def test_a_wrong_name_is_told_the_nearest(home):
    home.presets.mkdir(parents=True)
    (home.presets / "cpu-mine.toml").write_text("")
    with pytest.raises(GPTLabError, match="no preset 'cpu-mime'") as caught:
        find_preset("cpu-mime", home)
    assert "cpu-mine" in caught.value.hint


BAD = """
about = 3
preset = "x"
max_iters = 3
modle = 4
sample = 3
[model]
n_head = 5
n_layer = "4"
norm = "bathcnorm"
dropuot = 0.1
learning_rate = 3
activation = ["gelu"]
[train]
max_iters = -5
micro_batch = "outo"
min_lr = 1.0
eval_tokens = true
beta1 = nan
weight_decay = 2001-01-01
grad_clip = -inf
"""


def test_every_mistake_at_once(preset_file):
    path = preset_file(BAD)
    message = mistakes(path, ["train.max_itres=4", "train.grad_clip=-1", "x", "model=3", "zz.y=3"])
    told = message.splitlines()[1:]
    assert message.startswith(f"{len(told)} mistakes")
    for expected in (
        f"{path}: about = 3 is not allowed; it takes a text in quotes",
        f"{path}: there is no preset; known are about, expected, corpus, tokenizer, model, train, sample",
        f"{path}: there is no max_iters; it is train.max_iters",
        f"{path}: there is no modle; the nearest is model",
        f"{path}: sample = 3 is not allowed; it takes a section [sample]",
        f"{path}: [model] n_embd (64) must be a multiple of n_head (5)",
        f'{path}: model.n_layer = "4" is not allowed; it takes a whole number, at least 1, at most 262144',
        f'{path}: model.norm = "bathcnorm" is not allowed; it takes "layernorm", "rmsnorm" or "reference"',
        f"{path}: there is no model.dropuot; the nearest is model.dropout",
        f"{path}: there is no model.learning_rate; it is train.learning_rate",
        f"{path}: train.max_iters = -5 is not allowed; it takes a whole number, at least 1",
        f'{path}: train.micro_batch = "outo" is not allowed; '
        'it takes a whole number, at least 1, at most 262144 or "auto"',
        f"{path}: [train] min_lr (1.0) must not be above learning_rate (0.001)",
        f"{path}: train.eval_tokens = true is not allowed; it takes a whole number, at least 1",
        f"{path}: train.beta1 = nan is not allowed; it takes a number, at least 0.0, below 1.0",
        f"{path}: train.weight_decay = 2001-01-01 is not allowed; it takes a number, at least 0.0",
        "-o train.max_itres=4: there is no train.max_itres; the nearest is train.max_iters",
        "-o train.grad_clip=-1: train.grad_clip = -1 is not allowed; it takes a number, at least 0.0",
        "-o x: write it as section.key=value",
        "-o model=3: [model] is a section; write it as model.key=value",
        "-o zz.y=3: there is no zz; known are about, expected, corpus, tokenizer, model, train, sample",
    ):
        assert f"  {expected}" in told
    assert len(told) == 22  # those and the list that is no activation


def test_one_mistake_is_one_line_and_names_the_overrides_that_have_a_part(preset_file):
    path = preset_file("[model]\nn_embd = 64\n")
    message = mistakes(path, ["model.n_head=6", "train.max_iters=3"])
    assert message == f"{path} -o model.n_head=6: [model] n_embd (64) must be a multiple of n_head (6)"


def test_two_things_that_do_not_go_together_are_both_told(preset_file):
    message = mistakes(preset_file("[train]\nbatch_size = 10\nmicro_batch = 3\nmin_lr = 2.0\n"))
    assert "multiple of micro_batch (3)" in message
    assert "min_lr (2.0)" in message


def test_a_wrong_key_does_not_make_a_second_mistake(preset_file):
    # The default width is no multiple of 6 heads, but the width that was meant may be.
    message = mistakes(preset_file('[model]\nn_head = 6\nn_embd = "384"\n'))
    assert "n_embd" in message
    assert "multiple" not in message


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[model\n", "not valid TOML"),
        ("a = 1\na = 2\n", "not valid TOML"),
        (b"\xff\xfe", "not UTF-8 (at byte 0)"),
        ("#" * (presets.MAX_BYTES + 1), "larger than 64 KiB"),
        ("a = " + "[" * 10_000 + "]" * 10_000, "nested too deeply"),
        ("a = " + "{a = " * 5_000 + "1" + "}" * 5_000, "nested too deeply"),
    ],
)
def test_files_that_are_no_preset(preset_file, text, said):
    path = preset_file(text)
    message = mistakes(path)
    assert said in message
    assert str(path) in message


def test_toml_errors_name_the_line(preset_file):
    assert "line 3" in mistakes(preset_file("[model]\nn_layer = 2\nn_head = \n"))


def test_paths_that_are_no_file(tmp_path):
    for path in (tmp_path, tmp_path / "absent.toml"):
        assert str(path) in mistakes(path)


@pytest.mark.parametrize(
    ("override", "section", "key", "value"),
    [
        ("train.max_iters=500", "train", "max_iters", 500),
        ("train.max_iters = 5_000", "train", "max_iters", 5000),
        ("train.learning_rate=1e-2", "train", "learning_rate", 0.01),
        ("train.learning_rate=1", "train", "learning_rate", 1.0),
        ("train.device=cuda:1", "train", "device", "cuda:1"),
        ("train.device=0", "train", "device", "0"),
        ('train.device="cpu"', "train", "device", "cpu"),
        ("train.micro_batch=auto", "train", "micro_batch", "auto"),
        ("train.micro_batch=8", "train", "micro_batch", 8),
        ("train.save_interval=none", "train", "save_interval", None),
        ("train.compile=true", "train", "compile", True),
        ("model.norm=rmsnorm", "model", "norm", "rmsnorm"),
        ("corpus.name=contos,scenes", "corpus", "name", ("contos", "scenes")),
        ("corpus.name=a = b.txt", "corpus", "name", ("a = b.txt",)),
        ("corpus.encoding=1252", "corpus", "encoding", "1252"),
        ("sample.stop=5", "sample", "stop", ("5",)),
        ('sample.stop=["a,b", "c"]', "sample", "stop", ("a,b", "c")),
        ('sample.stop="a,b"', "sample", "stop", ("a,b",)),
        ("sample.chain=temperature,top_k", "sample", "chain", ("temperature", "top_k")),
        ('sample.logit_bias={ "ã" = -3 }', "sample", "logit_bias", {"ã": -3.0}),
        ("train.prompts=\n", "train", "prompts", ("",)),
    ],
)
def test_overrides(override, section, key, value):
    config = apply_overrides(Config(), [override])
    assert getattr(getattr(config, section), key) == value


def test_the_last_override_holds_and_the_rest_stays():
    config = apply_overrides(Config(preset="p"), ["model.n_layer=2", "model.n_layer=3", "model.n_head=2"])
    assert (config.preset, config.model.n_layer, config.model.n_head) == ("p", 3, 2)
    assert config.train == Config().train


def test_an_override_cannot_smuggle_in_a_second_key():
    with pytest.raises(GPTLabError):
        apply_overrides(Config(), ["train.max_iters=5\n[x]"])
    with pytest.raises(GPTLabError):
        apply_overrides(Config(), ["train.max_iters=5\nlearning_rate=3"])


overrides = st.one_of(
    st.text(max_size=30),
    st.builds(
        "{}.{}={}".format,
        st.sampled_from(["model", "train", "sample", "corpus", "tokenizer"]),
        st.sampled_from(["n_head", "n_embd", "max_iters", "prompts", "stop", "name", "kind", "logit_bias"]),
        st.one_of(st.text(max_size=10), st.integers(), st.floats(), st.lists(st.integers())),
    ),
)


@given(st.lists(overrides, max_size=4))
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_any_override_is_taken_or_told(texts):
    with contextlib.suppress(GPTLabError):
        config = apply_overrides(Config(), texts)
        json.dumps(config.model_dump(mode="json"), allow_nan=False)


@given(st.binary(max_size=200))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_file_is_a_preset_or_told(preset_file, data):
    path = preset_file(data)
    message = str(path)
    try:
        load_preset(path)
    except GPTLabError as error:
        message = error.message
    assert str(path) in message


def test_to_toml_is_a_preset_of_the_same_configuration(preset_file):
    config = apply_overrides(
        Config(about='a "b" \\ \x7f\x00\n é', expected="x"),
        [
            "corpus.name=a,b",
            'sample.stop=["\\n\\n", "é\\u007f"]',
            'sample.logit_bias={ "ã" = -3.5, "\\"" = 1 }',
            "train.compile=true",
            "train.epsilon=1e-9",
            "train.micro_batch=auto",
            "model.n_layer=7",
        ],
    )
    path = preset_file(to_toml(config))
    assert load_preset(path) == config.model_copy(update={"preset": "mine"})


@pytest.mark.parametrize("name", OURS)
def test_ours_survive_to_toml(preset_file, name):
    config = load_preset(name)
    again = load_preset(preset_file(to_toml(config), f"{name}.toml"))
    assert again == config


@pytest.mark.parametrize("name", OURS)
def test_ours_say_only_what_differs_and_why(name):
    """Each line of a section has its reason, and none repeats a default."""
    import tomllib

    text = (data_root() / "presets" / f"{name}.toml").read_text("utf-8")
    defaults = json.loads(Config().model_dump_json())
    for section, values in tomllib.loads(text).items():
        for key, value in values.items() if isinstance(values, dict) else ():
            named = section in ("corpus", "tokenizer")  # every preset says which, even the usual one
            assert named or value != defaults[section][key], f"{section}.{key}"
            [line] = re.findall(rf"^{key} *=.*", text, re.MULTILINE)[:1]
            above = text[: text.index(line)].rstrip("\n").rsplit("\n", 1)[-1]
            assert "#" in line or above.startswith("#"), f"{section}.{key} has no reason"


def test_every_line_of_to_toml_can_be_uncommented(preset_file):
    config = Config(about="a", expected="b")
    text = re.sub(r"^# (\w+ = )", r"\1", to_toml(config), flags=re.MULTILINE)
    assert "train.threads" not in text
    assert "# threads: none, unless it is given" in text
    assert load_preset(preset_file(text)) == config.model_copy(update={"preset": "mine"})


def test_the_offending_line_is_shown(preset_file):
    with pytest.raises(GPTLabError) as caught:
        load_preset(preset_file("[model]\nn_layer = none\n"))
    assert caught.value.hint == "Line 2 reads: n_layer = none"


def test_a_text_in_the_place_of_a_preset(tmp_path, monkeypatch):
    (tmp_path / "my.txt").write_text("uma frase")
    monkeypatch.chdir(tmp_path)
    for asked in ("my.txt", "./my.txt", str(tmp_path / "my.txt")):
        with pytest.raises(GPTLabError) as caught:
            load_preset(asked)
        assert caught.value.hint == f"A preset's file ends in .toml; for a text use --corpus {asked}."
