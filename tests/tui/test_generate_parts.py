"""What the pane Generate is made of, without a screen: the tree, the knobs, the command, the bars."""

import itertools
import json
import shlex

import pytest
from rich.cells import cell_len

from gptlab_tui.config import SampleConfig
from gptlab_tui.errors import GPTLabError
from gptlab_tui.tui.panes.generate.bars import funnel_line, name_of, next_rows, pair, percent, whole_chart
from gptlab_tui.tui.panes.generate.command import command_of, quoted, sample_command
from gptlab_tui.tui.panes.generate.knobs import (
    BY_NAME,
    KNOBS,
    check,
    editable,
    greedy,
    parse,
    parse_comparison,
    turn,
    written,
)
from gptlab_tui.tui.panes.generate.lane import Lane
from gptlab_tui.tui.panes.generate.layout import Layout
from gptlab_tui.tui.panes.generate.looked import explain as looked_explained
from gptlab_tui.tui.panes.generate.looked import looked_of, strongest_lines
from gptlab_tui.tui.panes.generate.story import Story, text_of
from gptlab_tui.tui.panes.generate.text import LEGEND
from gptlab_tui.tui.panes.generate.transcript import record, save
from gptlab_tui.tui.panes.generate.words import progress, under
from gptlab_tui.tui.unknown import what_became_of

OWN = SampleConfig().model_dump(mode="json")


def piece(token, text):
    data = text if isinstance(text, bytes) else text.encode()
    return {"id": token, "piece": data.decode("utf-8", "replace"), "bytes": data.hex()}


def token(number, text, raw=0.5):
    drawn = {"raw": raw, "probability": raw, "rank": 1, "entropy": 1.0, "alternatives": []}
    return {**piece(number, text), **drawn}


def story(*texts, knobs=OWN):
    made = Story("ab", [piece(0, "a"), piece(1, "b")], run="contos", step=10_000)
    made.begin()
    for number, text in enumerate(texts, 2):
        made.append(token(number, text), knobs)
    return made


def test_writing_goes_on_at_the_cursor_and_keeps_what_was_there():
    tale = story("c", "d", "e")
    assert (tale.text, tale.at, tale.ids()) == ("cde", 3, [0, 1, 2, 3, 4])
    tale.move(-2)
    assert (tale.here.text, tale.following.text, tale.ids()) == ("c", "d", [0, 1, 2])
    tale.begin()
    tale.append(token(9, "x", raw=0.9), OWN)
    assert (tale.text, tale.branch()) == ("cx", (1, 2))
    tale.switch(1)
    assert (tale.text, tale.branch()) == ("cde", (2, 2))
    tale.move(1)
    assert not tale.switch(1)
    tale.move(-2)  # before the branches: those after the cursor are meant
    assert tale.switch(1)
    assert (tale.text, tale.at, tale.branch()) == ("cx", 2, (1, 2))
    tale.switch(1)
    tale.move(1)
    assert tale.fork(-1)
    assert (tale.at, tale.here.text) == (2, "d")


def test_undo_takes_a_writing_back_and_right_walks_into_it_again():
    tale = story("c", "d")
    tale.begin()
    for number, text in ((7, "x"), (8, "y")):
        tale.append(token(number, text), OWN)
    assert tale.undo()
    assert (tale.text, tale.at) == ("cd", 2)
    tale.move(1)
    assert tale.text == "cdx"
    tale = story("c", "d", "e")
    tale.move(-2)
    tale.begin()
    tale.append(token(7, "x"), OWN)
    assert tale.undo()
    assert (tale.text, tale.at) == ("cde", 1)
    assert tale.undo()
    assert tale.text == ""
    assert not tale.undo()


