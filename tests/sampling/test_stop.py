"""A stop is found wherever the text is cut, and nothing of it is let out."""

from hypothesis import given
from hypothesis import strategies as st

from gptlab_tui.sampling.stop import StopWatch

texts = st.text("abc", max_size=30)
stops = st.lists(st.text("abc", min_size=1, max_size=4), max_size=3)


def run(pieces, stops):
    """What is let out of pieces, and whether a stop was found."""
    watch, out = StopWatch(stops), ""
    for piece in pieces:
        text, stopped = watch.push(piece)
        out += text
        if stopped:
            return out, True
    return out + watch.finish(), False


def by_definition(text, stops):
    """The text before the stop that is complete first; of several, the longest."""
    for end in range(1, len(text) + 1):
        found = [stop for stop in stops if text[:end].endswith(stop)]
        if found:
            return text[: end - max(map(len, found))], True
    return text, False


@given(texts, stops, st.data())
def test_however_the_text_is_cut_the_definition_holds(text, stops, data):
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=6)))
    pieces = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    assert run(pieces, stops) == by_definition(text, stops)


@given(texts, stops)
def test_no_more_is_held_back_than_may_become_a_stop(text, stops):
    watch, out = StopWatch(stops), ""
    for character in text:
        piece, stopped = watch.push(character)
        out += piece
        if stopped:
            return
    held = text[len(out) :]
    assert not held or any(stop.startswith(held) for stop in stops)


def test_without_stops_everything_passes_at_once():
    watch = StopWatch(())
    assert watch.push("abc") == ("abc", False)
    assert watch.finish() == ""


def test_what_is_held_back_comes_at_the_end():
    watch = StopWatch(["fim."])
    assert [watch.push(piece)[0] for piece in ("o f", "i", "m")] == ["o ", "", ""]
    assert watch.finish() == "fim"
