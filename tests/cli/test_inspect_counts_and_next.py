"""`gptlab inspect counts` and `next`: on the terminal, as JSON, as a picture; `runs show` tells the same."""

import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

TEXT = "A figura é po"


def test_the_model_beside_counts(gptlab):
    answer = gptlab("inspect", "counts", TEXT, "--json").json
    assert [order["n"] for order in answer["orders"]] == [1, 2, 3, 4, 5]
    assert [order["context"] for order in answer["orders"]] == ["", "o", "po", " po", "é po"]
    assert answer["orders"][0]["seen"] == 455337
    [r] = [token for token in answer["tokens"] if token["piece"] == "r"]
    assert r["counts"] == sorted(r["counts"], reverse=True)
    assert answer["nearest"] == 1 + int(np.argmin([order["divergence_bits"] for order in answer["orders"]]))
    out = gptlab("inspect", "counts", TEXT).out
    assert f"{r['counts'][2]:,}" in out
    assert f" {r['probability']:.2f} " in out
    assert "trigram (1.901 nats per token): beaten between the evaluations of steps 0 and 500" in out


def test_runs_show_tells_when_it_beat_them(gptlab):
    assert (
        "unigram by step 500, bigram by step 500, trigram by step 500" in gptlab("runs", "show", "contos").out
    )
    baselines = gptlab("runs", "show", "contos", "--json").json["baselines"]
    assert baselines == gptlab("inspect", "counts", TEXT, "--json").json["baselines"]


def test_narrow_counts_are_cut_nowhere(gptlab):
    lines = gptlab("inspect", "counts", TEXT, "--width", 40, "--ascii").out.splitlines()
    assert lines[0].split() == ["own", "n=1", "n=2", "n=3", "n=4", "n=5"]
    assert lines[2].split() == ["seen", "455k", "38k", "2k", "1k", "3"]
    assert max(map(len, lines[:15])) <= 40


def test_the_next_token(gptlab):
    answer = gptlab("inspect", "next", TEXT, "--json").json
    raw, after = np.array(answer["raw_probability"]), np.array(answer["probability"])
    assert len(raw) == 107
    np.testing.assert_allclose(
        after, raw ** (1 / 0.8) / (raw ** (1 / 0.8)).sum(), rtol=1e-6
    )  # its temperature
    labelled = {token["id"] for token in answer["tokens"]}
    assert labelled == {token for token in range(107) if max(raw[token], after[token]) > 0.01}
    out = gptlab("inspect", "next", TEXT, "--width", 107).out
    assert f"r {raw.argmax():>10}  {raw.max():.4f}" in out
    assert "107 of 107 can be drawn" in out
    assert "after the chain (temperature 0.8)" in out
    lines = out.splitlines()
    assert [place for place, sign in enumerate(lines[7]) if sign != " "] == sorted(labelled)
    assert max(map(len, lines[:15])) <= 107


def test_what_greedy_leaves_is_told_with_its_share(gptlab):
    largest = max(gptlab("inspect", "next", TEXT, "--json").json["raw_probability"])
    out = gptlab("inspect", "next", TEXT, "-o", "temperature=0").out
    assert f"1 of 107 can be drawn, with {largest:.1%} of it" in out


def test_each_distribution_says_its_own_largest(gptlab):
    answer = gptlab("inspect", "next", TEXT, "--json").json
    out = gptlab("inspect", "next", TEXT, "--width", 200).out.splitlines()
    assert out[0].endswith(f"up to {max(answer['raw_probability']):.2f}")
    assert f"up to {max(answer['probability']):.2f}" in next(
        line for line in out if "after the chain" in line
    )


def test_where_no_token_is_likely(gptlab, monkeypatch):
    monkeypatch.setattr("gptlab_tui.cli.inspect_next.LABELLED", 0.99)  # as with a vocabulary of thousands
    answer = gptlab("inspect", "next", TEXT, "--step", 0)
    assert (answer.status, answer.err) == (0, "")
    assert "0 tokens above 0.99" in answer.out


def test_the_caption_has_the_text_that_was_read(gptlab):
    for unknown, read in (("skip", "A a"), ("replace", "A ?a")):
        out = gptlab("inspect", "next", "A 日a", "--run", "contos", "--unknown", unknown).out
        assert f"after {read!r}" in out


def test_knobs_can_be_turned(gptlab):
    answer = gptlab("inspect", "next", TEXT, "-o", "top_k=3", "-o", "sample.temperature=1", "--json").json
    assert sum(chance > 0 for chance in answer["probability"]) == 3
    assert [row["filter"] for row in answer["funnel"]] == ["top_k"]
    wrong = gptlab("inspect", "next", TEXT, "-o", "top=3")
    assert (wrong.status, "top" in wrong.err) == (2, True)
    plain = gptlab("inspect", "next", TEXT, "-o", "temperature=1").out
    assert "after the chain" not in plain
    turned = ("temperature=0.5", "top_k=9", "typical_p=0.9", "repetition_penalty=1.2", 'ban=["z"]')
    out = gptlab("inspect", "next", TEXT, *(word for knob in turned for word in ("-o", knob))).out
    said = "after the chain (bias, repetition 1.2, temperature 0.5, top_k 9, typical 0.9)"
    assert said in " ".join(out.split())


@pytest.mark.parametrize("verb", ["counts", "next"])
def test_svg_and_what_cannot_be(gptlab, tmp_path, verb):
    assert gptlab("inspect", verb, TEXT, "--svg", tmp_path / "a.svg").out == ""
    assert "contos, step 10,000" in "".join(ElementTree.parse(tmp_path / "a.svg").getroot().itertext())
    assert gptlab("inspect", verb, TEXT, "--svg", tmp_path / "a.svg").status == 2
    assert "no text" in gptlab("inspect", verb, "").err
