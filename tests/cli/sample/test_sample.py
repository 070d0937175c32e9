"""`gptlab sample`: what goes to standard output, which run writes, and how it ends."""

import json
import re

import pytest

from gptlab_tui.cli import writing
from gptlab_tui.home import Home
from gptlab_tui.sampling import choose


def lines(answer):
    return [json.loads(line) for line in answer.out.splitlines()]


class TestStandardOutput:
    def test_holds_prompt_and_continuation_and_nothing_else(self, gptlab, run):
        answer = gptlab("sample", "era uma vez", "--max-tokens", 20, "--stop", "\n")
        assert answer.status == 0
        assert answer.out.startswith("era uma vez")
        assert answer.out.endswith("\n")
        alone = gptlab("sample", "era uma vez", "--max-tokens", 20, "--stop", "\n", "--no-prompt")
        assert "era uma vez" + alone.out == answer.out
        assert answer.err == "small, step 10 (your newest; --run contos comes with GPTLab)\n"

    def test_the_length_is_what_was_asked(self, gptlab, run):
        for count in (0, 1, 17):
            [*_, end] = lines(gptlab("sample", "era", "--max-tokens", count, "--json"))
            assert (end["tokens"], len(end["text"]), end["finish"]) == (count, count, "length")

    def test_several_samples_have_a_line_between_them(self, gptlab, run):
        answer = gptlab("sample", "era", "-n", 3, "--ban", "\n", "--seed", 4)
        texts = answer.out.split("\n---\n")
        assert len(texts) == len(set(texts)) == 3
        assert all(text.startswith("era") for text in texts)
        assert texts[0] + "\n" == gptlab("sample", "era", "--ban", "\n", "--seed", 4).out

    def test_the_same_seed_writes_the_same(self, gptlab, run):
        first = gptlab("sample", "era", "--seed", 3).out
        assert gptlab("sample", "era", "--seed", 3).out == first
        assert gptlab("sample", "era", "--seed", 4).out != first

    def test_greedy_is_temperature_zero_and_knows_no_luck(self, gptlab, run):
        greedy = gptlab("sample", "era", "--greedy", "--chain", "top_k", "--seed", 1).out
        assert gptlab("sample", "era", "--temperature", 0, "--seed", 2).out == greedy

    def test_stops(self, gptlab, run):
        whole = gptlab("sample", "era", "--no-prompt", "--ban", "\n").out.strip("\n")
        stop = whole[6:8]
        answer = gptlab("sample", "era", "--no-prompt", "--ban", "\n", "--stop", "?!", "--stop", stop)
        assert answer.out.strip("\n") == whole[: whole.index(stop)]

    def test_a_comparison_is_blocks_one_below_the_other_with_the_same_luck(self, gptlab, run):
        answer = gptlab("sample", "era", "--compare", "temperature=0,1.0,9", "--ban", "\n")
        blocks = re.split(r"^--- (.*)\n", answer.out, flags=re.MULTILINE)[1:]
        assert blocks[::2] == ["temperature=0", "temperature=1.0", "temperature=9"]
        for value, text in zip((0, 1, 9), blocks[1::2], strict=True):
            assert gptlab("sample", "era", "--temperature", value, "--ban", "\n").out == text

    def test_knobs_reach_the_chain(self, gptlab, run):
        banned = gptlab("sample", "era", "--ban", "abcdefghijklm", "--no-prompt", "--max-tokens", 80).out
        assert not set(banned) & set("abcdefghijklm")
        forced = gptlab("sample", "era", "--bias", "z=1000", "--no-prompt", "--max-tokens", 9).out
        assert forced == "z" * 9 + "\n"
        knobs = lines(gptlab("sample", "era", "--top-k", 3, "--chain", "top_k, temperature", "--json"))[0][
            "knobs"
        ]
        assert (knobs["top_k"], knobs["chain"]) == (3, ["top_k", "temperature"])
        assert knobs["max_tokens"] == 30  # the run's own

    def test_json_has_every_token(self, gptlab, run):
        answer = gptlab("sample", "era", "-n", 2, "--max-tokens", 6, "--alternatives", 3, "--json")
        begin, *tokens, first, second = lines(answer)
        assert begin["event"] == "prompt"
        assert (begin["run"], begin["step"], begin["prompt"], begin["samples"]) == ("small", 10, "era", 2)
        assert len(begin["ids"]) == 3
        assert [(t["event"], t["sample"], t["position"]) for t in tokens] == [
            ("token", sample, position) for position in range(3, 9) for sample in (0, 1)
        ]
        for token in tokens:
            assert set(token) == {
                "event", "sample", "position", "id", "text", "finish", "piece", "raw_probability",
                "probability", "entropy_bits", "alternatives",
            }  # fmt: skip
            assert len(token["alternatives"]) == 3
        for sample, end in enumerate((first, second)):
            assert end["event"] == "end"
            assert end["text"] == "".join(t["text"] for t in tokens if t["sample"] == sample)
        assert json.loads(answer.err) == {"run": "small", "step": 10}


