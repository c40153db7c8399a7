"""What a second run of a draw finds: nothing where it was drawn so, and any tampering."""

from __future__ import annotations

import copy
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.unit.review.drawn import NUMBER, SALTS, SECRETS, experts, file_of, frozen, panel

from tidui.cli.main import main
from tidui.review.drawing import model, replaying, seeding

pytest.importorskip("ortools")


@pytest.fixture(scope="module")
def file() -> dict[str, Any]:
    seated = [{"expert": "T000", "kind": "technical", "leader": True}]
    panels = [panel("G1", ["A", "B"]), panel("G2", ["C"], 3, 1, seated=seated)]
    return file_of(frozen(experts(9, 3), panels, forbidden=[("A", "T001"), ("C", "F000")], fit=20))


def found(file: dict[str, Any]) -> bool:
    """Is it found that something does not agree?"""
    try:
        return bool(replaying.replay(model.read(json.dumps(file))))
    except model.BadInput:
        return True


def test_a_file_that_nobody_touched_gives_the_same_panels(file: dict[str, Any]) -> None:
    assert replaying.replay(file, file["digest"], file["output_digest"]) == []
    without = {key: value for key, value in file.items() if key not in ("names", "people")}
    assert replaying.replay(without) == []


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where a value or an element stands, at every depth."""
    if isinstance(value, dict | list):
        for key in value if isinstance(value, dict) else range(len(value)):
            yield from places(value[key], (*path, key))
    yield path


def changed(value: Any) -> Any:
    """Another value of the same shape."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    if isinstance(value, str):
        return f"{value[:-1]}{'1' if value[-1:] != '1' else '2'}"
    return [*value, *value[:1]] if isinstance(value, list) and value else {"other": "x"}


def test_any_single_change_anywhere_is_found(file: dict[str, Any]) -> None:
    unnoticed, tried = [], 0
    for path in places(file):
        if not path:
            continue
        for remove in (False, True):
            if remove and path[0] == "people":
                continue  # the file may go without them
            forged = copy.deepcopy(file)
            owner: Any = forged
            for key in path[:-1]:
                owner = owner[key]
            if remove:
                del owner[path[-1]]
            else:
                owner[path[-1]] = changed(owner[path[-1]])
            if forged != file:
                tried += 1
                if not found(forged):
                    unnoticed.append(path)
    assert unnoticed == [] and tried > 300


def again(raw: dict[str, Any], secrets: tuple[str, str] = SECRETS, number: str = NUMBER) -> dict[str, Any]:
    """A file that was forged throughout: drawn again from what was changed."""
    seed, output = replaying.run(model.load(raw), list(secrets), number)
    return replaying.written(raw, list(secrets), number, seed, output)


def test_anything_of_another_kind_anywhere_is_told_in_words_and_breaks_nothing(file: dict[str, Any]) -> None:
    for path in places(file):
        for odd in (None, -1, 10**30, [], {}, [[]], "\ud800"):
            if not path or path == ("people",):  # nobody named is no fault
                continue
            other = copy.deepcopy(file)
            at = other
            for key in path[:-1]:
                at = at[key]
            if at[path[-1]] == odd:
                continue
            at[path[-1]] = odd
            assert found(other), (path, odd)


def test_a_file_forged_throughout_agrees_with_itself_but_not_with_what_was_published(file: dict[str, Any]) -> None:
    raw = {**file["input"], "forbidden": []}
    forged = again(raw)
    assert replaying.replay(forged) == []
    assert len(replaying.replay(forged, published=file["digest"])) == 1


def test_another_number_needs_another_output_which_is_not_the_published_one(file: dict[str, Any]) -> None:
    forged = again(file["input"], number="01 02 03 04 05 06 07")
    assert replaying.replay(forged, published=file["digest"]) == []
    assert replaying.replay(forged, file["digest"], file["output_digest"]) != []


def test_another_secret_is_not_the_one_that_was_committed(file: dict[str, Any]) -> None:
    frozen_file = model.load(file["input"])
    for secrets in (["another secret of sixteen", SECRETS[1]], [SECRETS[0], ""], [SECRETS[0]], list(SECRETS[::-1])):
        with pytest.raises(seeding.Void):
            seeding.seed(frozen_file, secrets, NUMBER)
    with pytest.raises(ValueError, match="public number"):
        seeding.seed(frozen_file, list(SECRETS), "")


