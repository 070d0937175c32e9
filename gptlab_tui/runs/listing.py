"""All runs of a home at once, through an index that can be thrown away.

The index keeps what was found in each run together with the signature of its files (inode, size,
time of change). A run whose signature is the same is not opened again. Only its lock is: whether
a run is alive is never kept.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from gptlab_tui.home import Home
from gptlab_tui.runs import fsops
from gptlab_tui.runs.journal import decode_line, encode_record
from gptlab_tui.runs.layout import Run, run_paths
from gptlab_tui.runs.lock import is_alive
from gptlab_tui.runs.summary import Facts, RunSummary, read_facts, summarise

__all__ = ["RunSummary", "list_runs", "summarise"]

#: Changes with the fields of RunSummary or what they mean; other indexes are not read.
_VERSION = 4
_INDEX_LIMIT_BYTES = 64 << 20

Signature = list[int]
Index = dict[str, tuple[Signature, Facts]]


def list_runs(home: Home) -> list[RunSummary]:
    """All runs of the home, the one written to last first; broken ones with their reason."""
    path = home.cache / "runs.jsonl"
    index = _read_index(path)
    fresh: Index = {}
    for place in run_paths(home):
        run = Run(place)
        signature = _signature(run)  # before reading: what changes meanwhile is read next time
        known = index.get(run.name)
        fresh[run.name] = (
            known if known is not None and known[0] == signature else (signature, read_facts(run))
        )
    if fresh != index:
        _write_index(path, fresh)
    found = [
        facts.now(not facts.broken and is_alive(Run(home.runs / name))) for name, (_, facts) in fresh.items()
    ]
    return sorted(found, key=lambda summary: summary.updated, reverse=True)


def _signature(run: Run) -> Signature:
    """Equal as long as nothing that a summary depends on has changed.

    New and removed checkpoints and snapshots show in the times of their folders.
    """
    watched = (run.path, run.run_json, run.meta_json, run.journal, run.log, run.snapshots)
    return [number for path in watched for number in _stat(path)]


def _stat(path: Path) -> tuple[int, int, int]:
    try:
        state = path.lstat()
    except OSError:
        return (0, 0, 0)
    return (state.st_ino, state.st_size, state.st_mtime_ns)


def _read_index(path: Path) -> Index:
    """What the index says, less the lines that cannot be used; it has the journal's kind of lines."""
    try:
        lines = fsops.read_bytes(path, _INDEX_LIMIT_BYTES).split(b"\n")
    except OSError:
        return {}
    index: Index = {}
    for line in lines:
        record = decode_line(line)
        if record is None or record.get("version") != _VERSION:
            continue
        with suppress(TypeError, KeyError):
            summary = RunSummary(**{**record["summary"], "tags": tuple(record["summary"]["tags"])})
            index[summary.name] = (record["signature"], Facts(summary, record["paused"]))
    return index


def _write_index(path: Path, index: Index) -> None:
    """Keeps the index where it can be kept; a home that cannot be written to lists all the same."""
    lines = []
    for signature, facts in index.values():
        record = {
            "version": _VERSION,
            "signature": signature,
            "paused": facts.paused,
            "summary": asdict(facts.summary),
        }
        with suppress(ValueError):  # too long for a line: read anew each time
            lines.append(encode_record(record))
    with suppress(fsops.DiskError):
        fsops.make_dir(path.parent)
        fsops.write_atomic(path, b"".join(lines), durable=False)
