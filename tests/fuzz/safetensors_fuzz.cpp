// SPDX-License-Identifier: GPL-3.0-or-later
// libFuzzer: any bytes as a .safetensors file. Every tensor of one that opens is read to its last byte.
#include <ATen/ATen.h>

#include "engine/base/error.h"
#include "engine/llm/safetensors.h"
#include "tests/fuzz/fuzz_file.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const FuzzFile file("model.safetensors");
  file.write(data, size);
  try {
    const prefscope::SafetensorsFile opened = prefscope::open_safetensors(file.path());
    for (const auto& entry : opened.entries) {
      const at::Tensor copy = prefscope::mapped_tensor(opened, entry).clone();
      if (copy.nbytes() != entry.end - entry.begin) __builtin_trap();
    }
  } catch (const prefscope::Error&) {  // refused by name: what bad files are for
  }
  return 0;
}
