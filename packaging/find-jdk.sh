# Sourced by the launcher and by check. Sets JDK to a JDK 25, or says how to get one.

jdk_is_25() {
    [ -x "$1/bin/javac" ] && [ -f "$1/release" ] && grep -q '^JAVA_VERSION="25[."]' "$1/release"
}

find_jdk() {
    for candidate in "${WAYBILL_JAVA:-}" "${JAVA_HOME:-}" /usr/lib/jvm/* /opt/*jdk*25* /opt/java/* \
        "$HOME"/.sdkman/candidates/java/25* "$HOME"/.jdks/*25* \
        /Library/Java/JavaVirtualMachines/*/Contents/Home; do
        if [ -n "$candidate" ] && jdk_is_25 "$candidate"; then
            JDK=$candidate
            return 0
        fi
    done
    javac=$(command -v javac 2>/dev/null) && javac=$(readlink -f "$javac" 2>/dev/null || echo "$javac") &&
        JDK=$(dirname "$(dirname "$javac")") && jdk_is_25 "$JDK" && return 0
    echo "waybill: error: no JDK 25 was found" >&2
    echo "hint: install one (Debian: apt install temurin-25-jdk or openjdk-25-jdk) or name it: WAYBILL_JAVA=/path/to/jdk-25" >&2
    return 1
}
