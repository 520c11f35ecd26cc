"""robots.txt: open for the demo, or as restrictive as the real site's."""

from __future__ import annotations

ROBOTS: dict[str, str] = {
    "open": "User-agent: *\nAllow: /\n",
    # The real site lets a few search engines into parts and everybody else nowhere but one page.
    "melon": (
        "User-agent: Googlebot\nAllow: /album\nAllow: /artist\nAllow: /video\n\n"
        "User-agent: Applebot\nAllow: /song\n\n"
        "User-agent: *\nAllow: /global-k-chart\nDisallow: /\n"
    ),
}
