#!/bin/bash
# adjoint fit does what it says: the picture becomes the image, the run folder is complete, every kind of input is read,
# the model renders at any size, and the ways of giving settings agree.
. "$(dirname "$0")/expect.sh"
"$adjoint" simulate head --size 64 -o head.png || fault "simulate"

expect 0 '^out.png$' "$adjoint" fit head.png --run run --steps 150 --width 64 --depth 2 --lr 5e-4 -o out.png --log lines
for file in config.toml metrics.csv last.safetensors best.safetensors fitted.png error.png overview.png curves.svg manifest.json \
            pictures/step_000000.png pictures/step_000100.png pictures/step_000150.png; do
    holds "run/$file is missing" [ -s run/$file ]
done
column() { awk -F, -v name="$2" 'NR == 1 { for (i = 1; i <= NF; ++i) if ($i == name) c = i } END { print $c }' "$1"; }
psnr=$(column run/metrics.csv psnr)
holds "psnr is only '$psnr'" awk -v p="$psnr" 'BEGIN { exit !(p > 24) }'
holds "no ssim" awk -v s="$(column run/metrics.csv ssim)" 'BEGIN { exit !(s > 0.5 && s <= 1) }'
holds "no seconds" awk -v s="$(column run/metrics.csv seconds)" 'BEGIN { exit !(s > 0) }'
holds "no memory" awk -v s="$(column run/metrics.csv memory_mb)" 'BEGIN { exit !(s > 0.5) }'
holds "the manifest does not say done" grep -q '"status": "done"' run/manifest.json
holds "the manifest has no hash of the input" grep -q "$(sha256sum head.png | cut -d' ' -f1)" run/manifest.json
same out.png run/fitted.png
expect 0 '^psnr' "$adjoint" loss psnr out.png head.png

# The saved model renders the same picture, a larger one, and numbers.
expect 0 'again.png' "$adjoint" fit --model run/last.safetensors -o again.png
same again.png run/fitted.png
expect 0 'large.png' "$adjoint" fit --model run/last.safetensors --scale 4 -o large.png
expect 0 '256' "$adjoint" inspect large.png
expect 0 'values.npy' "$adjoint" fit --model run/last.safetensors --scale 1.5 -o values.npy
expect 0 '96' "$adjoint" inspect values.npy
expect 2 'no output is given' "$adjoint" fit --model run/last.safetensors
expect 3 'missing.safetensors' "$adjoint" fit --model missing.safetensors -o x.png
expect 3 'head.png' "$adjoint" fit --model head.png -o x.png

# A file, --set and options say the same thing.
printf '[training]\nsteps = 7\n[model]\nwidth = 16\ndepth = 1\n' >settings.toml
"$adjoint" fit head.png --run by_file -c settings.toml --quiet
"$adjoint" fit head.png --run by_set --set training.steps=7 --set model.width=16 --set model.depth=1 --quiet
"$adjoint" fit head.png --run by_option --steps 7 --width 16 --depth 1 --quiet
"$adjoint" fit --run by_resolved -c by_file/config.toml --quiet
for run in by_set by_option by_resolved; do
    same by_file/last.safetensors $run/last.safetensors
    same by_file/config.toml $run/config.toml
done

# Runs without a name find a free one.
expect 0 'runs/head/fitted.png' "$adjoint" fit head.png -c settings.toml
expect 0 'runs/head-2/fitted.png' "$adjoint" fit head.png -c settings.toml

# Volumes, crops and ranges.
{
    npy '<u2' '(12, 10, 9)' ''
    for i in $(seq 0 1079); do printf "\\x$(printf %02x $((i % 251)))\\x0$((i % 7))"; done
} >volume.npy
expect 0 '' "$adjoint" fit volume.npy --slice 0:3 -c settings.toml --run slice --quiet -o slice.npy
expect 0 '10.9' "$adjoint" inspect slice.npy
expect 0 '' "$adjoint" fit volume.npy --slice 2:middle --crop 8x6 --range 0:1024 -c settings.toml \
    --run crop --quiet -o crop.png
expect 0 '6.*8|8.*6' "$adjoint" inspect crop.png
expect 0 '' "$adjoint" fit volume.npy --slice 0:3 --pad 16x8 -c settings.toml --run pad --quiet -o pad.npy
expect 0 '16.*9' "$adjoint" inspect pad.npy

# The ways of reporting.
"$adjoint" fit head.png -c settings.toml --run json --log json >log.json 2>error.log
holds "not one JSON object a line" bash -c '! grep -vE "^\{.*\}$" log.json'
holds "JSON of the steps" [ "$(grep -c '"event":"step"' log.json)" = 7 ]
holds "JSON and something else" [ ! -s error.log ]
"$adjoint" fit head.png -c settings.toml --run quiet --quiet >quiet.log 2>&1
holds "quiet is not: $(cat quiet.log)" [ ! -s quiet.log ]

# Numbers that run away stop the run and name the step; the last checkpoint stays.
expect 5 "step [0-9]+: .* is (not a number|infinite)" \
    "$adjoint" fit head.png -c settings.toml --run away --optimiser sgd --lr 1e6 --clip 0 --steps 2000 --quiet
holds "the manifest does not say failed" grep -q '"status": "failed' away/manifest.json
summary
