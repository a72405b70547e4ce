#!/bin/bash
# npm ci for the page, one at a time: two builds of one tree share node_modules.
set -euo pipefail
cd "$(dirname "$0")"

exec 9<package-lock.json
flock 9
if ! said=$(npm ci --no-progress --loglevel=error 2>&1); then
  echo "$said" >&2
  echo "page: npm ci failed; without a package registry, build without the page: cmake -DCELLAR_PAGE=OFF" >&2
  exit 1
fi
