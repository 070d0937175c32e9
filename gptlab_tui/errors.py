"""What a user may cause: one sentence that says what is wrong, and a hint that says what to do."""

from errno import EDQUOT, ENOSPC


class GPTLabError(Exception):
    """A wrong request: the command line prints `message` and `hint` and leaves with status 2.

    Anything else that reaches the top of the program is a bug of ours and shows a traceback.
    """

    exit_code = 2

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class JobFailed(GPTLabError):
    """A right request whose work could not be done: no disk, no memory, no network. Status 1."""

    exit_code = 1


def is_full(error: OSError) -> bool:
    """Whether a disk, or a user's share of it, has no room left."""
    return error.errno in (ENOSPC, EDQUOT)
