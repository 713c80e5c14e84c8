// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/data/table_formats.h"

namespace prefscope {

/// How a file is written, as its first lines suggest: JSON lines, or the separator that its first line has most of. A
/// header is taken to be there unless a field of the first line is a number.
TableForm guess_form(const InputFile& file);

/// The columns of a file in a form: of its header, else "#1", "#2" ...; the keys of its first JSON object.
std::vector<std::string> column_names(const InputFile& file, const TableForm& form);

/// A mapping in words: "user=userId,item=movieId,rating=rating,time=timestamp,title=name,attribute=genres:genre:|".
/// An attribute is column[:name[:separator of its values]] and may be repeated. Of the form: separator=tab, quote=none,
/// escape=backslash, header=no, skip=2, encoding=latin-1, date=%d.%m.%Y, json=yes. What is not said of the form is as
/// in `guessed`. A comma within a value is written twice. Throws BadInput, naming the part that is wrong.
TableMapping parse_mapping(std::string_view words, const TableForm& guessed);

/// The files that a person mapped: those that have the columns of `interactions`, then those of `items` (words as in
/// parse_mapping; empty: none). Throws BadInput where no file has the columns of `interactions`.
RecognisedSet map_files(const std::vector<InputFile>& files, std::string_view interactions, std::string_view items);

}  // namespace prefscope