def test_what_was_taken_back_comes_again_whole():
    tale = story("c", "d")
    tale.begin()
    for number, text in ((7, "x"), (8, "y")):
        tale.append(token(number, text), OWN)
    assert tale.undo()
    assert tale.switch(-1)
    assert (tale.text, tale.at) == ("cdxy", 4)  # and the cursor is where it was
    assert tale.undo()
    assert tale.text == "cd"
    assert tale.undo()
    assert tale.text == ""
    assert tale.switch(1)
    assert (tale.text, tale.at) == ("cdxy", 4)


def test_what_was_taken_back_in_the_middle_comes_again_whichever_way():
    for way in (1, -1):
        tale = story("c", "d", "e")
        for start, number, text in ((0, 6, "z"), (1, 7, "x")):
            tale.at = start
            tale.begin()
            tale.append(token(number, text), OWN)
            assert tale.undo()
        assert (tale.text, tale.at) == ("cde", 1)
        assert tale.switch(way)
        assert (tale.text, tale.here.text) == ("cx", "x")
        assert tale.undo()
        tale.at = 3  # elsewhere there is nothing that was taken back
        assert not tale.switch(way)


def test_what_was_written_before_is_gone_over_again():
    tale = story("c", "d")
    tale.at = 0
    tale.begin()
    again = tale.append(token(2, "c"), OWN)
    assert again.children
    assert len(tale.root.children) == 1


def test_characters_are_whole():
    tale = story(b"\xc3", b"\xa9", b"\xe2\x82")
    assert [node.text for node in tale.path] == ["", "é", ""]
    assert tale.text == "é\ufffd"
    tale = story("c", "d!", "!")
    tale.path[-1].hidden = 2
    assert text_of(tale.path) == "cd"


def test_the_cursor_walks_into_the_prompt_but_writing_goes_on_after_it():
    tale = story("c", "d")
    tale.move(-9)
    assert (tale.at, tale.here.text, tale.following.text, tale.ids()) == (-1, "a", "b", [0])
    assert tale.up_to(tale.cursor + 1) == "a"
    assert under(tale, "ascii", 60).plain == "“a” begins the text: nothing stands before it."
    assert not tale.switch(1)
    tale.move(1)
    assert under(tale, "ascii", 60).plain == "“b” of the prompt …"
    tale.score([0, 1], [{"raw": 0.25, "probability": 0.25, "rank": 2, "entropy": 1.5, "alternatives": []}])
    assert under(tale, "ascii", 60).plain.startswith("“b” of the prompt, p 0.250, rank 2, 2.0 bits")
    tale.move(-1)
    tale.begin()
    tale.append(token(9, "x"), OWN)
    assert (tale.text, tale.ids(), len(tale.root.children)) == ("x", [0, 1, 9], 2)
    tale.at = -1
    assert tale.fork(1)
    assert tale.at == 1


def test_the_others_are_told_to_be_the_models_own_and_none_is_cut():
    tale = story("c")
    others = [[number, "漢x"[number % 2], 0.25, 0.5] for number in range(20)]
    tale.append({**token(30, "d"), "alternatives": others}, OWN)
    told = [under(tale, "ascii", width).plain.splitlines()[1] for width in range(20, 80)]
    assert all(line.startswith("or, raw:  漢 0.25") and line.endswith("0.25") for line in told)
    assert all(cell_len(line) <= width for width, line in enumerate(told, 20))
    tale.append({**token(31, "e"), "alternatives": []}, OWN)
    assert "raw:" not in under(tale, "ascii", 60).plain


def test_the_rate_keeps_its_width_while_a_text_is_written():
    lane = Lane(story=story())
    lane.waits("ab")
    lane.drawn_with = [OWN]
    widths = set()
    for number, seconds in ((2, 0.1), (30, 8.0), (400, 8.4)):
        while len(lane.story.path) < number:
            lane.take({**token(len(lane.story.path) + 10, "x"), "turn": 0})
        lane.clock(seconds)
        widths.add(len(progress(lane)))
    assert len(widths) == 1
    assert progress(lane) == "writing … ·   400 tokens,   48/s"
    lane.ended({"finish": "length"})
    assert progress(lane) == "done · 400 tokens, 48/s"
    assert progress(lane, short=True) == "done 400, 48/s"
    lane.waits("ab")
    lane.take({**token(5, "x"), "turn": 0})
    lane.clock(0.01)
    assert lane.rate is None  # one token alone has none
    fresh = Lane(story=story("c"), state="done")
    assert progress(fresh) == "done · 1 token"


