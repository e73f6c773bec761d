"""A page as PDF, by the Chromium of this machine where there is one: tagged, titled, outlined, as the page prints."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Final

from segkit.errors import ParameterError, RunError
from segkit.held import held_folder
from segkit.project.relinking import without_links

BROWSER: Final = "SEGKIT_CHROMIUM"
"""The environment variable that names the browser, where it is not found by its usual names."""
_NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge")
_FLAGS: Final = (
    "--headless",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--no-pdf-header-footer",
    "--generate-pdf-document-outline",
    "--export-tagged-pdf",
)
_SECONDS: Final = 120


def browser() -> str:
    """Return the Chromium of this machine.

    Raises:
        ParameterError: there is none.
    """
    named = os.environ.get(BROWSER, "")
    found = next((path for name in (named, *_NAMES) if name and (path := shutil.which(name))), None)
    if found is None:
        raise ParameterError(
            "A PDF is made by Chromium, and this machine has none. Install one (apt-get install chromium), name one in "
            f"{BROWSER}, or print the page from any browser."
        )
    return found


def print_page(page: Path, out: Path, *, whole: bool = False) -> None:
    """Write a page as PDF; links to files beside it are text, since a PDF leaves its folder.

    Args:
        page: its report.html.
        out: the file to write.
        whole: print what is folded, too.

    Raises:
        ParameterError: there is no browser, or no such page.
        RunError: the browser failed.
    """
    chromium = browser()
    try:
        html = without_links(page.read_text(encoding="utf-8"))
    except OSError as error:
        raise ParameterError(f"{page}: cannot be read ({error.strerror}).") from None
    if whole:
        html = html.replace('<details class="folded">', '<details class="folded" open>')
    with held_folder(Path(tempfile.gettempdir()), "segkit-pdf-") as folder:
        copy, made = folder / "report.html", folder / "report.pdf"
        copy.write_text(html, encoding="utf-8")
        sandbox = () if os.getuid() else ("--no-sandbox",)  # Chromium has none for root
        command = [
            *(chromium, *_FLAGS, *sandbox),
            *(f"--user-data-dir={folder}/profile", f"--print-to-pdf={made}", copy.as_uri()),
        ]
        try:
            done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_SECONDS)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise RunError(f"{chromium} could not print the page: {error}.") from None
        if not made.is_file():
            said = (done.stderr.strip().splitlines() or ["it says nothing"])[-1]
            raise RunError(f"{chromium} could not print the page: {said[:300]}.")
        try:
            shutil.copyfile(made, out)
        except OSError as error:
            raise ParameterError(f"{out}: cannot be written ({error.strerror}).") from None
