#!/bin/bash
# Installs with apt what is missing of Debian 12's packages: deploy/setup.sh GROUP…
# Groups: build (to compile), run (Jupyter, and what the samples import), test, lint.
# Asks nothing; does and says nothing when everything is there.
set -euo pipefail
cd "$(dirname "$0")/.."

declare -A group
group[build]="g++ cmake ninja-build pkgconf libboost1.81-dev libssl-dev nlohmann-json3-dev
  libtomlplusplus-dev libsqlite3-dev libsqlitecpp-dev libcli11-dev libfmt-dev libspdlog-dev
  libzstd-dev libutfcpp-dev libhowardhinnant-date-dev tzdata libpugixml-dev libmd4c-dev
  libmd4c-html0-dev"
group[run]="jupyter-server python3-ipykernel python3-pandas python3-matplotlib r-cran-irkernel"
group[test]="iproute2 libgtest-dev libgmock-dev librapidcheck-dev python3-nbclient python3-nbformat
  python3-croniter python3-junitparser python3-prometheus-client libxml2-utils clang-format
  openssl procps util-linux systemd chromium fonts-dejavu-core strace mount zsh fish less man-db
  groff-base"
group[lint]="clang-tidy"

wanted=()
for name in "$@"; do
  [[ -v "group[$name]" ]] || { echo "setup: no group '$name'; there are: ${!group[*]}" >&2; exit 2; }
  read -r -d '' -a packages <<<"${group[$name]}" || true
  wanted+=("${packages[@]}")
  # Node may have come from elsewhere, under a package name that brings both; the commands count.
  if [[ $name == build ]]; then
    command -v node >/dev/null || wanted+=(nodejs)
    command -v npm >/dev/null || wanted+=(npm)
  fi
done

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
  echo "setup: this is not Debian; install the counterparts of: ${wanted[*]}" >&2
  exit 1
fi

# One package name per line for each that is installed and whole.
installed=$(dpkg-query -W -f '${db:Status-Abbrev} ${Package}\n' "${wanted[@]}" 2>/dev/null |
  awk '$1 == "ii" || $1 == "hi" { print $2 }' || true)
missing=()
for package in "${wanted[@]}"; do
  grep -qxF -- "$package" <<<"$installed" || missing+=("$package")
done
((${#missing[@]})) || exit 0

as_root=(env DEBIAN_FRONTEND=noninteractive)
if (($(id -u) != 0)); then
  # Without a terminal sudo must not wait for a password that nobody can give.
  if command -v sudo >/dev/null && { [[ -t 0 ]] || sudo -n true 2>/dev/null; }; then
    as_root=(sudo "${as_root[@]}")
  else
    echo "setup: these packages are missing, and only root can install them; as root, run:" >&2
    echo "  apt-get update && apt-get install --no-install-recommends ${missing[*]}" >&2
    exit 1
  fi
fi

mkdir -p build
log=build/setup.log
echo "Installing with apt, a few minutes (log: $log): ${missing[*]}"
quietly() {
  "$@" >>"$log" 2>&1 </dev/null && return
  tail -n 20 "$log" >&2
  echo "setup: '$*' failed; the whole log is in $log" >&2
  return 1
}
: >"$log"
# Old package lists may still be good enough: the install below decides.
quietly "${as_root[@]}" apt-get -q -o DPkg::Lock::Timeout=300 update || true
quietly "${as_root[@]}" apt-get -q -y --no-install-recommends -o DPkg::Lock::Timeout=300 \
  -o Dpkg::Use-Pty=0 install "${missing[@]}"
