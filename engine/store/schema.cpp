// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/store/schema.h"

#include <iterator>

#include "engine/store/workspace.h"

namespace prefscope {
namespace {

// Order columns are 0-based and explicit: every read that feeds training sorts by one of them.
constexpr const char* version_1 = R"sql(
CREATE TABLE data_set (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  format TEXT NOT NULL,              -- movielens, dmpo-json, sample-world
  source TEXT NOT NULL,              -- the files' names
  content_hash TEXT NOT NULL,        -- SHA-256 of the files' content
  imported_at TEXT NOT NULL,         -- ISO 8601, UTC
  users INTEGER NOT NULL DEFAULT 0,  -- counts, kept so that a list of data sets needs no scan
  items INTEGER NOT NULL DEFAULT 0,
  interactions INTEGER NOT NULL DEFAULT 0,
  examples INTEGER NOT NULL DEFAULT 0,
  has_ratings INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE import_drop (             -- what a reader left out, and why
  data_set INTEGER NOT NULL REFERENCES data_set ON DELETE CASCADE,
  file TEXT NOT NULL,
  line INTEGER NOT NULL,               -- line or record number, from 1
  reason TEXT NOT NULL
) STRICT;
CREATE INDEX import_drop_data_set ON import_drop(data_set);

CREATE TABLE user (
  id INTEGER PRIMARY KEY,
  data_set INTEGER NOT NULL REFERENCES data_set ON DELETE CASCADE,
  key TEXT NOT NULL,                   -- the id in the file
  interactions INTEGER NOT NULL DEFAULT 0,
  UNIQUE (data_set, key)
) STRICT;

CREATE TABLE item (
  id INTEGER PRIMARY KEY,
  data_set INTEGER NOT NULL REFERENCES data_set ON DELETE CASCADE,
  key TEXT NOT NULL,
  title TEXT NOT NULL,
  interactions INTEGER NOT NULL DEFAULT 0,
  UNIQUE (data_set, key)
) STRICT;
CREATE INDEX item_title ON item(data_set, title);
CREATE INDEX item_interactions ON item(data_set, interactions);
CREATE INDEX user_interactions ON user(data_set, interactions);

CREATE TABLE item_attribute (
  item INTEGER NOT NULL REFERENCES item ON DELETE CASCADE,
  position INTEGER NOT NULL,
  name TEXT NOT NULL,                  -- genre, year, maker
  value TEXT NOT NULL,
  PRIMARY KEY (item, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE interaction (
  id INTEGER PRIMARY KEY,
  data_set INTEGER NOT NULL REFERENCES data_set ON DELETE CASCADE,
  user INTEGER NOT NULL REFERENCES user,
  item INTEGER NOT NULL REFERENCES item,
  rating REAL,                         -- NULL where the set has none
  time INTEGER,                        -- seconds since 1970, UTC; NULL where unknown
  position INTEGER NOT NULL            -- order in the file: decides ties in time
) STRICT;
CREATE INDEX interaction_user ON interaction(user, time, position);
CREATE INDEX interaction_item ON interaction(item);
CREATE INDEX interaction_data_set ON interaction(data_set, position);
CREATE INDEX interaction_time ON interaction(data_set, time);
CREATE INDEX interaction_rating ON interaction(data_set, rating);

CREATE TABLE preparation (             -- one seeded split with its candidate lists: a protocol
  id INTEGER PRIMARY KEY,
  data_set INTEGER NOT NULL REFERENCES data_set ON DELETE CASCADE,
  created_at TEXT NOT NULL,
  split TEXT NOT NULL,                 -- leave-last-out, given (imported preference files)
  candidates INTEGER NOT NULL,
  negatives INTEGER NOT NULL,
  history INTEGER NOT NULL,
  threshold REAL,                      -- positives are ratings above it; NULL without ratings
  held_out REAL NOT NULL,
  prompt TEXT NOT NULL CHECK (prompt IN ('open', 'listed', 'given')),
  template TEXT NOT NULL,              -- the prompt template as it was
  orders INTEGER NOT NULL,             -- seeded orders of a listed prompt that a score is averaged over; 1 for open
  users INTEGER,                       -- sampled users; NULL: all
  seed INTEGER NOT NULL,
  protocol TEXT NOT NULL               -- in words, printed beside every number
) STRICT;
CREATE INDEX preparation_data_set ON preparation(data_set);

CREATE TABLE example (                 -- a preference example: k pairs of prompt, chosen and rejected
  id INTEGER PRIMARY KEY,
  data_set INTEGER NOT NULL REFERENCES data_set ON DELETE CASCADE,
  preparation INTEGER NOT NULL REFERENCES preparation ON DELETE CASCADE,
  position INTEGER NOT NULL,           -- order within the preparation
  role TEXT NOT NULL CHECK (role IN ('train', 'held_out')),
  user INTEGER REFERENCES user,        -- NULL for imported preference files
  target INTEGER REFERENCES item,
  source TEXT,                         -- 'file.json record 12' for imported ones
  UNIQUE (preparation, position)
) STRICT;
CREATE INDEX example_user ON example(user);
CREATE INDEX example_data_set ON example(data_set);
CREATE INDEX example_target ON example(target);  -- this and the indexes on item below: an item's deletion looks for who refers to it

CREATE TABLE example_history (         -- oldest first
  example INTEGER NOT NULL REFERENCES example ON DELETE CASCADE,
  position INTEGER NOT NULL,
  item INTEGER NOT NULL REFERENCES item,
  PRIMARY KEY (example, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX example_history_item ON example_history(item);

CREATE TABLE candidate (               -- the saved candidate list: every model is judged on it; the target is one of them
  example INTEGER NOT NULL REFERENCES example ON DELETE CASCADE,
  position INTEGER NOT NULL,           -- seeded order
  item INTEGER NOT NULL REFERENCES item,
  PRIMARY KEY (example, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX candidate_item ON candidate(item);

CREATE TABLE example_negative (        -- the rejected items of training
  example INTEGER NOT NULL REFERENCES example ON DELETE CASCADE,
  position INTEGER NOT NULL,
  item INTEGER NOT NULL REFERENCES item,
  PRIMARY KEY (example, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX example_negative_item ON example_negative(item);

CREATE TABLE example_pair (            -- imported preference texts, word for word
  example INTEGER NOT NULL REFERENCES example ON DELETE CASCADE,
  position INTEGER NOT NULL,
  prompt TEXT NOT NULL,
  chosen TEXT NOT NULL,
  rejected TEXT,                       -- NULL in an SFT file
  PRIMARY KEY (example, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE model (                   -- a base language model
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  path TEXT NOT NULL,                  -- its folder; 'starter' for the bundled one
  weights_hash TEXT NOT NULL UNIQUE,   -- SHA-256 of model.safetensors
  config TEXT NOT NULL,                -- config.json
  added_at TEXT NOT NULL
) STRICT;

CREATE TABLE run (
  id INTEGER PRIMARY KEY,
  data_set INTEGER NOT NULL REFERENCES data_set ON DELETE CASCADE,
  preparation INTEGER NOT NULL REFERENCES preparation,
  model INTEGER NOT NULL REFERENCES model,
  parent INTEGER REFERENCES run,       -- the run whose frozen adapter lies below; its policy is this run's reference
  name TEXT NOT NULL,
  objective TEXT NOT NULL,             -- sft, dmpo, s-dpo ...; paired-dmpo where prompts differ in an example
  options TEXT NOT NULL,               -- JSON of everything that decides the result
  status TEXT NOT NULL CHECK (status IN ('queued', 'running', 'stopped', 'failed', 'done')),
  message TEXT NOT NULL DEFAULT '',    -- why it failed
  steps_done INTEGER NOT NULL DEFAULT 0,
  steps_total INTEGER NOT NULL DEFAULT 0,
  seconds REAL NOT NULL DEFAULT 0,
  created_at TEXT NOT NULL,
  finished_at TEXT
) STRICT;
CREATE INDEX run_data_set ON run(data_set);

CREATE TABLE step_metric (
  run INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,
  step INTEGER NOT NULL,               -- from 1
  epoch REAL NOT NULL,
  loss REAL NOT NULL,                  -- nats
  reward_chosen REAL,                  -- beta * log-ratio, mean over the step; NULL for sft
  reward_rejected REAL,
  margin REAL,
  accuracy REAL,                       -- share of examples whose chosen reward exceeds the mean rejected one
  learning_rate REAL NOT NULL,
  gradient_norm REAL NOT NULL,
  tokens INTEGER NOT NULL,
  seconds REAL NOT NULL,               -- of this step
  PRIMARY KEY (run, step)
) STRICT, WITHOUT ROWID;

CREATE TABLE response_score (          -- log-probs of one response under one policy; the log-ratio is a difference of two rows
  id INTEGER PRIMARY KEY,
  example INTEGER NOT NULL REFERENCES example ON DELETE CASCADE,
  model INTEGER NOT NULL REFERENCES model,
  run INTEGER REFERENCES run ON DELETE CASCADE,  -- NULL: the base model alone
  position INTEGER NOT NULL,           -- candidate position; for given pairs 2 * pair (+ 1: rejected)
  prompt_order INTEGER NOT NULL,       -- which seeded order of a listed prompt; 0 for open
  log_prob REAL NOT NULL,              -- nats, summed over the tokens, EOS included
  tokens INTEGER NOT NULL,
  token_ids BLOB NOT NULL,             -- int32, little endian
  token_log_probs BLOB NOT NULL        -- float32, little endian
) STRICT;
CREATE UNIQUE INDEX response_score_key ON response_score(example, model, ifnull(run, 0), position, prompt_order);
CREATE INDEX response_score_run ON response_score(run);

CREATE TABLE evaluation (
  id INTEGER PRIMARY KEY,
  preparation INTEGER NOT NULL REFERENCES preparation ON DELETE CASCADE,
  created_at TEXT NOT NULL,
  protocol TEXT NOT NULL,
  score TEXT NOT NULL CHECK (score IN ('sum', 'mean', 'ratio')),
  users INTEGER NOT NULL,
  seed INTEGER NOT NULL
) STRICT;

CREATE TABLE evaluation_row (          -- a model's summary, with 95 % bootstrap intervals over users
  evaluation INTEGER NOT NULL REFERENCES evaluation ON DELETE CASCADE,
  position INTEGER NOT NULL,
  model TEXT NOT NULL,                 -- base, sft, dmpo, run 7, random, popularity, itemknn, ease
  run INTEGER REFERENCES run ON DELETE CASCADE,
  metrics TEXT NOT NULL,               -- JSON {"auc": [value, low, high], ...}
  PRIMARY KEY (evaluation, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE evaluation_user (         -- what each summary is made of
  evaluation INTEGER NOT NULL,
  position INTEGER NOT NULL,
  example INTEGER NOT NULL REFERENCES example ON DELETE CASCADE,
  auc REAL NOT NULL,
  target_rank REAL NOT NULL,           -- from 1; ties count half
  PRIMARY KEY (evaluation, position, example),
  FOREIGN KEY (evaluation, position) REFERENCES evaluation_row(evaluation, position) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX evaluation_user_example ON evaluation_user(example);

CREATE TABLE saved_case (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  example INTEGER NOT NULL REFERENCES example ON DELETE CASCADE,
  model INTEGER NOT NULL REFERENCES model,
  run INTEGER REFERENCES run ON DELETE CASCADE,
  note TEXT NOT NULL DEFAULT '',
  snapshot TEXT NOT NULL,              -- JSON of what was seen
  created_at TEXT NOT NULL
) STRICT;

CREATE TABLE rationale (
  id INTEGER PRIMARY KEY,
  example INTEGER NOT NULL REFERENCES example ON DELETE CASCADE,
  model INTEGER NOT NULL REFERENCES model,
  run INTEGER REFERENCES run ON DELETE CASCADE,
  item INTEGER NOT NULL REFERENCES item, -- the recommendation it speaks of
  seed INTEGER NOT NULL,
  temperature REAL NOT NULL,
  prompt TEXT NOT NULL,
  text TEXT NOT NULL,
  created_at TEXT NOT NULL
) STRICT;
CREATE INDEX rationale_example ON rationale(example);
CREATE INDEX rationale_item ON rationale(item);
)sql";

// Panel examples, what a run keeps beside its curves, and reference log-probs that later runs use again. The CHECK of
// example.role is widened in the schema's text, as SQLite's documentation of ALTER TABLE describes for changes that
// leave the rows as they are.
constexpr const char* version_2 = R"sql(
PRAGMA writable_schema = ON;
UPDATE sqlite_schema SET sql = replace(sql, '(''train'', ''held_out'')', '(''train'', ''panel'', ''held_out'')')
WHERE type = 'table' AND name = 'example';
PRAGMA writable_schema = RESET;

ALTER TABLE run ADD COLUMN finish_asked INTEGER NOT NULL DEFAULT 0;  -- end after the step at hand and keep what is learned
ALTER TABLE run ADD COLUMN best_step INTEGER;        -- step of the adapter that was kept, where it is not the last one
ALTER TABLE run ADD COLUMN estimated_bytes INTEGER;  -- memory that a step was expected to need
ALTER TABLE run ADD COLUMN peak_bytes INTEGER;       -- memory that the steps needed, measured

CREATE TABLE panel_score (             -- one panel example at one evaluation of a training
  run INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,
  step INTEGER NOT NULL,               -- 0: before the first
  example INTEGER NOT NULL REFERENCES example ON DELETE CASCADE,
  ratio_chosen REAL NOT NULL,          -- log pi - log pi_ref of the target, nats
  ratio_rejected REAL NOT NULL,        -- its mean over the other candidates
  target_rank REAL NOT NULL,           -- from 1; ties count half
  PRIMARY KEY (run, step, example)
) STRICT, WITHOUT ROWID;
CREATE INDEX panel_score_example ON panel_score(example);

CREATE TABLE reference_log_prob (
  policy BLOB NOT NULL,                -- SHA-256 of weights, frozen adapters, number type, device and kernel path
  response BLOB NOT NULL,              -- SHA-256 of prompt ids and response ids, its first 16 bytes
  log_prob REAL NOT NULL,              -- nats, summed over the tokens
  PRIMARY KEY (policy, response)
) STRICT, WITHOUT ROWID;
)sql";

// Few-shot preparations, and how a rationale's titles were decoded.
constexpr const char* version_3 = R"sql(
ALTER TABLE preparation ADD COLUMN train_users INTEGER;  -- few-shot: so many training users alone; NULL: all
ALTER TABLE rationale ADD COLUMN held_titles INTEGER NOT NULL DEFAULT 0;  -- 1: titles in quotes could be the history's alone
)sql";

// What was found out about a case: what carries it.
constexpr const char* version_4 = R"sql(
CREATE TABLE analysis (
  id INTEGER PRIMARY KEY,
  example INTEGER NOT NULL REFERENCES example ON DELETE CASCADE,
  model INTEGER NOT NULL REFERENCES model,
  run INTEGER REFERENCES run ON DELETE CASCADE,  -- NULL: the base model alone
  kind TEXT NOT NULL,                  -- occlusion
  settings TEXT NOT NULL,              -- JSON of everything else that decides the result
  result TEXT NOT NULL,                -- JSON
  created_at TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX analysis_question ON analysis(example, model, ifnull(run, 0), kind, settings);
CREATE INDEX analysis_run ON analysis(run);
)sql";

// Several examples of a training user.
constexpr const char* version_5 = R"sql(
ALTER TABLE preparation ADD COLUMN targets INTEGER NOT NULL DEFAULT 1;  -- examples of a training user at most
)sql";

// The notebook: what a person wrote on a case, and all that was seen. It outlives the example, the model and the run.
constexpr const char* version_6 = R"sql(
CREATE TABLE notebook (
  id INTEGER PRIMARY KEY,
  data_set INTEGER NOT NULL REFERENCES data_set ON DELETE CASCADE,
  example INTEGER REFERENCES example ON DELETE SET NULL,  -- these three are NULL where they are not in this workspace
  model INTEGER REFERENCES model ON DELETE SET NULL,
  run INTEGER REFERENCES run ON DELETE SET NULL,          -- NULL for the base model too
  user_key TEXT NOT NULL,              -- the user's id in the file
  model_name TEXT NOT NULL,            -- as it was shown
  note TEXT NOT NULL DEFAULT '',
  created_at TEXT NOT NULL,
  starred INTEGER NOT NULL DEFAULT 0 CHECK (starred IN (0, 1)),
  tags TEXT NOT NULL DEFAULT '',       -- separated by ", "
  report TEXT NOT NULL                 -- case.json; cases saved before version 6 have a ranking alone
) STRICT;
INSERT INTO notebook(id, data_set, example, model, run, user_key, model_name, note, created_at, report)
  SELECT c.id, e.data_set, c.example, c.model, c.run, ifnull(u.key, ''), ifnull(r.name, 'base model'), c.note,
         c.created_at, c.snapshot
  FROM saved_case c JOIN example e ON e.id = c.example LEFT JOIN user u ON u.id = e.user LEFT JOIN run r ON r.id = c.run
  ORDER BY c.id;
DROP TABLE saved_case;
ALTER TABLE notebook RENAME TO saved_case;
CREATE INDEX saved_case_data_set ON saved_case(data_set);
CREATE INDEX saved_case_example ON saved_case(example);
CREATE INDEX saved_case_run ON saved_case(run);
)sql";

// How a model's prompts are written. Before, no model had a chat format.
constexpr const char* version_7 = R"sql(
ALTER TABLE model ADD COLUMN chat TEXT NOT NULL DEFAULT 'none';  -- a chat format's name, or none
)sql";

// Interactions in the order of user and time, without an index: a set's are a range of ids, and a user's a range within
// it. Rows of one user were in this order before, by (time, position).
constexpr const char* version_8 = R"sql(
ALTER TABLE data_set ADD COLUMN first_interaction INTEGER NOT NULL DEFAULT 0;  -- id of the set's first row
ALTER TABLE data_set ADD COLUMN report TEXT NOT NULL DEFAULT '';  -- JSON: what the import read, dropped and mended
ALTER TABLE user ADD COLUMN first_interaction INTEGER NOT NULL DEFAULT 0;      -- id of the user's first row
ALTER TABLE item ADD COLUMN first_place INTEGER NOT NULL DEFAULT 0;  -- where its rows begin in the set's order by item, from 0
CREATE TABLE row_by_user (
  id INTEGER PRIMARY KEY,
  item INTEGER NOT NULL,               -- no REFERENCES: checking it takes longer than all else on import
  rating REAL,                         -- NULL where the set has none
  time INTEGER                         -- seconds since 1970, UTC; NULL where unknown
) STRICT;
INSERT INTO row_by_user(item, rating, time)
  SELECT item, rating, time FROM interaction ORDER BY data_set, user, time, position;
UPDATE user SET first_interaction = f.first FROM (
  SELECT id, 1 + sum(interactions) OVER (ORDER BY data_set, id ROWS UNBOUNDED PRECEDING) - interactions AS first
  FROM user) f WHERE f.id = user.id;
UPDATE item SET first_place = f.place FROM (
  SELECT id, sum(interactions) OVER (PARTITION BY data_set ORDER BY id ROWS UNBOUNDED PRECEDING) - interactions AS place
  FROM item) f WHERE f.id = item.id;
UPDATE data_set SET first_interaction =
  ifnull((SELECT min(first_interaction) FROM user WHERE data_set = data_set.id AND interactions > 0), 0);
DROP TABLE interaction;
ALTER TABLE row_by_user RENAME TO interaction;
CREATE INDEX user_first_interaction ON user(data_set, first_interaction);
CREATE TABLE interaction_order (
  data_set INTEGER NOT NULL REFERENCES data_set ON DELETE CASCADE,
  kind INTEGER NOT NULL,               -- 0 by item, 1 by time, 2 by rating; ties by id
  chunk INTEGER NOT NULL,
  rows BLOB NOT NULL,                  -- uint32, little endian: id - first_interaction of the set
  UNIQUE (data_set, kind, chunk)
) STRICT;
CREATE VIEW user_interaction AS
  SELECT x.id, u.data_set, u.id AS user, u.key AS user_key, x.item, x.rating, x.time
  FROM user u JOIN interaction x ON x.id >= u.first_interaction AND x.id < u.first_interaction + u.interactions;
)sql";

// Views over a set's rows, and what a preparation was made of.
constexpr const char* version_9 = R"sql(
CREATE TABLE data_view (               -- named steps over the untouched import
  id INTEGER PRIMARY KEY,
  data_set INTEGER NOT NULL REFERENCES data_set ON DELETE CASCADE,
  name TEXT NOT NULL,
  steps TEXT NOT NULL,                 -- JSON: a list of steps as text, in order
  undone TEXT NOT NULL DEFAULT '[]',   -- JSON: steps that were taken back, the one to redo first last
  UNIQUE (data_set, name)
) STRICT;
ALTER TABLE preparation ADD COLUMN view TEXT NOT NULL DEFAULT '[]';  -- the steps as they were, JSON; none: all rows
ALTER TABLE preparation ADD COLUMN sampling TEXT NOT NULL DEFAULT 'uniform';  -- how candidates came: uniform, popularity, all, given
)sql";

constexpr const char* all[] = {version_1, version_2, version_3, version_4, version_5,
                               version_6, version_7, version_8, version_9};
static_assert(std::size(all) == schema_version);

}  // namespace

std::span<const char* const> migrations() {
  return all;
}

}  // namespace prefscope
