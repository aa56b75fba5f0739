#!/bin/sh
# Signs a Windows program in place, on any system that has osslsigncode:  sign.sh FILE
#
#   WINDOWS_CERTIFICATE            the PKCS#12 file; unset or empty: nothing is signed, and we say so
#   WINDOWS_CERTIFICATE_PASSWORD   a file with its password
#   WINDOWS_TIMESTAMP_URL          time stamping service; empty: none (for tests)
set -eu

file=$1
if [ -z "${WINDOWS_CERTIFICATE:-}" ]; then
    echo "::notice::No Windows certificate is configured: $(basename -- "$file") is not signed"
    exit 0
fi
set -- -pkcs12 "$WINDOWS_CERTIFICATE" -readpass "$WINDOWS_CERTIFICATE_PASSWORD" -h sha256 -n Isoloss
timestamp=${WINDOWS_TIMESTAMP_URL-http://timestamp.digicert.com}
if [ -n "$timestamp" ]; then
    set -- "$@" -ts "$timestamp"
fi
osslsigncode sign "$@" -in "$file" -out "$file.signed"
mv -- "$file.signed" "$file"
