"""Many draws in words and bars: a line for each temperature, histograms side by side, formula and numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gptlab_tui.errors import GPTLabError
from gptlab_tui.explain.explanation import Explanation
from gptlab_tui.render import histogram
from gptlab_tui.render.heat import Cell, Way, label_of, plain
from gptlab_tui.tui.panes.generate.command import quoted

#: Columns of one histogram, at least, and between two.
NARROWEST, GAP = 33, 2
#: As `sampling.trial.FEWEST`, which loads PyTorch.
FEWEST = 5
#: Besides the present one.
TEMPERATURES = (0.0, 0.5, 1.0, 2.0)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is drawn from: a model's next token under knobs, or probabilities that somebody typed."""

    name: str
    """What it is, in words."""
    knobs: Mapping[str, Any]
    own: Mapping[str, Any]
    """The run's own knobs."""
    about: Mapping[str, Any]
    """`run`, `step`, `ids`, `start` as the model process takes them."""
    text: str
    """What the ids are."""
    probs: tuple[float, ...] = ()
    """Where they are typed; empty for a model."""
    dropped: int = 0
    """Tokens in front that the context does not hold."""

    @property
    def temperatures(self) -> tuple[float, ...]:
        """The present one first, each once."""
        present = 1.0 if self.probs or "temperature" not in self.knobs["chain"] else self.knobs["temperature"]
        return tuple(dict.fromkeys((float(present), *TEMPERATURES)))

    def request(self, draws: int, seed: int, best: int) -> dict[str, Any]:
        """As the model process takes it."""
        common = {"temperatures": self.temperatures, "draws": draws, "seed": seed, "best": best}
        return common | ({"probs": self.probs} if self.probs else {**self.about, "knobs": dict(self.knobs)})

    def command(self, draws: int, seed: int) -> str:
        """The command that prints the same."""
        words = ["gptlab", "inspect", "draw", "-n", str(draws)]
        words += ["--temperature", ",".join(f"{value:g}" for value in self.temperatures)]
        words += ["--seed", str(seed)] if seed else []
        if self.probs:
            return " ".join([*words, "--probs", ",".join(f"{value:g}" for value in self.probs)])
        words += ["--run", quoted(str(self.about["run"])), "--step", str(self.about["step"])]
        for knob in self._turned():
            words += ["-o", quoted(f"{knob}={_value(self.knobs[knob])}")]
        return " ".join([*words, *(["--"] if self.text.startswith("-") else []), quoted(self.text)])

    def _turned(self) -> list[str]:
        """Knobs of the chain that are not the run's own; one at least, so that the chain is at work."""
        without = ("max_tokens", "stop", "seed", "pace", "temperature")
        names = [name for name in self.own if name not in without]
        return [name for name in names if self.knobs.get(name) != self.own[name]] or ["temperature"]


def _value(value: Any) -> str:
    import json

    return f"{value:g}" if isinstance(value, float) else json.dumps(value, ensure_ascii=False)


def parse_probs(typed: str) -> tuple[float, ...]:
    """Numbers with commas between; raises GPTLabError for what is none."""
    try:
        return tuple(float(part) for part in typed.split(","))
    except ValueError:
        raise GPTLabError(f"{typed!r} are no numbers.", "Such as 0.1,0.1,0.3,0.5.") from None


def name_of_trial(trial: Mapping[str, Any]) -> str:
    """Which temperature it is."""
    value = trial["temperature"]
    return "always the largest" if value == 0 else f"temperature {value:g}"


def table(trials: Sequence[Mapping[str, Any]], chosen: int, way: Way, width: int) -> list[str]:
    """A line for each temperature: entropies, Pearson's test, the largest deviation; `>` marks one."""
    wide = width >= 82
    chi = f"{'chi-square':>13}" if wide else ""
    head = f"  {'entropies in bits':<18} {'entropy':>7} {'drawn':>6} {chi}  {'p':<4}  largest deviation"
    lines = [head]
    for at, trial in enumerate(trials):
        front = (
            f"{'>' if at == chosen else ' '} {name_of_trial(trial):<18} {trial['entropy_bits']:>7.2f}"
            f" {trial['drawn_entropy_bits']:>6.2f} "
        )
        far = trial["deviation"]
        if not trial["freedom"]:
            lines.append(f"{front}{'':>{13 if wide else 0}}  nothing is left to luck")
            continue
        chi = f"{trial['chi_square']:.1f} of {trial['freedom']}"
        front += f"{chi:>13}" if wide else ""
        said = "" if far is None else f"{far[1]:+.1f} sd `{label_of(far[0], way)}`, usual {far[2]:.1f}"
        lines.append(f"{front}  {trial['p']:.2f}  {said}")
    if any(_has_rare(trial) for trial in trials):
        lines.append("  Expected under 5 times: one group in p, not in the deviation.")
    return [line[:width] for line in lines]


