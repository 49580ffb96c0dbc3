#!/bin/bash
# Kernels run on a real GPU and on the emulated one from the same text, so they may use only what engine/gpu.h provides in
# both. This checks the files under kernels/ (or the folder given) and, first, that each rule catches a breach of it.
set -eu
cd "$(dirname "$0")/../.."

# A rule: what is forbidden (an extended regular expression), then what to write instead.
rules=(
    '<<<'                                              'gpu::launch(kernel, grid, block, shared_bytes, stream, …)'
    '(^|[^_[:alnum:]])__shared__([^_[:alnum:]]|$)'     'GPU_SHARED(name, type) or GPU_DYN_SHARED(type, name)'
    '#[[:space:]]*pragma[[:space:]]+unroll'            'GPU_UNROLL'
    '__CUDA_ARCH__'                                    'GPU_ARCH_AT_LEAST(n)'
    '#[[:space:]]*include[[:space:]]*[<"]cuda_(runtime|fp16|bf16)' '#include "engine/gpu.h"'
    '#[[:space:]]*include[[:space:]]*[<"]cooperative_groups'       'the warp and block functions themselves'
    '(cp\.async|ldmatrix\.|mma\.sync|bar\.sync|shfl\.sync)'        'a wrapper in engine/gpu.h, with its emulation'
)
breaches=(
    'sum<<<grid, block>>>(x);'
    '    __shared__ float tile[16];'
    '#pragma unroll 4'
    '#if __CUDA_ARCH__ >= 800'
    '#include <cuda_fp16.h>'
    '#include <cooperative_groups.h>'
    '    asm volatile("mma.sync.aligned.m16n8k16.row.col ...");'
)

# lint FOLDER: prints the breaches, and returns 1 when there is one. Comments (// to the end of the line) are not code.
lint() {
    local found=0 i hits code
    code=$(find "$1" -type f \( -name '*.cu' -o -name '*.h' \) -exec \
           awk '{ sub(/\/\/.*/, ""); print FILENAME ":" FNR ": " $0 }' {} +)
    [ -n "$code" ] || { echo "no kernel files in $1"; return 1; }
    for ((i = 0; i < ${#rules[@]}; i += 2)); do
        hits=$(grep -E "${rules[i]}" <<<"$code") || continue
        found=1
        printf '%s\n    write %s\n' "$hits" "${rules[i + 1]}"
    done
    return $found
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for ((i = 0; i < ${#breaches[@]}; ++i)); do
    echo "${breaches[i]}" >"$work/kernel.cu"
    if lint "$work" >/dev/null; then
        echo "the check lets this pass: ${breaches[i]}"
        exit 1
    fi
done
echo '    tile[0] = 1;  // not __shared__, not <<<' >"$work/kernel.cu"
lint "$work" || { echo "the check stops at a comment"; exit 1; }

lint "${1:-kernels}"
