"""Arguments in, exit code out: 0 done, 1 the input has faults, 2 wrong usage or no version in force."""

from __future__ import annotations

import argparse
import datetime as dt
import importlib
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import tidui

DONE: Final = 0
FAULTS: Final = 1
USAGE: Final = 2


def today() -> dt.date:
    """The day by the legal clock, Asia/Shanghai."""
    try:
        return dt.datetime.now(ZoneInfo("Asia/Shanghai")).date()
    except KeyError:  # no time-zone data on this machine; the clock has had no other offset since 1991
        return dt.datetime.now(dt.timezone(dt.timedelta(hours=8))).date()


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; what it cannot do is said on standard error."""
    options = parser().parse_args(arguments)
    if getattr(options, "on", 0) is None:
        options.on = today()
    from tidui.facts.faults import Faults
    from tidui.rules.errors import NoVersion, PolicyError, UnknownPolicy

    for name in ("params", "levers", "path"):
        given = getattr(options, name, None)
        if given is not None and not given.exists():
            return _say([f"{given}: there is no such file or folder"], USAGE)
    command = importlib.import_module(f"tidui.cli.{options.command}")
    try:
        return int(command.run(options))
    except Faults as error:
        return _say(error.faults, FAULTS)
    except PolicyError as error:
        return _say(error.problems, FAULTS)
    except (NoVersion, UnknownPolicy, UsageError) as error:
        return _say([error], USAGE)
    except FileNotFoundError as error:
        return _say([f"{error.filename}: there is no such file or folder"], USAGE)
    except (IsADirectoryError, NotADirectoryError, PermissionError) as error:
        return _say([f"{error.filename}: {error.strerror}"], USAGE)
    except BrokenPipeError:
        sys.stderr.close()
        return DONE
    except KeyboardInterrupt:
        return _say(["stopped"], 130)


class UsageError(Exception):
    """The command cannot be carried out as it was given."""


def _say(messages: Sequence[object], code: int) -> int:
    for message in messages:
        print(f"tidui: {message}" if code == USAGE else str(message), file=sys.stderr)
    return code


# ---------------------------------------------------------------------- arguments
def _date(text: str) -> dt.date:
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date such as 2026-06-30") from None
    if not 1950 <= day.year <= 2100:
        raise argparse.ArgumentTypeError(f"{text!r} is not a day from 1950 to 2100")
    return day


def _year(text: str) -> int:
    if text.isdigit() and 1949 <= int(text) <= 2100:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is not a year from 1949 to 2100")


def parser() -> argparse.ArgumentParser:
    """The commands and their options."""
    root = argparse.ArgumentParser(prog="tidui", description="梯队 · the ladder of technology enterprises")
    root.add_argument("--version", action="version", version=f"tidui {tidui.__version__}")
    commands = root.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def add(name: str, text: str) -> argparse.ArgumentParser:
        return commands.add_parser(name, help=text, description=text)

    _recognition(add("policies", "List the policies, their versions, and which is in force"), json=True)
    check = add("check", "Check policies as they are loaded: names, units, citations, periods, cases")
    check.add_argument("path", nargs="?", type=Path, metavar="PATH", help="a policy.yaml, or a folder of policies")
    _explain(add("explain", "Explain what a policy says of one enterprise"))
    _screen(add("screen", "Apply policies to every enterprise of a workbook, folder or Arrow file"))
    plan = add("plan", "Find the least change that makes an enterprise qualify")
    _subject(plan)
    plan.add_argument("--levers", type=Path, metavar="FILE", help="costs and bounds of your own, in YAML")
    _recognition(plan, json=True)
    _lang(plan)
    diff = add("diff", "Compare two versions of a policy over the same enterprises")
    diff.add_argument("old", metavar="POLICY@VERSION")
    diff.add_argument("new", metavar="POLICY@VERSION")
    diff.add_argument("input", type=Path, metavar="INPUT")
    _recognition(diff)
    _out(diff)
    ladder = add("ladder", "Say for each enterprise which rung it holds and what the next one needs")
    ladder.add_argument("input", type=Path, metavar="INPUT")
    ladder.add_argument("--levers", type=Path, metavar="FILE", help="costs and bounds of your own, in YAML")
    ladder.add_argument("--keep-going", action="store_true", help="leave out enterprises with faults and list them")
    _recognition(ladder)
    _lang(ladder)
    _out(ladder)
    sql = add("sql", "Write a policy as one SQL query")
    sql.add_argument("policy", metavar="POLICY")
    sql.add_argument("--dialect", choices=("postgres", "duckdb"), required=True)
    sql.add_argument("--year", type=_year, help="the fiscal year assessed (default: the year before --on)")
    _recognition(sql)
    add("doctor", "Say what is installed, what is missing, and what that costs")
    _site(commands)
    _audit(commands)
    _sample(commands)
    _verify(commands)
    _draw(commands)
    _preview(commands)
    return root


def _site(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The commands of the web site."""

    def add(name: str, text: str, **options: bool) -> argparse.ArgumentParser:
        return commands.add_parser(name, help=text, description=text, **options)  # type: ignore[arg-type]

    serve = add("serve", "Serve the site and run its workers, settings from the environment")
    _web(serve)
    serve.add_argument("--migrate", action="store_true", help="bring the database up to date first")
    serve.add_argument("--no-worker", dest="workers", action="store_const", const=0, help="no workers beside it")
    demo = add("demo", "Serve a fictional demonstration on this machine")
    _web(demo)
    demo.add_argument("--home", default="build/site", metavar="FOLDER", help="where it is kept (default: build/site)")
    demo.set_defaults(migrate=True)
    _answer(demo)
    worker = add("worker", "Take up tasks and run periodic work")
    worker.add_argument("--until-idle", action="store_true", help="end when nothing waits")
    begin = add("begin", "Give an empty site its department and the first administrator")
    begin.add_argument("--department", required=True, metavar="NAME", help="such as 甘肃省科学技术厅")
    begin.add_argument("--username", required=True, metavar="LOGIN", help="what the administrator signs in with")
    begin.add_argument("--name", required=True, metavar="NAME", help="the administrator's name")
    backup = add("backup", "Copy the database and the stored files into a folder, while the site runs")
    backup.add_argument("folder", type=Path, metavar="FOLDER")
    site = add("site", "Run one of Django's commands: check --deploy, migrate, shell, …", add_help=False)
    site.add_argument("arguments", nargs=argparse.REMAINDER)


