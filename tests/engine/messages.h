// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QtGlobal>
#include <functional>
#include <string>

#include "engine/base/error.h"

namespace prefscope {

/// The message of the Error that this throws, or "no error".
inline std::string message_of(const std::function<void()>& act) {
  try {
    act();
  } catch (const Error& e) {
    return e.what();
  }
  return "no error";
}

/// Whether a text holds a part; a text that does not is shown.
inline bool holds(const std::string& text, const std::string& part) {
  if (text.find(part) == std::string::npos) qWarning("%s", text.c_str());
  return text.find(part) != std::string::npos;
}

}  // namespace prefscope
