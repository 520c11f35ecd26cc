"""The first schema: songs, history, runs, frontier, emotions, jobs."""

from __future__ import annotations

import uuid

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# Spelled out here, so that a later change of the models' types cannot change this revision.
INSTANT = sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite")
JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
ROW_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _crawl_runs()
    _data_revision()
    _job_locks()
    _job_runs()
    _line_emotions()
    _model_versions()
    _songs()
    _frontier_pages()
    _like_snapshots()
    _list_entries()
    _song_emotions()
    op.execute(sa.text("INSERT INTO data_revision (id, data_set, revision) VALUES (1, :data_set, 0)").bindparams(data_set=uuid.uuid4().hex))


def downgrade() -> None:
    for table in (
        "song_emotions",
        "list_entries",
        "like_snapshots",
        "frontier_pages",
        "songs",
        "model_versions",
        "line_emotions",
        "job_runs",
        "job_locks",
        "data_revision",
        "crawl_runs",
    ):
        op.drop_table(table)


def _crawl_runs() -> None:
    op.create_table(
        "crawl_runs",
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("started_at", INSTANT, nullable=False),
        sa.Column("finished_at", INSTANT, nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=True),
        sa.Column("reasons", JSON, nullable=False),
        sa.Column("plan", JSON, nullable=False),
        sa.Column("plan_key", sa.Text(), nullable=False),
        sa.Column("counts", JSON, nullable=False),
        sa.Column("coverage", JSON, nullable=False),
        sa.Column("site_url", sa.Text(), nullable=False),
        sa.Column("user_agent", sa.Text(), nullable=False),
        sa.Column("ignored_robots", sa.Boolean(), nullable=False),
        sa.Column("requests", sa.Integer(), nullable=False),
        sa.Column("parser_version", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.CheckConstraint("state IN ('running', 'finished', 'stopped', 'crashed')", name=op.f("ck_crawl_runs_state")),
        sa.CheckConstraint("verdict IN ('ok', 'degraded', 'broken', 'blocked')", name=op.f("ck_crawl_runs_verdict")),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_crawl_runs")),
    )
    op.create_index(op.f("ix_crawl_runs_plan_key_started_at"), "crawl_runs", ["plan_key", "started_at"], unique=False)


def _data_revision() -> None:
    op.create_table(
        "data_revision",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("data_set", sa.Text(), nullable=False),
        sa.Column("revision", ROW_NUMBER, nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_data_revision_single_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_revision")),
    )


def _job_locks() -> None:
    op.create_table(
        "job_locks",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("acquired_at", INSTANT, nullable=False),
        sa.Column("heartbeat_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_job_locks")),
    )


def _job_runs() -> None:
    op.create_table(
        "job_runs",
        sa.Column("id", ROW_NUMBER, autoincrement=True, nullable=False),
        sa.Column("job", sa.Text(), nullable=False),
        sa.Column("slot_at", INSTANT, nullable=True),
        sa.Column("started_at", INSTANT, nullable=False),
        sa.Column("finished_at", INSTANT, nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("counts", JSON, nullable=False),
        sa.Column("log_tail", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job_runs")),
    )
    op.create_index(op.f("ix_job_runs_job_started_at"), "job_runs", ["job", "started_at"], unique=False)


def _line_emotions() -> None:
    op.create_table(
        "line_emotions",
        sa.Column("model_fingerprint", sa.Text(), nullable=False),
        sa.Column("line_hash", sa.Text(), nullable=False),
        sa.Column("probabilities", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("model_fingerprint", "line_hash", name=op.f("pk_line_emotions")),
        sqlite_with_rowid=False,
    )


def _model_versions() -> None:
    op.create_table(
        "model_versions",
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("fingerprint", name=op.f("pk_model_versions")),
    )


def _songs() -> None:
    op.create_table(
        "songs",
        sa.Column("song_id", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("artist", sa.Text(), nullable=False),
        sa.Column("artists", JSON, nullable=False),
        sa.Column("album", sa.Text(), nullable=True),
        sa.Column("album_id", sa.Text(), nullable=True),
        sa.Column("genre_code", sa.Text(), nullable=True),
        sa.Column("genre", sa.Text(), nullable=True),
        sa.Column("genre_source", sa.Text(), nullable=True),
        sa.Column("page_genres", JSON, nullable=False),
        sa.Column("released_text", sa.Text(), nullable=False),
        sa.Column("released", sa.Date(), nullable=True),
        sa.Column("image_url", sa.Text(), nullable=True),
        sa.Column("adult", sa.Boolean(), nullable=False),
        sa.Column("lyrics_status", sa.Text(), nullable=False),
        sa.Column("lyrics_hash", sa.Text(), nullable=True),
        sa.Column("likes", sa.Integer(), nullable=True),
        sa.Column("likes_at", INSTANT, nullable=True),
        sa.Column("first_seen", INSTANT, nullable=False),
        sa.Column("last_seen", INSTANT, nullable=False),
        sa.Column("details_at", INSTANT, nullable=True),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("delisted_at", INSTANT, nullable=True),
        sa.Column("gone_at", INSTANT, nullable=True),
        sa.Column("credits", JSON, nullable=False),
        sa.Column("lyrics", sa.Text(), nullable=True),
        sa.CheckConstraint("source IN ('crawl', 'import')", name=op.f("ck_songs_source")),
        sa.CheckConstraint("likes >= 0", name=op.f("ck_songs_likes")),
        sa.PrimaryKeyConstraint("song_id", name=op.f("pk_songs")),
    )
    op.create_index(op.f("ix_songs_updated_at"), "songs", ["updated_at"], unique=False)


def _frontier_pages() -> None:
    op.create_table(
        "frontier_pages",
        sa.Column("order_no", ROW_NUMBER, autoincrement=True, nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("list_key", JSON, nullable=True),
        sa.Column("start_index", sa.Integer(), nullable=False),
        sa.Column("song_id", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("lease_owner", sa.Text(), nullable=True),
        sa.Column("lease_until", INSTANT, nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint("state IN ('pending', 'leased', 'done', 'gone', 'failed')", name=op.f("ck_frontier_pages_state")),
        sa.ForeignKeyConstraint(["run_id"], ["crawl_runs.run_id"], name=op.f("fk_frontier_pages_run_id_crawl_runs"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("order_no", name=op.f("pk_frontier_pages")),
        sa.UniqueConstraint("run_id", "key", name=op.f("uq_frontier_pages_run_id_key")),
    )
    op.create_index(
        op.f("ix_frontier_pages_run_id_state_priority_order_no"),
        "frontier_pages",
        ["run_id", "state", "priority", "order_no"],
        unique=False,
    )


def _like_snapshots() -> None:
    op.create_table(
        "like_snapshots",
        sa.Column("song_id", sa.Text(), nullable=False),
        sa.Column("observed_at", INSTANT, nullable=False),
        sa.Column("likes", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=True),
        sa.CheckConstraint("likes >= 0", name=op.f("ck_like_snapshots_likes")),
        sa.ForeignKeyConstraint(["song_id"], ["songs.song_id"], name=op.f("fk_like_snapshots_song_id_songs"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("song_id", "observed_at", name=op.f("pk_like_snapshots")),
        sqlite_with_rowid=False,
    )


def _list_entries() -> None:
    op.create_table(
        "list_entries",
        sa.Column("list_name", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("observed_at", INSTANT, nullable=False),
        sa.Column("song_id", sa.Text(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("rank_shown", sa.Boolean(), nullable=False),
        sa.Column("rank_change", sa.Integer(), nullable=True),
        sa.Column("is_new", sa.Boolean(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=True),
        sa.CheckConstraint("rank >= 1", name=op.f("ck_list_entries_rank")),
        sa.ForeignKeyConstraint(["song_id"], ["songs.song_id"], name=op.f("fk_list_entries_song_id_songs"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("list_name", "period", "observed_at", "song_id", name=op.f("pk_list_entries")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_list_entries_song_id_observed_at"), "list_entries", ["song_id", "observed_at"], unique=False)


def _song_emotions() -> None:
    op.create_table(
        "song_emotions",
        sa.Column("song_id", sa.Text(), nullable=False),
        sa.Column("model_fingerprint", sa.Text(), nullable=False),
        sa.Column("lyrics_hash", sa.Text(), nullable=False),
        sa.Column("n_lines", sa.Integer(), nullable=False),
        sa.Column("n_happiness", sa.Integer(), nullable=False),
        sa.Column("n_surprise", sa.Integer(), nullable=False),
        sa.Column("n_anger", sa.Integer(), nullable=False),
        sa.Column("n_fear", sa.Integer(), nullable=False),
        sa.Column("n_disgust", sa.Integer(), nullable=False),
        sa.Column("n_sadness", sa.Integer(), nullable=False),
        sa.Column("n_neutral", sa.Integer(), nullable=False),
        sa.Column("p_happiness", sa.Double(), nullable=False),
        sa.Column("p_surprise", sa.Double(), nullable=False),
        sa.Column("p_anger", sa.Double(), nullable=False),
        sa.Column("p_fear", sa.Double(), nullable=False),
        sa.Column("p_disgust", sa.Double(), nullable=False),
        sa.Column("p_sadness", sa.Double(), nullable=False),
        sa.Column("p_neutral", sa.Double(), nullable=False),
        sa.Column("main_emotion", sa.Text(), nullable=True),
        sa.Column("tagged_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["model_fingerprint"], ["model_versions.fingerprint"], name=op.f("fk_song_emotions_model_fingerprint_model_versions")
        ),
        sa.ForeignKeyConstraint(["song_id"], ["songs.song_id"], name=op.f("fk_song_emotions_song_id_songs"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("song_id", "model_fingerprint", name=op.f("pk_song_emotions")),
    )
    op.create_index(op.f("ix_song_emotions_main_emotion"), "song_emotions", ["main_emotion"], unique=False)
    op.create_index(op.f("ix_song_emotions_tagged_at"), "song_emotions", ["tagged_at"], unique=False)
