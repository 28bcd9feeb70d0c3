# Shared by the tools: where things are, how to talk, how to be root for a moment.
# shellcheck shell=bash
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
JOBS=$(nproc)

# Debian's own python: the tests' packages are Debian's, whatever else PATH offers.
PYTHON=/usr/bin/python3

# Objects are the same wherever the checkout lies, so that a fresh clone profits from the cache.
export CCACHE_BASEDIR=$ROOT CCACHE_NOHASHDIR=1 CCACHE_SLOPPINESS=pch_defines,time_macros

say() { printf '%s\n' "$*" >&2; }
die() { say "error: $1"; [ $# -lt 2 ] || say "  $2"; exit 1; }

# step N OF WHAT: one progress line per step, with the time since the start.
STARTED=$(date +%s)
step() { say "[$1/$2] $(( $(date +%s) - STARTED )) s  $3"; }

# run_logged LOG COMMAND...: quiet while it works, all of it if it fails.
run_logged() {
  local log=$1; shift
  mkdir -p "$(dirname "$log")"
  "$@" > "$log" 2>&1 || { tail -n 40 "$log" >&2; die "failed: $*" "the whole output is in $log"; }
}

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"
  elif command -v sudo > /dev/null; then sudo "$@"
  else die "installing packages needs root" "run tools/deps as root once, or install sudo"
  fi
}
