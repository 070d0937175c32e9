"""Every step of every kind of walk, and every part of a model, is said in a sentence that has room."""

import pytest

from gptlab_tui.explain import weights
from gptlab_tui.explain.walk import AXES, named_shape, sentence
from gptlab_tui.insight.walk import walk
from gptlab_tui.model.describe import describe_model
from gptlab_tui.serving.walking import with_pictures
from gptlab_tui.tui.panes.model.walk_told import word_lines
from gptlab_tui.tui.panes.model.walked import Step
from tests.insight.test_walk import CHOICES, IDS, small

#: Columns and lines of the words beside a walk on the smallest usual screen.
WIDTH, LINES = 76, 3


@pytest.mark.parametrize("placement", ["pre", "post"])
@pytest.mark.parametrize("options", CHOICES, ids=str)
def test_every_step_is_explained(options, placement):
    for line in with_pictures(walk(small(**options, norm_placement=placement), IDS), 0).lines:
        assert sentence(line.name), line.name
        assert set(line.axes.split()) <= set(AXES)
        large = tuple(9 * size for size in line.values.shape)
        told = word_lines(Step(line.where, line.name, line.formula, line.axes, large, line.note), WIDTH)
        assert len(told) <= LINES, told
        assert line.formula in " ".join(told)


@pytest.mark.parametrize("options", CHOICES, ids=str)
def test_every_module_and_tensor_is_explained(options):
    def names(module, path):
        yield path
        for tensor in module.tensors:
            yield f"{path}.{tensor.name}"
        for child in module.children:
            yield from names(child, f"{path}.{child.name}".removeprefix(".").removeprefix("transformer."))

    model = small(**options).model
    for name in names(describe_model(model, 10).tree, ""):
        said = weights.sentence(name)
        assert said, name
        assert len(said) <= WIDTH + 2, name


def test_a_shape_in_words():
    assert named_shape("nh T hs", (4, 8, 16)) == "4 heads x 8 tokens x 16 features of a head"
