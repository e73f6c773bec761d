"""What a file is by its first bytes, for those whose name says otherwise."""

from __future__ import annotations

from typing import Final

_SIGNATURES: Final = (
    (b"PAR1", "a Parquet file", ".parquet"),
    (b"ARROW1", "an Arrow file", ".arrow"),
    (b"\x1f\x8b", "packed by gzip", ".csv.gz"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook", ".xls"),
    (b"SQLite format 3", "an SQLite database", ".sqlite"),
)
_UNREAD: Final = (
    (b"%pdf", "a PDF"),
    (b"<!doctype html", "a web page"),
    (b"<html", "a web page"),
    (b"<?xml", "XML"),
    (b"{\\rtf", "a text document with formatting"),
    (b"\x89png", "a picture"),
    (b"bzh", "packed by bzip2"),
    (b"\xfd7zxz", "packed by xz"),
    (b"7z\xbc\xaf", "packed by 7-Zip"),
    (b"\x28\xb5\x2f\xfd", "packed by Zstandard"),
)


def mistaken_for_text(head: bytes) -> str:
    """Say what a file is that was taken for text, and what to do; empty where it may well be text.

    >>> mistaken_for_text(b"PAR1...")
    'is a Parquet file, not text. Give its name the ending .parquet.'
    """
    if head.startswith(b"PK\x03\x04"):
        if b"[Content_Types].xml" in head or b"xl/" in head:
            return "is an Excel workbook, not text. Give its name the ending .xlsx, or save its sheet as CSV UTF-8."
        return "is a ZIP archive, not text. Give its name the ending .zip, or unpack it."
    for begins, called, ending in _SIGNATURES:
        if head.startswith(begins):
            return f"is {called}, not text. Give its name the ending {ending}."
    start = head.lstrip(b"\xef\xbb\xbf \r\n\t")[:20].lower()
    for begins, called in _UNREAD:
        if start.startswith(begins):
            return f"is {called}, which is not read. Export the table as CSV, as a workbook, or as Parquet."
    return ""
