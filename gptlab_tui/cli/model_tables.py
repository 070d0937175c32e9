"""How a model, its plan and the survey of large models are printed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from gptlab_tui.cli.common import shown
from gptlab_tui.render.bars import bar
from gptlab_tui.render.units import about, count, mib, share

if TYPE_CHECKING:
    from gptlab_tui.config import Config
    from gptlab_tui.model.budget import Flops
    from gptlab_tui.model.describe import Description, Module
    from gptlab_tui.model.survey import Survey
    from gptlab_tui.training.plan import Outlook

#: Columns of a terminal from which on every choice of the survey has a column of its own.
WIDE = 124
COLUMNS = ("kind", "norm", "positions", "activation", "bias")


def print_model(
    config: Config, described: Description, flops: Flops, prospect: Outlook, console: Console
) -> None:
    """The tree, the parts, the arithmetic and the memory plan, one after the other."""
    console.print(
        f"{shown(config.preset)}: {count(described.parameters)} parameters "
        f"with a vocabulary of {count(described.vocab_size)} and a context of {config.model.block_size}"
    )
    console.print()
    console.print(module_tree(described.tree))
    console.print()
    console.print(parts_table(described))
    per_step = flops.training * config.train.batch_size * config.model.block_size
    console.print(
        f"FLOPs per token: {about(flops.forward)} forward "
        f"({about(flops.matrices)} matrices, {about(flops.attention)} attention), "
        f"{about(flops.training)} in training; {about(per_step)} a step, "
        f"{about(per_step * config.train.max_iters)} in all"
    )
    console.print()
    console.print(plan_table(prospect))
    console.print(verdict(prospect))


def module_tree(root: Module) -> Tree:
    """Every module with its tensors' shapes; equal blocks are shown once."""
    from gptlab_tui.model.describe import folded

    def label(name: str, node: Module) -> Text:
        text = Text.assemble((name, "bold"), f"  {node.kind}")
        if node.tensors:
            text.append("  " + ", ".join(map(str, node.tensors)), "cyan")
        if node.parameters:
            text.append(f"  {count(node.parameters)}", "green")
        return text

    def grow(tree: Tree, node: Module) -> Tree:
        for name, child in folded(node.children):
            repeated = f"{name} (each)" if "…" in name else name
            grow(tree.add(label(repeated, child)), child)
        return tree

    return grow(Tree(label("model", root), guide_style="dim"), root)


def parts_table(described: Description) -> Table:
    """Parameters by part with shares and bars."""
    table = Table(box=box.SIMPLE_HEAD)
    table.add_column("part")
    table.add_column("parameters", justify="right")
    table.add_column("share", justify="right")
    table.add_column("")
    for part in described.parts:
        tied = part.name == "head" and not part.parameters
        numbers = ("tied", "") if tied else (count(part.parameters), share(part.share))
        table.add_row(part.name, *numbers, bar(part.share, 30))
    table.add_section()
    table.add_row("all", count(described.parameters), share(1.0))
    return table


def plan_table(prospect: Outlook) -> Table:
    """The memory of a training step, line by line."""
    plan = prospect.plan
    table = Table("memory", box=box.SIMPLE_HEAD)
    table.add_column(f"{plan.device}, {plan.dtype}", justify="right")
    table.add_column(f"{plan.micro_batch} sequences at once")
    by_part: dict[str, int] = {}
    for saved in plan.activations:
        by_part[saved.part] = by_part.get(saved.part, 0) + saved.size_bytes
    largest = sorted(by_part.items(), key=lambda item: -item[1])[:3]
    table.add_row("weights", mib(plan.weights_bytes), "fp32")
    table.add_row("gradients", mib(plan.gradients_bytes), "fp32")
    table.add_row("optimizer", mib(plan.optimizer_bytes), "AdamW's two moments, fp32")
    most = ", ".join(f"{part} {mib(size)}" for part, size in largest)
    table.add_row("activations", mib(plan.activations_bytes), f"{most}, …")
    table.add_row("loss", mib(plan.loss_bytes), "log-probabilities, two gradients of their size")
    table.add_section()
    table.add_row("most at once", mib(plan.total_bytes), "gradients come as activations go")
    if plan.overhead_bytes:
        table.add_row(f"{plan.device} itself", mib(plan.overhead_bytes), "context and workspaces, about")
    return table


def verdict(prospect: Outlook) -> str:
    """Whether it fits, in a sentence, and what a checkpoint takes on the disk."""
    from gptlab_tui.model.budget import checkpoint_bytes

    there = mib(prospect.memory_bytes) + (" that are free here" if prospect.free_here else "")
    fits = f"fits into the {there}" if prospect.fits else f"does not fit into the {there}"
    return f"It {fits}. A checkpoint takes {mib(checkpoint_bytes(prospect.plan.parameters))} on disk."


def survey_table(survey: Survey, wide: bool) -> Table:
    """A row a model; on a narrow terminal its choices share a column."""
    table = Table(box=None, pad_edge=False)
    for name in ("model", "size", *(COLUMNS if wide else ("choices",))):
        table.add_column(name, no_wrap=wide)
    for name in ("#L", "#H", "d_model", *(("context",) if wide else ())):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("preset here", no_wrap=True)
    for model in survey.models:
        choices = {column: getattr(model, column) for column in COLUMNS}
        if wide:
            said = [choice or "–" for choice in choices.values()]
        else:
            words = [f"bias: {c}" if column == "bias" else c for column, c in choices.items() if c]
            said = [", ".join(words)]
        shape = [model.n_layer, model.n_head, model.n_embd, *([model.context or "–"] if wide else [])]
        table.add_row(model.name, model.size, *said, *map(str, shape), model.preset or "–")
    return table


def print_survey(survey: Survey, console: Console) -> None:
    """The table of large models, then what each choice in it means."""
    console.print(survey_table(survey, wide=console.width >= WIDE))
    for column in COLUMNS:
        console.print(Text(f"\n{column}", "bold"))
        for choice, meaning in survey.choices[column].items():
            console.print(Padding(Text.assemble((f"{choice}: ", "cyan"), meaning), (0, 0, 0, 2)))
    console.print(Text("\nnotes", "bold"))
    for model in survey.models:
        if model.note:
            console.print(Padding(Text.assemble((f"{model.name}: ", "cyan"), model.note), (0, 0, 0, 2)))
    console.print("\n– : open in the table. From “A Survey of Large Language Models”, arXiv 2303.18223.")
