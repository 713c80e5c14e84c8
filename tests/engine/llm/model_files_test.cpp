// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/llm/model_files.h"

#include <QtTest>

#include "engine/base/files.h"
#include "tests/engine/llm/small_models.h"

using namespace prefscope;
namespace fs = std::filesystem;

namespace {

/// A cache of Hugging Face with one model, whose snapshot has links to blobs.
fs::path write_cache(const fs::path& cache) {
  const fs::path model = cache / "models--some-org--tiny-model", snapshot = model / "snapshots" / "0123abcd";
  fs::create_directories(model / "blobs");
  fs::create_directories(snapshot);
  fs::create_directories(model / "refs");
  save_weights(random_weights(small_config(), 1), model / "made", false);
  for (const char* name : {"config.json", "model.safetensors", "generation_config.json"}) {
    const fs::path blob = model / "blobs" / sha256(name);
    fs::rename(model / "made" / name, blob);
    fs::create_symlink(fs::path("../../blobs") / blob.filename(), snapshot / name);
  }
  write_file_atomically(model / "refs" / "main", "0123abcd");
  return snapshot;
}

}  // namespace

class ModelFilesTest : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void linksWithinTheFolderAreFollowed() {
    QTemporaryDir dir;
    const fs::path folder = fs::path(dir.path().toStdString()) / "model", other = folder.parent_path() / "other name";
    save_weights(random_weights(small_config(), 1), folder, false);
    fs::rename(folder / "model.safetensors", folder / "weights");
    fs::create_symlink("weights", folder / "model.safetensors");
    fs::create_directory_symlink(folder, other);  // the person's own link to the folder is fine
    load_weights(folder);
    load_weights(other);
  }

  void linksOutOfTheFolderAreRefused_data() {
    QTest::addColumn<QString>("name");
    for (const char* name : {"config.json", "model.safetensors", "generation_config.json"}) QTest::newRow(name) << name;
  }
  void linksOutOfTheFolderAreRefused() {
    QFETCH(QString, name);
    QTemporaryDir dir;
    const fs::path folder = fs::path(dir.path().toStdString()) / "model",
                   outside = fs::canonical(folder.parent_path()) / "outside";
    save_weights(random_weights(small_config(), 1), folder, false);
    const fs::path file = folder / name.toStdString();
    fs::rename(file, outside);
    fs::create_symlink(outside, file);
    std::string message = error_of(ErrorKind::BadFile, [&] { load_weights(folder); });
    QVERIFY2(says(message, {file.string(), "leads out of its folder", outside.string()}), message.c_str());
    if (name == "generation_config.json") return;  // one that leads nowhere is as none
    fs::remove(outside);
    message = error_of(ErrorKind::BadFile, [&] { load_weights(folder); });
    QVERIFY2(says(message, {file.string(), "a link to what is not there"}), message.c_str());
  }

  void snapshotsOfTheCacheLinkToItsBlobs() {
    QTemporaryDir dir;
    const fs::path cache = dir.path().toStdString(), snapshot = write_cache(cache);
    load_weights(snapshot);
    // But only to those of the same model.
    const fs::path other = cache / "models--some-org--other" / "blobs" / "config";
    fs::create_directories(other.parent_path());
    fs::copy_file(snapshot / "config.json", other);
    fs::remove(snapshot / "config.json");
    fs::create_symlink(other, snapshot / "config.json");
    const std::string message = error_of(ErrorKind::BadFile, [&] { load_weights(snapshot); });
    QVERIFY2(says(message, {"config.json", "leads out of its folder"}), message.c_str());
  }

  void modelsOfTheCacheAreListed() {
    QTemporaryDir dir;
    const fs::path cache = dir.path().toStdString(), snapshot = write_cache(cache);
    const fs::path older = snapshot.parent_path() / "0000",
                   data = cache / "datasets--some-org--titles" / "snapshots" / "1",
                   part = cache / "models--half" / "snapshots" / "1",
                   pickle = cache / "models--old" / "snapshots" / "1";
    for (const fs::path& folder : {older, data, part, pickle}) fs::create_directories(folder);
    write_file_atomically(older / "config.json", R"({"model_type": "mistral"})");
    write_file_atomically(data / "config.json", "{}");
    write_file_atomically(part / "tokenizer.json", "{}");
    write_file_atomically(pickle / "config.json", R"({"model_type": "gpt2"})");
    write_file_atomically(pickle / "pytorch_model.bin", "");
    const auto models = list_cached_models(cache);
    QCOMPARE(models.size(), size_t{3});
    QCOMPARE(models[0].name, std::string("old"));
    QCOMPARE(models[0].model_type, std::string("gpt2"));
    QVERIFY(!models[0].weights);
    QCOMPARE(models[1].name, std::string("some-org/tiny-model"));  // what main points to is first
    QCOMPARE(models[1].revision, std::string("0123abcd"));
    QCOMPARE(models[1].folder, snapshot);
    QCOMPARE(models[1].model_type, std::string("llama"));
    QVERIFY(models[1].weights);
    QCOMPARE(models[2].revision, std::string("0000"));
    QCOMPARE(models[2].model_type, std::string("mistral"));
    QVERIFY(!models[2].weights);
    QVERIFY(list_cached_models(cache / "nowhere").empty());
    QVERIFY(holds_model(snapshot) && !holds_model(cache));
    QCOMPARE(model_name(snapshot), std::string("some-org/tiny-model"));
    const fs::path repository = snapshot.parent_path().parent_path();
    for (const fs::path& meant : {repository, repository / "", snapshot, snapshot / "config.json"})
      QCOMPARE(folder_meant(meant), snapshot);
    QCOMPARE(folder_meant(cache), cache);
    QCOMPARE(model_name(cache / ""), cache.filename().string());
  }

  void theCacheLiesWhereTheEnvironmentSays() {
    for (const char* name : {"HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "HF_HOME", "XDG_CACHE_HOME"}) qunsetenv(name);
    qputenv("HOME", "/home/someone");
    QCOMPARE(hub_cache(), fs::path("/home/someone/.cache/huggingface/hub"));
    qputenv("XDG_CACHE_HOME", "/cache");
    QCOMPARE(hub_cache(), fs::path("/cache/huggingface/hub"));
    qputenv("HF_HOME", "/hf");
    QCOMPARE(hub_cache(), fs::path("/hf/hub"));
    qputenv("HF_HUB_CACHE", "/hub");
    QCOMPARE(hub_cache(), fs::path("/hub"));
  }

  void pickledWeightsAreRefused_data() {
    QTest::addColumn<QString>("name");
    for (const char* name : {"pytorch_model.bin", "model.pt", "consolidated.00.pth"}) QTest::newRow(name) << name;
  }
  void pickledWeightsAreRefused() {
    QFETCH(QString, name);
    QTemporaryDir dir;
    const fs::path folder = dir.path().toStdString();
    save_weights(random_weights(small_config(), 1), folder, false);
    fs::rename(folder / "model.safetensors", folder / name.toStdString());
    const std::string message = error_of(ErrorKind::Unsupported, [&] { load_weights(folder); });
    QVERIFY2(says(message, {(folder / name.toStdString()).string(), "pickled weights", "Convert", "save_pretrained"}),
             message.c_str());
  }

  void badIndexes_data() {
    QTest::addColumn<QString>("content");
    QTest::addColumn<QStringList>("parts");
    QTest::newRow("no object") << "[]" << QStringList{"JSON object with weight_map"};
    QTest::newRow("no map") << "{}" << QStringList{"JSON object with weight_map"};
    QTest::newRow("nothing in it") << R"({"weight_map": {}})" << QStringList{"names no tensor"};
    QTest::newRow("a number") << R"({"weight_map": {"w": 1}})" << QStringList{"tensor w", "found 1"};
    QTest::newRow("another folder") << R"({"weight_map": {"w": "../x.safetensors"}})"
                                    << QStringList{"tensor w", "of this folder", "../x.safetensors"};
    QTest::newRow("a pickle") << R"({"weight_map": {"w": "x.bin"}})" << QStringList{"tensor w", "x.bin"};
    QTest::newRow("a pointer") << "version https://git-lfs.github.com/spec/v1\noid sha256:0" << QStringList{"git-LFS"};
    QTest::newRow("a web page") << "<!DOCTYPE html><html></html>" << QStringList{"a web page"};
  }
  void badIndexes() {
    QFETCH(QString, content);
    QFETCH(QStringList, parts);
    QTemporaryDir dir;
    const fs::path folder = dir.path().toStdString(), index = folder / "model.safetensors.index.json";
    write_file_atomically(index, content.toStdString());
    const std::string message = error_of(ErrorKind::BadFile, [&] { weight_files(folder); });
    std::vector<std::string> all{index.string()};
    for (const QString& part : parts) all.push_back(part.toStdString());
    QVERIFY2(says(message, all), message.c_str());
  }

  void aFileIsNoFolder() {
    QTemporaryDir dir;
    const fs::path folder = dir.path().toStdString();
    save_weights(random_weights(small_config(), 1), folder, false);
    std::string message = error_of(ErrorKind::BadFile, [&] { load_weights(folder / "model.safetensors"); });
    QVERIFY2(says(message, {"expected the folder of a model", "give " + folder.string()}), message.c_str());
    message = error_of(ErrorKind::BadFile, [&] { load_weights(folder / "absent"); });
    QVERIFY2(says(message, {(folder / "absent").string(), "cannot be read"}), message.c_str());
    fs::remove(folder / "config.json");
    fs::create_directory(folder / "config.json");
    message = error_of(ErrorKind::BadFile, [&] { load_weights(folder); });
    QVERIFY2(says(message, {(folder / "config.json").string(), "expected a file"}), message.c_str());
  }

  void shardsHaveOneHash() {
    QTemporaryDir dir;
    const fs::path folder = dir.path().toStdString();
    write_file_atomically(folder / "b.safetensors", "b");
    write_file_atomically(folder / "a.safetensors", "a");
    write_file_atomically(folder / "model.safetensors.index.json",
                          R"({"weight_map": {"u": "b.safetensors", "v": "a.safetensors", "w": "b.safetensors"}})");
    QCOMPARE(weights_hash(folder), sha256(sha256("a") + sha256("b")));
    write_file_atomically(folder / "model.safetensors", "whole");  // goes before shards, as in transformers
    QCOMPARE(weights_hash(folder), sha256("whole"));
  }
};

QTEST_GUILESS_MAIN(ModelFilesTest)
#include "model_files_test.moc"
