#!/usr/bin/env bash
# A sender of curl, age, tar and openssl alone, for machines without Java. It delivers one file through a relay and verifies
# the backend's receipt; spec/protocol.md says what each step is.
#
#   send.sh ALIAS NODE BACKEND ANCHOR FILE [OUTDIR]        (--help prints this)
#
#   ALIAS    the relay's alias URL, https://ADDRESS:PORT/a/...      } 'waybill relays' on any machine of the LAN
#   NODE     the relay's identity, as it is printed beside it       } prints both
#   BACKEND  the backend's URL, https://backend.example/inbox
#   ANCHOR   the backend's anchor.pem
#   OUTDIR   takes ID.receipt, ID.waybill.xml and ID.age; the working directory if not given
#
# Ends with 0 delivered and verified, 2 usage, 3 refused, 4 no receipt in time, 5 something does not verify.
# What it leaves out: discovery, a second relay, a black list, resuming. Those are what Waybill itself is for.
set -euo pipefail

fail() {
    echo "send.sh: error: $2" >&2
    exit "$1"
}
usage() {
    sed -n '2,14s/^# \{0,1\}//p' "$0"
}
case "${1:-}" in
    --help | -h)
        usage
        exit 0
        ;;
esac
[ $# -ge 5 ] || { usage >&2; exit 2; }
alias=$1 node=$2 backend=$3 anchor=$4 file=$5 out=${6:-.}
[ -r "$anchor" ] || fail 2 "$anchor cannot be read"
[ -f "$file" ] && [ -r "$file" ] || fail 2 "$file is no readable file"
host=${backend#*://} host=${host%%/*} host=${host%%:*}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Section 3: the certificate's key must be the node's; who is on the other end matters, not what the certificate calls itself.
pin=$(printf '%s=' "$node" | tr '_-' '/+')
hop() { curl --silent --show-error --insecure --pinnedpubkey "sha256//$pin" --tlsv1.3 --max-time "${limit:-60}" \
    --noproxy '*' --header "Waybill-Backend: $backend" "$@"; }

# Section 5: the signature, the chain to the anchor at that time, the name; then the role of the key that signed.
# verified CMS ROLE TIME: the packet goes to standard output
verified() {
    openssl cms -verify -inform DER -in "$1" -binary -CAfile "$anchor" -no-CApath -no-CAstore -verify_hostname "$host" \
        -attime "$3" -signer "$work/signer.pem" 2>"$work/why" ||
        fail 5 "$1 does not verify: $(tail -n 1 "$work/why")"
    openssl x509 -in "$work/signer.pem" -noout -ext subjectAltName | grep -q "URI:urn:waybill:$2\(,\|\$\)" ||
        fail 5 "$1 was signed by a key that may not"
}
# attribute NAME: of the packet on standard input
attribute() { tr '\n' ' ' | sed -n "s/.* $1=\"\([^\"]*\)\".*/\1/p"; }
# seconds TIME: of the epoch, from a packet's time
seconds() { date -u -d "$1" +%s; }

# The profile says whom to seal to.
hop --fail --output "$work/profile" "$alias/profile" || fail 4 "the relay gave no profile"
verified "$work/profile" publisher "$(date +%s)" >"$work/profile.xml"
[ "$(attribute type <"$work/profile.xml")" = profile ] && [ "$(attribute href <"$work/profile.xml")" = "$backend" ] ||
    fail 5 "the profile is not one of $backend"
[ "$(seconds "$(attribute expires <"$work/profile.xml")")" -gt "$(date +%s)" ] || fail 5 "the profile has expired"
recipient=$(attribute recipient <"$work/profile.xml")
[ -n "$recipient" ] || fail 5 "the profile names no age recipient"

# Section 1: a task's ID is a UUID of version 7: 48 bits of milliseconds, then chance.
hex=$(printf '%012x' "$(date +%s%3N)")$(openssl rand -hex 10)
variant=$(printf '%x' $((0x${hex:16:1} & 3 | 8)))
id=${hex:0:8}-${hex:8:4}-7${hex:13:3}-$variant${hex:17:3}-${hex:20:12}

# Section 4: files first, waybill.xml last, sealed with age.
xml() { sed 's/&/\&amp;/g; s/</\&lt;/g; s/>/\&gt;/g; s/"/\&quot;/g'; }
digest() { openssl dgst -sha256 -r "$1" | cut -c 1-64; }
name=$(basename -- "$file")
mkdir "$work/files"
cp -p -- "$file" "$work/files/$name"
copy=$work/files/$name
{
    printf '<?xml version="1.0" encoding="UTF-8"?>\n'
    printf '<waybill version="1.0" ID="%s" sender="%s" salt="%s" created="%s">\n' \
        "$id" "$(hostname | xml)" "$(openssl rand -hex 16)" "$(date -u +%Y-%m-%dT%H:%M:%SZ)"
    printf '  <file name="%s" size="%s" sha256="%s" modified="%s"/>\n' \
        "$(printf %s "$name" | xml)" "$(stat -c %s "$copy")" "$(digest "$copy")" \
        "$(date -u -r "$file" +%Y-%m-%dT%H:%M:%SZ)"
    printf '</waybill>\n'
} >"$work/waybill.xml"
tar --format=pax --owner=0 --group=0 --numeric-owner --mode=0644 -C "$work" -cf - -- "files/$name" waybill.xml |
    age -r "$recipient" -o "$work/parcel"
size=$(stat -c %s "$work/parcel")
sha256=$(digest "$work/parcel")
contents=$(digest "$work/waybill.xml")
mkdir -p "$out"
cp "$work/parcel" "$out/$id.age"
cp "$work/waybill.xml" "$out/$id.waybill.xml"

# Section 3: the whole body at once; before it is accepted it may take size / 16 KiB/s + 10 s.
limit=$((size / 16384 + 10)) hop --output "$work/answer" --dump-header "$work/head" --write-out '%{http_code}' \
    --upload-file "$work/parcel" --header "Repr-Digest: sha-256=:$(openssl dgst -sha256 -binary "$work/parcel" | base64 -w 0):" \
    --header "Waybill-Contents: $contents" --header "Waybill-Recipient: $recipient" --header 'Waybill-Hops: 0' \
    "$alias/$id" >"$work/status" || fail 4 "the relay took nothing"
case "$(cat "$work/status")" in
    200 | 202) ;;
    *) fail 4 "the relay declined: $(head -c 500 "$work/answer" | tr -cd '[:print:]')" ;;
