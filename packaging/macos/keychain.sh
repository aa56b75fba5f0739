#!/usr/bin/env bash
# Puts the signing certificate into a keychain of its own, for this job only.
#
#   MACOS_CERTIFICATE            the PKCS#12 file in base64; unset or empty: nothing is done
#   MACOS_CERTIFICATE_PASSWORD   its password
set -euo pipefail

if [ -z "${MACOS_CERTIFICATE:-}" ]; then
    echo "::notice::No Apple certificate is configured: the app gets an ad-hoc signature"
    exit 0
fi
keychain=$RUNNER_TEMP/isoloss.keychain-db
certificate=$RUNNER_TEMP/certificate.p12
trap 'rm -f "$certificate"' EXIT
password=$(openssl rand -hex 24)
base64 --decode <<<"$MACOS_CERTIFICATE" >"$certificate"
security create-keychain -p "$password" "$keychain"
security set-keychain-settings -lut 7200 "$keychain"
security unlock-keychain -p "$password" "$keychain"
security import "$certificate" -k "$keychain" -P "$MACOS_CERTIFICATE_PASSWORD" \
    -T /usr/bin/codesign -f pkcs12
security set-key-partition-list -S apple-tool:,apple: -s -k "$password" "$keychain" >/dev/null
security list-keychains -d user -s "$keychain" login.keychain-db
