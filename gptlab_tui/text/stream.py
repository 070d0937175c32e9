"""Text from tokens as they come, without halves of characters."""

from __future__ import annotations

import codecs
import functools

from gptlab_tui.text.protocol import Tokenizer


class StreamDecoder:
    """Decodes by bytes: the beginning of a UTF-8 sequence is held back until its end has come.

    The pieces together are `tokenizer.decode` of all tokens.
    """

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._token_bytes = functools.cache(tokenizer.token_bytes)
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def push(self, token: int) -> str:
        """The characters that are complete with this token; often one, sometimes none."""
        return self._decoder.decode(self._token_bytes(token))

    def finish(self) -> str:
        """What is left at the end: nothing, or U+FFFD for a sequence that was cut. Starts anew."""
        rest = self._decoder.decode(b"", final=True)
        self._decoder.reset()
        return rest
