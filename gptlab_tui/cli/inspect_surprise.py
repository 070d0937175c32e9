"""`gptlab inspect surprise`: a text coloured by how little a model expected each token."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from gptlab_tui.cli.common import emit_json, few, state, warn
from gptlab_tui.cli.complete import complete_corpus, complete_run
from gptlab_tui.cli.inspect_common import (
    Ascii,
    AsJson,
    Pictures,
    Png,
    Run,
    Step,
    Svg,
    Unknown,
    Width,
    WithoutHeads,
    ids_of,
    open_against,
    open_for,
    text_of,
    which,
)
from gptlab_tui.cli.surprise_views import (
    How,
    difference_json,
    parts_of,
    show_difference,
    show_surprise,
    surprise_json,
)
from gptlab_tui.cli.watching import busy
from gptlab_tui.errors import GPTLabError
from gptlab_tui.render.units import counted

if TYPE_CHECKING:
    import numpy as np

    from gptlab_tui.insight.surprise import Surprise
    from gptlab_tui.model.open_run import OpenModel
    from gptlab_tui.text.protocol import Ids

#: So many characters of a long text are read for each token that is wanted of it.
LONGEST_TOKEN = 16


def surprise(
    text: Annotated[
        str | None,
        typer.Argument(
            metavar="[TEXT]",
            callback=text_of,
            help="By default the run's validation part, which it never learnt; - is standard input.",
        ),
    ] = None,
    corpus: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Another text: a name or a file.", autocompletion=complete_corpus),
    ] = None,
    run: Run = None,
    step: Step = None,
    against: Annotated[
        str | None,
        typer.Option(
            metavar="RUN",
            help="Set against this run on the same text, whatever its tokenizer.",
            autocompletion=complete_run,
        ),
    ] = None,
    against_step: Annotated[
        str | None, typer.Option(metavar="N", help="Set against this step, of the same run or of --against.")
    ] = None,
    windows: Annotated[
        Literal["overlapping", "consecutive"] | None,
        typer.Option(
            help="`consecutive` as in `gptlab eval`; `overlapping`, the default for TEXT, tells every token "
            "after the first context from half a context or more."
        ),
    ] = None,
    limit: Annotated[int, typer.Option(metavar="N", min=2, help="Of the text, so many tokens.")] = 100_000,
    show: Annotated[int, typer.Option(metavar="N", min=0, help="Colour so many tokens.")] = 800,
    without_heads: WithoutHeads = None,
    unknown: Unknown = "error",
    ascii_only: Ascii = False,
    width: Width = None,
    svg: Svg = None,
    png: Png = None,
    as_json: AsJson = False,
) -> None:
    """Show how little a model expected each token of a text: -log2 p, in bits.

    Below each line stand the bits of each token, rounded: 1 is a coin's throw, 9 is 9 or more, less than
    a half is blank. Then come the most surprising tokens, and the mean by context, class and frequency.

    With --against two models read the same text, and each stretch that both cut alike shows who paid
    more for it; in bits per byte they compare even across tokenizers.

    Examples:
      gptlab inspect surprise "A figura é poética"
      gptlab inspect surprise --run contos                  # its validation part
      gptlab inspect surprise "A figura é poética" --against-step 500
      gptlab inspect surprise --corpus scenes --unknown skip --limit 5000
      gptlab inspect surprise "A figura é poética" --against mine --json
      gptlab inspect surprise "A figura é poética" --svg surprise.svg
    """
    if text is not None and corpus is not None:
        raise GPTLabError("TEXT and --corpus are both given.", "Leave one of them out.")
    with busy("loading PyTorch", quiet=as_json):
        from gptlab_tui.insight.surprise_difference import difference
    opened = open_for(text or "", run, step, without_heads)
    other = open_against(opened, against, against_step)
    ids, about = _ids(opened, other, text, corpus, unknown, limit)
    overlapping = windows == "overlapping" if windows else text is not None
    about |= {"windows": "overlapping" if overlapping else "consecutive"}
    found = _read(opened, ids, overlapping, as_json)
    pictures = Pictures(svg, png)
    how = How(ascii_only, width, show, pictures)
    if other is not None:
        same = opened.tokenizer.decode(ids)
        second = _read(other, ids_of(other, same, unknown), overlapping, as_json)
        apart = difference(found, second)
        if as_json:
            emit_json(difference_json(opened, other, apart, same, about))
        if pictures or not as_json:
            show_difference(opened, other, apart, same, about, how)
        return
    counts, reason = _training_counts(opened)
    parts = parts_of(opened, found, counts)
    if as_json:
        emit_json(surprise_json(opened, found, parts, about))
    if pictures or not as_json:
        show_surprise(opened, found, parts, about, reason, how)


def _ids(
    opened: OpenModel,
    other: OpenModel | None,
    text: str | None,
    corpus: str | None,
    unknown: Literal["error", "skip", "replace"],
    limit: int,
) -> tuple[Sequence[int] | Ids, dict[str, Any]]:
    """The tokens that are read, and of which text they are: `source`, `limited`."""
    source = "the text"
    if text is None and corpus is None:
        from gptlab_tui.text.run_text import tokens_of_run

        request = opened.run.read_training_request()
        val = tokens_of_run(request, opened.tokenizer, state.home).val
        source = f"the validation part of {request['corpus']['name']}"
        ids = val[: limit + 1].astype("int32")
        if other is None:
            return ids[:limit], {"source": source, "limited": len(ids) > limit}
        text = opened.tokenizer.decode(ids)
    elif corpus is not None:
        from gptlab_tui.config import CorpusConfig
        from gptlab_tui.text.corpus import open_corpus

        whole = open_corpus(CorpusConfig(name=(corpus,)), state.home)
        text, source = whole.read(0, limit * LONGEST_TOKEN), whole.name
    assert text is not None
    if unknown == "skip":
        for model in (opened, *([other] if other is not None else [])):
            lacking = {character for character, _ in model.tokenizer.unknown_characters(text)}
            left = "".join(character for character in text if character not in lacking)
            if lacking:
                places = counted(len(text) - len(left), "place")
                named = few(sorted(lacking))
                warn(f"{which(model)} lacks characters of the text; left out in {places}: {named}.")
            text = left
    read = ids_of(opened, text, unknown)
    return read[:limit], {"source": source, "limited": len(read) > limit}


def _read(opened: OpenModel, ids: Sequence[int] | Ids, overlapping: bool, quiet: bool) -> Surprise:
    """The surprise of a text, with a sign of life."""
    from gptlab_tui.insight.surprise import surprise as surprise_of

    with busy("reading", quiet=quiet) as status:

        def tell(done: int, targets: int) -> None:
            if status is not None:
                status.update(f"{which(opened)} reads: {done:,} of {targets:,} tokens")

        found = surprise_of(opened, ids, overlapping=overlapping, tell=tell)
    assert found is not None  # nobody stops it but Ctrl-C
    return found


def _training_counts(opened: OpenModel) -> tuple[np.ndarray | None, str]:
    """How often each token is in the training part, or why that is not known."""
    import numpy as np

    from gptlab_tui.text.run_text import tokens_of_run

    try:
        tokens = tokens_of_run(opened.run.read_training_request(), opened.tokenizer, state.home)
    except GPTLabError as error:
        return None, f"{error.message} {error.hint}"
    return np.bincount(tokens.train, minlength=opened.tokenizer.vocab_size), ""
