#!/bin/bash
# adjoint train, recon and eval: the run folder, resuming, what is refused, and recon with nothing but the model file.
. "$(dirname "$0")/expect.sh"
"$adjoint" simulate mri --phantom 5 --size 40 --coils 1 -o train.npy >/dev/null || fault "simulate"
"$adjoint" simulate mri --phantom 2 --seed 9 --size 40 --coils 1 -o val.npy >/dev/null || fault "simulate"
"$adjoint" simulate mri --phantom 2 --seed 9 --size 40 --coils 3 -o coils.npy >/dev/null || fault "simulate"
cat >small.toml <<'END'
loss = "l1+0.1*ms-glance{prior=0.01,window=8,n=16,m=16}"
[data]
train = ["train.npy"]
validation = ["val.npy"]
[model]
network_settings = "width=8,layers=3,batch_norm=false"
recurrences = 2
[mask]
acceleration = 3
centre_fraction = 0.15
[training]
steps = 30
batch = 2
accumulate = 2
average_decay = 0.9
[schedule]
learning_rate = 1e-3
warm_up = 4
shape = "cosine"
[output]
evaluate_every = 10
draw_every = 10
checkpoint_every = 5
clock = false
END

expect 0 'best PSNR .* at step' "$adjoint" train small.toml --run straight
expect 0 '' "$adjoint" train small.toml --run other --quiet --set threads=1 --set data.prefetch=0
same_run straight other
expect 0 '' "$adjoint" train small.toml --run seed --quiet --set seed=1
holds "the seed does not matter" bash -c '! cmp -s straight/last.safetensors seed/last.safetensors'
for part in config.toml manifest.json report.html pictures/step_000030.png masks.safetensors scores.csv; do
    holds "$part is missing" [ -s "straight/$part" ]
done
holds "the page needs other files" bash -c '! grep -qE "(src|href)=\"[^d]" straight/report.html'
holds "the page has no curves" grep -q '<svg' straight/report.html
holds "the page has no images" grep -q 'data:image/png;base64,iVBOR' straight/report.html

# Longer afterwards equals straight.
expect 0 '' "$adjoint" train small.toml --run longer --quiet --set training.steps=13 --set schedule.shape=constant
expect 0 '' "$adjoint" train --resume longer --quiet --set training.steps=30
expect 0 '' "$adjoint" train small.toml --run constant --quiet --set schedule.shape=constant
rm longer/pictures/step_000013.png
same_run constant longer

# The model file alone reconstructs; eval agrees with the run's own table.
expect 0 'acceleration' "$adjoint" recon straight/best.safetensors val.npy out.npy --undersample
expect 0 'mean' "$adjoint" eval straight/best.safetensors val.npy --csv model.csv
same model.csv straight/scores.csv
"$adjoint" recon straight/best.safetensors train.npy part.nii.gz --undersample --slices 1:3 --quiet
expect 0 '40×40×2|40x40x2' "$adjoint" inspect part.nii.gz
expect 0 '' "$adjoint" recon straight/best.safetensors val.npy one.png --undersample --slices 1
"$adjoint" simulate mri --phantom 2 --seed 9 --size 40 --coils 1 --images truth.npy -o again.npy >/dev/null
expect 0 'volume' "$adjoint" eval out.npy truth.npy --csv images.csv
holds "images and model score differently" bash -c \
    'paste -d, <(grep ^mean model.csv) <(grep ^mean images.csv) |
     awk -F, "{ d = \$3 - \$8; exit !(d < 1e-3 && d > -1e-3) }"'
# k-space that is really undersampled, without a word about masks; its scale is undone.
"$adjoint" mask random --width 40 --acceleration 3 --centre-fraction 0.15 -o mask.npy >/dev/null
"$adjoint" simulate mri --phantom 2 --seed 9 --size 40 --coils 1 --mask mask.npy -o under.npy >/dev/null
expect 0 'acceleration' "$adjoint" recon straight/best.safetensors under.npy a.npy
expect 0 'acceleration' "$adjoint" recon straight/best.safetensors val.npy b.npy --mask mask.npy
same a.npy b.npy
expect 0 'mean' "$adjoint" eval a.npy truth.npy

# Data that do not match the model.
expect 4 'fully sampled' "$adjoint" recon straight/best.safetensors val.npy x.npy
expect 4 'has 3 coils, the network was trained on 1' "$adjoint" recon straight/best.safetensors coils.npy x.npy
expect 4 'coils' "$adjoint" eval straight/best.safetensors coils.npy
expect 4 'a mask is W or H x W' bash -c "'$adjoint' mask random --width 48 -o wide.npy >/dev/null &&
    '$adjoint' recon straight/best.safetensors val.npy x.npy --mask wide.npy"
expect 4 'single coil' "$adjoint" train small.toml --run x --set data.train=coils.npy \
    --set data.validation=coils.npy
expect 4 'does not say what it is|holds a' bash -c "'$adjoint' simulate head --size 24 -o h.png >/dev/null &&
    '$adjoint' fit h.png --run fit --steps 2 --width 8 --depth 1 --quiet &&
    '$adjoint' recon fit/best.safetensors val.npy x.npy"
