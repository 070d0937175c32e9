"""Real processes on real pseudo-terminals: how the workbench begins and leaves there."""

import errno
import os
import re
import signal
import termios

import pytest
from textual.drivers._writer_thread import MAX_QUEUED_WRITES, WriterThread

from gptlab_tui.tui.driver import Output

pytestmark = pytest.mark.system


def restored(session):
    """Alternate screen left, cursor shown, and the terminal's own settings as they were."""
    assert b"\x1b[?1049l" in session.said
    assert session.said.rindex(b"\x1b[?1049l") > session.said.rindex(b"\x1b[?1049h")
    assert b"\x1b[?25h" in session.said
    assert termios.tcgetattr(session.child)[:4] == session.before[:4]


def test_it_opens_and_q_leaves_the_terminal_as_it_was(session):
    bench = session("tui", "--pane", "runs")
    bench.shows("[5 Runs]")
    bench.press("q")
    assert bench.ended() == 0
    restored(bench)


def test_it_says_at_once_that_it_opens(session):
    bench = session("tui", "--pane", "runs")
    bench.shows("[5 Runs]")
    told, gone, frame = map(bench.said.index, (b"GPTLab opens", b"\r\x1b[K", b"\x1b[?1049h"))
    assert told < gone < frame
    assert bench.said[:told] == b""


def test_a_terminal_that_places_no_text_gets_a_sentence(session):
    bench = session("tui", TERM="dumb")
    assert bench.ended() == 2
    assert b"cannot place text" in bench.said
    assert b"\x1b" not in bench.said


def test_gptlab_alone_opens_it(session):
    bench = session()
    bench.shows("3 Generate")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT])
def test_a_signal_restores_the_terminal(session, number):
    bench = session("tui", "--pane", "runs")
    bench.shows("[5 Runs]")
    bench.process.send_signal(number)
    assert bench.ended() == 128 + number
    restored(bench)


def test_a_terminal_that_hangs_up_leaves_nothing_behind(session):
    bench = session("tui", "--pane", "runs")
    bench.shows("[5 Runs]")
    os.close(bench.child)
    os.close(bench.parent)
    assert bench.process.wait(20) in (128 + signal.SIGHUP, -signal.SIGHUP)


def test_nobody_waits_for_a_terminal_that_has_gone():
    class Gone:
        def write(self, *text):
            raise OSError(errno.EIO, "Input/output error")

        flush = write

    writer = WriterThread(Output(Gone()))
    writer.start()
    for _ in range(2 * MAX_QUEUED_WRITES):
        writer.write("x")
    writer.stop()
    assert not writer.is_alive()


def test_a_word_to_go_on_begins_nothing_anew(session):
    bench = session("tui", "--pane", "runs")
    bench.shows("[5 Runs]")
    bench.process.send_signal(signal.SIGCONT)  # comes with a hang-up, too
    bench.press("?")
    bench.shows("─ Keys")
    bench.press("\x1b")
    bench.until(lambda: not any("─ Keys" in line for line in bench.screen.display))
    bench.press("q")
    assert bench.ended() == 0
    assert bench.said.count(b"\x1b[?1049h") == 1


def test_a_lone_escape_is_a_key(session):
    bench = session("tui", "--pane", "runs")
    bench.shows("[5 Runs]")
    bench.press("?")
    bench.shows("─ Keys")
    bench.press("\x1b")
    bench.until(lambda: not any("─ Keys" in line for line in bench.screen.display))


def test_keys_that_come_all_at_once_go_where_the_ones_before_lead(session, runs):
    bench = session("tui", "--pane", "generate")
    bench.shows("entropy")
    bench.press("iqt12\t5/zzz")  # into the prompt, out of it, to Runs, into its filter
    bench.shows("[5 Runs]")
    bench.shows("zzz")
    bench.press("\x1b")
    bench.until(lambda: not any("zzz" in line for line in bench.screen.display))
    bench.press("3")
    bench.shows("qt12")


def test_garbage_does_no_harm(session):
    bench = session("tui", "--pane", "runs")
    bench.shows("[5 Runs]")
    os.write(bench.parent, bytes(range(128, 256)) + b"\x1b[<999;M\x1b]52;c;!\x07\x1b[200~\x00\x1b[201~")
    bench.press("?")
    bench.shows("─ Keys")


@pytest.mark.parametrize(
    "environ",
    [
        {"TERM": "screen"},
        {"TERM": "linux"},
        {"TERM": "xterm-256color", "LC_ALL": "C"},
        {"TERM": "xterm-256color", "NO_COLOR": "1"},
    ],
    ids=["screen", "16 colours", "no UTF-8", "no colour"],
)
def test_odd_terminals(session, environ):
    bench = session("tui", "--pane", "runs", **environ)
    bench.shows("[5 Runs]")
    if environ["TERM"] in ("screen", "linux"):
        assert b"\x1b[38;2;" not in bench.said
        assert b";38;2;" not in bench.said
    if "NO_COLOR" in environ:
        codes = {code for told in re.findall(rb"\x1b\[([0-9;]*)m", bench.said) for code in told.split(b";")}
        assert codes <= {b"", b"0", b"1", b"2", b"3", b"4", b"7", b"9"}
        assert {b"1", b"2"} < codes  # what stands out, and what does not
    if environ.get("LC_ALL") == "C":
        assert bench.said.isascii()
        assert b"\\u" not in bench.said
        bench.until(lambda: bench.screen.display[1].startswith("+-"))
    bench.press("q")
    assert bench.ended() == 0


def test_an_interrupt_from_elsewhere_leaves_and_puts_the_terminal_back(session):
    bench = session("tui", "--pane", "runs")
    bench.shows("[5 Runs]")
    bench.process.send_signal(signal.SIGINT)
    assert bench.ended() == 130
    assert termios.tcgetattr(bench.child) == bench.before


def test_after_a_stop_that_nobody_hears_of_the_terminal_is_taken_back_and_drawn_anew(session):
    """What a shell does with a job that SIGSTOP has stopped: its own modes, its own lines on the screen."""
    bench = session("tui", "--pane", "runs")
    bench.shows("[5 Runs]")
    bench.shows("contos")
    bench.process.send_signal(signal.SIGSTOP)
    os.waitpid(bench.process.pid, os.WUNTRACED)
    raw = termios.tcgetattr(bench.child)
    termios.tcsetattr(bench.child, termios.TCSANOW, bench.before)
    bench.stream.feed(b"\x1b[H\x1b[2Jshell$ fg\r\n")
    bench.process.send_signal(signal.SIGCONT)
    bench.until(lambda: not any("shell$" in line for line in bench.screen.display))
    bench.shows("[5 Runs]")
    bench.shows("contos")
    assert termios.tcgetattr(bench.child)[:4] == raw[:4]
    bench.press("?")
    bench.shows("─ Keys")


def test_after_a_pause_that_it_was_asked_for_all_is_drawn_anew(session):
    bench = session("tui", "--pane", "runs")
    bench.shows("[5 Runs]")
    bench.shows("contos")
    bench.process.send_signal(signal.SIGTSTP)
    os.waitpid(bench.process.pid, os.WUNTRACED)
    bench.read(0.2)
    bench.screen.reset()
    bench.process.send_signal(signal.SIGCONT)
    bench.shows("[5 Runs]")
    bench.shows("contos")
