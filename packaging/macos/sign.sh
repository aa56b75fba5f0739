#!/usr/bin/env bash
# Signs an app inside out for the hardened runtime:  sign.sh dist/Isoloss.app
#
#   CODESIGN_IDENTITY   "Developer ID Application: ..."; unset or empty: an ad-hoc signature, which
#                       Apple Silicon needs to start it at all, but which cannot be notarised
set -euo pipefail

app=$1
identity=${CODESIGN_IDENTITY:-}
options=(--force --options runtime)
if [ -n "$identity" ]; then
    options+=(--timestamp)
else
    echo "::notice::No Apple identity is configured: $(basename "$app") gets an ad-hoc signature"
    identity=-
fi
entitlements=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/entitlements.plist

is_code() { file --brief "$1" | grep -q 'Mach-O'; }

# Every library first, then frameworks, then the app: a signature covers those inside it.
while IFS= read -r -d '' path; do
    if is_code "$path"; then
        codesign "${options[@]}" --sign "$identity" "$path"
    fi
done < <(find "$app/Contents" -type f ! -path "$app/Contents/MacOS/*" -print0)
while IFS= read -r -d '' path; do
    codesign "${options[@]}" --sign "$identity" "$path"
done < <(find "$app/Contents" -depth -type d -name '*.framework' -print0)
while IFS= read -r -d '' path; do
    codesign "${options[@]}" --entitlements "$entitlements" --sign "$identity" "$path"
done < <(find "$app/Contents/MacOS" -type f -print0)
codesign "${options[@]}" --entitlements "$entitlements" --sign "$identity" "$app"
codesign --verify --deep --strict --verbose=2 "$app"
