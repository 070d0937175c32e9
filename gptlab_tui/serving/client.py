"""The front's end of the model process: starts it, asks, hands on the answers. No torch here."""

from __future__ import annotations

import queue
import subprocess
import tempfile
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import IO

from gptlab_tui.home import Home, standing
from gptlab_tui.runs.launch import PYTHON_MODULE
from gptlab_tui.serving.protocol import LAST, Message, pack, unpack

#: How long a request that was cancelled may take to notice before the process is killed, in seconds.
DEAF_S = 10.0

_HINT = "It is started anew with the next request."


class ModelClient:
    """Asks a model process that is started at the first request, and again where it has died.

    Nothing here waits: a thread of the client's starts the process and writes to it, another one reads.
    `deliver(answer)` is called from these threads for every answer, each with the `id` that `ask` gave.
    Where the process dies, what it still owed fails with its last words.
    """

    def __init__(self, home: Home, deliver: Callable[[Message], None], deaf_s: float = DEAF_S) -> None:
        self._home, self._deliver, self._deaf_s = home, deliver, deaf_s
        self._process: subprocess.Popen[bytes] | None = None
        self._number = 0
        #: What has answers to come, and who has to give them: None as long as nobody has been asked.
        self._owed: dict[int, subprocess.Popen[bytes] | None] = {}
        self._deadlines: dict[int, threading.Timer] = {}
        self._lock = threading.Lock()
        self._messages: queue.SimpleQueue[Message | None] = queue.SimpleQueue()
        self._writer: threading.Thread | None = None
        self._is_closed = False

    @property
    def process(self) -> subprocess.Popen[bytes] | None:
        """The process that answers now, if there is one."""
        return self._process

    def ask(self, do: str, **arguments: object) -> int:
        """Sends a request and returns at once; the number that its answers will have."""
        with self._lock:
            self._number += 1
            number = self._number
            if self._is_closed:
                return number
            self._owed[number] = None
            if self._writer is None:
                self._writer = threading.Thread(target=self._write, daemon=True, name="writer of requests")
                self._writer.start()
        self._messages.put({"id": number, "do": do, **arguments})
        return number

    def turn(self, target: int, **arguments: object) -> None:
        """Tells a request that is being answered of a knob that was turned."""
        if self.owes(target):
            self._messages.put({"id": 0, "do": "turn", "target": target, **arguments})

    def cancel(self, target: int) -> None:
        """Wants no further answers of a request; a process that does not hear it is killed."""
        with self._lock:
            if target not in self._owed or target in self._deadlines:
                return
            timer = threading.Timer(self._deaf_s, self._deaf, args=(target,))
            timer.daemon = True
            self._deadlines[target] = timer
        timer.start()
        self._messages.put({"id": 0, "do": "cancel", "target": target})

    def owes(self, number: int) -> bool:
        """Whether a request has answers to come."""
        return number in self._owed

    def close(self) -> None:
        """Ends the process; what it owed is never delivered, and nothing can be asked any more."""
        with self._lock:
            self._is_closed = True
            self._owed.clear()
            process, self._process = self._process, None
            timers, self._deadlines = list(self._deadlines.values()), {}
        self._messages.put(None)
        for timer in timers:
            timer.cancel()
        if process is not None:
            process.kill()
            process.wait()

    def _write(self) -> None:
        while (message := self._messages.get()) is not None:
            process = self._addressee(message)
            if process is not None and process.stdin is not None:
                with suppress(OSError):  # its death is noticed by the thread that reads
                    process.stdin.write(pack(message))
                    process.stdin.flush()

    def _addressee(self, message: Message) -> subprocess.Popen[bytes] | None:
        """Who is to get a message: for a request somebody who lives, else whoever has the target."""
        with self._lock:
            if "target" in message:
                return self._owed.get(message["target"])
            number = message["id"]
            if number not in self._owed:
                return None
            try:
                if self._process is None or self._process.poll() is not None:
                    self._process = self._start()
            except OSError as error:
                self._owed.pop(number, None)
                said = f"The model process cannot be started: {error.strerror or error}."
                failed: Message = {"id": number, "kind": "failed", "message": said, "hint": ""}
            else:
                self._owed[number] = self._process
                return self._process
        self._deliver(failed)
        return None

    def _start(self) -> subprocess.Popen[bytes]:
        words = tempfile.TemporaryFile(prefix="gptlab-model-", suffix=".log")  # noqa: SIM115 (the reader closes it)
        process = subprocess.Popen(
            [*PYTHON_MODULE, "gptlab_tui.serving.server", str(self._home.root)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=words,
            cwd=standing(),
            start_new_session=True,  # a key such as Ctrl-C is for the front alone
        )
        reading = threading.Thread(
            target=self._read, args=(process, words), daemon=True, name="reader of answers"
        )
        reading.start()
        return process

    def _read(self, process: subprocess.Popen[bytes], words: IO[bytes]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            with suppress(ValueError):
                self._hand_on(unpack(line))
        process.stdout.close()
        process.wait()
        with self._lock:
            if self._process is process:
                self._process = None
            owed = sorted(number for number, who in self._owed.items() if who is process)
            timers = [self._settle(number) for number in owed]
        for timer in timers:
            if timer is not None:
                timer.cancel()
        said = f"The model process has ended ({process.returncode}). {_last_line(words)}".strip()
        words.close()
        for number in owed:
            self._deliver({"id": number, "kind": "failed", "message": said, "hint": _HINT})

    def _hand_on(self, answer: Message) -> None:
        number, timer = int(answer.get("id", 0)), None
        with self._lock:
            if number not in self._owed:
                return
            if answer.get("kind") in LAST:
                timer = self._settle(number)
        if timer is not None:
            timer.cancel()
        self._deliver(answer)

    def _settle(self, number: int) -> threading.Timer | None:
        """Nothing more is owed; the deadline, which is to be called off. Holds the lock."""
        self._owed.pop(number, None)
        return self._deadlines.pop(number, None)

    def _deaf(self, target: int) -> None:
        with self._lock:
            self._deadlines.pop(target, None)
            process = self._owed.get(target)
        if process is not None:
            process.kill()


def _last_line(words: IO[bytes]) -> str:
    """The last words of a process."""
    with suppress(OSError, ValueError):
        words.seek(0, 2)
        words.seek(max(0, words.tell() - 4000))
        lines = words.read().decode("utf-8", "replace").strip().splitlines()
        return lines[-1] if lines else ""
    return ""
