"""Whether and when a page that did not come is asked for again."""

from __future__ import annotations

from dataclasses import dataclass

from scraper.errors import Blocked, BrowserDied, FetchFailed, ServerError

REFUSALS_TO_STOP = 3
_LONGEST_WAIT = 3600.0


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Waits by kind of failure, in seconds, all in proportion to `backoff`.

    With the default a refused crawler waits a minute, then ten, and stops at the third refusal in a row; a page that did not
    come is tried again after 2, 20 and 200 s; the site's error page, which may mean that our request was bad, twice.
    """

    backoff: float = 60.0
    attempts: int = 4

    def after_failure(self, error: FetchFailed, attempt: int) -> float | None:
        """Seconds until attempt `attempt` + 1 of one page (attempts count from 1); None to give the page up."""
        if isinstance(error, BrowserDied):
            return 0.0 if attempt < 2 * self.attempts else None
        most = min(3, self.attempts) if isinstance(error, ServerError) and error.retry_after is None else self.attempts
        if attempt >= most:
            return None
        return _honour(error.retry_after, self.backoff / 30 * 10 ** (attempt - 1))

    def after_refusal(self, error: Blocked, in_a_row: int) -> float | None:
        """Seconds to leave the site alone after refusal number `in_a_row` (from 1); None to stop the run."""
        if in_a_row >= REFUSALS_TO_STOP or (error.retry_after or 0) > _LONGEST_WAIT:
            return None
        return _honour(error.retry_after, min(self.backoff * 10 ** (in_a_row - 1), 60 * self.backoff))


def _honour(retry_after: float | None, own: float) -> float:
    return own if retry_after is None else max(retry_after, own)
