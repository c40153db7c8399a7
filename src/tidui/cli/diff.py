"""tidui diff: two versions of a policy over the same enterprises."""

from __future__ import annotations

import argparse
import datetime as dt
from typing import Final

from tidui.cli.main import UsageError
from tidui.cli.population import check_output, open_input
from tidui.cli.progress import Progress
from tidui.policies.library import Shelf, shelf
from tidui.rules.answers import Explainer
from tidui.rules.diff import Diff, flip_row, summary_json
from tidui.rules.errors import NoVersion
from tidui.tables.writing import ColumnSpec, OutputWriter, SheetSpec

FLIPS: Final = SheetSpec("diff", "变化企业", "Who flips", (
    ColumnSpec("uscc", "统一社会信用代码", "unified social credit code", width=22),
    ColumnSpec("verdict_old", "原结论", "old verdict", width=12),
    ColumnSpec("verdict_new", "新结论", "new verdict", width=12),
    ColumnSpec("conditions", "引起变化的条件", "conditions", width=60),
    ColumnSpec("results", "变化的结果", "results", width=60),
))  # fmt: skip
COUNTS: Final = SheetSpec("summary", "汇总", "Summary", (
    ColumnSpec("verdict_old", "原结论", "old verdict", width=12),
    ColumnSpec("verdict_new", "新结论", "new verdict", width=12),
    ColumnSpec("condition", "条件", "condition", width=30),
    ColumnSpec("rows", "企业数", "enterprises", "int", width=12),
))  # fmt: skip


def run(options: argparse.Namespace) -> int:
    """Writes who flips and why, and prints the counts; both versions read the same facts."""
    check_output(options.out, options.input, "diff", "summary")
    using = shelf()
    if options.old.partition("@")[0] != options.new.partition("@")[0]:
        raise UsageError(f"{options.old} and {options.new} are not versions of one policy")
    year = options.on.year - 1
    both = Diff(*(version_named(using, name, options.on, year) for name in (options.old, options.new)),
                on=options.on, year=year)  # fmt: skip
    population = open_input(options.input, year=year, young_year=None, keep_going=False)
    with OutputWriter(options.out, [FLIPS, COUNTS]) as out, Progress(population.count, "tidui diff") as progress:
        for batch in population.batches():
            rows = [flip_row(flip) for flip in both.flips(batch)]
            out.write_rows("diff", ([row[column.name] for column in FLIPS.columns] for row in rows))
            progress.advance(batch.n)
        counts = summary_json(both.summary)
        out.write_rows("summary", ([c["old"], c["new"], None, c["rows"]] for c in counts["verdicts"]))
        out.write_rows("summary", ([None, None, c["id"], c["rows"]] for c in counts["conditions"]))
    print(f"{counts['rows']} enterprises · {counts['flips']} flip{'s' * (counts['flips'] == 1)}")
    for pair in counts["verdicts"]:
        if pair["old"] != pair["new"]:
            print(f"  {pair['old']} → {pair['new']}: {pair['rows']}")
    for condition in counts["conditions"]:
        print(f"    {condition['id']}: {condition['rows']}")
    return 0


def version_named(using: Shelf, name: str, on: dt.date, year: int) -> Explainer:
    """POLICY@VERSION, compiled. VERSION is a version's first day, or any day or year on which one was in force.

    Dated rows are those of that day; for a version named by its first day, those of the day of the decision, as far
    as the version reaches.
    """
    policy, separator, given = name.partition("@")
    if not separator or not given:
        raise UsageError(f"{name!r} is not POLICY@VERSION, such as cn/tech-sme@2017-05-03")
    versions = using.versions_of(policy)
    exact = next((version for version in versions if version.name == given), None)
    by_year = using.file(versions[-1]).chosen_by == "year"
    if exact is not None:
        day = max(exact.start, min(dt.date(year, 12, 31) if by_year else on, using.last_day(exact) or dt.date.max))
        return using.explainer(policy, on=day, year=day.year, version=exact)
    try:
        day = dt.date(int(given), 12, 31) if len(given) == 4 else dt.date.fromisoformat(given)
    except ValueError:
        known = ", ".join(version.name for version in versions)
        raise NoVersion(f"{policy} has no version {given!r}; there are: {known}") from None
    return using.explainer(policy, on=day, year=day.year)
