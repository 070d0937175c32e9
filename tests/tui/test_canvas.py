"""The drawing that scrolls: what lies beyond its edge for the moment ends nothing."""

import asyncio

from textual.app import App

from gptlab_tui.render.heat import plain
from gptlab_tui.render.places import Drawing, Span
from gptlab_tui.tui.widgets.canvas import Canvas
from tests.tui.driving import screen_text


def test_a_drawing_that_is_wider_than_the_room_for_it():
    # Between a resize and the laying out that follows, the old drawing stands in the new width.
    spans = ((Span(0, 2, 9),), (Span(0, 25, 40),), (Span(0, 50, 60),))
    wide = Drawing([plain("x" * 60)], spans)

    class Room(App):
        def compose(self):
            yield Canvas(id="canvas")

    async def go():
        app = Room()
        async with app.run_test(size=(30, 4)) as pilot:
            canvas = app.query_one(Canvas)
            for place in range(3):
                canvas.show(lambda width: wide)
                canvas.stress(frozenset({0, 1, 2}))
                canvas.go(place)
                await pilot.pause()
                assert "x" * 20 in screen_text(app)

    asyncio.run(go())
