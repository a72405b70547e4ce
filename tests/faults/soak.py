#!/usr/bin/python3
"""The long faults of all files, on the release build: `make soak` builds it and calls this."""

import importlib
import pathlib
import sys

import fault

FOLDER = pathlib.Path(__file__).resolve().parent

if __name__ == "__main__":
    for path in sorted(FOLDER.glob("*.py")):
        if "@soak" in path.read_text() and path.stem not in ("fault", "soak"):
            importlib.import_module(path.stem)
    sys.argv[1:1] = ["--soak", "--cellar", str(FOLDER.parents[1] / "build/release/cellar")]
    fault.main()
