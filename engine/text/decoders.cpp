// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/text/decoders.h"

#include <charconv>

#include "engine/base/utf8.h"

namespace prefscope {
namespace {

std::string joined(const std::vector<std::string>& tokens) {
  std::string all;
  for (const std::string& token : tokens) all += token;
  return all;
}

void replace_all(std::string& text, std::string_view what, std::string_view content) {
  if (text.find(what) == std::string::npos) return;
  std::string out;
  size_t done = 0;
  for (size_t at = 0; (at = text.find(what, at)) != std::string::npos; done = at += what.size()) {
    out.append(text, done, at - done);
    out += content;
  }
  out.append(text, done);
  text = std::move(out);
}

void apply(const DecodeBytes&, std::vector<std::string>& tokens) {
  tokens = {lossy_utf8(joined(tokens))};
}

void apply(const DecodeReplace& step, std::vector<std::string>& tokens) {
  for (std::string& token : tokens) replace_all(token, step.text, step.content);
}

void apply(const DecodeMetaspace& step, std::vector<std::string>& tokens) {
  for (size_t i = 0; i < tokens.size(); ++i)
    replace_all(tokens[i], step.replacement, i == 0 && step.drop_first ? "" : " ");
}

void apply(const DecodeByteTokens&, std::vector<std::string>& tokens) {
  std::vector<std::string> out;
  std::string bytes;
  const auto flush = [&] {
    if (bytes.empty()) return;
    if (is_utf8(bytes)) {
      out.push_back(bytes);
    } else {
      out.insert(out.end(), bytes.size(), "\xef\xbf\xbd");
    }
    bytes.clear();
  };
  for (std::string& token : tokens) {
    const int byte = byte_of_token(token);
    if (byte >= 0) {
      bytes += static_cast<char>(byte);
    } else {
      flush();
      out.push_back(std::move(token));
    }
  }
  flush();
  tokens = std::move(out);
}

void apply(const DecodeFuse&, std::vector<std::string>& tokens) {
  tokens = {joined(tokens)};
}

void apply(const DecodeStrip& step, std::vector<std::string>& tokens) {
  const size_t width = step.content.size();
  for (std::string& token : tokens) {
    size_t begin = 0, end = token.size();
    for (size_t n = 0; n < step.start && token.compare(begin, width, step.content) == 0; ++n) begin += width;
    for (size_t n = 0; n < step.stop && end >= begin + width && token.compare(end - width, width, step.content) == 0;
         ++n)
      end -= width;
    token = token.substr(begin, end - begin);
  }
}

void apply(const DecodeLeadingMarks& step, std::vector<std::string>& tokens) {
  size_t dropped = 0;
  for (std::string& token : tokens) {
    while (dropped < step.most && token.starts_with(step.mark)) {
      token.erase(0, step.mark.size());
      ++dropped;
    }
    if (dropped == step.most || !token.empty()) return;
  }
}

}  // namespace

void decode(const Decoder& step, std::vector<std::string>& tokens) {
  std::visit([&](const auto& one) { apply(one, tokens); }, step);
}

int byte_of_token(std::string_view token) {
  if (token.size() != 6 || !token.starts_with("<0x") || token.back() != '>') return -1;
  int byte = -1;
  const auto [end, code] = std::from_chars(token.data() + 3, token.data() + 5, byte, 16);
  return code == std::errc() && end == token.data() + 5 ? byte : -1;
}

}  // namespace prefscope
