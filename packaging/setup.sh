# shellcheck shell=sh
# Sets up what the program needs on Linux and macOS. Sourced by packaging/run and packaging/test, which set $root (the
# repository) and call `prepare run` or `prepare test`. Written for Debian and Ubuntu; the macOS paths were not run here.
#
# Leaves behind: $venv (Python environment with the locked packages) and, without root, $runtime/root (system packages
# unpacked from the distribution's archive). $venv/ready-run and $venv/ready-test say that set-up came to its end: they
# are removed before anything changes and written last, so an interrupted set-up is never taken for a finished one.

: "${root:?}"

if [ -n "${FATHOM_VENV:-}" ]; then
    case $FATHOM_VENV in
    /*) venv=$FATHOM_VENV ;;
    *) venv=$PWD/$FATHOM_VENV ;;
    esac
    runtime=$venv.runtime
else
    venv=$root/.venv
    runtime=$root/.runtime
fi
python=$venv/bin/python
log=$runtime/setup.log
lock=$venv.lock
system_certificates=/etc/ssl/certs/ca-certificates.crt
holds_lock=
child=
unset PYTHONHOME PYTHONPATH

# The first group lets Qt draw at all, the second opens a window on X11, the third one on Wayland.
qt_packages="libglib2.0-0 libgl1 libegl1 libxkbcommon0 libfontconfig1 libdbus-1-3
    libxkbcommon-x11-0 libxcb-cursor0 libxcb-icccm4 libxcb-keysyms1 libxcb-shape0
    libwayland-cursor0 libwayland-egl1"

say() {
    echo "Fathom: $*" >&2
}

# fail WHAT ADVICE: end with what went wrong, the last lines of the log, and what to do about it.
fail() {
    say "$1"
    if [ -s "$log" ]; then
        echo "--- last lines of $log" >&2
        tail -n 12 "$log" >&2
        echo "---" >&2
    fi
    say "$2"
    exit 1
}

# logged COMMAND...: run it with its output in the log. In the background, so that a signal ends it at once.
logged() {
    echo "+ $*" >>"$log"
    "$@" >>"$log" 2>&1 </dev/null &
    child=$!
    wait "$child" && status=0 || status=$?
    child=
    return "$status"
}

### What is there already

# fingerprint KIND: what a finished set-up depends on. The Python it was made with is checked by running through its link.
fingerprint() {
    echo "$root"
    cat "$root/pyproject.toml" "$root/packaging/setup.sh" "$root/packaging/requirements-$1.txt" | cksum
}

ready() {
    [ -x "$python" ] && [ -f "$venv/ready-$1" ] && [ "$(cat "$venv/ready-$1")" = "$(fingerprint "$1")" ]
}

# Programs and libraries unpacked without root come before the system's.
use_local_packages() {
    [ -d "$runtime/root" ] || return 0
    PATH=$runtime/bin:$runtime/root/usr/bin:$PATH
    for directory in "$runtime"/root/usr/lib/*-linux-gnu* "$runtime"/root/lib/*-linux-gnu*; do
        if [ -d "$directory" ]; then
            LD_LIBRARY_PATH=$directory${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
        fi
    done
    export PATH LD_LIBRARY_PATH
    if [ ! -d /usr/share/X11/xkb ] && [ -d "$runtime/root/usr/share/X11/xkb" ]; then
        export XKB_CONFIG_ROOT="$runtime/root/usr/share/X11/xkb"
    fi
    if [ ! -f /etc/fonts/fonts.conf ] && [ -f "$runtime/fonts.conf" ]; then
        export FONTCONFIG_FILE="$runtime/fonts.conf"
    fi
    if [ ! -e "$system_certificates" ] && [ -s "$runtime/certificates.pem" ]; then
        export SSL_CERT_FILE="${SSL_CERT_FILE:-$runtime/certificates.pem}"
    fi
}

### One set-up at a time

take_lock() {
    told=
    until (set -C && echo $$ >"$lock") 2>/dev/null; do
        holder=$(cat "$lock" 2>/dev/null) || holder=
        if [ -n "$holder" ] && ! kill -0 "$holder" 2>/dev/null && [ ! -d "/proc/$holder" ]; then
            # Left by a set-up that was killed. Moved aside first: of two that see this, one gets the file.
            if mv "$lock" "$lock.$$" 2>/dev/null; then rm -f "$lock.$$"; fi
        else
            [ -n "$told" ] || say "another set-up is running (process ${holder:-unknown}); waiting for it ..."
            told=yes
            sleep 1
        fi
    done
    holds_lock=yes
}

release() {
    [ -z "$child" ] || kill "$child" 2>/dev/null || true
    [ -z "$holds_lock" ] || rm -f "$lock"
    holds_lock=
}

### System packages (Debian, Ubuntu)

# can_be_root: true when packages can be installed without asking anybody for a password.
can_be_root() {
    [ "$(id -u)" = 0 ] || sudo -n true >/dev/null 2>&1
}

apt_as_root() {
    set -- env DEBIAN_FRONTEND=noninteractive apt-get --quiet --option DPkg::Lock::Timeout=300 "$@"
    [ "$(id -u)" = 0 ] || set -- sudo -n "$@"
    logged "$@"
}

# apt_as_user COMMAND...: apt with package lists of our own, for the system's may be missing or old and are not ours to change.
apt_as_user() {
    "$@" --option "Dir::State::Lists=$runtime/apt/lists" --option "Dir::Cache=$runtime/apt/cache" \
        --option Debug::NoLocking=1 --option APT::Sandbox::User=
}

own_package_lists() {
    [ ! -e "$runtime/apt/updated" ] || return 0
    mkdir -p "$runtime/apt/lists/partial" "$runtime/apt/cache/archives/partial"
    apt_as_user logged apt-get --quiet update || return 1
    : >"$runtime/apt/updated"
}

# unpack_packages PACKAGE...: what `apt-get install` would add, unpacked into $runtime/root. Graphics drivers stay out:
# they are large, and Qt widgets do not need them. Packages the system has are left alone even when newer ones exist.
unpack_packages() {
    own_package_lists || return 1
    mkdir -p "$runtime/apt/debs" "$runtime/root"
    apt_as_user apt-get --simulate --no-install-recommends install "$@" >"$runtime/apt/plan" 2>>"$log" || return 1
    wanted=$(sed -n 's/^Inst \([^ ]*\) (.*/\1/p' "$runtime/apt/plan" |
        grep -Ev '^(libllvm.*|libz3-.*|libgl1-mesa-dri|mesa-.*|libc6|libc-bin)$') || return 0
    rm -f "$runtime"/apt/debs/*.deb
    # shellcheck disable=SC2086  # a list of package names
    (cd "$runtime/apt/debs" && apt_as_user apt-get --quiet download $wanted) >>"$log" 2>&1 || return 1
    for deb in "$runtime"/apt/debs/*.deb; do
        dpkg-deb --extract "$deb" "$runtime/root" >>"$log" 2>&1 || return 1
    done
    rm -f "$runtime"/apt/debs/*.deb
    cat "$runtime"/root/usr/share/ca-certificates/mozilla/*.crt >"$runtime/certificates.pem" 2>>"$log" || true
    cat >"$runtime/fonts.conf" <<END
<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>$runtime/root/usr/share/fonts</dir>
  <dir>/usr/share/fonts</dir>
  <cachedir>$runtime/fontconfig</cachedir>
</fontconfig>
END
    use_local_packages
}

# add_packages PACKAGE...: with root or password-less sudo into the system, else into $runtime/root.
add_packages() {
    if can_be_root; then
        apt_as_root install --yes --no-install-recommends "$@" && return 0
        apt_as_root update || true # an unreachable third source must not stop us; the install decides
        apt_as_root install --yes --no-install-recommends "$@"
    else
        unpack_packages "$@"
    fi
}

have_apt() {
    command -v apt-get >/dev/null 2>&1
}

### Python

# The interpreter behind a command, when it is one the program runs on: a standard 64-bit CPython of a supported version
# with the modules that a self-compiled one may lack.
usable_python() {
    "$1" -c '
import ctypes, os, sqlite3, ssl, sys, sysconfig, venv
supported = (3, 11) <= sys.version_info[:2] < (3, 15) and sys.implementation.name == "cpython" and sys.maxsize > 2**32
if not supported or sysconfig.get_config_var("Py_GIL_DISABLED"):
    sys.exit(1)
print(os.path.realpath(getattr(sys, "_base_executable", None) or sys.executable))
' 2>/dev/null
}

# Prints the interpreter to use. 3.14 comes after the versions that the program was tried with longest.
find_python() {
    for candidate in ${FATHOM_PYTHON:+"$FATHOM_PYTHON"} python3.13 python3.12 python3.11 python3.14 \
        "${HOME:-}"/.pyenv/versions/3.1[1-4]*/bin/python \
        /opt/homebrew/bin/python3.1[1-4] /usr/local/bin/python3.1[1-4] \
        /Library/Frameworks/Python.framework/Versions/3.1[1-4]/bin/python3 \
        python3 python; do # last, for macOS answers to these names with an offer to install its developer tools
        command -v "$candidate" >/dev/null 2>&1 && usable_python "$candidate" && return 0
    done
    return 1
}

