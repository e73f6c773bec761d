"""What nobody writes on purpose, in YAML and on a command line: refused in words, within a second."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from segkit.data.specfile import read_assignments
from segkit.errors import ParameterError
from segkit.project.request import read_request
from tests.project.project import write_project

BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\n" + (
    "d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\nnames: [*d,*d,*d,*d,*d,*d,*d,*d,*d]\n"
)
TEXTS = {
    "nested 900 deep": ("names: " + "[" * 900 + "]" * 900, "line 1: not readable as YAML: nested more than 50 deep"),
    "mappings 900 deep": ("names: " + "{a: " * 900 + "1" + "}" * 900, "nested more than 50 deep"),
    "0x_": ("count: 0x_", "line 1: `count: 0x_` is text; a whole number is needed"),
    "0b_": ("count: 0b_", "`count: 0b_` is text"),
    "!!int abc": ("count: !!int abc", "line 1: `abc` is no whole number"),
    "!!float x": ("share: !!float x", "`x` is no number"),
    "!!bool x": ("share: !!bool x", "`x` is no true or false"),
    "!!timestamp x": ("as_of: !!timestamp x", "`x` is no date"),
    "5,000 digits": ("count: " + "9" * 5000, "is no whole number"),
    "a number as a name": ("1: 2", "line 1: `1` is no name"),
    "null as a name": ("null: 2", "`null` is no name"),
    "a list as a name": ("? [a, b]\n: 1", "is no name"),
    "NUL": ("period: a\0b", "unacceptable character #x0000"),
    "NUL, written": ('period: "a\\0b"', "a text holds a NUL character, which no page can show"),
    "half a character": ('period: "\\ud800"', "holds half of a character"),
    "20 MB of text": (
        "period: " + "x" * 20_000_000,
        "has 20,000,009 bytes; such a file has at most 1,000,000 characters",
    ),
    "2 MB of text": ("period: " + "x" * 2_000_000, "has 2,000,009 characters"),
    "many values": ("names: [" + "a," * 40_000 + "]", "line 1: not readable as YAML: more than 20,000 values"),
    "many values behind a mistake": ("names: [}" + "a," * 40_000 + "]", "not readable as YAML"),
    "many lines": ("names:\n" + "- a\n" * 200_000, "line 19999: not readable as YAML: more than 20,000 values"),
    "anchors that multiply": (BOMB, "more than 20,000 values, anchors repeated included"),
    "an anchor in itself": ("names: &a [*a]", "an anchor holds itself"),
    "a class": ("names: !!python/object:os.system {}", "could not determine a constructor"),
    "infinity": ("share: .inf", "is no number"),
}
VALUES = {
    "names=" + "[" * 900 + "]" * 900: "is nested more than 50 deep",
    "names=[" + "a," * 400_000 + "]": "is more than 20,000 values",
    "names=&a [*a]": "is a value with an anchor; write the values out",
    "count=0x_": "`count: 0x_` is text; a whole number is needed",
    "count=!!int abc": "`count: !!int abc` is text",
    "as_of=!!timestamp x": "`as_of: !!timestamp x`",
    "as_of=-0044-03-15": "`as_of: -0044-03-15` is not a date",
    "count=" + "9" * 5000: "is text; a whole number is needed",
    "period=a\0b": "holds a NUL character",
    'period="a\\0b"': "holds a NUL character",
    "period=\udcff": "holds half of a character",
    'names=["\\ud800"]': "holds half of a character",
    "period=" + "x" * 20_000_000: "has 20,000,000 characters; at most 1,000,000 are read",
    "1=2": "`1` is not a parameter of this report",
    "null=3": "`null` is not a parameter of this report",
}


def refusal(file: Path, *pairs: str) -> str:
    """What is said within a second of the processor, and in few words; the quickest of some tries counts."""
    seconds = []
    for _ in range(5):
        began = time.process_time()
        with pytest.raises(ParameterError) as refused:
            read_request(file, overrides=read_assignments(pairs))
        seconds.append(time.process_time() - began)
        if seconds[-1] < 1:
            break
    assert min(seconds) < 1
    assert len(str(refused.value)) < 1000
    return str(refused.value)


@pytest.mark.parametrize("name", TEXTS)
def test_a_file_that_nobody_writes_is_refused_in_words(tmp_path: Path, name: str) -> None:
    text, said = TEXTS[name]
    file = write_project(tmp_path, params=text + "\n")
    assert said in refusal(file)


@pytest.mark.parametrize("pair", VALUES, ids=[pair[:24].encode("unicode_escape").decode() for pair in VALUES])
def test_a_value_that_nobody_writes_is_refused_in_words(tmp_path: Path, pair: str) -> None:
    said = refusal(write_project(tmp_path), pair)
    assert said.startswith("command line: ")
    assert VALUES[pair] in said
