#!/bin/bash
# The program's frame: help, version, unknown commands and options, devices that are not there, a closed output.
. "$(dirname "$0")/expect.sh"

expect 0 '^adjoint [0-9]+\.[0-9]+\.[0-9]+' "$adjoint" --version
expect 0 'Usage: adjoint' "$adjoint" --help
expect 2 'a command is missing; the commands are' "$adjoint"
expect 2 'adjoint fot: there is no such command; the commands are .*selftest' "$adjoint" fot
expect 2 'see `adjoint' "$adjoint" --lost
expect 2 'adjoint selftest: .*--lost' "$adjoint" selftest --lost

for command in $("$adjoint" --help | sed -n '/^Subcommands:/,/^$/ s/^  \([a-z]*\) .*/\1/p'); do
    expect 0 '' "$adjoint" "$command" --help
done

expect 0 '^matmul|^add' "$adjoint" bench --list
expect 0 ' [1-9][0-9]* good, 0 wrong' "$adjoint" selftest --operation add
expect 2 "operation 'ad': there is none of this name" "$adjoint" selftest --operation ad
expect 2 "device 'gpu': there is no device of this name; choose cpu" "$adjoint" selftest --device gpu
expect 7 'device cuda: ' env CUDA_VISIBLE_DEVICES= "$adjoint" selftest --device cuda
for option in '--seed -1' '--seed 18446744073709551616' '--step -1' '--data-range 0'; do
    # shellcheck disable=SC2086
    expect 2 "adjoint loss: ${option% *}: Value" "$adjoint" loss l2 a.png b.png $option
done
expect 2 '--data-range nan: it is not a number' "$adjoint" loss psnr a.png b.png --data-range nan
expect 2 "adjoint simulate: --seed: Value -1" "$adjoint" simulate head -o head.png --seed -1
expect 2 "adjoint simulate: --seed: Value -1" "$adjoint" simulate mri -o kspace.npy --seed -1
expect 6 'the standard output' bash -c '"$0" bench --list >/dev/full' "$adjoint"
summary
