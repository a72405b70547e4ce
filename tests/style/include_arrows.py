#!/usr/bin/python3
"""Holds the #include lines to the arrows between the folders: runner -> store -> jobs, and in
runner: cli -> {runner itself, review, review/api -> both} -> gateway. Run without arguments, from anywhere."""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]

# For each folder, the folders that its files may include from.
ALLOWED = {
    "jobs": {"jobs"},
    "store": {"store", "jobs"},
    "runner/gateway": {"runner/gateway", "jobs"},
    "runner": {"runner", "runner/gateway", "store", "jobs"},
    "runner/review": {"runner/review", "runner/gateway", "store", "jobs"},
    "runner/review/api": {"runner/review/api", "runner/review", "runner", "runner/gateway", "store",
                          "jobs"},
    "runner/cli": {"runner/cli", "runner", "runner/review", "runner/review/api", "runner/gateway",
                   "store", "jobs"},
}

# Libraries that only some folders may speak to.
RESERVED = {
    re.compile(r"SQLiteCpp/|sqlite3\.h"): {"store"},
    re.compile(r"boost/beast|openssl/ssl\.h"): {"runner/gateway", "runner/review/api"},
    re.compile(r"CLI/"): {"runner/cli"},
    re.compile(r"date/"): {"runner"},
}

INCLUDE = re.compile(r'^\s*#\s*include\s*(?:"([^"]+)"|<([^>]+)>)')


def sources(folder):
    return [path for ending in ("*.h", "*.cc") for path in sorted((ROOT / folder).glob(ending))]


def includes(path):
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        match = INCLUDE.match(line)
        if match:
            yield number, match.group(1), match.group(2)


def faults_of(folder, path):
    for number, own, foreign in includes(path):
        place = f"{path.relative_to(ROOT)}:{number}"
        if own is not None:
            if not (ROOT / own).is_file():
                yield f'{place}: "{own}" is not a path from the root; use <…> for a library'
            elif str(pathlib.PurePath(own).parent) not in ALLOWED[folder]:
                yield f'{place}: {folder}/ must not include "{own}"'
        for library, owners in RESERVED.items():
            if foreign and library.match(foreign) and folder not in owners:
                yield f"{place}: only {', '.join(sorted(owners))} may include <{foreign}>"


def main():
    faults = []
    for folder in ALLOWED:
        files = sources(folder)
        if not files:
            faults.append(f"{folder}/: no C++ files here; did the folder move?")
        for path in files:
            faults.extend(faults_of(folder, path))
    known = {path for folder in ALLOWED for path in sources(folder)}
    for top in ("jobs", "store", "runner"):
        for path in sorted((ROOT / top).rglob("*")):
            if path.suffix in (".h", ".cc") and path not in known:
                faults.append(f"{path.relative_to(ROOT)}: no arrows are known for its folder")
    print("\n".join(faults), file=sys.stderr, end="\n" if faults else "")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
