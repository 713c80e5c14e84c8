// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/quoted_titles.h"

#include <algorithm>
#include <numeric>

namespace prefscope {

std::vector<TextPart> inventedTitles(const QString& text, const std::vector<QString>& catalogue) {
  constexpr QChar opening(0x201c), closing(0x201d), straight(u'"');
  std::vector<TextPart> invented;
  for (qsizetype at = 0; at < text.size(); ++at) {
    if (text[at] != opening && text[at] != straight) continue;
    const QChar end = text[at] == straight ? straight : closing;
    const qsizetype begin = at + 1;
    const QStringView rest = QStringView(text).mid(begin);
    qsizetype known = -1;  // length of the longest title that stands here
    bool cut = false;      // a title begins so, and the text ends
    for (const QString& title : catalogue) {
      if (rest.startsWith(title) && rest.size() > title.size() && rest[title.size()] == end)
        known = std::max(known, title.size());
      cut = cut || QStringView(title).startsWith(rest);
    }
    const qsizetype close = text.indexOf(end, begin);
    const qsizetype length = known >= 0 ? known : (close >= 0 ? close : text.size()) - begin;
    if (known < 0 && !(close < 0 && cut) && length > 0) invented.push_back({begin, length});
    at = begin + length;  // at the closing quote
  }
  return invented;
}

std::vector<NamedTitle> namedTitles(const QString& text, const std::vector<QString>& titles) {
  std::vector<size_t> order(titles.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return titles[a].size() > titles[b].size(); });
  std::vector<NamedTitle> named;
  for (const size_t i : order) {
    const QString& title = titles[i];
    if (title.isEmpty()) continue;
    for (qsizetype at = text.indexOf(title); at >= 0; at = text.indexOf(title, at + 1)) {
      const qsizetype end = at + title.size();
      const bool within =
          (at > 0 && text[at - 1].isLetterOrNumber()) || (end < text.size() && text[end].isLetterOrNumber());
      const bool taken = std::any_of(named.begin(), named.end(), [&](const NamedTitle& longer) {
        return longer.title != i && at < longer.part.at + longer.part.length && longer.part.at < end;
      });
      if (!within && !taken) named.push_back({i, {at, title.size()}});
    }
  }
  std::sort(named.begin(), named.end(), [](const NamedTitle& a, const NamedTitle& b) { return a.part.at < b.part.at; });
  return named;
}

}  // namespace prefscope
