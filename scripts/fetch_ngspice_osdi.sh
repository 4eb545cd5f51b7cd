#!/bin/sh
# Unpack an ngspice with OSDI, that of Debian 12's backports, into a folder; nothing is installed and no rights are needed.
#   scripts/fetch_ngspice_osdi.sh FOLDER     prints the path of its shared library, for NGSPICE_LIBRARY_PATH
set -eu

folder=$1
find_library() { find "$folder/usr/lib" -name 'libngspice.so.0' 2>/dev/null | head -n 1; }
[ -n "$(find_library)" ] && { find_library; exit 0; }

release=bookworm
mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' "Codename: $release" | head -n 1)
keys=/usr/share/keyrings/debian-archive-keyring.gpg
if [ -z "$mirror" ] || [ ! -f "$keys" ]; then
    echo "This is no Debian 12 whose lists of packages are here (apt-get update); elsewhere build ngspice with OSDI." >&2
    exit 1
fi

# apt with folders of its own: the system's sources and lists stay as they are.
own=$(mktemp -d)
trap 'rm -rf "$own"' EXIT
mkdir -p "$own/lists/partial" "$own/cache/archives/partial" "$own/parts" "$folder"
echo "deb [signed-by=$keys] $mirror $release-backports main" >"$own/sources.list"
apt() {
    apt-get -qq -o Dir::Etc::SourceList="$own/sources.list" -o Dir::Etc::SourceParts="$own/parts" \
        -o Dir::State::Lists="$own/lists" -o Dir::Cache="$own/cache" -o APT::Sandbox::User= "$@"
}
apt update >&2
(cd "$own" && apt download libngspice0 >&2)
dpkg -x "$own"/libngspice0_*.deb "$folder"
find_library
