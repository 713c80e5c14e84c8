// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <stdexcept>
#include <string>

namespace prefscope {

/// What kind of trouble an Error reports; the CLI and the job bridge choose their wording by it.
enum class ErrorKind { BadInput, BadFile, Storage, OutOfMemory, Unsupported };

/// The one exception the engine throws for trouble. The message names the file, row, tensor or setting, what was expected, what
/// was found, and what to do.
class Error : public std::runtime_error {
 public:
  Error(ErrorKind kind, const std::string& message) : std::runtime_error(message), kind_(kind) {}
  ErrorKind kind() const noexcept { return kind_; }

 private:
  ErrorKind kind_;
};

/// Thrown when a stop token asked for the end. Not an Error: nothing went wrong, and nothing half done remains.
struct Cancelled {};

}  // namespace prefscope
