#!/bin/bash
# clang-tidy over the program's own sources, with the checks in .clang-tidy.
set -euo pipefail
cd "$(dirname "$0")/../.."

find "$PWD"/{jobs,store,runner} -name '*.cc' -print0 | sort -z |
  xargs -0 -n 1 -P "$(nproc)" clang-tidy --quiet -p build/lint
