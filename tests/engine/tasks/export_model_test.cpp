// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tasks/export_model.h"

#include <QtTest>
#include <nlohmann/json.hpp>

#include "engine/base/files.h"
#include "engine/tasks/generate.h"
#include "engine/tasks/inspect.h"
#include "engine/tasks/train.h"
#include "tests/engine/messages.h"
#include "tests/engine/tasks/small_world.h"

using namespace prefscope;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

const fs::path parity = PREFSCOPE_PARITY;
const std::vector<int64_t> prompt{1, 17, 5, 80, 33, 33, 9};

std::vector<int32_t> greedy(const fs::path& model, const std::vector<fs::path>& adapters) {
  GenerateOptions options;
  options.model = model.string();
  options.adapters = adapters;
  options.ids = prompt;
  options.max_new_tokens = 25;
  return generate_text(options, {}, {}).ids;
}

ExportOptions of_stack(const fs::path& out) {
  ExportOptions options;
  options.model = (parity / "llm/tied").string();
  options.adapters = {parity / "adapters/rslora", parity / "adapters/few"};
  options.out = out;
  return options;
}

}  // namespace

class ExportModelTest : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  /// One adapter, and one model, that write what the stack writes.
  void adapterAndModelDoWhatTheStackDoes() {
    QTemporaryDir dir;
    const fs::path folder = dir.path().toStdString();
    ExportOptions options = of_stack(folder / "adapter");
    const std::vector<int32_t> expected = greedy(options.model, options.adapters);
    QVERIFY(expected != greedy(options.model, {}));
    QVERIFY(expected != greedy(options.model, {options.adapters[0]}));

    const ExportResult adapter = export_model(options, {});
    QCOMPARE(adapter.files, (std::vector<std::string>{"adapter_config.json", "adapter_model.safetensors"}));
    QCOMPARE(adapter.rank, int64_t{6});
    QCOMPARE(greedy(options.model, {folder / "adapter"}), expected);
    const json config = json::parse(read_file(folder / "adapter/adapter_config.json"));
    QCOMPARE(config["base_model_name_or_path"].get<std::string>(), options.model);
    QCOMPARE(config["r"].get<int>(), 6);

    options.out = folder / "merged";
    options.merged = true;
    const ExportResult merged = export_model(options, {});
    QCOMPARE(merged.rank, int64_t{0});
    QCOMPARE(greedy(folder / "merged", {}), expected);
    json ours = json::parse(read_file(folder / "merged/config.json")),
         theirs = json::parse(read_file(parity / "llm/tied/config.json"));
    QCOMPARE(ours["dtype"].get<std::string>(), std::string("float32"));
    for (json* each : {&ours, &theirs}) {
      each->erase("dtype");
      each->erase("torch_dtype");
    }
    QCOMPARE(ours.dump(), theirs.dump());  // nothing of the configuration is lost

    options.out = folder / "narrow";
    options.dtype = "bfloat16";
    export_model(options, {});
    QVERIFY(fs::file_size(folder / "narrow/model.safetensors") <
            0.6 * fs::file_size(folder / "merged/model.safetensors"));
    QCOMPARE(json::parse(read_file(folder / "narrow/config.json"))["dtype"].get<std::string>(),
             std::string("bfloat16"));
    const auto wide = logits_of((folder / "merged").string(), prompt),
               narrow = logits_of((folder / "narrow").string(), prompt);
    for (size_t i = 0; i < wide[0].size(); ++i) QVERIFY(std::abs(wide[6][i] - narrow[6][i]) < 0.2);
    for (const auto& entry : fs::directory_iterator(folder))
      QVERIFY2(entry.path().filename().string().find("partial") == std::string::npos, entry.path().c_str());
  }

  void oneAdapterIsWrittenAsItIs() {
    QTemporaryDir dir;
    ExportOptions options = of_stack(fs::path(dir.path().toStdString()) / "out");
    options.adapters = {parity / "adapters/rslora"};
    export_model(options, {});
    QCOMPARE(json::parse(read_file(options.out / "adapter_config.json"))["use_rslora"].get<bool>(), true);
    QCOMPARE(greedy(options.model, {options.out}), greedy(options.model, options.adapters));
  }

  /// The tokenizer goes with a merged model: the folder opens by itself.
  void aMergedModelIsWhole() {
    QTemporaryDir dir;
    ExportOptions options;
    options.merged = true;
    options.out = fs::path(dir.path().toStdString()) / "starter";
    const ExportResult result = export_model(options, {});
    QVERIFY(std::count(result.files.begin(), result.files.end(), "tokenizer.json") == 1);
    GenerateOptions generate;
    generate.prompt = "The user has watched";
    generate.max_new_tokens = 8;
    const auto expected = generate_text(generate, {}, {}).text;
    generate.model = options.out.string();
    QCOMPARE(generate_text(generate, {}, {}).text, expected);
  }

  /// A run's adapter leaves with the frozen ones below it.
  void aRunIsExportedWithItsParents() {
    QTemporaryDir dir;
    const fs::path folder = dir.path().toStdString(), workspace = folder / "workspace";
    PrepareOptions prepare;
    prepare.candidates = 4;
    prepare.negatives = 1;
    make_small_world(folder, 8, prepare);
    TrainOptions train;
    train.workspace = workspace;
    train.data_set = "small";
    train.objective = "sft";
    train.rank = 2;
    train.panel = 0;
    train.learning_rate = 0.02;
    train.device = "cpu";
    const int64_t sft = train_run(workspace, create_run(train), {}).run;
    train.objective = "dmpo";
    train.from_run = sft;
    const int64_t dmpo = train_run(workspace, create_run(train), {}).run;

    const auto adapter_of = [&](int64_t run) { return workspace / "runs" / std::to_string(run) / "adapter"; };
    ExportOptions options;
    options.workspace = workspace;
    options.run = dmpo;
    options.out = folder / "adapter";
    QCOMPARE(export_model(options, {}).rank, int64_t{4});
    QVERIFY(json::parse(read_file(options.out / "adapter_config.json"))["base_model_name_or_path"].is_null());
    options.merged = true;
    options.out = folder / "merged";
    export_model(options, {});
    const auto writes = [](const std::string& model, const std::vector<fs::path>& adapters) {
      GenerateOptions generate;
      generate.model = model;
      generate.adapters = adapters;
      generate.prompt = "The user has watched";
      generate.max_new_tokens = 12;
      return generate_text(generate, {}, {}).ids;
    };
    const auto expected = writes("starter", {adapter_of(sft), adapter_of(dmpo)});
    QCOMPARE(writes("starter", {folder / "adapter"}), expected);
    QCOMPARE(writes((folder / "merged").string(), {}), expected);
    QVERIFY(expected != writes("starter", {}));

    const int64_t queued = create_run(train);
    options.run = queued;
    options.out = folder / "none";
    QVERIFY(holds(message_of([&] { export_model(options, {}); }), "expected a finished run, found one that is queued"));
  }

  void refuses() {
    QTemporaryDir dir;
    const fs::path folder = dir.path().toStdString();
    const auto message = [](const ExportOptions& options) { return message_of([&] { export_model(options, {}); }); };
    ExportOptions options = of_stack(folder / "out");
    options.adapters.clear();
    QVERIFY(holds(message(options), "--run or --adapter"));
    options = of_stack({});
    QVERIFY(holds(message(options), "--out"));
    // What stands there is not touched.
    write_file_atomically(folder / "full/mine.txt", "mine");
    QVERIFY(holds(message(of_stack(folder / "full")), "absent or empty"));
    QVERIFY(holds(message(of_stack(folder / "full/mine.txt")), "absent or empty"));
    QCOMPARE(read_file(folder / "full/mine.txt"), std::string("mine"));
    options = of_stack(folder / "out");
    options.adapters = {folder / "full"};
    QVERIFY(holds(message(options), "adapter_config.json"));
    options = of_stack(folder / "out");
    options.run = 1;
    QVERIFY(holds(message(options), "--adapter"));
    options.adapters.clear();
    options.workspace = folder / "ws";
    QVERIFY(holds(message(options), "run 1"));
    QVERIFY(!fs::exists(folder / "out"));
  }
};

QTEST_GUILESS_MAIN(ExportModelTest)
#include "export_model_test.moc"
