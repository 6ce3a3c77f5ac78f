/**
 * `verify.sh`: the integrity of a bundle with `openssl`, `sha256sum` and `jq`, in any POSIX shell. It is a text and not a file
 * of the sources because it travels inside every bundle.
 */
export const SCRIPT_TEXT = String.raw`#!/bin/sh
# Verifies the integrity of this bundle (golive-evidence/v1) with openssl, sha256sum and jq: every file, the chain of the
# journal and the signature. It needs no network and nothing of golive. VERIFY.md says what it proves.
#
#   sh verify.sh service.pub            # the public key of the service, in PEM, from somewhere else than this bundle
#   sh verify.sh service.pub tsa-ca.pem # and the certificate authority of the time stamp
#
# Exit code: 0 everything holds, 1 something does not, 2 it cannot be checked.
set -u
LC_ALL=C
export LC_ALL

key=\${1:-}
authority=\${2:-}
if [ -z "$key" ] || [ ! -r "$key" ]; then
  echo "usage: sh verify.sh PUBLIC_KEY [TIME_STAMP_AUTHORITY]" >&2
  exit 2
fi
for tool in openssl sha256sum jq base64 find sort comm cmp; do
  command -v "$tool" >/dev/null || { echo "verify.sh needs $tool" >&2; exit 2; }
done
key=$(cd "$(dirname "$key")" && pwd)/$(basename "$key")
if [ -n "$authority" ]; then
  [ -r "$authority" ] || { echo "$authority cannot be read" >&2; exit 2; }
  authority=$(cd "$(dirname "$authority")" && pwd)/$(basename "$authority")
fi
cd "$(dirname "$0")" || exit 2
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT

broken=0
fail() {
  echo "BROKEN  $1"
  broken=1
}

# 1. The envelope: who signed what.
if jq -er .payload manifest.dsse.json 2>/dev/null | base64 -d >"$work/statement" 2>/dev/null &&
  type=$(jq -er .payloadType manifest.dsse.json 2>/dev/null); then
  { printf 'DSSEv1 %d %s %d ' "\${#type}" "$type" "$(wc -c <"$work/statement")"; cat "$work/statement"; } >"$work/signed"
  fingerprint=sha256:$(openssl pkey -pubin -in "$key" -outform DER 2>/dev/null | sha256sum | cut -d ' ' -f 1)
  signatures=$(jq -r '.signatures | length' manifest.dsse.json)
  found=no
  while [ "$signatures" -gt 0 ]; do
    signatures=$((signatures - 1))
    jq -r ".signatures[$signatures].sig" manifest.dsse.json | base64 -d >"$work/signature" 2>/dev/null
    if [ "$(jq -r ".signatures[$signatures].keyid" manifest.dsse.json)" = "$fingerprint" ] &&
      openssl dgst -sha256 -verify "$key" -signature "$work/signature" "$work/signed" >/dev/null 2>&1; then
      found=yes
    fi
  done
  [ "$found" = yes ] || fail "manifest.dsse.json: no signature of the key $fingerprint holds"
else
  fail "manifest.dsse.json: is missing or cannot be read"
fi
# What a signature does not cover, the spelling of the envelope, is compared.
jq -cjS . manifest.dsse.json 2>/dev/null | cmp -s - manifest.dsse.json ||
  fail "manifest.dsse.json: is not written as it was sealed"

# 2. The manifest and the plan that were signed.
for name in manifest.json plan.json; do
  said=$(jq -r --arg name "$name" '.subject[] | select(.name == $name) | .digest.sha256' "$work/statement" 2>/dev/null)
  has=$(sha256sum <"$name" 2>/dev/null | cut -d ' ' -f 1)
  [ -n "$said" ] && [ "$said" = "$has" ] || fail "$name: is not the one that was signed"
done

# 3. Every file that the manifest lists, and no other.
jq -r '.files[] | .sha256 + "  " + .path' manifest.json >"$work/sums" 2>/dev/null || fail "manifest.json: cannot be read"
sha256sum -c "$work/sums" >"$work/checked" 2>/dev/null || sed -n 's/^\(.*\): FAILED.*/\1: is missing or has another digest/p' "$work/checked" >"$work/differing"
if [ -s "$work/differing" ]; then
  while read -r line; do fail "$line"; done <"$work/differing"
fi
{ jq -r '.files[].path' manifest.json 2>/dev/null; echo manifest.json; echo manifest.dsse.json; } | sort >"$work/listed"
find . ! -type d | sed 's|^\./||' | grep -v -x 'manifest.dsse.json.tsr' | sort >"$work/there"
cmp -s "$work/listed" "$work/there" || {
  comm -13 "$work/listed" "$work/there" | while read -r name; do echo "BROKEN  $name: is not in the manifest"; done
  comm -23 "$work/listed" "$work/there" | while read -r name; do echo "BROKEN  $name: is missing"; done
  broken=1
}
find . ! -type d ! -type f | sed 's|^\./||' >"$work/links"
while read -r name; do fail "$name: is neither a file nor a directory"; done <"$work/links"

# 4. The chain of the journal: each line ends with the digest of the rest of it, and names the digest of the line before.
number=0
previous=sha256:0000000000000000000000000000000000000000000000000000000000000000
while IFS= read -r line; do
  number=$((number + 1))
  digest=sha256:$(printf '%s}' "\${line%,\"digest\":\"sha256:*}" | sha256sum | cut -d ' ' -f 1)
  echo "$number $previous $digest"
  previous=$digest
done <journal.jsonl >"$work/chain"
jq -r '"\(.sequence) \(.previous) \(.digest)"' journal.jsonl >"$work/claimed" 2>/dev/null
cmp -s "$work/chain" "$work/claimed" || {
  line=0
  while read -r entry; do
    line=$((line + 1))
    [ "$entry" = "$(sed -n "\${line}p" "$work/chain")" ] || break
  done <"$work/claimed"
  fail "journal.jsonl: line $line does not follow from the line before, or does not match its digest"
}
said=$(jq -r '.predicate.journal | "\(.sequence) \(.digest)"' "$work/statement" 2>/dev/null)
[ "$said" = "$number $previous" ] || fail "journal.jsonl: does not end where the signed statement says"

# 5. The time stamp, where there is one and its authority is named.
if [ -n "$authority" ]; then
  openssl ts -verify -data manifest.dsse.json -in manifest.dsse.json.tsr -CAfile "$authority" >/dev/null 2>&1 ||
    fail "manifest.dsse.json.tsr: does not verify with this authority"
fi

[ "$broken" -eq 0 ] || exit 1
jq -r '"OK      \(.predicate.golive), rollout \(.predicate.number): \(.predicate.outcome)\(if .predicate.rehearsal then ", a REHEARSAL" else "" end)"' "$work/statement"
echo "OK      $(jq '.files | length' manifest.json) files and $number entries of the journal are what was sealed with $fingerprint"
if [ -n "$authority" ]; then echo "OK      the time stamp holds"; fi
exit 0
`.replaceAll(String.raw`\$`, '$');
