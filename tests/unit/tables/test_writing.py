"""Writing outputs: every form, whole or not at all."""

from __future__ import annotations

import datetime as dt
import decimal
import os
import signal
import subprocess
import sys
import textwrap
import zipfile
from fractions import Fraction
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest
import python_calamine

from tidui.facts.faults import Fault, Faults
from tidui.rules.values import NONE
from tidui.tables.writing import ColumnSpec, OutputWriter, SheetSpec, fault_rows, fault_sheet
from tidui.tables.xlsx_out import WorkbookSink

COLUMNS = (
    ColumnSpec("uscc", "统一社会信用代码", "credit code"),
    ColumnSpec("reward", "奖补", "reward", "money"),
    ColumnSpec("share", "占比", "share", "share"),
    ColumnSpec("held", "持有", "held", "bool"),
    ColumnSpec("on", "日期", "on", "date"),
    ColumnSpec("count", "件数", "count", "int"),
)
MAIN = SheetSpec("results", "结果", "results", COLUMNS)
SIDE = SheetSpec("reasons", "原因", "reasons", (ColumnSpec("text", "原因", "reason"),))
FULL = ("91620100XNY000001X", 20_000_050, Fraction(1, 8), True, dt.date(2026, 6, 30), 3)
BARE = ("=1+1", None, None, False, NONE, None)


def write(path: Path, lang: str = "zh") -> None:
    with OutputWriter(path, [MAIN, SIDE], lang=lang) as out:  # type: ignore[arg-type]
        out.write_rows("results", [FULL, BARE])
        out.write_rows("reasons", [("+SUM(A1)",), ("好",)])


def sheet(path: Path, name: str) -> list[list[object]]:
    return list(python_calamine.CalamineWorkbook.from_path(str(path)).get_sheet_by_name(name).to_python())


def test_a_workbook_has_a_sheet_for_each_with_labels_dates_and_yuan(tmp_path: Path) -> None:
    write(tmp_path / "out.xlsx")
    rows = sheet(tmp_path / "out.xlsx", "结果")
    assert rows[0] == ["统一社会信用代码", "奖补(元)", "占比", "持有", "日期", "件数"]
    assert rows[1] == ["91620100XNY000001X", 200_000.5, 0.125, "是", dt.date(2026, 6, 30), 3.0]
    assert rows[2] == ["=1+1", "", "", "否", "无", ""]
    write(tmp_path / "out.en.xlsx", "en")
    assert sheet(tmp_path / "out.en.xlsx", "results")[0][1] == "reward (yuan)"


def test_a_text_like_a_formula_is_no_formula_in_a_workbook(tmp_path: Path) -> None:
    write(tmp_path / "out.xlsx")
    with zipfile.ZipFile(tmp_path / "out.xlsx") as archive:
        xml = archive.read("xl/worksheets/sheet1.xml").decode() + archive.read("xl/worksheets/sheet2.xml").decode()
        assert 'quotePrefix="1"' in archive.read("xl/styles.xml").decode()
    assert "<f>" not in xml
    assert "=1+1" in xml


def test_a_csv_file_is_utf8_with_bom_and_neutralises_formulas(tmp_path: Path) -> None:
    write(tmp_path / "out.csv")
    data = (tmp_path / "out.csv").read_bytes()
    assert data.startswith(b"\xef\xbb\xbf")
    lines = data.decode("utf-8-sig").splitlines()
    assert lines[0] == "uscc,reward,share,held,on,count"
    assert lines[1] == "91620100XNY000001X,200000.50,0.125,true,2026-06-30,3"
    assert lines[2] == "'=1+1,,,false,无,"
    assert (tmp_path / "out.reasons.csv").read_text("utf-8-sig").splitlines() == ["text", "'+SUM(A1)", "好"]


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@x", "\t=1", "\r=1", "＝1", " =1"])
def test_every_beginning_of_a_formula_is_neutralised(tmp_path: Path, text: str) -> None:
    with OutputWriter(tmp_path / "out.csv", [SIDE]) as out:
        out.write_rows("reasons", [(text,)])
    assert "'" + text in (tmp_path / "out.csv").read_bytes().decode("utf-8-sig")


