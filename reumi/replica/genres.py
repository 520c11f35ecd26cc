"""Genre codes of the site with the names that it shows, and the sub-genres by decade."""

from __future__ import annotations

SONG_GENRES: dict[str, str] = {
    "GN0100": "발라드",
    "GN0200": "댄스",
    "GN0300": "랩/힙합",
    "GN0400": "R&B/Soul",
    "GN0500": "인디음악",
    "GN0600": "록/메탈",
    "GN0700": "트로트",
}
"""The seven genres that the replica has songs of."""

KOREAN_GENRES: dict[str, str] = {**SONG_GENRES, "GN0800": "포크/블루스"}
"""The tabs of a genre page; the last one is empty here."""

FOREIGN_GENRES: dict[str, str] = {
    "GN0900": "POP",
    "GN1000": "록/메탈",
    "GN1100": "일렉트로니카",
    "GN1200": "랩/힙합",
    "GN1300": "R&B/Soul",
    "GN1400": "포크/블루스/컨트리",
}

OTHER_GENRES: dict[str, str] = {
    "GN1500": "OST",
    "GN1600": "클래식",
    "GN1700": "재즈",
    "GN1800": "뉴에이지",
    "GN1900": "J-POP",
    "GN2000": "월드뮤직",
    "GN2100": "CCM",
    "GN2200": "어린이/태교",
    "GN2300": "종교음악",
    "GN2400": "국악",
}

GENRES: dict[str, str] = {**KOREAN_GENRES, **FOREIGN_GENRES, **OTHER_GENRES}

CHART_TOTALS: dict[str, str] = {"GN0000": "장르종합", "DM0000": "국내종합", "AB0000": "해외종합"}
CHART_CLASSES: dict[str, str] = {**CHART_TOTALS, **{code: name for code, name in GENRES.items() if code != "GN1600"}}

ENGLISH_NAMES: dict[str, str] = {
    "GN0100": "Ballad",
    "GN0200": "Dance",
    "GN0300": "Rap / Hip-hop",
    "GN0400": "R&B / Soul",
    "GN0500": "Indie",
    "GN0600": "Rock",
    "GN0700": "Trot",
}
"""Names as song pages of 2018 print them."""

_DECADES = {"01": "세부장르전체", "02": "'80", "03": "'90", "04": "'00", "05": "'10", "06": "'20"}
_YEARS = {"02": (0, 1989), "03": (1990, 1999), "04": (2000, 2009), "05": (2010, 2019), "06": (2020, 9999)}


def sub_genres(code: str) -> dict[str, str]:
    """Sub-genre codes of a genre with their names; `xx01` stands for the whole genre."""
    return {f"{code[:4]}{suffix}": name for suffix, name in _DECADES.items()}


def years_of(sub_code: str) -> tuple[int, int]:
    """First and last year that a sub-genre covers; every year for `xx01` and for an empty code."""
    return _YEARS.get(sub_code[4:], (0, 9999))
