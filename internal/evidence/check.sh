#!/bin/sh
# Checks this bundle with sha256sum (or shasum) and xxd: sh check.sh
cd "$(dirname "$0")" || exit 1

sums() {
	if command -v sha256sum >/dev/null; then sha256sum "$@"; else shasum -a 256 "$@"; fi
}

sums -c SHA256SUMS || exit 1

# Each line of the journal closes with the SHA-256 of the value before it, as
# 32 bytes, and of its own text up to there.
value=
number=0
while IFS= read -r line; do
	number=$((number + 1))
	text=${line%,\"chain\":*}
	value=$({ printf %s "$value" | xxd -r -p; printf %s "$text"; } | sums | cut -d ' ' -f 1)
	if [ "$line" != "$text,\"chain\":\"$value\"}" ]; then
		echo "journal.jsonl: line $number does not follow from the lines before it"
		exit 1
	fi
done <journal.jsonl
echo "journal.jsonl: $number lines, chain $value"
