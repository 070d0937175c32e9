"""`gptlab inspect …`: look inside a trained model. Each verb has a file of its own."""

from __future__ import annotations

import typer

from gptlab_tui.cli.inspect_attention import attention
from gptlab_tui.cli.inspect_counts import counts
from gptlab_tui.cli.inspect_draw import draw
from gptlab_tui.cli.inspect_embeddings import embeddings
from gptlab_tui.cli.inspect_heads import heads
from gptlab_tui.cli.inspect_lens import lens
from gptlab_tui.cli.inspect_memory import memory
from gptlab_tui.cli.inspect_motion import motion
from gptlab_tui.cli.inspect_next import next_token
from gptlab_tui.cli.inspect_surprise import surprise
from gptlab_tui.cli.inspect_walk import walk
from gptlab_tui.cli.inspect_weights import weights

app = typer.Typer()


@app.callback()
def inspect() -> None:
    """Look inside a trained model: what it says next and why, what it learned, and when.

    Examples:
      gptlab inspect next "A figura é po"              # every token that may come
      gptlab inspect draw --probs 0.1,0.1,0.3,0.5      # how one of them is drawn
      gptlab inspect counts "A figura é po"            # beside what counting says
      gptlab inspect lens "A figura é poética"         # what each layer would say
      gptlab inspect surprise "A figura é poética"     # what it did not expect
      gptlab inspect memory                            # what it copies
      gptlab inspect attention "A figura é poética"    # where its heads look
      gptlab inspect heads                             # what each head is for
      gptlab inspect walk "A figura"                   # every tensor on the way
      gptlab inspect weights                           # its parameters
      gptlab inspect embeddings                        # its vectors, in a picture
      gptlab inspect motion                            # how they came to lie so
    """


app.command("next")(next_token)
for verb in (draw, counts, lens, surprise, memory, attention, heads, walk, weights, embeddings, motion):
    app.command()(verb)
