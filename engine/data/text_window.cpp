// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/data/text_window.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace prefscope {

namespace {

constexpr size_t first_bytes = size_t{1} << 16, padding = 64;

}  // namespace

TextWindow::TextWindow(ByteStream stream) : stream_(std::move(stream)), bytes_(first_bytes + padding) {}

void TextWindow::slide(size_t begin) {
  std::memmove(bytes_.data(), bytes_.data() + begin, end_ - begin);
  end_ -= begin;
  // A record that fills half the window needs a larger one; doubling keeps the work linear.
  if (end_ > (bytes_.size() - padding) / 2) bytes_.resize(2 * (bytes_.size() - padding) + padding);
  const size_t n = stream_.read(bytes_.data() + end_, bytes_.size() - padding - end_);
  end_ += n;
  at_end_ = n == 0;
}

}  // namespace prefscope
