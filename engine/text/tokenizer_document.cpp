// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/text/tokenizer_document.h"

#include <fmt/format.h>

#include <optional>

#include "engine/base/error.h"
#include "engine/base/utf8.h"

namespace prefscope {
namespace {

using nlohmann::json;

constexpr size_t max_depth = 32, max_values = 4'000'000, max_entries = 4'000'000;

/// Takes the parser's events: builds the document, and the two lists apart.
class Handler : public nlohmann::json_sax<json> {
 public:
  Handler(const std::filesystem::path& file, TokenizerDocument& document) : file_(file), document_(document) {}

  bool null() override { return value(nullptr); }
  bool boolean(bool flag) override { return value(flag); }
  bool number_integer(number_integer_t number) override { return number_of(number, static_cast<double>(number)); }
  bool number_unsigned(number_unsigned_t number) override {
    const auto signed_number = number > INT64_MAX ? INT64_MAX : static_cast<int64_t>(number);
    return number_of(signed_number, static_cast<double>(number));
  }
  bool number_float(number_float_t number, const string_t&) override {
    if (list_ == List::vocabulary_list) return number_of(0, number);
    return list_ == List::none ? value(number) : wrong(fmt::format("{}", number));
  }
  bool string(string_t& text) override {
    if (list_ == List::none) return value(text);
    if (list_ == List::vocabulary_list && list_depth_ == 2 && !token_) {
      token_ = append(text);
      return true;
    }
    if (list_ == List::merges &&
        list_depth_ == 1) {  // "a b"; no token has a blank of its own where they are written so
      const size_t blank = std::min(text.find(' '), text.size());
      text.erase(blank, blank < text.size() ? 1 : 0);
      return add_merge(append(text), static_cast<uint32_t>(blank));
    }
    if (list_ == List::merges && list_depth_ == 2 && parts_ < 2) {
      const Span span = append(text);
      (parts_++ == 0 ? left_ : right_) = span;
      return true;
    }
    return wrong(excerpt(text));
  }
  bool binary(binary_t&) override { return true; }

  bool start_object(std::size_t) override {
    if (begins_list("vocab")) return begin_list(List::vocabulary_object, json::object());
    if (list_ != List::none) return wrong("an object");
    return open(json::object());
  }
  bool key(string_t& name) override {
    if (list_ == List::none) {
      key_ = name;
    } else {
      token_ = append(name);
    }
    return true;
  }
  bool end_object() override { return list_ != List::none ? end_list() : close(); }
  bool start_array(std::size_t) override {
    if (begins_list("vocab")) return begin_list(List::vocabulary_list, json::array());
    if (begins_list("merges")) return begin_list(List::merges, json::array());
    if (list_ == List::none) return open(json::array());
    if (list_ == List::vocabulary_object || list_depth_ != 1) return wrong("a list");
    ++list_depth_;
    token_.reset();
    score_.reset();
    parts_ = 0;
    return true;
  }
  bool end_array() override {
    if (list_ == List::none) return close();
    if (list_depth_ == 1) return end_list();
    --list_depth_;
    if (list_ == List::merges) {
      if (parts_ != 2) return wrong(fmt::format("a list of {}", parts_));
      return add_merge({left_.begin, left_.length + right_.length}, left_.length);
    }
    if (!token_ || !score_) return wrong("a list without text and number");
    return add_entry(static_cast<int64_t>(document_.vocabulary.size()), *score_);
  }
  bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception&) override {
    error_at = position;
    return false;
  }

  std::optional<size_t> error_at;

 private:
  enum class List { none, vocabulary_object, vocabulary_list, merges };
  struct Span {
    uint32_t begin, length;
  };

  [[noreturn]] void bad(const std::string& what) const {
    throw Error(ErrorKind::BadFile, fmt::format("{}: {}", file_.string(), what));
  }
  /// Something that does not belong into the list.
  bool wrong(const std::string& found) const {
    if (list_ == List::merges)
      bad(fmt::format("model.merges[{}]: expected two tokens, found {}; fetch the file again", document_.merges.size(),
                      found));
    if (list_ == List::vocabulary_list)
      bad(fmt::format("model.vocab[{}]: expected a list of a token and its score, found {}; fetch the file again",
                      document_.vocabulary.size(), found));
    bad(fmt::format("model.vocab: token {}: expected an id, found {}; fetch the file again",
                    token_ ? excerpt(std::string_view(document_.block).substr(token_->begin, token_->length)) : "",
                    found));
  }

