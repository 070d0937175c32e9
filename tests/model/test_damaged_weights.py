"""Weights that are not finite: refused where one computes with them, shown where one looks at them."""

import math

import numpy as np
import pytest

from gptlab_tui.errors import GPTLabError
from gptlab_tui.insight.embeddings import embedding_at
from gptlab_tui.model.open_run import open_model
from tests.damage import damage
from tests.embedded_runs import moving_run


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_they_are_refused_by_name(home, value):
    run = moving_run(home, "broken")
    damage(run.snapshot(100), value=value)
    with pytest.raises(GPTLabError, match=r"broken, step 100, are not finite: transformer\.wte") as error:
        open_model(run, 100)
    assert "another step" in error.value.hint
    assert open_model(run, 0).damage == open_model(run).damage == ""
    opened = open_model(run, 100, may_be_damaged=True)
    assert opened.damage == "transformer.wte.weight"
    assert np.sum(~np.isfinite(opened.model.get_parameter(opened.damage).numpy())) == 1
    with pytest.raises(GPTLabError, match="not finite"):
        embedding_at(open_model(run), 100)
    assert embedding_at(open_model(run), 100, "positions").step == 100  # those are whole
