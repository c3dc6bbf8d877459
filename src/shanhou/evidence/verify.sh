#!/bin/sh
# Checks a shanhou evidence folder with POSIX sh, awk, sed, od and openssl 3; nothing of ours is
# run but this file, so take it from a place you trust and read it.
# 用 POSIX sh、awk、sed、od 与 openssl 3 核验存证目录;请从可信处取得本文件并先读一遍。
#
#   sh verify.sh                     this folder 核验本目录
#   sh verify.sh PACK [TRUSTED]      another folder, against a log key you already trust
#                                    (a .vkey file or its text) 以事先可信的日志公钥核验
# Exit: 0 everything holds 全部成立 · 5 something does not 有不成立之处 · 1 a tool is missing · 64 usage
# Sources: RFC 6962 section 2.1; C2SP signed-note, tlog-checkpoint, tlog-tiles, tlog-proof.
set -u
LC_ALL=C
export LC_ALL
umask 077

if [ $# -gt 2 ]; then echo "usage: sh verify.sh [PACK [TRUSTED]]" >&2; exit 64; fi
pack=${1:-$(dirname "$0")}
trusted=${2:-}
if [ -n "$trusted" ] && [ -f "$trusted" ]; then trusted=$(cat "$trusted"); fi
for tool in openssl awk sed od dd find sort xargs mktemp cmp; do
    command -v "$tool" >/dev/null 2>&1 || { echo "missing tool 缺少工具: $tool" >&2; exit 1; }
done
cd "$pack" 2>/dev/null || { echo "no such folder 目录不存在: $pack" >&2; exit 64; }
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 130' INT TERM

ok() { echo "ok    $1"; }
stop() {
    echo "FAIL  $1" >&2
    echo "This folder does not verify. 核验不通过。" >&2
    exit 5
}

sha() { openssl dgst -sha256 -r "$@" | awk '{ print $1 }'; }
# Strict base64: one spelling only (RFC 4648 section 3.5).
unbase64() {
    printf '%s' "$1" | openssl base64 -d -A >"$2" 2>/dev/null || return 1
    [ "$(openssl base64 -A -in "$2")" = "$1" ]
}
bytes() { wc -c <"$1" | tr -d ' '; }
hex() { od -An -v -tx1 "$1" | tr -d ' \n'; }
signed() { # key.pem text signature
    [ "$(bytes "$3")" -eq 64 ] &&
        openssl pkeyutl -verify -pubin -inkey "$1" -rawin -in "$2" -sigfile "$3" >/dev/null 2>&1
}

# --- 1. Every file is named, none is missing, every byte is as named -------------------------
for file in manifest.sha256 manifest.note checkpoint keys/log.vkey; do
    [ -f "$file" ] || stop "$file is missing 缺失"
done
[ -z "$(find . ! -type f ! -type d | head -n 1)" ] || stop "links or devices in the folder 含链接或设备"
find . -type f | sed 's/^\.\///' | sort >"$tmp/found"
sed -n 's/^[0-9a-f]\{64\}  \([A-Za-z0-9][A-Za-z0-9._/-]*\)$/\1/p' manifest.sha256 >"$tmp/named"
[ "$(wc -l <manifest.sha256)" -eq "$(wc -l <"$tmp/named")" ] || stop "manifest.sha256: form 格式"
sort -c "$tmp/named" 2>/dev/null || stop "manifest.sha256: order 次序"
if grep -q '\.\.' "$tmp/named"; then stop "manifest.sha256: a path leaves the folder 路径越界"; fi
{ cat "$tmp/named"; echo manifest.note; echo manifest.sha256; } | sort >"$tmp/wanted"
cmp -s "$tmp/found" "$tmp/wanted" ||
    stop "files and manifest differ 文件与清单不符: $(sort "$tmp/found" "$tmp/wanted" | uniq -u | head -n 3 | tr '\n' ' ')"
xargs openssl dgst -sha256 -r <"$tmp/named" 2>/dev/null | sed 's/ \*/  /' >"$tmp/digests"
cmp -s "$tmp/digests" manifest.sha256 ||
    stop "a file is not what the manifest says 文件与清单摘要不符: $(awk 'NR == FNR { said[$2] = $1; next } said[$2] != $1 { print $2; exit }' manifest.sha256 "$tmp/digests")"
grep -Ev '^(checkpoint|manifest\.(sha256|note)|verify\.(sh|html)|HOW-TO-VERIFY\.(zh|en)\.md|keys/log\.vkey|keys/[^/]+\.(pub|passkey)|statements/[^/]+\.(json|sig|webauthn)|certificates/[^/]+\.(json|pdf)|proofs/[^/]+\.tlog-proof|tile/.+)$' \
    "$tmp/found" >"$tmp/wrong" && stop "$(head -n 1 "$tmp/wrong"): no place for such a file 不应有此文件"
ok "$(wc -l <"$tmp/named" | tr -d ' ') files are as the manifest says 文件与清单一致"

# --- 2. The log's key, and its signature under the manifest and the checkpoint ---------------
[ "$(wc -l <keys/log.vkey)" -eq 1 ] || stop "keys/log.vkey: form 格式"
vkey=$(cat keys/log.vkey)
key_name=${vkey%%+*}
rest=${vkey#*+}
key_id=${rest%%+*}
unbase64 "${rest#*+}" "$tmp/key" || stop "keys/log.vkey: base64"
[ "$(bytes "$tmp/key")" -eq 33 ] && [ "$(hex "$tmp/key" | cut -c1-2)" = 01 ] || stop "keys/log.vkey: not Ed25519"
[ "$({ printf '%s\n' "$key_name"; cat "$tmp/key"; } | sha | cut -c1-8)" = "$key_id" ] || stop "keys/log.vkey: key id"
if [ -n "$trusted" ] && [ "$trusted" != "$vkey" ]; then
    stop "the log's key is not the one you trust 日志公钥并非所信任者"
fi
{ printf '\060\052\060\005\006\003\053\145\160\003\041\000'; tail -c 32 "$tmp/key"; } >"$tmp/key.der"
openssl pkey -pubin -inform DER -in "$tmp/key.der" -out "$tmp/key.pem" 2>/dev/null || stop "keys/log.vkey: key"

# Splits a note at its last empty line and checks the log's signature: $tmp/text is what is signed.
open_note() { # file, most signature lines
    [ "$(tail -c 1 "$1" | od -An -tx1 | tr -d ' ')" = 0a ] || stop "$1: form 格式"
    gap=$(awk '$0 == "" { gap = NR } END { print gap + 0 }' "$1")
    [ "$gap" -gt 1 ] || stop "$1: form 格式"
    sed "$gap,\$d" "$1" >"$tmp/text"
    sed "1,${gap}d" "$1" >"$tmp/lines"
    { cat "$tmp/text"; echo; cat "$tmp/lines"; } | cmp -s - "$1" || stop "$1: form 格式"
    count=$(wc -l <"$tmp/lines")
    [ "$count" -ge 1 ] && [ "$count" -le "$2" ] || stop "$1: signatures 签名数"
    awk -v name="$key_name" 'NF != 3 || $1 != "\342\200\224" || $0 != $1 " " $2 " " $3 { bad = 1 }
        $2 == name { print $3; mine++ } END { exit bad || mine != 1 }' "$tmp/lines" >"$tmp/mine" ||
        stop "$1: signature line 签名行"
    while IFS= read -r line; do
        unbase64 "${line##* }" "$tmp/other" || stop "$1: signature line 签名行"
    done <"$tmp/lines"
    unbase64 "$(cat "$tmp/mine")" "$tmp/signature" || stop "$1: signature 签名"
    [ "$(bytes "$tmp/signature")" -eq 68 ] || stop "$1: signature 签名"
    [ "$(hex "$tmp/signature" | cut -c1-8)" = "$key_id" ] || stop "$1: key id 公钥标识"
    tail -c 64 "$tmp/signature" >"$tmp/sig"
    signed "$tmp/key.pem" "$tmp/text" "$tmp/sig" || stop "$1: not signed by the log's key 签名不成立"
}

open_note manifest.note 1
origin=$(sed -n 2p "$tmp/text")
printf 'shanhou evidence manifest v1\n%s\n%s\n' "$origin" "$(sha manifest.sha256)" |
    cmp -s - "$tmp/text" || stop "manifest.note does not sign this manifest 清单签名不符"
ok "the manifest is signed by $key_name 清单签名成立"

open_note checkpoint 100
[ "$(sed -n 1p "$tmp/text")" = "$origin" ] || stop "checkpoint: another log 并非同一日志"
size=$(sed -n 2p "$tmp/text")
case $size in '' | 0* | *[!0-9]*) stop "checkpoint: size" ;; esac
[ ${#size} -le 9 ] || stop "checkpoint: size"
unbase64 "$(sed -n 3p "$tmp/text")" "$tmp/root" && [ "$(bytes "$tmp/root")" -eq 32 ] || stop "checkpoint: root"
root=$(hex "$tmp/root")
ok "the checkpoint is signed: $size entries of $origin 检查点签名成立"

# --- 3. The entries hash to the root, and every tile holds those hashes -----------------------
# Lines "level number width path" of every file a log of this size has.
awk -v size="$size" 'function path(n,   p) {
        p = sprintf("%03d", n % 1000)
        for (n = int(n / 1000); n; n = int(n / 1000)) p = sprintf("x%03d/%s", n % 1000, p)
        return p
    }
    function level(name, count,   i) {
        for (i = 0; i < int(count / 256); i++) print name, i, 256, "tile/" name "/" path(i)
        if (count % 256) print name, i, count % 256, "tile/" name "/" path(i) ".p/" count % 256
    }
    BEGIN {
        level("entries", size)
        for (l = 0; size; l++) { level(l, size); size = int(size / 256) }
    }' >"$tmp/tiles"
awk '{ print $4 }' "$tmp/tiles" | sort >"$tmp/wanted"
grep '^tile/' "$tmp/found" | cmp -s - "$tmp/wanted" || stop "tile: missing or stray files 日志文件缺失或多余"

# An entry becomes a file 0x00 || entry, a pair of hashes a file 0x01 || left || right; one
# openssl call then hashes them all.
mkdir "$tmp/leaf"
grep '^entries ' "$tmp/tiles" | while read -r _ _ width path; do
    od -An -v -tu1 "$path"
    echo "end $width"
done | awk '
    BEGIN { for (i = 0; i < 256; i++) octal[i] = sprintf("\\0%03o", i) }
    $1 == "end" { if (need || half || count != $2) { print "exit 1"; exit } count = 0; next }
    {
        for (i = 1; i <= NF; i++) {
            if (need) {
                if ($i < 32) { print "exit 1"; exit }
                text = text octal[$i + 0]
                if (--need == 0) done_one()
            } else if (half) { need = high * 256 + $i; half = 0; text = ""; if (!need) { print "exit 1"; exit } }
            else { high = $i; half = 1 }
        }
    }
    function done_one() {
        print "printf %b \047\\0000" text "\047 >" seq + 0 "; printf \047%b\\n\047 \047" text "\047 >&3"
        seq++; count++
    }' >"$tmp/split.sh"
(cd "$tmp/leaf" && sh "$tmp/split.sh" 3>"$tmp/entries") || stop "tile/entries: form 格式"
hash_files() { # folder count
    (cd "$1" && awk -v n="$2" 'BEGIN { for (i = 0; i < n; i++) print i }' |
        xargs openssl dgst -sha256 -r | awk '{ print $1 }')
}
hash_files "$tmp/leaf" "$size" >"$tmp/level.0" 2>/dev/null
[ "$(wc -l <"$tmp/level.0")" -eq "$size" ] || stop "tile/entries: count 条数"
[ "$(wc -l <"$tmp/entries")" -eq "$size" ] || stop "tile/entries: count 条数"

# Reads lines "left right", writes their parents' hashes in order. A last node without a partner
# goes up unchanged.
parents() {
    rm -rf "$tmp/node" && mkdir "$tmp/node"
    awk 'BEGIN { for (i = 0; i < 256; i++) octal[sprintf("%02x", i)] = sprintf("\\0%03o", i) }
        { both = $1 $2; text = "\\0001"
          for (i = 1; i < 128; i += 2) text = text octal[substr(both, i, 2)]
          print "printf %b \047" text "\047 >" NR - 1 }' >"$tmp/node.sh"
    (cd "$tmp/node" && sh "$tmp/node.sh")
    hash_files "$tmp/node" "$(wc -l <"$tmp/node.sh")"
}
level=0
count=$size
while [ "$count" -gt 1 ]; do
    awk 'NR % 2 { left = $1; next } { print left, $1 }' "$tmp/level.$level" >"$tmp/pairs"
    { parents <"$tmp/pairs"; [ $((count % 2)) -eq 0 ] || tail -n 1 "$tmp/level.$level"; } >"$tmp/level.$((level + 1))"
    level=$((level + 1))
    count=$(((count + 1) / 2))
done
grep -v '^entries ' "$tmp/tiles" | while read -r at number width path; do
    awk -v from=$((number * 256)) -v width="$width" \
        'NR > from && NR <= from + width { printf "%s", $1 }' "$tmp/level.$((at * 8))" >"$tmp/tile"
    [ "$(hex "$path")" = "$(cat "$tmp/tile")" ] || { echo "$path"; break; }
done >"$tmp/wrong"
[ ! -s "$tmp/wrong" ] || stop "$(cat "$tmp/wrong") holds other hashes 哈希不符"

# The root of the first m entries, for the final size and each size that a statement signed:
# fold the whole subtrees of m from right to left, all m side by side.
# Canonical JSON ends without a newline, which some tools need.
line_of() { cat "$1"; echo; }
statement_log() { # prints: origin root size
    line_of "$1" | sed -n 's/.*,"log":{"origin":"\([^"\\]*\)","root":"\([A-Za-z0-9+/=]*\)","size":\([1-9][0-9]*\)},"rehearsal":.*/\1 \2 \3/p'
}
grep '^statements/.*\.json$' "$tmp/found" >"$tmp/statements"
{ echo "$size"; while read -r file; do statement_log "$file"; done <"$tmp/statements" | awk '{ print $3 }'; } |
    sort -un | awk -v size="$size" '$1 <= size' >"$tmp/sizes"
i=0
while [ "$i" -le "$level" ]; do
    sed "s/^/$i /" "$tmp/level.$i"
    i=$((i + 1))
done | awk -v sizes="$tmp/sizes" '
    { node[$1, seen[$1]++] = $2 }
    END {
        while ((getline m <sizes) > 0) {
            line = m; rest = m; start = m; width = 1
            for (l = 0; rest; l++) {
                if (rest % 2) { start -= width; line = line " " node[l, start / width] }
                rest = int(rest / 2); width *= 2
            }
            print line
        }
    }' >"$tmp/peaks"
while awk 'NF > 2 { more = 1 } END { exit !more }' "$tmp/peaks"; do
    awk 'NF > 2 { print $3, $2 }' "$tmp/peaks" | parents >"$tmp/folded"
    awk -v folded="$tmp/folded" 'NF > 2 {
            getline hash <folded
            line = $1 " " hash
            for (i = 4; i <= NF; i++) line = line " " $i
            print line; next
        } { print }' "$tmp/peaks" >"$tmp/next"
    mv "$tmp/next" "$tmp/peaks"
done
root_of() { awk -v m="$1" '$1 == m { print $2 }' "$tmp/peaks"; }
[ "$(root_of "$size")" = "$root" ] || stop "the entries do not hash to the checkpoint's root 日志根不符"
awk '{ want = ",\"schema\":1,\"seq\":" NR - 1 ",\"subject\":["
       if (!index($0, want) || $0 !~ /^\{"act":"(collect|inventory|resolve|declare|bind|hold|disclose|review|amend|clean|quality|rules|plan|notice|answer|approve|transfer|receipt|withdraw|archive|anonymise|destroy|return|verify|document|certify|close|reveal|backup|export|finding|move)","actor":"/) exit 1
     }' "$tmp/entries" || stop "tile/entries: an entry is out of form or order 条目格式或次序"
ok "$size entries hash to the signed root, every tile agrees 日志条目与已签名的根一致"

# --- 4. What people signed: their keys, their words, the state of the log they saw -------------
digest_of() { awk -v path="$1" '$2 == path { print $1 }' manifest.sha256; }
# The line number of the first entry (matching a pattern) that names a file with its digest.
logged() { # file [start of entry]
    grep -nF "{\"name\":\"$1\",\"sha256\":\"$(digest_of "$1")\"}" "$tmp/entries" |
        awk -F: -v start="${2:-}" '{ line = substr($0, length($1) + 2) } index(line, start) == 1 { print $1; exit }'
}
fact_of() { # name statement: the text of a fact
    line_of "$2" | sed -n "s/.*,\"facts\":{\(.*\)},\"kind\":\".*/,\1,/p" |
        sed -n "s/.*,\"$1\":\"\([^\"\\\\]*\)\",.*/\1/p"
}
# A passkey's signature (W3C Web Authentication Level 2, 5.8.1.2 and 7.2): the challenge is the
# statement's digest, the page's host is the passkey's, the person was there and was verified.
# Prints what does not hold and returns 0 only if all of it does.
not_asserted() { # statement passkey assertion
    [ "$(bytes "$2")" -le 8192 ] && [ "$(bytes "$3")" -le 8192 ] || { echo "form 格式"; return 1; }
    set -- "$1" "$2" "$3" "$(line_of "$2" | sed -n 's/^{"algorithm":"\([A-Za-z0-9]*\)","public_key":"[A-Za-z0-9+/=]*","rp_id":"[a-z0-9.-]*","schema":1}$/\1/p')"
    rp_id=$(line_of "$2" | sed -n 's/.*,"rp_id":"\([a-z0-9][a-z0-9.-]*\)",.*/\1/p')
    unbase64 "$(line_of "$2" | sed -n 's/.*,"public_key":"\([^"]*\)".*/\1/p')" "$tmp/passkey.der" || return 1
    public=$(hex "$tmp/passkey.der")
    width=$(bytes "$tmp/passkey.der")
    case $4,$width,$public in
        ES256,91,3059301306072a8648ce3d020106082a8648ce3d03010703420004*) ;;
        EdDSA,44,302a300506032b6570032100*) ;;
        RS256,*,3082????300d06092a864886f70d01010105000382*) [ "$width" -ge 292 ] && [ "$width" -le 1062 ] || { echo "passkey 通行密钥格式"; return 1; } ;;
        *) echo "passkey 通行密钥格式"; return 1 ;;
    esac
    openssl pkey -pubin -inform DER -in "$tmp/passkey.der" -out "$tmp/passkey.pem" 2>/dev/null || { echo "passkey 通行密钥格式"; return 1; }
    [ "$(line_of "$3" | sed 's/^{"authenticator_data":"[A-Za-z0-9+/=]*","client_data":"[A-Za-z0-9+/=]*","schema":1,"signature":"[A-Za-z0-9+/=]*"}$/form/')" = form ] || { echo "form 格式"; return 1; }
    for part in authenticator_data client_data signature; do
        unbase64 "$(line_of "$3" | sed -n "s/.*\"$part\":\"\([^\"]*\)\".*/\1/p")" "$tmp/$part" || { echo "base64"; return 1; }
    done
    openssl dgst -sha256 -binary -out "$tmp/challenge" "$1"
    challenge=$(openssl base64 -A -in "$tmp/challenge" | tr '+/' '-_' | tr -d '=')
    origin=$(fact_of web_origin "$1")
    printf '{"type":"webauthn.get","challenge":"%s","origin":' "$challenge" >"$tmp/head"
    start_of() { dd if="$2" bs=1 count="$(bytes "$1")" 2>/dev/null | cmp -s - "$1"; }
    start_of "$tmp/head" "$tmp/client_data" || { echo "challenge: another statement 挑战值并非本声明摘要"; return 1; }
    printf '"%s","crossOrigin":false' "$origin" >>"$tmp/head"
    start_of "$tmp/head" "$tmp/client_data" || { echo "origin 页面来源不符"; return 1; }
    case $(dd if="$tmp/client_data" bs=1 skip="$(bytes "$tmp/head")" count=1 2>/dev/null) in
        '}' | ',') ;;
        *) echo "origin 页面来源不符"; return 1 ;;
    esac
    host=$(printf '%s\n' "$origin" | sed -n -e 's#^https\{0,1\}://\([a-z0-9.-]*\)$#\1#p' \
        -e 's#^https\{0,1\}://\([a-z0-9.-]*\):[0-9]\{1,5\}$#\1#p')
    [ ${#host} -le 253 ] || { echo "origin 页面来源不符"; return 1; }
    case $host in
        '' | [.-]* | *[.-]) echo "origin 页面来源不符"; return 1 ;;
        "$rp_id" | *".$rp_id") ;;
        *) echo "origin 页面来源不符"; return 1 ;;
    esac
    [ "$(bytes "$tmp/authenticator_data")" -ge 37 ] &&
        [ "$(hex "$tmp/authenticator_data" | cut -c1-64)" = "$(printf %s "$rp_id" | sha)" ] || { echo "rp-id 网站不符"; return 1; }
    flags=$(od -An -v -tu1 -j 32 -N 1 "$tmp/authenticator_data" | tr -d ' ')
    [ $((flags % 2)) -eq 1 ] || { echo "user-present 本人未在场"; return 1; }
    [ $((flags / 4 % 2)) -eq 1 ] || { echo "user-verified 未验证本人"; return 1; }
    openssl dgst -sha256 -binary -out "$tmp/client_hash" "$tmp/client_data"
    cat "$tmp/authenticator_data" "$tmp/client_hash" >"$tmp/asserted"
    if [ "$4" = EdDSA ]; then
        signed "$tmp/passkey.pem" "$tmp/asserted" "$tmp/signature"
    else
        openssl dgst -sha256 -verify "$tmp/passkey.pem" -signature "$tmp/signature" "$tmp/asserted" >/dev/null 2>&1
    fi || { echo "signature 签名不成立"; return 1; }
}
# What entries and statements name must be here as they name it.
subjects() { # lines of canonical JSON to lines "digest path"
    sed 's/.*,"subject":\[//' | tr '}' '\n' |
        sed -n 's/.*{"name":"\([A-Za-z0-9][A-Za-z0-9._/-]*\)","sha256":"\([0-9a-f]*\)"$/\2 \1/p'
}
while read -r file; do line_of "$file"; done <"$tmp/statements" | subjects >"$tmp/claims"
subjects <"$tmp/entries" | grep -E '^[0-9a-f]* (statements|certificates|keys)/' >"$tmp/must"
awk 'NR == FNR { said[$2] = $1; next } ($2 in said) && said[$2] != $1 { print $2; exit }' \
    manifest.sha256 "$tmp/claims" >"$tmp/wrong"
