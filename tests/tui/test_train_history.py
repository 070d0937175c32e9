"""The story of a run: what the batches of a journal add up to, whatever its length."""

import math
import random
import threading
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gptlab_tui.events import Controlled, Evaluated
from gptlab_tui.home import data_root
from gptlab_tui.render.pace import Pace
from gptlab_tui.runs.journal import JournalWriter, decode_line, encode_record, read_journal
from gptlab_tui.runs.layout import Run
from gptlab_tui.tui.batch import _LINE, STEP_COLUMNS, Batch, batches, batches_of
from gptlab_tui.tui.follow import Follow, sketch_records, tail_records
from gptlab_tui.tui.history import RunHistory, parting
from gptlab_tui.tui.panes.train.view import View


def step(number, loss, elapsed_s=1.0):
    return {
        "event": "step",
        "step": number,
        "elapsed_s": elapsed_s,
        "train_loss": loss,
        "learning_rate": 1e-3,
        "grad_norm": 0.5,
        "tokens": 64,
        "tokens_per_s": 1000.0,
    }


def evaluated(number, val, train=None, best=False):
    return {
        "event": "evaluated",
        "step": number,
        "elapsed_s": 1.0,
        "val_loss": val,
        "val_bits_per_byte": val * 1.4,
        "train_loss": train,
        "val_tokens": 10,
        "best": best,
    }


def resumed(from_step):
    return {"event": "resumed", "step": from_step, "elapsed_s": 0.0, "from_step": from_step}


def history_of(records):
    history = RunHistory()
    for batch in batches(records):
        history.take(batch)
    return history


def test_columns_hold_what_the_steps_said():
    history = history_of([step(number, 1 / number, number * 0.5) for number in range(1, 50)])
    assert list(history.steps) == list(range(1, 50))
    assert list(history.tracks["train_loss"].ys) == [1 / number for number in range(1, 50)]
    assert history.step == 49
    assert history.elapsed_s == 24.5


def test_a_resumed_run_supersedes_what_came_after():
    records = [step(number, 9.0, number) for number in range(1, 31)]
    records += [evaluated(10, 2.0), evaluated(30, 3.0), resumed(10)]
    records += [step(number, 5.0, number - 10) for number in range(11, 21)]
    history = history_of(records)
    assert list(history.steps) == list(range(1, 21))
    assert list(history.tracks["train_loss"].ys) == [9.0] * 10 + [5.0] * 10
    assert [one.step for one in history.evaluations] == [10]
    assert history.elapsed_s == 20.0  # ten seconds before, ten since


def test_cut_in_any_slices_it_is_the_same_history():
    records = [step(number, math.sin(number), number) for number in range(1, 900)]
    records[500:500] = [resumed(300)] + [step(number, 0.1, number) for number in range(301, 501)]
    whole = history_of(records)
    sliced = RunHistory()
    for start in range(0, len(records), 37):
        for batch in batches(records[start : start + 37]):
            sliced.take(batch)
    assert list(sliced.steps) == list(whole.steps)
    for name in STEP_COLUMNS:
        assert list(sliced.tracks[name].ys) == list(whole.tracks[name].ys)
    first, last = 0, 1000
    assert sliced.envelope("train_loss", first, last) == whole.envelope("train_loss", first, last)


def test_what_is_told_again_takes_the_place_of_what_was_told():
    history = history_of([step(number, 9.0) for number in range(1, 101)] + [evaluated(50, 9.0)])
    for batch in batches([step(number, 1.0) for number in range(1, 41)] + [evaluated(20, 1.0)]):
        history.take(batch)
    assert list(history.steps) == list(range(1, 41))
    assert [(one.step, one.val_loss) for one in history.evaluations] == [(20, 1.0)]


