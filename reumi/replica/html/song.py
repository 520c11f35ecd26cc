"""A song's own page, in every case of lyrics that the site has."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from reumi.replica.catalogue import Song
from reumi.replica.clock import draw
from reumi.replica.filler import filler_lyrics
from reumi.replica.genres import ENGLISH_NAMES, GENRES
from reumi.replica.html.blocks import like_script, shell, song_table
from reumi.replica.html.rows import RowStyle, has_video, list_row
from reumi.replica.html.text import Links, text, title_of

MENU_ID = "29010101"

_ADULT = "청소년 보호법에 따라 성인 인증이 필요한 콘텐츠 입니다. 성인 인증 후 이용해 주세요."
_PENDING = "[가사 준비중] 멜론 회원 여러분! 가사 등록을 기다리고 있어요."


def song_page(song: Song, links: Links, similar: Sequence[Song]) -> str:
    """The page of a song. `similar` songs, if any, stand in a list of their own further down."""
    content = (
        f'<div class="page_header">\n<h2 class="title">곡 정보</h2>\n</div>\n{_info(song, links)}{_lyrics(song)}{_credits(song, links)}'
        f"{_videos(song, links)}{_similar(similar, links)}"
    )
    url = f"{links.base}/song/detail.htm?songId={song.song_id}"
    artists = text(", ".join(song.artists))
    image = links.cover(song, "/melon/quality/90/optimize")
    head = (
        f'<meta property="og:title" content="{title_of(song)} - {artists} | 멜론"/>\n<meta property="og:image" content="{image}"/>\n'
        f'<meta property="og:url" content="{url}"/>\n<meta property="og:type" content="website"/>\n'
    )
    if not song.english_genre:
        head += f'<script type="application/ld+json">{{"@type":"MusicRecording","image":"{image}"}}</script>\n'
    fill = '<script type="text/javascript">\nREPLICA.fillSongLike();\n</script>\n'
    return shell("곡 정보&gt;멜론", content, head=head, tail=fill)


def missing_page() -> str:
    """What the site answers, with status 200, for a song that is not there."""
    content = '<input type="hidden" id="targetId" value="song"/>\n<div class="wrap_notfound"><p>서비스가 제공되지 않는 곡입니다.</p></div>\n'
    return shell("멜론", content).replace('<div id="conts">', '<div id="conts" data-targetId="song">')


def genre_text(song: Song) -> str:
    """The genres that the page prints: Korean, or English as in 2018."""
    names = ENGLISH_NAMES if song.english_genre else GENRES
    return names[song.genre_code] + (f", {song.extra_genre}" if song.extra_genre else "")


def _info(song: Song, links: Links) -> str:
    album = f"<a href=\"javascript:melon.link.goAlbumDetail('{song.album_id}');\">{text(song.album)}</a>"
    entries = [("앨범", album), ("발매일", song.released), ("장르", text(genre_text(song)).replace("&amp;", "&"))]
    if draw(song.song_id, "flac") < 0.7:
        entries.append(("FLAC", "Flac 16bit" if draw(song.song_id, "flac") < 0.5 else "Flac 16/24bit"))
    meta = "".join(f"<dt>{label}</dt>\n<dd>{value}</dd>\n" for label, value in entries)
    badge = ""
    if song.adult:
        badge = '<span class="bullet_icons age_19 large" title="19세 미만 청소년 이용불가"><span class="none">19금</span></span>\n'
    title = title_of(song)
    return f"""<form id="downloadfrm" name="downloadfrm">
<!-- 곡 상세 -->
<div class="section_info">
<div class="wrap_info">
<div class="thumb">
<a href="#" class="image_typeAll" id="d_song_org">
<img onerror="WEBPOCIMG.defaultAlbumImg(this);" width="282" height="282" src="{links.cover(song, "/melon/quality/80/optimize")}" alt=""/>
<span class="bg_album_frame"></span>
</a>
</div>
<div class="entry">
<div class="info">
<div class="song_name">
<strong class="none">곡명</strong>
{badge}{title}
</div>
<div class="artist">
{_artists(song)}</div>
</div>
<div class="meta">
<dl class="list">
{meta}</dl>
</div>
<div class="button d_song_like">
<button type="button" class="button_etc like type02" id="btnLike" title="{title} 좋아요" data-song-no="{song.song_id}" data-song-menuid="{MENU_ID}" data-target-id="d_like_count">
<span class="odd_span">좋아요</span>
<span id="d_like_count" class="cnt">
<span class="none">총건수</span>
0
</span>
</button>
</div>
<div class="share">
<dl><dt>댓글</dt><dd><a href="javascript:;"><span id="revCnt" class="text">0개</span></a></dd></dl>
</div>
</div>
</div>
</div>
<!-- //곡 상세 -->
</form>
"""


def _artists(song: Song) -> str:
    parts = []
    for name, artist_id in zip(song.artists, song.artist_ids, strict=True):
        shown = text(name)
        if artist_id is None:
            parts.append(f"{shown}\n")
            continue
        picture = f'<span class="thumb_atist"><img onerror="WEBPOCIMG.defaultArtistImg(this);" width="30" height="30" src="{_portrait(artist_id)}" alt=""/></span>'
        anchor = f"<a href=\"javascript:melon.link.goArtistDetail('{artist_id}')\" title=\"{shown}\" class=\"artist_name\"><span>{shown}</span>{picture}</a>"
        parts.append(f"{anchor}\n" if len(song.artists) == 1 else f'<span class="wrap_dtl">{anchor}</span>\n')
    return "".join(parts)


def _portrait(artist_id: str) -> str:
    padded = artist_id.zfill(8)
    return f"/cm/artistcrop/images/{padded[:3]}/{padded[3:5]}/{padded[5:]}/{artist_id}_500.jpg/melon/resize/60/quality/80/optimize"


def _lyrics(song: Song) -> str:
    if song.lyrics_case == "none":
        return ""
    if song.lyrics_case == "ok":
        words = filler_lyrics(song.song_id) if song.filler else song.lyrics
        # One physical line, as the site has it: only <BR> breaks the lines.
        lines = "<BR>".join(f"{escape(line, quote=False)} " if line else "" for line in words.split("\n"))
        block = (
            f'<div class="lyric" id="d_video_summary"><!-- height:auto; 로 변경시, 확장됨 -->\n\t\t{lines}<BR>\n</div>\n'
            f'<button type="button" title="{title_of(song)} 가사 더보기" class="button_more arrow_d" data-control="expose" data-expose-type="more" '
            'data-expose-target="#d_video_summary"><span class="text">펼치기</span><i class="button_icons etc arrow_d"></i></button>\n'
        )
    elif song.lyrics_case == "adult":
        block = f'<div class="lyric_none">{_ADULT}<button type="button" class="btn_base02 adult_register"><span>성인인증</span></button></div>\n'
    else:
        block = f'<div class="lyric_none">{_PENDING}<button type="button" class="d_register"><span>가사등록</span></button></div>\n'
    return f"""<!-- 가사 -->
