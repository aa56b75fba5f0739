#!/bin/sh
# Makes .venv from uv.lock and sees to the system libraries. Called by the Makefile.
#
#   bootstrap.sh environment [STAMP]   Python, uv, .venv, the libraries that Qt loads
#   bootstrap.sh test-tools [STAMP]    what the tests want besides: Xvfb, a font, xdotool, nsis, Slurm
#   bootstrap.sh package-tools         what makes the .deb and the archive
#   bootstrap.sh clean-root-tools      what tries them in a clean root: debootstrap, Xvfb, xdotool
#   bootstrap.sh fuzzer                atheris, beside .venv, in build/fuzz
#
# Says nothing when nothing is to be done. Touches STAMP when nothing is missing. A missing
# system package is no failure: the command line works without it, so we say what to install.
set -eu

cd -- "$(dirname -- "$0")/.."
mode=${1:-environment}
stamp=${2:-}

say() { printf 'isoloss: %s\n' "$*" >&2; }
die() { say "$@"; exit 1; }

# --- system packages ---------------------------------------------------------------------

apt() {
    DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 "$@" \
        </dev/null >"$log" 2>&1
}

apt_install() {
    say "installing with apt-get: $*"
    log=$(mktemp)
    apt update || true # a bare machine has no package lists; without the network, try all the same
    if ! apt install --no-install-recommends "$@"; then
        for package in "$@"; do # one unknown name must not keep the others out
            apt install --no-install-recommends "$package" ||
                say "apt-get could not install $package: $(grep -m 1 '^E:' "$log" || tail -n 1 "$log")"
        done
    fi
    rm -f "$log"
}

# provide PACKAGE...: install where that is ours to do, otherwise say how and fail.
provide() {
    if [ "$(id -u)" = 0 ]; then
        apt_install "$@"
    else
        say "missing system packages; install them with: sudo apt-get install $*"
        return 1
    fi
}

has_apt() { command -v apt-get >/dev/null; }

# --- Python and uv -----------------------------------------------------------------------

# fits PYTHON: prints its full path when it is one of those pyproject.toml allows, else its
# version, and fails. Runs it, for a name on PATH may be a shim with nothing behind it.
fits() {
    "$1" -c 'if True:
        import sys
        good = (3, 11) <= sys.version_info < (3, 14)
        print(sys.executable if good else "%d.%d.%d" % sys.version_info[:3])
        sys.exit(not good)' 2>/dev/null
}

find_python() {
    found=
    for candidate in "${PYTHON:-python3}" python3.13 python3.12 python3.11 python; do
        if answer=$(fits "$candidate"); then
            echo "$answer"
            return
        fi
        found=${found:-${answer:+$answer ($candidate)}}
        [ -z "${PYTHON:-}" ] || break
    done
    die "needs Python 3.11, 3.12 or 3.13, found ${found:-none}; install one, or name it: make setup PYTHON=/path/to/python3.12"
}

# 0.8 is required-version in pyproject.toml
is_good_uv() { "$1" --version 2>/dev/null | grep -Eq '^uv (0\.([89]|[1-9][0-9])|[1-9])'; }

make_tools_venv() {
    rm -rf .venv-tools
    "$python" -m venv .venv-tools >/dev/null 2>&1
}

# Sets uv: a recent one from PATH, else our own in .venv-tools.
find_uv() {
    for uv in uv .venv-tools/bin/uv; do
        ! is_good_uv "$uv" || return 0
    done
    if ! make_tools_venv; then
        # Debian and Ubuntu keep what venv needs in a package of its own.
        if has_apt && ! "$python" -c 'import ensurepip' 2>/dev/null; then
            provide "$("$python" -c 'import sys; print("python3.%d-venv" % sys.version_info[1])')" || exit 1
        fi
        make_tools_venv || die "$python -m venv .venv-tools fails: is its venv module installed?"
    fi
    say "fetching uv"
    .venv-tools/bin/python -m pip install --quiet --disable-pip-version-check 'uv>=0.8,<1' ||
        die "could not fetch uv: is the network up? (or install uv yourself and try again)"
}

