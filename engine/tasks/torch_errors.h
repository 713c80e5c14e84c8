// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <c10/util/Exception.h>

#include <new>
#include <string>

#include "engine/base/error.h"

namespace prefscope {

/// Runs work and turns torch's exceptions and a lack of memory into Error.
template <typename Work>
auto with_torch_errors(const Work& work) {
  try {
    return work();
  } catch (const c10::OutOfMemoryError& e) {
    throw Error(ErrorKind::OutOfMemory,
                std::string("the GPU is out of memory; use fewer --batch-tokens: ") + e.what_without_backtrace());
  } catch (const c10::Error& e) {
    const std::string words = e.what_without_backtrace();
    const bool memory =
        words.find("not enough memory") != std::string::npos || words.find("alloc") != std::string::npos;
    throw Error(memory ? ErrorKind::OutOfMemory : ErrorKind::Unsupported,
                (memory ? "out of memory; use fewer --batch-tokens: " : "the tensor library says: ") + words);
  } catch (const std::bad_alloc&) {
    throw Error(ErrorKind::OutOfMemory, "out of memory; use fewer --batch-tokens, or close other programs");
  }
}

}  // namespace prefscope
