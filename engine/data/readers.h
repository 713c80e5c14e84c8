// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "engine/base/progress.h"
#include "engine/data/inputs.h"
#include "engine/data/raw_data_set.h"

namespace prefscope {

/// All formats that are recognised, as --format has them.
std::vector<std::string> format_names();

/// The format by content; throws BadFile, saying what is read and how the files begin, for another.
std::string recognise_format(const std::vector<InputFile>& files);

/// Reads files of a format. role: of preference examples; absent: by the files' names. Throws BadInput for a format
/// that there is not, or a role where no example has one; BadFile where the files are not of that format.
RawDataSet read_data_set(const std::vector<InputFile>& files, const std::string& format, std::optional<Role> role,
                         const TaskContext& context);

/// Reads tables that a person mapped; interactions, items: see map_files.
RawDataSet read_mapped(const std::vector<InputFile>& files, const std::string& interactions, const std::string& items,
                       const TaskContext& context);

}  // namespace prefscope