trust_what_the_system_trusts() {
    # A company's own certificate is in here; uv and pip bring lists without it.
    for bundle in /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt; do
        if [ -r "$bundle" ]; then
            export SSL_CERT_FILE="${SSL_CERT_FILE:-$bundle}" PIP_CERT="${PIP_CERT:-$bundle}"
        fi
    done
}

make_environment() {
    trust_what_the_system_trusts
    if [ -e .venv/.made-in ] && [ "$(cat .venv/.made-in)" != "$(pwd -P)" ]; then
        # A moved or copied checkout: the scripts inside name the old place.
        rm -rf .venv .venv-tools
    fi
    unset VIRTUAL_ENV UV_PYTHON # of another project, if any
    export UV_PROJECT_ENVIRONMENT=.venv UV_PYTHON_DOWNLOADS=never
    # An environment that fits stays, whatever comes first on PATH today.
    if [ -n "${PYTHON:-}" ] || ! python=$(fits .venv/bin/python); then
        python=$(find_python)
    fi
    find_uv
    [ -e .venv/.made-in ] || say "making .venv"
    "$uv" sync --locked --quiet --python "$python"
    pwd -P >.venv/.made-in
}

fetch_fuzzer() {
    [ ! -e build/fuzz/atheris ] || return 0
    trust_what_the_system_trusts
    find_uv
    say "fetching atheris"
    mkdir -p build/fuzz
    rm -rf build/fuzz/new
    "$uv" pip install --quiet --python .venv/bin/python --target build/fuzz/new 'atheris>=3,<4' ||
        die "could not fetch atheris: is the network up? (it has no packages for Windows)"
    mv build/fuzz/new build/fuzz/atheris
}

# --- what Qt loads at run time -----------------------------------------------------------

# check_qt debian|fedora|arch: prints the packages of the libraries that cannot be loaded,
# then tries the real thing. Fails when Qt cannot start.
check_qt() {
    .venv/bin/python - "$1" <<'PYTHON'
import ctypes
import sys
from pathlib import Path

LIBRARIES = """
libEGL.so.1              libegl1              libglvnd-egl        libglvnd
libGL.so.1               libgl1               libglvnd-glx        libglvnd
libglib-2.0.so.0         libglib2.0-0         glib2               glib2
libdbus-1.so.3           libdbus-1-3          dbus-libs           dbus
libfontconfig.so.1       libfontconfig1       fontconfig          fontconfig
libfreetype.so.6         libfreetype6         freetype            freetype2
libX11-xcb.so.1          libx11-xcb1          libX11-xcb          libx11
libxkbcommon.so.0        libxkbcommon0        libxkbcommon        libxkbcommon
libxkbcommon-x11.so.0    libxkbcommon-x11-0   libxkbcommon-x11    libxkbcommon-x11
libxcb-cursor.so.0       libxcb-cursor0       xcb-util-cursor     xcb-util-cursor
libxcb-icccm.so.4        libxcb-icccm4        xcb-util-wm         xcb-util-wm
libxcb-image.so.0        libxcb-image0        xcb-util-image      xcb-util-image
libxcb-keysyms.so.1      libxcb-keysyms1      xcb-util-keysyms    xcb-util-keysyms
libxcb-randr.so.0        libxcb-randr0        libxcb              libxcb
libxcb-render-util.so.0  libxcb-render-util0  xcb-util-renderutil xcb-util-renderutil
libxcb-render.so.0       libxcb-render0       libxcb              libxcb
libxcb-shape.so.0        libxcb-shape0        libxcb              libxcb
libxcb-shm.so.0          libxcb-shm0          libxcb              libxcb
libxcb-sync.so.1         libxcb-sync1         libxcb              libxcb
libxcb-util.so.1         libxcb-util1         xcb-util            xcb-util
libxcb-xfixes.so.0       libxcb-xfixes0       libxcb              libxcb
libxcb-xkb.so.1          libxcb-xkb1          libxcb              libxcb
"""


def loads(library):
    try:
        ctypes.CDLL(str(library))
    except OSError:
        return False
    return True


column = ("debian", "fedora", "arch").index(sys.argv[1]) + 1
rows = [line.split() for line in LIBRARIES.split("\n") if line]
missing = {row[column] for row in rows if not loads(row[0])}
print(*sorted(missing))
try:
    import PySide6.QtWidgets

    plugins = Path(PySide6.QtWidgets.__file__).parent / "Qt" / "plugins" / "platforms"
    for plugin in ("libqoffscreen.so", "libqxcb.so"):
        ctypes.CDLL(str(plugins / plugin))
except (ImportError, OSError) as error:
    sys.exit(1 if missing else f"isoloss: Qt cannot start: {error}")
PYTHON
}

