"""Figures of the report: matplotlib drawings as SVG text. They draw records; they compute nothing."""
