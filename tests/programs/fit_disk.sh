#!/bin/bash
# adjoint fit when the disk is full or goes bad: exit code 6, one sentence, and what was there stays.
. "$(dirname "$0")/expect.sh"
"$adjoint" simulate head --size 32 -o head.png || fault "simulate"
fit=(--steps 20 --width 64 --depth 2 --checkpoint-every 5 --quiet)

expect 0 '' "$adjoint" fit head.png --run run "${fit[@]}"
cp -r run before

# A limit on the size of files: too small for the checkpoint, large enough for everything else.
limited() { (ulimit -f 16; trap '' XFSZ; exec "$@"); }
expect 6 'writing .*run/(last|best).safetensors' limited "$adjoint" fit --resume run --steps 40 --quiet
for file in last.safetensors best.safetensors fitted.png config.toml; do
    [ "$file" = config.toml ] || same before/$file run/$file
done
holds "temporary files are left: $(ls run)" bash -c '! ls run/*.tmp* 2>/dev/null'
expect 0 '' "$adjoint" fit --resume run --steps 40 --quiet
"$adjoint" fit head.png --run straight "${fit[@]}" --steps 40
same straight/last.safetensors run/last.safetensors

# A real full disk, where this user may mount one.
mkdir disk
if mount -t tmpfs -o size=256k none disk 2>/dev/null; then
    trap 'umount "$scratch/disk" 2>/dev/null; rm -rf "$scratch"' EXIT
    expect 6 'No space left on device' \
        "$adjoint" fit head.png --run disk/run "${fit[@]}" --steps 2000 --checkpoint-every 1 --draw-every 1
    if [ -e disk/run/last.safetensors ]; then expect 0 'net.0' "$adjoint" inspect disk/run/last.safetensors; fi
    umount disk
fi

summary