@pytest.mark.parametrize(
    ("name", "value", "times", "big", "turned"),
    [
        ("temperature", 0.8, -1, False, 0.75),
        ("temperature", 0.05, -1, False, 0.0),
        ("temperature", 0.0, -1, False, 0.0),
        ("temperature", 0.8, 1, True, 1.05),
        ("top_k", 0, -1, False, 40),
        ("top_k", 0, 1, False, 0),
        ("top_k", 1, -1, False, 1),
        ("top_k", 106, 1, False, 0),
        ("top_p", 1.0, -1, False, 0.95),
        ("top_p", 0.05, -1, False, 0.05),
        ("min_p", 0.0, 1, False, 0.01),
        ("seed", 0, -1, False, 0),
        ("max_tokens", 300, 1, True, 400),
        ("frequency_penalty", 0.0, -1, False, -0.1),
    ],
)
def test_knobs_turn_in_steps_within_their_limits(name, value, times, big, turned):
    assert turn(BY_NAME[name], value, times, big=big, vocab_size=107) == turned


def test_every_step_of_a_knob_is_a_value_that_the_engine_takes():
    for knob in (one for one in KNOBS if one.step and one.name != "pace"):
        for big, times in itertools.product((False, True), (-30, 30)):
            check({**OWN, knob.name: turn(knob, OWN[knob.name], times, big=big, vocab_size=107)})


def test_values_are_written_and_read():
    for knob in (one for one in KNOBS if one.name != "pace"):
        assert parse(knob, editable(knob, OWN[knob.name])) == OWN[knob.name]
    assert written(BY_NAME["top_p"], 1.0) == "off"
    for pieces in (["a", " ", " it was  ", "|", "\\", "\n", "\t x", r"\n", "="], []):
        for name in ("ban", "stop"):
            assert parse(BY_NAME[name], editable(BY_NAME[name], pieces)) == pieces
        amounts = {piece: 0.5 - number for number, piece in enumerate(pieces)}
        assert parse(BY_NAME["logit_bias"], editable(BY_NAME["logit_bias"], amounts)) == amounts
    assert parse(BY_NAME["logit_bias"], r"a=+2 | \s = -1") == {"a": 2.0, " ": -1.0}
    assert editable(BY_NAME["stop"], ["it was", " x"]) == r"it was | \sx"
    for wrong in ("a", "a=b", "=="):
        with pytest.raises(GPTLabError, match="bias"):
            parse(BY_NAME["logit_bias"], wrong)
    assert parse(BY_NAME["stop"], r". | \n\n") == [".", "\n\n"]
    assert written(BY_NAME["stop"], [".", "\n"]) == r". | \n"
    with pytest.raises(GPTLabError, match="not a number"):
        parse(BY_NAME["top_k"], "many")
    with pytest.raises(GPTLabError, match="top_p"):
        check({**OWN, "top_p": 7.0})
    assert greedy({**OWN, "chain": ["top_k"]}) == {"temperature": 0.0, "chain": ["top_k", "temperature"]}


def test_comparisons():
    assert parse_comparison("top-k=1, 5") == ("top_k", [1, 5])
    for wrong in ("chain=1", "temperature", "temperature=1,2,3,4,5", "nothing=1", "temperature=hot"):
        with pytest.raises(GPTLabError):
            parse_comparison(wrong)


