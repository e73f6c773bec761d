"""YAML files: line numbers, YAML 1.1's traps, environment variables and their secrecy."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from segkit.data.specfile import describe_problems, read_scalar, read_specfile, redact, shown, suggestion
from segkit.errors import ParameterError


def read(tmp_path: Path, text: str | bytes, **options: bool):
    path = tmp_path / "a.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_specfile(path, **options)


def test_yaml_one_one_traps_are_text(tmp_path: Path) -> None:
    file = read(tmp_path, "no: no\nclock: 12:30\nprefix: 010\nyes: true\nwhole: 1_000\npart: -.5\nday: 2017-12-24\n")
    assert file.data == {
        "no": "no",
        "clock": "12:30",
        "prefix": "010",
        "yes": True,
        "whole": 1000,
        "part": -0.5,
        "day": dt.date(2017, 12, 24),
    }


def test_dates_stay_text_where_papermill_reads_them_so(tmp_path: Path) -> None:
    assert read(tmp_path, "day: 2017-12-24", dates=False).data == {"day": "2017-12-24"}
    assert read_scalar("2017-12-24") == "2017-12-24"
    assert read_scalar("[1, no]") == [1, "no"]
    assert read_scalar("[1, ") == "[1, "


def test_lines_of_keys_and_items(tmp_path: Path) -> None:
    file = read(tmp_path, "a:\n  b: 1\n  c:\n    - x\n    - y\n")
    assert file.line(("a", "b")) == 2
    assert file.line(("a", "c", 1)) == 5
    assert file.line(("a", "c", 1, "deeper")) == 5
    assert file.line(("nowhere",)) == 1
    assert file.where(("a", "b")).endswith("a.yaml, line 2")


def test_every_key_given_twice_is_told(tmp_path: Path) -> None:
    with pytest.raises(ParameterError) as error:
        read(tmp_path, "a: 1\nb: {x: 1, x: 2}\na: 2\n")
    said = str(error.value).splitlines()
    assert said[0].endswith("line 2: `x` is given twice (first on line 2). Keep one.")
    assert said[1].endswith("line 3: `a` is given twice (first on line 1). Keep one.")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a: 2017-13-45\n", "line 1: `2017-13-45` is no date (month must be in 1..12)."),
        (
            "a:\n\tb: 1\n",
            "line 2: not readable as YAML: found character '\\t' that cannot start any token. Indent with",
        ),
        (
            "x: 1\ntitle: a: b\n",
            "line 2: not readable as YAML: mapping values are not allowed here. Begin lines of the same level in the same column; put a value that",
        ),
        ("- 1\n", "line 1: expected lines of the form `key: value`."),
        ("a: &x [1, *x]\n", "an anchor holds itself"),
        ("a: \x07\n", "not readable as YAML: unacceptable character"),
        (b"a: caf\xe9\n", "not UTF-8 at byte 6. Save the file in the encoding UTF-8."),
    ],
)
def test_what_is_no_yaml_is_told_with_its_line(tmp_path: Path, text: str | bytes, says: str) -> None:
    with pytest.raises(ParameterError) as error:
        read(tmp_path, text)
    assert says in str(error.value)


def test_anchors_that_multiply_are_refused(tmp_path: Path) -> None:
    bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n"
    bomb += "".join(f"a{i}: &a{i} [{','.join([f'*a{i - 1}'] * 10)}]\n" for i in range(1, 9))
    with pytest.raises(ParameterError, match="anchors repeated included"):
        read(tmp_path, bomb)


def test_no_file_tells_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "grocery.yaml").write_text("")
    with pytest.raises(ParameterError, match=r"no such file\. That folder has: grocery\.yaml"):
        read_specfile(tmp_path / "grosery.yaml")
    with pytest.raises(ParameterError, match=r"The folder .* does not exist either"):
        read_specfile(tmp_path / "nowhere" / "x.yaml")
    with pytest.raises(ParameterError, match="cannot be read"):
        read_specfile(tmp_path)


def test_empty_file_is_an_empty_mapping(tmp_path: Path) -> None:
    assert read(tmp_path, "# nothing yet\n").data == {}


def test_environment_fills_values(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_KEY", "s3cr3t")
    file = read(tmp_path, "a: x-${SHOP_KEY}\nb: ['$${SHOP_KEY}', '${SHOP_KEY}']\nc: 1\n", environment=True)
    assert file.data == {"a": "x-s3cr3t", "b": ["${SHOP_KEY}", "s3cr3t"], "c": 1}
    assert file.secrets == {"s3cr3t"}
    assert "s3cr3t" not in repr(file)


def test_environment_problems_come_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMPTY_ONE", "")
    monkeypatch.delenv("NOT_THERE", raising=False)
    text = "a: ${NOT_THERE}\nb: ${EMPTY_ONE}\nc: ${X:-y}\nd: ${OPEN\n"
    with pytest.raises(ParameterError) as error:
        read(tmp_path, text, environment=True)
    said = str(error.value).splitlines()
    assert "line 1: the environment variable NOT_THERE is not set. Set it" in said[0]
    assert "line 2: the environment variable EMPTY_ONE is not set (it is empty)." in said[1]
    assert "line 3: `${X:-y}` is not the name of an environment variable" in said[2]
    assert "line 4: `${` is not closed" in said[3]


def test_without_environment_nothing_is_filled(tmp_path: Path) -> None:
    assert read(tmp_path, "a: ${HOME}").data == {"a": "${HOME}"}


class Inner(BaseModel):
    model_config = ConfigDict(extra="forbid")
    whole: int = 0
    text: str = ""
    flag: bool = False
    share: float = 0


class Outer(BaseModel):
    model_config = ConfigDict(extra="forbid")
    title: str
    inner: Inner = Inner()
    by_name: dict[str, Inner] = {}
    many: tuple[str, ...] = ()


def test_pydantic_findings_become_sentences(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN", "t0psecret")
    file = read(
        tmp_path,
        "inner:\n  whole: x\n  text: 1\n  flag: perhaps\n  share: ${TOKEN}\n  txet: a\nmany: 3\n",
        environment=True,
    )
    with pytest.raises(ValidationError) as error:
        Outer.model_validate(file.data)
    said = describe_problems(file, error.value.errors(), Outer).splitlines()
    assert [one.split(": ", 1)[1] for one in said] == [
        "`title` is missing. It must be given.",
        "`inner.whole`: must be a whole number. Found: 'x'.",
        "`inner.text`: must be text; put it in quotes. Found: 1.",
        "`inner.flag`: must be true or false. Found: 'perhaps'.",
        "`inner.share`: must be a number. Found: '***'.",
        "`inner.txet` is not a known key. Did you mean `text`?",
        "`many`: must be a list, such as [a, b]. Found: 3.",
    ]
    assert [one.split(": ")[0].rsplit(" ", 1)[1] for one in said] == ["1", "2", "3", "4", "5", "6", "7"]


def test_only_keys_that_may_stand_there_are_named(tmp_path: Path) -> None:
    file = read(tmp_path, "title: a\nby_name:\n  title: {zzz: 1}\nzzz: 2\n")
    with pytest.raises(ValidationError) as error:
        Outer.model_validate(file.data)
    assert [one.split(": ", 1)[1] for one in describe_problems(file, error.value.errors(), Outer).splitlines()] == [
        "`by_name.title.zzz` is not a known key. Known here: flag, share, text, whole.",
        "`zzz` is not a known key. Known here: by_name, inner, many, title.",
    ]


class Choice(BaseModel):
    relation: Literal["contractual", "non_contractual"] = Field(description="how customers leave")


def test_what_is_missing_is_said_with_what_to_write(tmp_path: Path) -> None:
    file = read(tmp_path, "title: a\n")
    with pytest.raises(ValidationError) as error:
        Choice.model_validate(file.data)
    said = describe_problems(file, error.value.errors(), Choice)
    assert said.endswith("`relation` is missing. Write one of contractual, non_contractual: how customers leave.")


@given(st.text(min_size=1, max_size=20), st.text(max_size=40))
def test_a_secret_never_survives_redaction(secret: str, around: str) -> None:
    from urllib.parse import quote, quote_plus

    written = f"{around}{secret}|{quote(secret, safe='')}|{quote_plus(secret)}|{secret!r}"
    hidden = redact(written, {secret})
    for form in (secret, quote(secret, safe=""), quote_plus(secret)):
        if form.strip("*"):
            assert form not in hidden or form in "***"


def test_a_secret_written_for_a_url_is_hidden_as_the_driver_says_it() -> None:
    assert redact("password p@ss/word rejected", {"p%40ss%2Fword"}) == "password *** rejected"
    assert redact("nothing", {""}) == "nothing"


def test_suggestions() -> None:
    assert suggestion("amuont", ["amount", "time"]) == " Did you mean `amount`?"
    assert suggestion("AMOUNT", ["amount", "time"]) == " Did you mean `amount`?"
    assert suggestion("x", ["amount", "time"]) == " Known here: amount, time."
    assert suggestion("x", []) == ""


def test_paths_below_the_working_folder_are_short(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert shown(tmp_path / "a" / "b.yaml") == "a/b.yaml"
    assert shown(Path("/nowhere/b.yaml")) == "/nowhere/b.yaml"
    # a notebook stands in notebooks/, beside params/
    for folder in ("notebooks", "params"):
        (tmp_path / folder).mkdir()
    monkeypatch.chdir(tmp_path / "notebooks")
    assert shown(tmp_path / "params" / "b.yaml") == "params/b.yaml"
    assert shown(tmp_path / "notebooks" / "b.yaml") == "b.yaml"