<div class="section_lyric">
<div class="page_header bline">
<h5 class="title">가사</h5>
<div class="button">
<button type="button" title="프린트" class="button_rbox d_print"><span class="cnt">프린트</span></button>
<button type="button" title="가사오류신고" class="button_rbox d_report"><span class="cnt">가사오류신고</span></button>
</div>
</div>
<div class="wrap_lyric" id="lyricArea">
{block}</div>
</div>
<!-- //가사 -->
"""


def _credits(song: Song, links: Links) -> str:
    makers = [(name, artist_id) for name, artist_id in zip(song.artists, song.artist_ids, strict=True) if artist_id is not None]
    if not makers or song.filler:
        return ""
    roles = ("작곡", "편곡") if song.lyrics_case == "none" else ("작사", "작곡", "편곡")
    items = []
    for place, role in enumerate(roles):
        name, artist_id = makers[place % len(makers)]
        # The site's own slips: a line break inside the address, and a host name glued to `null`.
        source = f"{links.base}{_portrait(artist_id)}".replace("_500.jpg/", "_500.jpg\n\n/")
        if draw(song.song_id, role, "portrait") < 0.2:
            source = "http://cdnimg.melon.co.krnull\n/melon/resize/60/quality/80/optimize"
        items.append(
            f'<li>\n<div class="thumb">\n<a href="javascript:melon.link.goArtistDetail({artist_id})" class="image_typeAll">\n'
            f'<img onerror="javascript:defaultPickArtistImg(this, &#39;60&#39;);" src="{source}" alt=""/>\n</a>\n</div>\n<div class="entry">\n'
            f'<div class="ellipsis artist">\n<a href="javascript:melon.link.goArtistDetail({artist_id})" class="artist_name" '
            f'title="아티스트상세 이동">{text(name)}</a>\n</div>\n<div class="meta">\n<span class="type">{role}</span>\n</div>\n</div>\n</li>\n'
        )
    return (
        '<!-- 작사 / 작곡 -->\n<div class="section_prdcr">\n<div class="page_header bline">\n<h5 class="title">작사 / 작곡</h5>\n</div>\n'
        f'<ul class="list_person clfix">\n{"".join(items)}</ul>\n</div>\n'
    )


def _videos(song: Song, links: Links) -> str:
    if not has_video(song) or song.filler:
        return ""
    number = 50_000_000 + int(draw(song.song_id, "mv") * 900_000)
    artist_id = song.artist_ids[0]
    artist = f"<a href=\"javascript:melon.link.goArtistDetail('{artist_id}');\" class=\"artist_name\">{text(song.artists[0])}</a>" if artist_id else ""
    return f"""<!-- 관련영상 -->
<div class="section_movie">
<div class="page_header">
<h5 class="title">관련비디오</h5>
</div>
<div class="service_list_video type03 d_video_list">
<ul>
<li>
<div class="entry">
<div class="info">
<a href="javascript:melon.link.goMvDetail('{MENU_ID}', '{number}')" class="ellipsis album_name" title="비디오상세 이동">{title_of(song)} (MV)</a>
<span class="ellipsis artist">{artist}</span>
</div>
<div class="meta">
<button type="button" id="btnLikeMv" class="button_etc like" title="{title_of(song)} (MV) 좋아요" data-video-no="{number}" data-video-menuid="{MENU_ID}">
<span class="odd_span">좋아요</span>
<span class="cnt">
<span class="none">총건수</span>
9,999,999+
</span>
</button>
</div>
</div>
</li>
</ul>
</div>
</div>
"""


def _similar(songs: Sequence[Song], links: Links) -> str:
    if not songs:
        return ""
    style = RowStyle(links, MENU_ID, bell=True)
    rows = "".join(list_row(song, place, style) for place, song in enumerate(songs, start=1))
    return (
        '<!-- 스타일이 유사한 인기곡 -->\n<div class="section_hitsong">\n<div class="page_header">\n<h5 class="title">스타일이 유사한 인기곡</h5>\n</div>\n'
        f"{song_table(rows, MENU_ID, bell=True)}</div>\n{like_script()}"
    )