def _has_rare(trial: Mapping[str, Any]) -> bool:
    """Whether some outcomes were expected so rarely that the test puts them together."""
    others = trial["others"]
    rare = any(0 < expected < FEWEST for _, _, _, expected, _ in trial["rows"])
    return bool(trial["freedom"]) and (rare or (others is not None and others[0] > 0))


def histograms(
    trials: Sequence[Mapping[str, Any]], chosen: int, way: Way, width: int, height: int
) -> list[list[Cell]]:
    """The chosen one, and beside it those after it, as many as there is room for."""
    count = max(1, min(len(trials), (width + GAP) // (NARROWEST + GAP)))
    each = (width + GAP) // count - GAP
    shown = [(chosen + by) % len(trials) for by in range(count)]
    blocks = []
    for at in shown:
        trial = trials[at]
        rows = [_row(row, way) for row in trial["rows"][: max(1, height - 3)]]
        if trial["others"] is not None:
            rows.append(histogram.Row("others", *trial["others"]))
        title = plain(name_of_trial(trial)[:each])
        blocks.append([title, *histogram.draw(rows, each, way)])
    lines = []
    for number in range(max(map(len, blocks))):
        line: list[Cell] = []
        for block in blocks:
            cells = block[number] if number < len(block) else []
            line += [*([Cell(" ")] * GAP if line else []), *cells, *[Cell(" ")] * (each - len(cells))]
        lines.append(line)
    return lines


def _row(row: Sequence[Any], way: Way) -> histogram.Row:
    label, probability, drawn, expected, spread = row
    return histogram.Row(label_of(label, way), probability, drawn, expected, spread)


def explain(wanted: Wanted, answer: Mapping[str, Any], chosen: int, way: Way) -> Explanation:
    """What drawing does, and the numbers of one temperature."""
    trial, n = answer["trials"][chosen], answer["draws"]
    label, p, drawn, expected, spread = max(trial["rows"], key=lambda row: row[1])
    numbers = [
        ("from", wanted.name),
        ("draws", f"{n:,} of {answer['outcomes']:,} outcomes, with the luck of seed {answer['seed']}"),
        ("shown", name_of_trial(trial)),
        (
            f"`{label_of(label, way)}`",
            f"n p = {n:,} x {p:.4f} = {expected:,.1f}, sqrt(n p (1 - p)) = {spread:.1f}; drawn {drawn:,}",
        ),
        (
            "entropy",
            f"{trial['entropy_bits']:.3f} bits, as of {2 ** trial['entropy_bits']:.1f} alike; of the shares "
            f"that were drawn {trial['drawn_entropy_bits']:.3f}",
        ),
    ]
    if trial["freedom"]:
        numbers.append(
            (
                "chi-square",
                f"{trial['chi_square']:.1f} over {trial['freedom'] + 1} groups, {trial['freedom']} degrees "
                f"of freedom: luck alone is as far off {trial['p']:.0%} of the time; those expected under "
                f"{FEWEST} times count together",
            )
        )
    if trial["deviation"] is not None:
        outcome, size, usual = trial["deviation"]
        numbers.append(
            (
                "largest deviation",
                f"`{label_of(outcome, way)}` {size:+.2f} standard deviations, of those expected "
                f"{FEWEST} times or more; every other time it is above {usual:.2f} by luck",
            )
        )
    longer = ""
    if wanted.dropped:
        longer = (
            f" The text is longer than the context by {wanted.dropped:,} tokens: what was read on the way "
            "keeps keys that were made with earlier ones in sight, while the command reads the last tokens "
            "anew."
        )
    return Explanation(
        title="Draws",
        says=(
            "A draw puts a uniform number through the cumulative distribution. A bar is how often an outcome "
            "came, the mark in it how often it was to come, a cross where the bar ends in the same column. A "
            "temperature divides the logits: below 1 the likely become likelier, above 1 all become more "
            f"alike; 0 always takes the largest. All see the same luck.{longer}"
        ),
        formula="p_T(i) = exp(z_i / T) / sum_j exp(z_j / T)\nchi-square = sum (drawn - n p)^2 / (n p)",
        numbers=tuple(numbers),
        source="Pearson 1900; sampling/trial.py, sampling/chain.py.",
    )
