#!/bin/bash
# adjoint fit and everything that can be wrong with what it is given: one sentence, the right exit code, nothing left
# behind.
. "$(dirname "$0")/expect.sh"
small=(--steps 2 --width 8 --depth 1 --quiet)

"$adjoint" simulate head --size 32 -o good.png || fault "simulate"
mkdir kept && echo old >kept/notes

# The image's file.
expect 2 'no image is given' "$adjoint" fit
expect 3 'missing.png' "$adjoint" fit missing.png "${small[@]}"
expect 3 'kept' "$adjoint" fit kept "${small[@]}"
: >empty.png
expect 3 'empty.png' "$adjoint" fit empty.png "${small[@]}"
head -c 300 good.png >cut.png
expect 3 'cut.png' "$adjoint" fit cut.png "${small[@]}"
{ head -c 200 good.png; printf 'XXXX'; tail -c +205 good.png; } >damaged.png
expect 3 'damaged.png' "$adjoint" fit damaged.png "${small[@]}"
echo "not a picture" >text.png
expect 3 'text.png' "$adjoint" fit text.png "${small[@]}"
printf '\xff\xd8\xff\xe0\x00\x10JFIF' >photo.jpg
expect 3 'photo.jpg.*JPEG' "$adjoint" fit photo.jpg "${small[@]}"
printf 'PK\x03\x04rest' >weights.pt
expect 3 'weights.pt' "$adjoint" fit weights.pt "${small[@]}"
{ npy '<f4' '(8, 8)' ''; zeros 252; printf '\x00\x00\xc0\x7f'; } >nan.npy
expect 3 'nan.npy.*row 7, column 7, is not a number' "$adjoint" fit nan.npy "${small[@]}"
{ npy '<f4' '(8, 8)' ''; zeros 252; printf '\x00\x00\x80\xff'; } >infinite.npy
expect 3 'infinite.npy.*infinite' "$adjoint" fit infinite.npy "${small[@]}"
npy '<f4' '(0, 8)' '' >nothing.npy
expect 3 'nothing.npy.*no pixels' "$adjoint" fit nothing.npy "${small[@]}"
npy '<f4' '(4000000000, 4000000000)' '' >absurd.npy
expect 3 'absurd.npy' "$adjoint" fit absurd.npy "${small[@]}"
npy '<f4' '(9223372036854775807, 9223372036854775807)' '' >overflow.npy
expect 3 'overflow.npy' "$adjoint" fit overflow.npy "${small[@]}"
npy '|O' '(8, 8)' '' >objects.npy
expect 3 'objects.npy' "$adjoint" fit objects.npy "${small[@]}"
{ npy '<f4' '(8, 8, 8)' ''; zeros 2048; } >volume.npy
expect 2 'volume.npy.*--slice' "$adjoint" fit volume.npy "${small[@]}"
expect 2 'slice' "$adjoint" fit volume.npy --slice 7:1 "${small[@]}"
expect 2 'slice' "$adjoint" fit volume.npy --slice 0:8 "${small[@]}"
expect 2 'slice' "$adjoint" fit volume.npy --slice left "${small[@]}"
zeros 348 >zeros.nii
expect 3 'zeros.nii' "$adjoint" fit zeros.nii "${small[@]}"
printf '\x1f\x8b\x08\x00broken' >broken.nii.gz
expect 3 'broken.nii.gz' "$adjoint" fit broken.nii.gz "${small[@]}"
cp good.png locked.png && chmod 000 locked.png
[ "$(id -u)" = 0 ] || expect 3 'locked.png' "$adjoint" fit locked.png "${small[@]}"

