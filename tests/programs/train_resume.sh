#!/bin/bash
# adjoint train with everything on that a resumption could get wrong (average of the weights, accumulation, background
# loading, masks and losses that draw random numbers): stopped by a number of steps, by a signal, or by kill -9 at any
# moment, the end is byte for byte that of a run that was left alone, on any number of threads.
# ADJOINT_KILLS=100 makes a campaign of it: so many kills at random moments, and as many while a file is being written.
. "$(dirname "$0")/expect.sh"
kills=${ADJOINT_KILLS:-10}
"$adjoint" simulate mri --phantom 5 --size 24 --coils 1 -o train.npy >/dev/null || fault "simulate"
"$adjoint" simulate mri --phantom 2 --seed 9 --size 24 --coils 1 -o val.npy >/dev/null || fault "simulate"
cat >small.toml <<'END_OF_SETTINGS'
loss = "l1+0.1*ms-glance{prior=0.01,window=4,n=8,m=8}"
[data]
train = ["train.npy"]
validation = ["val.npy"]
prefetch = 2
[model]
network_settings = "width=4,layers=2,batch_norm=false"
recurrences = 2
[mask]
acceleration = 3
centre_fraction = 0.15
noise = 0.01
[training]
steps = 60
batch = 2
accumulate = 2
average_decay = 0.9
[schedule]
learning_rate = 1e-3
warm_up = 4
[output]
evaluate_every = 7
draw_every = 20
checkpoint_every = 5
pictures = 1
clock = false
END_OF_SETTINGS

# The same bytes, and nothing half-written.
same_whole_run() {
    same_run "$1" "$2"
    holds "half-written files are left: $(find "$2" -name '*.tmp*')" [ -z "$(find "$2" -name '*.tmp*')" ]
}
train() { "$adjoint" train small.toml --quiet --run "$@"; }
resume() { "$adjoint" train --quiet --resume "$@"; }

# Left alone, on 1 and 2 threads, with batches made in the background or not.
expect 0 '' train straight --set threads=1
expect 0 '' train two --set threads=2
expect 0 '' train here --set threads=2 --set data.prefetch=0
expect 0 '' train far --set threads=1 --set data.prefetch=7
for run in two here far; do same_whole_run straight $run; done
for part in seed=1 training.average_decay=0.8 training.accumulate=1; do  # what is compared does depend on them
    expect 0 '' train other --set $part
    holds "$part changes nothing" bash -c '! cmp -s straight/last.safetensors other/last.safetensors'
    rm -r other
done

# Stopped by a number of steps, between checkpoints and between evaluations, and resumed on other threads.
for threads in 1 2; do
    run=parts_$threads
    expect 0 '' train $run --set threads=$threads --set training.steps=3
    expect 0 '' resume $run --set training.steps=26 --set threads=$((3 - threads)) --set data.prefetch=0
    expect 0 '' resume $run --set training.steps=27 --set data.prefetch=3
    expect 0 '' resume $run --set training.steps=60 --set threads=$threads
    rm -f $run/pictures/step_0000{03,26,27}.png  # the ends of the shorter runs
    same_whole_run straight $run
done

# step_of RUN: the updates in its checkpoint.
step_of() {
    "$adjoint" inspect "$1/last.safetensors" --json | sed -nE 's/.*"step\\?": ?([0-9]+).*/\1/p' | head -1
}

# interrupt RUN SIGNALS COMMAND…: sends them once the checkpoint is another than it was; the last one stops the run.
interrupt() {
    local run=$1 signals=$2 signal process code before
    shift 2
    before=$(stat -c %i $run/last.safetensors 2>/dev/null)
    "$@" >log 2>&1 &
    process=$!
    for _ in $(seq 2000); do
        [ -s $run/last.safetensors ] && [ "$(stat -c %i $run/last.safetensors)" != "$before" ] && break
        sleep 0.005
    done
    for signal in $signals; do kill -"$signal" $process; done
    wait $process
    code=$?
    holds "SIG$signal: exit code $code instead of 130: $(cat log)" [ $code = 130 ]
    holds "SIG$signal: no message: $(cat log)" grep -q "^interrupted: .*SIG$signal.*the checkpoint is saved" log
    holds "SIG$signal: the manifest" grep -q '"status": "interrupted"' $run/manifest.json
}

