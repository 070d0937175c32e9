"""Whole models against Hugging Face's, with the same weights: GPT-2, LLaMA, BLOOM."""

import pytest
import torch
from torch.nn import functional as F

from gptlab_tui.config import ModelConfig
from gptlab_tui.model.gpt import GPT, hidden_width

transformers = pytest.importorskip("transformers")
V = 23


def compare(ours: GPT, theirs: torch.nn.Module, idx: torch.Tensor) -> None:
    """Equal logits, and an equal gradient of the loss with regard to the token embedding."""
    ours, theirs = ours.double().eval(), theirs.double().eval()
    logits = theirs(idx).logits
    torch.testing.assert_close(ours(idx), logits, rtol=1e-4, atol=1e-5)  # their angles are fp32
    theirs_loss = F.cross_entropy(logits[:, :-1].flatten(0, 1), idx[:, 1:].flatten())
    theirs_loss.backward()
    ours(idx[:, :-1], idx[:, 1:]).backward()
    gradient = theirs.get_input_embeddings().weight.grad
    torch.testing.assert_close(ours.transformer.wte.weight.grad, gradient, rtol=1e-4, atol=1e-6)


def test_the_defaults_are_gpt2(lively, ids):
    config = ModelConfig(n_layer=3, n_head=4, n_embd=32, block_size=16)
    theirs = transformers.GPT2LMHeadModel(
        transformers.GPT2Config(
            vocab_size=V, n_positions=16, n_embd=32, n_layer=3, n_head=4, activation_function="gelu_new"
        )
    )
    ours = lively(config, V)
    state = theirs.state_dict()
    for name, parameter in ours.named_parameters():
        turned = parameter.t() if parameter.dim() == 2 and ".h." in name else parameter  # their Conv1D
        assert state[name].shape == turned.shape
        state[name].copy_(turned)
    copied = {name for name, _ in ours.named_parameters()} | {"lm_head.weight"}
    assert {name for name, _ in theirs.named_parameters()} <= copied
    compare(ours, theirs, ids(2, 16))


def test_llamas_settings_are_llama(lively, ids):
    config = ModelConfig(
        n_layer=3, n_head=4, n_embd=32, block_size=16, norm="rmsnorm", positions="rope",
        activation="swiglu", bias="none", tied_head=False,
    )  # fmt: skip
    theirs = transformers.LlamaForCausalLM(
        transformers.LlamaConfig(
            vocab_size=V, hidden_size=32, intermediate_size=hidden_width(config), num_hidden_layers=3,
            num_attention_heads=4, max_position_embeddings=16, rms_norm_eps=1e-5,
        )
    )  # fmt: skip
    ours = lively(config, V)
    mine = dict(ours.named_parameters())
    state = {
        "model.embed_tokens.weight": mine.pop("transformer.wte.weight"),
        "model.norm.weight": mine.pop("transformer.ln_f.weight"),
        "lm_head.weight": mine.pop("lm_head.weight"),
    }
    for layer in range(3):
        here, there = f"transformer.h.{layer}", f"model.layers.{layer}"
        q, k, v = mine.pop(f"{here}.attn.c_attn.weight").chunk(3)
        gate, up = mine.pop(f"{here}.mlp.c_fc.weight").chunk(2)
        state |= {
            f"{there}.self_attn.q_proj.weight": q,
            f"{there}.self_attn.k_proj.weight": k,
            f"{there}.self_attn.v_proj.weight": v,
            f"{there}.self_attn.o_proj.weight": mine.pop(f"{here}.attn.c_proj.weight"),
            f"{there}.mlp.gate_proj.weight": gate,
            f"{there}.mlp.up_proj.weight": up,
            f"{there}.mlp.down_proj.weight": mine.pop(f"{here}.mlp.c_proj.weight"),
            f"{there}.input_layernorm.weight": mine.pop(f"{here}.ln_1.weight"),
            f"{there}.post_attention_layernorm.weight": mine.pop(f"{here}.ln_2.weight"),
        }
    assert not mine  # every parameter of ours has its place in theirs
    theirs.load_state_dict(state)
    compare(ours, theirs, ids(2, 16))


def test_blooms_settings_are_bloom(lively, ids):
    """But for the norm that BLOOM puts right after the embedding, which ours does not have."""
    config = ModelConfig(n_layer=2, n_head=3, n_embd=24, block_size=16, positions="alibi")
    theirs = transformers.BloomForCausalLM(
        transformers.BloomConfig(vocab_size=V, hidden_size=24, n_layer=2, n_head=3, layer_norm_epsilon=1e-5)
    )
    theirs.transformer.word_embeddings_layernorm = torch.nn.Identity()
    ours = lively(config, V)
    mine = dict(ours.named_parameters())
    state = {"transformer.word_embeddings.weight": mine["transformer.wte.weight"]}
    state["lm_head.weight"] = state["transformer.word_embeddings.weight"]
    renamed = {
        "ln_1": "input_layernorm",
        "attn.c_proj": "self_attention.dense",
        "ln_2": "post_attention_layernorm",
        "mlp.c_fc": "mlp.dense_h_to_4h",
        "mlp.c_proj": "mlp.dense_4h_to_h",
    }
    for leaf in ("weight", "bias"):
        state[f"transformer.ln_f.{leaf}"] = mine[f"transformer.ln_f.{leaf}"]
        for layer in range(2):
            start = f"transformer.h.{layer}"
            for here, there in renamed.items():
                state[f"{start}.{there}.{leaf}"] = mine[f"{start}.{here}.{leaf}"]
            qkv = mine[f"{start}.attn.c_attn.{leaf}"]  # (3, nh, hs) -> theirs is (nh, 3, hs)
            turned = qkv.unflatten(0, (3, 3, 8)).transpose(0, 1).flatten(0, 2)
            state[f"{start}.self_attention.query_key_value.{leaf}"] = turned
    theirs.load_state_dict(state)
    compare(ours, theirs, ids(2, 16))
