"""The end of the data page: how fresh everything is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from html import escape

import streamlit as st

from reumi.web.words import STATES, VERDICTS
from storage.runs import RunView
from storage.stats import Stats


def show_freshness(stats: Stats, runs: Sequence[RunView]) -> None:
    """When things were last seen, and how the last crawls went."""
    moments = {
        "처음 본 날": stats.first_seen,
        "마지막으로 본 날": stats.last_seen,
        "좋아요를 읽은 때": stats.likes_at,
        "가사를 읽은 때": stats.details_at,
        "감정을 읽은 때": stats.tagged_at,
    }
    tiles = "".join(f"<div><dt>{name}</dt><dd>{_moment(at)}</dd></div>" for name, at in moments.items())
    st.html(f'<h2 class="bar" lang="ko">얼마나 새로운가요</h2><dl class="moments" lang="ko">{tiles}</dl>')
    if runs:
        st.html(_runs_table(runs))


def _runs_table(runs: Sequence[RunView]) -> str:
    heads = "".join(f'<th scope="col">{name}</th>' for name in ("시작", "걸린 시간", "상태", "판정", "요청", "까닭"))
    rows = "".join(f"<tr>{_run(run)}</tr>" for run in runs)
    return f'<table class="runs" lang="ko"><caption>최근 수집</caption><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>'


def _run(run: RunView) -> str:
    took = f"{(run.finished_at - run.started_at).total_seconds():,.0f}초" if run.finished_at else "—"
    verdict = VERDICTS.get(run.verdict, run.verdict) if run.verdict else "—"
    cells = (_moment(run.started_at), took, STATES.get(run.state, run.state), verdict, f"{run.requests:,}", " ".join(run.reasons) or "—")
    return "".join(f"<td>{escape(cell)}</td>" for cell in cells)


def _moment(at: datetime | None) -> str:
    """An instant in this machine's time."""
    return f"{at.astimezone():%Y.%m.%d %H:%M}" if at is not None else "아직 없음"
