#!/bin/sh
# Put Isoloss into this person's menu, or take it out again. Nothing else is needed to run it:
# ./isoloss in this folder is the program.
#
#   ./install.sh               menu entry, icons, .isoloss files open with a double click
#   ./install.sh --uninstall   takes exactly that away; plans and settings stay
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
data=${XDG_DATA_HOME:-$HOME/.local/share}
entry=$data/applications/isoloss.desktop

say() { printf 'isoloss: %s\n' "$*"; }
die() {
    printf 'isoloss: %s\n' "$*" >&2
    exit 1
}

# What goes into the person's folder, without the entry, which needs the path of the program.
files() { (cd "$here/share" && find icons mime man -type f | sort); }

# As a desktop entry wants it: quoted, and what is special within quotes escaped. A backslash
# is escaped twice, once for the quotes and once for the string.
quoted() {
    printf '"%s"' "$(printf '%s' "$1" | sed -e 's/\\/\\\\\\\\/g' -e 's/["`$]/\\\\&/g' -e 's/%/%%/g')"
}

refresh() {
    [ ! -d "$data/applications" ] || ! command -v update-desktop-database >/dev/null ||
        update-desktop-database -q "$data/applications" || true
    [ ! -d "$data/mime/packages" ] || ! command -v update-mime-database >/dev/null ||
        PKGSYSTEM_ENABLE_FSYNC=0 update-mime-database "$data/mime" >/dev/null 2>&1 || true
    icons=$data/icons/hicolor
    [ ! -d "$icons" ] || touch "$icons" # makes desktops look again
    [ ! -e "$icons/icon-theme.cache" ] || ! command -v gtk-update-icon-cache >/dev/null ||
        gtk-update-icon-cache -q -t "$icons" || true
}

install() {
    case $here in *"
"*) die "a path with a line break cannot stand in a menu entry: $here" ;; esac
    files | while IFS= read -r file; do
        mkdir -p "$data/$(dirname "$file")"
        cp "$here/share/$file" "$data/$file"
    done
    mkdir -p "$data/applications"
    new=$entry.new.$$
    while IFS= read -r line; do
        case $line in
            Exec=*) printf 'Exec=%s %%f\n' "$(quoted "$here/isoloss")" ;;
            *) printf '%s\n' "$line" ;;
        esac
    done <"$here/share/applications/isoloss.desktop" >"$new"
    mv "$new" "$entry"
    refresh
    say "installed in $data for $here/isoloss; ./install.sh --uninstall takes it away"
}

# What update-mime-database and update-desktop-database made for us alone.
tidy() {
    if [ -d "$data/mime" ] && [ -z "$(find "$data/mime" -name '*.xml' -type f | head -n 1)" ]; then
        for name in XMLnamespaces aliases generic-icons globs globs2 icons magic mime.cache \
            subclasses treemagic types version; do
            rm -f "$data/mime/$name"
        done
    fi
    if [ -d "$data/applications" ] &&
        [ -z "$(find "$data/applications" -name '*.desktop' | head -n 1)" ]; then
        rm -f "$data/applications/mimeinfo.cache"
    fi
    for folder in mime icons man applications; do
        [ ! -d "$data/$folder" ] || find "$data/$folder" -depth -type d -empty -delete
    done
}

uninstall() {
    files | while IFS= read -r file; do
        rm -f "$data/$file"
    done
    rm -f "$entry"
    refresh
    tidy
    say "removed from $data; the folder $here is yours to delete"
}

case ${1:-} in
    '') install ;;
    --uninstall) uninstall ;;
    *) die "usage: install.sh [--uninstall]" ;;
esac
