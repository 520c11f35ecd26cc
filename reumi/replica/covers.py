"""Album covers drawn as SVG: every album its own picture, coloured by the main feeling of its songs."""

from __future__ import annotations

import math

from reumi.replica.clock import draw

_PALETTES: dict[str, tuple[tuple[str, ...], ...]] = {
    "행복": (("#ffd166", "#f78c6b", "#fff3d6", "#ef476f"), ("#ffe5a5", "#8ecf9c", "#fffaf0", "#f4a259")),
    "놀람": (("#3d2c8d", "#f9c80e", "#ff6f91", "#e9e4ff"), ("#00b4d8", "#fff3b0", "#ff7b54", "#073b4c")),
    "분노": (("#1f1300", "#d62828", "#f77f00", "#fcefe3"), ("#2b0a0d", "#c1121f", "#fdf0d5", "#780000")),
    "공포": (("#0b132b", "#3a506b", "#5bc0be", "#e6e9f0"), ("#12100e", "#4b3f72", "#8a84b0", "#d9d5ea")),
    "혐오": (("#3b4a2a", "#a3a847", "#e7e3c5", "#5f4b32"), ("#2f3e2e", "#7d8f69", "#d6cfae", "#8c5e58")),
    "슬픔": (("#274c77", "#6096ba", "#e7ecef", "#a3cef1"), ("#33415c", "#7d8597", "#dfe3ea", "#5c677d")),
    "중립": (("#b8a88a", "#e9dfce", "#6b705c", "#faf6ee"), ("#8d99ae", "#edf2f4", "#4a4e69", "#c9ada7")),
}

NO_COVER = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 500 500"><rect width="500" height="500" fill="#e8e8e8"/>'
    '<circle cx="250" cy="250" r="120" fill="#d0d0d0"/><circle cx="250" cy="250" r="26" fill="#e8e8e8"/></svg>'
)


def cover(album_id: str, feeling: str, size: int = 500) -> str:
    """An SVG document, `size` pixels square, that depends on the album id and the feeling alone."""
    palettes = _PALETTES.get(feeling, _PALETTES["중립"])
    colours = palettes[int(draw(album_id, "palette") * len(palettes))]
    motif = _MOTIFS[int(draw(album_id, "motif") * len(_MOTIFS))]
    turn = int(draw(album_id, "turn") * 360)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{size}" height="{size}" viewBox="0 0 500 500">'
        f'<defs><linearGradient id="g" gradientTransform="rotate({turn} .5 .5)"><stop offset="0" stop-color="{colours[0]}"/>'
        f'<stop offset="1" stop-color="{colours[1]}"/></linearGradient></defs><rect width="500" height="500" fill="url(#g)"/>'
        f"{motif(album_id, colours)}</svg>"
    )


def portrait(artist_id: str) -> str:
    """A small round face-less portrait of an artist."""
    hue = int(draw(artist_id, "hue") * 360)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100"><rect width="100" height="100" fill="hsl({hue},35%,80%)"/>'
        f'<g fill="hsl({hue},30%,45%)"><circle cx="50" cy="40" r="18"/><ellipse cx="50" cy="92" rx="34" ry="30"/></g></svg>'
    )


def _hills(album_id: str, colours: tuple[str, ...]) -> str:
    parts = [
        f'<circle cx="{_at(album_id, "sx", 90, 410)}" cy="{_at(album_id, "sy", 80, 220)}" r="{_at(album_id, "sr", 34, 80)}" '
        f'fill="{colours[2]}" opacity=".9"/>'
    ]
    for layer in range(3):
        base = 270 + 70 * layer
        points = " ".join(f"L{x},{base + _at(album_id, f'h{layer}{x}', -38, 38)}" for x in range(0, 501, 100))
        parts.append(
            f'<path d="M0,500 {points} L500,500Z" fill="{colours[3] if layer == 1 else colours[1]}" opacity="{0.45 + 0.2 * layer:.2f}"/>'
        )
    return "".join(parts)


