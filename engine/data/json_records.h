// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <nlohmann/json.hpp>
#include <string>

#include "engine/data/import_report.h"
#include "engine/data/inputs.h"

namespace prefscope {

/// The records of a file of JSON: a list of them, or objects one behind the other. At most 256 MiB and 8 deep. Adds the
/// encoding to the report. Throws BadFile with the number of the record that is damaged.
nlohmann::json read_records(const InputFile& file, ImportReport& report, const TaskContext& context);

/// Throws BadFile for a record, numbered from 1.
[[noreturn]] void bad_record(const InputFile& file, size_t record, const std::string& what);

/// What was found in the place of something else: "a list of 3", "an empty text".
std::string found_text(const nlohmann::json& value);

}  // namespace prefscope
