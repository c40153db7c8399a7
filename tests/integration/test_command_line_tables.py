"""screen, ladder and diff: files in, files out, whole or not at all."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from tidui.cli.main import main
from tidui.codes import uscc
from tidui.tables.sample import WORKBOOK

HEADINGS = "统一社会信用代码,企业名称,注册成立日期,中国境内居民企业,查账征收,会计核算健全,能准确归集研发费用,缴纳企业所得税,禁止限制淘汰类产品,国民经济行业代码,\
重大安全质量事故或严重环境违法,申报中严重弄虚作假,严重科研失信,列入经营异常名录,列入严重违法失信名单,Ⅰ类知识产权数,Ⅱ类知识产权数,\
历次高新技术企业发证日期,高新技术企业证书有效期止,近五年国家级科技奖励前三名,省部级以上研发机构,近五年主导制定国际国家行业标准"
YEARS = "统一社会信用代码,年度,职工总数,科技人员数,销售收入(万元),成本费用支出总额(元),年末资产总额(元),研发费用(加计扣除口径)(元)"
ON = ["--on", "2026-06-30"]


def code(number: int) -> str:
    body = f"91620100XNY9{number:05d}"
    return body + uscc.check_character(body)


def population(folder: Path, *, staff: tuple[str, ...] = ("12", "3"), name: str = "甲公司") -> Path:
    """Two enterprises that differ in their S&T staff: 12 of 40 and 3 of 40, 58 and 38 points with the rest."""
    folder.mkdir()
    common = "2015-03-18,是,是,是,是,是,否,C4011,无,无,无,否,否,0,3,无,无,否,否,否"
    rows = [f"{code(n)},{name},{common}" for n in range(len(staff))]
    figures = [f"{code(n)},2025,40,{st},1000,\"9,000,000\",9000000,300000" for n, st in enumerate(staff)]
    (folder / "enterprise.csv").write_text("\n".join([HEADINGS, *rows]), encoding="utf-8")
    (folder / "years.csv").write_text("\n".join([YEARS, *figures]), encoding="utf-8")
    return folder


def read(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.read_text("utf-8-sig").splitlines()))


def test_screen_gives_each_enterprise_its_verdict(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, out = population(tmp_path / "in"), tmp_path / "out.csv"
    assert main(["screen", str(source), "--policy", "cn/tech-sme", *ON, "--out", str(out)]) == 0
    rows = read(out)
    assert [row["cn/tech-sme.verdict"] for row in rows] == ["fail", "fail"]
    assert [row["cn/tech-sme.score.low"] for row in rows] == ["58", "38"]
    assert [row["uscc"] for row in rows] == [code(0), code(1)]
    assert "2 enterprises" in capsys.readouterr().out


def test_bad_rows_stop_everything_unless_told_to_keep_going(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, out = population(tmp_path / "in", staff=("12", "-1")), tmp_path / "out.csv"
    arguments = ["screen", str(source), "--policy", "cn/tech-sme", *ON, "--out", str(out)]
    assert main(arguments) == 1
    said = capsys.readouterr().err
    assert "row 3" in said
    assert "-1 is negative" in said
    assert not out.exists()
    assert main([*arguments, "--keep-going"]) == 0
    assert [row["uscc"] for row in read(out)] == [code(0)]
    assert len(read(tmp_path / "out.faults.csv")) == 1


@pytest.mark.parametrize("command", ["screen", "ladder", "diff"])
def test_an_output_never_takes_the_place_of_its_input(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = tmp_path / "in.xlsx"
    source.write_bytes(WORKBOOK.read_bytes())
    extra = {"screen": ["--policy", "cn/hte"], "ladder": []}.get(command, [])
    first = ["cn/tech-sme@2017-05-03", "cn/tech-sme@2022-01-01"] if command == "diff" else []
    assert main([command, *first, str(source), *extra, *ON, "--out", str(tmp_path / "." / "in.xlsx")]) == 2
    assert "is the input" in capsys.readouterr().err
    assert source.read_bytes() == WORKBOOK.read_bytes()


@pytest.mark.parametrize("out", ["out.pdf", "no/such/folder/out.csv"])
def test_a_place_that_cannot_be_written_is_wrong_usage(
    out: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = population(tmp_path / "in")
    assert main(["screen", str(source), "--policy", "cn/hte", *ON, "--out", str(tmp_path / out)]) == 2
    assert capsys.readouterr().err.startswith("tidui: ")
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["in"]


def test_a_missing_input_is_wrong_usage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    missing = str(tmp_path / "none.xlsx")
    assert main(["ladder", missing, *ON, "--out", str(tmp_path / "out.xlsx")]) == 2
    assert "there is no such file" in capsys.readouterr().err


def test_a_null_change_flips_nobody_and_a_real_one_names_its_conditions(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = population(tmp_path / "in", staff=("16", "3"))
    same = ["diff", "cn/tech-sme@2022-01-01", "cn/tech-sme@2024", str(source), *ON, "--out", str(tmp_path / "a.csv")]
    assert main(same) == 0
    assert read(tmp_path / "a.csv") == []
    years = source / "years.csv"
    years.write_text(years.read_text("utf-8").replace(",300000", ",600000"), encoding="utf-8")
    enterprises = source / "enterprise.csv"
    enterprises.write_text(enterprises.read_text("utf-8").replace(",是,是,是,是,是,否,C4011", ",是,否,是,是,是,否,C4011"), encoding="utf-8")
    changed = ["diff", "cn/tech-sme@2017-05-03", "cn/tech-sme@2022-01-01", str(source), *ON, "--out", str(tmp_path / "b.csv")]
    assert main(changed) == 0
    rows = read(tmp_path / "b.csv")
    assert [row["uscc"] for row in rows] == [code(0)]
    assert (rows[0]["verdict_old"], rows[0]["verdict_new"]) == ("pass", "fail")
    assert "accounts: absent → fail" in rows[0]["conditions"]
    assert "1 flips" in capsys.readouterr().out


def test_a_version_that_is_not_there_names_those_that_are(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = population(tmp_path / "in")
    for version in ("cn/tech-sme@2016-01-01", "cn/tech-sme@soon"):
        assert main(["diff", version, "cn/tech-sme@2022-01-01", str(source), "--out", str(tmp_path / "o.csv")]) == 2
        assert "2017-05-03" in capsys.readouterr().err
    for old in ("cn/tech-sme", "cn/hte@2016-01-01"):
                assert main(["diff", old, "cn/tech-sme@2022-01-01", str(source), "--out", str(tmp_path / "o.csv")]) == 2


def test_the_ladder_of_two_enterprises(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, out = population(tmp_path / "in", staff=("16", "3")), tmp_path / "ladder.csv"
    assert main(["ladder", str(source), *ON, "--out", str(out)]) == 0
    first, second = read(out)
    assert (first["rung"], first["next"]) == ("", "sme")
    assert (second["next"], second["verdict"], second["unmet"]) == ("sme", "fail", "1")
    assert second["reason"].startswith("综合评价得分")
    assert second["cites"] == "国科发政〔2017〕115号 第六条(五)"
    assert second["plan"] == "plan"
    assert float(second["cost"]) > 0
    assert "2 家企业" in capsys.readouterr().out


@pytest.mark.slow
def test_the_sample_workbook_gives_the_whole_ladder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "ladder.xlsx"
    assert main(["ladder", str(WORKBOOK), *ON, "--out", str(out)]) == 0
    sheets = CalamineWorkbook.from_path(out)
    rows = sheets.get_sheet_by_name("梯级").to_python()
    assert len(rows) == 1 + 1_307
    assert {row[5] for row in rows[1:]} == {"", "在孵企业", "科技型中小企业", "省科技创新型企业", "高新技术企业"}
    assert {row[7] for row in rows[1:]} == {"", "符合", "不符合", "不明"}
    assert "1307 家企业" in capsys.readouterr().out
