"""The answer as HTML. Titles, artists, lyrics and diaries come from outside: everything is escaped here, and only here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape
from urllib.parse import quote_plus, urlsplit

from recommender.results import RecommendedSong
from reumi.web.artwork import as_data_url, cake
from reumi.web.trouble import Advice
from reumi.web.words import consolation, feeling
from tagging.diary import SentenceReading
from tagging.emotions import LABELS, Emotion

NO_COVER = "app/static/no-cover.svg"
_MOST_QUOTED = 3
_LONGEST_QUOTE = 120


def reading_card(probabilities: Mapping[str, float], sentences: Iterable[SentenceReading], lift: bool) -> str:
    """What was read in the diary: main emotion in words, the cake, the seven shares, and the sentences that carried it."""
    emotion = Emotion(max(LABELS, key=lambda label: probabilities[label]))
    shares = "".join(
        f'<li><i class="dot e{place}"></i><span>{label}</span><b>{probabilities[label]:.0%}</b></li>' for place, label in enumerate(LABELS)
    )
    return (
        '<section class="reading" lang="ko" aria-label="오늘의 마음">'
        f'<div class="cake">{cake_picture(probabilities, "일곱 감정이 층층이 쌓인 마음 케이크")}'
        f'<ul class="shares" aria-hidden="true">{shares}</ul></div>'
        f'<div class="said"><h3>오늘의 마음은 {feeling(probabilities)}</h3><p>{consolation(emotion, lift)}</p>{_quotes(sentences)}</div>'
        "</section>"
    )


def _quotes(sentences: Iterable[SentenceReading]) -> str:
    """The sentences that weighed most, in the diary's order."""
    told = list(sentences)
    if len(told) < 2:
        return ""
    heaviest = sorted(range(len(told)), key=lambda place: -told[place].weight)[:_MOST_QUOTED]
    items = "".join(_quote(told[place]) for place in sorted(heaviest))
    return f'<p class="small">마음이 가장 잘 드러난 문장</p><ul class="quotes">{items}</ul>'


def _quote(said: SentenceReading) -> str:
    text = said.text if len(said.text) <= _LONGEST_QUOTE else f"{said.text[: _LONGEST_QUOTE - 1]}…"
    return f'<li><q class="u{said.emotion.class_id}">{escape(text)}</q> <small>{said.emotion.value} · {said.weight:.0%}</small></li>'


def song_cards(songs: Iterable[RecommendedSong], site_url: str) -> str:
    """The songs as an ordered list of cards."""
    return f'<ol class="songs" lang="ko" aria-label="추천 노래">{"".join(_card(song, site_url) for song in songs)}</ol>'


def _card(song: RecommendedSong, site_url: str) -> str:
    likes = f"<span>♥ {song.likes:,}</span>" if song.likes is not None else ""
    return (
        '<li class="song"><article>'
        f'<div class="cover"><img src="{safe_picture(song.image_url)}" alt="" loading="lazy" referrerpolicy="no-referrer"></div>'
        f"<h3>{title_link(song.title, song.artist)}</h3>"
        f'<p class="artist">{escape(song.artist)}</p>'
        f'<p class="facts"><span class="chip"><i class="dot e{LABELS.index(song.emotion)}"></i>{escape(song.emotion)}</span>'
        f"<span>{escape(song.genre or '장르 모름')}</span>{likes}</p>"
        f'<ul class="reasons">{"".join(_reason(reason) for reason in song.reasons)}</ul>'
        f"{song_links(song.title, song.artist, melon_url(site_url, song.song_id))}"
        "</article></li>"
    )


def cake_picture(shares: Mapping[str, float], caption: str) -> str:
    """The layered cake as an image whose text alternative tells the shares."""
    spoken = ", ".join(f"{label} {shares[label]:.0%}" for label in LABELS)
    return f'<img src="{as_data_url(cake(shares))}" alt="{escape(caption)}: {spoken}">'


def song_links(title: str, artist: str, melon: str) -> str:
    """Where to hear a song and where to read about it."""
    listen = _link(youtube_url(title, artist), "유튜브에서 듣기", f"{title} 유튜브에서 듣기 (새 창)")
    return f'<p class="links">{listen}{_link(melon, "멜론에서 보기", f"{title} 멜론에서 보기 (새 창)")}</p>'


def title_link(title: str, artist: str) -> str:
    """A song's title as a link to a YouTube search."""
    return _link(youtube_url(title, artist), title)


def _link(address: str, text: str, label: str = "") -> str:
    named = f' aria-label="{escape(label)}"' if label else ""
    return f'<a href="{escape(address)}" target="_blank" rel="noopener noreferrer"{named}>{escape(text)}</a>'


def _reason(reason: str) -> str:
    kind = ' class="lyric"' if "“" in reason else ""
    return f"<li{kind}>{escape(reason)}</li>"


def youtube_url(title: str, artist: str) -> str:
    """The address of a YouTube search."""
    return f"https://www.youtube.com/results?search_query={quote_plus(f'{title} {artist}', errors='replace')}"


def melon_url(site_url: str, song_id: str) -> str:
    """The address of the song's own page."""
    return f"{site_url.rstrip('/')}/song/detail.htm?songId={quote_plus(song_id)}"


def safe_picture(address: str | None) -> str:
    """A cover's address when it is http or https, else our own picture; ready to stand in an attribute."""
    try:
        parts = urlsplit(address or "")
    except ValueError:
        return NO_COVER
    return escape(address or "") if parts.scheme in ("http", "https") and parts.hostname else NO_COVER


def notice_line(sentence: str) -> str:
    """A gentle remark above the answer, told to screen readers too."""
    return f'<p class="notice" lang="ko" role="status">{escape(sentence)}</p>'


def advice_card(advice: Advice, detail: str = "") -> str:
    """Friendly words about what is missing."""
    commands = "".join(f"<li><code>{escape(command)}</code></li>" for command in advice.commands)
    more = f"<ul>{commands}</ul>" if commands else ""
    small = f'<p class="small">{escape(detail)}</p>' if detail else ""
    words = f"<h3>{escape(advice.title)}</h3><p>{escape(advice.body)}</p>"
    return f'<section class="advice" lang="ko" role="status">{words}{more}{small}</section>'
