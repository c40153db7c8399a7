"""The file that discipline inspection holds, and what a second run of the draw says of it.

    {"layout": "tidui-draw-1-file", "input": …, "digest": …, "secrets": [{"unit": …, "secret": …}, …],
     "number": …, "seed": …, "output": {"panels": […]}, "output_digest": …, "names": …, "people": …}

`names` says who the pseudonyms are, by keys and digests of names; its digest is in the frozen file. `people` says their
names. Both may be left out: the replay does not need them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from tidui.review.drawing import model, seeding, solving
from tidui.review.drawing.model import BadInput, Input

FILE: Final = "tidui-draw-1-file"
_KEYS: Final = {"layout", "input", "digest", "secrets", "number", "seed", "output", "output_digest", "names", "people"}
_MAY_LACK: Final = {"names", "people"}


def run(frozen: Input, secrets: list[str], number: str) -> tuple[str, dict[str, Any]]:
    """The seed and the output of a draw; Void, Impossible, NeedsSolver as they come."""
    seed = seeding.seed(frozen, secrets, number)
    return seed, {"panels": solving.solve(frozen, seed)}


def written(
    raw: Mapping[str, Any], secrets: list[str], number: str, seed: str, output: Mapping[str, Any],
    names: Mapping[str, Any] | None = None, people: Mapping[str, str] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """The file of a draw."""
    made = {
        "layout": FILE, "input": raw, "digest": model.digest(raw),
        "secrets": [
            {"unit": unit["unit"], "secret": secret} for unit, secret in zip(raw["units"], secrets, strict=True)
        ],
        "number": number, "seed": seed, "output": output, "output_digest": model.digest(output),
    }  # fmt: skip
    given = {"names": names, "people": people}
    return {**made, **{key: value for key, value in given.items() if value is not None}}


def replay(file: Any, published: str = "", published_output: str = "") -> list[str]:
    """Draw again what a file tells of; what does not agree, in words. An empty list: it was drawn so.

    The digests that were published, where they are given, must be those of the file: without them a file that was
    forged throughout agrees with itself. BadInput for what is no such file, NeedsSolver without OR-Tools.
    """
    if not isinstance(file, Mapping) or file.get("layout") != FILE:
        raise BadInput(f"this is no file of the layout {FILE}")
    if set(file) - _KEYS or _KEYS - set(file) - _MAY_LACK:
        raise BadInput("the file has other parts than it should")
    frozen = model.load(file["input"])
    found = list(_digests(file, frozen, published, published_output))
    found += _units(file, frozen)
    if found:
        return found
    try:
        seed, output = run(frozen, [one["secret"] for one in file["secrets"]], file["number"])
    except (seeding.Void, solving.Impossible, ValueError) as error:
        return [str(error)]
    if seed != file["seed"]:
        found.append(f"the seed is {seed}, the file says {file['seed']}")
    return found + list(_panels(output, file["output"]))


def _digests(file: Mapping[str, Any], frozen: Input, published: str, published_output: str) -> Iterator[str]:
    if frozen.digest != file["digest"]:
        yield f"the frozen file has the digest {frozen.digest}, the file says {file['digest']}"
    if published and published != frozen.digest:
        yield f"the frozen file has the digest {frozen.digest}, {published} was published"
    own = model.digest(file["output"])
    if own != file["output_digest"]:
        yield f"the panels have the digest {own}, the file says {file['output_digest']}"
    if published_output and published_output != own:
        yield f"the panels have the digest {own}, {published_output} was published"
    if "names" in file and model.digest(file["names"]) != frozen.raw.get("names"):
        yield "the names are not those that were frozen"
    if "people" in file and not _are_people(file["people"], file.get("names")):
        yield "the people are not those whose names were frozen"


def _are_people(people: Any, names: Any) -> bool:
    """Is everybody called as the frozen digests of their names say?"""
    try:
        known, salt = names["experts"], names["salt"]
        return all(known[key][1] == model.name_digest(salt, name) for key, name in people.items())
    except (KeyError, IndexError, TypeError, AttributeError, UnicodeEncodeError):
        return False


def _units(file: Mapping[str, Any], frozen: Input) -> Iterator[str]:
    secrets = file["secrets"]
    if not isinstance(secrets, list) or not all(
        isinstance(one, Mapping) and set(one) == {"unit", "secret"} and isinstance(one["secret"], str)
        for one in secrets
    ):
        raise BadInput("the secrets are not written as they should be")
    if [one["unit"] for one in secrets] != [unit.unit for unit in frozen.units]:
        yield "the secrets are not those of the units of the frozen file"
    if not isinstance(file["number"], str):
        raise BadInput("the public number is no text")


def _panels(again: Mapping[str, Any], output: Any) -> Iterator[str]:
    if again == output:
        return
    if not isinstance(output, Mapping) or set(output) != {"panels"} or not isinstance(output["panels"], list):
        raise BadInput("the panels are not written as they should be")
    told = {one.get("id"): one for one in output["panels"] if isinstance(one, Mapping)}
    wrong = [panel["id"] for panel in again["panels"] if told.get(panel["id"]) != panel]
    others = sorted({str(key) for key in told} - {panel["id"] for panel in again["panels"]})
    yield "drawn again it gives other panels: " + (", ".join([*wrong, *others]) or "another order")