def test_a_journal_in_the_place_of_another_is_another_story(tmp_path, monkeypatch):
    monkeypatch.setattr("gptlab_tui.tui.follow._IDLE_S", 0.01)
    run, cancelled = Run(tmp_path / "one"), threading.Event()
    run.path.mkdir()

    def write(path, steps, losses):
        with JournalWriter(path) as journal:
            for number in range(1, steps + 1):
                journal.append(step(number, 1.0))
            for number, loss in losses.items():
                journal.append(evaluated(number, loss))

    class Pane:
        history, before = RunHistory(), RunHistory()

        def post_message(self, message):
            self.history, follow.taken, _ = message.into(self.history, follow.taken)
            if len(self.history.steps) == 100:
                write(tmp_path / "new", 40, {0: 5.0, 40: 4.0})
                (tmp_path / "new").replace(run.journal)
            return len(self.history.steps) != 40 and not cancelled.is_set()

    write(run.journal, 100, {0: 9.0, 100: 8.0})
    follow, pane = Follow(run, 1, every_s=0.01), Pane()
    follow.run(pane, cancelled)
    assert len(pane.history.steps) == 40
    assert [(one.step, one.val_loss) for one in pane.history.evaluations] == [(0, 5.0), (40, 4.0)]


def test_a_long_column_is_drawn_from_groups_that_lose_no_peak():
    count = 70_000
    values = [math.sin(number / 500) for number in range(count)]
    values[43_210] = 99.0
    values[55_555] = -99.0
    history = history_of([step(number + 1, value) for number, value in enumerate(values)])
    xs, ys = history.envelope("train_loss", 0, count)
    assert len(xs) == len(ys) <= 2 * 4096 + 2
    assert max(ys) == 99.0
    assert min(ys) == -99.0
    assert xs == sorted(xs)
    assert history.envelope("train_loss", 100, 200) == (list(range(100, 201)), values[99:200])