# Stopped by a signal, twice, and resumed.
for threads in 1 2; do
    run=stopped_$threads
    signal=$([ $threads = 1 ] && echo INT || echo HUP)
    interrupt $run $signal env --default-signal=HUP "$adjoint" train small.toml --quiet --run $run --set threads=$threads --set training.steps=90000
    first=$(step_of $run)
    # Under nohup the terminal's end is none of the run's business.
    interrupt $run "HUP TERM" env --ignore-signal=HUP "$adjoint" train --quiet --resume $run --set threads=$((3 - threads))
    second=$(step_of $run)
    holds "the checkpoints are at the steps '$first' and '$second'" [ "${second:-0}" -gt "${first:-0}" ]
    expect 0 '' resume $run --set training.steps=$((second + 5))
    expect 0 '' train straight_$run --set training.steps=$((second + 5)) --set threads=1
    same_whole_run straight_$run $run
done

# Ctrl-C on a terminal reaches every process of the program, those that read HDF5 files too.
if "$adjoint" simulate mri --phantom 5 --size 24 --coils 1 -o train.h5 >/dev/null 2>&1; then
    for i in $(seq 6); do
        setsid "$adjoint" train small.toml --quiet --run group_$i --set data.train=train.h5 --set training.steps=90000 \
            --set output.evaluate_every=0 --set output.draw_every=0 >log 2>&1 &
        process=$!
        for _ in $(seq 400); do [ -s group_$i/last.safetensors ] && break; sleep 0.005; done
        sleep 0.00$i
        kill -INT -- -$process
        wait $process
        code=$?
        holds "Ctrl-C: exit code $code instead of 130: $(cat log)" [ $code = 130 ]
    done
fi

# One life of a run: it is begun or resumed, on 1 or 2 threads, with or without background loading.
live() {
    local other=(--set threads=$((RANDOM % 2 + 1)) --set data.prefetch=$((RANDOM % 3)))
    if [ -e $1/config.toml ]; then
        exec "$adjoint" train --quiet --resume $1 "${other[@]}"
    fi
    exec "$adjoint" train small.toml --quiet --run $1 --set output.checkpoint_every=1 "${other[@]}"
}
# Moments to die: at random, never, and while a file is being written, which is when its temporary file is there.
at_random() { sleep 0.$(printf %03d $((RANDOM % 300 + 10))); }
to_the_end() { wait "$1"; }
while_writing() {
    local process=$1 run=$2
    sleep 0.$(printf %03d $((RANDOM % 100)))
    while [ -e /proc/$process/exe ]; do
        for file in $run/*.tmp $run/pictures/*.tmp; do [ -e "$file" ] && return; done
    done
}

# campaign MOMENT: runs are killed, again and again, until they have reached their ends; then they are compared.
campaign() {
    local moment=$1 killed=0 within=0 ends=0 run=$1 process code
    while [ $killed -lt $kills ] || [ -e $run ]; do
        live $run >log 2>&1 &
        process=$!
        $moment $process $run
        kill -9 $process 2>/dev/null
        wait $process 2>/dev/null
        code=$?
        if [ $code = 137 ]; then
            killed=$((killed + 1))
            [ -z "$(find $run -name '*.tmp' 2>/dev/null)" ] || within=$((within + 1))
            if [ -e $run/last.safetensors ]; then expect 0 'step' "$adjoint" inspect $run/last.safetensors; fi
            # Enough: the last life is long.
            [ $killed -lt $kills ] || moment=to_the_end
        elif [ $code = 0 ]; then
            ends=$((ends + 1))
            same_whole_run straight $run
            rm -r $run
        else
            fault "a life ended with exit code $code: $(cat log)"
            return
        fi
    done
    echo "killed $1: $killed times, $within of them within a file; $ends runs reached their end"
    [ $1 = at_random ] || holds "no kill met a file in the making" [ $within -gt 0 ]
}
RANDOM=${ADJOINT_SEED:-20}
campaign at_random
campaign while_writing
summary
