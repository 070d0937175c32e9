"""`z`: a panel has the whole screen, lays itself out for it, and the line of keys says how to leave."""

import asyncio

import pytest
from textual.geometry import Region
from textual.widgets import Static

from gptlab_tui.tui.keyline import KeyLine
from gptlab_tui.tui.models import Models
from gptlab_tui.tui.panel import Panel
from gptlab_tui.tui.panes import catalogue
from gptlab_tui.tui.panes.train.panels import SamplesPanel
from tests.tui.driving import PATIENCE_S, screen_text, until, workbench


def fills(app, panel):
    """Whether a panel and what is in it have all but the line of keys, which says how to leave."""
    inside = [one.region for one in panel.children]
    width = max(one.right for one in inside) - min(one.x for one in inside)
    whole = panel.region == Region(0, 0, 140, 39)
    return whole and width >= 86 and "Unzoom" in app.query_one(KeyLine).render().plain


def test_every_panel_of_every_pane_gets_the_whole_screen(runs, monkeypatch):
    monkeypatch.setattr(Models, "ask", lambda *_, **__: 0)  # no answer changes where panels stand

    async def go():
        async with workbench(runs, "runs", (140, 40)) as (app, pilot):
            zoomed = []
            for name in catalogue.PANES:
                await app.show(name)
                await until(pilot, lambda: any(panel.region.area for panel in app.pane.query(Panel)))
                for panel in [one for one in app.pane.query(Panel) if one.display and one.region.area]:
                    app.screen.maximize(panel, container=False)
                    async with asyncio.timeout(PATIENCE_S):
                        while not fills(app, panel):
                            await asyncio.sleep(0.01)
                    zoomed.append(panel.id)
                app.screen.minimize()
            assert len(zoomed) > 20

    asyncio.run(go())


@pytest.mark.parametrize("size", [(80, 24), (140, 40)])
def test_samples_are_laid_out_for_the_screen_and_for_their_place(runs, size):
    async def go():
        async with workbench(runs, "train", size) as (app, pilot):
            panel = app.query_one(SamplesPanel)

            def laid_out(width):
                first = str(panel.query_one(Static).content).split("\n")[0]
                return panel.content_size.width == len(first) == width

            await pilot.press("t")
            await until(pilot, lambda: panel.content_size.width and laid_out(panel.content_size.width))
            before = panel.content_size.width
            await pilot.press("z")
            await until(pilot, lambda: laid_out(size[0] - 4))
            assert "z esc Unzoom" in screen_text(app)
            await pilot.press("escape")
            await until(pilot, lambda: laid_out(before) and "Unzoom" not in screen_text(app))
            await pilot.press("z", "5")  # a zoomed panel does not hide another pane
            await until(pilot, lambda: app.pane.id == "runs" and "3.1000" in screen_text(app))

    asyncio.run(go())
