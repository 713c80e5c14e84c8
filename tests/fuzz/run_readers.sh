#!/bin/sh
# Fuzzes what reads data sets with libFuzzer, AddressSanitizer and UBSan:  tests/fuzz/run_readers.sh table|json_lines|archive [seconds]
# Needs clang++ 14. New inputs go to build/fuzz; the corpus here stays small.
set -eu
cd "$(dirname "$0")/../.."
name=$1
seconds=${2:-600}
out=build/fuzz/$name
mkdir -p "$out/found" build/fuzz/readers
objects=
sources="tests/fuzz/${name}_fuzz.cpp"
for part in files sha256 utf8 progress random; do sources="$sources engine/base/$part.cpp"; done
for part in archive atomic_files byte_stream candidate_records collector delimited encoding import_report inputs json_lines json_records \
  key_index mapped_files preference_json prompts rationales read_tables readers table_formats table_rows text_window time_text title_text; do
  sources="$sources engine/data/$part.cpp"
done
for source in $sources; do
  object=build/fuzz/readers/$(basename "$source" .cpp).o
  objects="$objects $object"
  # A header that is newer may have changed what an object looks like.
  [ "$object" -nt "$source" ] && [ -z "$(find engine -name '*.h' -newer "$object" -print -quit)" ] || clang++ -std=c++20 -O1 -g -fsanitize=fuzzer-no-link,address,undefined \
    -fno-sanitize-recover=undefined -DFMT_SHARED -DPREFSCOPE_SOURCE='"."' -DPREFSCOPE_SHARE_DIR='"."' -I. -c "$source" -o "$object"
done
clang++ -fsanitize=fuzzer,address,undefined $objects -o "$out/fuzz" -lfmt -larchive -lz -lsimdjson
# Seeds: the corpus here and the tests' own files.
case $name in
  table) seeds="tests/data/movielens tests/data/movielens/bad tests/data/sample-world tests/data/preferences" ;;
  json_lines) seeds="tests/data/preferences/bad" ;;
  archive) seeds="" ;;
esac
ASAN_OPTIONS=detect_leaks=0 "$out/fuzz" -max_total_time="$seconds" -max_len=4096 -rss_limit_mb=1024 -timeout=10 \
  -artifact_prefix="$out/" -print_final_stats=1 "$out/found" "tests/fuzz/corpus/$name" $seeds
