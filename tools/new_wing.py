"""Make a wing: `tox -e new-wing -- loyalty`, or `python tools/new_wing.py loyalty`.

The wing in tools/wing is copied under another name. It is whole: a measure, a record, a table, options, tests.
"""

from __future__ import annotations

import keyword
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MODEL = Path(__file__).resolve().parent / "wing"
CALLED = "loyalty"
"""What the wing in tools/wing is called."""


class WingError(Exception):
    """Why no wing was made."""


def new_wing(name: str, root: Path = ROOT) -> list[Path]:
    """Write a wing's package and tests; name it among the public names, in the contracts and on the architecture's page.

    Args:
        name: of the wing: a plural or what it is about, such as `loyalty` or `price_tests`.
        root: the checkout.

    Returns:
        The files written or changed.

    Raises:
        WingError: the name does not serve, or a file that has to name the wing does not look as expected. Nothing is
            written.
    """
    if not re.fullmatch(r"[a-z]+(_[a-z]+)*", name) or keyword.iskeyword(name):
        raise WingError(f"`{name}` is no name of a wing: write small letters, such as `loyalty` or `price_tests`.")
    package = root / "segkit"
    if (package / name).exists() or (package / f"{name}.py").exists():
        raise WingError(f"segkit/{name} is there already.")
    project, names, page = root / "pyproject.toml", package / "__init__.py", root / "docs" / "architecture.md"
    top = _top_wing(_read(project))
    changed = {
        project: _with_contracts(_read(project), name, top),
        names: _with_public_name(_read(names), name, top),
        page: _with_rows(_read(page), name, top),
    }
    made = {}
    for file in sorted(MODEL.rglob("*.py")):
        path = file.relative_to(MODEL)
        made[root / _renamed(str(path), name)] = _renamed(_read(file), name)
    for path, text in {**made, **changed}.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return [*made, *changed]


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _renamed(text: str, name: str) -> str:
    """The model's text under the new name, in names of classes too."""
    title = "".join(word.capitalize() for word in name.split("_"))
    renamed = text.replace(CALLED, name).replace(CALLED.capitalize(), title)
    # imports stand in the order of their modules
    return re.sub(r"(?:^from (?:segkit|tests)\S* import .*\n)+", _sorted_lines, renamed, flags=re.MULTILINE)


def _sorted_lines(found: re.Match[str]) -> str:
    return "".join(sorted(found[0].splitlines(keepends=True), key=lambda line: line.split()[1].split(".")))


def _top_wing(pyproject: str) -> str:
    """The highest wing, which the new one is put on top of."""
    rooms = re.search(r'^containers = \["segkit\.(\w+)"', pyproject, flags=re.MULTILINE)
    if rooms is None:
        raise WingError("pyproject.toml has no contract on the rooms of wings.")
    return rooms[1]


def _with_contracts(text: str, name: str, top: str) -> str:
    """pyproject.toml with the wing in its import contracts."""
    text = text.replace(f'containers = ["segkit.{top}"', f'containers = ["segkit.{name}", "segkit.{top}"', 1)
    for line in (f'  "{top}",\n', f'  "segkit.{top}.views",\n', f'  "segkit.{top}",\n'):
        if text.count(line) != 1:
            raise WingError(f"pyproject.toml: the line {line.strip()} should stand in the contracts once.")
        text = text.replace(line, line.replace(top, name) + line)
    return text


def _with_public_name(text: str, name: str, top: str) -> str:
    """segkit/__init__.py with the wing, for those who run it and for those who read its types."""
    lines = re.findall(rf'^ +"{top}": "segkit\.{top}",\n', text, flags=re.MULTILINE)
    wings = re.findall(r"^    from segkit import (.+)\n", text, flags=re.MULTILINE)
    if len(lines) != 1 or len(wings) != 1:
        raise WingError(f"segkit/__init__.py should import {top} once and name it once.")
    text = text.replace(lines[0], lines[0].replace(top, name) + lines[0])
    return text.replace(wings[0], ", ".join(sorted([*wings[0].split(", "), name])))


def _with_rows(text: str, name: str, top: str) -> str:
    """The page of the architecture with the wing in both of its tables."""
    layer, rooms = f"| `{top}` | wing: ", f"| `{top}` | `"
    if text.count(layer) != 1 or text.count(rooms) != 1:
        raise WingError(f"docs/architecture.md should name {top} once among the layers and once among the wings.")
    text = text.replace(layer, f"| `{name}` | wing: say here what it answers |\n{layer}")
    end = text.index("\n\n", text.index(rooms))
    return text[:end] + f"\n| `{name}` | `measure` `views` | |" + text[end:]


def main(arguments: list[str]) -> int:
    """Make the wing that the command line names."""
    if len(arguments) != 1:
        print("One name, please: tox -e new-wing -- loyalty", file=sys.stderr)
        return 2
    (name,) = arguments
    try:
        files = new_wing(name)
    except WingError as error:
        print(error, file=sys.stderr)
        return 2
    print("\n".join(str(file.relative_to(ROOT)) for file in files))
    print(f"\nThe wing stands. Next: its question in segkit/{name}/wing.py, your measure in segkit/{name}/measure/,")
    print(f"its line in docs/architecture.md; then `pytest tests/{name}` and `tox`, which say what else names wings.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
