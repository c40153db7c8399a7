"""From a rule's text to Python's syntax tree, with the limits that keep a hostile text harmless."""

from __future__ import annotations

import ast
import math
import re
import warnings
from fractions import Fraction
from typing import Final

from tidui.rules.errors import TextError

MAX_LENGTH: Final = 4_000
MAX_DEPTH: Final = 40
MAX_DIGITS: Final = 18
_NAMED_ARGUMENT = re.compile(r"\b([A-Za-z_]\w*)\s*:(?!=)")
_QUOTED = re.compile(r"('[^'\\\n]*'|\"[^\"\\\n]*\")")

_ALLOWED: Final = (
    ast.Expression, ast.BoolOp, ast.And, ast.Or, ast.UnaryOp, ast.Not, ast.USub, ast.BinOp, ast.Add, ast.Sub,
    ast.Mult, ast.Div, ast.Compare, ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq, ast.In, ast.NotIn,
    ast.IfExp, ast.Call, ast.keyword, ast.Name, ast.Load, ast.Constant, ast.Subscript, ast.Set,
)  # fmt: skip


def parse(text: object) -> ast.expr:
    """The syntax tree of one rule text; TextError, never anything else, if it is not in the grammar."""
    if isinstance(text, bool):
        text = "true" if text else "false"
    if isinstance(text, int | Fraction) and not isinstance(text, bool):
        text = str(text)
    if not isinstance(text, str):
        raise TextError(f"expected a text, found {type(text).__name__}")
    if len(text) > MAX_LENGTH:
        raise TextError(f"the text has {len(text)} characters; the limit is {MAX_LENGTH}")
    _check_characters(text)
    source = "".join(
        part if index % 2 else _NAMED_ARGUMENT.sub(r"\1=", part) for index, part in enumerate(_QUOTED.split(text))
    )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(" ".join(source.split("\n")).strip(), mode="eval")
    except SyntaxError as error:
        raise TextError(f"cannot be read near column {error.offset}: {error.msg}") from None
    except (RecursionError, MemoryError, ValueError, OverflowError):
        raise TextError("cannot be read: nested too deeply or a number is too large") from None
    _check_tree(tree)
    return tree.body


def _check_characters(text: str) -> None:
    depth = 0
    for character in text:
        if character in "([{":
            depth += 1
            if depth > MAX_DEPTH:
                raise TextError(f"brackets are nested more than {MAX_DEPTH} deep")
        elif character in ")]}":
            depth -= 1
        elif character == "\\" or character == "#" or (ord(character) < 32 and character not in "\n\t\r"):
            raise TextError(f"the character {character!r} has no place in a rule")


def _check_tree(tree: ast.AST) -> None:
    level: list[ast.AST] = [tree]
    for _ in range(MAX_DEPTH * 2):
        following: list[ast.AST] = []
        for node in level:
            if not isinstance(node, _ALLOWED):
                raise TextError(f"{_name_of(node)} is not part of the grammar")
            if isinstance(node, ast.Constant):
                _check_constant(node.value)
            following.extend(ast.iter_child_nodes(node))
        level = following
        if not level:
            return
    raise TextError(f"the text is nested more than {MAX_DEPTH} deep")


def _check_constant(value: object) -> None:
    if isinstance(value, float) and (not math.isfinite(value) or abs(value) >= 10**MAX_DIGITS):
        raise TextError("a number is too large")
    if isinstance(value, int) and abs(value) >= 10**MAX_DIGITS:
        raise TextError("a number is too large")
    if not isinstance(value, str | int | float):
        raise TextError(f"{value!r} is not part of the grammar")


def _name_of(node: ast.AST) -> str:
    known = {
        ast.Attribute: "a dot after a name", ast.Lambda: "a function definition", ast.List: "a list in square brackets",
        ast.Tuple: "a comma without a function", ast.Dict: "a dictionary", ast.Pow: "a power", ast.Mod: "a remainder",
        ast.FloorDiv: "whole division", ast.JoinedStr: "a formatted text", ast.Starred: "a star",
        ast.NamedExpr: "an assignment", ast.Is: "'is'", ast.IsNot: "'is not'", ast.UAdd: "a leading plus",
        ast.Invert: "a tilde", ast.Slice: "a slice",
    }  # fmt: skip
    return known.get(type(node), type(node).__name__)


def exact(value: object) -> Fraction:
    """The exact fraction of a number as it was written."""
    if isinstance(value, bool) or not isinstance(value, int | float | Fraction):
        raise TextError(f"expected a number, found {value!r}")
    return Fraction(repr(value)) if isinstance(value, float) else Fraction(value)