def _answer(demo: argparse.ArgumentParser) -> None:
    """The stand-in of the demonstration, by hand."""
    tasks = demo.add_subparsers(dest="task", metavar="TASK")
    about = "Answer a list as the national platform, the tax side or a partner would: nothing in it is true"
    answer = tasks.add_parser("answer", help=about, description=about)
    answer.add_argument("path", type=Path, metavar="FILE", help="a list that the site wrote, .xlsx or .csv")
    answer.add_argument("--out", type=Path, required=True, metavar="FILE", help="where the answers go, .xlsx or .csv")
    answer.add_argument("--seed", default="1", metavar="TEXT", help="decides whom the counts below meet (default: 1)")
    for name, text in (
        ("refuse", "refused with a reason"), ("late", "not answered yet"), ("duplicate", "written twice"),
        ("malformed", "given a number that cannot be theirs"),
    ):  # fmt: skip
        answer.add_argument(f"--{name}", type=int, default=0, metavar="N", help=f"how many are {text}")


def _web(command: argparse.ArgumentParser) -> None:
    command.add_argument("--bind", default="127.0.0.1:8000", metavar="ADDRESS", help="default: 127.0.0.1:8000")
    command.add_argument("--processes", type=int, default=2, metavar="N", help="of the web server (default: 2)")
    command.add_argument("--threads", type=int, default=32, metavar="N", help="of each (default: 32)")
    command.add_argument("--workers", type=int, default=2, metavar="N", help="for background work (default: 2)")


