"""Cells of CSV files that people open in a spreadsheet: none of them runs as a formula."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet takes for a formula when a cell begins so


def safe_cell(text: str) -> str:
    """Return a text as a spreadsheet shows it and never runs it: one that looks like a formula gets an apostrophe before it."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def plain_cell(cell: str) -> str:
    """Return the text of a cell that `safe_cell` made."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_FORMULA) else cell