# Settings.
expect 2 "there is no setting 'stepz'" "$adjoint" fit good.png --set stepz=3
expect 2 "did you mean 'training.steps'" "$adjoint" fit good.png --set training.step=3
expect 2 "it has no '='" "$adjoint" fit good.png --set training.steps
expect 2 'steps = 0.*at least 1' "$adjoint" fit good.png --steps 0
expect 2 'steps = -5.*at least 1' "$adjoint" fit good.png --steps -5
expect 2 'steps = many.*whole number' "$adjoint" fit good.png --steps many
expect 2 'learning_rate = nan.*above 0' "$adjoint" fit good.png --lr nan
expect 2 'learning_rate = inf.*above 0' "$adjoint" fit good.png --lr inf
expect 2 'width = 0' "$adjoint" fit good.png --width 0
expect 2 'seed = -1' "$adjoint" fit good.png --seed -1
expect 2 'clip_norm = -1' "$adjoint" fit good.png --clip -1
expect 2 "device 'gpu'" "$adjoint" fit good.png --device gpu
expect 7 'device cuda: ' env CUDA_VISIBLE_DEVICES= "$adjoint" fit good.png --device cuda
expect 2 "schedule 'linear'" "$adjoint" fit good.png --schedule linear
expect 2 "optimiser 'lion'" "$adjoint" fit good.png --optimiser lion
expect 2 "log style 'loud'" "$adjoint" fit good.png --log loud --steps 1
expect 2 "nonsense" "$adjoint" fit good.png --loss nonsense --steps 1
expect 2 "loss" "$adjoint" fit good.png --loss '' --steps 1
expect 2 "crop '0'" "$adjoint" fit good.png --crop 0
expect 2 "crop '32y32'" "$adjoint" fit good.png --crop 32y32
expect 2 'the image is only 32x32' "$adjoint" fit good.png --crop 33
expect 2 "pad '-3'" "$adjoint" fit good.png --pad -3
expect 2 "range 'wide'" "$adjoint" fit good.png --range wide
expect 2 "range '3:1'" "$adjoint" fit good.png --range 3:1
expect 2 "range '0:1e-300'.*infinite" "$adjoint" fit good.png --range 0:1e-300
expect 2 'scale = 0' "$adjoint" fit good.png --scale 0
expect 2 'neither .png nor .npy' "$adjoint" fit good.png -o picture.bmp
expect 2 '--size' "$adjoint" fit good.png --size 5x5
printf 'training.steps = 3\nwidht = 8\n' >typo.toml
expect 2 "typo.toml, line 2: there is no setting 'widht'" "$adjoint" fit good.png -c typo.toml
printf '[training]\nsteps = \n' >broken.toml
expect 2 'broken.toml.*line 2' "$adjoint" fit good.png -c broken.toml
printf '[training]\nsteps = "ten"\n' >text.toml
expect 2 'text in quotes' "$adjoint" fit good.png -c text.toml
expect 2 'missing.toml' "$adjoint" fit good.png -c missing.toml

# A path that TOML cannot hold; the same in the command alone does no harm.
cp good.png $'latin\xe9.png'
expect 2 'not UTF-8' "$adjoint" fit $'latin\xe9.png' "${small[@]}"

# Nothing of all this made a run folder.
holds "a refused run left a folder: $(ls -d runs/* 2>/dev/null)" [ ! -e runs ]

# The run folder.
expect 2 'a file of this name is there' "$adjoint" fit good.png --run good.png "${small[@]}"
expect 6 'text.png' "$adjoint" fit good.png --run text.png/run "${small[@]}"
expect 6 '/proc/run' "$adjoint" fit good.png --run /proc/run "${small[@]}"
expect 6 'nowhere' "$adjoint" fit good.png -o nowhere/picture.png "${small[@]}"
expect 0 '' "$adjoint" fit good.png --run first "${small[@]}"
cp -r first copy
expect 0 '' "$adjoint" fit good.png --run $'latin\xe9' "${small[@]}"
expect 0 '' "$adjoint" fit --resume $'latin\xe9' --steps 3 --quiet
expect 2 'a run is there already; go on with it by --resume' "$adjoint" fit good.png --run first "${small[@]}"
holds "the run that was there has changed" diff -r first copy
expect 3 'there is no such folder' "$adjoint" fit --resume nowhere
expect 3 'no config.toml' "$adjoint" fit --resume kept
expect 2 'model.width = 9, but the run was started with 8' "$adjoint" fit --resume first --width 9
expect 2 '2 steps are done already' "$adjoint" fit --resume first --steps 1
expect 2 'leave them away' "$adjoint" fit good.png --resume first
cp good.png moved.png && "$adjoint" fit moved.png --run moved "${small[@]}"
"$adjoint" simulate head --size 33 -o moved.png
expect 4 'not the one that the run was started with' "$adjoint" fit --resume moved --steps 3
for damage in 'head -c 100' 'tail -c +9'; do
    rm -rf hurt && cp -r first hurt && $damage first/last.safetensors >hurt/last.safetensors
    expect 3 'hurt/last.safetensors' "$adjoint" fit --resume hurt --steps 3
done
holds "the old files changed" [ "$(cat kept/notes)" = old ]
summary
