#!/bin/sh
# setup.sh - prepares Gradescope's machine: run once, as root, when the autograder is uploaded
#
#    Installs what the grader needs, then builds the grader's own tree and grades the hand-out itself with it: if that
#    goes wrong, the upload fails here, before any student meets it, and a submission later compiles its own files only.
set -eu
cd "$(dirname "$0")"
export DEBIAN_FRONTEND=noninteractive

apt-get update -q
apt-get install -q -y --no-install-recommends make g++ gdb python3 qemu-system-x86 bubblewrap

# Systems of 2022 have an older compiler and an older Python, and newer ones beside them.
if ! python3 -c 'import tomllib' 2>/dev/null; then apt-get install -q -y --no-install-recommends python3.11; fi
if [ "$(g++ -dumpversion | cut -d. -f1)" -lt 12 ]; then apt-get install -q -y --no-install-recommends g++-12; fi
apt-get clean
grep -rlI "^#!" kinglet | xargs chmod +x      # whatever unpacked this

. ./tools
"$PYTHON" kinglet/tests/grade --no-color --gradescope /tmp/results.json kinglet >/tmp/first-grading
"$PYTHON" -c 'import json, sys; json.load(open("/tmp/results.json"))["tests"] or sys.exit("no checks")'
tail -n 1 /tmp/first-grading
rm /tmp/results.json /tmp/first-grading
