"""The schema, typed. Every attribute says what it holds; names of keys and indexes follow one convention on both engines.

Columns that are read together stand together, and `lyrics` stands last: SQLite then reads a song's facts without its lyrics' pages.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, MetaData, Text, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from storage.types import Instant, Json, RowNumber

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Root of the tables."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {str: Text(), datetime: Instant(), dict[str, Any]: Json, list[Any]: Json}  # noqa: RUF012 (SQLAlchemy's way)


class Song(Base):
    """A song as last seen."""

    __tablename__ = "songs"
    __table_args__ = (
        Index(None, "updated_at"),
        CheckConstraint("likes >= 0", name="likes"),
        CheckConstraint("source IN ('crawl', 'import')", name="source"),
    )

    song_id: Mapped[str] = mapped_column(primary_key=True, doc="the site's id, as text; an imported song's own id begins with `x`")
    title: Mapped[str]
    artist: Mapped[str] = mapped_column(doc="the artists' names joined by `, `, for display")
    artists: Mapped[list[Any]] = mapped_column(doc='list of {"name", "artist_id"}')
    album: Mapped[str | None]
    album_id: Mapped[str | None]
    genre_code: Mapped[str | None] = mapped_column(doc="the site's code, such as GN0100")
    genre: Mapped[str | None] = mapped_column(doc="display name of the genre list where it was first found, else of its page's first genre")
    genre_source: Mapped[str | None] = mapped_column(doc="list, page or import: a list's word outranks the page's")
    page_genres: Mapped[list[Any]] = mapped_column(doc="the genre names that the song's page shows, in its order")
    released_text: Mapped[str] = mapped_column(doc="as printed: 2017.06.26, 2017.06, 2017 or empty")
    released: Mapped[date | None] = mapped_column(doc="only where the page gives a whole date")
    image_url: Mapped[str | None]
    adult: Mapped[bool]
    lyrics_status: Mapped[str] = mapped_column(doc="ok, pending, adult, none, missing_song; `unread` while the song's page was never read")
    lyrics_hash: Mapped[str | None] = mapped_column(doc="SHA-256 (hex) of the NFC lyrics")
    likes: Mapped[int | None] = mapped_column(doc="latest known; never 0 for unknown")
    likes_at: Mapped[datetime | None] = mapped_column(doc="when that count was observed")
    first_seen: Mapped[datetime]
    last_seen: Mapped[datetime]
    details_at: Mapped[datetime | None] = mapped_column(doc="when the song's own page was last read")
    updated_at: Mapped[datetime] = mapped_column(doc="when this row last changed in the database")
    source: Mapped[str] = mapped_column(doc="crawl or import: what first brought the song")
    delisted_at: Mapped[datetime | None] = mapped_column(doc="when a list first showed it as not to be played; null while it can be")
    gone_at: Mapped[datetime | None] = mapped_column(doc="when the site last answered that it does not exist; null once it is back")
    credits: Mapped[list[Any]] = mapped_column(doc='list of {"name", "role", "artist_id"}')
    lyrics: Mapped[str | None] = mapped_column(doc="lines joined by \\n, an empty line between verses")


class LikeSnapshot(Base):
    """One observation of a song's likes; only ever appended, and not where it only repeats the same run's own one beside it."""

    __tablename__ = "like_snapshots"
    __table_args__ = (CheckConstraint("likes >= 0", name="likes"), {"sqlite_with_rowid": False})

    song_id: Mapped[str] = mapped_column(ForeignKey("songs.song_id", ondelete="CASCADE"), primary_key=True)
    observed_at: Mapped[datetime] = mapped_column(primary_key=True)
    likes: Mapped[int]
    run_id: Mapped[str | None] = mapped_column(doc="the crawl run that saw it; null for an import")


class ListEntry(Base):
    """One row of a genre list or chart as seen once; only ever appended."""

    __tablename__ = "list_entries"
    __table_args__ = (
        Index(None, "song_id", "observed_at"),
        CheckConstraint("rank >= 1", name="rank"),
        {"sqlite_with_rowid": False},
    )

    list_name: Mapped[str] = mapped_column(primary_key=True, doc="`genre/GN0100/steady` or `chart/top100/GN0000`")
    period: Mapped[str] = mapped_column(primary_key=True, doc="what a chart covers, in the site's clock; empty for genre lists")
    observed_at: Mapped[datetime] = mapped_column(primary_key=True)
    song_id: Mapped[str] = mapped_column(ForeignKey("songs.song_id", ondelete="CASCADE"), primary_key=True)
    rank: Mapped[int]
    rank_shown: Mapped[bool] = mapped_column(doc="false where the rank is only the place in the list")
    rank_change: Mapped[int | None] = mapped_column(doc="positive for a climb")
    is_new: Mapped[bool]
    run_id: Mapped[str | None]


class CrawlRun(Base):
    """One crawl: what was asked for, how it went, and the verdict on what it read."""

    __tablename__ = "crawl_runs"
    __table_args__ = (
        Index(None, "plan_key", "started_at"),
        CheckConstraint("state IN ('running', 'finished', 'stopped', 'crashed')", name="state"),
        CheckConstraint("verdict IN ('ok', 'degraded', 'broken', 'blocked')", name="verdict"),
    )

    run_id: Mapped[str] = mapped_column(primary_key=True)
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    state: Mapped[str]
    verdict: Mapped[str | None]
    reasons: Mapped[list[Any]]
    plan: Mapped[dict[str, Any]] = mapped_column(doc="lists, limits and options asked for")
    plan_key: Mapped[str] = mapped_column(doc="SHA-256 of the plan in canonical JSON: equal for equal plans")
    counts: Mapped[dict[str, Any]] = mapped_column(doc="what was read, over all sittings of the run")
    coverage: Mapped[dict[str, Any]] = mapped_column(doc="rows read of each list, records of each kind, and how many had each field")
    site_url: Mapped[str]
    user_agent: Mapped[str]
    ignored_robots: Mapped[bool] = mapped_column(doc="true where a person overrode the site's robots.txt")
    requests: Mapped[int]
    parser_version: Mapped[str]
    owner: Mapped[str] = mapped_column(doc="host, process and start of the process that last worked on it")


class FrontierPage(Base):
    """A page that a run has to read."""

    __tablename__ = "frontier_pages"
    __table_args__ = (
        UniqueConstraint("run_id", "key"),
        Index(None, "run_id", "state", "priority", "order_no"),
        CheckConstraint("state IN ('pending', 'leased', 'done', 'gone', 'failed')", name="state"),
    )

    order_no: Mapped[int] = mapped_column(RowNumber, primary_key=True, autoincrement=True, doc="the order in which pages were added")
    run_id: Mapped[str] = mapped_column(ForeignKey("crawl_runs.run_id", ondelete="CASCADE"))
    key: Mapped[str]
    kind: Mapped[str]
    priority: Mapped[int] = mapped_column(doc="0 lists, 1 likes, 2 songs: the order of reading")
    url: Mapped[str]
    list_key: Mapped[dict[str, Any] | None]
    start_index: Mapped[int]
    song_id: Mapped[str | None]
    state: Mapped[str]
    attempts: Mapped[int]
    due_at: Mapped[datetime] = mapped_column(doc="not to be read before")
    lease_owner: Mapped[str | None] = mapped_column(doc="host, process and start of the crawler that holds it")
    lease_until: Mapped[datetime | None]
    reason: Mapped[str | None] = mapped_column(doc="why it was postponed or given up")


class ModelVersion(Base):
    """An emotion model that has labelled songs."""

    __tablename__ = "model_versions"

    fingerprint: Mapped[str] = mapped_column(primary_key=True, doc="the model folder's, then the rules of a song's label: `…-song3`")
    name: Mapped[str]
    kind: Mapped[str]
    created_at: Mapped[datetime]


class SongEmotion(Base):
    """What one model read in one song: lines per emotion, mean probabilities, main emotion."""

    __tablename__ = "song_emotions"
    __table_args__ = (Index(None, "main_emotion"), Index(None, "tagged_at"))

    song_id: Mapped[str] = mapped_column(ForeignKey("songs.song_id", ondelete="CASCADE"), primary_key=True)
    model_fingerprint: Mapped[str] = mapped_column(ForeignKey("model_versions.fingerprint"), primary_key=True)
    lyrics_hash: Mapped[str] = mapped_column(doc="hash of the lyrics that were read: another one now means the label is stale")
    n_lines: Mapped[int]
    n_happiness: Mapped[int]
    n_surprise: Mapped[int]
    n_anger: Mapped[int]
    n_fear: Mapped[int]
    n_disgust: Mapped[int]
    n_sadness: Mapped[int]
    n_neutral: Mapped[int]
    p_happiness: Mapped[float]
    p_surprise: Mapped[float]
    p_anger: Mapped[float]
    p_fear: Mapped[float]
    p_disgust: Mapped[float]
    p_sadness: Mapped[float]
    p_neutral: Mapped[float]
    main_emotion: Mapped[str | None] = mapped_column(doc="one of the seven Korean labels; null where the model reads none")
    tagged_at: Mapped[datetime]


class LineEmotion(Base):
    """A line's, a passage's or a whole lyric's probabilities, kept so that nothing is read twice by the same model."""

    __tablename__ = "line_emotions"
    __table_args__ = ({"sqlite_with_rowid": False},)

    model_fingerprint: Mapped[str] = mapped_column(primary_key=True)
    line_hash: Mapped[str] = mapped_column(primary_key=True)
    probabilities: Mapped[bytes] = mapped_column(LargeBinary, doc="seven little-endian float32, class-id order: 28 bytes")


