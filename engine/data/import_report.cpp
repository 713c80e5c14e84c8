// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/data/import_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "engine/base/error.h"
#include "engine/base/utf8.h"

namespace prefscope {
namespace {

using nlohmann::ordered_json;

constexpr size_t shown_lines = 5, shown_characters = 60;
constexpr std::array<const char*, 3> kind_names = {"dropped", "mended", "note"};

/// The first characters of what was found, whatever bytes it is of.
std::string quoted(std::string_view found) {
  size_t cut = std::min(found.size(), shown_characters);
  while (cut > 0 && cut < found.size() && (static_cast<unsigned char>(found[cut]) & 0xc0) == 0x80) --cut;
  return fmt::format("found \"{}{}\"", printable(found.substr(0, cut)), cut < found.size() ? "..." : "");
}

}  // namespace

void add_remark(ImportReport& report, RemarkKind kind, std::string_view file, int64_t line, std::string_view reason,
                std::string_view found) {
  auto place = std::find_if(report.remarks.begin(), report.remarks.end(), [&](const Remark& remark) {
    return remark.kind == kind && remark.reason == reason && remark.file == file;
  });
  if (place == report.remarks.end()) {
    report.remarks.push_back({kind, std::string(file), std::string(reason), {}, 0, {}});
    place = report.remarks.end() - 1;
    if (found.data() != nullptr) place->example = quoted(found);
  }
  ++place->count;
  if (line > 0 && place->lines.size() < shown_lines) place->lines.push_back(line);
}

std::string remark_text(const Remark& remark) {
  std::string text = remark.file;
  if (!remark.lines.empty()) {
    text += remark.lines.size() == 1 && remark.count == 1 ? " line" : " lines";
    for (size_t i = 0; i < remark.lines.size(); ++i) text += fmt::format("{} {}", i == 0 ? "" : ",", remark.lines[i]);
    const int64_t more = remark.count - static_cast<int64_t>(remark.lines.size());
    if (more > 0) text += fmt::format(" and {} more", more);
  }
  text += fmt::format("{}{}", text.empty() ? "" : ": ", remark.reason);
  if (!remark.example.empty()) text += ", " + remark.example;
  return text;
}

std::string report_summary(const ImportReport& report) {
  int64_t mended = 0;
  for (const Remark& remark : report.remarks) mended += remark.kind == RemarkKind::Mended ? remark.count : 0;
  return fmt::format("{} of {} rows kept", report.kept, report.rows_read) +
         (mended > 0 ? fmt::format(", {} {} mended", mended, mended == 1 ? "thing" : "things") : "");
}

std::string to_json(const ImportReport& report) {
  ordered_json json = {{"rows_read", report.rows_read},
                       {"kept", report.kept},
                       {"dropped", report.dropped()},
                       {"item_rows_read", report.item_rows_read},
                       {"users", report.users},
                       {"items", report.items},
                       {"repeated_pairs", report.repeated_pairs},
                       {"exact_repeats", report.exact_repeats},
                       {"tied_users", report.tied_users},
                       {"interactions_without_time", report.interactions_without_time},
                       {"encodings", ordered_json::array()},
                       {"remarks", ordered_json::array()}};
  for (const auto& [file, encoding] : report.encodings)
    json["encodings"].push_back({{"file", file}, {"encoding", encoding}});
  for (const Remark& remark : report.remarks)
    json["remarks"].push_back({{"kind", kind_names[static_cast<size_t>(remark.kind)]},
                               {"file", remark.file},
                               {"reason", remark.reason},
                               {"example", remark.example},
                               {"count", remark.count},
                               {"lines", remark.lines}});
  for (const JoinedPart& part : report.parts)
    json["parts"].push_back({{"name", part.name},
                             {"content_hash", part.content_hash},
                             {"users", part.users},
                             {"items", part.items},
                             {"interactions", part.interactions}});
  return json.dump();
}

ImportReport read_report(const std::string& text) {
  try {
    const ordered_json json = ordered_json::parse(text);
    ImportReport report;
    const auto number = [&](const char* key) { return json.at(key).get<int64_t>(); };
    report.rows_read = number("rows_read");
    report.kept = number("kept");
    report.item_rows_read = number("item_rows_read");
    report.users = number("users");
    report.items = number("items");
    report.repeated_pairs = number("repeated_pairs");
    report.exact_repeats = number("exact_repeats");
    report.tied_users = number("tied_users");
    report.interactions_without_time = number("interactions_without_time");
    for (const ordered_json& entry : json.at("encodings"))
      report.encodings.emplace_back(entry.at("file").get<std::string>(), entry.at("encoding").get<std::string>());
    for (const ordered_json& entry : json.at("remarks")) {
      const auto kind =
          std::find(kind_names.begin(), kind_names.end(), entry.at("kind").get<std::string>()) - kind_names.begin();
      if (kind == static_cast<std::ptrdiff_t>(kind_names.size()))
        throw Error(ErrorKind::BadFile, "an import's report: expected a remark that is dropped, mended or note");
      report.remarks.push_back({static_cast<RemarkKind>(kind), entry.at("file").get<std::string>(),
                                entry.at("reason").get<std::string>(), entry.at("example").get<std::string>(),
                                entry.at("count").get<int64_t>(), entry.at("lines").get<std::vector<int64_t>>()});
    }
    for (const ordered_json& entry : json.value("parts", ordered_json::array()))
      report.parts.push_back({entry.at("name").get<std::string>(), entry.at("content_hash").get<std::string>(),
                              entry.at("users").get<int64_t>(), entry.at("items").get<int64_t>(),
                              entry.at("interactions").get<int64_t>()});
    return report;
  } catch (const nlohmann::json::exception& e) {
    throw Error(ErrorKind::BadFile, fmt::format("an import's report: {}; import the data set again", e.what()));
  }
}

}  // namespace prefscope
