"""Errors of the application itself.

ReumiError
├── SettingInvalid    a setting or environment variable that cannot be read: correct it
├── MissingExtra      a command needs packages that were not installed: install the extra that is named
├── DiaryTooLong      a diary entry is longer than ReUmi reads: shorten it
├── TextUnreadable    a file or pipe holds no UTF-8 text: convert it
├── FileUnwritable    a file that a command was to write cannot be written: name another
├── AddressRefused    a server cannot listen where it was told to: choose another port or host
├── DiaryUnreadable   the file of the local diary cannot be opened or is no diary
├── AlreadyCrawling   another process of this machine crawls the same site: wait for it
├── NoSuchRun         no run has that id: choose one of `reumi runs`
└── DemoFailed        a step of the demo ended with an error, whose own message stands above

The errors of the schedule, the replica and the service stand in their own `errors.py`.

Every error meant for people carries `exit_code`; the command line shows `str(error)` as its one line.
"""

from __future__ import annotations

from pathlib import Path


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


class DiaryTooLong(ReumiError):
    """A diary entry longer than `reumi.entry.LONGEST_DIARY` characters."""

    exit_code = 2

    def __init__(self, length: int, longest: int) -> None:
        super().__init__(f"the diary entry has {length:,} characters, and at most {longest:,} are read at a time; shorten or divide it")


class TextUnreadable(ReumiError):
    """A file or pipe that should hold text and does not."""

    exit_code = 2

    def __init__(self, source: str, line: int) -> None:
        super().__init__(
            f"{source} is no UTF-8 text (line {line}): give a text file; one from an older Korean program is converted by "
            "`iconv -f cp949 -t utf-8`"
        )


class FileUnwritable(ReumiError):
    """A file or folder that cannot be written where it was named."""

    def __init__(self, place: Path, error: OSError) -> None:
        super().__init__(f"{place} cannot be written ({(error.strerror or str(error)).lower()}): name another place")


class AddressRefused(ReumiError):
    """A server cannot listen on its address: another program does, or it is none of this machine's."""

    def __init__(self, command: str, address: str, reason: str) -> None:
        super().__init__(f"`reumi {command}` cannot listen on {address} ({reason}): choose another with --port or --host")


class DiaryUnreadable(ReumiError):
    """The local diary cannot be opened: names the file, and says how to go on."""


class AlreadyCrawling(ReumiError):
    """Another process of this machine crawls the same site into the same database."""

    exit_code = 75  # EX_TEMPFAIL: try again later, as a schedule does


class NoSuchRun(ReumiError):
    """No run has this id."""

    exit_code = 2

    def __init__(self, run_id: str) -> None:
        super().__init__(f"there is no run {run_id}: `reumi runs` lists them")


class DemoFailed(ReumiError):
    """A step of the demo ended with an error; its own message stands above."""