class JobRun(Base):
    """One run of a scheduled job, or a slot of its timetable that was missed."""

    __tablename__ = "job_runs"
    __table_args__ = (
        UniqueConstraint("job", "slot_at"),
        Index(None, "job", "queued_at"),
        Index(None, "state"),
        CheckConstraint("state IN ('waiting', 'running', 'ok', 'failed', 'timeout', 'died', 'missed', 'merged')", name="state"),
        CheckConstraint("cause IN ('slot', 'after', 'hand')", name="cause"),
    )

    id: Mapped[int] = mapped_column(RowNumber, primary_key=True, autoincrement=True)
    job: Mapped[str]
    slot_at: Mapped[datetime | None] = mapped_column(doc="the timetable's instant that it stands for; null for other causes")
    cause: Mapped[str] = mapped_column(doc="slot: the timetable; after: another job's end; hand: a person")
    after_id: Mapped[int | None] = mapped_column(doc="the run whose end caused this one")
    then: Mapped[list[Any]] = mapped_column(doc="names of the jobs that are to follow, in order")
    state: Mapped[str] = mapped_column(doc="waiting, running, ok, failed, timeout (deadline), died (interrupted too often), missed, merged")
    queued_at: Mapped[datetime] = mapped_column(doc="when this row was made")
    started_at: Mapped[datetime | None] = mapped_column(doc="of the latest attempt")
    finished_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(doc="more than 1 where an interrupted run was continued")
    holder: Mapped[str | None] = mapped_column(doc="host, process and start of the process that runs it")
    exit_code: Mapped[int | None]
    verdict: Mapped[str | None] = mapped_column(doc="of the crawl run that it made: ok, degraded, broken, blocked")
    reason: Mapped[str | None] = mapped_column(doc="why it is not ok, or what was interrupted")
    counts: Mapped[dict[str, Any]]
    log_tail: Mapped[str] = mapped_column(doc="the end of what the command printed")
    run_id: Mapped[str | None] = mapped_column(doc="the crawl run that it made, if any")
    alerted_at: Mapped[datetime | None] = mapped_column(doc="when an alert about it was delivered")


