"""The company's own way to write numbers, taken over in the process that makes the blocks: where a dataset is opened."""

from __future__ import annotations

from pathlib import Path

from segkit.data.locating import COMPANY
from segkit.data.specfile import read_specfile
from segkit.errors import ParameterError
from segkit.page.locale import DEFAULT, use_locale


def adopt_locale(root: Path) -> None:
    """Write numbers and dates as the project says in params/project.yaml; segkit's own way where it does not.

    Raises:
        ParameterError: there is no such locale.
    """
    path = root / COMPANY
    file = read_specfile(path, dates=False) if path.is_file() else None
    locale = str(file.data.get("locale") or DEFAULT) if file is not None else DEFAULT
    try:
        use_locale(locale)
    except ValueError as error:
        where = file.where(("locale",)) if file is not None else str(path)
        raise ParameterError(f"{where}: `locale: {locale[:60]}` {error}.") from None