def _rings(album_id: str, colours: tuple[str, ...]) -> str:
    x, y = _at(album_id, "cx", 150, 350), _at(album_id, "cy", 150, 350)
    count = _at(album_id, "rings", 4, 9)
    return "".join(
        f'<circle cx="{x}" cy="{y}" r="{28 + ring * 34}" fill="none" stroke="{colours[2 + ring % 2]}" '
        f'stroke-width="{_at(album_id, f"w{ring}", 4, 20)}" opacity=".8"/>'
        for ring in range(count)
    )


def _tiles(album_id: str, colours: tuple[str, ...]) -> str:
    parts = []
    for row in range(4):
        for column in range(4):
            x, y, kind = column * 125, row * 125, draw(album_id, row, column)
            colour = colours[2] if draw(album_id, column, row, "c") < 0.5 else colours[3]
            if kind < 0.3:
                parts.append(f'<path d="M{x},{y}h125a125,125 0 0 1 -125,125z" fill="{colour}"/>')
            elif kind < 0.6:
                parts.append(f'<circle cx="{x + 62}" cy="{y + 62}" r="46" fill="{colour}"/>')
            elif kind < 0.8:
                parts.append(f'<path d="M{x},{y + 125}l125,-125v125z" fill="{colour}"/>')
    return "".join(parts)


def _rain(album_id: str, colours: tuple[str, ...]) -> str:
    drops = "".join(
        f'<rect x="{_at(album_id, f"x{n}", 0, 490)}" y="{_at(album_id, f"y{n}", -40, 420)}" width="{_at(album_id, f"w{n}", 3, 9)}" '
        f'height="{_at(album_id, f"h{n}", 40, 170)}" rx="4" fill="{colours[2 + n % 2]}" opacity=".7"/>'
        for n in range(34)
    )
    return f'<g transform="rotate({_at(album_id, "lean", -18, 18)} 250 250)">{drops}</g>'


def _window(album_id: str, colours: tuple[str, ...]) -> str:
    x, y = _at(album_id, "wx", 90, 150), _at(album_id, "wy", 80, 130)
    width, height = 500 - 2 * x, 330
    moon = f'<circle cx="{x + width * draw(album_id, "mx"):.0f}" cy="{y + 90}" r="{_at(album_id, "mr", 26, 60)}" fill="{colours[3]}"/>'
    return (
        f'<clipPath id="w"><rect x="{x}" y="{y}" width="{width}" height="{height}" rx="{_at(album_id, "rx", 0, 120)}"/></clipPath>'
        f'<g clip-path="url(#w)"><rect width="500" height="500" fill="{colours[2]}"/>{moon}'
        f'<path d="M0,{y + 240}q125,{_at(album_id, "q", -70, 70)} 250,0t250,0V500H0z" fill="{colours[1]}"/></g>'
    )


def _petals(album_id: str, colours: tuple[str, ...]) -> str:
    count = _at(album_id, "petals", 5, 13)
    parts = []
    for petal in range(count):
        angle = 2 * math.pi * petal / count
        x, y = 250 + 115 * math.cos(angle), 250 + 115 * math.sin(angle)
        parts.append(
            f'<ellipse cx="{x:.0f}" cy="{y:.0f}" rx="105" ry="{_at(album_id, "fat", 26, 60)}" fill="{colours[2]}" opacity=".72" '
            f'transform="rotate({math.degrees(angle):.0f} {x:.0f} {y:.0f})"/>'
        )
    return "".join(parts) + f'<circle cx="250" cy="250" r="{_at(album_id, "heart", 30, 64)}" fill="{colours[3]}"/>'


_MOTIFS = (_hills, _rings, _tiles, _rain, _window, _petals)


def _at(album_id: str, what: str, low: int, high: int) -> int:
    return low + int(draw(album_id, what) * (high - low))
