// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/progress.h"
#include "engine/data/key_index.h"
#include "engine/data/raw_data_set.h"

namespace prefscope {

/// A row of a file: line from 1.
struct RowPlace {
  std::string_view file;
  int64_t line = 0;
};

/// What becomes of an interaction with an item that the catalogue does not have.
enum class UnknownItem {
  Drop,  ///< the catalogue is the whole: such a row is damage
  Keep   ///< its key becomes its title
};

/// Puts rows together to a data set: numbers for keys, columns for interactions, and the report of what was kept,
/// mended and left out.
class Collector {
 public:
  Collector(const std::string& format, UnknownItem unknown);

  /// An item with its title and attributes (their names too), cleaned here. only_known: left out unless an interaction
  /// has it.
  void add_item(const RowPlace& place, RawItem item, bool only_known);
  /// rating: NaN where there is none; time: no_time where unknown; thousandths: of a second, after it.
  void add_interaction(const RowPlace& place, std::string_view user, std::string_view item, double rating, int64_t time,
                       int thousandths = 0);
  /// The same with an item that the row itself describes: its first row counts.
  void add_interaction(const RowPlace& place, std::string_view user, RawItem item, double rating, int64_t time,
                       int thousandths = 0);
  /// A row with an interaction that cannot be used.
  void drop_interaction(const RowPlace& place, std::string_view reason, std::string_view found);
  /// So many rows are to come, so that memory is taken once.
  void expect_rows(double rows);
  ImportReport& report() { return set_.report; }

  /// The set, with what is counted over all of it. Throws BadFile, naming `files`, where no interaction is left.
  RawDataSet take(const TaskContext& context, const std::string& files = {});

 private:
  bool is_bad_key(std::string_view key) const;
  int32_t new_item(RawItem item, bool described);

  RawDataSet set_;
  UnknownItem unknown_;
  bool own_format_;  ///< what Prefscope itself writes, word for word: "&amp;" in a title is no entity
  KeyIndex users_, items_;
  std::vector<bool> described_;  ///< [items] by a row of a catalogue
  bool has_catalogue_ = false;
  int32_t last_user_ = -1;
  int64_t left_out_ = 0;
};

/// Whether an id is empty or of blanks alone, and so names nobody.
bool is_blank(std::string_view key);

/// Counts repeated pairs and tied users into the report.
void count_repeats_and_ties(const InteractionColumns& columns, size_t users, size_t items, ImportReport& report,
                            const TaskContext& context);

}  // namespace prefscope