@pytest.mark.parametrize("suffix", [".parquet", ".arrow"])
def test_typed_files_keep_money_exact_and_none_as_null(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"out{suffix}"
    write(path)
    table = pa.parquet.read_table(path) if suffix == ".parquet" else pa.ipc.open_file(str(path)).read_all()
    assert table.column("reward").to_pylist() == [decimal.Decimal("200000.50"), None]
    assert table.column("on").to_pylist() == [dt.date(2026, 6, 30), None]
    assert table.column("held").to_pylist() == [True, False]
    assert table.column("uscc").to_pylist()[1] == "=1+1"
    assert (tmp_path / f"out.reasons{suffix}").exists()


@pytest.mark.parametrize("suffix", [".xlsx", ".csv", ".parquet"])
def test_an_arrow_table_gives_the_same_output_as_its_rows(tmp_path: Path, suffix: str) -> None:
    spec = SheetSpec("results", "结果", "results", COLUMNS[:2])
    table = pa.table({"reward": [5, None, 7], "uscc": ["a", "b", "c"]})
    one, other = tmp_path / f"one{suffix}", tmp_path / f"other{suffix}"
    with OutputWriter(one, [spec]) as out:
        out.write_arrow("results", table)
        for batch in table.to_batches():
            out.write_arrow("results", batch)
    with OutputWriter(other, [spec]) as out:
        out.write_rows("results", [("a", 5), ("b", None), ("c", 7)] * 2)
    if suffix == ".csv":
        assert one.read_bytes() == other.read_bytes()
    elif suffix == ".xlsx":
        assert sheet(one, "结果") == sheet(other, "结果")
    else:
        assert pa.parquet.read_table(one).equals(pa.parquet.read_table(other))


def test_a_folder_has_a_file_for_each_sheet_and_is_replaced_as_a_whole(tmp_path: Path) -> None:
    write(tmp_path / "out")
    write(tmp_path / "out")
    assert sorted(entry.name for entry in (tmp_path / "out").iterdir()) == ["reasons.csv", "results.csv"]
    assert [entry.name for entry in tmp_path.iterdir()] == ["out"]


def test_a_folder_with_something_else_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("keep")
    with pytest.raises(Faults, match="holds something else"):
        OutputWriter(tmp_path / "out", [MAIN])


@pytest.mark.parametrize("name", ["out.xlsx", "out.csv", "out.parquet", "out.arrow", "out"])
def test_an_exception_leaves_the_old_output_and_nothing_new(tmp_path: Path, name: str) -> None:
    write(tmp_path / name)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}

    def rows() -> object:
        yield FULL
        raise ValueError("on the way")

    with pytest.raises(ValueError, match="on the way"), OutputWriter(tmp_path / name, [MAIN, SIDE]) as out:
        out.write_rows("results", rows())  # type: ignore[arg-type]
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


# A signal that the shell of the test run ignores would be ignored below it as well: nohup does so with SIGHUP, a job in
# the background of a script with SIGINT.
PROGRAM = """
    import signal, sys, time
    from pathlib import Path
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    from tests.unit.tables.test_writing import MAIN, SIDE, FULL
    from tidui.tables.writing import OutputWriter
    with OutputWriter(Path(sys.argv[1]), [MAIN, SIDE]) as out:
        out.write_rows("results", [FULL] * 5)
        print("writing", flush=True)
        time.sleep(600)
"""


@pytest.mark.parametrize("name", ["out.xlsx", "out.csv"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_in_between_leaves_nothing_behind(tmp_path: Path, name: str, number: int) -> None:
    root = Path(__file__).resolve().parents[3]
    environment = {**os.environ, "PYTHONPATH": f"{root}{os.pathsep}{root / 'src'}"}
    command = [sys.executable, "-c", textwrap.dedent(PROGRAM), str(tmp_path / name)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"writing\n"
        process.send_signal(number)
        assert process.wait(timeout=240) != 0
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_process_left_is_removed_by_the_next(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    left = tmp_path / f".out.csv.{process.pid}-abc.part"
    left.mkdir()
    (left / "out.csv").write_text("half")
    running = tmp_path / f".out.csv.{os.getppid()}-abc.part"
    running.mkdir()
    write(tmp_path / "out.csv")
    assert sorted(path.name for path in tmp_path.iterdir()) == [running.name, "out.csv", "out.reasons.csv"]


def test_rows_beyond_the_limit_of_the_format_go_on_another_sheet(tmp_path: Path) -> None:
    sink = WorkbookSink(tmp_path / "out.xlsx", [SIDE], "zh", max_rows=3)
    sink.write_rows("reasons", [(f"row {number}",) for number in range(5)])
    sink.close()
    path = tmp_path / "out.xlsx"
    assert python_calamine.CalamineWorkbook.from_path(str(path)).sheet_names == ["原因", "原因 2", "原因 3"]
    assert sheet(path, "原因 2") == [["原因"], ["row 2"], ["row 3"]]


@pytest.mark.parametrize("name", ["out.pdf", "no/such/folder/out.xlsx"])
def test_a_place_that_cannot_be_written_is_refused_before_anything_is_done(tmp_path: Path, name: str) -> None:
    with pytest.raises(Faults):
        OutputWriter(tmp_path / name, [MAIN])
    assert list(tmp_path.iterdir()) == []


def test_a_row_of_the_wrong_length_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="argument 2"), OutputWriter(tmp_path / "out.xlsx", [MAIN]) as out:
        out.write_rows("results", [("a",)])
    assert list(tmp_path.iterdir()) == []


def test_the_sheet_of_faults_shows_place_message_and_what_to_write(tmp_path: Path) -> None:
    fault = Fault("years.2022.employees", "is negative", "write 3", "fault", "年度", 7, "C 职工总数")
    with OutputWriter(tmp_path / "out.xlsx", [MAIN, fault_sheet()]) as out:
        out.write_rows("faults", fault_rows([fault]))
    rows = sheet(tmp_path / "out.xlsx", "问题清单")
    assert rows[1] == ["fault", "年度", 7.0, "C 职工总数", "years.2022.employees", "is negative", "write 3"]


@pytest.mark.parametrize("name", ["out.csv", "out.xlsx", "out.parquet"])
def test_an_output_may_be_read_by_whom_other_new_files_may(tmp_path: Path, name: str) -> None:
    write(tmp_path / name)
    (tmp_path / "other").write_text("")
    assert (tmp_path / name).stat().st_mode == (tmp_path / "other").stat().st_mode
