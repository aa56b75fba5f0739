#!/usr/bin/env bash
# Makes a disk image with the app and a link to Applications:  dmg.sh dist/Isoloss.app OUT.dmg
set -euo pipefail

app=$1
out=$2
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
ditto "$app" "$stage/$(basename "$app")"
ln -s /Applications "$stage/Applications"
rm -f "$out"
# hdiutil says "Resource busy" now and then, while Spotlight or the virus scanner looks
for attempt in 1 2 3 4 5; do
    if hdiutil create -volname Isoloss -srcfolder "$stage" -fs HFS+ -format UDZO -ov "$out"; then
        if [ -n "${CODESIGN_IDENTITY:-}" ]; then
            codesign --force --timestamp --sign "$CODESIGN_IDENTITY" "$out"
        fi
        hdiutil verify "$out"
        exit 0
    fi
    echo "hdiutil failed, attempt $attempt of 5" >&2
    sleep $((attempt * 5))
done
exit 1