[ ! -s "$tmp/wrong" ] || stop "$(cat "$tmp/wrong"): a statement signs another digest 声明所签摘要不符"
awk 'NR == FNR { said[$2] = $1; next } said[$2] != $1 { print $2; exit }' manifest.sha256 "$tmp/must" >"$tmp/wrong"
[ ! -s "$tmp/wrong" ] || stop "$(cat "$tmp/wrong"): the log names it, here it is not so 日志所记与此处不符"
while read -r file; do
    by=$(sed -n 's/^{"at":"[0-9TZ:-]*","by":"\([A-Za-z0-9][A-Za-z0-9._-]*\)","case":".*/\1/p' "$file")
    if grep -qF '"means":"passkey"' "$file"; then
        mark=$(fact_of passkey "$file")
        printf '%s\n' "$mark" | grep -Eq '^[0-9a-f]{20}$' &&
            [ "$(line_of "$file" | sed 's/.*,"subject":\[//' | tr '}' '\n' | grep -c '\.passkey","sha256":"')" -eq 1 ] ||
            { echo "$file: no such signer 签署人不明"; break; }
        key="keys/$by.$mark.passkey"
        beside="${file%.json}.webauthn"
    else
        key="keys/$by.pub"
        beside="${file%.json}.sig"
    fi
    [ -n "$by" ] && [ -f "$key" ] || { echo "$file: no such signer 签署人不明"; break; }
    [ -f "$beside" ] || { echo "$file: signature 签名不成立"; break; }
    case $beside in
        *.sig) signed "$key" "$file" "$beside" || { echo "$file: signature 签名不成立"; break; } ;;
        *)
            grep -qF '"kind":"approval"' "$file" && grep -qF "{\"name\":\"$key\",\"sha256\":\"$(digest_of "$key")\"}" "$file" ||
                { echo "$file: no such signer 签署人不明"; break; }
            why=$(not_asserted "$file" "$key" "$beside") || { echo "$file: $why"; break; }
            ;;
    esac
    set -- $(statement_log "$file")
    [ $# -eq 3 ] && [ "$1" = "$origin" ] || { echo "$file: another log 并非同一日志"; break; }
    unbase64 "$2" "$tmp/root" || { echo "$file: root"; break; }
    [ "$(root_of "$3")" = "$(hex "$tmp/root")" ] ||
        { echo "$file: signed another history of the log 所签日志历史不符"; break; }
    line=$(logged "$file")
    [ -n "$line" ] && [ "$line" -gt "$3" ] || { echo "$file: not logged 未入日志"; break; }
    key_line=$(logged "$key")
    [ -n "$key_line" ] && [ "$key_line" -le "$line" ] || { echo "$key: not logged 公钥未入日志"; break; }
done <"$tmp/statements" >"$tmp/wrong"
[ ! -s "$tmp/wrong" ] || stop "$(cat "$tmp/wrong")"
sed -n -e 's/^\(statements\/.*\)\.sig$/\1.json/p' -e 's/^\(statements\/.*\)\.webauthn$/\1.json/p' "$tmp/found" | sort | cmp -s - "$tmp/statements" ||
    stop "statements: a signature without its statement 签名与声明不成对"
ok "$(wc -l <"$tmp/statements" | tr -d ' ') statements are signed and bind the log's history 签署成立且绑定日志历史"

# --- 5. Certificates and their proofs -----------------------------------------------------------
grep '^certificates/' "$tmp/found" | while read -r file; do
    [ -f "${file%.*}.json" ] && [ -f "${file%.*}.pdf" ] && [ -f "proofs/$(basename "${file%.*}").tlog-proof" ] || { echo "$file: half of a certificate 证明不成对"; break; }
    [ -n "$(logged "$file" '{"act":"certify",')" ] || { echo "$file: not logged 未入日志"; break; }
    name="{\"name\":\"$file\",\"sha256\":\"$(digest_of "$file")\"}"
    xargs grep -hF "$name" /dev/null <"$tmp/statements" | grep -qF '"kind":"certificate"' ||
        { echo "$file: not signed 未签署"; break; }
done >"$tmp/wrong"
[ ! -s "$tmp/wrong" ] || stop "$(cat "$tmp/wrong")"
ok "$(grep -c '^certificates/.*\.json$' "$tmp/found") certificates are signed and in the log 证明已签署并入日志"

# The one proof that can be right for an entry, made from the hashes found above (C2SP tlog-proof).
proof_of() { # index
    echo "c2sp.org/tlog-proof@v1"
    echo "index $1"
    awk -v index_="$1" -v levels="$level" -v tmp="$tmp" '
        function base64(hex,   out, i, n) {
            out = ""
            for (i = 1; i <= 64; i += 3) {  # three hexadecimal digits are two signs
                n = value[substr(hex, i, 1)] * 256 + value[substr(hex, i + 1, 1)] * 16 + value[substr(hex, i + 2, 1)]
                out = out substr(signs, int(n / 64) + 1, 1) (i < 64 ? substr(signs, n % 64 + 1, 1) : "")
            }
            return out "="
        }
        BEGIN {
            signs = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
            for (i = 0; i < 16; i++) value[sprintf("%x", i)] = i
            place = index_
            for (l = 0; l < levels; l++) {
                sibling = place % 2 ? place - 1 : place + 1
                n = 0
                while ((getline hash <(tmp "/level." l)) > 0) if (n++ == sibling) print base64(hash)
                place = int(place / 2)
            }
        }'
    echo
    cat checkpoint
}
grep '^proofs/' "$tmp/found" | while read -r file; do
    name=${file#proofs/}
    line=$(logged "certificates/${name%.tlog-proof}.json" '{"act":"certify",')
    [ -n "$line" ] && proof_of $((line - 1)) | cmp -s - "$file" || { echo "$file: no proof 证明路径不成立"; break; }
done >"$tmp/wrong"
[ ! -s "$tmp/wrong" ] || stop "$(cat "$tmp/wrong")"
ok "$(grep -c '^proofs/' "$tmp/found") proofs lead to the signed root 证明路径成立"
if grep -q '"rehearsal":true,"schema"' "$tmp/entries"; then echo "note  REHEARSAL 演练"; fi
if [ -n "$trusted" ]; then
    ok "the log's key is the one you trust 日志公钥即所信任者"
else
    echo "note  compare this key with the one you were given 请与另行取得的公钥核对:"
    echo "      $vkey"
fi
echo "Everything in this folder verifies. 核验通过。"
