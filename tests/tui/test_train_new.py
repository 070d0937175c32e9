"""A new run: what the form accepts, and what becomes of the answers of the planning process."""

import json
import subprocess
import sys
import threading

import pytest

from gptlab_tui.home import Home
from gptlab_tui.tui.panes.train.new import check_wish
from gptlab_tui.tui.panes.train.plan import Plan, Planner, Wish, plan_text

PLAN = {
    "parameters": 207_936,
    "vocab_size": 107,
    "memory_bytes": 40 << 20,
    "free_bytes": 4 << 30,
    "fits": True,
    "max_iters": 1000,
    "tokens_per_step": 2048,
    "device": "cpu",
}


def test_a_wish_is_a_command():
    wish = Wish("cpu200k", "contos", "mine", ("train.max_iters=5",))
    assert wish.arguments() == [
        "--preset", "cpu200k", "--corpus", "contos", "--name", "mine", "-o", "train.max_iters=5",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("wish", "word"),
    [
        (Wish("cpu200k", "contos", "", ("train.max_iters=0",)), "max_iters"),
        (Wish("cpu200k", "contos", "", ("train.batch_size=many",)), "batch_size"),
        (Wish("cpu200k", "contos", "a/b"), "name"),
        (Wish("cpu200x", "contos"), "cpu200x"),
    ],
)
def test_what_is_wrong_is_said(tmp_path, wish, word):
    assert word in check_wish(1, wish, Home(tmp_path)).problem


def test_what_is_wrong_is_said_in_the_words_of_the_form(tmp_path):
    home = Home(tmp_path)
    (home.runs / "mine").mkdir(parents=True)
    wish = Wish("cpu200k", "contos", "", ("train.max_iters=0", "train.learning_rate=much"))
    assert check_wish(1, wish, home).problem.splitlines() == [
        "max_iters cannot be 0: it takes a whole number, at least 1.",
        'learning_rate cannot be "much": it takes a number, above 0.0.',
    ]
    taken = check_wish(1, Wish("cpu200k", "contos", "mine"), home).problem
    assert taken == "There is already a run called mine."
    said = {"problem": "No room.", "hint": "Try a smaller train.batch_size."}
    assert Plan().after(said).problem == "No room. Try a smaller batch_size."
    shell = {"problem": "It is no text.", "hint": "Name its encoding with --encoding."}
    assert Plan().after(shell).problem == "It is no text."


def test_a_valid_wish_shows_the_presets_own_values(tmp_path):
    checked = check_wish(7, Wish("cpu200k", "contos"), Home(tmp_path))
    assert checked.number == 7
    assert checked.problem == ""
    assert dict(checked.values)["max_iters"] == "1800"
    assert checked.about


def test_answers_add_up_to_a_plan():
    plan = Plan().after({"number": 1, "plan": PLAN})
    assert plan.parameters == 207_936
    assert not plan.step_s
    plan = plan.after({"number": 1, "rehearsal": {"steps": 2, "of": 5, "step_s": 0.6}})
    assert "rehearsing: 2 of 5" in plan_text(plan, True).plain  # too early to tell
    said = set()
    for pace in (0.0584, 0.06, 0.0612):
        plan = plan.after({"number": 1, "rehearsal": {"steps": 5, "of": 5, "step_s": pace}})
        said.add(plan_text(plan, True).plain.partition("to finish")[2].split("(")[0].strip())
    assert said == {"about 60 s"}
    assert "207,936" in plan_text(plan, True).plain
    assert "fits" in plan_text(plan, True).plain
    assert plan.after({"nonsense": 1}) == plan
    assert "no room" in plan_text(plan.after({"problem": "no room", "hint": ""}), True).plain


def test_what_does_not_fit_says_so():
    plan = Plan().after({"plan": PLAN | {"fits": False}})
    assert "DOES NOT FIT" in plan_text(plan, True).plain


def test_a_form_that_is_closed_while_its_process_starts_leaves_none_behind(tmp_path, monkeypatch):
    starting, go, started = threading.Event(), threading.Event(), []
    real = subprocess.Popen

    def slowly(words, **how):
        starting.set()
        assert go.wait(60)
        started.append(real([sys.executable, "-c", "import sys; sys.stdin.read()"], **how))
        return started[0]

    monkeypatch.setattr(subprocess, "Popen", slowly)
    planner = Planner(Home(tmp_path), lambda number, answer: None)
    asking = threading.Thread(target=planner.ask, args=(1, Wish("cpu200k", "contos")))
    closing = threading.Thread(target=planner.close)
    asking.start()
    assert starting.wait(60)
    closing.start()
    go.set()
    asking.join(60), closing.join(60)
    assert started[0].wait(60) != 0
    planner.ask(2, Wish("cpu200k", "contos"))
    assert len(started) == 1


def test_the_planning_process_plans_and_rehearses(tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-m", "gptlab_tui.training.rehearsal"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    tiny = ["model.n_layer=1", "model.n_head=1", "model.n_embd=8", "train.batch_size=2", "train.threads=1"]
    question = {
        "number": 3, "preset": "cpu200k", "corpus": "contos", "overrides": tiny, "home": str(tmp_path),
    }  # fmt: skip
    process.stdin.write(json.dumps(question) + "\n")
    process.stdin.flush()
    answers = []
    while "done" not in (answers[-1] if answers else {}):
        answers.append(json.loads(process.stdout.readline()))
    question |= {"number": 4, "overrides": [*tiny, "train.max_iters=7", "train.learning_rate=0.5"]}
    process.stdin.write(json.dumps(question) + "\n")
    process.stdin.flush()
    again = []
    while "done" not in (again[-1] if again else {}):
        again.append(json.loads(process.stdout.readline()))
    process.stdin.close()
    assert again[0]["plan"]["max_iters"] == 7
    assert again[1]["rehearsal"] == answers[-2]["rehearsal"]  # of the same shape: not rehearsed again
    assert len(again) == 3
    assert process.wait(60) == 0
    assert answers[0]["plan"]["fits"]
    assert answers[0]["plan"]["vocab_size"] == 107
    assert [one["rehearsal"]["steps"] for one in answers[1:-1]] == [1, 2, 3, 4, 5]
    assert all(one["number"] == 3 for one in answers)


def test_what_a_preset_promises_is_told_as_of_the_preset_once_something_differs(tmp_path):
    home = Home(tmp_path)
    for wish, differs in (
        (Wish("cpu200k", "contos"), False),
        (Wish("cpu200k", "scenes"), True),
        (Wish("cpu200k", "contos", "", ("train.max_iters=40",)), True),
    ):
        about = check_wish(1, wish, home).about
        assert "bits per byte" in about
        assert ("As it comes: " in about) is differs
