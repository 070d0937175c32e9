"""`--without-heads`: what is written and expected is that of a model whose heads hooks have zeroed."""

import numpy as np
import pytest
import torch

from gptlab_tui.errors import GPTLabError
from gptlab_tui.model.head_names import heads_of, names_of, told
from gptlab_tui.model.open_run import open_model
from gptlab_tui.runs.layout import find_run

PROMPT = "Era uma vez"
OFF = ((0, 1), (2, 3))


@pytest.fixture
def hooked(home):
    """The bundled model, the results of two heads zeroed before they are joined and projected."""
    opened = open_model(find_run(home, "contos"))
    width = opened.config.model.n_embd // opened.config.model.n_head

    def without(head):
        def hook(module, arguments):
            [joined] = arguments
            joined = joined.clone()
            joined[..., head * width : (head + 1) * width] = 0.0
            return (joined,)

        return hook

    for layer, head in OFF:
        opened.model.transformer.h[layer].attn.c_proj.register_forward_pre_hook(without(head))
    return opened


@torch.inference_mode()
def test_text_and_bars_are_those_of_a_model_whose_heads_are_zeroed(hooked, gptlab):
    ids = hooked.tokenizer.encode(PROMPT).tolist()
    logits = hooked.model(torch.tensor([ids]))[0, -1].double()
    answer = gptlab("inspect", "next", PROMPT, "--run", "contos", "--without-heads", "0.1,2.3", "--json").json
    assert answer["without_heads"] == ["0.1", "2.3"]
    np.testing.assert_allclose(answer["raw_probability"], logits.softmax(-1), atol=1e-6)
    whole = gptlab("inspect", "next", PROMPT, "--run", "contos", "--json").json
    assert "without_heads" not in whole
    assert not np.allclose(whole["raw_probability"], logits.softmax(-1), atol=1e-2)

    for _ in range(30):
        ids.append(int(hooked.model(torch.tensor([ids]))[0, -1].argmax()))
    written = gptlab(
        "sample", PROMPT, "--run", "contos", "--greedy", "--max-tokens", 30, "--without-heads", "2.3, 0.1"
    )
    assert written.out == hooked.tokenizer.decode(ids) + "\n"


def test_maps_and_scores_are_told_without_them(gptlab):
    map_ = gptlab("inspect", "attention", PROMPT, "--run", "contos", "--without-heads", "0.0")
    assert "contos, step 10,000, 1 head off, layer 3" in map_.out
    scores = gptlab(
        "inspect", "heads", PROMPT, "--run", "contos", "--no-loss", "--without-heads", "0.0", "--json"
    ).json
    assert scores["without_heads"] == ["0.0"]


@pytest.mark.parametrize("verb", ["lens", "surprise"])
def test_the_views_of_a_sentence_know_them_too(gptlab, hooked, verb):
    words = ["inspect", verb, PROMPT, "--run", "contos", "--json"]
    cut, whole = (gptlab(*words, *more).json for more in (["--without-heads", "0.1,2.3"], []))
    assert cut.pop("without_heads") == ["0.1", "2.3"]
    assert cut != whole
    if verb == "surprise":
        ids = torch.tensor([hooked.tokenizer.encode(PROMPT).tolist()])
        bits = torch.nn.functional.cross_entropy(hooked.model(ids)[0, :-1], ids[0, 1:], reduction="none")
        surprises = cut["bits"][1:]
        np.testing.assert_allclose(surprises, bits.detach() / np.log(2), atol=1e-4)


@torch.inference_mode()
def test_a_walk_goes_without_them_to_the_same_end(gptlab, hooked):
    words = ["inspect", "walk", PROMPT, "--run", "contos", "--layer", "2"]
    cut = gptlab(*words, "--without-heads", "0.1,2.3", "--json").json
    assert (cut["without_heads"], cut["difference"]) == (["0.1", "2.3"], 0)
    logits = hooked.model(torch.tensor([cut["ids"]]))[0]
    [last] = [line["values"] for line in cut["lines"] if line["name"] == "logits"]
    np.testing.assert_allclose(last, logits, atol=1e-4)
    out = gptlab(*words, "--without-heads", "0.1,2.3").out
    assert "contos, step 10,000, 2 heads off" in out
    assert "Heads that are off add nothing to it: 2.3." in out
    assert "Heads that are off" not in gptlab(*words).out


def test_names():
    assert heads_of("2.3,0.1, 0.1") == OFF
    assert names_of(OFF) == ["0.1", "2.3"]
    assert (heads_of(""), told(()), told(OFF[:1]), told(OFF)) == ((), "", "1 head off", "2 heads off")
    with pytest.raises(GPTLabError, match="'2' is not a head"):
        heads_of("0.1,2")


def test_heads_that_are_not_there_are_refused(gptlab):
    said = gptlab("sample", PROMPT, "--run", "contos", "--without-heads", "4.0")
    assert said.status == 2
    assert "There is no head 0 in layer 4." in said.err