class TestPrompt:
    def test_standard_input(self, process, run):
        piped = process("sample", "--max-tokens", 9, stdin=None, input=b"era uma\r\nvez\n")
        assert piped.out.startswith("era uma\nvez")
        argument = process("sample", "era uma\nvez", "--max-tokens", 9)
        assert piped.out == argument.out

    def test_of_nothing(self, process, run):
        answer = process("sample")
        assert answer.status == 2
        assert "empty" in answer.err

    def test_not_utf8(self, process, run):
        answer = process("sample", stdin=None, input=b"era\xe9")
        assert answer.status == 2
        assert "byte 3" in answer.err

    def test_beyond_the_context(self, gptlab, run):
        long = "era uma vez um gato que queria ser rei "
        assert gptlab("sample", long).out.startswith(long)

    def test_unknown_characters(self, gptlab, run):
        answer = gptlab("sample", "era Ω uma", "--run", "small")
        assert answer.status == 2
        assert "Ω" in answer.err
        skipped = gptlab("sample", "era Ω uma", "--run", "small", "--unknown", "skip")
        assert skipped.out.startswith("era  uma")
        replaced = gptlab("sample", "era Ω uma", "--run", "small", "--unknown", "replace")
        assert replaced.out.startswith("era   uma")  # no ? in this vocabulary, so a space
        assert "replaced: 'Ω' -> ' '." in replaced.err
        assert "left out: 'Ω'." in skipped.err
        assert gptlab("sample", "era", "--run", "small", "--unknown", "replace").err == ""

    def test_a_knob_that_cannot_be_is_told_in_a_sentence(self, gptlab, run):
        answer = gptlab("sample", "era", "--run", "small", "-t", "-1", "--json")
        assert answer.error["error"] == "sample.temperature cannot be -1.0: it takes a number, at least 0.0."


class TestWhichRun:
    def test_the_newest_that_covers_the_prompt(self, gptlab, home, make_run):
        make_run(home, "older")
        make_run(home, "plain", characters="\n abcdefghijklmnopqrstuvwxyz")
        assert gptlab("sample", "era").err == "plain, step 10 (your newest; --run contos comes with GPTLab)\n"
        assert (
            gptlab("sample", "maçã").err == "older, step 10 (your newest; --run contos comes with GPTLab)\n"
        )

    def test_without_a_checkpoint_a_run_cannot_write(self, gptlab, home, make_run):
        make_run(home, "older")
        make_run(home, "empty", steps=())
        assert gptlab("sample", "era").err == "older, step 10 (your newest; --run contos comes with GPTLab)\n"

    def test_one_that_has_only_begun_is_passed_over_while_there_is_another(self, gptlab, home, make_run):
        yours = "(your newest; --run contos comes with GPTLab)"
        make_run(home, "begun", max_iters=1000)
        assert gptlab("sample", "era").err == f"begun, step 10 {yours}\n"
        make_run(home, "whole")
        make_run(home, "again", max_iters=101)
        passed_over, said = gptlab("sample", "era").err.splitlines()
        assert passed_over == "warning: again is newer, but has only begun to learn: step 10 of 101."
        assert said == f"whole, step 10 {yours}"

    def test_else_the_bundled_one(self, gptlab, home, tmp_path, monkeypatch, make_run):
        monkeypatch.setattr(choose, "data_root", lambda: tmp_path / "shipped")
        make_run(Home(tmp_path / "shipped"), "contos")
        make_run(home, "plain", characters="abcdefghijklmnopqrstuvwxyz")
        assert gptlab("sample", "maçã").err == "contos, step 10 (comes with GPTLab)\n"
        assert (
            gptlab("sample", "maca").err == "plain, step 10 (your newest; --run contos comes with GPTLab)\n"
        )
        answer = gptlab("sample", "Ω")  # nobody has it: the bundled one says so
        assert answer.status == 2
        assert "Ω" in answer.err

    def test_of_a_checkout_the_bundled_one_is_nobodys_newest(self, gptlab, home, monkeypatch, make_run):
        monkeypatch.setattr(choose, "data_root", lambda: home.root)
        make_run(home, "mine")
        make_run(home, "contos")
        assert gptlab("sample", "era").err == "mine, step 10 (your newest; --run contos comes with GPTLab)\n"

    def test_none(self, gptlab, home):
        answer = gptlab("sample", "era")
        assert answer.status == 2
        assert "gptlab train" in answer.err

    def test_by_name_and_step(self, gptlab, run):
        texts = {}
        for step in (5, 10, "best", None):
            answer = gptlab("sample", "era", "--run", "small", *(("--step", step) if step else ()))
            assert answer.err == ""  # it was named
            texts[step] = answer.out
        assert texts[5] == texts["best"] != texts[10] == texts[None]
        assert gptlab("sample", "era", "--run", "smal").status == 2
        assert "5 and 10" in gptlab("sample", "era", "--run", "small", "--step", 7).err


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--top-p", "3", "--temperature", "-1"), ("sample.top_p", "sample.temperature")),
        (("--chain", "top_k,top_q"), ("sample.chain",)),
        (("--chain", "top_k,top_k"), ("twice",)),
        (("--ban", "Ω"), ("sample.ban", "Ω")),
        (("--bias", "ab=1"), ("sample.logit_bias", "2 tokens")),
        (("--bias", "a"), ("--bias",)),
        (("--stop", ""), ("sample.stop",)),
        (("--compare", "chain=1"), ("--compare", "temperature")),
        (("--compare", "temperature=warm"), ("numbers",)),
        (("--compare", "top_k=1,2", "-n", "2"), ("-n",)),
        (("--greedy", "--temperature", "1"), ("--greedy",)),
        (("--step", "last"), ("best",)),
        (("--device", "toaster"), ("toaster",)),
    ],
    ids=" ".join,
)
def test_a_wrong_request_is_named(gptlab, run, options, said):
    answer = gptlab("sample", "era", *options)
    assert (answer.status, answer.out) == (2, "")
    assert all(word in answer.err for word in said)
    assert gptlab("sample", "era", *options, "--json").error["exit_code"] == 2


def test_columns_that_would_be_too_narrow_become_a_stream(monkeypatch, capsys, gptlab, run):
    monkeypatch.setattr(writing, "is_terminal", lambda stream=None: True)
    monkeypatch.setenv("COLUMNS", "50")
    answer = gptlab("sample", "era", "--compare", "temperature=0,1,2")
    assert answer.out.count("--- temperature=") == 3
