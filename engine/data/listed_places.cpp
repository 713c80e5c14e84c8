// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/data/listed_places.h"

#include <algorithm>
#include <map>
#include <optional>

namespace prefscope {
namespace {

std::string trimmed(const std::string& text) {
  const size_t first = text.find_first_not_of(" \n"), last = text.find_last_not_of(" \n");
  return first == std::string::npos ? std::string() : text.substr(first, last - first + 1);
}

std::string title_of(const std::string& response) {
  const size_t begin = response.find("<Title:"), comma = response.find(" ,");
  if (begin == std::string::npos) return trimmed(response);
  const size_t end = comma != std::string::npos && comma > begin ? comma : response.size();
  return trimmed(response.substr(begin, end - begin));
}

bool is_yes_or_no(const std::string& title) {
  return title == "Yes" || title == "No" || title == "Yes." || title == "No.";
}

/// Whether the text may go on here with another word: bytes above 0x7f are parts of letters.
bool joins(const std::string& text, size_t at) {
  if (at >= text.size()) return false;
  const auto c = static_cast<unsigned char>(text[at]);
  return c >= 0x80 || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

struct Range {
  size_t begin, end;
};

/// Where the title stands last, outside of what is taken. as_line: with a line to itself.
std::optional<Range> last_of(const std::string& prompt, const std::string& title, bool as_line,
                             const std::vector<Range>& taken) {
  for (size_t at = prompt.rfind(title); at != std::string::npos; at = at == 0 ? at - 1 : prompt.rfind(title, at - 1)) {
    const size_t end = at + title.size();
    const bool line = (at == 0 || prompt[at - 1] == '\n') && (end == prompt.size() || prompt[end] == '\n');
    const bool word =
        !(at > 0 && joins(prompt, at - 1) && joins(prompt, at)) && !(joins(prompt, end) && joins(prompt, end - 1));
    const bool free =
        std::none_of(taken.begin(), taken.end(), [&](const Range& r) { return at < r.end && r.begin < end; });
    if (free && (as_line ? line : word)) return Range{at, end};
  }
  return std::nullopt;
}

/// Where each title begins; empty where one does not stand in the prompt. The longest first, so that a title which is a
/// part of another is not found in it.
std::map<std::string, size_t> begins(const std::string& prompt, const std::vector<std::string>& titles, bool as_lines) {
  std::map<std::string, size_t> all;
  std::vector<Range> taken;
  for (const std::string& title : titles) {
    const auto found = last_of(prompt, title, as_lines, taken);
    if (!found) return {};
    taken.push_back(*found);
    all[title] = found->begin;
  }
  return all;
}

}  // namespace

std::vector<ListedPlace> listed_places(const std::vector<TextPair>& pairs) {
  std::vector<ListedPlace> places;
  std::vector<bool> done(pairs.size());
  for (size_t i = 0; i < pairs.size(); ++i) {
    if (done[i] || !pairs[i].rejected) continue;
    const std::string chosen = title_of(pairs[i].chosen);
    std::vector<std::string> titles = {chosen};
    for (size_t j = i; j < pairs.size(); ++j) {
      if (!pairs[j].rejected || pairs[j].prompt != pairs[i].prompt || title_of(pairs[j].chosen) != chosen) continue;
      done[j] = true;
      titles.push_back(title_of(*pairs[j].rejected));
    }
    std::sort(titles.begin(), titles.end(), [](const std::string& a, const std::string& b) {
      return a.size() != b.size() ? a.size() > b.size() : a < b;
    });
    titles.erase(std::unique(titles.begin(), titles.end()), titles.end());
    if (titles.size() < 2 || titles.back().empty() || std::all_of(titles.begin(), titles.end(), is_yes_or_no)) continue;
    auto found = begins(pairs[i].prompt, titles, true);
    if (found.empty()) found = begins(pairs[i].prompt, titles, false);
    if (found.empty()) continue;
    const auto before =
        std::count_if(found.begin(), found.end(), [&](const auto& each) { return each.second < found.at(chosen); });
    places.push_back({chosen, static_cast<size_t>(before), found.size()});
  }
  return places;
}

}  // namespace prefscope
