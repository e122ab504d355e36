#!/bin/sh
# Resolve pyproject.toml into four lock files: to run, to test, to ask LDAP directories, and to build the package itself.
# Usage: ci/lock.sh PATH-TO-UV
set -eu
cd "$(dirname "$0")/.."

lock() {
    "$uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes --upgrade --no-header "$@"
}

uv=$1
lock pyproject.toml --extra dev --output-file requirements-dev.lock
lock pyproject.toml --constraints requirements-dev.lock --output-file requirements.lock
lock pyproject.toml --extra ldap --no-emit-package hibana --constraints requirements-dev.lock --output-file requirements-ldap.lock
printf 'editables\nhatchling\nsetuptools\n' | lock - --constraints requirements-dev.lock --output-file requirements-build.lock
