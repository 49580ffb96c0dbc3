#!/bin/bash
# adjoint run: values and gradients of a network on arrays, and its refusals.
. "$(dirname "$0")/expect.sh"
"$adjoint" simulate head --size 24 -o head.png
"$adjoint" fit head.png --run run --steps 3 --width 8 --depth 1 --quiet
weights=run/last.safetensors
run=("$adjoint" run siren --weights $weights)

# Four corners of the picture, as 2×2×2 coordinates.
one='\x00\x00\x80\x3f' minus='\x00\x00\x80\xbf'
npy '<f4' '(2, 2, 2)' "$minus$minus$minus$one$one$minus$one$one" >corners.npy
expect 0 '' "${run[@]}" --input corners.npy --output values.npy
expect 0 '2.2.1' "$adjoint" inspect values.npy

# They are the corners of the rendered picture.
"$adjoint" fit --model $weights --set output.scale=0.0834 -o corners_rendered.npy
bytes() { tail -c "$2" "$1" | od -An -tf4 -v | tr -s ' \n' '\n' | grep .; }
paste <(bytes values.npy 16) <(bytes corners_rendered.npy 16) >pairs
holds "the corners differ: $(cat pairs)" \
    awk '{ d = $1 - $2; if (d < 0) d = -d; if (d > 1e-6) exit 1 } END { exit NR != 4 }' pairs

# Gradients: of the sum of outputs with respect to the last bias is the number of rows.
npy '<f4' '(2, 2, 1)' "$one$one$one$one" >ones.npy
expect 0 '' "${run[@]}" --input corners.npy --output values.npy \
    --cotangent ones.npy --gradients gradients.safetensors
expect 0 'net.2.bias' "$adjoint" inspect gradients.safetensors
expect 0 'input' "$adjoint" inspect gradients.safetensors
expect 0 '' "${run[@]}" --input corners.npy --output values64.npy --type float64

cp $weights kept.safetensors
expect 2 'one of the files that are read' "${run[@]}" --input corners.npy --output ./$weights
expect 2 'one of the files that are read' "${run[@]}" --input corners.npy --output corners.npy
expect 2 'are one file' "${run[@]}" --input corners.npy --output v.npy --cotangent ones.npy --gradients v.npy
same $weights kept.safetensors

expect 2 'is required' "${run[@]}"
expect 2 'belong together' "${run[@]}" --input corners.npy --output v.npy --cotangent ones.npy
expect 3 'missing.safetensors' "$adjoint" run siren --weights missing.safetensors --input corners.npy --output v.npy
expect 3 'missing.npy' "${run[@]}" --input missing.npy --output v.npy
expect 3 'head.png' "$adjoint" run siren --weights head.png --input corners.npy --output v.npy
expect 4 'takes 2 coordinates' "${run[@]}" --input ones.npy --output v.npy
expect 4 'one number per output' "${run[@]}" --input corners.npy --output v.npy \
    --cotangent corners.npy --gradients g.safetensors
npy '<f4' '(1, 2)' "\x00\x00\xc0\x7f$one" >nan.npy
expect 3 'nan.npy.*not a finite number' "${run[@]}" --input nan.npy --output v.npy
expect 6 'nowhere' "${run[@]}" --input corners.npy --output nowhere/v.npy
expect 7 'device cuda' env CUDA_VISIBLE_DEVICES= "${run[@]}" --input corners.npy --output v.npy --device cuda

# A network of images: a DnCNN of two layers whose weights are 0 finds no noise, so its output is the input.
header='{"model.0.weight":{"dtype":"F32","shape":[2,1,3,3],"data_offsets":[0,72]},'
header+='"model.0.bias":{"dtype":"F32","shape":[2],"data_offsets":[72,80]},'
header+='"model.2.weight":{"dtype":"F32","shape":[1,2,3,3],"data_offsets":[80,152]},'
header+='"model.2.bias":{"dtype":"F32","shape":[1],"data_offsets":[152,156]}}   '
{ printf "\\x$(printf %02x $((${#header} % 256)))\\x$(printf %02x $((${#header} / 256)))"; zeros 6
  printf '%s' "$header"; zeros 156; } >dncnn.safetensors
npy '<f4' '(2, 2)' "$one$minus$minus$one" >image.npy
npy '<f4' '(1, 1, 2, 2)' "$one$one$one$minus" >cotangent.npy
run=("$adjoint" run dncnn --weights dncnn.safetensors)
expect 0 '' "${run[@]}" --input image.npy --output same.npy
same image.npy same.npy
npy '<f4' '(1, 1, 2, 2)' "$one$minus$minus$one" >batch.npy
expect 0 '' "${run[@]}" --input batch.npy --output same.npy --cotangent cotangent.npy --gradients g.safetensors
same batch.npy same.npy
expect 0 'model.2.weight' "$adjoint" inspect g.safetensors
npy '<f4' '(2, 2, 2)' "$one$one$one$one$one$one$one$one" >two.npy
expect 4 'images of 1 channels' "${run[@]}" --input two.npy --output v.npy
expect 4 'one number per output' "${run[@]}" --input image.npy --output v.npy --cotangent two.npy --gradients h.safetensors
expect 4 "no tensor 'SFENet1.weight'" "$adjoint" run drdn --weights dncnn.safetensors --input image.npy --output v.npy
expect 4 "'model.2.weight' is 1" "${run[@]}" --input image.npy --output v.npy --set depth=3
expect 2 'no setting .wide' "${run[@]}" --input image.npy --output v.npy --set wide=3
expect 2 'NAME=VALUE' "${run[@]}" --input image.npy --output v.npy --set depth
holds "a refused run left an output" [ ! -e v.npy ]
summary
