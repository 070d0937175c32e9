"""Films to files: GIF by our own hand, MP4 by an `ffmpeg` where there is one."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path

from gptlab_tui.cli.new_files import new_file, new_path, new_place
from gptlab_tui.errors import GPTLabError, JobFailed
from gptlab_tui.render.gif import Frame, gif

#: Pictures a second of a video.
RATE = 16


def find_ffmpeg() -> str:
    """The program that writes video; raises GPTLabError where there is none."""
    found = shutil.which("ffmpeg")
    if found is None:
        raise GPTLabError(
            "There is no ffmpeg on this machine, which --mp4 needs.",
            "--gif needs nothing; or install ffmpeg.",
        )
    return found


def save_gif(path: Path, size: tuple[int, int], palette: Sequence[str], frames: Iterable[Frame]) -> None:
    """A new file; raises what `new_file` raises."""
    with new_file(path, binary=True) as file:
        for part in gif(*size, palette, frames):
            file.write(part)


def save_mp4(path: Path, size: tuple[int, int], palette: Sequence[str], frames: Iterable[Frame]) -> None:
    """A new video, by ffmpeg. Raises GPTLabError without it, JobFailed where it fails."""
    new_path(path)
    with new_place(path) as temporary:
        told = _encode(temporary, size, palette, frames)
        if told is not None:
            raise JobFailed(f"ffmpeg could not write {path}: {told}.")


def _encode(path: Path, size: tuple[int, int], palette: Sequence[str], frames: Iterable[Frame]) -> str | None:
    """Lets ffmpeg write a video; what it says where it fails."""
    width, height = size
    command = [
        *(find_ffmpeg(), "-nostdin", "-loglevel", "error", "-n", "-f", "rawvideo", "-pix_fmt", "rgb24"),
        *("-s", f"{width}x{height}", "-r", str(RATE), "-i", "pipe:0", "-pix_fmt", "yuv420p"),
        *("-movflags", "+faststart", "-f", "mp4", f"file:{path}"),
    ]
    colours = [bytes.fromhex(colour[1:]) for colour in palette]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    try:
        for frame in frames:
            picture = b"".join(map(colours.__getitem__, frame.dots))
            for _ in range(max(1, round(frame.hundredths * RATE / 100))):
                process.stdin.write(picture)  # type: ignore[union-attr]  # it is a pipe
    except BrokenPipeError:
        pass  # it says why on its standard error
    except BaseException:
        process.kill()
        raise
    finally:
        _, told = process.communicate()
    if process.returncode:
        why = told.decode("utf-8", "replace").strip().splitlines()
        return why[-1] if why else "it does not say why"
    return None
