"""Options go together: every pair of values trains (always), every combination (campaign)."""

import itertools
from collections.abc import Iterator
from typing import Any

import pytest
import torch

from gptlab_tui.config import ModelConfig
from gptlab_tui.model.cache import Cache
from gptlab_tui.model.capture import Capture
from gptlab_tui.model.gpt import GPT
from gptlab_tui.model.initial import initialise

Values = dict[str, tuple[Any, ...]]
ALSO: Values = {"residual_init": ("scaled", "zero"), "dropout": (0.0, 0.05), "attn_dropout": (0.0, 0.05)}


def pairs_of(row: dict[str, Any]) -> set[tuple[tuple[str, Any], ...]]:
    """All pairs of (option, value) that a configuration has."""
    return set(itertools.combinations(sorted(row.items(), key=lambda item: item[0]), 2))


def all_pairs(options: Values) -> set[tuple[tuple[str, Any], ...]]:
    return {
        ((one, a), (other, b))
        for one, other in itertools.combinations(sorted(options), 2)
        for a in options[one]
        for b in options[other]
    }


def covering(options: Values) -> Iterator[dict[str, Any]]:
    """Configurations that have every pair between them: greedily, the most missing pairs first.

    Each begins with a pair that is still missing; the other options follow, those with the most
    values first, each taking the value that adds the most missing pairs.
    """
    missing = all_pairs(options)
    order = sorted(options, key=lambda option: -len(options[option]))
    while missing:
        row = dict(min(missing, key=repr))
        for option in order:
            if option not in row:
                row[option] = max(
                    options[option], key=lambda value: len(pairs_of({**row, option: value}) & missing)
                )
        missing -= pairs_of(row)
        yield row


def losses(config: ModelConfig, steps: int) -> tuple[float, float]:
    """The loss of a fixed batch before and after some steps of learning it by heart."""
    torch.manual_seed(0)
    model = GPT(config, 23)
    initialise(model, 3)
    text = torch.randint(23, (8, config.block_size + 1), generator=torch.Generator().manual_seed(4))
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2, fused=True)
    found = []
    for _ in range(steps + 1):
        loss = model(text[:, :-1], text[:, 1:])
        optimizer.zero_grad()
        loss.backward()
        assert all(p.grad is not None and bool(p.grad.isfinite().all()) for p in model.parameters())
        optimizer.step()
        found.append(float(loss.detach()))
    return found[0], found[-1]


def test_the_covering_array_covers_and_is_small(options):
    options = options | ALSO
    rows = list(covering(options))
    assert set().union(*map(pairs_of, rows)) == all_pairs(options)
    assert all(row.keys() == options.keys() for row in rows)
    longest, second = sorted(map(len, options.values()))[-2:][::-1]
    assert longest * second <= len(rows) <= 1.5 * longest * second


def test_every_pair_of_options_trains(options, tiny):
    for row in covering(options | ALSO):
        first, last = losses(ModelConfig(**tiny, **row), 12)
        assert first == pytest.approx(3.135, abs=0.6), row  # ln 23: it knows nothing yet
        assert last < 0.85 * first, row


@pytest.mark.campaign
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("norm", ["layernorm", "rmsnorm", "reference"])
@pytest.mark.parametrize("positions", ["learned", "sinusoidal", "rope", "alibi", "relative"])
def test_every_combination_trains_and_its_paths_agree(options, tiny, lively, ids, norm, positions):
    names = sorted(options)
    chosen = options | {"norm": (norm,), "positions": (positions,)}
    for values in itertools.product(*(chosen[name] for name in names)):
        row = dict(zip(names, values, strict=True))
        config = ModelConfig(**tiny, **row)
        first, last = losses(config, 12)
        assert last < 0.85 * first, row
        model, idx, cache = lively(config), ids(2, 8), Cache(config)
        with torch.no_grad():
            fast = model(idx)
            torch.testing.assert_close(model(idx, capture=Capture()), fast, rtol=1e-3, atol=1e-4)
            steps = [model(idx[:, place : place + 1], cache=cache) for place in range(8)]
            torch.testing.assert_close(torch.cat(steps, dim=1), fast, rtol=1e-3, atol=1e-4)
