"""Pages and figures; nothing is computed here. See README.md."""

from clearprop.report.comparison_page import comparison_page
from clearprop.report.in_a_cell import PageInCell, in_a_cell
from clearprop.report.range_test_figure import save_range_test
from clearprop.report.report import Reproduction, report_page
from clearprop.report.search_page import search_page
from clearprop.report.worked_page import worked_page

__all__ = [
    "PageInCell",
    "Reproduction",
    "comparison_page",
    "in_a_cell",
    "report_page",
    "save_range_test",
    "search_page",
    "worked_page",
]
