// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/text/wrong_file.h"

namespace prefscope {

std::string what_it_is_instead(std::string_view content) {
  if (content.empty()) return "an empty file; fetch it again";
  if (content.starts_with("version https://git-lfs.github.com/"))
    return "a git-LFS pointer, not the file itself; run \"git lfs pull\" in its folder, or fetch the file from the hub";
  const size_t begin = content.find_first_not_of(" \t\r\n");
  if (begin != std::string_view::npos && content[begin] == '<')
    return "a web page, not the file itself; fetch it by its download link (on a hub often /resolve/ instead of "
           "/blob/)";
  if (content.starts_with("\x1f\x8b") || content.starts_with("PK\x03\x04")) return "an archive; unpack it first";
  return {};
}

}  // namespace prefscope