def _audit(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The commands about what was done, and about whom something is kept."""
    text = "Check the histories, close them, and make the head of their chain public"
    audit = commands.add_parser("audit", help=text, description=text)
    tasks = audit.add_subparsers(dest="task", required=True, metavar="TASK")
    for name, about in (
        ("verify", "Find what was changed, removed, inserted or cut, and say which row"),
        ("seal", "Close what was written since the last seal"),
        ("publish", "Seal, and write today's head of the chain to a file and the screen"),
        ("personal-data", "Write the register of personal data as Markdown"),
    ):
        task = tasks.add_parser(name, help=about, description=about)
        _lang(task)
        if name == "verify":
            task.add_argument("--head", action="append", default=[], type=Path, metavar="FILE", help="a published head")
            task.add_argument("--json", action="store_true", help="as JSON")
    text = "Remove personal data where no duty to keep it stands against that"
    forget = commands.add_parser("forget", help=text, description=f"{text}; without --yes only say what would go")
    whom = forget.add_mutually_exclusive_group(required=True)
    whom.add_argument("--person", metavar="USERNAME", help="one person, by sign-in name")
    whom.add_argument("--unconfirmed", action="store_true", help="everybody who asked to join and was never confirmed")
    whom.add_argument("--expired", action="store_true", help="what has been kept for its time")
    forget.add_argument("--uscc", metavar="CODE", help="with --unconfirmed: who asked to join this organisation")
    forget.add_argument("--before", type=_date, metavar="DATE", help="with --unconfirmed: decided before this day")
    forget.add_argument("--yes", action="store_true", help="do it")
    _lang(forget)


def _sample(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """What anybody may do with a published sampling check."""
    text = "Draw a published sampling check again"
    sample = commands.add_parser("sample", help=text, description=text)
    tasks = sample.add_subparsers(dest="task", required=True, metavar="TASK")
    about = "Compare the published result with what the seed draws from the list"
    replay = tasks.add_parser("replay", help=about, description=about)
    replay.add_argument("path", type=Path, metavar="FILE", help="the JSON file that the site publishes")


def _draw(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """What inspection may do with the file of a draw of experts."""
    text = "Draw the panels of an expert review again"
    draw = commands.add_parser("draw", help=text, description=text)
    tasks = draw.add_subparsers(dest="task", required=True, metavar="TASK")
    about = "Compare the panels with what input, opened secrets and public number give"
    replay = tasks.add_parser("replay", help=about, description=about)
    replay.add_argument("path", type=Path, metavar="FILE", help="the JSON file that inspection downloads from the site")
    replay.add_argument("--digest", metavar="SHA256", help="the digest of the frozen file, as it was published")
    replay.add_argument("--output-digest", metavar="SHA256", help="the digest of the panels, as it was published")


def _verify(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Certificates: checked by anybody without a network; their keys."""
    text = "Check a certificate (PDF or JSON) without a network: who, until when, whether its signature holds"
    verify = commands.add_parser("verify", help=text, description=text)
    verify.add_argument("path", type=Path, metavar="FILE", help="the certificate")
    verify.add_argument("--keys", type=Path, metavar="FILE", help="the issuer's public keys, published at /open/")
    verify.add_argument("--revocations", type=Path, metavar="LIST", help="the signed list published at /open/")
    verify.add_argument("--json", action="store_true", help="as JSON")
    verify.add_argument("--on", type=_date, metavar="DATE", help="valid on this day? (default: today)")
    _lang(verify)
    text = "List the keys that sign certificates, or make a new one that signs from now on"
    keys = commands.add_parser("keys", help=text, description=text)
    tasks = keys.add_subparsers(dest="task", required=True, metavar="TASK")
    tasks.add_parser("show", help="name, fingerprint and days of every key")
    rotate = tasks.add_parser("rotate", help="make a new key; what the old one signed stays good")
    rotate.add_argument("--scheme", metavar="NAME", help="ed25519, sm2, … (default: as the site's parameter says)")


def _preview(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """What another version of a policy would change on this site."""
    text = "Say which open applications and valid recognitions of this site another policy version would turn, and why"
    preview = commands.add_parser("preview", help=text, description=text)
    preview.add_argument("programme", metavar="PROGRAMME", help="the programme's short name, such as provincial")
    preview.add_argument("--version", metavar="DATE", help="the version that is tried (default: the one in force)")
    preview.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="a parameter's other value")
    preview.add_argument("--on", type=_date, metavar="DATE", help="the day for which it is judged (default: today)")
    _lang(preview)


def _subject(command: argparse.ArgumentParser) -> None:
    command.add_argument("policy", metavar="POLICY")
    command.add_argument("facts", type=Path, metavar="FACTS", help="YAML or JSON with the sections of the catalogue")


def _recognition(command: argparse.ArgumentParser, *, json: bool = False) -> None:
    command.add_argument("--on", type=_date, metavar="DATE", help="the day of the decision (default: today)")
    if json:
        command.add_argument("--json", action="store_true", help="as JSON")


def _lang(command: argparse.ArgumentParser) -> None:
    command.add_argument("--lang", choices=("zh", "en"), default="zh", help="language of the text (default: zh)")


def _out(command: argparse.ArgumentParser) -> None:
    command.add_argument("--out", type=Path, metavar="OUT", required=True, help=".xlsx .csv .parquet .arrow or folder")


def _explain(command: argparse.ArgumentParser) -> None:
    _subject(command)
    _recognition(command, json=True)
    command.add_argument("--year", type=_year, help="the fiscal year assessed (default: the year before --on)")
    command.add_argument("--params", type=Path, metavar="FILE", help="house values of your own, in YAML")
    _lang(command)


def _screen(command: argparse.ArgumentParser) -> None:
    command.add_argument("input", type=Path, metavar="INPUT")
    command.add_argument("--policy", action="append", required=True, metavar="POLICY", help="may be given repeatedly")
    _recognition(command)
    command.add_argument("--year", type=_year, help="the fiscal year assessed (default: the year before --on)")
    command.add_argument("--keep-going", action="store_true", help="leave out enterprises with faults and list them")
    _out(command)


if __name__ == "__main__":
    sys.exit(main())
