// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/store/reference_log_probs.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

#include "engine/base/files.h"

namespace prefscope {
namespace {

/// Counts up whenever a change of engine/llm moves log-probs by more than rounding: what was kept before is then
/// computed anew.
constexpr const char* kernel_path = "forest-1";

std::string bytes_of(const std::string& hex, size_t count) {
  std::string bytes(count, '\0');
  for (size_t i = 0; i < count; ++i) {
    unsigned value = 0;
    std::from_chars(hex.data() + 2 * i, hex.data() + 2 * i + 2, value, 16);
    bytes[i] = static_cast<char>(value);
  }
  return bytes;
}

void bind_bytes(SQLite::Statement& statement, int index, const std::string& bytes) {
  statement.bind(index, static_cast<const void*>(bytes.data()), static_cast<int>(bytes.size()));
}

}  // namespace

std::string response_key(std::span<const int32_t> prompt, std::span<const int32_t> response) {
  std::string content;
  for (const auto ids : {prompt, response}) {
    content += fmt::format("{}:", ids.size());
    content.append(reinterpret_cast<const char*>(ids.data()), ids.size() * sizeof(int32_t));
  }
  return bytes_of(sha256(content), 16);
}

std::string reference_key(const std::string& identity) {
  return bytes_of(sha256(identity + '\n' + kernel_path), 32);
}

std::vector<std::optional<double>> find_reference_log_probs(Workspace& workspace, const std::string& policy,
                                                            const std::vector<std::string>& responses) {
  SQLite::Statement query(workspace.db(), "SELECT log_prob FROM reference_log_prob WHERE policy = ? AND response = ?");
  std::vector<std::optional<double>> found;
  bind_bytes(query, 1, policy);
  for (const std::string& response : responses) {
    bind_bytes(query, 2, response);
    found.emplace_back();
    if (query.executeStep()) {
      const double value = query.getColumn(0).getDouble();
      if (std::isfinite(value)) found.back() = value;
    }
    query.reset();
  }
  return found;
}

void keep_reference_log_probs(Workspace& workspace, const std::string& policy,
                              const std::vector<ReferenceLogProb>& log_probs) {
  SQLite::Statement insert(workspace.db(), "INSERT OR IGNORE INTO reference_log_prob VALUES (?, ?, ?)");
  bind_bytes(insert, 1, policy);
  for (const ReferenceLogProb& one : log_probs) {
    bind_bytes(insert, 2, one.response);
    insert.bind(3, one.log_prob);
    insert.exec();
    insert.reset();
  }
}

}  // namespace prefscope
