// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/progress.h"
#include "engine/store/workspace.h"

namespace prefscope {

/// A row of preparation: one seeded split with saved candidate lists.
struct Preparation {
  int64_t id = 0, data_set = 0;
  std::string created_at, split, prompt, prompt_template, protocol;
  int candidates = 20, negatives = 5, history = 10, orders = 1, targets = 1;
  std::optional<double> threshold;
  double held_out = 0.2;
  std::optional<int64_t> users, train_users;  ///< sampled of all; few-shot
  uint64_t seed = 0;
  std::vector<std::string> view;  ///< steps over the import as they were, as text; none: all rows
  std::string sampling;           ///< how candidates came: uniform, popularity, all, given
  int64_t train_examples = 0, panel_examples = 0, held_out_examples = 0;  ///< counted on reading
};

/// Train: learned from. Panel: the training users' last positives, watched while training; a run may stop by them, and
/// nothing is reported of them as a result. HeldOut: other users, on whom models are judged.
enum class Role { Train, Panel, HeldOut };
/// train, panel, held_out.
const char* role_name(Role role);
Role role_of(const std::string& name);

/// An item as a prompt, a table or a picture needs it.
struct ItemText {
  int64_t id = 0;
  std::string title;
  std::vector<std::pair<std::string, std::string>> attributes;  ///< (name, value), in order
  std::string key = {};                                         ///< its id in the file
};

/// One pair of an imported preference file, word for word.
struct TextPair {
  std::string prompt, chosen;
  std::optional<std::string> rejected;  ///< absent in an SFT file
};

/// What an example belongs to.
struct ExampleHome {
  int64_t data_set = 0, preparation = 0;
};

/// A saved example with its items. For imported preference files only `pairs` is filled, and user and target are 0.
struct Example {
  int64_t id = 0, position = 0, user = 0, target = 0;
  Role role = Role::Train;
  std::string user_key, source;
  std::vector<int64_t> history;     ///< item ids, oldest first
  std::vector<int64_t> candidates;  ///< item ids in the saved order, the target among them
  std::vector<int64_t> negatives;   ///< item ids
  std::vector<TextPair> pairs;
};

std::vector<Preparation> list_preparations(Workspace& workspace, int64_t data_set);
Preparation read_preparation(Workspace& workspace, int64_t id);
/// The newest preparation of the set; throws BadInput, saying to prepare first, when there is none.
Preparation latest_preparation(Workspace& workspace, int64_t data_set);

/// All examples of a role in saved order (all roles when absent); limit 0: all.
std::vector<Example> read_examples(Workspace& workspace, int64_t preparation, std::optional<Role> role = {},
                                   int64_t limit = 0);
/// One example by id. Throws BadInput when it is gone.
Example read_example(Workspace& workspace, int64_t example);
/// What it belongs to. Throws BadInput when it is gone.
ExampleHome example_home(Workspace& workspace, int64_t example);
/// A user's examples under this protocol, by the user's id in the file; of the newest preparation first.
std::vector<Example> examples_of_user(Workspace& workspace, int64_t data_set, const std::string& user_key,
                                      const std::string& protocol);
/// The example of a user, by the id in the file. Throws BadInput when the user has none in this preparation.
Example find_example(Workspace& workspace, int64_t preparation, const std::string& user_key);

/// What the training users did before their targets (positives only), oldest first: item ids by user, users in saved
/// order. Held-out users, targets and what came after them are left out. Classic models and the starter model learn
/// from this.
std::vector<std::vector<int64_t>> read_training_sequences(Workspace& workspace, int64_t preparation);

/// Every item that a training example's user ever acted on, whatever the rating, sorted; by training example in saved
/// order.
std::vector<std::vector<int64_t>> read_touched(Workspace& workspace, int64_t preparation);

/// The items that somebody acted on, sorted: what candidates and negatives are drawn from. Polls.
std::vector<int64_t> read_catalogue(Workspace& workspace, int64_t data_set, const std::vector<std::string>& view = {},
                                    const TaskContext& context = {});

/// Titles and attributes of items by id, of a whole data set, sorted by id.
std::vector<ItemText> read_item_texts(Workspace& workspace, int64_t data_set);

}  // namespace prefscope
