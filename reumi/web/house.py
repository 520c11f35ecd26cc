"""What all pages share: settings and answers, made once for the whole server."""

from __future__ import annotations

from contextlib import suppress
from functools import lru_cache
from importlib import import_module

from reumi.answers import Answers
from reumi.settings import Settings


def answers() -> Answers:
    """The answers for the settings as they are now; the same object while they stay the same."""
    return _answers(Settings.load())


@lru_cache(maxsize=4)
def _answers(settings: Settings) -> Answers:
    return Answers(settings)


def warm() -> None:
    """Open what the first diary will need; trouble is left for the page to tell."""
    from reumi.web.trouble import EXPECTED

    with suppress(*EXPECTED):
        answers().recommender  # noqa: B018 (opened for its own sake)
        answers().engine  # noqa: B018
    import_module("reumi.web.data_page")
