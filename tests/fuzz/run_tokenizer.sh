#!/bin/sh
# Fuzzes the readers of tokenizer.json and tokenizer.model with libFuzzer, AddressSanitizer and UBSan:  tests/fuzz/run_tokenizer.sh [seconds]
# Needs clang++ 14. New inputs go to build/fuzz; the corpus here stays small.
set -eu
cd "$(dirname "$0")/../.."
seconds=${1:-600}
out=build/fuzz/tokenizer
mkdir -p "$out/found"
objects=
for source in tests/fuzz/tokenizer_fuzz.cpp engine/base/files.cpp engine/base/sha256.cpp engine/base/utf8.cpp $(ls engine/text/*.cpp | grep -v -e bpe_trainer -e chat -e stop_strings); do
  object=$out/$(basename "$source" .cpp).o
  objects="$objects $object"
  [ "$object" -nt "$source" ] || clang++ -std=c++20 -O1 -g -fsanitize=fuzzer-no-link,address,undefined \
    -fno-sanitize-recover=undefined -DFMT_SHARED -DPREFSCOPE_SOURCE='"."' -DPREFSCOPE_SHARE_DIR='"."' -I. -c "$source" -o "$object"
done
clang++ -fsanitize=fuzzer,address,undefined $objects -o "$out/fuzz" -lfmt -lpcre2-8 -lutf8proc
ASAN_OPTIONS=detect_leaks=0 "$out/fuzz" -max_total_time="$seconds" -max_len=8192 -rss_limit_mb=1024 -timeout=10 \
  -artifact_prefix="$out/" -print_final_stats=1 "$out/found" tests/fuzz/corpus/tokenizer tests/data/tokenizers/bad tests/parity/tokenizers
