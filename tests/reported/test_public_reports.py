"""The page of other tools' reports: what is said of clearprop is what happens."""

from __future__ import annotations

from pathlib import Path

import public_reports
import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "peers.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("report", public_reports.REPORTS, ids=lambda report: report.__name__)
def test_what_happens_here_is_what_the_page_says(report):
    _, here = report()
    (row,) = [line for line in PAGE.splitlines() if line.startswith(f"| {(report.__doc__ or '').strip()} |")]
    assert row.split(" | ")[2].removesuffix(" |") == here
