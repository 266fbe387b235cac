"""The problems that stop a replica from answering; each is a sentence for the client."""

from __future__ import annotations

RETRY_AFTER = 1
"""The seconds after which a client may send its request again."""


class StoreError(Exception):
    """The engine has not done what it was asked; the text says so in a sentence.

    With ``sent``, the engine may have done it: the question went to it, and no answer came back.
    """

    def __init__(self, sentence: str, *, sent: bool = False) -> None:
        super().__init__(sentence)
        self.sent = sent


class UnavailableError(Exception):
    """The replica can't answer a request for a space now; the text is a sentence for the client, and the answer is 503."""


NOT_DONE = "The request was not carried out; send it again."
MAYBE_DONE = "The request may have been carried out; look at what it should have changed before you send it again."
