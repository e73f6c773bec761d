"""The last look at a page."""

from __future__ import annotations

import pytest

from segkit.errors import ReportError
from segkit.page.check import check_page


@pytest.mark.parametrize(
    "html",
    [
        "<p>8.499101e+05</p>",
        "<p>Text(0.5, 1.0, 'x')</p>",
        "<td>nan</td>",
        "<td>NaT</td>",
        "<p>customer_id</p>",
        "<pre>Traceback (most recent call last)</pre>",
        "<p>UserWarning: x</p>",
        "<p>see /home/ann/data/x.csv</p>",
        "<p>C:\\data\\x.csv</p>",
        '<img src="data:image/png;base64,x" alt="mean_value">',
        "<script>1</script>",
        '<img src="https://example.org/x.png">',
        '<p onclick="x">a</p>',
        '<a href="javascript:x">a</a>',
        '<a xlink:href="javascript:x">a</a>',
        '<p style="background:url(https://example.org)">a</p>',
        '<link rel="stylesheet" href="x.css">',
    ],
)
def test_machinery_and_requests_are_refused(html: str) -> None:
    with pytest.raises(ReportError, match="cannot be published"):
        check_page(html)


@pytest.mark.parametrize(
    "html",
    [
        "<p>Nan Goldin and/or finance 24/7, 1/2</p>",
        "<style>.a_b{color:red}</style>",
        '<a href="https://example.org/a_b/c">link</a>',
        '<svg><use href="#m_1"/></svg>',
    ],
)
def test_ordinary_pages_pass(html: str) -> None:
    check_page(html)


def test_words_from_the_data_are_excused_where_they_stand() -> None:
    check_page("<p><bdi>prepaid_basic</bdi></p><text>prepaid_basic</text>", ["prepaid_basic"])
    with pytest.raises(ReportError, match="customer_id"):
        check_page("<text>customer_id</text>", ["prepaid_basic", "id", "_"])


def test_everything_found_is_listed() -> None:
    with pytest.raises(ReportError, match=r"(?s)nan.*a_b"):
        check_page("<p>nan</p><p>a_b</p>")
