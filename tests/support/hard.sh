#!/usr/bin/env bash
# The whole suite, $1 times beside two busy loops, and once with the kernels that every processor has: see the Makefile.
set -euo pipefail
cd "$(dirname "$0")/../.."

for _ in 1 2; do (while :; do :; done) & done
loops=$(jobs -p)
trap 'kill $loops 2>/dev/null' EXIT
for run in $(seq "$1"); do
  echo "Run $run of $1, beside two busy loops"
  python -m pytest -q -n 2 --dist loadfile
done
kill $loops

echo "Generic kernels on one thread"
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
export ATEN_CPU_CAPABILITY=default ONEDNN_MAX_CPU_ISA=SSE41 MKL_ENABLE_INSTRUCTIONS=SSE4_2     # torch
export OPENBLAS_CORETYPE=Nehalem NPY_DISABLE_CPU_FEATURES="X86_V3 X86_V4 AVX512_ICL AVX512_SPR" # numpy
export OPENCV_CPU_DISABLE=AVX,AVX2,AVX512-SKX NUMBA_CPU_NAME=generic NUMBA_CPU_FEATURES=
export SKETCHPOSE_PLAIN_KERNELS=1                                                              # see tests/conftest.py
python -m pytest -q -n 2 --dist loadfile
