"""How an alert leaves the house: to a command on its standard input, or to a webhook by POST."""

from __future__ import annotations

import http.client
import subprocess
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence

from reumi import __version__
from reumi.schedule.plan import AlertPlan

SECONDS = 15.0  # that a try may take

Send = Callable[[bytes], None]


class NotDelivered(Exception):
    """A try failed; says why. Caught where it is tried again."""


def channels_of(plan: AlertPlan) -> Mapping[str, Send]:
    """What sends, by the channel's name. A sender raises NotDelivered."""
    found: dict[str, Send] = {}
    if plan.command:
        found["command"] = lambda body: _to_command(plan.command, body)
    if plan.webhook:
        found["webhook"] = lambda body: _to_webhook(plan.webhook, body)
    return found


def _to_command(command: Sequence[str], body: bytes) -> None:
    try:
        subprocess.run(command, input=body, timeout=SECONDS, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode("utf-8", "replace").strip().splitlines()
        raise NotDelivered(f"`{command[0]}` ended with exit code {error.returncode}{f': {said[-1][:200]}' if said else ''}") from error
    except subprocess.TimeoutExpired as error:
        raise NotDelivered(f"`{command[0]}` did not end within {SECONDS:.0f} s") from error
    except OSError as error:
        raise NotDelivered(f"`{command[0]}` cannot be run: {error.strerror or error}") from error


def _to_webhook(url: str, body: bytes) -> None:
    headers = {"Content-Type": "application/json; charset=utf-8", "User-Agent": f"ReUmi/{__version__}"}
    request = urllib.request.Request(url, data=body, headers=headers, method="POST")
    try:
        urllib.request.urlopen(request, timeout=SECONDS).close()
    except urllib.error.HTTPError as refused:
        with refused:
            raise NotDelivered(f"HTTP {refused.code}") from refused
    except (OSError, http.client.HTTPException, ValueError) as error:
        cause = getattr(error, "reason", error)
        raise NotDelivered(f"{getattr(cause, 'strerror', None) or cause or type(cause).__name__}") from error
