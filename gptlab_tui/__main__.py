"""`gptlab`, and `python -m gptlab_tui`: the front door. Ctrl-c is quiet from the first moment."""

import signal
import sys


def main() -> int:
    """One command line; its exit status.

    Reading the files behind the door takes a tenth of a second. Who changes their mind in it gets no
    traceback: the process ends as by any signal. Where it was started to ignore ctrl-c, it does.
    """
    heard = signal.getsignal(signal.SIGINT)
    if heard is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from gptlab_tui import cli

    if heard is signal.default_int_handler:
        signal.signal(signal.SIGINT, heard)
    return cli.main()


if __name__ == "__main__":
    sys.exit(main())
