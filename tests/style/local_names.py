#!/usr/bin/python3
"""Files of a library are compiled together (CMAKE_UNITY_BUILD in CMakeLists.txt): what one of them
keeps to itself the next one sees. A name that two of them had, or that a header has too, would be
an error at best, and another function than the one that was meant at worst. Run without arguments,
from anywhere."""

import collections
import re
import sys

from include_arrows import ALLOWED, ROOT

# For each library the folders whose headers its files may include.
TESTS = ["tests/jobs", "tests/store", "tests/gateway", "tests/runner", "tests/cli", "tests/samples",
         "tests/support"]
LIBRARIES = {**ALLOWED, **{tests: {tests, "tests/support", *ALLOWED} for tests in TESTS}}

LOCAL = re.compile(r"^namespace \{\n(.*?)^\}  // namespace\n", re.MULTILINE | re.DOTALL)
TYPE = re.compile(r"(?:struct|class|enum class|enum) (\w+)")
OTHER = re.compile(r"(?:[\w:*&\[\]<>,]+\s)*?[\w:*&<>]+[\s*&]+(\w+)\s*(?:\(|=|\{|;|\[)")
# A test is named by its suite too, and PrintTo is found by its argument.
NO_NAME = ("TEST", "void PrintTo", "INSTANTIATE_", "RC_GTEST", " ", "}", "#", "/", "template", "using ", "namespace", "friend", "public")


def names_in(text):
    """What the lines declare that begin at the margin, outside of all braces."""
    depth = 0
    for line in text.splitlines():
        if depth == 0 and line and not line.startswith(NO_NAME):
            match = TYPE.match(line) or OTHER.match(line)
            if match:
                yield match.group(1)
        depth += line.count("{") - line.count("}")


def header_names(library):
    for folder in sorted(LIBRARIES[library]):
        for path in sorted((ROOT / folder).glob("*.h")):
            text = path.read_text(encoding="utf-8")
            match = re.search(r"^namespace cellar \{\n(.*)^\}  // namespace cellar", text,
                              re.MULTILINE | re.DOTALL)
            for name in names_in(match.group(1)) if match else ():
                yield name, path


def faults_of(library):
    owners = collections.defaultdict(set)
    for name, path in header_names(library):
        owners[name].add(path)
    for path in sorted((ROOT / library).glob("*.cc")):
        for block in LOCAL.finditer(path.read_text(encoding="utf-8")):
            for name in names_in(block.group(1)):
                for other in sorted(owners[name] - {path, path.with_suffix(".h")}):
                    yield (f"{path.relative_to(ROOT)}: {name} is in "
                           f"{other.relative_to(ROOT)} too; share it, or give it another name")
                owners[name].add(path)
    if not any((ROOT / library).glob("*.cc")):
        yield f"{library}/: no C++ files here; did the folder move?"


def main():
    faults = [fault for library in LIBRARIES for fault in faults_of(library)]
    print("\n".join(faults), file=sys.stderr, end="\n" if faults else "")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
