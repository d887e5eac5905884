"""Lists as CSV that a spreadsheet opens as text: nothing a cell holds is run as a formula."""

import csv
from collections.abc import Iterable, Iterator

# what makes a spreadsheet take a cell for a formula, also as a Chinese keyboard types it
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
BYTE_ORDER_MARK = "\ufeff"  # else Excel reads Chinese as the system's old encoding


class _Echo:
    """A file that hands back what is written to it, so that rows can leave one by one."""

    def write(self, text: str) -> str:
        return text


def harmless(value):
    """A text that would start a formula gets an apostrophe before it; numbers stay numbers."""
    if isinstance(value, str) and value.lstrip(" \u00a0\u3000").startswith(FORMULA_STARTS):
        return f"'{value}"
    return value


def csv_lines(header: Iterable, rows: Iterable[Iterable]) -> Iterator[str]:
    """The lines of a CSV file, one at a time."""
    writer = csv.writer(_Echo())
    yield BYTE_ORDER_MARK + writer.writerow([str(name) for name in header])
    for row in rows:
        yield writer.writerow([harmless(value) for value in row])
