from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from reumi.schedule.child import ChildEnd, Order, run_child
from tests.stand_in import stand_in
from tests.waiting import until

STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)"


def order(folder: Path, *arguments: str, deadline: float = 60.0, **environment: str) -> Order:
    return Order(arguments, folder, {**os.environ, **environment}, deadline)


def never() -> str:
    return ""


def test_lines_and_exit_code_of_a_command_come_back(tmp_path: Path) -> None:
    said: list[str] = []
    end = run_child(order(tmp_path, "recommend", "--mode", "neither"), never, said.append)
    assert end.exit_code == 2
    assert end.cut == ""
    assert said == end.log_tail.splitlines()
    assert said[-1].startswith("reumi: ")


def test_a_command_that_hangs_is_ended_at_its_deadline(tmp_path: Path) -> None:
    end = run_child(order(tmp_path, "replica", "serve", "--port", "0", deadline=1.5), never, lambda _: None)
    assert end.cut == "deadline"
    assert is_gone(end.pid)


def test_a_command_that_does_not_hear_is_killed_with_all_that_it_started(tmp_path: Path) -> None:
    grandchild = f"subprocess.Popen([sys.executable, '-c', {STUBBORN!r}])"
    code = f"import subprocess, sys\nchild = {grandchild}\nprint(child.pid, flush=True)\nchild.wait()"
    said: list[str] = []
    end = run_child(order(tmp_path, deadline=1.5, **stand_in(tmp_path, code)), never, said.append, grace=0.5)
    assert end.cut == "deadline"
    assert end.exit_code < 0
    until(lambda: is_gone(int(said[0])), "the grandchild lives on")


def test_what_the_watch_says_ends_the_command(tmp_path: Path) -> None:
    code = "import time; print('here', flush=True); time.sleep(600)"
    said: list[str] = []
    end = run_child(order(tmp_path, **stand_in(tmp_path, code)), lambda: "stop" if said else "", said.append)
    assert end == ChildEnd(-15, "stop", "here", end.pid)


def test_the_end_of_a_long_output_is_kept(tmp_path: Path) -> None:
    code = "for number in range(100_000): print(f'line {number} 가나다')\nprint('no newline \\0 at the end', end='')"
    end = run_child(order(tmp_path, **stand_in(tmp_path, code)), never, lambda _: None)
    assert end.exit_code == 0
    assert end.log_tail.endswith("line 99999 가나다\nno newline  at the end")
    assert len(end.log_tail) <= 8000


def test_a_command_that_prints_without_end_is_looked_at_all_the_same(tmp_path: Path) -> None:
    code = "import os\nwhile True: os.write(1, b'x\\n' * 30_000)"
    said: list[str] = []

    def hear(line: str) -> None:
        said.append(line)
        assert len(said) < 1_000_000, "nobody looked"

    end = run_child(order(tmp_path, **stand_in(tmp_path, code)), lambda: "stop" if said else "", hear)
    assert end.cut == "stop"


def test_a_line_without_end_is_told_in_pieces(tmp_path: Path) -> None:
    code = "import sys; sys.stdout.write('x' * 300_000)"
    said: list[str] = []
    run_child(order(tmp_path, **stand_in(tmp_path, code)), never, said.append)
    assert "".join(said) == "x" * 300_000
    assert max(map(len, said)) < 80_000


def test_what_a_command_leaves_behind_cannot_hold_up_its_end(tmp_path: Path) -> None:
    chatter = "import os, sys\nos.write(int(sys.argv[1]), b'here')\nwhile True: os.write(1, b'x\\n' * 30_000)"
    start = f"subprocess.Popen([sys.executable, '-c', {chatter!r}, str(entry)], pass_fds=[entry])"
    code = f"import os, subprocess, sys\nexit, entry = os.pipe()\n{start}\nos.read(exit, 4)"
    said: list[str] = []

    def hear(line: str) -> None:
        said.append(line)
        assert len(said) < 3_000_000, "it is heard for ever"

    assert run_child(order(tmp_path, **stand_in(tmp_path, code)), never, hear).exit_code == 0


def test_a_command_that_closes_its_output_is_still_waited_for(tmp_path: Path) -> None:
    code = "import os, sys, time; print('said'); sys.stdout.flush(); os.close(1); os.close(2); time.sleep(1); os._exit(7)"
    end = run_child(order(tmp_path, **stand_in(tmp_path, code)), never, lambda _: None)
    assert (end.exit_code, end.cut, end.log_tail) == (7, "", "said")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux kills the children of a dead process")
def test_a_command_dies_with_the_process_that_ran_it(tmp_path: Path) -> None:
    code = "import os, time; print(os.getpid(), flush=True); time.sleep(600)"
    parent = (
        "import os, pathlib\nfrom reumi.schedule.child import Order, run_child\n"
        f"order = Order((), pathlib.Path({str(tmp_path)!r}), {{**os.environ, **{stand_in(tmp_path, code)!r}}}, 600)\n"
        "run_child(order, lambda: '', lambda line: print(line, flush=True))"
    )
    with subprocess.Popen([sys.executable, "-c", parent], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        child = int(process.stdout.readline())
        process.kill()
        process.wait()
        until(lambda: is_gone(child), "the command outlived its worker")


def is_gone(pid: int) -> bool:
    """Whether a process has ended; one that only waits to be reaped by others has."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True
