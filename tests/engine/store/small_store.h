// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "engine/store/workspace.h"

/// Rows for tests of the store: one data set (1), users 1 .. 3, items 1 .. 5, a model (1), two runs (1: sft, 2: dmpo on
/// it), and a preparation (1) with examples 1 .. 3. Users 1 and 2 are held out, 3 trains. Candidates of example 1:
/// items 2, 3, 4 with target 3 at position 1; of example 2: items 4, 5 with target 4 at position 0.
inline constexpr const char* small_store_rows = R"sql(
    INSERT INTO data_set(id, name, format, source, content_hash, imported_at, users, items, interactions, examples, has_ratings)
      VALUES (1, 'small', 'sample-world', 'a.csv', 'h', '2026-01-01T00:00:00Z', 3, 5, 0, 0, 0);
    INSERT INTO user(id, data_set, key, interactions) VALUES (1, 1, 'ann', 0), (2, 1, 'bob', 0), (3, 1, 'eve', 0);
    INSERT INTO item(id, data_set, key, title, interactions) VALUES (1, 1, 'a', 'A', 0), (2, 1, 'b', 'B', 0), (3, 1, 'c', 'C', 0), (4, 1, 'd', 'D', 0), (5, 1, 'e', 'E', 0);
    INSERT INTO model(id, name, path, weights_hash, config, added_at) VALUES (1, 'tiny', '/nowhere', 'h', '{}', '2026-01-01T00:00:00Z');
    INSERT INTO preparation(id, data_set, created_at, split, candidates, negatives, history, held_out, prompt, template, orders, seed, protocol)
      VALUES (1, 1, '2026-01-01T00:00:00Z', 'leave-last-out', 3, 1, 10, 0.5, 'open', '{history}', 1, 0, 'words');
    INSERT INTO example VALUES (1, 1, 1, 0, 'held_out', 1, 3, NULL), (2, 1, 1, 1, 'held_out', 2, 4, NULL), (3, 1, 1, 2, 'train', 3, 1, NULL);
    INSERT INTO example_history VALUES (1, 0, 1), (2, 0, 2);
    INSERT INTO candidate VALUES (1, 0, 2), (1, 1, 3), (1, 2, 4), (2, 0, 4), (2, 1, 5);
    INSERT INTO run(id, data_set, preparation, model, parent, name, objective, options, status, created_at)
      VALUES (1, 1, 1, 1, NULL, 'sft', 'sft', '{}', 'done', ''), (2, 1, 1, 1, 1, 'dmpo', 'dmpo', '{}', 'done', '');
  )sql";
inline void fill_small_store(prefscope::Workspace& workspace) {
  workspace.db().exec(small_store_rows);
}
