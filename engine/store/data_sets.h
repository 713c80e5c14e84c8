// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/store/workspace.h"

namespace prefscope {

/// A row of data_set.
struct DataSet {
  int64_t id = 0;
  std::string name, format, source, content_hash, imported_at;
  int64_t users = 0, items = 0, interactions = 0, examples = 0;  ///< examples: imported preference examples only
  bool has_ratings = false;
};

/// Something a reader left out. line: line or record number from 1; 0: the file as a whole.
struct Dropped {
  std::string file;
  int64_t line = 0;
  std::string reason;
};

std::vector<DataSet> list_data_sets(Workspace& workspace);
/// Throws BadInput, naming the sets there are, when there is none of that name.
DataSet find_data_set(Workspace& workspace, const std::string& name);
/// What was stored of the import's report, JSON; empty for sets that were imported before there was one.
std::string report_json(Workspace& workspace, int64_t data_set);
std::vector<Dropped> dropped_of(Workspace& workspace, int64_t data_set);
/// Deletes the set and everything made from it (preparations, runs with their folders, evaluations, cases), in one
/// transaction. Throws BadInput while one of its runs is training, or a run on another set builds on one of its runs.
void delete_data_set(Workspace& workspace, int64_t data_set);

/// One line of a table that pages through rows: see read_users and the like.
struct UserRow {
  int64_t id = 0;
  std::string key;
  int64_t interactions = 0;
};
struct ItemRow {
  int64_t id = 0;
  std::string key, title, attributes;  ///< attributes: "genre: Drama, Crime; year: 1995"
  int64_t interactions = 0;
};
struct InteractionRow {
  int64_t id = 0, user = 0, item = 0;
  std::string user_key, title;
  std::optional<double> rating;
  std::optional<int64_t> time;  ///< seconds since 1970, UTC
};

enum class UserOrder { File, Key, Interactions };
enum class ItemOrder { File, Key, Title, Interactions };
enum class InteractionOrder { User, Time, Rating };  ///< User: by user, then time

/// Which rows of a table are wanted, in which order. Ties are broken by id, so windows never overlap.
template <typename Order>
struct RowQuery {
  int64_t data_set = 0;
  /// Part of an item's title or key, or of a user's key; of an interaction: part of the title, or the user's whole key.
  /// Any case, in any script; %, _ and quotes are plain text. Empty: all.
  std::string search;
  Order order = {};
  bool descending = false;
  int64_t offset = 0, limit = 200;
};

int64_t count_users(Workspace& workspace, const RowQuery<UserOrder>& query);
std::vector<UserRow> read_users(Workspace& workspace, const RowQuery<UserOrder>& query);
int64_t count_items(Workspace& workspace, const RowQuery<ItemOrder>& query);
std::vector<ItemRow> read_items(Workspace& workspace, const RowQuery<ItemOrder>& query);
int64_t count_interactions(Workspace& workspace, const RowQuery<InteractionOrder>& query);
std::vector<InteractionRow> read_interactions(Workspace& workspace, const RowQuery<InteractionOrder>& query);
/// One user's interactions, oldest first; ties in file order.
std::vector<InteractionRow> read_history(Workspace& workspace, int64_t user);

}  // namespace prefscope
