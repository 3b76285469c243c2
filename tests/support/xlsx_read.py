#!/usr/bin/python3
"""Prints a workbook as JSON, read by openpyxl: for tests of the XLSX writer by somebody else's reader.

    xlsx_read.py FILE  ->  {"sheets": [{"title", "frozen", "filter", "rows": [[{"value", "type", "format"}]]}]}

A cell's type is openpyxl's: n (number), s (text), b (boolean), d (date), f (formula). Numbers keep the text
that the file has; dates are ISO. It is run with Debian's Python, whose package python3-openpyxl is.
"""
import json
import sys

import openpyxl


def cell_of(cell):
    value = cell.value
    if cell.data_type == "d":
        value = value.isoformat()
    elif isinstance(value, float):
        value = repr(value)
    elif isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    return {"value": value, "type": cell.data_type, "format": cell.number_format, "bold": bool(cell.font.b)}


def main():
    with open(sys.argv[1], "rb") as file:  # the name need not end in .xlsx
        book = openpyxl.load_workbook(file)
    sheets = [{"title": sheet.title, "frozen": sheet.freeze_panes, "filter": sheet.auto_filter.ref,
               "widths": [sheet.column_dimensions[column].width for column in sorted(sheet.column_dimensions)],
               "rows": [[cell_of(cell) for cell in row] for row in sheet.iter_rows()]} for sheet in book]
    json.dump({"sheets": sheets}, sys.stdout, ensure_ascii=False)


main()
