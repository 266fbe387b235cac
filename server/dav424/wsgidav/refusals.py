"""What a provider refuses, as the refusal of an action.

A ``DAVError`` keeps its status, unless that is 424 or less than 400: a cause has failed on its own. The error numbers of an
operating system have the statuses of ``_STATUSES``; all other exceptions are 500.
"""

from __future__ import annotations

import errno
import logging
from typing import Any

from wsgidav.dav_error import DAVError

from dav424.core.batch import FAILED_DEPENDENCY, Refused
from dav424.core.condition_codes import QUOTA_NOT_EXCEEDED, SUFFICIENT_DISK_SPACE, ConditionCode
from dav424.core.paths import Path, href
from dav424.core.reason_phrases import reason

log = logging.getLogger("dav424")
_STATUSES = {
    errno.ENOSPC: 507,
    errno.EDQUOT: 507,
    errno.EACCES: 403,
    errno.EPERM: 403,
    errno.EROFS: 403,
    errno.ENOENT: 409,
}
_CONDITIONS = {errno.ENOSPC: SUFFICIENT_DISK_SPACE, errno.EDQUOT: QUOTA_NOT_EXCEEDED}


class Refusing:
    """A ``with`` block in which what a provider raises becomes ``Refused``; ``doing`` is such as "write".

    ``path`` is that of the resource, which is a ``collection`` or not. Each call of a provider is in such a block, so that
    the sentence is only written when the provider refuses.
    """

    __slots__ = ("_collection", "_doing", "_path")

    def __init__(self, doing: str, path: Path, *, collection: bool = False) -> None:
        self._doing, self._path, self._collection = doing, path, collection

    def __enter__(self) -> None:
        """Begin the block."""

    def __exit__(self, _kind: object, error: BaseException | None, _frames: object) -> None:
        """Raise the refusal, unless the block has ended well, or with an error that is not the provider's."""
        if isinstance(error, Exception) and not isinstance(error, Refused | MemoryError):
            raise refusal(error, self._doing, href(self._path, collection=self._collection)) from None


def refusal(error: Exception, doing: str, where: str) -> Refused:
    """Give the refusal that an exception of a provider stands for."""
    what = f"{doing} {where}"
    if isinstance(error, DAVError):
        return _of_dav_error(error, what)
    if isinstance(error, OSError):
        said = error.strerror or str(error) or type(error).__name__
        number = error.errno or 0
        return Refused(_STATUSES.get(number, 500), f"The provider could not {what}: {said}.", _CONDITIONS.get(number))
    log.error("The provider failed to %s", what, exc_info=error)
    return Refused(500, f"The provider failed to {what}, with {type(error).__name__}; the log of the server has more.")


def _of_dav_error(error: DAVError, what: str) -> Refused:
    status = error.value
    own = status != FAILED_DEPENDENCY and 400 <= status <= 599
    said = f": {_sentence(error.context_info)}" if error.context_info else f" with {status} {reason(status)}."
    if not own:
        said += f" It answered with {status}, which no refusal can be, so it is reported as 500."
    return Refused(status if own else 500, f"The provider refused to {what}{said}", _condition(error))


def _sentence(text: Any) -> str:
    written = str(text).strip()
    return written if written.endswith((".", "!", "?")) else f"{written}."


def _condition(error: DAVError) -> ConditionCode | None:
    code = error.err_condition
    return ConditionCode(code.condition_code) if code is not None and code.condition_code.startswith("{") else None
