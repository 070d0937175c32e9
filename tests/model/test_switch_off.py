"""A head that is switched off, against one whose values are taken away, for every option."""

import pytest
import torch

from gptlab_tui.errors import GPTLabError
from gptlab_tui.model import gpt
from gptlab_tui.model.capture import Capture
from gptlab_tui.model.switch_off import without_heads


def test_its_values_reach_nobody(varied, lively, ids, monkeypatch):
    model, idx = lively(varied), ids(2, 8)
    off = without_heads(model, [(1, 0)])
    steps, layers = gpt.attention_in_steps, []

    def without_values(q, k, v, place, capture, dropout=0.0):
        y = steps(q, k, v, place, capture, dropout).clone()
        layers.append(None)
        if len(layers) == 2:  # the second layer
            y[:, 0] = 0.0
        return y

    with torch.no_grad():
        fast, whole = off(idx), model(idx)
        monkeypatch.setattr(gpt, "attention_in_steps", without_values)
        torch.testing.assert_close(fast, model(idx, capture=Capture()), rtol=1e-4, atol=1e-5)
    assert not torch.allclose(fast, whole, atol=1e-3)


def test_all_else_is_shared_and_nothing_changes(lively, ids, tiny):
    model, idx = lively(gpt.ModelConfig(**tiny, positions="rope", tied_head=True)), ids(1, 8)
    with torch.no_grad():
        before = model(idx)
        off = without_heads(model, [(0, 1), (1, 1), (0, 1)])
        torch.testing.assert_close(model(idx), before, rtol=0, atol=0)
    own = {name for name, tensor in off.named_parameters() if tensor is not model.get_parameter(name)}
    assert own == {"transformer.h.0.attn.c_proj.weight", "transformer.h.1.attn.c_proj.weight"}
    assert off.lm_head.weight is model.transformer.wte.weight
    assert off.rope_cos is model.rope_cos
    torch.testing.assert_close(without_heads(model, [])(idx), before, rtol=0, atol=0)


def test_what_is_not_there(lively, tiny):
    model = lively(gpt.ModelConfig(**tiny))
    for head in ((2, 0), (0, 2), (-1, 0)):
        with pytest.raises(GPTLabError, match="There is no head"):
            without_heads(model, [head])