class JobAlert(Base):
    """One alert by one channel: what it says, and whether it arrived."""

    __tablename__ = "job_alerts"
    __table_args__ = (Index(None, "job_run_id"), Index(None, "next_try_at"))

    id: Mapped[int] = mapped_column(RowNumber, primary_key=True, autoincrement=True)
    job_run_id: Mapped[int] = mapped_column(RowNumber, doc="the run of `job_runs` that it is about")
    job: Mapped[str]
    channel: Mapped[str] = mapped_column(doc="command or webhook")
    event: Mapped[str] = mapped_column(doc="failed, timeout, died, missed, broken, blocked or recovered")
    payload: Mapped[dict[str, Any]] = mapped_column(doc="what is sent")
    queued_at: Mapped[datetime]
    tries: Mapped[int]
    next_try_at: Mapped[datetime | None] = mapped_column(doc="null once it was delivered or given up")
    delivered_at: Mapped[datetime | None]
    error: Mapped[str | None] = mapped_column(doc="why the last try failed, or why it was given up")


class JobTimetable(Base):
    """Up to which instant the slots of a job are settled: each one before it is a row of `job_runs`."""

    __tablename__ = "job_timetables"

    job: Mapped[str] = mapped_column(primary_key=True)
    timetable: Mapped[str] = mapped_column(doc="the cron line or interval with its time zone")
    settled_until: Mapped[datetime]


class JobLock(Base):
    """Who runs a job now, so that two never overlap."""

    __tablename__ = "job_locks"

    name: Mapped[str] = mapped_column(primary_key=True)
    holder: Mapped[str]
    acquired_at: Mapped[datetime]
    heartbeat_at: Mapped[datetime]


class DataRevision(Base):
    """One row: a counter that every change of songs or emotions moves on, and the data set's own identity."""

    __tablename__ = "data_revision"
    __table_args__ = (CheckConstraint("id = 1", name="single_row"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    data_set: Mapped[str] = mapped_column(doc="random, given when the database is made: two files never share a token")
    revision: Mapped[int] = mapped_column(RowNumber)
