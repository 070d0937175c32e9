"""What other panes may ask of Generate."""

from __future__ import annotations

from dataclasses import dataclass

from textual.message import Message


@dataclass
class WriteWith(Message, bubble=False):
    """Asks to write with the newest checkpoint of a run."""

    run: str
