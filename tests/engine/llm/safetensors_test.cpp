// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/llm/safetensors.h"

#include <sys/resource.h>

#include <QtTest>
#include <fstream>
#include <nlohmann/json.hpp>

#include "engine/base/files.h"
#include "engine/base/memory.h"
#include "tests/engine/llm/small_models.h"

using namespace prefscope;

namespace {

/// Equal in dtype, shape and every bit (so that -0 and NaN count).
bool same_bits(const at::Tensor& a, const at::Tensor& b) {
  return a.scalar_type() == b.scalar_type() && a.sizes() == b.sizes() &&
         (a.nbytes() == 0 || std::memcmp(a.const_data_ptr(), b.const_data_ptr(), a.nbytes()) == 0);
}

/// While it lives, the program can take no more than `bytes` of address space beyond what it has.
class MemoryLimit {
 public:
  explicit MemoryLimit(rlim_t bytes) {
    ::getrlimit(RLIMIT_AS, &before_);
    rlim_t pages = 0;
    std::ifstream("/proc/self/statm") >> pages;
    rlimit limit = before_;
    limit.rlim_cur = pages * static_cast<rlim_t>(::sysconf(_SC_PAGESIZE)) + bytes;
    holds_ = pages > 0 && ::setrlimit(RLIMIT_AS, &limit) == 0;
  }
  ~MemoryLimit() { ::setrlimit(RLIMIT_AS, &before_); }
  MemoryLimit(const MemoryLimit&) = delete;
  MemoryLimit& operator=(const MemoryLimit&) = delete;
  bool holds() const { return holds_; }

 private:
  rlimit before_{};
  bool holds_ = false;
};

}  // namespace

