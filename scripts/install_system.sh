#!/bin/sh
# Install what rramsim needs from the system and is not there yet: ngspice with its shared library, Python's venv module,
# and, with the argument --test, a Chromium for the report's browser test.
# As root or by sudo; where neither is allowed, prints the one command to type and ends with exit code 1.
set -eu

packages=""
need() { packages="$packages $1"; }

command -v ngspice >/dev/null 2>&1 || need ngspice
# The loader's cache knows a library in any standard folder; ldconfig itself is often not on a user's path.
"$(command -v ldconfig || echo /sbin/ldconfig)" -p 2>/dev/null | grep -q 'libngspice\.so' || need libngspice0
"${PYTHON:-python3}" -c 'import ensurepip' >/dev/null 2>&1 || need python3-venv
if [ "${1:-}" = "--test" ]; then
    command -v chromium >/dev/null 2>&1 || command -v chromium-browser >/dev/null 2>&1 ||
        command -v google-chrome >/dev/null 2>&1 || need chromium
fi
[ -z "$packages" ] && exit 0

if ! command -v apt-get >/dev/null 2>&1; then
    echo "Missing:$packages (Debian's names). Install them with this system's package manager; see README.md." >&2
    exit 1
fi
command="apt-get update && apt-get install --yes --no-install-recommends$packages"
if [ "$(id -u)" -eq 0 ]; then
    DEBIAN_FRONTEND=noninteractive sh -c "$command"
elif command -v sudo >/dev/null 2>&1 && { sudo -n true 2>/dev/null || [ -t 0 ]; }; then
    sudo DEBIAN_FRONTEND=noninteractive sh -c "$command"
else
    echo "System packages are missing and may not be installed from here. Type this, then run make again:" >&2
    echo "  sudo sh -c '$command'" >&2
    exit 1
fi
