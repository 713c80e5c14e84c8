// SPDX-License-Identifier: GPL-3.0-or-later
// libFuzzer: any bytes as a file that may be packed. What opens is read to its end, at most 8 MiB of each file.
#include "engine/base/error.h"
#include "engine/base/utf8.h"
#include "engine/data/inputs.h"
#include "tests/fuzz/fuzz_file.h"

using namespace prefscope;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const FuzzFile file("set.csv.gz");
  file.write(data, size);
  try {
    for (const InputFile& input : open_inputs({file.path()}, {})) {
      if (!is_utf8(input.name)) __builtin_trap();
      try {
        read_all(input.open(), size_t{8} << 20, input.name);
      } catch (const Error&) {  // another file of it may be whole
      }
    }
  } catch (const Error& e) {  // refused by name: what bad files are for
    if (!is_utf8(e.what())) __builtin_trap();
  }
  return 0;
}
