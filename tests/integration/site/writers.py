"""A process of the tests of the queue: `python -m tests.integration.site.writers DATABASE NAME THREADS TIMES`.

Each thread writes its rows in transactions that read first, and single statements between; prints how long each took.
"""

from __future__ import annotations

import json
import sys
import threading
import time

from django.conf import settings


def write(name: str, times: int, spent: list[float], failed: list[str]) -> None:
    """Transactions and single statements by turns, each timed."""
    from django.db import connection, transaction

    for turn in range(times):
        began = time.perf_counter()
        try:
            with connection.cursor() as cursor:
                if turn % 5 == 4:
                    cursor.execute("INSERT INTO line (who, turn) VALUES (%s, %s)", [name, turn])
                else:
                    with transaction.atomic():
                        cursor.execute("SELECT coalesce(max(id), 0) FROM line")
                        (last,) = cursor.fetchone()
                        cursor.execute("INSERT INTO line (id, who, turn) VALUES (%s, %s, %s)", [last + 1, name, turn])
                        time.sleep(0.001)
        except Exception as error:
            failed.append(repr(error))
        spent.append(time.perf_counter() - began)
    connection.close()


def main() -> None:
    """Runs the threads."""
    database, name, threads, times = sys.argv[1:]
    settings.configure(DATABASES={"default": {"ENGINE": "tidui.site.sqlite", "NAME": database, "CONN_MAX_AGE": None}})
    spent: list[float] = []
    failed: list[str] = []
    running = [
        threading.Thread(target=write, args=(f"{name}-{number}", int(times), spent, failed))
        for number in range(int(threads))
    ]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    print(json.dumps({"spent": spent, "failed": failed}))


if __name__ == "__main__":
    main()