def test_the_command_names_what_differs():
    knobs = {**OWN, "temperature": 0.65, "stop": ["\n", "it's"], "chain": ["temperature", "top_k"]}
    command = sample_command("Era uma vez", "contos", 100, knobs, OWN)
    assert command == (
        "gptlab sample --run contos --step 100 --temperature 0.65 --seed 1337 --chain temperature,top_k"
        " --stop $'\\n' --stop 'it'\"'\"'s' 'Era uma vez'"
    )
    assert sample_command("-x", "r", 1, OWN, OWN).endswith(" -- -x")
    assert quoted("a'\x07\n") == r"$'a\'\x07\n'"
    assert shlex.split(quoted("two words")) == ["two words"]


def test_the_command_names_biases_and_bans():
    knobs = {**OWN, "logit_bias": {"a": 2.0, " ": -1.5}, "ban": ["e", "\n"]}
    command = sample_command("x", "r", 1, knobs, OWN)
    assert command.endswith(r"--bias a=2 --bias ' =-1.5' --ban e --ban $'\n' x")


def test_what_was_drawn_with_other_knobs_or_picked_is_part_of_the_prompt():
    tale = story("c", "d")
    assert "--max-tokens 2" in command_of(tale, OWN, OWN)
    tale.append(token(9, "x"), None)
    assert command_of(tale, OWN, OWN).endswith(" abcdx")
    tale.append(token(4, "e"), {**OWN, "temperature": 2.0})
    tale.append(token(5, "f"), {**OWN, "temperature": 2.0, "max_tokens": 1})
    assert "--temperature 2 --max-tokens 2" in command_of(tale, OWN, OWN)
    assert command_of(tale, OWN, OWN).endswith(" abcdx")
    saved = record(tale, OWN, "d" * 64, "gptlab sample …")
    assert (saved["text"], saved["prompt"], saved["digest"]) == ("cdxef", "ab", "d" * 64)
    assert [one["knobs"] for one in saved["tokens"]] == [0, 0, None, 1, 2]


def test_what_the_prompt_lost_is_told():
    assert what_became_of("Olá 日本 x", "Olá ?? x") == "? for 日 本"
    assert what_became_of("Olá 日本 日", "Olá  ") == "without 日 本"
    assert what_became_of("日", "\ufffd") == "\ufffd for 日"
    assert what_became_of("日b", " b") == "' ' for 日"
    assert what_became_of("Olá ?", "Olá ?") == ""


def test_the_legend_fits_beside_the_panels_at_80_columns():
    assert LEGEND.cell_length <= 80 - 34 - 2


def test_a_transcript_goes_where_it_may_and_never_over_another(tmp_path):
    nowhere = tmp_path / "nowhere"
    first, second = (save([{"text": "a"}], "1", (nowhere, tmp_path)) for _ in range(2))
    assert (first.name, second.name) == ("gptlab-transcript.json", "gptlab-transcript-2.json")
    assert json.loads(first.read_text("utf-8")) == {"gptlab": "1", "texts": [{"text": "a"}]}
    with pytest.raises(GPTLabError, match="Nothing can be written to"):
        save([], "1", (nowhere,))


def lines(*texts, width=10):
    laid = Layout(width)
    laid.extend(enumerate(texts))
    return ["".join(cell[1] for cell in line) for line in laid.lines]


def test_lines_break_between_words():
    assert lines("one two three four") == ["one two ", "three four"]
    assert lines("one two tenletters x") == ["one two ", "tenletters ", "x"]
    assert lines("abcdefghijklmno") == ["abcdefghij", "klmno"]
    assert lines("a\n\nb") == ["a\n", "\n", "b"]
    assert lines("\x1b[0m") == ["␛[0m"]


def test_lines_are_the_same_however_the_text_came():
    text = "Era uma vez um homem aceito\n e seu Anselmo.  Na mesa de uma loja"
    for width in (1, 5, 12, 40):
        whole, bit = Layout(width), Layout(width)
        whole.extend(enumerate(text))
        for number, one in enumerate(text):
            bit.extend([(number, one)])
        assert bit.lines == whole.lines
        for number in range(len(text)):
            assert any(cell[0] == number for cell in whole.lines[whole.line_of(number)])


