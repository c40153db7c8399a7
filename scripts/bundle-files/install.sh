#!/bin/sh
# Tidui @VERSION@ for Python @PYTHON@ on @MACHINE@: installs from this one file, without internet.
#   sh tidui-….run                    into /opt/tidui (as root)
#   sh tidui-….run --prefix FOLDER    anywhere else
#   sh tidui-….run --extract FOLDER   only unpack: wheels, systemd unit, operators' pages
# Each version has a folder of its own; `current` points to the one in use. Nothing of the site's data is touched.
set -eu
prefix=/opt/tidui extract=
while [ $# -gt 0 ]; do
    case "$1" in
        --prefix) prefix=${2:?--prefix needs a folder}; shift 2 ;;
        --extract) extract=${2:?--extract needs a folder}; shift 2 ;;
        *) echo "usage: sh $0 [--prefix FOLDER | --extract FOLDER]" >&2; exit 2 ;;
    esac
done
fail() { echo "tidui: $1" >&2; exit 1; }
body() { tail -n +@LINES@ "$0"; }

[ "$(body | sha256sum | cut -d' ' -f1)" = "@SUM@" ] || fail "this file is damaged: copy it again"
if [ -n "$extract" ]; then
    mkdir -p "$extract"
    body | tar -x -C "$extract"
    exit 0
fi

python=
for candidate in ${PYTHON:-} python@PYTHON@ python3 /usr/bin/python@PYTHON@; do
    said=$("$candidate" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null) || continue
    if [ "$said" = "@PYTHON@" ]; then python=$candidate; break; fi
done
[ -n "$python" ] || fail "Python @PYTHON@ is not installed (name it with PYTHON=…)"
[ "$(uname -m)" = "@MACHINE@" ] || fail "this file is for @MACHINE@, not for $(uname -m)"
mkdir -p "$prefix/versions" 2>/dev/null || fail "$prefix cannot be written: run as root, or name a --prefix"
[ -w "$prefix/versions" ] || fail "$prefix cannot be written: run as root, or name a --prefix"

home=$prefix/versions/@VERSION@
[ ! -e "$home.partial" ] || rm -rf "$home.partial"
mkdir "$home.partial"
trap 'rm -rf "$home.partial"' EXIT
body | tar -x -C "$home.partial"
(cd "$home.partial" && sha256sum --check --quiet SHA256SUMS) || fail "a package is damaged"

# A virtual environment writes its own path into its programs: it is made where it will stay.
rm -rf "$home.old"
[ ! -e "$home" ] || mv "$home" "$home.old"
mv "$home.partial" "$home"
installed=no
back() { [ "$installed" = yes ] || { rm -rf "$home"; [ ! -e "$home.old" ] || mv "$home.old" "$home"; }; }
trap back EXIT
"$python" -m venv --without-pip "$home/venv" || fail "Python has no venv: install python@PYTHON@-venv"
PIP_CONFIG_FILE=/dev/null PIP_DISABLE_PIP_VERSION_CHECK=1 "$home/venv/bin/python" \
    "$(echo "$home"/wheels/pip-*.whl)/pip" install --quiet --no-input --no-index --no-deps --no-cache-dir \
    "$home"/wheels/*.whl
"$home/venv/bin/tidui" --version >/dev/null
installed=yes
rm -rf "$home/wheels" "$home.old"
ln -sfn "versions/@VERSION@" "$prefix/current"
echo "Tidui @VERSION@ is installed: $prefix/current/venv/bin/tidui"
echo "To see it:   $prefix/current/venv/bin/tidui demo --home FOLDER"
echo "To run it:   $prefix/current/docs/one-machine.md"
exit 0
