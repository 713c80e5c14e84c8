#!/bin/sh
# Fuzzes a reader with libFuzzer, AddressSanitizer and UBSan:  tests/fuzz/run.sh safetensors|model_config [seconds]
# Needs clang++ 14 and .libtorch (packaging/bootstrap.sh). New inputs go to build/fuzz; the corpus here stays small.
set -eu
cd "$(dirname "$0")/../.."
name=$1
seconds=${2:-600}
out=build/fuzz/$name
mkdir -p "$out/found"
torch=.libtorch/torch
llm="safetensors model_files model_config"
sources="tests/fuzz/${name}_fuzz.cpp engine/base/files.cpp engine/base/sha256.cpp"
for part in $llm; do sources="$sources engine/llm/$part.cpp"; done
objects=
for source in $sources; do
  object=$out/$(basename "$source" .cpp).o
  objects="$objects $object"
  [ "$object" -nt "$source" ] || clang++ -std=c++20 -O1 -g -fsanitize=fuzzer-no-link,address,undefined \
    -fno-sanitize-recover=undefined -DFMT_SHARED -DPREFSCOPE_SOURCE='"."' -DPREFSCOPE_SHARE_DIR='"."' -I. \
    -idirafter $torch/include -idirafter $torch/include/torch/csrc/api/include -c "$source" -o "$object"
done
clang++ -fsanitize=fuzzer,address,undefined $objects -o "$out/fuzz" -Wl,-rpath,"$PWD/$torch/lib" \
  -Wl,-rpath-link,"$torch/lib" $torch/lib/libtorch_cpu.so $torch/lib/libc10.so -lfmt
# Seeds: the corpus here, the tests' own bad files and fixtures.
case $name in
  safetensors) seeds="tests/data/llm tests/parity/llm" ;;
  model_config) seeds="" ;;
esac
ASAN_OPTIONS=detect_leaks=0 OMP_NUM_THREADS=1 "$out/fuzz" -max_total_time="$seconds" -max_len=4096 -rss_limit_mb=1024 -timeout=10 \
  -artifact_prefix="$out/" -print_final_stats=1 "$out/found" "tests/fuzz/corpus/$name" $seeds