  bool begins_list(const char* name) const {
    return list_ == List::none && open_.size() == 2 && model_ && key_ == name && open_[1]->is_object();
  }
  bool begin_list(List list, json empty) {
    if (open_.back()->contains(key_))
      bad(fmt::format("model.{}: expected once, found twice; fetch the file again", key_));
    value(std::move(empty));
    list_ = list;
    list_depth_ = 1;
    return true;
  }
  bool end_list() {
    list_ = List::none;
    return true;
  }

  bool number_of(int64_t number, double score) {
    if (list_ == List::none) return value(number);
    if (list_ == List::vocabulary_object) return add_entry(number, 0);
    if (list_ == List::merges || list_depth_ != 2 || !token_ || score_) return wrong(fmt::format("{}", score));
    score_ = score;
    return true;
  }
  Span append(std::string_view text) {
    const Span span{static_cast<uint32_t>(document_.block.size()), static_cast<uint32_t>(text.size())};
    document_.block += text;  // shorter than the file, whose size was checked
    return span;
  }
  bool add_entry(int64_t id, double score) {
    if (document_.vocabulary.size() == max_entries)
      bad(fmt::format("model.vocab: expected at most {} tokens", max_entries));
    document_.vocabulary.push_back({token_->begin, token_->length, id, score});
    return true;
  }
  bool add_merge(Span both, uint32_t left) {
    if (document_.merges.size() == max_entries)
      bad(fmt::format("model.merges: expected at most {} merges", max_entries));
    document_.merges.push_back({both.begin, left, both.length - left});
    return true;
  }

  bool value(json v) {
    if (list_ != List::none) return wrong(v.dump());  // null, true or false
    put(std::move(v));
    return true;
  }
  json* put(json v) {
    if (++values_ > max_values) bad(fmt::format("expected at most {} values beside the vocabulary", max_values));
    if (open_.empty()) {
      document_.root = std::move(v);
      return &document_.root;
    }
    json& parent = *open_.back();
    if (parent.is_array()) return &parent.emplace_back(std::move(v));
    return &(parent[key_] = std::move(v));
  }
  bool open(json empty) {
    if (open_.size() == max_depth) bad(fmt::format("expected at most {} levels, found more", max_depth));
    if (open_.size() == 1) model_ = key_ == "model";
    open_.push_back(put(std::move(empty)));
    return true;
  }
  bool close() {
    open_.pop_back();
    return true;
  }

  const std::filesystem::path& file_;
  TokenizerDocument& document_;
  std::vector<json*> open_;  // a parent's storage stays where it is while its last child is open
  std::string key_;
  bool model_ = false;
  size_t values_ = 0;
  List list_ = List::none;
  int list_depth_ = 0, parts_ = 0;
  std::optional<Span> token_;
  std::optional<double> score_;
  Span left_{}, right_{};
};

}  // namespace

std::string excerpt(std::string_view text) {
  constexpr size_t most = 60;
  if (text.size() <= most) return json(lossy_utf8(text)).dump();
  size_t end = most;
  while ((static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return json(lossy_utf8(text.substr(0, end)) + "...").dump();
}

TokenizerDocument parse_tokenizer_document(const std::filesystem::path& file, std::string_view content) {
  TokenizerDocument document;
  Handler handler(file, document);
  if (!json::sax_parse(content, &handler)) {
    throw Error(ErrorKind::BadFile,
                fmt::format("{}: expected JSON, found damaged content at byte {} of {}; fetch the file again",
                            file.string(), handler.error_at.value_or(0), content.size()));
  }
  if (!document.root.is_object()) {
    throw Error(ErrorKind::BadFile, fmt::format("{}: expected a JSON object, found {}; fetch the file again",
                                                file.string(), document.root.type_name()));
  }
  return document;
}

}  // namespace prefscope
