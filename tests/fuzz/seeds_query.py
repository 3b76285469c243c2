#!/usr/bin/env python3
"""Writes the statements of tests/logic as seeds of fuzz_query, a file each:

  tests/fuzz/seeds_query.py FOLDER
"""
import glob
import hashlib
import os
import sys

folder = sys.argv[1]
os.makedirs(folder, exist_ok=True)
for path in sorted(glob.glob(os.path.join(os.path.dirname(__file__), "..", "logic", "**", "*.test"), recursive=True)):
    for block in open(path).read().split("\n\n"):
        lines = block.split("\n")
        while lines and (not lines[0] or lines[0].startswith(("#", "skipif"))):
            lines.pop(0)
        if not lines or not lines[0].startswith(("query ", "again ", "statement error")):
            continue
        text = "\n".join(lines[1:]).split("\n----")[0]
        if len(text) > 1500:
            continue
        name = hashlib.sha1(text.encode()).hexdigest()[:16]
        open(os.path.join(folder, name), "w").write(text)
