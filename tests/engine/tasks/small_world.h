// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <filesystem>
#include <fstream>
#include <string>

#include "engine/base/random.h"
#include "engine/tasks/import.h"
#include "engine/tasks/prepare.h"

/// A workspace for tests of the tasks, used with the bundled starter model (its size matters, not what it knows): a
/// data set "small" of `users` users with 6 choices each among 40 items, prepared as asked.
inline prefscope::Preparation make_small_world(const std::filesystem::path& folder, int users,
                                               prefscope::PrepareOptions options) {
  namespace fs = std::filesystem;
  const fs::path files = folder / "files";
  fs::create_directories(files);
  {
    std::ofstream items(files / "items.csv"), choices(files / "interactions.csv");
    items << "id,title,genre\n";
    for (int i = 0; i < 40; ++i)
      items << i << ",\"The <i> \xc3\x89lm, " << i << "\"," << (i % 2 ? "drama" : "horror") << '\n';
    choices << "user,item,time\n";
    for (int u = 0; u < users; ++u) {
      prefscope::Random random({9, static_cast<uint64_t>(u)});
      std::vector<int> own(40);
      for (int i = 0; i < 40; ++i) own[static_cast<size_t>(i)] = i;
      random.shuffle(own);
      for (int n = 0; n < 6; ++n) choices << u << ',' << own[static_cast<size_t>(n)] << ',' << 1000 + n << '\n';
    }
  }
  options.workspace = folder / "workspace";
  options.data_set = "small";
  bool known = fs::exists(options.workspace / "workspace.db");
  if (!known) {
    prefscope::ImportOptions import;
    import.workspace = options.workspace;
    import.paths = {files};
    import.name = "small";
    prefscope::import_data(import, {});
  }
  return prefscope::prepare(options, {}).preparation;
}