def test_what_was_looked_at_most_is_named():
    tale = story("c", "d")
    tale.move(-1)
    row = {
        "weights": [0.125, 0.75, 0.125],
        "ids": [0, 1, 2],
        "dropped": 0,
        "layer": 1,
        "head": None,
        "off": [],
    }
    row |= {"run": "contos", "step": 10_000, "n_layer": 2, "n_head": 2, "head_width": 8}
    row |= {"scores": None, "bias": None, "entropy_bits": 1.06}
    looked = looked_of(row, tale)
    assert (looked.chosen.text, looked.text) == ("d", "abc")
    assert strongest_lines(looked, 28, "ascii").plain.splitlines() == [
        "b     0.75 ########## 2 back",
        "a     0.12 ##         3 back",
        "c     0.12 ##         1 back",
    ]
    assert looked_of({**row, "ids": [0, 1, 7]}, tale) is None
    told = dict(looked_explained(looked).numbers)
    assert told["its weight"].startswith("0.750 (an even look")
    assert told["shown"] == "layer 1 of 2 layers, the mean of its 2 heads"
    of_head = looked_of({**row, "head": 0, "scores": [1.0, 2.0, 1.0]}, tale)
    assert dict(looked_explained(of_head).numbers)["shown"] == "layer 1 of 2 layers, head 0 of its 2 heads"


LOOK = {
    "tokens": [
        {"id": 5, "piece": " ", "raw": 0.5, "probability": 0.75},
        {"id": 7, "piece": "é", "raw": 0.25, "probability": 0.25},
        {"id": 8, "piece": "\n", "raw": 0.125, "probability": 0.0},
    ],
    "drawn": 7,
    "vocab_size": 107,
    "funnel": [],
}


def test_bars_show_both_distributions():
    assert pair(0.5, 0.75, 8, "braille") == "████▓▓  "
    assert pair(0.75, 0.5, 8, "ascii") == "####--  "
    assert pair(0.0, 0.001, 4, "ascii") == ":   "
    assert [row.plain for row in next_rows(LOOK, 5, 30, "ascii")] == [
        " >space  75.0% ##########+++++",
        "* é      25.0% #####          ",
        "  \\n         - --             ",
    ]
    assert [percent(value) for value in (1.0, 0.9995, 0.9994, 0.0004, 0.0)] == [
        "  100%", "  100%", " 99.9%", " <0.1%", "     -",
    ]  # fmt: skip
    assert name_of(" um", "braille") == "␣um"
    assert name_of("\x1b", "braille") == "␛"


def test_the_funnel_tells_what_greedy_leaves():
    def told(temperature, *funnel):
        rows = [dict(zip(("filter", "candidates", "mass"), row, strict=True)) for row in funnel]
        return funnel_line({**LOOK, "temperature": temperature, "funnel": rows}, "ascii").plain

    assert told(0.7, ("temperature", 107, 1.0)) == "107 tokens, none ruled out"
    assert told(0.0, ("temperature", 1, 0.512)) == "107 tokens > greedy 1 (51%)"
    assert told(0.0, ("top_k", 1, 0.5), ("temperature", 1, 0.5)) == "107 tokens > top_k 1 (50%)"
    assert told(0.7, ("top_k", 107, 1.0)) == "107 tokens > top_k 107 (100%)"


@pytest.mark.parametrize("size", [(20, 8), (60, 20), (5, 3), (1, 1)])
@pytest.mark.parametrize("glyphs", ["braille", "block", "ascii"])
def test_the_whole_vocabulary_fits_its_place(size, glyphs):
    raw = [0.0, 0.6, 0.005, 0.2] + [0.195 / 103] * 103
    chart = whole_chart(raw, raw, {1: "a", 3: "b"}, size, glyphs)
    assert all(cell_len(line) <= max(size[0], 1) for line in chart)
    if size == (60, 20):
        assert chart[1].strip() == "ab"
    if glyphs == "ascii":
        assert all(line.isascii() for line in chart)
