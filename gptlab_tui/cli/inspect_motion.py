"""`gptlab inspect motion`: how the vectors of a model move while it learns, in frames, curves and numbers."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gptlab_tui.cli.common import console, emit_json, is_terminal
from gptlab_tui.cli.inspect_common import (
    Ascii,
    AsJson,
    Pictures,
    Png,
    Run,
    Step,
    Svg,
    Width,
    columns_for,
    open_for,
    pass_over,
    way_of,
)
from gptlab_tui.cli.inspect_embeddings import Groups, Method, Most, Of
from gptlab_tui.cli.motion_views import View, caption, panels, show, some_panels, to_json
from gptlab_tui.cli.new_files import new_path
from gptlab_tui.cli.watching import busy


def motion(
    run: Run = None,
    step: Step = None,
    of: Of = "tokens",
    method: Method = "tsne",
    group: Groups = None,
    most: Most = 1000,
    ascii_only: Ascii = False,
    width: Width = None,
    gif: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", callback=new_path, help="Write a film as GIF; it must not be there yet."
        ),
    ] = None,
    mp4: Annotated[
        Path | None, typer.Option(metavar="FILE", callback=new_path, help="The same as video; needs ffmpeg.")
    ] = None,
    svg: Svg = None,
    png: Png = None,
    as_json: AsJson = False,
) -> None:
    """Show how token or position vectors move over the snapshots of a run, up to a step.

    Frames are aligned, so that what moves is the model: by PCA all are shadows on one plane, by t-SNE
    each begins where the last one ended and is laid over it. What the method moves by itself is told.
    The numbers are measured in all dimensions and need no picture.

    Examples:
      gptlab inspect motion
      gptlab inspect motion --group aeiou --group 0123456789
      gptlab inspect motion --of positions --run learned --method pca
      gptlab inspect motion --group aeiou --gif tokens.gif
    """
    with busy("loading PyTorch", quiet=as_json) as status:
        from gptlab_tui.cli import film_files
        from gptlab_tui.insight import motion as moving
        from gptlab_tui.insight.embeddings import places_of

        pictures = Pictures(svg, png)
        if mp4 is not None and gif is None and not pictures:
            film_files.find_ffmpeg()  # else it is missed last, when the other files are there

        def tell(done: int, count: int) -> None:
            if status is not None:
                status.update(f"step {done} of {count}")

        opened = open_for("", run, step)
        asked = moving.group_places(opened, of, group or ())
        also = [number for ids in asked.values() for number in ids]
        found = moving.embeddings_over_time(
            opened,
            of,
            opened.config.model.block_size if of == "positions" else most,
            also,
            tell,
            passed_over=pass_over,
        )
        groups = {text: places_of(found[0], ids) for text, ids in asked.items()}
        view = View(
            opened,
            found[-1].vectors.shape[1],
            moving.measure(found, groups),
            moving.lay_out(found, method, tell),
            groups,
        )
    if as_json:
        emit_json(to_json(view))
    if pictures:
        pictures.panels(some_panels(view), caption(view), abreast=3)
    if gif is not None or mp4 is not None:
        from gptlab_tui.render import film

        frames = panels(view)
        with busy("drawing the film", quiet=as_json):
            if gif is not None:
                film_files.save_gif(gif, film.size(frames), film.PALETTE, film.film(frames))
            if mp4 is not None:
                film_files.save_mp4(mp4, film.size(frames), film.PALETTE, film.film(frames))
    if not as_json and not pictures and gif is mp4 is None:
        way = way_of(console(), ascii_only)
        show(view, way, columns_for(width), colour=way == "colour" and is_terminal())
