"""The description says of every module and tensor what PyTorch says of them."""

import json

import pytest

from gptlab_tui.config import ModelConfig
from gptlab_tui.model.describe import Module, describe, folded
from gptlab_tui.model.gpt import GPT


def walk(node: Module, path: str = ""):
    """All tensors below a node with their full names."""
    for tensor in node.tensors:
        yield f"{path}{tensor.name}", tensor
    for child in node.children:
        yield from walk(child, f"{path}{child.name}.")


def test_the_tree_has_every_tensor_with_its_shape(varied):
    model, described = GPT(varied, 23), describe(varied, 23)
    theirs = dict(model.named_parameters(remove_duplicate=False))
    mine = dict(walk(described.tree))
    assert {name: tensor.shape for name, tensor in mine.items()} == {
        name: tuple(parameter.shape) for name, parameter in theirs.items()
    }
    tied = {name for name, tensor in mine.items() if tensor.tied_to}
    assert tied == ({"lm_head.weight"} if varied.tied_head else set())
    assert described.tree.parameters == described.parameters == sum(p.numel() for p in model.parameters())


def test_shares_add_up_to_one(varied):
    described = describe(varied, 23)
    assert sum(part.share for part in described.parts) == pytest.approx(1)
    assert sum(part.parameters for part in described.parts) == described.parameters


def test_every_modules_tensors_belong_to_a_part(varied):
    def parts(node: Module):
        if node.tensors:
            yield node.part
        for child in node.children:
            yield from parts(child)

    described = describe(varied, 23)
    assert set(parts(described.tree)) == {part.name for part in described.parts}


def test_equal_blocks_are_folded_into_one():
    blocks = describe(ModelConfig(n_layer=5), 9).tree.children[0].children[-2]
    assert (blocks.name, len(blocks.children)) == ("h", 5)
    assert [name for name, _ in folded(blocks.children)] == ["0 … 4"]
    assert [name for name, _ in folded(blocks.children[0].children)] == ["ln_1", "attn", "ln_2", "mlp"]
    assert [name for name, _ in folded(describe(ModelConfig(n_layer=1), 9).tree.children)] == [
        "transformer",
        "lm_head",
    ]


def test_a_description_is_json():
    record = json.loads(json.dumps(describe(ModelConfig(), 115).to_json()))
    assert record["parameters"] == 209_472
    head = record["tree"]["children"][1]["tensors"][0]
    assert head == {"name": "weight", "shape": [115, 64], "tied_to": "transformer.wte.weight"}
