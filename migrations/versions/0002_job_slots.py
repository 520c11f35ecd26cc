"""Job runs as slots: each instant of a timetable is run once or recorded as missed; chains, attempts, alerts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite")
JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
ROW_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    # Nothing wrote to the first form of the table, so it is made anew rather than altered.
    op.drop_table("job_runs")
    op.create_table(
        "job_runs",
        sa.Column("id", ROW_NUMBER, autoincrement=True, nullable=False),
        sa.Column("job", sa.Text(), nullable=False),
        sa.Column("slot_at", INSTANT, nullable=True),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("after_id", sa.Integer(), nullable=True),
        sa.Column("then", JSON, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("queued_at", INSTANT, nullable=False),
        sa.Column("started_at", INSTANT, nullable=True),
        sa.Column("finished_at", INSTANT, nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=True),
        sa.Column("exit_code", sa.Integer(), nullable=True),
        sa.Column("verdict", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("counts", JSON, nullable=False),
        sa.Column("log_tail", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=True),
        sa.Column("alerted_at", INSTANT, nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting', 'running', 'ok', 'failed', 'timeout', 'died', 'missed', 'merged')", name=op.f("ck_job_runs_state")
        ),
        sa.CheckConstraint("cause IN ('slot', 'after', 'hand')", name=op.f("ck_job_runs_cause")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job_runs")),
        sa.UniqueConstraint("job", "slot_at", name=op.f("uq_job_runs_job_slot_at")),
    )
    op.create_index(op.f("ix_job_runs_job_queued_at"), "job_runs", ["job", "queued_at"], unique=False)
    op.create_index(op.f("ix_job_runs_state"), "job_runs", ["state"], unique=False)
    op.create_table(
        "job_timetables",
        sa.Column("job", sa.Text(), nullable=False),
        sa.Column("timetable", sa.Text(), nullable=False),
        sa.Column("settled_until", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("job", name=op.f("pk_job_timetables")),
    )


def downgrade() -> None:
    op.drop_table("job_timetables")
    op.drop_table("job_runs")
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
