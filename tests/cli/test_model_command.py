"""`gptlab model`: the numbers it prints are the model's, and every way of asking works."""

import pytest

pytest.importorskip("torch")


def test_json_has_everything(gptlab):
    answer = gptlab("model", "--preset", "reference-cpu", "--vocab-size", "115", "--json")
    assert answer.status == 0, answer.err
    record = answer.json
    assert record["preset"] == "reference-cpu"
    assert record["parameters"] == 207_936
    assert record["vocab_size"] == 115
    assert sum(part["parameters"] for part in record["parts"]) == 207_936
    assert sum(part["share"] for part in record["parts"]) == pytest.approx(1)
    assert record["tree"]["parameters"] == 207_936
    assert record["flops_per_token"]["forward"] == 440_704
    assert record["plan"]["weights_bytes"] == 4 * 207_936
    assert record["fits"] is True


def test_the_vocabulary_is_the_texts(gptlab, tmp_path):
    text = tmp_path / "mine.txt"
    text.write_text("abracadabra\n" * 100, encoding="utf-8")
    answer = gptlab("model", "--preset", "gpt3-tiny", "--corpus", text, "--json")
    assert answer.json["vocab_size"] == len(set("abracadabra\n"))


def test_the_bundled_text_needs_nothing_else(gptlab):
    assert gptlab("model", "--preset", "gpt3-tiny", "--json").json["parameters"] == 211_008


def test_a_bpe_is_planned_and_not_trained(gptlab):
    asked = ("model", "--preset", "gpt3-tiny", "-o", "tokenizer.kind=bpe", "-o", "tokenizer.vocab_size=777")
    assert gptlab(*asked, "--json").json["vocab_size"] == 777


def test_gpt2s_vocabulary_needs_no_download(gptlab):
    answer = gptlab("model", "--preset", "reference-gpu4gb-gpt2", "--json")
    assert answer.json["vocab_size"] == 50_257
    positions = next(p["parameters"] for p in answer.json["parts"] if p["name"] == "positions")
    assert answer.json["parameters"] - positions == 29_932_416


def test_overrides_change_the_model(gptlab):
    answer = gptlab("model", "--preset", "gpt3-tiny", "--vocab-size", 107, "-o", "model.n_layer=1", "--json")
    assert len(answer.json["tree"]["children"][0]["children"][2]["children"]) == 1


@pytest.mark.parametrize(("memory", "fits"), [("4GB", True), ("600MB", False)])
def test_memory_can_be_asked_about(gptlab, memory, fits):
    answer = gptlab(
        "model", "--preset", "reference-gpu4gb-gpt2", "--memory", memory, "--device", "cuda", "--json"
    )
    assert answer.json["fits"] is fits


def test_what_a_person_sees(gptlab, monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    answer = gptlab("model", "--preset", "reference-cpu", "--vocab-size", "115", "--memory", "4GB")
    assert answer.status == 0, answer.err
    for piece in (
        "207,936 parameters",
        "0 … 3 (each)  Block  49,600",
        "c_attn  Linear  weight 192 x 64, bias 192  12,480",
        "3.54 %",
        "tied",
        "fits into the 4,096 MiB",
    ):
        assert piece in answer.out
    assert gptlab("model", "--preset", "reference-cpu", "--vocab-size", "115", "--memory", "1MB").out.count(
        "does not fit into the 1.00 MiB"
    )


@pytest.mark.parametrize("columns", ["60", "80", "124", "250"])
def test_the_survey_at_every_width(gptlab, monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", columns)
    answer = gptlab("model", "--survey")
    assert answer.status == 0, answer.err
    assert all(len(line.rstrip()) <= int(columns) for line in answer.out.splitlines())
    for name in ("chinchilla-tiny", "GLM-130B", "12288", "DeepNorm: "):
        assert name in answer.out


def test_the_survey_as_json(gptlab):
    record = gptlab("model", "--survey", "--json").json
    assert len(record["models"]) == 15
    assert record["models"][0]["preset"] == "gpt3-tiny"
    assert record["choices"]["positions"].keys() == {"learned", "RoPE", "ALiBi", "relative"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--preset", "gpt3-tiny", "--vocab-size", "9", "--corpus", "contos"), "both say"),
        (("--preset", "gpt3-tiny", "--memory", "much"), "is not an amount of memory"),
        (("--preset", "gpt3-tyni"), "no preset"),
        (("--preset", "gpt3-tiny", "--vocab-size", "0"), "vocab-size"),
        (("--preset", "gpt3-tiny", "-o", "model.n_head=3"), "multiple"),
        (("--preset", "gpt3-tiny", "--corpus", "/nowhere/at/all.txt"), "all.txt"),
    ],
)
def test_what_is_wrong_is_said_with_status_2(gptlab, arguments, message):
    answer = gptlab("model", *arguments, "--json")
    assert answer.status == 2
    assert message in answer.error["error"]
    assert answer.out == ""
