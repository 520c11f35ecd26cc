"""What the screen and the service share: one model, one index that keeps itself fresh, one open database."""

from __future__ import annotations

import threading
import time
from functools import cached_property
from typing import TYPE_CHECKING

from recommender.errors import NoSongs, RecommenderError
from recommender.query import Wish
from recommender.results import Recommendation
from recommender.service import Recommender
from reumi.database import Database
from reumi.encoder import encoder_of
from reumi.settings import Settings
from storage.errors import StorageError
from tagging.bundle import load_classifier
from tagging.classifier import Classifier
from tagging.diary import DiaryReading, read_diary
from tagging.remembered import Remembered

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from tagging.sentence_encoder import SentenceEncoder

# Seconds between two looks at whether the data set has changed.
LOOK_EVERY = 5.0


class Answers:
    """Reads diaries and recommends songs for a process that lives long; safe to share between threads.

    The index is opened once, and its recommender stays the same object while the data set does. When that changes, a new one is made ready
    beside it while answers go on from the old one.
    """

    def __init__(self, settings: Settings, *, look_every: float = LOOK_EVERY) -> None:
        self.settings = settings
        self._look_every = look_every
        self._database = Database(settings.database_url)
        # One lock each: whoever needs the model alone must not wait until an index is built.
        self._model_lock = threading.Lock()
        self._index_lock = threading.Lock()
        self._look_lock = threading.Lock()
        self._classifier: Classifier | None = None
        self._recommender: Recommender | None = None
        self._looked_at = 0.0
        self._looking: threading.Thread | None = None

    @property
    def classifier(self) -> Classifier:
        """The emotion model of the settings; the first use loads it. Raises ModelMissing or ModelRefused."""
        with self._model_lock:
            if self._classifier is None:
                self._classifier = Remembered(load_classifier(self.settings.model or None))
            return self._classifier

    @property
    def engine(self) -> Engine:
        """The database, opened for reading, and anew after its file was replaced. Raises a storage error."""
        return self._database.engine

    @property
    def recommender(self) -> Recommender:
        """The recommender over the newest index that is ready.

        The first use opens it, and raises what `Recommender.open` raises, or NoSongs when nothing is tagged yet.
        """
        current = self._recommender
        if current is None:
            current = self._open()
        elif time.monotonic() - self._looked_at >= self._look_every:
            self._look_again()
        return current

    @property
    def opened(self) -> Recommender | None:
        """`recommender`, or None before its first use. Waits for nothing, so that an event loop may ask."""
        return None if self._recommender is None else self.recommender

    def read(self, text: str) -> DiaryReading:
        """The feeling of a diary entry, sentence by sentence."""
        return read_diary(text, self.classifier)

    def recommend(self, text: str, k: int = 3, wish: Wish | None = None, *, scorer: str = "blend") -> Recommendation:
        """See `Recommender.recommend`."""
        return self.recommender.recommend(text, k, wish, scorer=scorer)

    def close(self) -> None:
        """Wait for a look that is under way, and close the database."""
        if self._looking is not None:
            self._looking.join()
        self._database.close()

    def _open(self) -> Recommender:
        classifier = self.classifier
        with self._index_lock:
            if self._recommender is None:
                self._recommender = self._opened(classifier)
            return self._recommender

    def _opened(self, classifier: Classifier) -> Recommender:
        opened = Recommender.open(
            self.settings.database_url,
            index_dir=self.settings.index_dir or None,
            classifier=classifier,
            encoder=self._encoder,
        )
        self._looked_at = time.monotonic()
        if not len(opened):
            # Not kept: songs may be tagged a moment from now.
            raise NoSongs("the data set holds no tagged song yet; run `reumi crawl`, then `reumi tag`")
        return opened

    @cached_property
    def _encoder(self) -> SentenceEncoder | None:
        return encoder_of(self.settings)

    def _look_again(self) -> None:
        if not self._look_lock.acquire(blocking=False):
            # Another thread is starting one.
            return
        try:
            if self._looking is not None and self._looking.is_alive():
                return
            self._looked_at = time.monotonic()
            self._looking = threading.Thread(target=self._swap, name="reumi-index", daemon=True)
            self._looking.start()
        finally:
            self._look_lock.release()

    def _swap(self) -> None:
        try:
            opened = self._opened(self.classifier)
        except (StorageError, RecommenderError):
            # The data set is away or being replaced; what was open still answers, and the next look tries again.
            return
        # Whatever others keep for as long as the recommender is the same one, such as the service's answers, stays with it.
        if self._recommender is None or opened.manifest != self._recommender.manifest:
            self._recommender = opened
