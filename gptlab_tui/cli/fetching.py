"""Bringing a public text in the middle of another verb, with a word about it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from gptlab_tui.cli.common import state
from gptlab_tui.cli.corpus import Bar

if TYPE_CHECKING:
    from gptlab_tui.home import Home
    from gptlab_tui.text.catalog import CatalogEntry
    from gptlab_tui.text.sources import Fetch


def fetch_with_progress(home: Home) -> Fetch:
    """What `open_corpus` calls for a text of the catalogue that is not there yet."""

    def bring(entry: CatalogEntry) -> None:
        from gptlab_tui.text.fetch import fetch

        if not state.json:
            sys.stderr.write(f"{entry.title} by {entry.author} ({entry.licence}) is fetched once\n")
        with Bar(entry.name) as bar:
            fetch(entry, home, bar.progress)

    return bring
