// SPDX-License-Identifier: GPL-3.0-or-later
// libFuzzer: any bytes as config.json. One that is read must write as a config that reads the same.
#include "engine/base/error.h"
#include "engine/llm/model_config.h"
#include "tests/fuzz/fuzz_file.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const FuzzFile file("config.json");
  file.write(data, size);
  try {
    const prefscope::ModelConfig config = prefscope::read_model_config(file.folder());
    const std::string text = prefscope::config_json(config, "float32");
    file.write(reinterpret_cast<const uint8_t*>(text.data()), text.size());
    const prefscope::ModelConfig again = prefscope::read_model_config(file.folder());
    if (prefscope::config_json(again, "float32") != text || again.windows != config.windows) __builtin_trap();
  } catch (const prefscope::Error&) {  // refused by name: what bad files are for
  }
  return 0;
}