class SafetensorsTest : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void readsEveryDtypeOfThePackage() {
    auto read = read_safetensors(parity("llm/dtypes.safetensors"));
    QCOMPARE(read.size(), size_t{9});
    const at::Tensor values = at::tensor({0.5, -1.25, 3.0, -0.0}, at::kDouble).view({2, 2});
    QVERIFY(same_bits(read.at("f64"), values));
    QVERIFY(same_bits(read.at("f32"), values.to(at::kFloat)));
    QVERIFY(same_bits(read.at("f16"), values.to(at::kHalf)));
    QVERIFY(same_bits(read.at("bf16"), values.to(at::kBFloat16)));
    QVERIFY(same_bits(read.at("i64"), at::tensor({int64_t{1} << 40, int64_t{-7}}, at::kLong)));
    QVERIFY(same_bits(read.at("i32"), at::tensor({1 << 20, -7}, at::kInt)));
    QVERIFY(same_bits(read.at("u8"), at::tensor({0, 255, 3}, at::kByte)));
    QVERIFY(same_bits(read.at("scalar"), at::scalar_tensor(4.5, at::kFloat)));
    QVERIFY(same_bits(read.at("empty"), at::zeros({0, 3}, at::kFloat)));
  }

  void readsBackWhatItWrote_data() {
    QTest::addColumn<int>("dtype");
    for (const at::ScalarType dtype :
         {at::kDouble, at::kFloat, at::kHalf, at::kBFloat16, at::kLong, at::kInt, at::kByte})
      QTest::newRow(at::toString(dtype)) << static_cast<int>(dtype);
  }
  void readsBackWhatItWrote() {
    QFETCH(int, dtype);
    QTemporaryDir dir;
    const auto path = std::filesystem::path(dir.path().toStdString()) / "t.safetensors";
    const auto type = static_cast<at::ScalarType>(dtype);
    const at::Tensor whole = at::arange(24, at::kFloat).sub(5).mul(0.37).abs().to(type).view({2, 3, 4});
    // A transposed view is written in its own order of elements, not in that of its memory.
    write_safetensors(
        path,
        {{"whole", whole}, {"view", whole.transpose(0, 2)}, {"none", whole.narrow(1, 0, 0)}, {"one", whole[1][2][3]}},
        {{"format", "pt"}});
    const auto read = read_safetensors(path);
    QCOMPARE(read.size(), size_t{4});
    QVERIFY(same_bits(read.at("whole"), whole));
    QVERIFY(same_bits(read.at("view"), whole.transpose(0, 2).contiguous()));
    QVERIFY(same_bits(read.at("none"), whole.narrow(1, 0, 0).contiguous()));
    QVERIFY(same_bits(read.at("one"), whole[1][2][3].clone()));
  }

  void keepsInfinityAndNan() {
    QTemporaryDir dir;
    const auto path = std::filesystem::path(dir.path().toStdString()) / "t.safetensors";
    const at::Tensor odd = at::tensor({INFINITY, -INFINITY, NAN, -0.0F}, at::kFloat);
    write_safetensors(path, {{"odd", odd}});
    QVERIFY(same_bits(read_safetensors(path).at("odd"), odd));
  }

  void writesTheHeaderByTheFormat() {
    QTemporaryDir dir;
    const auto path = std::filesystem::path(dir.path().toStdString()) / "t.safetensors";
    write_safetensors(path, {{"b", at::zeros({2}, at::kFloat)}, {"a", at::zeros({1}, at::kLong)}}, {{"format", "pt"}});
    const std::string bytes = read_file(path);
    uint64_t header_bytes = 0;
    std::memcpy(&header_bytes, bytes.data(), 8);
    QCOMPARE(header_bytes % 8, uint64_t{0});
    QCOMPARE(bytes.size(), 8 + header_bytes + 16);
    const auto header = nlohmann::json::parse(bytes.substr(8, header_bytes));
    // In the order given: b takes bytes 0 .. 8, a takes 8 .. 16.
    const auto expected = nlohmann::json::parse(R"({"__metadata__": {"format": "pt"},
        "b": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]},
        "a": {"dtype": "I64", "shape": [1], "data_offsets": [8, 16]}})");
    QCOMPARE(QString::fromStdString(header.dump()), QString::fromStdString(expected.dump()));
  }

  void refusesToWriteOtherDtypes() {
    QTemporaryDir dir;
    const auto path = std::filesystem::path(dir.path().toStdString()) / "t.safetensors";
    const std::string message = error_of(ErrorKind::Unsupported, [&] {
      write_safetensors(path, {{"flags", at::zeros({2}, at::kBool)}});
    });
    QVERIFY2(says(message, {"flags", "dtype"}), message.c_str());
    QVERIFY(!std::filesystem::exists(path));
  }

  void refusesBadFiles_data() {
    QTest::addColumn<bool>("unsupported");
    QTest::addColumn<QStringList>("parts");
    const auto row = [](const char* file, const QStringList& parts, bool unsupported = false) {
      QTest::newRow(file) << unsupported << parts;
    };
    row("empty", {"at least 8 bytes", "found 0"});
    row("length_cut_off", {"at least 8 bytes", "found 3"});
    row("header_cut_off", {"at most 20 bytes", "length of 61"});
    row("header_length_beyond_file", {"header of at most", "9223372036854775808"});
    row("header_not_json", {"JSON object"});
    row("header_is_a_list", {"JSON object"});
    row("header_not_utf8", {"JSON object"});
    row("tensor_is_a_number", {"tensor w", "expected dtype, shape and data_offsets"});
    row("dtype_missing", {"tensor w", "expected dtype, shape and data_offsets"});
    row("dtype_unknown", {"tensor w", "F8_E4M3", "expected F64"}, true);
    row("offsets_overlap", {"tensor w overlaps tensor v"});
    row("offsets_leave_a_gap", {"expected tensor w at byte 8", "found it at 12"});
    row("offsets_beyond_file", {"tensor w", "0 .. 8", "found 0 .. 16"});
    row("offsets_reversed", {"tensor w", "found 8 .. 0"});
    row("offsets_negative", {"tensor w", "offsets", "found [-8,0]"});
    row("offsets_of_three_numbers", {"tensor w", "data_offsets"});
    row("shape_of_other_bytes", {"tensor w", "expected 12 bytes for F32 [3]", "found 8"});
    row("shape_negative", {"tensor w", "non-negative", "found [-2]"});
    row("shape_fractional", {"tensor w", "whole numbers", "found [2.0]"});
    row("shape_huge", {"tensor w", "[2305843009213693952]", "too large"});
    row("shape_product_overflows", {"tensor w", "[8589934592,2147483648]", "too large"});
    row("shape_huge_and_empty", {"tensor w", "[0,18446744073709551615]", "too large"});
    row("shape_large_and_empty", {"tensor w", "[0,1099511627776,1099511627776]", "too large"});
    row("data_cut_off", {"tensor w", "0 .. 5", "found 0 .. 8"});
    row("data_left_over", {"expected 8 bytes of tensors", "found 11"});
  }
  void refusesBadFiles() {
    QFETCH(bool, unsupported);
    QFETCH(QStringList, parts);
    const std::string file = std::string(QTest::currentDataTag()) + ".safetensors";
    const auto path = std::filesystem::path(PREFSCOPE_TEST_DATA) / "llm" / file;
    QVERIFY(std::filesystem::exists(path));
    const MemoryLimit limit(256 << 20);
    QVERIFY(limit.holds());
    const std::string message =
        error_of(unsupported ? ErrorKind::Unsupported : ErrorKind::BadFile, [&] { read_safetensors(path); });
    std::vector<std::string> all{path.string()};
    for (const QString& part : parts) all.push_back(part.toStdString());
    QVERIFY2(says(message, all), message.c_str());
  }

  void opensWithoutACopy() {
    QTemporaryDir dir;
    const auto path = std::filesystem::path(dir.path().toStdString()) / "t.safetensors";
    const at::Tensor large = at::arange(25'000'000, at::kFloat);  // 100 MB
    write_safetensors(path, {{"large", large}, {"small", at::ones({3})}});
    const int64_t before = resident_memory();
    const SafetensorsFile file = open_safetensors(path);
    QCOMPARE(file.entries.size(), size_t{2});
    QCOMPARE(file.entries[0].name, std::string("large"));
    const at::Tensor mapped = mapped_tensor(file, file.entries[0]);
    QVERIFY(resident_memory() - before < 4 << 20);
    QVERIFY(mapped.equal(large));
    QVERIFY(resident_memory() - before > 90 << 20);  // now its pages are here
    release_pages(file, file.entries[0].begin, file.entries[0].end);
    QVERIFY(resident_memory() - before < 8 << 20);
    QVERIFY(mapped.equal(large));  // and they come again
  }

  void aMappedTensorOutlivesItsFile() {
    at::Tensor w;
    {
      const SafetensorsFile file = open_safetensors(parity("llm/dtypes.safetensors"));
      for (const auto& entry : file.entries) {
        if (entry.name == "i64") w = mapped_tensor(file, entry);
      }
    }
    QVERIFY(same_bits(w, at::tensor({int64_t{1} << 40, int64_t{-7}}, at::kLong)));
  }

  void tensorsNeedNoAlignment() {
    QTemporaryDir dir;
    const auto path = std::filesystem::path(dir.path().toStdString()) / "t.safetensors";
    const at::Tensor odd = at::tensor({7}, at::kByte), floats = at::tensor({1.5F, -2.5F}),
                     wide = at::tensor({int64_t{-3}});
    write_safetensors(path, {{"odd", odd}, {"floats", floats}, {"wide", wide}});  // at bytes 0, 1 and 9
    const auto read = read_safetensors(path);
    QVERIFY(same_bits(read.at("floats"), floats));
    QVERIFY(same_bits(read.at("wide"), wide));
  }

  /// What could become far more memory than the file has bytes is refused while it is parsed.
  void refusesBombs_data() {
    QTest::addColumn<QByteArray>("header");
    QTest::newRow("brackets in brackets") << QByteArray(50'000'000, '[');
    QTest::newRow("objects in objects") << QByteArray("{\"a\":").repeated(10'000'000);
    QTest::newRow("a shape of very many sizes") << "{\"w\":{\"dtype\":\"F32\",\"data_offsets\":[0,0],\"shape\":[" +
                                                       QByteArray("1,").repeated(25'000'000) + "1]}}";
  }
  void refusesBombs() {
    QFETCH(QByteArray, header);
    QTemporaryDir dir;
    const auto path = std::filesystem::path(dir.path().toStdString()) / "t.safetensors";
    const auto bytes = static_cast<uint64_t>(header.size());
    std::ofstream out(path, std::ios::binary);
    out.write(reinterpret_cast<const char*>(&bytes), 8).write(header.constData(), header.size());
    out.close();
    const MemoryLimit limit(256 << 20);
    QVERIFY(limit.holds());
    const std::string message = error_of(ErrorKind::BadFile, [&] { open_safetensors(path); });
    QVERIFY2(says(message, {path.string(), "expected a header"}), message.c_str());
  }

  void saysWhatAFileIsInstead_data() {
    QTest::addColumn<QByteArray>("content");
    QTest::addColumn<QString>("part");
    QTest::newRow("pointer") << QByteArray("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 2200\n")
                             << "git-LFS pointer";
    QTest::newRow("page") << QByteArray("<!doctype html>\n<html><body>Not Found</body></html>") << "a web page";
    QTest::newRow("zip") << QByteArray("PK\x03\x04\x00\x00\x08\x08", 8) + QByteArray(60, '\0') << "torch.save";
    QTest::newRow("pickle") << QByteArray("\x80\x02}q\x00X\x06\x00", 8) + QByteArray(60, '\0') << "convert it";
  }
  void saysWhatAFileIsInstead() {
    QFETCH(QByteArray, content);
    QFETCH(QString, part);
    QTemporaryDir dir;
    const auto path = std::filesystem::path(dir.path().toStdString()) / "model.safetensors";
    write_file_atomically(path, content.toStdString());
    const std::string message = error_of(ErrorKind::BadFile, [&] { open_safetensors(path); });
    QVERIFY2(says(message, {path.string(), part.toStdString()}), message.c_str());
  }

  void refusesMissingFile() {
    const std::string message = error_of(ErrorKind::BadFile, [] { read_safetensors("/nowhere/model.safetensors"); });
    QVERIFY2(says(message, {"/nowhere/model.safetensors", "cannot be read"}), message.c_str());
  }
};

QTEST_GUILESS_MAIN(SafetensorsTest)
#include "safetensors_test.moc"