expect 3 'val.npy as a reconstruction network: it is a NumPy array' "$adjoint" recon val.npy val.npy x.npy
expect 3 'holds tensors instead of slices' "$adjoint" recon straight/best.safetensors straight/best.safetensors x.npy
# Refused before the work: an output that cannot be written. Never an image of zeros without a word.
expect 6 'there is no folder nowhere' "$adjoint" recon straight/best.safetensors under.npy nowhere/x.nii.gz
expect 6 'there is a folder of this name' "$adjoint" recon straight/best.safetensors under.npy straight
expect 6 'there is no folder nowhere' "$adjoint" eval straight/best.safetensors val.npy --csv nowhere/x.csv
{ npy '<c8' '(1, 1, 40, 40)' ''; zeros 12800; } >black.npy
expect 3 'black.npy, slice 0: its k-space is zero everywhere' "$adjoint" recon straight/best.safetensors black.npy x.npy
expect 3 'every measured sample is 0' "$adjoint" recon straight/best.safetensors black.npy x.npy --mask mask.npy
expect 3 'every slice is zero everywhere' "$adjoint" train small.toml --run x --set data.train=black.npy
expect 5 'the target is zero everywhere' "$adjoint" train small.toml --run x --set data.validation=black.npy
holds "something was written all the same" [ ! -e x.npy ]
# Numbers that leave float32 when they are squared.
for ending in '\0\0\0\x72' '\0\0\0\x0d'; do
    { npy '<c8' '(1, 1, 40, 40)' ''; for _ in $(seq 3200); do printf "$ending"; done; } >far.npy
    expect 5 'multiply the data by a constant' "$adjoint" train small.toml --run x --set data.train=far.npy
    expect 5 'multiply the data by a constant' "$adjoint" recon straight/best.safetensors far.npy x.npy --undersample
done

# Settings.
expect 2 "there is no setting 'training.batches'" "$adjoint" train small.toml --run x --set training.batches=2
sed 's/^batch/bach/' small.toml >typo.toml
expect 2 "typo.toml, line .*there is no setting 'training.bach'; did you mean 'training.batch'" \
    "$adjoint" train typo.toml --run x
expect 2 'must be at least 1' "$adjoint" train small.toml --run x --set training.batch=0
expect 2 'there are residual, dncnn, drdn' "$adjoint" train small.toml --run x --set model.network=resnet
expect 2 "there is no such setting" "$adjoint" train small.toml --run x --set model.network_settings=depth=3
expect 2 'choose one of recurrent, modl, denoiser' "$adjoint" train small.toml --run x --set model.scheme=unrolled
expect 2 'there is none of this name' "$adjoint" train small.toml --run x --set loss=l3
expect 2 'no configuration is given' "$adjoint" train
expect 2 'configuration straight: it is a folder' "$adjoint" train straight
expect 3 'resuming the run in small.toml: it is a file' "$adjoint" train --resume small.toml
expect 2 'no files are given' "$adjoint" train small.toml --run x --set data.train=
expect 2 'a run is there already' "$adjoint" train small.toml --run straight
expect 2 'the run was started with' "$adjoint" train --resume straight --set training.batch=3
expect 2 'steps are done already' "$adjoint" train --resume straight --set training.steps=3
expect 3 'there is no such file' "$adjoint" train small.toml --run x --set data.train=nothere.npy
expect 3 '' "$adjoint" recon nothere.safetensors val.npy x.npy
head -c 1000 straight/best.safetensors >cut.safetensors
expect 3 '' "$adjoint" recon cut.safetensors val.npy x.npy
holds "a folder was made for a run that was refused" [ ! -e x ]

# The recipes that are shipped, on small data.
one=(--quiet --set training.epochs=0 --set training.steps=1 --set training.batch=1 --set output.clock=false)
expect 0 '' "$adjoint" train "$here/../../configs/drdn_glance.toml" --run recipe1 "${one[@]}" \
    --set data.train=train.npy --set data.validation=val.npy --set data.height=32 --set data.width=32
holds "the first recipe trains no DRDN" grep -q '"parameters": 324738' recipe1/manifest.json
holds "the first recipe lacks Glance" grep -q 'loss.ms-glance' recipe1/metrics.csv
expect 0 '' "$adjoint" train "$here/../../configs/modl_l2.toml" --run recipe2 "${one[@]}" --set data.train=coils.npy \
    --set data.validation=coils.npy --set preparation.calibration=12 --set mask.centre_fraction=0.4 \
    --set mask.acceleration=2
expect 0 'acceleration' "$adjoint" recon recipe2/best.safetensors coils.npy multi.npy --undersample

# The one for a scan: trained under the samples that the scan holds.
"$adjoint" mask poisson-disk --width 40 --height 40 --acceleration 2 --calibration 12 -o disk.npy >/dev/null
"$adjoint" simulate mri --phantom 1 --size 40 --coils 3 --seed 5 --mask disk.npy -o scan.npy >/dev/null
expect 0 '' "$adjoint" mask --from scan.npy -o mask.npy
expect 0 '' "$adjoint" train "$here/../../configs/modl_brain.toml" --run recipe3 "${one[@]}" \
    --set data.train=coils.npy --set data.validation=coils.npy --set preparation.calibration=12
expect 0 'acceleration' "$adjoint" recon recipe3/best.safetensors scan.npy scan.png

# A file that the run was trained on has other slices now.
cp train.npy kept.npy
"$adjoint" simulate mri --phantom 4 --size 40 --coils 1 -o train.npy >/dev/null
expect 4 'the data have changed' "$adjoint" train --resume straight --set training.steps=40
cp kept.npy train.npy

summary