# Succeeds when Qt's own plugins load. macOS and Windows bring all that it needs.
check_libraries() {
    [ "$(uname -s)" = Linux ] || return 0
    if has_apt; then
        packages=$(check_qt debian) && return
        # shellcheck disable=SC2086
        [ -n "$packages" ] && provide $packages && check_qt debian >/dev/null
    elif command -v dnf >/dev/null; then
        packages=$(check_qt fedora) && return
        say "missing system packages; install them with: sudo dnf install $packages" && return 1
    elif command -v pacman >/dev/null; then
        packages=$(check_qt arch) && return
        say "missing system packages; install them with: sudo pacman -S $packages" && return 1
    else
        packages=$(check_qt debian) && return
        say "Qt misses libraries; on Debian their packages are called: $packages" && return 1
    fi
}

# --- what the tests want besides ---------------------------------------------------------

# Debian's way to say that a package must not start its service: status 101.
denies_services() {
    [ -x /usr/sbin/policy-rc.d ] || return 1
    denied=0
    /usr/sbin/policy-rc.d slurmctld start >/dev/null 2>&1 || denied=$?
    [ "$denied" = 101 ]
}

check_test_tools() {
    [ "$(uname -s)" = Linux ] || return 0
    packages=
    command -v Xvfb >/dev/null && command -v xvfb-run >/dev/null || packages="xvfb"
    command -v xauth >/dev/null || packages="$packages xauth"
    command -v xdotool >/dev/null || packages="$packages xdotool"
    # 8 MB; the tests that run the installer want Wine as well, 670 MB, and say so when skipped
    command -v makensis >/dev/null || packages="$packages nsis"
    find /usr/share/fonts ~/.local/share/fonts -name 'DejaVuSans.ttf' 2>/dev/null | grep -q . ||
        packages="$packages fonts-dejavu-core"
    # A Slurm of one node for one test: 13 MB. Its packages start services, so it comes only by
    # itself where nothing may be started (images for containers say so); else that test is skipped.
    if ! { command -v slurmctld && command -v slurmd && command -v munged; } >/dev/null &&
        has_apt && [ "$(id -u)" = 0 ] && denies_services; then
        packages="$packages slurm-wlm munge"
    fi
    packages=${packages# }
    [ -n "$packages" ] || return 0
    if has_apt; then
        # shellcheck disable=SC2086
        provide $packages
    else
        say "some tests are skipped without: $packages (names of Debian)"
        return 1
    fi
}

# --- what the Linux packages want ----------------------------------------------------------

# check_tools TOOL=PACKAGE...: whether each tool is there; says or installs what is not.
check_tools() {
    packages=
    for pair in "$@"; do
        command -v "${pair%%=*}" >/dev/null || packages="$packages ${pair#*=}"
    done
    packages=${packages# }
    [ -n "$packages" ] || return 0
    if has_apt; then
        # shellcheck disable=SC2086
        provide $packages
    else
        say "missing: $packages (names of Debian)"
        return 1
    fi
}

case $mode in
    environment)
        make_environment
        check_libraries && ready=yes || ready=
        ;;
    test-tools)
        check_test_tools && ready=yes || ready=
        ;;
    package-tools)
        check_tools dpkg-deb=dpkg readelf=binutils zstd=zstd patchelf=patchelf && ready=yes || ready=
        ;;
    clean-root-tools)
        check_tools debootstrap=debootstrap Xvfb=xvfb xdotool=xdotool zstd=zstd && ready=yes || ready=
        ;;
    fuzzer)
        python=.venv/bin/python
        fetch_fuzzer
        exit 0
        ;;
    *) die "no such mode: $mode" ;;
esac
if [ -n "$ready" ] && [ -n "$stamp" ]; then
    touch "$stamp"
fi
