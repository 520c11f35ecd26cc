from __future__ import annotations

import io
import json

from reumi.telemetry import Log


def test_people_get_one_line_with_job_and_run() -> None:
    stream = io.StringIO()
    Log(stream=stream).bind(job="top100", run=17, crawl=None).error("broke", exit=3)
    assert stream.getvalue()[9:] == "top100 #17       ERROR: broke  exit=3\n"


def test_machines_get_one_object_with_the_bound_fields() -> None:
    stream = io.StringIO()
    log = Log("json", stream=stream).bind(job="top100")
    log.bind(run=17).info("시작")
    log.warning("late", crawl="20261124T222604-70a837")
    first, second = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert "시작" in stream.getvalue()
    assert first.pop("time").endswith("+00:00")
    assert first == {"level": "info", "message": "시작", "job": "top100", "run": 17}
    assert (second["level"], second["crawl"]) == ("warning", "20261124T222604-70a837")
    assert "run" not in second


def test_a_stream_that_is_gone_does_not_end_a_job() -> None:
    stream = io.StringIO()
    stream.close()
    Log(stream=stream).info("nobody hears")
