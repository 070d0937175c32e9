"""Numbers with their units."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gptlab_tui.render import units


@pytest.mark.parametrize(
    ("size_bytes", "written"),
    [
        (0, "0 MiB"),
        (4096, "0.004 MiB"),
        (1_300_000, "1.24 MiB"),
        (48 * units.MIB, "48.0 MiB"),
        (4_000_000_000, "3,815 MiB"),
        (1, "0.000 MiB"),
    ],
)
def test_mib(size_bytes, written):
    assert units.mib(size_bytes) == written


@pytest.mark.parametrize(
    ("elapsed_s", "written"),
    [
        (0, "0.0 s"),
        (0.84, "0.8 s"),
        (9.96, "10 s"),
        (42, "42 s"),
        (59.7, "1 min 00 s"),
        (185, "3 min 05 s"),
        (3599.6, "1 h 00 min"),
        (7620, "2 h 07 min"),
        (273_600, "3 d 04 h"),
        (math.inf, "–"),
        (math.nan, "–"),
    ],
)
def test_duration(elapsed_s, written):
    assert units.duration(elapsed_s) == written


@pytest.mark.parametrize(
    ("number", "written"),
    [
        (0, "0"),
        (950, "950"),
        (999.9, "1.00k"),
        (12_400, "12.4k"),
        (10_702_464, "10.7M"),
        (175e9, "175B"),
        (999_600, "1.00M"),
        (3.14159e12, "3.14T"),
    ],
)
def test_about(number, written):
    assert units.about(number) == written


@given(st.floats(1, 1e15))
def test_about_is_about_right(number):
    written = units.about(number)
    factor = {"k": 1e3, "M": 1e6, "B": 1e9, "T": 1e12}.get(written[-1], 1.0)
    value = float(written.rstrip("kMBT")) * factor
    assert value == pytest.approx(number, rel=0.5 if number < 10 else 0.05)


def test_count_share_and_rate():
    assert units.count(207_936) == "207,936"
    assert units.share(44_160, 10_702_464) == "0.41 %"
    assert units.share(1, 0) == "–"
    assert units.rate(81_234.4) == "81,234 tok/s"


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (2, "10 s"), (44, "40 s"), (96, "2 min"), (400, "7 min"), (1500, "25 min"), (9100, "2.5 h"),
        (10_800, "3 h"), (60_000, "17 h"), (260_000, "3 days"), (math.inf, "–"),
    ],
)  # fmt: skip
def test_what_is_to_come_is_told_roughly(seconds, said):
    assert units.roughly(seconds) == said


def test_one_thing_is_no_plural():
    said = [units.counted(number, "step") for number in (0, 1, 2, 1000)]
    assert said == ["0 steps", "1 step", "2 steps", "1,000 steps"]
    assert [units.spread(steps) for steps in ((), (7,), (0, 5, 1000))] == [
        "",
        "1, of step 7",
        "3, of steps 0 to 1,000",
    ]
