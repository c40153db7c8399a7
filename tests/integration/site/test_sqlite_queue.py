"""Writers of a SQLite file stand in one queue: none is turned away, none is overtaken, nobody waits for the dead."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from tidui.site.sqlite.queue import Place, TooLong

ROOT = Path(__file__).resolve().parents[3]
HOLDER = """
import sys, time
from pathlib import Path
from tidui.site.sqlite.queue import Place
place = Place(Path(sys.argv[1]), 600)
print("waiting", flush=True)
place.enter()
print("in", flush=True)
time.sleep(600)
"""


def eventually(true: object, seconds: float = 240) -> None:
    """Waits until something is so."""
    assert callable(true)
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.005)


def drawn(queue: Path) -> int:
    """How many tickets were drawn."""
    return int.from_bytes(queue.read_bytes()[:8], "little") if queue.exists() else 0


def started(queue: Path) -> subprocess.Popen[str]:
    """Another process that goes into the queue and stays."""
    return subprocess.Popen([sys.executable, "-c", HOLDER, str(queue)], stdout=subprocess.PIPE, text=True)


def killed(process: subprocess.Popen[str]) -> None:
    """Ended by SIGKILL, without a chance to tidy up."""
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert process.stdout is not None
    process.stdout.close()


def test_forty_eight_writers_in_three_processes_lose_nothing(tmp_path: Path) -> None:
    database = tmp_path / "lines.sqlite3"
    with sqlite3.connect(database) as connection:
        connection.execute("CREATE TABLE line (id INTEGER PRIMARY KEY, who TEXT, turn INTEGER)")
    connection.close()
    command = [sys.executable, "-m", "tests.integration.site.writers", str(database)]
    processes = [
        subprocess.Popen([*command, name, "16", "10"], cwd=ROOT, stdout=subprocess.PIPE, text=True) for name in "abc"
    ]

    said = [json.loads(process.communicate()[0]) for process in processes]

    assert [report["failed"] for report in said] == [[], [], []]
    with sqlite3.connect(database) as connection:
        rows = connection.execute("SELECT who, turn FROM line ORDER BY id").fetchall()
    connection.close()
    assert len(rows) == len(set(rows)) == 3 * 16 * 10


def test_writers_enter_in_the_order_in_which_they_came(tmp_path: Path) -> None:
    queue = tmp_path / "queue"
    first = Place(queue, 600)
    first.enter()
    order: list[int] = []

    def come(number: int) -> None:
        with Place(queue, 600):
            order.append(number)

    threads = []
    for number in range(12):
        threads.append(threading.Thread(target=come, args=(number,)))
        threads[-1].start()
        eventually(lambda wanted=number + 2: drawn(queue) == wanted)
    assert order == []
    first.leave()
    for thread in threads:
        thread.join()

    assert order == list(range(12))


@pytest.mark.parametrize("waiting", [False, True])
def test_nobody_waits_for_a_process_that_was_killed(tmp_path: Path, waiting: bool) -> None:
    queue = tmp_path / "queue"
    holder = started(queue)
    assert holder.stdout is not None
    assert [holder.stdout.readline(), holder.stdout.readline()] == ["waiting\n", "in\n"]
    behind = started(queue) if waiting else None
    eventually(lambda: drawn(queue) == (2 if waiting else 1))
    entered = threading.Event()

    def come() -> None:
        with Place(queue, 600):
            entered.set()

    thread = threading.Thread(target=come)
    thread.start()
    eventually(lambda: drawn(queue) == (3 if waiting else 2))
    if behind is not None:
        killed(behind)
        assert not entered.wait(0.3), "the holder is still in"
    killed(holder)
    thread.join(240)

    assert entered.is_set()


def test_whoever_waits_too_long_is_told_and_lets_the_next_one_pass(tmp_path: Path) -> None:
    queue = tmp_path / "queue"
    first, second, third = (Place(queue, patience) for patience in (240, 0.05, 240))
    first.enter()
    with pytest.raises(TooLong):
        second.enter()
    assert not second.held
    first.leave()
    third.enter()

    assert third.held
    assert os.stat(queue).st_size == 16


def test_whoever_gives_up_behind_others_of_the_process_is_not_called_any_more(tmp_path: Path) -> None:
    queue = tmp_path / "queue"
    first, last = Place(queue, 240), Place(queue, 240)
    first.enter()
    told: list[str] = []

    def come(patience: float) -> None:
        place = Place(queue, patience)
        try:
            place.enter()
        except TooLong:
            told.append("too long")
        else:
            told.append("in")
            place.leave()

    patient, hasty = (threading.Thread(target=come, args=(patience,)) for patience in (240, 0.05))
    patient.start()
    eventually(lambda: drawn(queue) == 2)
    hasty.start()
    eventually(lambda: drawn(queue) == 3)
    hasty.join(240)
    assert told == ["too long"]
    first.leave()
    patient.join(240)
    last.enter()

    assert (told, last.held) == (["too long", "in"], True)


def test_whoever_is_interrupted_behind_others_leaves_no_gap(tmp_path: Path) -> None:
    """As by Ctrl-C in a command: the exception comes while one sleeps."""
    queue = tmp_path / "queue"
    first = Place(queue, 240)
    first.enter()
    main = threading.main_thread().ident
    assert main is not None

    def interrupt() -> None:
        eventually(lambda: drawn(queue) == 2)
        time.sleep(0.5)  # until it sleeps
        signal.pthread_kill(main, signal.SIGUSR1)

    def heard(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGUSR1, heard)
    thread = threading.Thread(target=interrupt)
    thread.start()
    try:
        with pytest.raises(KeyboardInterrupt):
            Place(queue, 240).enter()
    finally:
        signal.signal(signal.SIGUSR1, before)
        thread.join()
    first.leave()
    entered = threading.Event()

    def come() -> None:
        with Place(queue, 240):
            entered.set()

    late = threading.Thread(target=come)
    late.start()
    late.join(240)
    assert entered.is_set()


def test_a_forked_process_does_not_wait_for_threads_that_stayed_behind(tmp_path: Path) -> None:
    queue = tmp_path / "queue"
    with Place(queue, 240):
        pass
    code = (
        "import os, sys, threading; from pathlib import Path; from tidui.site.sqlite.queue import Place\n"
        "first = Place(Path(sys.argv[1]), 60); first.enter()\n"
        "child = os.fork()\n"
        "if child: first.leave(); _, status = os.waitpid(child, 0); sys.exit(os.waitstatus_to_exitcode(status))\n"
        "os.close(first._file); Place(Path(sys.argv[1]), 60).enter(); os._exit(0)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(queue)], timeout=240, check=False)
    assert done.returncode == 0


def test_a_forked_process_does_not_end_the_turn_of_its_parent(tmp_path: Path) -> None:
    queue = tmp_path / "queue"
    other = (
        "import sys; from pathlib import Path; from tidui.site.sqlite.queue import Place; "
        "Place(Path(sys.argv[1]), 0.2).enter()"
    )
    code = f"""
import os, subprocess, sys
from pathlib import Path
from tidui.site.sqlite.queue import Place
first = Place(Path(sys.argv[1]), 60)
first.enter()
child = os.fork()
if not child:
    first.close()
    os._exit(0)
os.waitpid(child, 0)
done = subprocess.run([sys.executable, "-c", {other!r}, sys.argv[1]], capture_output=True)
sys.exit(0 if first.held and b"TooLong" in done.stderr else 1)
"""
    assert subprocess.run([sys.executable, "-c", code, str(queue)], timeout=240, check=False).returncode == 0
