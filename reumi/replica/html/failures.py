"""Pages that are no data: error pages, block pages, the empty document."""

from __future__ import annotations

from reumi.replica.html.template import fill

EMPTY_DOCUMENT = "<html><head></head><body></body></html>"

_REFUSED = "<html><head><title>{0}</title></head><body><h1>{0}</h1></body></html>"


def overloaded_page() -> str:
    """The body of a server error."""
    return fill("error", shown=fill("error_slow"), missing=fill("error_missing"))


def not_found_page() -> str:
    """The body for an unknown address."""
    return fill("error", shown=fill("error_missing"), missing=fill("error_missing"))


def refusal_page(status: int) -> str:
    """The few words of a 403 or 406, for any other status the site's error page."""
    return _REFUSED.format({403: "403 Forbidden", 406: "406 Not Acceptable"}[status]) if status in (403, 406) else overloaded_page()


def block_page() -> str:
    """A captcha instead of data."""
    return fill("block")
