"""What `gptlab inspect …` says where it cannot look: whole sentences with a hint, whatever the verb."""

import pytest

TEXT = "A figura"
VERBS = {
    "attention": (TEXT,),
    "counts": (TEXT,),
    "draw": (TEXT,),
    "embeddings": (),
    "heads": (TEXT,),
    "lens": (TEXT,),
    "memory": (TEXT,),
    "motion": (),
    "next": (TEXT,),
    "surprise": (TEXT,),
    "walk": (TEXT,),
    "weights": (),
}


@pytest.mark.parametrize("verb", VERBS)
def test_a_step_that_is_not_there(gptlab, verb):
    answer = gptlab("inspect", verb, *VERBS[verb], "--step", 77, "--json")
    assert answer.status == 2
    assert answer.error["error"] == "contos has nothing of step 77."
    assert "500" in answer.error["hint"]


def test_half_a_surrogate_pair_stands_nowhere(gptlab):
    answer = gptlab("inspect", "memory", "\ud800figura", "--run", "contos", "--json")
    assert answer.json["covers"][0] == 0
    assert min(answer.json["covers"][1:]) > 2
