#!/usr/bin/env bash
# Puts cab on PATH for the steps that follow, and tells them the root. Reads CAB_ACTION_PACKAGE, CAB_ACTION_ROOT.
set -euo pipefail

: "${GITHUB_ENV:?is set by GitHub Actions}" "${GITHUB_PATH:?is set by GitHub Actions}"

if [[ -n ${CAB_ACTION_PACKAGE:-} ]]; then
  prefix="${RUNNER_TEMP:-/tmp}/cab"
  npm install --global --no-audit --no-fund --prefix "$prefix" "$CAB_ACTION_PACKAGE"
  export PATH="$prefix/bin:$PATH"
  echo "$prefix/bin" >> "$GITHUB_PATH"
fi

if ! command -v cab > /dev/null; then
  echo "::error::cab is not on PATH: name a package to install, or install it in a step before"
  exit 1
fi

root="${GITHUB_WORKSPACE:-$PWD}/${CAB_ACTION_ROOT:-data/echo_cas}"
mkdir -p "$root"
echo "CAB_CAS_ROOT=$root" >> "$GITHUB_ENV"
cab --version