def test_the_seed_hangs_on_input_both_secrets_and_number(file: dict[str, Any]) -> None:
    one = model.load(file["input"])
    seeds = {seeding.seed(one, list(SECRETS), NUMBER), seeding.seed(one, list(SECRETS), NUMBER + "1")}
    other = model.load({**file["input"], "draw": {"review": "第二批", "number": 1, "reason": ""}})
    seeds.add(seeding.seed(other, list(SECRETS), NUMBER))
    units = copy.deepcopy(file["input"]["units"])
    units[0]["commitment"] = seeding.commitment(SALTS[0], "another secret of sixteen")
    seeds.add(seeding.seed(model.load({**file["input"], "units": units}),
                           ["another secret of sixteen", SECRETS[1]], NUMBER))  # fmt: skip
    assert len(seeds) == 4


def test_a_suggested_secret_is_long_and_never_the_same() -> None:
    made = {seeding.suggest() for _place in range(200)}
    assert len(made) == 200 and min(map(len, made)) >= 2 * seeding.LEAST
    assert seeding.commitment(seeding.new_salt(), "x") != seeding.commitment(seeding.new_salt(), "x")


@pytest.mark.parametrize(
    "text", ['{"layout": 1, "layout": 2}', '{"a": 0.5}', '{"a": NaN}', "[", "\udcff", "[" * 100_000]
)
def test_a_file_that_could_be_read_in_two_ways_is_refused(text: str) -> None:
    with pytest.raises(model.BadInput):
        model.read(text.encode("utf-8", "surrogateescape"))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"rules": {"technical": 2, "financial": 3}}, "60 % of a panel"),
        ({"rules": {"financial": 0, "technical": 5}}, "fewer than 1 financial"),
        ({"rules": {"size": 6}}, "do not add up"),
        ({"rules": {"reach": "near"}}, "out of its bounds"),
        ({"rules": {"fit": True}}, "no whole number"),
        ({"public": {"source": "x", "on": "2026-06-01"}}, "was known"),
        ({"units": []}, "two units"),
        ({"forbidden": [["A", "T999", "employer"]]}, "not listed"),
        ({"panels": [panel("G1", ["A"], 3, 1)]}, "fewer than 4 technical"),
        ({"panels": [panel("G1", ["A"]), panel("G2", ["A"])]}, "file of another panel"),
        ({"panels": [panel("G2", ["A"]), panel("G1", ["B"])]}, "in their order"),
        ({"layout": "tidui-draw-2"}, "no file of the layout"),
    ],
)  # fmt: skip
def test_a_frozen_file_that_breaks_its_own_rules_is_refused(
    file: dict[str, Any], change: dict[str, Any], said: str
) -> None:
    raw = {**file["input"], **change}
    if "rules" in change:
        raw["rules"] = {**file["input"]["rules"], **change["rules"]}
    with pytest.raises(model.BadInput, match=said):
        model.load(raw)


def test_the_command_says_so_by_its_exit_code(
    file: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "draw.json"
    path.write_text(json.dumps(file, ensure_ascii=False), "utf-8")
    assert main(["draw", "replay", str(path), "--digest", file["digest"]]) == 0
    assert "as the file says" in capsys.readouterr().out
    assert main(["draw", "replay", str(path), "--digest", "0" * 64]) == 1
    assert "was published" in capsys.readouterr().out
    path.write_text(json.dumps({**file, "number": "1"}), "utf-8")
    assert main(["draw", "replay", str(path)]) == 1
    path.write_text("{}", "utf-8")
    assert main(["draw", "replay", str(path)]) == 1


def test_without_the_optimiser_it_says_what_to_install(
    file: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "draw.json"
    path.write_text(json.dumps(file), "utf-8")
    monkeypatch.setitem(sys.modules, "ortools.graph.python", None)
    assert main(["draw", "replay", str(path)]) == 2
    assert "tidui[plan]" in capsys.readouterr().err
