"""The names of the file formats, apart from the code that reads and writes them, so that a help page need not load it."""

from __future__ import annotations

# A format's name is also its file ending. Each has a writer (CSV in `storage.csv_lines`, the others in `storage.writers`) and a reader.
FORMATS = (
    "csv",
    "jsonl",
    "parquet",
    "xlsx",
)
