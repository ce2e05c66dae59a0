# Sourced by the launcher. Builds the distribution under $dist if the sources are newer than it.

is_fresh() {
    [ -f "$dist/built" ] && [ -z "$(find "$home/pom.xml" "$home"/*/pom.xml "$home"/protocol/src/main "$home"/hop/src/main \
        "$home"/node/src/main "$home"/backend/src/main "$home"/cli/src/main -newer "$dist/built" -type f -print 2>/dev/null | head -n 1)" ]
}

build_if_stale() {
    is_fresh && return 0
    command -v mvn >/dev/null 2>&1 || {
        echo "waybill: error: Maven was not found, and the program has not been built yet" >&2
        echo "hint: apt install maven" >&2
        return 1
    }
    mkdir -p "$home/.waybill"
    # One build at a time: a second launcher waits for the first one's.
    if command -v flock >/dev/null 2>&1; then
        exec 9>"$home/.waybill/build.lock"
        flock 9
        is_fresh && { exec 9>&-; return 0; }
    fi
    echo "waybill: building on first use, which takes a minute or two ..." >&2
    log=$home/.waybill/build.log
    # A second try: a registry's passing fault should not greet a newcomer.
    build >"$log" 2>&1 || build >>"$log" 2>&1 || {
        grep -E '^\[ERROR\]' "$log" | head -n 10 >&2
        echo "waybill: error: the build failed" >&2
        echo "hint: the whole log is in $log" >&2
        return 1
    }
    exec 9>&- 2>/dev/null || true
}

build() {
    rm -rf "$dist"
    (cd "$home" && JAVA_HOME=$JDK MAVEN_OPTS="${MAVEN_OPTS:-} --sun-misc-unsafe-memory-access=allow" \
        mvn -B -q -ntp package -pl cli -am -Dmaven.test.skip=true -Dlint=off) && [ -f "$dist/built" ]
}
