# What the tests of the program share. A test is a script that is called with the path of the program, includes this
# file, makes its expectations and ends with `summary`, whose last line tools/test counts.
set -u
adjoint=$(realpath "$1")
here=$(cd "$(dirname "$0")" && pwd)
scratch=$(mktemp -d)
trap 'chmod -R u+rwx "$scratch" 2>/dev/null; rm -rf "$scratch"' EXIT
cd "$scratch" || exit 1
passed=0 failed=0

pass() { passed=$((passed + 1)); }
fault() { failed=$((failed + 1)); echo "FAIL: $*"; }

# expect CODE SENTENCE COMMAND…: the command ends with the exit code, and SENTENCE (an extended regular expression)
# stands in what it prints. An exit code other than 0 must come with exactly one line that starts with "error: ", and
# never with the traces of a crash.
expect() {
    local code=$1 sentence=$2 output actual
    shift 2
    output=$("$@" 2>&1 </dev/null)
    actual=$?
    if [ "$actual" != "$code" ]; then
        fault "exit code $actual instead of $code: $*"; echo "$output" | tail -5; return
    fi
    if ! grep -qE -e "$sentence" <<<"$output"; then
        fault "no sentence '$sentence': $*"; echo "$output" | tail -5; return
    fi
    if [ "$code" != 0 ] && [ "$code" != 130 ] && [ "$(grep -c '^error: ' <<<"$output")" != 1 ]; then
        fault "not exactly one line 'error: …': $*"; echo "$output" | tail -5; return
    fi
    if grep -qE 'terminate called|Assertion|Segmentation|core dumped|std::|runtime error|Sanitizer' <<<"$output"; then
        fault "traces of a crash: $*"; echo "$output" | tail -20; return
    fi
    pass
}

# same A B: two files hold the same bytes.
same() {
    if cmp "$1" "$2"; then pass; else fault "$1 and $2 differ"; fi
}

# holds DESCRIPTION COMMAND…: the command succeeds.
holds() {
    local what=$1
    shift
    if "$@"; then pass; else fault "$what"; fi
}

summary() {
    echo "$passed passed, $failed failed"
    [ "$failed" = 0 ] && [ "$passed" -gt 0 ]
    exit
}

# npy TYPE SHAPE BYTES: the text of a NumPy array file; BYTES are printf escapes.  npy '<f4' '(1, 2)'
# '\0\0\200\077\0\0\0\0'
npy() {
    local header="{'descr': '$1', 'fortran_order': False, 'shape': $2, }" length
    length=$((10 + ${#header} + 1))
    length=$((${#header} + 1 + (64 - length % 64) % 64))
    # shellcheck disable=SC2059
    printf "\\x93NUMPY\\x01\\x00\\x$(printf %02x $((length % 256)))\\x$(printf %02x $((length / 256)))"
    printf '%-*s\n' $((length - 1)) "$header"
    # shellcheck disable=SC2059
    printf "$3"
}
zeros() { head -c "$1" /dev/zero; }
# same_run A B: two run folders of `adjoint train` hold the same bytes in all that is the run's result.
same_run() {
    local file
    for file in metrics.csv last.safetensors best.safetensors scores.csv masks.safetensors curves.svg pictures; do
        if diff -r "$1/$file" "$2/$file"; then pass; else fault "$1/$file and $2/$file differ"; fi
    done
}