def test_smoothing_is_the_mean_over_so_many_records_and_fewer_at_the_beginning():
    values = [4.0 * math.exp(-number / 30) + (number % 7) / 10 for number in range(200)]
    history = history_of([step(number + 1, value) for number, value in enumerate(values)])
    mean, wanted = 0.0, []
    for number, value in enumerate(values):
        records = max(1, min(10, number // 10))
        mean += (value - mean) / records
        wanted.append(mean)
    xs, ys = history.smoothed("train_loss", 0, 200, 10)
    assert xs == list(range(1, 201))
    assert ys == pytest.approx(wanted)
    later_xs, later_ys = history.smoothed("train_loss", 151, 200, 10)
    assert later_xs == list(range(151, 201))
    assert later_ys == pytest.approx(wanted[150:], rel=1e-3)


@pytest.mark.parametrize(("count", "over"), [(5, 1), (50, 2), (500, 10), (5000, 30), (50_000, 200)])
def test_the_smoothed_loss_neither_lags_nor_shakes(count, over):
    draw = random.Random(7)
    true = [1.5 + 3 * math.exp(-6 * number / count) for number in range(count)]
    told = [value + draw.gauss(0, 0.1) for value in true]
    history = history_of([step(number + 1, value) for number, value in enumerate(told)])
    view = View()
    assert view.smoothed_over(history) == over
    xs, ys = history.smoothed("train_loss", 0, count, over)

    def error(values, steps):
        pairs = [(value - true[int(at) - 1]) ** 2 for at, value in zip(steps, values, strict=True)]
        return math.sqrt(sum(pairs) / len(pairs))

    assert error(ys, xs) <= error(told, range(1, count + 1)) * (1 if count < 500 else 0.6)
    assert abs(sum(y - true[int(x) - 1] for x, y in zip(xs, ys, strict=True)) / len(ys)) < 0.08


def test_parting_is_told_where_validation_rises_twice_while_train_falls():
    def run(*pairs):
        return [
            Evaluated(
                step=100 * at,
                elapsed_s=0,
                val_loss=val,
                val_bits_per_byte=0,
                train_loss=train,
                val_tokens=1,
                best=False,
            )
            for at, (val, train) in enumerate(pairs)
        ]

    assert parting(run((3.0, 3.0), (2.0, 2.0), (2.1, 1.8), (2.2, 1.6))) == 100
    assert parting(run((3.0, 3.0), (2.0, 2.0), (2.1, 1.8))) is None
    assert parting(run((3.0, 3.0), (2.0, 2.0), (2.1, 2.1), (2.2, 2.2))) is None
    assert parting(run((3.0, 3.0), (2.0, 2.0), (2.1, 1.8), (2.2, 1.6), (1.9, 1.5))) is None
    assert parting([]) is None


def said(step_, command, key=None, value=None, outcome="applied"):
    event = Controlled(step=step_, elapsed_s=0.0, command=command, key=key, value=value, outcome=outcome)
    return event.to_json()


def test_commands_that_were_applied_are_known():
    history = history_of([said(5, "pause"), said(5, "set", "lr_scale", 0.5), said(5, "set", "max_iters", 70)])
    assert history.paused
    assert history.lr_scale == 0.5
    assert history.max_iters == 70
    refused = history_of([said(5, "pause", outcome="refused")])
    assert not refused.paused


def test_junk_in_a_journal_breaks_nothing():
    records = [
        {"event": "evaluated", "step": 1, "elapsed_s": 0, "val_loss": "much", "val_bits_per_byte": 1,
         "train_loss": None, "val_tokens": 1, "best": True},
        {"event": "sampled", "step": 1, "elapsed_s": 0, "prompt": 7, "text": []},
        {"event": "step", "step": "x", "train_loss": None},
        {"event": "nonsense"},
    ]  # fmt: skip
    history = history_of(records)
    assert history.evaluations == []
    assert history.samples == []
    assert math.isnan(history.last("train_loss"))


@pytest.fixture
def long_run(tmp_path):
    run = Run(tmp_path / "checkpoints" / "long")
    run.path.mkdir(parents=True)
    with JournalWriter(run.journal) as journal:
        for number in range(1, 3001):
            journal.append(step(number, 1 / number))
        journal.append(resumed(2500))
        for number in range(2501, 6001):
            journal.append(step(number, 2.0))
            if number % 500 == 0:
                journal.append(evaluated(number, 1.5))
    return run


def test_the_tail_is_the_end_of_a_full_read(long_run):
    whole = list(read_journal(long_run.journal, effective=True))
    for size in (10_000, 200_000, 600_000, 5_000_000):
        tail = tail_records(long_run, size)
        assert tail
        assert tail == whole[-len(tail) :]
    assert tail == whole


def test_a_column_is_read_at_a_step_or_the_record_before_it():
    history = RunHistory()
    steps = (1.0, 4.0, 9.0)
    history.take(Batch(steps, tuple([10 * step for step in steps] for _ in STEP_COLUMNS)))
    found = [history.at("train_loss", step) for step in (1, 3, 4, 8.5, 9, 1e9)]
    assert found == [10.0, 10.0, 40.0, 40.0, 90.0, 90.0]
    assert math.isnan(history.at("train_loss", 0))


def test_a_sketch_has_the_end_whole_and_the_rest_in_order(long_run, monkeypatch):
    monkeypatch.setattr("gptlab_tui.tui.follow.TAIL_BYTES", 40_000)
    records = sketch_records(long_run, long_run.journal.stat().st_size)
    history = history_of(records)
    steps = list(history.steps)
    assert steps == sorted(set(steps))
    assert steps[0] < 50
    whole = history_of(read_journal(long_run.journal, effective=True))
    known = dict(zip(whole.steps, whole.tracks["train_loss"].ys, strict=True))
    assert all(known[at] == loss for at, loss in zip(steps, history.tracks["train_loss"].ys, strict=True))
    tail = history_of(tail_records(long_run, 40_000))
    assert steps[-len(tail.steps) :] == list(tail.steps)


class Screen:
    """Takes messages as a pane does."""

    def __init__(self, follow):
        self.follow, self.history = follow, RunHistory()
        self.cancelled = threading.Event()
        self.messages, self.sketched = 0, []

    def post_message(self, message):
        self.messages += 1
        self.history, self.follow.taken, _ = message.into(self.history, self.follow.taken)
        if message.read < 1:
            self.sketched.append((message.read, list(self.history.steps)))
        else:
            self.cancelled.set()
        return True


def same(one, other):
    """Whether two histories say the same, to the last bit; NaN is NaN."""
    assert repr(list(one.steps)) == repr(list(other.steps))
    for name in STEP_COLUMNS:
        assert repr(list(one.tracks[name].ys)) == repr(list(other.tracks[name].ys))
    for name in (
        "evaluations", "samples", "commands", "skipped", "started", "ended", "latest", "max_iters",
        "lr_scale", "paused",
    ):  # fmt: skip
        assert repr(getattr(one, name)) == repr(getattr(other, name)), name


def test_following_ends_with_the_history_of_a_full_read(long_run, monkeypatch):
    monkeypatch.setattr("gptlab_tui.tui.follow.SHORT_BYTES", 1000)
    monkeypatch.setattr("gptlab_tui.tui.follow._SLICE_BYTES", 50_000)
    monkeypatch.setattr("gptlab_tui.tui.follow._SAY_S", 0.0)
    follow = Follow(long_run, 1, 0.01)
    screen = Screen(follow)
    follow.run(screen, screen.cancelled)
    whole = history_of(read_journal(long_run.journal, effective=True))
    shares = [read for read, _ in screen.sketched]
    assert shares == sorted(set(shares))
    assert len(shares) > 5
    assert all(steps[-1] == 6000 for _, steps in screen.sketched)
    assert list(screen.history.steps) == list(whole.steps)
    assert list(screen.history.tracks["train_loss"].ys) == list(whole.tracks["train_loss"].ys)
    assert screen.history.evaluations == whole.evaluations


def test_what_is_written_while_the_rest_is_read_is_seen_at_once(long_run, monkeypatch):
    monkeypatch.setattr("gptlab_tui.tui.follow.SHORT_BYTES", 1000)
    monkeypatch.setattr("gptlab_tui.tui.follow._SLICE_BYTES", 50_000)
    monkeypatch.setattr("gptlab_tui.tui.follow._SAY_S", 0.0)
    follow = Follow(long_run, 1, 0.01)
    screen = Screen(follow)
    take = screen.post_message

    def write(message):
        if screen.messages == 1:
            with JournalWriter(long_run.journal) as journal:
                journal.append(step(6001, 7.0))
        return take(message)

    screen.post_message = write
    follow.run(screen, screen.cancelled)
    assert screen.sketched[-1][1][-1] == 6001
    assert list(screen.history.steps)[-2:] == [6000, 6001]


def test_what_was_not_taken_comes_again(long_run, monkeypatch):
    monkeypatch.setattr("gptlab_tui.tui.follow.SHORT_BYTES", 1000)
    follow = Follow(long_run, 1, 0.01)
    posted = []

    class Deaf:
        def post_message(self, message):
            posted.append(message)
            if message.read == 1:
                with JournalWriter(long_run.journal) as journal:
                    journal.append(step(7000 + len(posted), 1.0))
            return len(posted) < 4

    follow.run(Deaf(), threading.Event())
    last = posted[-1]
    history, taken, _ = last.into(RunHistory(), 0)
    assert taken == last.news[-1][0]
    assert history.step == 7003
    assert last.into(history, taken) == (history, taken, [])
    assert last.can_replace(posted[0])


#: Values as a journal may have them, and as it should not.
_VALUES = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False),
    st.integers(-(10**400), 10**400),
    st.sampled_from([None, True, "1", [1], {}, 0, -0.0, 1e299, 1e300, -1e308, 5e-324]),
)
_RECORDS = st.one_of(
    st.builds(step, st.integers(0, 10**20), st.floats(0, 10), st.floats(0, 1e6)),
    st.builds(lambda one, name, value: one | {name: value}, st.builds(step, st.integers(0, 99), st.just(1.0)),
              st.sampled_from(["step", *STEP_COLUMNS, "tokens", "time", "more"]), _VALUES),
    st.builds(lambda one, name: {key: one[key] for key in one if key != name},
              st.builds(step, st.integers(0, 99), st.just(1.0)), st.sampled_from(["step", *STEP_COLUMNS])),
    st.builds(evaluated, st.integers(0, 99), st.floats(0, 9)),
    st.builds(resumed, st.integers(0, 99)),
    st.just({"event": "sampled", "step": 1, "elapsed_s": 0.0, "prompt": "é", "text": '{"event":"step"'}),
)  # fmt: skip
_TORN = st.sampled_from([
    lambda line: line,
    lambda line: line.replace(b"1", b"7", 1),  # its proof is wrong then
    lambda line: line[: len(line) // 2],
    lambda line: line + b"  \r",
    lambda line: b" " + line,
    lambda line: line.replace(b"1.0", b"01.0") if b"1.0" in line else b"",
    lambda line: _proved(line.replace(b":1.0", b":1.").replace(b":0.5", b":.5")),
    lambda line: _proved(line.replace(b":1.0", b":1.0e+0").replace(b":0.5", b":5E-1")),
    lambda line: _proved(line.replace(b":1.0", b":1e999").replace(b":0.5", b":NaN")),
    lambda line: _proved(line.replace(b":", b": ")),
    lambda line: line.replace(b'"crc":', b'"crc":0'),
    lambda line: b"",
])  # fmt: skip


def _proved(line):
    """The line with a proof that fits it, whatever it says."""
    body = line[: line.rindex(b',"crc":')]
    return body + b',"crc":%d}' % zlib.crc32(body + b"}")


@given(st.lists(st.tuples(_RECORDS, _TORN), max_size=30))
def test_steps_read_many_at_a_time_are_what_they_are_one_by_one(pairs):
    lines = [torn(encode_record(record)[:-1]) for record, torn in pairs]
    found = [record for line in lines if (record := decode_line(line)) is not None]
    plain, fast = RunHistory(), RunHistory()
    for batch in batches(found):
        plain.take(batch)
    for batch in batches_of(b"\n".join(lines)):
        fast.take(batch)
    same(fast, plain)


def test_what_a_training_writes_is_read_many_at_a_time():
    """Else a long journal takes long; the lines of the run that we ship are as the trainer writes them."""
    text = (data_root() / "checkpoints" / "contos" / "journal.jsonl").read_bytes()
    steps = [line for line in text.split(b"\n") if line.startswith(b'{"event":"step"')]
    assert len(steps) > 100
    assert all(found[0] for found in _LINE.findall(b"\n".join(steps)))


def test_the_time_left_is_that_of_the_command_line():
    """Slow evaluations between the steps count; a pause, and what another command took, do not."""
    started = {
        "event": "started", "step": 0, "elapsed_s": 0.0, "run": "mine", "parameters": 1, "vocab_size": 2,
        "tokens_per_step": 64, "micro_batch": 2, "max_iters": 1000, "device": "cpu", "dtype": "fp32",
        "threads": 1, "corpus": "contos", "train_tokens": 9, "val_tokens": 9, "memory_bytes": 1,
        "free_memory_bytes": 2, "disk_bytes": 3,
    }  # fmt: skip
    assert history_of([]).remaining_s() == math.inf
    assert history_of([started, step(1, 1.0, 5.0)]).remaining_s() == pytest.approx(999 * 0.064)
    pace, elapsed_s, records = Pace(), 0.0, [started]
    for number in range(1, 601):
        elapsed_s += 0.1 + 2.0 * (number % 100 == 1)
        if number == 550:
            pace.interrupt()
            records.append({"event": "controlled", "step": 549, "elapsed_s": 1.0, "command": "pause"})
            elapsed_s += 3600
        records.append(step(number, 1.0, elapsed_s))
        pace.report(number, elapsed_s, 0.064)
    history = history_of(records)
    assert history.remaining_s() == pytest.approx(pace.remaining_s(400), rel=1e-3)
    again = history_of([*records, resumed(600), step(601, 1.0, 60.0), step(602, 1.0, 60.5)])
    assert again.remaining_s() == pytest.approx(398 * 0.564 / 1.98, rel=0.02)


def test_no_journal_is_no_history(tmp_path):
    follow = Follow(Run(tmp_path / "none"), 1, 0.01)
    screen = Screen(follow)
    follow.run(screen, screen.cancelled)
    assert screen.history.step == 0
    assert screen.messages == 1


def test_the_rate_that_is_told_goes_with_the_factor_beside_it():
    """The last step had another factor where somebody has changed it since."""
    steps = [step(number, 1.0, 0.1 * number) for number in range(10, 60, 10)]
    history = history_of([*steps, said(53, "set", "lr_scale", 0.5)])
    assert history.learning_rate == pytest.approx(0.5 * history.last("learning_rate"))
    halved = [*steps[:4], said(43, "set", "lr_scale", 0.5), steps[4]]
    history = history_of(halved)
    assert history.learning_rate == history.last("learning_rate")
    saved = history_of([*halved, said(53, "set", "lr_scale", 1.0), said(56, "save")])
    assert saved.learning_rate == pytest.approx(2.0 * saved.last("learning_rate"))
    twice = history_of([*halved, said(53, "set", "lr_scale", 2.0), said(56, "set", "lr_scale", 4.0)])
    assert twice.learning_rate == pytest.approx(8.0 * twice.last("learning_rate"))
