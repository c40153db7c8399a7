"""The house rules that a reader may rely on anywhere in the source."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

SOURCE = Path(__file__).resolve().parents[2] / "src" / "tidui"
#: What people write: Django writes the migrations.
MODULES = sorted(path for path in SOURCE.rglob("*.py") if path.parent.name != "migrations")
LONGEST_MODULE = 600
LONGEST_FUNCTION = 50
#: The layers whose public names are an interface for policy authors and other programs.
DOCUMENTED = ("codes", "facts", "policies", "rules", "tables")
CHINESE = re.compile(r"[\u3400-\u9fff]")

Function = ast.FunctionDef | ast.AsyncFunctionDef


def short(path: Path) -> str:
    """The path as a person names it."""
    return path.relative_to(SOURCE).as_posix()


def functions(tree: ast.Module) -> Iterator[Function]:
    """Every function and method of a module, nested ones too."""
    return (node for node in ast.walk(tree) if isinstance(node, Function))


def said_elsewhere(tree: ast.Module) -> set[str]:
    """Methods that some class of the module documents: an override means the same."""
    methods = (node for klass in ast.walk(tree) if isinstance(klass, ast.ClassDef) for node in klass.body)
    return {node.name for node in methods if isinstance(node, Function) and ast.get_docstring(node)}


def public_without_docstring(tree: ast.Module) -> Iterator[str]:
    """The public functions, classes and methods of which nothing says what they mean.

    A method counts as documented where its class's docstring names it in backquotes, or where it overrides one that is.
    """
    said = said_elsewhere(tree)
    for node in tree.body:
        if not isinstance(node, Function | ast.ClassDef) or node.name.startswith("_"):
            continue
        told = ast.get_docstring(node)
        if told is None:
            yield node.name
        if isinstance(node, ast.ClassDef):
            for method in node.body:
                if not isinstance(method, Function) or method.name.startswith("_") or method.name in said:
                    continue
                if f"`{method.name}`" not in (told or ""):
                    yield f"{node.name}.{method.name}"


def labels(node: Any, where: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every mapping with a label in one language or two, and where it stands."""
    if isinstance(node, dict):
        if "zh" in node or "en" in node:
            yield where, node
        for key, value in node.items():
            yield from labels(value, f"{where}.{key}")
    elif isinstance(node, list):
        for place, value in enumerate(node):
            name = value.get("id", place) if isinstance(value, dict) else place
            yield from labels(value, f"{where}[{name}]")


def test_no_module_is_over_600_lines() -> None:
    lengths = {short(path): len(path.read_text("utf-8").splitlines()) for path in MODULES}

    assert {name: lines for name, lines in lengths.items() if lines > LONGEST_MODULE} == {}


def test_no_function_is_over_50_lines() -> None:
    long = [
        f"{short(path)}:{function.lineno} {function.name}: {function.end_lineno - function.lineno + 1} lines"
        for path in MODULES
        for function in functions(ast.parse(path.read_text("utf-8")))
        if function.end_lineno is not None and function.end_lineno - function.lineno >= LONGEST_FUNCTION
    ]

    assert long == []


@pytest.mark.parametrize("layer", DOCUMENTED)
def test_every_public_name_has_a_docstring(layer: str) -> None:
    paths = [path for path in MODULES if path.is_relative_to(SOURCE / layer)]
    assert paths

    silent = [
        f"{short(path)} {name}"
        for path in paths
        for name in public_without_docstring(ast.parse(path.read_text("utf-8")))
    ]

    assert silent == []


def test_imports_go_down_never_up(repository: Path) -> None:
    lint = Path(sys.executable).with_name("lint-imports")

    done = subprocess.run([lint, "--no-cache"], cwd=repository, capture_output=True, text=True)

    assert done.returncode == 0, done.stdout


def test_every_label_of_a_policy_is_in_both_languages() -> None:
    wrong = []
    for path in sorted((SOURCE / "policies").rglob("*.yaml")):
        for where, label in labels(yaml.safe_load(path.read_text("utf-8")), ""):
            zh, en = str(label.get("zh") or ""), str(label.get("en") or "")
            if not CHINESE.search(zh) or not en.strip() or CHINESE.search(en):
                wrong.append(f"{short(path)}{where}: zh {zh!r}, en {en!r}")

    assert wrong == []


def test_every_fact_has_a_chinese_label() -> None:
    catalogue = yaml.safe_load((SOURCE / "facts" / "catalogue.yaml").read_text("utf-8"))

    without = [where for where, label in labels(catalogue, "") if not CHINESE.search(str(label.get("zh") or ""))]

    assert without == []


def test_identifiers_are_ascii() -> None:
    odd = [
        f"{short(path)}:{node.lineno} {node.id}"
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Name) and not node.id.isascii()
    ]

    assert odd == [] and all(short(path).isascii() for path in MODULES)


def test_the_package_imports_without_any_extra_or_column_library() -> None:
    """A cold `tidui explain` answers in half a second only if the heavy libraries stay asleep."""
    heavy = ["numpy", "pyarrow", "llvmlite", "ortools", "duckdb", "pyspark", "psycopg", "pandas"]
    script = f"import sys, tidui.cli.main; print([name for name in {heavy} if name in sys.modules])"

    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)

    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, "[]", "")
