"""The report of a run, as Markdown."""

from __future__ import annotations

from typing import Any

HEAD = """# What the rules cost

`make bench` measured this: the technology-SME measure of 2017 and the HTE measure of 2016 with its guide, all
conditions, scores, flags and verdicts, as of 2020-06-30, over fictional enterprises of which one in ten lies
exactly on a threshold. Each contender has a process of its own and reads the same columns; a time is the least of
several runs, in processor time of one core unless it says wall clock. The machine: {machine};
one-minute load before the run {load:.1f}. Other work on it would weigh most on code that is bound by the processor.

- **Tidui** reads batches of 262,144 rows. Its results carry ranges and "unknown"; OpenFisca's have neither, so with
  gaps in the facts OpenFisca computes with zeros.
- **OpenFisca-Core** has the same rules as vectorised formulas with dated parameters and scales
  (`openfisca_model.py`), the columns already in its own types. It is tried in double precision, whole and in chunks
  that fit the processor's cache, and in its own single precision; the best setting in double precision is compared
  with.
- **Reading once** is numpy's sum of each column, states included.
- **Disagreements** are with exact fractions: the explain reading on the first {sample:,} rows of each population,
  and, where nothing is missing, the referee that the tests hold against the policies, which knows nothing of the
  policy files.
- **DuckDB** runs the statements of `tidui sql` over a table in memory, on one thread, over a fifth of the rows.
"""


def report(found: dict[str, Any]) -> str:
    """The whole report."""
    sample = found["bulk"][0]["compared"]
    parts = [HEAD.format(sample=sample, machine=found["machine"], load=found["load"])]
    parts += [promises(found), bulk_table(found), settings_table(found), disagreement_text(found), other_text(found)]
    return "\n".join(parts)


def table(title: str, heading: list[str], rows: list[list[str]]) -> str:
    """A Markdown table below a title."""
    lines = [heading, ["---"] * len(heading), *rows]
    return f"## {title}\n\n" + "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def ns(timing: dict[str, Any], rows: int, what: str = "processor") -> str:
    """Nanoseconds a row, or why there are none."""
    return f"{timing[what] / rows * 1e9:.0f}" if what in timing else f"— ({timing.get('failed', 'not run')})"


def best_openfisca(entry: dict[str, Any]) -> dict[str, Any]:
    """The quickest setting in double precision."""
    tried = [one for name, one in entry["openfisca"].items() if name.startswith("double") and "processor" in one]
    return min(tried, key=lambda one: one["processor"]) if tried else {"failed": "OpenFisca did not run"}


def kept(holds: bool) -> str:
    """Whether a promise is kept."""
    return "yes" if holds else "**no**"


def promises(found: dict[str, Any]) -> str:
    """Each promise with what was measured."""
    rows = []
    for entry in found["bulk"]:
        rows += _of_screening(entry)
    for policy, seconds in found["start"].items():
        rows.append([f"cached start ≤ 20 ms: {policy}", f"{seconds * 1e3:.1f} ms", kept(seconds <= 0.02)])
    rows += _one_by_one(found)
    return table("Promises", ["promise", "measured", "kept"], rows)


def _of_screening(entry: dict[str, Any]) -> list[list[str]]:
    ours, theirs = entry["tidui"], best_openfisca(entry)
    if "threads_1" not in ours:
        return [["screening", str(ours.get("failed")), kept(False)]]
    one, rows = ours["threads_1"], []
    name = f"{entry['rows']:,} rows, {entry['missing']:.0%} missing"
    if "processor" in theirs:
        ratio = theirs["processor"] / one["processor"]
        rows.append([f"≥ 20× OpenFisca-Core: {name}", f"{ratio:.1f}×", kept(ratio >= 20)])
    wrong = sum(entry["tidui_wrong"].values()) + sum(entry.get("by_hand_wrong", {}).values())
    among = f"{wrong} in {entry['compared']:,} rows"
    rows.append([f"0 disagreements with exact arithmetic: {name}", among, kept(not wrong)])
    floor, most = one["processor"] / ours["floor"]["processor"], 3 if entry["missing"] else 2
    rows.append([f"≤ {most}× reading once: {name}", f"{floor:.1f}×", kept(floor <= most)])
    rows.append([f"≤ 64 bytes a row of working memory: {name}", f"{one['memory']:.1f}", kept(one["memory"] <= 64)])
    return rows


