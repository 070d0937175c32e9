"""Words in a room of their own: drawn where they, or their colours, are others."""

import asyncio

from textual.app import App
from textual.content import Content

from gptlab_tui.tui.widgets.words import Words
from tests.tui.driving import until


class Counted(Words):
    """Counts how often it is drawn."""

    drawn = 0

    def update(self, *arguments, **options):
        self.drawn += 1
        super().update(*arguments, **options)


class Page(App[None]):
    def compose(self):
        yield Counted()


def test_other_words_or_colours_are_drawn_and_the_same_are_not():
    async def go():
        async with Page().run_test(size=(20, 5)) as pilot:
            words = pilot.app.query_one(Counted)
            for said, drawn in (
                ("[b]one", 1),
                (Content("[b]one"), 1),
                (Content.styled("[b]one", "$error"), 2),
                (Content.styled("[b]one", "$error"), 2),
                ("two", 3),
            ):
                words.say(said)
                assert words.drawn == drawn
            await until(pilot, lambda: words.render_line(0).text.strip() == "two")
            assert words.size.height == 5

    asyncio.run(go())
