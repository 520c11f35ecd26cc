"""Errors of the application itself.

ReumiError
├── SettingInvalid    a setting or environment variable that cannot be read
├── MissingExtra      a command needs packages that were not installed
└── DiaryUnreadable   the file of the local diary cannot be opened or is no diary

Every error meant for people carries `exit_code`; the command line shows `str(error)` as its one line.
"""

from __future__ import annotations


class ReumiError(Exception):
    """Root of the application's errors."""

    exit_code = 1


class SettingInvalid(ReumiError):
    """A setting that cannot be read: names the setting, its source and what is allowed."""

    exit_code = 2


class MissingExtra(ReumiError):
    """A command whose packages are not installed."""

    def __init__(self, command: str, extra: str) -> None:
        super().__init__(f"`reumi {command}` needs packages that are not installed: pip install 'reumi[{extra}]'")
        self.extra = extra


class DiaryUnreadable(ReumiError):
    """The local diary cannot be opened: names the file, and says how to go on."""
