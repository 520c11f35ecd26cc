"""A small site with the real one's addresses and marks, whose answers a test can replace one by one; and a fetcher without a browser."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import parse_qs, urlsplit
from urllib.request import Request, urlopen

from scraper.errors import FetchFailed
from scraper.fetch import retry_after_seconds
from scraper.pages.likes import read_likes
from scraper.pages.markers import require_page
from scraper.ports import Page
from scraper.site import Site

Answer = tuple[int, dict[str, str], bytes]


def row(song_id: int, rank: int) -> str:
    return f"""<tr><td><input type="checkbox" name="input_check" class="input_check" value="{song_id}" title="곡 {song_id} 곡 선택"></td>
<td><span class="rank ">{rank}</span><span class="none">위</span></td>
<td><a class="image_typeAll" href="#"><img src="https://cdnimg.melon.co.kr/cm2/album/images/1/{song_id}_500.jpg/melon/resize/120"></a></td>
<td><div class="ellipsis rank01"><span><a href="javascript:melon.play.playSong('1',{song_id});">곡 {song_id}</a></span></div>
<div class="ellipsis rank02"><a href="javascript:melon.link.goArtistDetail('{song_id % 50 + 1}');">가수 {song_id % 50}</a></div></td>
<td><div class="ellipsis rank03"><a href="javascript:melon.link.goAlbumDetail('{song_id}');">앨범 {song_id}</a></div></td>
<td><button class="button_etc like" data-song-no="{song_id}">
<span class="cnt"><span class="none">총건수</span>0</span></button></td></tr>"""


def fragment(song_ids: Sequence[int], first_rank: int = 1) -> str:
    rows = "".join(row(song_id, rank) for rank, song_id in enumerate(song_ids, start=first_rank))
    return f'<form id="frm"><div class="service_list_song d_song_list"><table><tbody>{rows}</tbody></table></div></form>'


def song_page(song_id: int) -> str:
    return f"""<!DOCTYPE html><html><head><title>곡 정보</title>
<meta property="og:url" content="/song/detail.htm?songId={song_id}"></head><body>
<div id="conts"><div class="section_info"><div class="thumb"><img src="https://cdnimg.melon.co.kr/cm2/album/images/1/{song_id}_500.jpg/melon"></div>
<div class="song_name"><strong class="none">곡명</strong> 곡 {song_id}</div>
<div class="artist"><a href="javascript:melon.link.goArtistDetail('{song_id % 50 + 1}')"><span>가수 {song_id % 50}</span></a></div>
<div class="meta"><dl><dt>앨범</dt><dd>앨범 {song_id}</dd><dt>발매일</dt><dd>2024.03.01</dd><dt>장르</dt><dd>발라드</dd></dl></div></div>
<div class="section_lyric"><h5 class="title">가사</h5><div class="wrap_lyric">
<div class="lyric" id="d_video_summary">첫 줄 {song_id}<br>둘째 줄</div>
<button class="button_more"><span class="text">펼치기</span></button></div></div>
<div class="section_prdcr"><ul class="list_person"><li>
<span class="artist"><a href="javascript:melon.link.goArtistDetail(7)">만든이</a></span>
<span class="meta"><span class="type">작사</span></span></li></ul></div></div></body></html>"""


def gone_page() -> str:
    notice = "요청하신 곡을 찾을 수 없습니다. " * 20
    return f'<!DOCTYPE html><html><body><div id="conts" data-targetId="song"><input id="targetId" value="song">{notice}</div></body></html>'


@dataclass
class SmallSite:
    """Lists of `songs` per genre code and listing; `override` may answer a request in place of the site."""

    songs: dict[tuple[str, str], list[int]] = field(default_factory=dict)
    chart: list[int] = field(default_factory=list)
    override: Callable[[str, int], Answer | None] = lambda _path, _nth: None
    likes_of: Callable[[int], int] = lambda song_id: song_id % 9_999
    delay: float = 0.0
    requests: list[tuple[float, str]] = field(default_factory=list)

    def __enter__(self) -> SmallSite:
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                site.requests.append((time.monotonic(), self.path))
                if site.delay:
                    time.sleep(site.delay)
                nth = sum(path == self.path for _, path in site.requests)
                status, headers, body = site.override(self.path, nth) or site.answer(self.path)
                self.send_response(status)
                for name, value in ({"Content-Type": "text/html; charset=utf-8", "Content-Length": str(len(body))} | headers).items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def root(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def paths(self, part: str = "") -> list[str]:
        """The paths that were asked for and hold `part`, in order."""
        return [path for _, path in self.requests if part in path]

    def answer(self, path: str) -> Answer:
        parts = urlsplit(path)
        query = {name: values[0] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
        if parts.path == "/robots.txt":
            return text("User-agent: *\nAllow: /\n", {"Content-Type": "text/plain"})
        if parts.path == "/genre/song_listPaging.htm":
            listing = {"Y": "steady"}.get(query["steadyYn"], "popular" if query["orderBy"] == "POP" else "newest")
            start = int(query["startIndex"])
            songs = self.songs.get((query["dtlGnrCode"] or query["gnrCode"], listing), [])
            return text(fragment(songs[start - 1 : start - 1 + int(query["pageSize"])], start))
        if parts.path == "/commonlike/getSongLike.json":
            entries = [f'{{"CONTSID":{n},"LIKEYN":"N","SUMMCNT":{self.likes_of(int(n))}}}' for n in query["contsIds"].split(",")]
            return text(f'{{"contsLike":[{",".join(entries)}]}}', {"Content-Type": "application/json"})
        if parts.path == "/song/detail.htm":
            return text(song_page(int(query["songId"])))
        if parts.path.startswith("/chart/"):
            return text(f"<html><body><div id=tb_list>{fragment(self.chart)}</div></body></html>")
        return text("<html><body>not here</body></html>", status=404)


def text(body: str, headers: dict[str, str] | None = None, status: int = 200) -> Answer:
    return status, headers or {}, body.encode()


class UrllibFetcher:
    """A `Fetcher` over plain HTTP: the crawl above it is the real one, only the browser is left out to save its second of start."""

    def __init__(self, site: Site, timeout: float = 10.0) -> None:
        self._site = site
        self._timeout = timeout

    def _read(self, url: str) -> tuple[Page, float | None]:
        began = time.monotonic()
        try:
            with urlopen(Request(url, headers={"User-Agent": "ReUmi-test"}), timeout=self._timeout) as answer:
                page = Page(url, answer.read().decode("utf-8"), answer.status, time.monotonic() - began)
                return page, None
        except HTTPError as error:
            with error:
                page = Page(url, error.read().decode("utf-8", "replace"), error.code, time.monotonic() - began)
                return page, retry_after_seconds(error.headers.get("Retry-After"), datetime.now(UTC))
        except (URLError, OSError, ValueError) as error:
            raise FetchFailed(url, str(error)) from error

    def get(self, url: str) -> Page:
        page, retry_after = self._read(url)
        require_page(page, retry_after)
        return page

    def expect(self, url: str) -> None:
        pass

    def render(self, url: str) -> Page:
        return self.get(url)

    def likes(self, song_ids: Sequence[str]) -> dict[str, int | None]:
        page, retry_after = self._read(self._site.likes_url(song_ids))
        return read_likes(page, song_ids, retry_after)

    def screenshot(self) -> bytes | None:
        return None

    def close(self) -> None:
        pass
