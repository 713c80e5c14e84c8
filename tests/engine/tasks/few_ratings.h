// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "tests/engine/store/made_interactions.h"
#include "tests/engine/store/small_store.h"

/// The small store's set with a fourth user (zoe) and eleven ratings. Rows of items a .. e: 4, 3, 3, 1, 0; bob has item
/// a twice. Item a is of the genres drama and crime, b drama (said twice), c comedy.
inline void fill_few_ratings(prefscope::Workspace& workspace) {
  fill_small_store(workspace);
  workspace.db().exec(
      "INSERT INTO user(id, data_set, key) VALUES (4, 1, 'zoe');"
      "INSERT INTO item_attribute VALUES (1, 0, 'genre', 'drama'), (1, 1, 'genre', 'crime'), (1, 2, 'year', '1999'),"
      "(2, 0, 'genre', 'drama'), (2, 1, 'genre', 'drama'), (3, 0, 'genre', 'comedy')");
  prefscope::give_interactions(workspace, 1,
                               {{1, 1, 5, 86'400},
                                {1, 2, 4, 86'400 * 3},
                                {1, 3, 3, {}},
                                {2, 1, 4, 100},
                                {2, 2, 2, 200},
                                {2, 1, 5, 300},
                                {3, 3, 1, 50},
                                {4, 1, 3, 7200},
                                {4, 2, 5, 10},
                                {4, 3, 4, 20},
                                {4, 4, {}, 30}});
}
