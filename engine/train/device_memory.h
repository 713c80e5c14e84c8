// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <string>

namespace prefscope {

/// Memory of the device that a model runs on ("cpu", "cuda"), in bytes: what is free for it now, and the peak of this
/// process since reset_device_peak (GPU: of its tensors, as torch's allocator counts them). 0 where it is unknown.
int64_t device_available(const std::string& device);
int64_t device_peak(const std::string& device);
/// False where the peak cannot be begun anew: then it is the whole process's.
bool reset_device_peak(const std::string& device);

}  // namespace prefscope
