#!/bin/bash
# Runs the sample job with the release program and shows the run. Uses neither the user's store nor
# the user's configuration: everything is under build/demo.
set -euo pipefail
cd "$(dirname "$0")/.."

export XDG_CONFIG_HOME=$PWD/build/demo/config CELLAR_STORE=build/demo/cellar.db
unset CELLAR_GATEWAY CELLAR_TOKEN CELLAR_TOKEN_FILE
mkdir -p build/demo

say_and_run() {
  printf '\n$ cellar %s\n' "$*"
  build/release/cellar "$@"
}
say_and_run run samples/clean-bird-strikes/job.toml
say_and_run show last
say_and_run export last --to ipynb --output build/demo/clean-bird-strikes.ipynb
echo
echo "The figure is in build/demo/clean-bird-strikes.ipynb. To look further:"
echo "  export CELLAR_STORE=$CELLAR_STORE; build/release/cellar runs"
