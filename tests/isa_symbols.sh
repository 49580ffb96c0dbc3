#!/bin/bash
# The CPU kernels compiled for AVX2 and AVX-512 may define nothing that the linker could give to other code: every
# symbol that other objects can see must lie in the pass's own namespace. (An inline function of the standard library,
# compiled for AVX-512 and chosen by the linker for everyone, would be an illegal instruction on older processors.)
set -eu
build=$1
bad=0
for isa in baseline avx2 avx512; do
    objects=$(find "$build" -path "*adjoint_$isa.dir*" -name '*.o')
    [ -n "$objects" ] || { echo "no objects of the $isa pass under $build"; exit 1; }
    # Sanitizer runs add their own helpers.
    found=$(nm -C --defined-only --extern-only $objects | grep -E ' [A-Za-z] ' | grep -v "adjoint::isa_$isa::" |
            grep -vE ' (__odr_asan|DW\.ref)' || true)
    if [ -n "$found" ]; then
        echo "symbols outside adjoint::isa_$isa in the $isa pass:"
        echo "$found" | sort -u | head -20
        bad=1
    fi
done
exit $bad
