"""What the model process says of vectors, against the computations asked directly and against loops."""

import numpy as np
import pytest

from gptlab_tui.errors import GPTLabError
from gptlab_tui.insight.claims import Chance
from gptlab_tui.insight.embeddings import (
    embedding,
    embedding_at,
    embedding_at_start,
    neighbours,
)
from gptlab_tui.insight.flat import principal_plane
from gptlab_tui.insight.groups import togetherness
from gptlab_tui.insight.motion import embeddings_over_time, lay_out, measure
from gptlab_tui.insight.pictures import picture
from gptlab_tui.model.open_run import open_model
from gptlab_tui.serving.desk import Desk
from gptlab_tui.serving.embedding import NEAR, SIDE
from gptlab_tui.serving.job import Job
from gptlab_tui.serving.protocol import unpack_array
from tests.embedded_runs import LETTERS, moving_run

STEPS = (0, 100, 200)


@pytest.fixture
def opened(home):
    return open_model(moving_run(home, "one", steps=STEPS))


def ask(home, do, **arguments):
    job = Job(1, {"do": do, "run": "one", **arguments})
    return [answer for answer in Desk(home).handlers()[do](job) if answer is not None]


def of_kind(answers, kind):
    return [answer for answer in answers if answer["kind"] == kind]


@pytest.mark.parametrize("method", ["pca", "tsne"])
def test_a_beginning_and_now(home, opened, method):
    answers = ask(home, "embeddings", method=method)
    [vectors] = of_kind(answers, "vectors")
    assert (vectors["run"], vectors["step"], vectors["steps"]) == ("one", 200, [0, 200])
    assert "".join(vectors["names"]) == LETTERS
    frames, measured = of_kind(answers, "frame"), of_kind(answers, "measured")
    assert [frame["number"] for frame in frames] == [one["number"] for one in measured] == [0, 1]
    for found, frame, told in zip(
        (embedding_at_start(opened), embedding(opened)), frames, measured, strict=True
    ):
        for place in range(len(found.names)):
            wanted = neighbours(found.vectors, place, NEAR)
            assert frame["near"][place] == [one.place for one in wanted]
            np.testing.assert_allclose(
                unpack_array(frame["cosines"])[place], [one.cosine for one in wanted], atol=2e-3
            )
        drawn = picture(found, method)
        np.testing.assert_allclose(unpack_array(told["points"]), drawn.points, rtol=2e-3, atol=2e-3)
        assert told["claims"][0][:3] == [drawn.claims[0].name, drawn.claims[0].where, drawn.claims[0].value]
        assert (told["divergence"] is None) == (method == "pca")


def test_both_settle_side_by_side_from_the_principal_plane(home, opened):
    answers = ask(home, "embeddings")
    settling = of_kind(answers, "settling")
    assert [one["number"] for one in settling[:4]] == [0, 1, 0, 1]
    own = [one["iteration"] for one in settling if one["number"] == 1]
    assert own == sorted(own)
    assert len(own) > 10
    now = embedding(opened).vectors
    plane = principal_plane(now).points(now)
    np.testing.assert_allclose(unpack_array(of_kind(answers, "frame")[1]["points"]), plane, atol=2e-3)


def test_it_can_be_called_off_while_it_settles(home, opened):
    job = Job(1, {"do": "embeddings", "run": "one"})
    answers = Desk(home).handlers()["embeddings"](job)
    assert next(one for one in answers if one["kind"] == "settling")["iteration"] == 25
    answers.close()  # as the process does with what is cancelled


@pytest.mark.parametrize("method", ["pca", "tsne"])
def test_every_step_in_turn(home, opened, method):
    answers = ask(home, "motion", method=method)
    found = embeddings_over_time(opened)
    frames, motion = lay_out(found, method), measure(found)
    measured = of_kind(answers, "measured")
    assert [one["step"] for one in of_kind(answers, "frame")] == list(STEPS)
    points = np.stack([unpack_array(one["points"]) for one in measured])
    np.testing.assert_allclose(points, frames.points, rtol=2e-3, atol=2e-2)
    [moved] = of_kind(answers, "moved")
    np.testing.assert_allclose(moved["drift"], motion.drift.mean(axis=1))
    np.testing.assert_allclose(moved["picture"], frames.moved)
    assert moved["jitter"] == pytest.approx(frames.jitter)
    assert moved["final_neighbours"][-1] == 1
    assert moved["new_neighbours"] == motion.new_neighbours.tolist()
    assert moved["silhouette"] == motion.silhouettes.tolist()
    assert moved["all_pairs"] == motion.everybody.tolist()


def test_it_can_be_called_off_while_it_measures(home, opened):
    """After the last picture others have their turn, step by step and within the last one laid out anew."""
    answers = iter(Desk(home).handlers()["motion"](Job(1, {"do": "motion", "run": "one"})))
    turns = []
    for answer in answers:
        if answer is None:
            turns.append(None)
        elif answer["kind"] != "moved":
            turns.clear()
    assert len(turns) > len(STEPS)


def test_positions_have_an_order_and_a_map(home, opened):
    answers = ask(home, "embeddings", of="positions", method="pca")
    table = unpack_array(of_kind(answers, "frame")[1]["map"])
    vectors = embedding(opened, "positions").vectors
    for i, one in enumerate(vectors):
        for j, other in enumerate(vectors):
            assert table[i, j] == pytest.approx(
                one @ other / np.sqrt((one @ one) * (other @ other)), abs=2e-3
            )
    assert of_kind(answers, "frame")[1]["factor"] == 1
    assert len(of_kind(answers, "frame")[1]["by_distance"]) == 23
    assert {claim[0] for claim in of_kind(answers, "measured")[1]["claims"]} >= {"adjacent", "by_distance"}


def test_a_long_map_goes_in_blocks_that_are_means(home):
    opened = open_model(moving_run(home, "one", block_size=2 * SIDE + 3))
    frame = of_kind(ask(home, "embeddings", of="positions", method="pca"), "frame")[1]
    vectors = embedding(opened, "positions").vectors.astype(float)
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    assert frame["factor"] == 3
    table = unpack_array(frame["map"])
    assert table[2, 5] == pytest.approx((unit[6:9] @ unit[15:18].T).mean(), abs=2e-3)
    assert table[-1, 0] == pytest.approx((unit[258:] @ unit[:3].T).mean(), abs=2e-3)


def test_a_group_beside_groups_by_lot(home, opened):
    [group] = ask(home, "embedding_group", of="positions", text="12-14")
    wanted = togetherness(embedding_at(opened, 200, "positions"), (12, 13, 14))
    assert group["ids"] == [12, 13, 14]
    for (name, _, value, *chance), claim in zip(group["now"], (wanted.cosine, wanted.near), strict=True):
        assert (name, value) == (claim.name, pytest.approx(claim.value))
        assert Chance(*chance) == claim.chance
    assert group["drawn"] == wanted.drawn
    assert group["start"][0][2] < group["now"][0][2]
    group, course = ask(home, "embedding_group", of="positions", text="12-14", steps=list(STEPS))
    assert (group["run"], group["step"], group["of"]) == ("one", 200, "positions")
    assert course["steps"] == list(STEPS)
    found = embeddings_over_time(opened, "positions")
    np.testing.assert_allclose(
        course["cosines"], measure(found, {"it": (12, 13, 14)}).groups["it"], rtol=1e-6
    )
    [alone] = ask(home, "embedding_group", text="a", steps=list(STEPS))
    assert (alone["ids"], alone["now"]) == ([LETTERS.index("a")], None)
    with pytest.raises(GPTLabError):
        ask(home, "embedding_group", text="ñ")
