#!/bin/sh
# Install what the tests need from the system's packages, if it is missing: a browser, PostgreSQL, a directory and more.
# Usage: ci/system-packages.sh PATH-TO-PYTHON
set -eu
python=$1

has_browser() {
    command -v chromium || command -v chromium-browser || command -v google-chrome
}

has_japanese_font() {
    command -v fc-list && fc-list :lang=ja family | grep .
}

has_postgresql() {
    command -v initdb || ls /usr/lib/postgresql/*/bin/initdb || ls "$(pg_config --bindir)/initdb"
}

has_directory() {
    { command -v slapd || ls /usr/sbin/slapd; } && command -v ldapmodify
}

has_xmlsec() {
    command -v xmlsec1
}

# What the library of LDAP is built with.
has_ldap_headers() {
    ls /usr/include/ldap.h /usr/include/sasl/sasl.h && command -v cc
}

has_python_headers() {
    "${python}" -c 'import pathlib, sysconfig; pathlib.Path(sysconfig.get_path("include"), "Python.h").stat()'
}

missing=
has_browser >/dev/null 2>&1 || missing="$missing chromium"
has_japanese_font >/dev/null 2>&1 || missing="$missing fonts-noto-cjk fontconfig"
has_postgresql >/dev/null 2>&1 || missing="$missing postgresql"
has_directory >/dev/null 2>&1 || missing="$missing slapd ldap-utils"
has_xmlsec >/dev/null 2>&1 || missing="$missing xmlsec1"
has_ldap_headers >/dev/null 2>&1 || missing="$missing libldap2-dev libsasl2-dev gcc libc6-dev"
has_python_headers >/dev/null 2>&1 || missing="$missing python3-dev"
[ -n "$missing" ] || exit 0

as_root=
if [ "$(id -u)" -ne 0 ]; then
    as_root="sudo -n"
fi
if ! command -v apt-get >/dev/null || ! $as_root true 2>/dev/null; then
    echo "The tests need system packages that are not installed here (by their Debian names):$missing" >&2
    echo "Install them, then run make test again. On Debian and Ubuntu: sudo apt-get install$missing" >&2
    exit 1
fi

echo "Installing what the tests need:$missing"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
install() {
    $as_root apt-get update && \
        $as_root env DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends $missing
}
if ! install >"$log" 2>&1 </dev/null; then
    cat "$log" >&2
    echo "The packages could not be installed:$missing" >&2
    exit 1
fi
