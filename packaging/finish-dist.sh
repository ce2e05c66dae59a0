#!/bin/sh
# Called by Maven when the jars of the distribution are in place: packaging/finish-dist.sh DIST
# Writes the class path in a fixed order and trains the start-up cache.
set -eu
dist=$1
. "$(dirname "$0")/find-jdk.sh"
find_jdk
{
    printf -- '-cp\n"'
    separator=
    for jar in "$dist"/lib/*.jar; do
        printf '%s%s' "$separator" "$jar"
        separator=:
    done
    printf '"\n'
} >"$dist/classpath.args"
# The cache more than halves the start; without it everything works all the same.
rm -f "$dist/waybill.aot"
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
train() {
    "$JDK/bin/java" -XX:+UseSerialGC --enable-native-access=ALL-UNNAMED -XX:AOTCacheOutput="$dist/waybill.aot" \
        "@$dist/classpath.args" "$@" >"$stage/log" 2>&1
}
# It holds the classes, and what is called how: services are warm after half the deliveries. The launcher has short commands not
# look at the second.
# Where there is no loopback to rehearse on, what every command takes is better than nothing.
train waybill.cli.Rehearsal "$stage" || train waybill.cli.Main help send || rm -f "$dist/waybill.aot"
touch "$dist/built"
