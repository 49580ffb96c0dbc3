#!/bin/bash
# The test of the tests of CUDA kernels, for the night: deletes each barrier, fence and wait in kernels/**, one at a time,
# and runs the operations that use it on the emulated device under the thread sanitizer. A deletion that nothing notices
# means that a test is missing (often one with three or more steps of a loop), or that the barrier is not needed.
#
#   tests/emulator/mutate_barriers.sh [TEXT]    only places whose "file:line" contains TEXT
#
# Works on a copy of the sources in build-mutants/. Ends with 0 when every deletion was noticed.
set -eu
cd "$(dirname "$0")/../.."
only=${1:-}
copy=$PWD/build-mutants
jobs=$(nproc)
barrier='__syncthreads\(\);|__syncwarp\([^)]*\);|__threadfence(_block)?\(\);|cp_async_wait<[0-9]+>\(\);|named_barrier_(sync|arrive)\([^;]*\);'

# The copy: files that git knows or would know. Unchanged ones keep their time, so that a second run builds little.
mkdir -p "$copy"
git ls-files -z --cached --others --exclude-standard | while IFS= read -r -d '' f; do
    [ ! -f "$f" ] && continue
    cmp -s "$f" "$copy/$f" && continue
    mkdir -p "$copy/$(dirname "$f")"
    cp -p "$f" "$copy/$f"
done
cd "$copy"

build() { ninja -C build -j "$jobs" adjoint_tests >build.log 2>&1; }

# notices OPERATION…: runs each operation's battery on the emulated device; true as soon as one fails.
notices() {
    local op
    for op in "$@"; do
        ADJOINT_BATTERY_ONLY=$op ADJOINT_BATTERY_SMALL=1 ADJOINT_THREADS=1 TSAN_OPTIONS=halt_on_error=1:atexit_sleep_ms=0 \
            timeout 300 build/tests/adjoint_tests --test-suite=battery '--test-case=*on emulated' >run.log 2>&1 || return 0
    done
    return 1
}

# operations_of FILE: the names of the operations whose files include FILE, directly or through other headers.
operations_of() {
    local files=$1 grown f
    while :; do
        grown=$files
        for f in $files; do
            grown="$grown $(grep -rlF "#include \"$f\"" kernels || true)"
        done
        grown=$(printf '%s\n' $grown | sort -u)
        [ "$grown" = "$files" ] && break
        files=$grown
    done
    sed -nE 's/^ADJOINT_OPERATION\(([a-z0-9_]+)\).*/\1/p' $(grep '\.cu$' <<<"$files") /dev/null | sort -u
}

launcher=$(command -v ccache || true)
cmake -S . -B build -G Ninja -DADJOINT_EMULATED=ON -DADJOINT_SANITIZE_KERNELS=thread -DADJOINT_TOOLS=OFF \
      ${launcher:+-DCMAKE_CXX_COMPILER_LAUNCHER=$launcher} >/dev/null
build || { tail -30 build.log; exit 2; }

places=$(grep -rnE "$barrier" kernels --include='*.cu' --include='*.h' | cut -d: -f1,2 | sort -t: -k1,1 -k2,2n |
         grep -F -- "$only") || { echo "no barrier matches '$only'"; exit 2; }
files=$(cut -d: -f1 <<<"$places" | sort -u)
operations=$(for f in $files; do operations_of "$f"; done | sort -u)
echo "$(wc -l <<<"$places") barriers; operations: $(echo $operations)"
if notices $operations; then
    echo "the kernels as they are do not pass:"
    tail -40 run.log
    exit 2
fi

noticed=0 missed=0
for place in $places; do
    file=${place%:*} line=${place#*:}
    users=$(operations_of "$file")
    if [ -z "$users" ]; then
        echo "NOT TESTED  $place: no operation uses this file"
        missed=$((missed + 1))
        continue
    fi
    cp -p "$file" original
    sed -i -E "${line}s/$barrier/;/" "$file"
    cmp -s "$file" original && { echo "line $line of $file was not changed"; exit 2; }
    build || { tail -30 build.log; exit 2; }
    if notices $users; then
        how=$(grep -oE 'ThreadSanitizer: [a-z ]+|deadlock|divergent|expected [^ ]*' run.log | head -1 || true)
        echo "noticed     $place  (${how:-the battery failed})"
        noticed=$((noticed + 1))
    else
        echo "MISSED      $place: $(sed -n "${line}p" original | sed 's/^ *//')"
        missed=$((missed + 1))
    fi
    cp "original" "$file"
done
build
echo "$noticed noticed, $missed missed"
[ "$missed" = 0 ]
