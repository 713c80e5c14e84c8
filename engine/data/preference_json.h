// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <optional>
#include <vector>

#include "engine/base/progress.h"
#include "engine/data/inputs.h"
#include "engine/data/raw_data_set.h"

namespace prefscope {

/// The DMPO paper's JSON: {instruction, input, output} in a list or one behind the other, where output is [chosen,
/// rejected] or, in SFT and some evaluation files, a text. Consecutive records with one history and one positive become
/// one example of k pairs, each with its own prompt; a record whose output is a text is an example of its own. Without
/// a role, the examples of a file whose name holds "eval" are held out and the others train. Throws BadFile with file,
/// record number and reason.
RawDataSet read_preference_json(const std::vector<InputFile>& files, std::optional<Role> role,
                                const TaskContext& context);

/// S-DPO's records {historyList (texts joined by "::"), itemList, trueSelection}: an example for each, whose pairs set
/// the true selection against every other candidate, with one prompt that lists all of them in the order of the file.
/// A record that was there before is dropped. Without a role, the examples of a file whose name holds "val", "test" or
/// "eval" are held out. At most 1,000 candidates. Throws BadFile with file, record number and reason.
RawDataSet read_candidate_records(const std::vector<InputFile>& files, std::optional<Role> role,
                                  const TaskContext& context);

/// TALLRec's instructions {instruction, input, output} with the outputs "Yes." and "No.": an example of one pair for
/// each, the output against the other answer. Roles as those of read_candidate_records.
RawDataSet read_yes_no_instructions(const std::vector<InputFile>& files, std::optional<Role> role,
                                    const TaskContext& context);

}  // namespace prefscope
