"""How embeddings are told: two pictures side by side, claims beside chance, neighbours in words, JSON."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gptlab_tui.cli.inspect_common import print_cells, say, which_json
from gptlab_tui.render.fitting import fit

if TYPE_CHECKING:
    from gptlab_tui.insight.claims import Claim
    from gptlab_tui.insight.embeddings import Embedding
    from gptlab_tui.insight.pictures import Picture
    from gptlab_tui.model.open_run import OpenModel
    from gptlab_tui.render.cosine_map import Map
    from gptlab_tui.render.heat import Way
    from gptlab_tui.render.scatter import Panel

#: Lines of a picture (at least, at most); columns that two side by side need, and a table of claims.
LOWEST, HIGHEST, WIDE, TABLE = 20, 30, 60, 76
#: So many pairs and neighbours are told.
PAIRS, NEIGHBOURS = 10, 6
#: What is shown, and by which method, in words.
OF = {"tokens": "tokens (wte)", "positions": "positions (wpe)", "head": "head (lm_head)"}
METHODS = {"tsne": "t-SNE", "pca": "PCA"}


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """What is to be told: the pictures of two steps, mostly the beginning and now, and what was asked for."""

    opened: OpenModel
    before: Picture
    after: Picture
    now: Embedding
    """All vectors; the pictures may have fewer."""
    groups: dict[str, tuple[int, ...]]
    """By the text that named them: ids."""
    asked: Sequence[int]
    """Ids whose neighbours are wanted."""


def heading(view: View) -> list[str]:
    """What the pictures are of."""
    found, whole = view.after.found, view.now
    N, C = whole.vectors.shape
    fewer = f"; shown are {len(found.ids):,}" if len(found.ids) < N else ""
    lines = [f"{view.opened.run.name}, {OF[found.of]}: {N:,} vectors of {C} dimensions{fewer}"]
    if view.before.found.origin:
        lines.append(f"Step {view.before.found.step:,} is {view.before.found.origin}.")
    return lines


def panels(view: View) -> list[Panel]:
    """The two pictures."""
    from gptlab_tui.insight.embeddings import places_of
    from gptlab_tui.render.scatter import Panel

    drawn = []
    for one in (view.before, view.after):
        ids = {number for members in view.groups.values() for number in members}
        drawn.append(
            Panel(
                f"step {one.found.step:,}, {METHODS[one.method]}",
                [(float(x), float(y)) for x, y in one.points],
                one.found.names,
                one.found.classes,
                frozenset(places_of(one.found, sorted(ids))),
            )
        )
    return drawn


def words(view: View) -> list[str]:
    """Everything that is told in sentences, below the claims."""
    return [*_of_method(view), *_of_order(view), *_of_groups(view), *_of_neighbours(view)]


def caption(view: View) -> list[str]:
    """All that is told, below a picture: an artefact of the method shows as one there too."""
    return [*heading(view), "", *claim_lines(view, TABLE), "", *words(view)]


def cosine_map_of(view: View) -> Map:
    """The cosine of every pair at the later step, as a part of a picture."""
    from gptlab_tui.insight.claims import cosines
    from gptlab_tui.render import cosine_map

    found = view.after.found
    table, factor = cosine_map.pooled(cosines(found.vectors).tolist(), cosine_map.SIDE)
    return cosine_map.Map(_map_title(view, factor), table, (found.names[0], found.names[-1]))


def _map_title(view: View, factor: int) -> str:
    block = f", each place the mean of {factor} x {factor}" if factor > 1 else ""
    return f"Cosine of every pair at step {view.after.found.step:,}, in order{block}"


def show(view: View, way: Way, width: int, cosines: bool) -> None:
    """The whole on a terminal."""
    from gptlab_tui.render import scatter

    say(*heading(view))
    both = panels(view)
    abreast = width >= WIDE
    room = (width - 3) // 2 if abreast else width
    height = max(LOWEST, min(HIGHEST, room // 2))
    drawn = [scatter.draw(panel, room, height, way) for panel in both]
    if abreast:
        print_cells(scatter.beside([one.rows for one in drawn], way))
    else:
        print_cells([row for one in drawn for row in one.rows])
    print_cells(scatter.legend(both[-1], width, way))
    for panel, one in zip(both, drawn, strict=True):
        if one.hidden:
            say(f"{panel.title}: {one.hidden} hidden behind others.")
    say("", *claim_lines(view, width), "", *words(view))
    if cosines:
        _show_map(view, way, width)


def claim_lines(view: View, width: int) -> list[str]:
    """The claims of both pictures and of the groups, and what chance gives at the later step."""
    from gptlab_tui.insight.claims import WORDS

    dims = f"{view.after.found.vectors.shape[1]} dims"
    claims = [
        (WORDS[after.name], before, after)
        for before, after in zip(view.before.claims, view.after.claims, strict=True)
    ]
    for text, _, began, now in _groups(view):
        for before, after in ((began.cosine, now.cosine), (began.near, now.near)):
            room = 27 - len(WORDS[after.name])
            claims.append((f"{fit(text, room).rstrip()}: {WORDS[after.name]}", before, after))
    rows = []
    for name, before, after in claims:
        where = "picture" if after.where == "picture" else dims
        low, high = after.chance.low, after.chance.high
        chance = f"{low:.2f} to {high:.2f}" if math.isfinite(low) else "-"
        rows.append((name, where, _value(before), _value(after), chance))
    steps = _steps(view)
    lines = []
    if width >= TABLE:
        lines.append(f"{'':29}{'in':8}{steps[0]:>8} {steps[1]:>13}  by chance")
        lines += [f"{name:29}{where:8}{old:>9} {new:>13}  {chance}" for name, where, old, new, chance in rows]
    else:
        for name, where, old, new, chance in rows:
            lines += [f"{name}, {where}:", f"  {old.strip()} then {new.strip()}; by chance {chance}"]
        lines.append(f"First {steps[0]}, then {steps[1]}.")
    return [*lines, "* 5 of 100 by lot or fewer reach it; 90 of 100 are in the range given."]


def to_json(view: View, cosines: bool) -> dict[str, Any]:
    """All numbers."""
    from gptlab_tui.insight import claims as measuring
    from gptlab_tui.insight import embeddings as reading

    before, after = view.before, view.after
    found = after.found
    answer: dict[str, Any] = {
        **which_json(view.opened),
        "start_step": before.found.step,
        "start_origin": before.found.origin,
        "of": found.of,
        "method": after.method,
        "vectors": len(view.now.ids),
        "dimensions": int(found.vectors.shape[1]),
        "variance_shares": list(after.shares),
        "start_variance_shares": list(before.shares),
        "perplexity": after.perplexity,
        "divergence": after.divergence,
        "start_divergence": before.divergence,
        "points": [
            {
                "id": found.ids[place],
                "name": found.names[place],
                "class": found.classes[place],
                "x": float(after.points[place, 0]),
                "y": float(after.points[place, 1]),
                "start_x": float(before.points[place, 0]),
                "start_y": float(before.points[place, 1]),
            }
            for place in range(len(found.ids))
        ],
        "claims": [
            {
                "claim": claim.name,
                "in": claim.where,
                "step": one.found.step,
                "value": claim.value,
                "chance": claim.chance.mean,
                "chance_low": claim.chance.low,
                "chance_high": claim.chance.high,
                "p": claim.chance.p,
                "holds": claim.holds,
            }
            for one in (before, after)
            for claim in one.claims
        ],
        "groups": [
            {
                "group": text,
                "ids": list(ids),
                "by_chance": now.drawn,
                **_chance_json("cosine", began.cosine, now.cosine),
                **_chance_json("near", began.near, now.near),
            }
            for text, ids, began, now in _groups(view)
        ],
        "pairs": [
            {"names": [found.names[one], found.names[other]], "cosine": cosine}
            for one, other, cosine in reading.closest_pairs(found.vectors, PAIRS)
        ],
        "neighbours": [
            {
                "name": view.now.names[asked],
                "nearest": [
                    {"name": view.now.names[near.place], "cosine": near.cosine}
                    for near in reading.neighbours(view.now.vectors, asked, NEIGHBOURS)
                ],
            }
            for asked in view.asked
        ],
    }
    if found.of == "positions":
        answer["cosine_by_distance"] = reading.likeness_by_distance(found.vectors).tolist()
        answer["start_cosine_by_distance"] = reading.likeness_by_distance(before.found.vectors).tolist()
    if cosines:
        answer["cosines"] = measuring.cosines(found.vectors).tolist()
    return answer


def _value(claim: Claim) -> str:
    return f"{round(claim.value, 2) + 0.0:.2f}{' *' if claim.holds else '  '}"


def _chance_json(name: str, before: Claim, after: Claim) -> dict[str, float | bool]:
    """A claim of a group: what was found, at first too, and what chance gives."""
    return {
        name: after.value,
        f"start_{name}": before.value,
        f"{name}_chance": after.chance.mean,
        f"{name}_chance_low": after.chance.low,
        f"{name}_chance_high": after.chance.high,
        f"{name}_p": after.chance.p,
        f"{name}_holds": after.holds,
    }


def _steps(view: View) -> list[str]:
    """Such as "step 0" and "step 10,000"."""
    return [f"step {one.found.step:,}" for one in (view.before, view.after)]


def _of_method(view: View) -> Iterator[str]:
    shares = [f"{100 * sum(one.shares):.0f} %" for one in (view.before, view.after)]
    if view.after.method == "pca":
        first, now = _steps(view)
        yield f"The two axes hold {shares[0]} of the variance at {first}, {shares[1]} at {now}."
    else:
        far = f"{view.before.divergence:.2f} and {view.after.divergence:.2f} nats"
        width = f"perplexity {view.after.perplexity:.3g}"
        yield (
            f"t-SNE's divergence from the real neighbourhoods: {far} ({width})."
            " Axes, gaps and sizes say nothing."
        )


def _of_order(view: View) -> Iterator[str]:
    """How like two positions are, by how far they are apart."""
    from gptlab_tui.insight.embeddings import likeness_by_distance

    if view.after.found.of != "positions":
        return
    for one in (view.before, view.after):
        likeness = likeness_by_distance(one.found.vectors)
        lags = [lag for lag in (1, 2, 4, 8, 16, 32, 64, 128, 256, 512) if lag <= len(likeness)]
        told = ", ".join(f"{lag} apart {likeness[lag - 1]:.2f}" for lag in lags)
        yield f"Cosine of positions at step {one.found.step:,}: {told}."


def _groups(view: View) -> Iterator[tuple[str, tuple[int, ...], Any, Any]]:
    from gptlab_tui.insight.embeddings import places_of
    from gptlab_tui.insight.groups import togetherness

    for text, ids in view.groups.items():
        if len(ids) > 1:
            places = places_of(view.after.found, ids)
            began, now = (togetherness(one.found, places) for one in (view.before, view.after))
            yield text, ids, began, now


def _of_groups(view: View) -> Iterator[str]:
    """What groups are held against."""
    for text, _, _, now in _groups(view):
        yield f"{text}: by chance is {now.drawn}."


def _of_neighbours(view: View) -> Iterator[str]:
    from gptlab_tui.insight.embeddings import closest_pairs, neighbours
    from gptlab_tui.render.heat import label_of

    found = view.after.found
    pairs = [
        f"{label_of(found.names[one])} {label_of(found.names[other])} {cosine:.2f}"
        for one, other, cosine in closest_pairs(found.vectors, PAIRS)
    ]
    yield f"Closest pairs by cosine: {', '.join(pairs)}."
    for asked in view.asked:
        near = [
            f"{label_of(view.now.names[one.place])} {one.cosine:.2f}"
            for one in neighbours(view.now.vectors, asked, NEIGHBOURS)
        ]
        yield f"Nearest to {label_of(view.now.names[asked])}: {', '.join(near)}."


def _show_map(view: View, way: Way, width: int) -> None:
    from gptlab_tui.insight.claims import cosines
    from gptlab_tui.render import cosine_map

    table, factor = cosine_map.pooled(
        cosines(view.after.found.vectors).tolist(), width // cosine_map.columns(way)
    )
    say("", f"{_map_title(view, factor)}:")
    print_cells(cosine_map.draw(table, way))
    print_cells([cosine_map.legend(way)])
