#!/bin/bash
# The first program: the README shows its very text, it fits on one screen, and it learns its curve and the curve's
# slope.
. "$(dirname "$0")/expect.sh"
root=$(cd "$here/../.." && pwd)
example=$root/examples/first_program.cpp

sed -n '/^```cpp$/,/^```$/p' "$root/README.md" | sed '1d;$d' >shown.cpp
same shown.cpp "$example"
holds "it is longer than a screen" [ "$(wc -l <"$example")" -le 50 ]
expect 0 '^step 300' "$FIRST_PROGRAM"
"$FIRST_PROGRAM" >output
holds "the loss at the end is too high: $(cat output)" awk '/^step 300/ { exit !($4 < 1e-4) }' output
holds "the slope is wrong: $(cat output)" awk '/^slope/ { exit !($4 > 4.9 && $4 < 5.1) }' output
summary
