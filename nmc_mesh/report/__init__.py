"""Reports: one page of HTML that holds all it shows, for who was not there."""

from __future__ import annotations

from nmc_mesh.report.page import Page, Part, SortTable, write_report

__all__ = ["Page", "Part", "SortTable", "write_report"]