def _one_by_one(found: dict[str, Any]) -> list[list[str]]:
    rows = []
    for policy, taken in found["explain"].items():
        rows.append([f"explain p99 ≤ 0.2 ms: {policy}", f"{taken['p99'] * 1e3:.3f} ms", kept(taken["p99"] <= 2e-4)])
    single = best_openfisca(found["bulk"][0]).get("single")
    if single:
        ratio = single / sum(taken["p50"] for taken in found["explain"].values())
        rows.append(["explain ≥ 50× OpenFisca, both policies", f"{ratio:.0f}×", kept(ratio >= 50)])
    for policy, taken in found["plan"].items():
        rows.append([f"plan p95 ≤ 50 ms: {policy}", f"{taken['p95'] * 1e3:.1f} ms", kept(taken["p95"] <= 0.05)])
    return rows


def bulk_table(found: dict[str, Any]) -> str:
    """Nanoseconds a row of every contender."""
    heading = [
        "rows", "missing", "bytes a row", "reading once", "Tidui", "Tidui, 2 threads (wall)", "rows settled by Python",
        "OpenFisca, best", "DuckDB", "Arrow file to result table (wall)",
    ]  # fmt: skip
    rows = []
    for entry in found["bulk"]:
        count, ours = entry["rows"], entry["tidui"]
        rows.append([
            f"{count:,}", f"{entry['missing']:.0%}", f"{ours.get('bytes', 0):.0f}", ns(ours.get("floor", ours), count),
            ns(ours.get("threads_1", ours), count), ns(ours.get("threads_2", ours), count, "wall"),
            str(ours.get("settled", "—")), ns(best_openfisca(entry), count),
            ns(entry["duckdb"], entry["duckdb_rows"]) if "duckdb" in entry else "—",
            ns(entry["file"], count, "wall") if "file" in entry else "—",
        ])  # fmt: skip
    return table("Nanoseconds a row", heading, rows)


def settings_table(found: dict[str, Any]) -> str:
    """What each setting of OpenFisca took."""
    rows = []
    for entry in found["bulk"]:
        for name, timing in entry["openfisca"].items():
            count = f"{entry['rows']:,}"
            rows.append([count, f"{entry['missing']:.0%}", name, ns(timing, entry["rows"])])
    return table("OpenFisca's settings", ["rows", "missing", "precision, rows a chunk", "ns a row"], rows)


def disagreement_text(found: dict[str, Any]) -> str:
    """Who was wrong how often."""
    rows = []
    for entry in found["bulk"]:
        theirs = entry.get("openfisca_wrong", {})
        worst = [f"{name} {count:,}" for name, count in sorted(theirs.items(), key=lambda item: -item[1])[:3]]
        ours = str(sum(entry["tidui_wrong"].values()))
        counts = [f"{entry['rows']:,}", f"{entry['missing']:.0%}", f"{entry['compared']:,}", ours]
        rows.append([*counts, f"{sum(theirs.values()):,}", ", ".join(worst) or "—"])
    heading = ["rows", "missing", "compared", "Tidui", "OpenFisca", "where OpenFisca differs most"]
    text = "With nothing missing, floats decide thresholds wrongly; with gaps, zeros stand for what is not known.\n"
    return table("Disagreements with exact fractions (results, summed over rows)", heading, rows) + "\n" + text


def other_text(found: dict[str, Any]) -> str:
    """What is measured beside the promises."""
    lines = []
    if "spark" in found:
        count = found["spark_rows"]
        taken = ns(found["spark"], count, "wall")
        lines.append(f"- Spark, mapInArrow from Parquet, two local workers, {count:,} rows: {taken} ns a row (wall).")
    for policy, taken in found["explain"].items():
        lines.append(f"- explain {policy}: p50 {taken['p50'] * 1e3:.3f} ms, p99 {taken['p99'] * 1e3:.3f} ms.")
    single = best_openfisca(found["bulk"][0]).get("single")
    if single:
        lines.append(f"- OpenFisca for one enterprise, both policies: p50 {single * 1e3:.2f} ms.")
    for policy, taken in found["plan"].items():
        lines.append(f"- plan {policy}: p50 {taken['p50'] * 1e3:.1f} ms, p95 {taken['p95'] * 1e3:.1f} ms.")
    return "## Also measured\n\n" + "\n".join(lines) + "\n"
