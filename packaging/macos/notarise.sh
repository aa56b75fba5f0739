#!/usr/bin/env bash
# Has Apple check a signed disk image, and staples the answer to it:  notarise.sh OUT.dmg
#
#   NOTARY_KEY, NOTARY_KEY_ID, NOTARY_ISSUER   file, id and issuer of an App Store Connect API key;
#                                              one of them unset or empty: nothing is done, and we say so
set -euo pipefail

image=$1
if [ -z "${CODESIGN_IDENTITY:-}" ] || [ -z "${NOTARY_KEY:-}" ] || [ -z "${NOTARY_KEY_ID:-}" ] ||
    [ -z "${NOTARY_ISSUER:-}" ]; then
    echo "::notice::No Apple identity or notary key is configured: $(basename "$image") is not notarised"
    exit 0
fi
key=(--key "$NOTARY_KEY" --key-id "$NOTARY_KEY_ID" --issuer "$NOTARY_ISSUER")
answer=$(mktemp)
trap 'rm -f "$answer"' EXIT
xcrun notarytool submit "$image" "${key[@]}" --wait --timeout 45m --output-format json | tee "$answer"
if [ "$(plutil -extract status raw -o - "$answer")" != Accepted ]; then
    xcrun notarytool log "$(plutil -extract id raw -o - "$answer")" "${key[@]}" >&2
    exit 1
fi
# the ticket may take a moment to be there
for attempt in 1 2 3 4 5; do
    if xcrun stapler staple "$image"; then
        xcrun stapler validate "$image"
        exit 0
    fi
    echo "stapler failed, attempt $attempt of 5" >&2
    sleep $((attempt * 10))
done
exit 1
