"""Takes the pictures of the screen that the documentation shows: `PYTHONPATH=. python scripts/screenshots.py docs/screenshots`.

On the replica's songs, labelled by the model that ships, with a diary of six days; one real Chromium, in which nothing is arranged.
"""

from __future__ import annotations

import argparse
import base64
import tempfile
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

from PIL import Image

from recommender.service import Recommender
from reumi.jobs.tag import TagOrder, tag_database
from reumi.replica.server import Replica
from reumi.web.diary_store import DiaryStore
from tests.browser.screen import Visitor, served
from tests.data_set import make_data_set

DIARY = "면접에서 또 떨어졌다. 괜찮은 척 웃었는데 집에 오는 버스에서 자꾸 눈물이 났다."
DAYS = (
    "오늘 첫 월급으로 부모님께 저녁을 사 드렸다. 아빠가 두 번이나 더 드셨다. 뿌듯하다.",
    "팀장이 내 기획을 자기 것처럼 발표했다. 생각할수록 화가 난다.",
    "밤길에 누가 계속 따라왔다. 집에 뛰어 들어와 문을 잠그고도 한참 떨었다.",
    "친구가 말도 없이 생일 케이크를 들고 찾아왔다. 깜짝 놀라서 소리를 질렀다.",
    "빨래하고 장을 봤다. 저녁은 두부조림. 별일 없는 하루였다.",
    DIARY,
)
WIDE, PHONE = 1360, 390


def main() -> None:
    """Make a data set, open the screen and take every picture."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="where the pictures go")
    pictures = parser.parse_args().folder
    with tempfile.TemporaryDirectory(prefix="reumi-") as name, Replica() as replica:
        folder = Path(name)
        url = make_data_set(folder / "songs.db", covers=replica.url)
        tag_database(url, TagOrder())
        keep_days(folder / "diary.db", Recommender.open(url))
        with served(folder, url, replica.url) as address:
            visitor = Visitor(folder / "profile", address)
            try:
                take_all(visitor, pictures)
            finally:
                visitor.leave()


def keep_days(place: Path, recommender: Recommender) -> None:
    """Write the days into the local diary, the last one today."""
    store = DiaryStore(place)
    store.turn_on()
    now = datetime.now(UTC)
    for ago, text in enumerate(reversed(DAYS)):
        store.keep(text, recommender.recommend(text), now - timedelta(days=2 * ago))


def take_all(visitor: Visitor, pictures: Path) -> None:
    """The calendar and the data page; the diary and its songs, wide and on a phone."""
    for name, awaited in (("days", ".entry"), ("data", ".runs")):
        visitor.resize(WIDE, 900)
        visitor.open(name, awaited)
        take(visitor, pictures / f"{name}.png", WIDE)
    for name, width in (("diary", WIDE), ("phone", PHONE)):
        visitor.resize(width, 900)
        visitor.open("", "textarea")
        visitor.write(DIARY)
        visitor.see(".song", 3)
        visitor.settle()
        visitor.wait_for_covers()
        take(visitor, pictures / f"{name}.png", width)


def take(visitor: Visitor, file: Path, width: int) -> None:
    """The whole page, however long."""
    drawn(visitor)
    height = visitor.js(
        "scroll(0, 0); return Math.max(...[...document.querySelectorAll('[data-testid=stMain] > div')].map(item => item.scrollHeight))"
    )
    visitor.resize(width, int(height) + 40)
    drawn(visitor)
    shot = visitor.driver.execute_cdp_cmd("Page.captureScreenshot", {"format": "png"})
    # 256 colours are enough for paper and ink, and a third of the size.
    Image.open(BytesIO(base64.b64decode(shot["data"]))).convert("RGB").quantize(256).save(file, optimize=True)
    print(file, flush=True)


def drawn(visitor: Visitor) -> None:
    """Wait until nothing is left to be drawn."""
    visitor.wait.until(lambda _: not visitor.all('[data-testid="stSkeleton"]'), "a picture is still being drawn")
    visitor.settle()


if __name__ == "__main__":
    main()
