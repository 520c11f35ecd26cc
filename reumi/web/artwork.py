"""Pictures drawn for the answer at hand. Those that never change are files in static/."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from itertools import pairwise

from tagging.emotions import LABELS

# Fills of the seven layers. Text never stands on them alone: every layer is named beside the picture.
COLOURS = dict(zip(LABELS, ("#f0bf4f", "#ef9f72", "#c9614f", "#7f6a9c", "#8b9c68", "#7293bd", "#d6c3ad"), strict=True))
INK = "#4a3b34"
_LEFT, _RIGHT, _TOP, _BOTTOM = 34.0, 186.0, 62.0, 206.0
_SLANT = 10.0
_HAND = (
    '<defs><filter id="h" x="-5%" y="-5%" width="110%" height="110%"><feTurbulence type="fractalNoise" baseFrequency="0.022" '
    'numOctaves="2" seed="4" result="n"/><feDisplacementMap in="SourceGraphic" in2="n" scale="4"/></filter></defs>'
)


def cake(probabilities: Mapping[str, float]) -> str:
    """A slice of cake with a layer per emotion, as thick as its share; an SVG document, 220 by 240."""
    edges = [_TOP]
    for label in LABELS:
        edges.append(edges[-1] + (_BOTTOM - _TOP) * probabilities[label])
    layers = "".join(
        f'<path d="M{_LEFT} {top:.1f} L{_RIGHT} {top - _SLANT:.1f} V{bottom - _SLANT:.1f} L{_LEFT} {bottom:.1f}Z" fill="{COLOURS[label]}"/>'
        for label, (top, bottom) in zip(LABELS, pairwise(edges), strict=True)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 220 240">{_HAND}'
        f'<g filter="url(#h)" stroke="{INK}" stroke-linejoin="round" stroke-linecap="round">'
        f'<ellipse cx="110" cy="208" rx="104" ry="20" fill="#fbf6ee" stroke-width="2.4"/>'
        f'<ellipse cx="110" cy="205" rx="88" ry="14" fill="#efe3d3" stroke-width="1.2"/>'
        f'<g stroke-width=".8">{layers}</g>'
        f'<path d="M34 62 V206 L186 196 V52" fill="none" stroke-width="2.6"/>'
        '<path d="M34 62 Q66 36 150 30 L186 52 Q184 68 172 62 T148 68 T122 62 T98 76 T72 66 T48 78 T34 62Z" fill="#fdf4ec" '
        'stroke-width="2.4"/>'
        '<circle cx="122" cy="27" r="13" fill="#b5544f" stroke-width="2.2"/><path d="M124 14 Q128 4 140 3" fill="none" stroke-width="2.2"/>'
        '<path d="M117 23 q3 -4 7 -2" fill="none" stroke="#fbe3dd" stroke-width="2"/>'
        "</g></svg>"
    )


def as_data_url(svg: str) -> str:
    """An SVG as the address of a picture, which no script can live in."""
    return f"data:image/svg+xml;base64,{b64encode(svg.encode()).decode()}"