esac

# Section 6: how long to wait for the receipt.
promise=$(tr -d '\r' <"$work/head" | sed -n 's/^[Ww]aybill-[Pp]romise: *//p' | head -n 1)
promised() { printf '%s' "$promise" | tr -d ' ' | tr ',' '\n' | sed -n "s/^$1=\([0-9]\{1,15\}\)\$/\1/p"; }
rate=$(promised rate) rate=${rate:-16384}
[ "$rate" -ge 16384 ] || rate=16384
wait=$(($(promised wait || echo 0) + $(promised interval) + ($(promised backlog) + size) / rate + 10 * ($(promised hops) + 1)))
echo "accepted; the receipt is due within $wait s" >&2

# Ask until then, and once more after it.
end=$(($(date +%s) + wait)) last=
while :; do
    [ "$(date +%s)" -le "$end" ] || last=yes
    code=$(hop --output "$work/receipt" --write-out '%{http_code}' --max-filesize 65536 --header 'Prefer: wait=20' \
        --header 'Accept: application/cms' "$alias/$id/receipt?sha256=$sha256&contents=$contents" || true)
    [ "$code" = 200 ] && break
    [ -z "$last" ] || fail 4 "no receipt in time; the parcel is $out/$id.age"
    sleep 1
done

# Section 5: verify, then compare with what was sent. The time to verify at stands in the packet itself, so it is read once
# without the chain and verified with it.
openssl cms -verify -noverify -inform DER -in "$work/receipt" -binary -out "$work/unverified.xml" 2>/dev/null ||
    fail 5 "what the relay brought is no receipt"
received=$(seconds "$(attribute received <"$work/unverified.xml")")
[ "$received" -le $(($(date +%s) + 600)) ] || fail 5 "the receipt is of the future: check this machine's clock"
verified "$work/receipt" receipt "$received" >"$work/receipt.xml"
for pair in "ID=$id" "method=PUT" "href=$backend" "size=$size" "sha256=$sha256" "contents=$contents"; do
    [ "$(attribute "${pair%%=*}" <"$work/receipt.xml")" = "${pair#*=}" ] || fail 5 "the receipt is for another ${pair%%=*}"
done
# Section 5.5: another recipient was put there on the way, to provoke the refusal.
problem=$(attribute problem <"$work/receipt.xml")
[ "$problem" != unknown-recipient ] || [ "$(attribute recipient <"$work/receipt.xml")" = "$recipient" ] ||
    fail 5 "the refusal is for a recipient that the parcel was not sealed to"
cp "$work/receipt" "$out/$id.receipt"
case "$(attribute type <"$work/receipt.xml")" in
    receipt) echo "delivered $id; the receipt is $out/$id.receipt" ;;
    refusal) echo "send.sh: error: refused: $problem" >&2; exit 3 ;;
    *) fail 5 "the receipt is of no known type" ;;
esac
