// SPDX-License-Identifier: GPL-3.0-or-later
// libFuzzer: any bytes as a table, in every form, cut into pieces of every size. The first two bytes choose them.
#include <cstdlib>

#include "engine/base/error.h"
#include "engine/base/utf8.h"
#include "engine/data/mapped_files.h"
#include "engine/data/readers.h"

using namespace prefscope;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  const std::string content(reinterpret_cast<const char*>(data + 2), size - 2);
  // Pieces change nothing: the records and faults are those of the whole.
  static const DelimitedForm forms[] = {
      {",", true, false}, {"::", false, false}, {";", true, true}, {"\t", true, false}};
  const DelimitedForm& form = forms[data[0] % 4];
  const size_t piece = data[1] % 7 + 1;
  ByteStream slow = open_memory(content);
  DelimitedReader whole(open_memory(content), form),
      cut({[read = slow.read, piece](char*into, size_t room) { return read(into, std::min(room, piece)); }, slow.done},
          form);
  std::vector<std::string_view> a, b;
  int64_t line = 0;
  for (;;) {
    const bool more = whole.next(a);
    if (more != cut.next(b)) __builtin_trap();
    if (!more) break;
    if (a != b || whole.line() != cut.line() || whole.fault() != cut.fault() || whole.line() <= line) __builtin_trap();
    line = whole.line();
  }
  // As whatever format it looks like, and as one that is mapped.
  try {
    const InputFile file = memory_file("x", content);
    try {
      const RawDataSet set = read_data_set({file}, recognise_format({file}), {}, {});
      if (set.examples.empty() && set.report.kept != static_cast<int64_t>(set.interactions.size())) __builtin_trap();
      for (const RawItem& item : set.items) {
        if (!is_utf8(item.key) || !is_utf8(item.title) || item.title.empty()) __builtin_trap();
      }
      if (!(read_report(to_json(set.report)) == set.report)) __builtin_trap();
    } catch (const Error& e) {  // refused by name: what bad files are for
      if (!is_utf8(e.what())) __builtin_trap();
    }
    preview(file, parse_mapping("user=#1,item=#2,time=#3,attribute=#4:a:|,header=no", guess_form(file)), {});
  } catch (const Error&) {
  }
  return 0;
}
