"""YAML and JSON from anyone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidui.facts import documents
from tidui.facts.faults import Faults


def refusal(text: str | bytes, name: str = "x.yaml") -> list[str]:
    with pytest.raises(Faults) as refused:
        documents.parse(text.encode() if isinstance(text, str) else text, name)
    return [str(fault) for fault in refused.value.faults]


def test_yaml_scalars_stay_the_texts_that_they_are() -> None:
    text = "{a: 1_000, b: 010, c: 1:30, d: 2023-01-05, e: yes, f: 1.10, g: .5, on: off, h: 22/3, i: true}"
    assert documents.parse(text.encode(), "x.yaml") == {
        **{"a": "1_000", "b": "010", "c": "1:30", "d": "2023-01-05", "e": "yes", "f": "1.10", "g": ".5"},
        **{"on": "off", "h": "22/3", "i": "true"},
    }


def test_only_plain_nulls_are_null() -> None:
    text = "{a: , b: ~, c: null, d: '', e: 'null', f: \"~\", g: NULL}"
    expected = {"a": None, "b": None, "c": None, "d": "", "e": "null", "f": "~", "g": None}
    assert documents.parse(text.encode(), "x.yaml") == expected


def test_json_numbers_with_a_point_stay_texts_and_whole_ones_are_exact() -> None:
    text = '{"a": 1234.565, "b": 12345678901234567890, "c": true, "d": null, "e": NaN, "f": 1e3}'
    assert documents.parse(text.encode(), "x.json") == {
        **{"a": "1234.565", "b": 12345678901234567890, "c": True, "d": None, "e": "NaN", "f": "1e3"},
    }


def test_json_in_a_yaml_file_is_read_too() -> None:
    assert documents.parse(b'{"a": {"b": [1, "x"]}}', "x.yaml") == {"a": {"b": ["1", "x"]}}
    assert documents.parse(b' {"a": 1}', "facts") == {"a": 1}
    assert documents.parse(b"a: 1", "facts") == {"a": "1"}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_the_usual_encodings_are_read(encoding: str) -> None:
    assert documents.parse("名称: 甘肃公司\n".encode(encoding), "x.yaml") == {"名称": "甘肃公司"}


def test_bytes_in_no_known_encoding_are_refused() -> None:
    assert refusal(b"a: \xff\xff\xff") == ["x.yaml: is neither UTF-8 nor GB 18030; save it as UTF-8"]


def test_a_key_given_twice_is_a_fault_with_its_line() -> None:
    assert refusal("a: 1\nb: 2\na: 3\n") == ["x.yaml:3: gives the key a twice; write it once"]
    assert refusal('{"a": 1, "b": {"c": 1, "c": 2}}', "x.json") == ["x.json: gives the key c twice; write it once"]


def test_every_fault_of_a_document_is_told() -> None:
    assert refusal("a: &x 1\nb: *x\nc: !!python/name:os.system x\n? [d]\n: 1\n") == [
        "x.yaml:2: is an alias; write the values out",
        "x.yaml:3: has the tag tag:yaml.org,2002:python/name:os.system; write the value without a tag",
        "x.yaml:4: is not a key; write a name before the colon",
    ]


def test_an_alias_bomb_is_refused_where_it_stands() -> None:
    bomb = "a: &a [x, x]\n" + "".join(f"{n}: &{n} [*{p}, *{p}]\n" for p, n in zip("abcdefgh", "bcdefghi", strict=True))
    found = refusal(bomb)
    assert len(found) == 16
    assert set(found) == {f"x.yaml:{line}: is an alias; write the values out" for line in range(2, 10)}


@pytest.mark.parametrize(
    ("text", "name"),
    [("[" * 100_000, "x.yaml"), ("- " * 5_000, "x.yaml"), ("{a: " * 100_000, "x.yaml"), ("[" * 100_000, "x.json")],
)
def test_deep_nesting_is_refused(text: str, name: str) -> None:
    assert refusal(text, name)[0].endswith("is nested too deeply; use at most 20 levels")


def test_twenty_levels_are_read_and_twenty_one_are_not() -> None:
    assert documents.parse(("[" * 20 + "]" * 20).encode(), "x.yaml") == json.loads("[" * 20 + "]" * 20)
    assert refusal("[" * 21 + "]" * 21) == ["x.yaml:1: is nested too deeply; use at most 20 levels"]


def test_too_many_values_are_refused() -> None:
    assert refusal("[" + "1," * documents.MAX_VALUES + "]") == [
        "x.yaml:1: holds too many values; give the facts of one enterprise"
    ]


def test_a_file_over_20_megabytes_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "big.json"
    path.write_bytes(b'"' + b"x" * (documents.MAX_BYTES - 2) + b'"')
    assert len(documents.read(path)) == documents.MAX_BYTES - 2
    path.write_bytes(b'"' + b"x" * (documents.MAX_BYTES - 1) + b'"')
    with pytest.raises(Faults, match=r"big.json: is over 20 MB"):
        documents.read(path)


@pytest.mark.parametrize(
    ("text", "name", "said"),
    [
        ("a: [1", "x.yaml", "x.yaml:2: is not YAML: did not find expected ',' or ']'"),
        ("a: b: c", "x.yaml", "x.yaml:1: is not YAML: mapping values are not allowed in this context"),
        ("a: 1\n---\nb: 2\n", "x.yaml", "x.yaml:2: begins a second document; give one document"),
        ('{"a": 1,\n"b" 2}', "x.json", "x.json:2: is not JSON: Expecting ':' delimiter"),
        ("", "x.json", "x.json:1: is not JSON: Expecting value"),
    ],
)
def test_what_is_not_yaml_or_json_is_refused_with_its_line(text: str, name: str, said: str) -> None:
    assert refusal(text, name) == [said]


def test_an_empty_yaml_file_is_nothing() -> None:
    assert documents.parse(b"", "x.yaml") is None
    assert documents.parse(b"# only a comment\n", "x.yaml") is None


def is_plain(content: object) -> bool:
    if isinstance(content, dict):
        return all(isinstance(key, str | None) for key in content) and all(map(is_plain, content.values()))
    if isinstance(content, list):
        return all(map(is_plain, content))
    return content is None or isinstance(content, str | bool | int)


@given(
    st.one_of(st.text(max_size=60), st.text("ab:[]{}-&*!?|>'\"#%@ \n1.~", max_size=60)).map(str.encode)
    | st.binary(max_size=60),
    st.sampled_from(["x.yaml", "x.json", "x"]),
)
def test_anything_is_plain_or_faults(data: bytes, name: str) -> None:
    try:
        content = documents.parse(data, name)
    except Faults as faults:
        content = [fault.message for fault in faults.faults]
        assert content
    assert is_plain(content)