# python_package [RUNNER]: names the distribution's package of a supported Python.
python_package() {
    for package in python3 python3.13 python3.12 python3.11; do
        version=$("$@" apt-cache show --no-all-versions "$package" 2>/dev/null | sed -n 's/^Version: //p')
        case $version in
        3.1[1-4].*)
            echo "$package"
            return 0
            ;;
        esac
    done
    return 1
}

add_python() {
    have_apt || return 1
    if can_be_root; then
        python_package >/dev/null || apt_as_root update || return 1
        package=$(python_package) || return 1
    else
        own_package_lists || return 1
        package=$(python_package apt_as_user) || return 1
    fi
    add_packages "$package"
}

# Debian splits off ensurepip; then pip comes from python3-venv, or without root from the wheel of its pip.
make_environment() {
    mkdir -p "$venv"
    echo "Made by packaging/setup.sh; it may delete this folder." >"$venv/made-by-setup"
    if ! "$base_python" -c 'import ensurepip' 2>/dev/null && have_apt && can_be_root; then
        version=$("$base_python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
        add_packages "python$version-venv" || say "python$version-venv is not to be had; trying pip's wheel ..."
    fi
    if "$base_python" -c 'import ensurepip' 2>/dev/null; then
        logged "$base_python" -m venv "$venv"
        return
    fi
    have_apt || return 1
    unpack_packages python3-pip-whl || return 1
    for wheel in "$runtime"/root/usr/share/python-wheels/pip-*.whl /usr/share/python-wheels/pip-*.whl; do
        if [ -f "$wheel" ]; then
            logged "$base_python" -m venv --without-pip "$venv" || return 1
            packages=$("$python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
            logged "$python" -m zipfile --extract "$wheel" "$packages" && use_unpacked_certificates "$packages"
            return
        fi
    done
    return 1
}

# Debian's pip looks for certificates in one place, and does not even start where that is empty.
use_unpacked_certificates() {
    [ ! -e "$system_certificates" ] || return 0
    logged "$python" -c '
import pathlib, sys
module, usual, ours = sys.argv[1:]
path = pathlib.Path(module)
path.write_text(path.read_text().replace(usual, ours))
' "$1/pip/_vendor/certifi/core.py" "$system_certificates" "$runtime/certificates.pem"
}

install_locked() {
    logged "$python" -m pip install --disable-pip-version-check --no-input --require-hashes --no-deps \
        --only-binary :all: --requirement "$root/packaging/requirements-$1.txt" &&
        logged "$python" -m pip install --disable-pip-version-check --no-input --no-deps --no-build-isolation \
            --editable "$root" &&
        logged "$python" -m pip check
}

### Qt

# Loads Qt and the plugins that open windows, so that a missing library shows now and by name.
probe_qt() {
    logged env QT_QPA_PLATFORM=offscreen "$python" -c '
import ctypes, glob, os, sys
import PySide6
from PySide6.QtWidgets import QApplication
QApplication([])
if sys.platform == "linux":
    platforms = os.path.join(os.path.dirname(PySide6.__file__), "Qt", "plugins", "platforms")
    for plugin in sorted(glob.glob(platforms + "/libqxcb.so") + glob.glob(platforms + "/libqwayland*.so")):
        ctypes.CDLL(plugin)
'
}

# Starts the X server that the window tests use, and stops it again.
probe_xvfb() {
    logged "$python" -c '
import subprocess, sys
server = subprocess.Popen(["Xvfb", "-displayfd", "1", "-nolisten", "tcp"], stdout=subprocess.PIPE)
number = server.stdout.readline()
server.terminate()
server.wait()
sys.exit(not number)
'
}

# Xvfb runs /usr/bin/xkbcomp by a path compiled into it. Where that cannot be installed, our unpacked copy of Xvfb gets
# a path of the same length that means "here", and a small script that starts it beside the unpacked xkbcomp.
unpack_xvfb() {
    unpack_packages xvfb || return 1
    programs=$runtime/root/usr/bin
    LC_ALL=C sed 's#/usr/bin\x00#././././\x00#' "$programs/Xvfb" >"$programs/Xvfb-here" || return 1
    chmod +x "$programs/Xvfb-here"
    mkdir -p "$runtime/bin"
    cat >"$runtime/bin/Xvfb" <<END
#!/bin/sh
cd "$programs" && exec ./Xvfb-here -xkbdir "$runtime/root/usr/share/X11/xkb" "\$@"
END
    chmod +x "$runtime/bin/Xvfb"
}

add_xvfb() {
    if can_be_root; then add_packages xvfb; else unpack_xvfb; fi && probe_xvfb
}

### All of it

# prepare KIND: returns with everything that `run` or `test` needs in place; ends the script when that cannot be.
prepare() {
    kind=$1
    use_local_packages
    ready "$kind" && return 0

    parent=$(dirname -- "$venv")
    if ! mkdir -p "$parent" "$runtime" || [ ! -w "$parent" ]; then
        fail "cannot write to $parent." "Set FATHOM_VENV to a folder that you may write to."
    fi
    trap release EXIT
    trap 'exit 129' HUP
    trap 'exit 130' INT
    trap 'exit 143' TERM
    take_lock
    if ! ready "$kind"; then
        : >"$log"
        set_up "$kind"
    fi
    release
    trap - EXIT HUP INT TERM
}

set_up() {
    network="Check the network connection (and the proxy, if there is one), then start again."
    steps=3
    [ "$1" = run ] || [ "$(uname -s)" != Linux ] || steps=4

    say "preparing the Python environment (1 of $steps) ..."
    # An environment that was finished once is brought up to date; any other is made anew.
    if [ -x "$python" ] && [ "$(head -n 1 "$venv/ready-run" 2>/dev/null)" = "$root" ]; then
        rm -f "$venv/ready-run" "$venv/ready-test"
    else
        if [ -e "$venv/made-by-setup" ]; then
            rm -rf "$venv"
        elif [ -d "$venv" ] && [ -n "$(ls -A "$venv")" ]; then
            fail "$venv exists and was not made by this script." "Move it away, or set FATHOM_VENV to another folder."
        fi
        if ! base_python=$(find_python); then
            say "no Python 3.11 to 3.14 found; installing one ..."
            add_python || true # what counts is whether one is found now
            base_python=$(find_python) || fail "there is no Python 3.11 to 3.14 and none could be installed." \
                    "Install one (Debian, Ubuntu: apt install python3; macOS: brew install python), then start again."
        fi
        make_environment || fail "the Python environment could not be made with $base_python." \
            "Install the venv module (Debian, Ubuntu: apt install python3-venv), then start again."
    fi

    say "installing Python packages, about 120 MB the first time (2 of $steps) ..."
    install_locked "$1" || fail "the Python packages could not be installed." \
        "$network If the log names no matching distribution, the system is not a supported one: see packaging/README.md."

    say "checking Qt's system libraries (3 of $steps) ..."
    if ! probe_qt; then
        have_apt || fail "Qt cannot load a system library." \
            "Install the library named above with the system's package manager, then start again."
        say "installing Qt's system libraries ..."
        # shellcheck disable=SC2086  # a list of package names
        add_packages $qt_packages || fail "Qt's system libraries could not be installed." "$network"
        probe_qt || fail "Qt still cannot load a system library." "Install the library named above, then start again."
    fi

    if [ "$steps" = 4 ]; then
        say "checking the display for the tests, Xvfb (4 of $steps) ..."
        if ! probe_xvfb; then
            { have_apt && add_xvfb; } || say "Xvfb is missing (see $log): the tests that drive a real window cannot run."
        fi
        fingerprint test >"$venv/ready-test"
    fi
    fingerprint run >"$venv/ready-run"
    say "ready."
}
