"""The time that is left: known from the first report on, and steady."""

import math

from gptlab_tui.render.pace import Pace


def test_before_the_first_report_nothing_is_known():
    assert Pace().remaining_s(10) == math.inf


def test_the_first_report_is_a_guess_and_later_ones_are_measured():
    pace = Pace()
    pace.report(1, 30.0, 0.5)  # thirty seconds of starting are no pace
    assert pace.remaining_s(100) == 50
    pace.report(101, 130.0, 0.5)
    assert 95 < pace.remaining_s(100) <= 100


def test_one_odd_report_moves_it_little():
    pace = Pace()
    for number in range(1, 51):
        pace.report(number * 10, number * 10.0, 1.0)
    before = pace.remaining_s(1000)
    pace.report(510, 540.0, 4.0)  # forty seconds instead of ten
    assert before < pace.remaining_s(1000) < 1.12 * before


def test_a_pause_does_not_count():
    pace = Pace()
    pace.report(10, 10.0, 1.0)
    pace.report(20, 20.0, 1.0)
    pace.interrupt()
    pace.report(30, 10_000.0, 1.0)
    pace.report(40, 10_010.0, 1.0)
    assert round(pace.remaining_s(10), 6) == 10
    assert pace.remaining_s(-1) == 0
