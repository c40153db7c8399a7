"""python -m benchmarks.rules: see `run.py`."""

from benchmarks.rules.run import main

main()
