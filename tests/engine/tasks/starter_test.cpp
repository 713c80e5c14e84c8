// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tasks/starter.h"

#include <QtTest>
#include <cmath>
#include <fstream>
#include <sstream>

#include "engine/base/files.h"
#include "engine/store/preparations.h"
#include "engine/tasks/import.h"
#include "engine/tasks/prepare.h"

using namespace prefscope;
namespace fs = std::filesystem;

namespace {

StarterOptions tiny(const fs::path& out, int steps) {
  StarterOptions options;
  options.out = out;
  options.steps = steps;
  options.layers = 1;
  options.hidden = 32;
  options.heads = 2;
  options.kv_heads = 1;
  options.vocabulary = 400;
  options.sequences = 4;
  return options;
}

std::vector<double> curve_of(const fs::path& folder) {
  std::istringstream lines(read_file(folder / "curve.csv"));
  std::vector<double> losses;
  std::string line;
  std::getline(lines, line);
  while (std::getline(lines, line))
    losses.push_back(QByteArray::fromStdString(line.substr(line.find(',') + 1)).toDouble());
  return losses;
}

}  // namespace

class StarterTest : public QObject {
  Q_OBJECT

  QTemporaryDir dir_;
  fs::path root() const { return dir_.path().toStdString(); }

 private Q_SLOTS:
  /// At the start each of 400 tokens is as likely: log 400 = 6.0 nats.
  void lossFalls() {
    const StarterResult result = build_starter(tiny(root() / "whole", 60), {});
    QCOMPARE(result.steps, int64_t{60});
    const std::vector<double> curve = curve_of(root() / "whole");
    QCOMPARE(curve.size(), size_t{60});
    QVERIFY2(std::abs(curve.front() - 6.0) < 0.2, std::to_string(curve.front()).c_str());
    QVERIFY2(curve.back() < 5.2, std::to_string(curve.back()).c_str());
    for (const char* name : {"config.json", "generation_config.json", "model.safetensors", "tokenizer.json",
                             "tokenizer_config.json", "README.md"})
      QVERIFY2(fs::exists(root() / "whole" / name), name);
    QVERIFY(!fs::exists(root() / "whole" / "checkpoint.safetensors"));
  }

  /// Stopped and started again it ends in the same bytes.
  void resumesExactly() {
    std::stop_source source;
    TaskContext context;
    context.stop = source.get_token();
    context.progress = [&](const Progress& p) {
      if (p.fraction > 0.1) source.request_stop();
    };
    const StarterOptions options = tiny(root() / "broken", 60);
    bool cancelled = false;
    try {
      build_starter(options, context);
    } catch (const Cancelled&) {
      cancelled = true;
    }
    QVERIFY(cancelled);
    QVERIFY(fs::exists(options.out / "checkpoint.safetensors"));
    QVERIFY(!fs::exists(options.out / "model.safetensors"));
    build_starter(options, {});
    QCOMPARE(sha256_file(options.out / "model.safetensors"), sha256_file(root() / "whole" / "model.safetensors"));
    QCOMPARE(curve_of(options.out), curve_of(root() / "whole"));
  }

  void learnsAnImportedSet() {
    const fs::path files = root() / "files", workspace = root() / "workspace";
    fs::create_directories(files);
    std::ofstream items(files / "items.csv"), choices(files / "interactions.csv");
    items << "id,title,genre\n";
    choices << "user,item,time\n";
    for (int i = 1; i <= 40; ++i) items << i << ",Title " << i << ',' << (i % 2 == 0 ? "even" : "odd") << '\n';
    for (int u = 1; u <= 12; ++u) {
      for (int i = 0; i < 6; ++i) choices << u << ',' << 1 + (3 * u + 2 * i) % 40 << ',' << i << '\n';
    }
    items.close();
    choices.close();
    ImportOptions import;
    import.workspace = workspace;
    import.paths = {files};
    import.name = "small";
    import_data(import, {});
    StarterOptions options = tiny(root() / "imported", 3);
    options.workspace = workspace;
    options.data_set = "small";
    QVERIFY_EXCEPTION_THROWN(build_starter(options, {}), Error);  // not prepared
    PrepareOptions split;
    split.workspace = workspace;
    split.data_set = "small";
    prepare(split, {});
    QCOMPARE(build_starter(options, {}).steps, int64_t{3});
    QVERIFY(read_file(options.out / "README.md").find("--dataset \"small\"") != std::string::npos);
    const std::string config = read_file(options.out / "config.json");
    QVERIFY(config.find("\"prefscope_rationale_prompt\": \"rationale-shared\"") != std::string::npos);
  }

  void refusesImpossibleShapes() {
    StarterOptions options = tiny(root() / "never", 5);
    options.hidden = 30;  // not a multiple of twice the heads
    QVERIFY_EXCEPTION_THROWN(build_starter(options, {}), Error);
    QVERIFY(!fs::exists(options.out));
  }

  /// What is bundled is a model that this program reads, of at most 12 MB.
  void bundledStarter() {
    const fs::path folder = resource_path("starter-model");
    size_t bytes = 0;
    for (const auto& entry : fs::directory_iterator(folder)) bytes += entry.file_size();
    QVERIFY(bytes < 12'000'000);
  }
};

QTEST_GUILESS_MAIN(StarterTest)
#include "starter_test.moc"
