#!/bin/bash
# adjoint fit, the same bytes: for a repeated run, for 1 and 2 threads, after an interruption, after kill -9 at random
# moments; a checkpoint is intact at any time.
. "$(dirname "$0")/expect.sh"
"$adjoint" simulate head --size 48 -o head.png || fault "simulate"
fit=(--loss l2+0.01*ms-glance --steps 40 --width 32 --depth 2 --checkpoint-every 5 --draw-every 20 --evaluate-every 5
     --set output.clock=false --quiet)

# The files that must be equal; the configuration and the manifest name threads, times and folders.
same_run() {
    local file
    for file in metrics.csv last.safetensors best.safetensors fitted.png error.png curves.svg pictures; do
        if diff -r "$1/$file" "$2/$file"; then pass; else fault "$1/$file and $2/$file differ"; fi
    done
}

expect 0 '' "$adjoint" fit head.png --run straight "${fit[@]}" --threads 1
expect 0 '' "$adjoint" fit head.png --run again "${fit[@]}" --threads 1
expect 0 '' "$adjoint" fit head.png --run two "${fit[@]}" --threads 2
expect 0 '' "$adjoint" fit head.png --run three "${fit[@]}" --threads 3
same_run straight again
same_run straight two
same_run straight three
holds "metrics.csv has not one row per step and one for the end" [ "$(wc -l <straight/metrics.csv)" = 42 ]

# Another seed gives other weights: the comparison above can fail.
"$adjoint" fit head.png --run seed "${fit[@]}" --seed 1
holds "the seed does not matter" bash -c '! cmp -s straight/last.safetensors seed/last.safetensors'

# A finished run that is asked for more steps.
"$adjoint" fit head.png --run longer "${fit[@]}" --steps 25
expect 0 '' "$adjoint" fit --resume longer --steps 40 --quiet
rm longer/pictures/step_000025.png  # the end of the shorter run
same_run straight longer

# step_of RUN: the updates in its checkpoint.
step_of() {
    "$adjoint" inspect "$1/last.safetensors" --json | sed -nE 's/.*"step\\?": ?([0-9]+).*/\1/p' | head -1
}

# Interrupted in the middle, by both signals: exit code 130, a checkpoint, and the same bytes in the end.
for signal in INT TERM; do
    run=stopped_$signal
    "$adjoint" fit head.png --run $run "${fit[@]}" --steps 4000 >log 2>&1 &
    process=$!
    for _ in $(seq 200); do [ -s $run/last.safetensors ] && break; sleep 0.05; done
    kill -$signal $process
    wait $process
    code=$?
    holds "SIG$signal: exit code $code instead of 130: $(cat log)" [ $code = 130 ]
    holds "SIG$signal: no message" grep -q "^interrupted: .*SIG$signal after step [0-9]*; the checkpoint is saved" log
    holds "SIG$signal: the manifest says $(grep status $run/manifest.json)" \
        grep -q '"status": "interrupted"' $run/manifest.json
    step=$(step_of $run)
    holds "SIG$signal: the checkpoint is at step '$step'" [ "${step:-0}" -gt 0 ]
    expect 0 '' "$adjoint" fit --resume $run --steps $((step + 7)) --quiet
    "$adjoint" fit head.png --run straight_$signal "${fit[@]}" --steps $((step + 7))
    same_run straight_$signal $run
done

# Killed at random moments, again and again: the checkpoint is always whole, and the end is the same.
run=killed
"$adjoint" fit head.png --run $run "${fit[@]}" --steps 300 --checkpoint-every 1 >log 2>&1 &
for i in $(seq 12); do
    process=$!
    sleep 0.$((RANDOM % 30 + 5))
    kill -9 $process 2>/dev/null
    wait $process 2>/dev/null
    if [ -e $run/last.safetensors ]; then
        expect 0 'step' "$adjoint" inspect $run/last.safetensors
    fi
    if [ -e $run/config.toml ]; then
        "$adjoint" fit --resume $run --quiet >log 2>&1 &
    else
        rm -rf $run
        "$adjoint" fit head.png --run $run "${fit[@]}" --steps 300 --checkpoint-every 1 >log 2>&1 &
    fi
done
wait $! 2>/dev/null
expect 0 '' "$adjoint" fit --resume $run --quiet
"$adjoint" fit head.png --run unkilled "${fit[@]}" --steps 300
same_run unkilled $run
holds "temporary files are left" bash -c '! ls killed/*.tmp* 2>/dev/null'
summary
