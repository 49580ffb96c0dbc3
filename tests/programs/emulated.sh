#!/bin/bash
# The program on the emulated device: the GPU kernels fit, train and reconstruct what the CPU kernels do. Sums are taken
# in another order there, so numbers agree to rounding and not to the bit. In builds without the device, that is said.
. "$(dirname "$0")/expect.sh"
"$adjoint" simulate head --size 16 -o head.png >/dev/null || fault "simulate"
"$adjoint" selftest --device emulated --operation add --small >/dev/null 2>&1
if [ $? = 7 ]; then
    expect 7 'emulated' "$adjoint" fit head.png --run run --device emulated
    expect 7 'emulated' "$adjoint" pics head.png --device emulated -o image.npy
    summary
fi

# agree BOUND ROWS A B: the numbers in the first ROWS rows of two tables of one shape (0: in all) differ by at most BOUND
# of the larger one.
agree() {
    if paste -d '\n' "$3" "$4" | awk -F, -v bound="$1" -v rows="$2" '
        function size(x) { return x < 0 ? -x : x }
        rows && NR > 2 * rows + 2 { exit }
        NR % 2 { n = split($0, a); next }
        { if (n != NF) bad = 1
          ++compared
          for (i = 1; i <= NF; i++) {
              if (a[i] == $i) continue
              number = a[i] ~ /^-?[0-9]/ && $i ~ /^-?[0-9]/
              larger = size(a[i]) > size($i) ? size(a[i]) : size($i)
              if (!number || size(a[i] - $i) > bound * larger) {
                  print "row " NR / 2 - 1 ", column " i ": " a[i] " and " $i; bad = 1 } } }
        END { exit bad || compared < 2 }'; then pass; else fault "$3 and $4 do not agree to $1"; fi
}
# trained NAME COMMAND…: on both devices. Before the first step weights are the same: what is found there agrees to
# rounding of float32. Adam divides each weight of the gradient by its size, and so turns the rounding of one that is
# almost 0 into a step of its own, of the size of the learning rate: later rows have a wider bound.
trained() {
    local name=$1
    shift
    expect 0 '' "$@" --run cpu_$name --quiet
    expect 0 '' "$@" --run emulated_$name --quiet --set device=emulated
    agree 2e-5 1 cpu_$name/metrics.csv emulated_$name/metrics.csv
    agree 5e-4 0 cpu_$name/metrics.csv emulated_$name/metrics.csv
}

trained fit "$adjoint" fit head.png --steps 3 --width 8 --depth 1 --loss 'l2+0.01*ms-glance{window=4,n=4,m=4}' \
    --set output.clock=false

"$adjoint" simulate mri --phantom 3 --size 16 --coils 1 -o one.npy >/dev/null || fault "simulate"
"$adjoint" simulate mri --phantom 2 --size 32 --coils 1 -o large.npy >/dev/null || fault "simulate"
"$adjoint" simulate mri --phantom 2 --size 24 --coils 3 -o three.npy >/dev/null || fault "simulate"
cat >small.toml <<'END_OF_SETTINGS'
loss = "l1+0.1*ssim{window=5}+0.1*ms-glance{window=4,n=4,m=4}"
[mask]
acceleration = 2
centre_fraction = 0.5
[preparation]
calibration = 10
[training]
steps = 2
batch = 2
accumulate = 2
average_decay = 0.5
[schedule]
learning_rate = 1e-3
[output]
clock = false
pictures = 1
END_OF_SETTINGS
train() {
    local name=$1 data=$2
    shift 2
    trained $name "$adjoint" train small.toml --set data.train=$data --set data.validation=$data "$@"
}
network() { echo "--set model.network=$1 --set model.network_settings=$2"; }
# shellcheck disable=SC2046
{
train recurrent one.npy $(network residual width=4,layers=2) --set model.recurrences=2 --set model.recompute=true
train drdn one.npy $(network drdn features=8,growth=4,blocks=1,dilations=1:2,reduction=4) --set model.recurrences=2
train unet one.npy $(network unet-fastmri in=2,out=2,features=2,poolings=2) --set model.scheme=denoiser
# Batch normalisation of the few values that are left after all poolings magnifies rounding: a larger image.
train initial large.npy $(network unet-init-features in=2,out=2,features=2) --set model.scheme=denoiser
modl=(--set model.scheme=modl --set model.unrolls=2 --set model.cg_iterations=4 --set model.learn_lambda=true)
train modl three.npy $(network unet-fastmri in=2,out=2,features=2,poolings=2) "${modl[@]}"
train implicit three.npy $(network residual width=4,layers=2) "${modl[@]}" --set model.cg_gradient=implicit \
    --set model.cg_iterations=10
}

# Stopped and resumed there: the same bytes.
run=("$adjoint" train small.toml --quiet --set device=emulated --set data.train=three.npy --set data.validation=three.npy
     --set model.network_settings=width=4,layers=2 "${modl[@]}")
expect 0 '' "${run[@]}" --run straight --set threads=1
expect 0 '' "${run[@]}" --run parts --set training.steps=1 --set threads=2
expect 0 '' "$adjoint" train --quiet --resume parts --set training.steps=2
for file in metrics.csv last.safetensors best.safetensors; do same straight/$file parts/$file; done

# The same model on the same data, on both devices. NMSE is the square of the relative error.
near() {
    expect 0 '' "$adjoint" eval "$1" "$2" --csv scores.csv
    holds "$1 and $2 differ: $(grep ^mean scores.csv)" awk -F, '/^mean/ { found = 1; bad = !($5 < 1e-10) }
                                                               END { exit bad || !found }' scores.csv
}
for device in cpu emulated; do
    expect 0 '' "$adjoint" recon cpu_drdn/best.safetensors one.npy one_$device.npy --undersample --device $device
    expect 0 '' "$adjoint" recon cpu_modl/best.safetensors three.npy three_$device.npy --undersample --device $device
    expect 0 '' "$adjoint" eval cpu_drdn/best.safetensors one.npy --device $device --csv scores_$device.csv
    for method in sense wavelet tv; do
        expect 0 '' "$adjoint" pics one.npy --method $method --device $device --iterations 5 -o ${method}_$device.npy
    done
    expect 0 '' "$adjoint" fit --model cpu_fit/best.safetensors --device $device --scale 2 -o large_$device.npy
done
for image in one three sense wavelet tv; do near ${image}_emulated.npy ${image}_cpu.npy; done
agree 1e-4 0 scores_emulated.csv scores_cpu.csv
summary
