// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tasks/sample_world.h"

#include <QtTest>
#include <nlohmann/json.hpp>

#include "engine/base/files.h"
#include "engine/store/data_sets.h"
#include "engine/tasks/import.h"

using namespace prefscope;
namespace fs = std::filesystem;

class SampleWorldTest : public QObject {
  Q_OBJECT

  QTemporaryDir dir_;

 private Q_SLOTS:
  /// The bundle is what the program makes, byte for byte, and small.
  void bundleIsReproducible() {
    const fs::path out = fs::path(dir_.path().toStdString()) / "again";
    write_sample_world({out}, {});
    size_t bytes = 0;
    for (const char* name : {"items.csv", "interactions.csv", "truth.json", "README.md"}) {
      const fs::path bundled = bundled_dataset_path("sample-world") / name;
      QVERIFY2(sha256_file(bundled) == sha256_file(out / name), name);
      bytes += fs::file_size(bundled);
    }
    QVERIFY(bytes < 5'000'000);
  }

  void anotherSeedIsAnotherWorld() {
    const fs::path root = dir_.path().toStdString();
    SampleWorldOptions options{root / "seven", 60, 3, 7};
    write_sample_world(options, {});
    options.out = root / "eight";
    options.seed = 8;
    write_sample_world(options, {});
    for (const char* name : {"items.csv", "interactions.csv"})
      QVERIFY(sha256_file(root / "seven" / name) != sha256_file(root / "eight" / name));
  }

  void importsWhole() {
    const fs::path workspace = fs::path(dir_.path().toStdString()) / "workspace";
    ImportOptions import;
    import.workspace = workspace;
    import.paths = {bundled_dataset_path("sample-world")};
    import.name = "world";
    const ImportResult result = import_data(import, {});
    QCOMPARE(result.data_set.format, std::string("sample-world"));
    QCOMPARE(result.data_set.users, int64_t{bundled_world_users});
    QCOMPARE(result.data_set.items, int64_t{400});
    QCOMPARE(result.report.dropped(), int64_t{0});
    QVERIFY(!result.data_set.has_ratings);
    const auto truth = nlohmann::json::parse(read_file(bundled_dataset_path("sample-world/truth.json")));
    QCOMPARE(truth["users"].size(), size_t{bundled_world_users});
    int64_t choices = 0;
    for (const auto& user : truth["users"]) choices += static_cast<int64_t>(user["contributions"].size());
    QCOMPARE(choices, result.data_set.interactions);
  }

  void refusesImpossibleSizes() {
    for (const SampleWorldOptions& options :
         {SampleWorldOptions{"unused", 10, 10, 7}, SampleWorldOptions{"unused", 400, 0, 7}}) {
      QVERIFY_EXCEPTION_THROWN(write_sample_world(options, {}), Error);
      QVERIFY(!fs::exists("unused"));
    }
  }
};

QTEST_GUILESS_MAIN(SampleWorldTest)
#include "sample_world_test.moc"
