"""Which run Train shows, and which come before and after it."""

from __future__ import annotations

from gptlab_tui.errors import GPTLabError
from gptlab_tui.home import Home
from gptlab_tui.runs.layout import BUNDLED, Run, find_run
from gptlab_tui.runs.summary import RunSummary


def choose(home: Home, listed: list[RunSummary], asked: str, remembered: str) -> Run | None:
    """The run that was asked for; else one that is alive, else the one of last time, else the newest.

    Of several that are alive it is that of last time, or else the newest.
    """
    names = order(listed)
    alive = names[: count_alive(listed)]
    for name in (asked, remembered if remembered in alive else "", *alive[:1], remembered, *names[:1]):
        try:
            if name:
                return find_run(home, name)
        except GPTLabError:
            continue
    return None


def count_alive(listed: list[RunSummary]) -> int:
    """How many runs are in training."""
    return sum(one.alive and one.state != "broken" for one in listed)


def order(summaries: list[RunSummary]) -> list[str]:
    """Names of runs that can be watched: those alive first, each kind newest first.

    After runs of one's own comes the bundled one, to compare with.
    """
    whole = [one for one in summaries if one.state != "broken"]
    names = [one.name for one in whole if one.alive] + [one.name for one in whole if not one.alive]
    return [*names, BUNDLED] if names and BUNDLED not in names else names


def beside(names: list[str], name: str, step: int) -> str | None:
    """The name so many places on, round and round; the first where the present one is not listed."""
    if not names:
        return None
    if name not in names:
        return names[0]
    return names[(names.index(name) + step) % len(names)]
