#!/bin/bash
# Every C++ file is as clang-format writes it: tests/style/format.sh [--fix]
set -euo pipefail
cd "$(dirname "$0")/../.."

mapfile -d '' files < <(find jobs store runner tests \( -name '*.h' -o -name '*.cc' \) -print0 | sort -z)
if ((${#files[@]} < 20)); then
  echo "format: found only ${#files[@]} C++ files under $PWD" >&2
  exit 1
fi
if [[ ${1-} == --fix ]]; then
  exec clang-format -i "${files[@]}"
fi
clang-format --dry-run -Werror "${files[@]}" || {
  echo "format: \`make format\` rewrites these files" >&2
  exit 1
}
