"""Many draws from what may come next, by keys against the bundled model; and their words."""

import numpy as np
import pytest

from gptlab_tui.errors import GPTLabError
from gptlab_tui.model.open_run import open_model
from gptlab_tui.render import heat
from gptlab_tui.runs.layout import find_run
from gptlab_tui.sampling.settings import change_knobs
from gptlab_tui.sampling.trial import chain_trials, next_logits, trials
from gptlab_tui.tui.dialogs import Ask
from gptlab_tui.tui.panes.generate import draws_words as words
from gptlab_tui.tui.panes.generate.draws import DrawsScreen
from gptlab_tui.tui.panes.generate.draws_words import Wanted
from tests.tui.driving import screen_text
from tests.tui.test_generate import drive


def test_counts_beside_what_was_to_be_expected(home):
    opened = open_model(find_run(home, "contos"))

    async def go(driver):
        prompt = driver.pane.prompt
        ids = opened.tokenizer.encode(prompt).tolist()
        await driver.press("k")  # top-k from off to 40
        top_k = driver.pane.knobs["top_k"]
        await driver.pilot.press("number_sign")
        await driver.until(lambda: isinstance(driver.app.screen, DrawsScreen))
        screen = driver.app.screen
        await driver.until(lambda: screen.answer is not None)
        knobs = change_knobs(opened.config.sample, {"top_k": top_k})
        temperatures = [0.8, 0, 0.5, 1, 2]
        made = chain_trials(next_logits(opened, ids), ids, knobs, opened.tokenizer, temperatures, 1000)
        for told, trial in zip(screen.answer["trials"], made, strict=True):
            assert told["temperature"] == trial.temperature
            assert told["entropy_bits"] == pytest.approx(trial.entropy_bits, abs=1e-4)
            row = max(told["rows"], key=lambda row: row[1])
            assert row[1] == pytest.approx(trial.probabilities.max(), abs=1e-5)
            assert sum(row[2] for row in told["rows"]) + told["others"][1] == 1000
        assert "> temperature 0.8" in screen_text(driver.app)
        assert screen.query_one("DrawsPanel").command() == (
            "gptlab inspect draw -n 1000 --temperature 0.8,0,0.5,1,2 --run contos --step 10000"
            f" -o top_k={top_k} '{prompt}'"
        )
        await driver.pilot.press("1", "t")
        await driver.until(lambda: screen.answer["draws"] == 100)
        assert "> always the largest" in screen_text(driver.app)
        await driver.pilot.press("p")
        await driver.until(lambda: isinstance(driver.app.screen, Ask))
        await driver.pilot.press("enter")
        await driver.until(lambda: screen.answer["outcomes"] == 4)
        [one] = [told for told in screen.answer["trials"] if told["temperature"] == 1]
        expected = trials((0.1, 0.1, 0.3, 0.5), [1.0], 100)[0]
        assert [row[2] for row in one["rows"]] == expected.counts.tolist()
        await driver.pilot.press("m", "e")
        await driver.until(lambda: "luck of seed 0" in screen_text(driver.app))
        await driver.pilot.press("escape")
        await driver.until(lambda: driver.app.screen is screen)
        await driver.pilot.press("escape")
        await driver.ready()
        assert not isinstance(driver.app.screen, DrawsScreen)

    drive(home, go)


def told(temperature, rows, **more):
    about = {"entropy_bits": 1.0, "drawn_entropy_bits": 0.9, "chi_square": 2.0, "freedom": 1, "p": 0.16}
    return (
        {"temperature": temperature, "rows": rows, "others": None, "deviation": ["b", -1.4, 0.7]}
        | about
        | more
    )


def test_a_line_for_each_temperature_and_histograms_side_by_side():
    rows = [["a", 0.5, 40, 50.0, 5.0], ["b", 0.5, 60, 50.0, 5.0]]
    both = [told(0.8, rows), told(0.0, rows, freedom=0, deviation=None)]
    lines = words.table(both, 1, "ascii", 90)
    assert lines[1].split() == ["temperature", "0.8", "1.00", "0.90", "2.0", "of", "1", "0.16",
                                "-1.4", "sd", "`b`,", "usual", "0.7"]  # fmt: skip
    assert lines[2].startswith("> always the largest")
    assert "nothing is left to luck" in lines[2]
    assert all(len(line) <= 40 for line in words.table(both, 0, "ascii", 40))
    for width, count in ((40, 1), (70, 2)):
        drawn = heat.text(words.histograms(both, 0, "ascii", width, 9)).splitlines()
        assert drawn[0].count("temperature") + drawn[0].count("always") == count
        assert max(map(len, drawn)) <= width
        assert [line.split()[0] for line in drawn[2:4]] == ["a", "b"]


def test_rare_outcomes_and_a_text_beyond_the_context_are_told_of():
    often = [["a", 0.6, 60, 60.0, 5.0], ["b", 0.4, 40, 40.0, 5.0]]
    rare = [["a", 0.98, 96, 98.0, 1.4], ["b", 0.02, 4, 2.0, 1.4]]
    said = "Expected under 5 times: one group in p, not in the deviation."
    for rows, others, is_told in (
        (often, None, False),
        (often, [0.0, 0, 0.0, 0.0], False),
        (often, [0.01, 1, 1.0, 1.0], True),
        (rare, None, True),
    ):
        lines = words.table([told(1.0, rows, others=others)], 0, "ascii", 72)
        assert (lines[-1].strip() == said) == is_told
        assert lines[0].split()[:3] == ["entropies", "in", "bits"]
    about = {"run": "r", "step": 3, "ids": [1], "start": 1}
    answer = {"trials": [told(1.0, rare)], "draws": 100, "outcomes": 2, "seed": 0}
    numbers = dict(words.explain(Wanted("x", {}, {}, about, "a"), answer, 0, "ascii").numbers)
    assert "2.0 over 2 groups" in numbers["chi-square"]
    assert "expected 5 times or more" in numbers["largest deviation"]
    for dropped in (0, 7):
        wanted = Wanted("x", {}, {}, about, "a", dropped=dropped)
        says = words.explain(wanted, answer, 0, "ascii").says
        assert ("longer than the context by 7 tokens" in says) == bool(dropped)


def test_what_is_asked_for():
    own = {"temperature": 0.8, "top_k": 0, "chain": ["temperature", "top_k"], "seed": 1}
    about = {"run": "r", "step": 3, "ids": [1], "start": 1}
    wanted = Wanted("x", own, own, about, "-a b")
    assert wanted.temperatures == (0.8, 0.0, 0.5, 1.0, 2.0)
    assert wanted.command(100, 2) == (
        "gptlab inspect draw -n 100 --temperature 0.8,0,0.5,1,2 --seed 2 --run r --step 3"
        " -o temperature=0.8 -- '-a b'"
    )
    typed = Wanted("y", {}, {}, {}, "", words.parse_probs("0.25, 0.75"))
    assert typed.command(100, 0) == "gptlab inspect draw -n 100 --temperature 1,0,0.5,2 --probs 0.25,0.75"
    assert np.sum(typed.request(100, 0, 8)["probs"]) == 1
    with pytest.raises(GPTLabError, match="no numbers"):
        words.parse_probs("a,b")
