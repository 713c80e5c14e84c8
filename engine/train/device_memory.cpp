// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/train/device_memory.h"

#include <c10/core/CachingDeviceAllocator.h>

#include "engine/base/memory.h"

namespace prefscope {
namespace {

/// torch's allocator of the GPU; null where there is none.
c10::DeviceAllocator* gpu() {
  auto* allocator = dynamic_cast<c10::DeviceAllocator*>(c10::GetAllocator(c10::kCUDA));
  return allocator && allocator->initialized() ? allocator : nullptr;
}

}  // namespace

int64_t device_available(const std::string& device) {
  if (device == "cpu") return available_memory();
  return gpu() ? static_cast<int64_t>(gpu()->getMemoryInfo(0).first) : 0;
}

int64_t device_peak(const std::string& device) {
  if (device == "cpu") return peak_memory();
  return gpu() ? gpu()->getDeviceStats(0).allocated_bytes[0].peak : 0;
}

bool reset_device_peak(const std::string& device) {
  if (device == "cpu") return reset_peak_memory();
  if (!gpu()) return false;
  gpu()->resetPeakStats(0);
  return true;
}

}  // namespace prefscope
