#!/bin/bash
# Runs every test of the sanitizer build: tests/run.sh [ARGUMENT FOR ctest]…
set -euo pipefail
cd "$(dirname "$0")/.."

export UBSAN_OPTIONS="print_stacktrace=1:halt_on_error=1"
asan="halt_on_error=1:abort_on_error=0:detect_stack_use_after_return=1:strict_string_checks=1"

# LeakSanitizer stops its process with ptrace; where that is forbidden it fails every program.
probe=build/sanitize/leak_probe
[[ -x $probe ]] || g++ -fsanitize=address -x c++ -o "$probe" - <<<'int main() {}'
if ASAN_OPTIONS=detect_leaks=1 "$probe" 2>/dev/null; then
  export ASAN_OPTIONS="$asan:detect_leaks=1"
else
  echo "tests: leaks are not looked for: this machine forbids ptrace" >&2
  export ASAN_OPTIONS="$asan:detect_leaks=0"
fi

ctest --test-dir build/sanitize --output-on-failure --no-tests=error --parallel "$(nproc)" "$@"
