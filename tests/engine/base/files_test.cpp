// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/base/files.h"

#include <sys/stat.h>

#include <QtTest>
#include <fstream>

#include "engine/base/error.h"

using namespace prefscope;
namespace fs = std::filesystem;

namespace {

/// The error that an act throws, as its kind and message.
std::pair<ErrorKind, std::string> error_of(const std::function<void()>& act) {
  try {
    act();
  } catch (const Error& e) {
    return {e.kind(), e.what()};
  }
  return {ErrorKind::BadInput, "no error"};
}

}  // namespace

class FilesTest : public QObject {
  Q_OBJECT

  QTemporaryDir dir_;
  fs::path root() const { return dir_.path().toStdString(); }

 private Q_SLOTS:
  /// The examples of FIPS 180-2, appendix B, the empty text, and lengths about the padding's edges (55, 56 and 64 bytes
  /// of "a", as sha256sum prints them).
  void sha256OfKnownTexts_data() {
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QString>("digest");
    const auto row = [](const char* name, const QByteArray& text, const char* digest) {
      QTest::newRow(name) << text << QString::fromLatin1(digest);
    };
    row("empty", "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    row("abc", "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    row("two blocks", "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    row("a million", QByteArray(1'000'000, 'a'), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    row("55 bytes", QByteArray(55, 'a'), "9f4390f8d30c2dd92ec9f095b65e2b9ae9b0a925a5258e241c9f1e910f734318");
    row("56 bytes", QByteArray(56, 'a'), "b35439a4ac6f0948b6d6f9e3c6af0f5f590ce20f1bde7090ef7970686ec6738a");
    row("64 bytes", QByteArray(64, 'a'), "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb");
  }
  void sha256OfKnownTexts() {
    QFETCH(QByteArray, text);
    QFETCH(QString, digest);
    QCOMPARE(QString::fromStdString(sha256({text.constData(), static_cast<size_t>(text.size())})), digest);
    write_file_atomically(root() / "text", {text.constData(), static_cast<size_t>(text.size())});
    QCOMPARE(QString::fromStdString(sha256_file(root() / "text")), digest);
  }

  /// A file is hashed in pieces of 1 MiB: 3 MiB and a bit give the same as the whole.
  void sha256OfPiecesIsThatOfTheWhole() {
    std::string content;
    for (int i = 0; content.size() < 3'200'000; ++i) content += std::to_string(i) + '\0';
    write_file_atomically(root() / "long", content);
    QCOMPARE(sha256_file(root() / "long"), sha256(content));
    QVERIFY(sha256(content) != sha256(content + '\0'));
  }

  void sha256OfWhatCannotBeReadIsAnError() {
    for (const fs::path& path : {root() / "absent", root()}) {
      const auto [kind, message] = error_of([&] { sha256_file(path); });
      QCOMPARE(kind, ErrorKind::BadFile);
      QVERIFY2(message.starts_with(path.string() + ": cannot be read"), message.c_str());
    }
  }

  void readsBytesAsTheyAre() {
    const std::string content("a\0\r\n\xff\xef\xbb\xbf", 8);
    write_file_atomically(root() / "bytes", content);
    QCOMPARE(read_file(root() / "bytes"), content);
    QCOMPARE(read_file(root() / "bytes", 8), content);
    write_file_atomically(root() / "nothing", "");
    QCOMPARE(read_file(root() / "nothing", 0), std::string());
  }

  void refusesWhatIsAbsentOrTooLarge() {
    const auto absent = error_of([&] { read_file(root() / "absent"); });
    QCOMPARE(absent.first, ErrorKind::BadFile);
    QVERIFY2(absent.second.starts_with((root() / "absent").string() + ": cannot be read"), absent.second.c_str());
    const auto folder = error_of([&] { read_file(root()); });
    QCOMPARE(folder.first, ErrorKind::BadFile);
    write_file_atomically(root() / "eight", "12345678");
    const auto large = error_of([&] { read_file(root() / "eight", 7); });
    QCOMPARE(large.first, ErrorKind::BadFile);
    QVERIFY2(large.second.ends_with("eight: expected at most 7 bytes, found 8"), large.second.c_str());
  }

  /// 3 TiB on paper, nothing on the disk: the size is looked at before memory is taken.
  void sizeIsCheckedBeforeMemoryIsTaken() {
    const fs::path path = root() / "sparse";
    std::ofstream(path).put('a');
    std::error_code code;
    fs::resize_file(path, uintmax_t{3} << 40, code);
    if (code) QSKIP("this file system has no sparse files of 3 TiB");
    QCOMPARE(error_of([&] { read_file(path); }).first, ErrorKind::BadFile);
  }

  void writesANewFileAndItsFolders() {
    const fs::path path = root() / "new" / "deeper" / "file.txt";
    write_file_atomically(path, "first");
    QCOMPARE(read_file(path), std::string("first"));
    write_file_atomically(path, "and second");
    QCOMPARE(read_file(path), std::string("and second"));
    QCOMPARE(std::distance(fs::directory_iterator(path.parent_path()), {}), 1);
  }

  /// What is no file is never replaced; no temporary file is left behind.
  void failureLeavesTheOld() {
    const fs::path folder = root() / "taken";
    write_file_atomically(folder / "inside", "old");
    const auto [kind, message] = error_of([&] { write_file_atomically(folder, "new"); });
    QCOMPARE(kind, ErrorKind::Storage);
    QVERIFY2(message.starts_with(folder.string() + ": expected a file"), message.c_str());
    QCOMPARE(read_file(folder / "inside"), std::string("old"));
    QVERIFY(!fs::exists(folder.string() + ".part"));
  }

  void deviceIsNotReplaced() {
    const fs::path pipe = root() / "pipe";
    QCOMPARE(::mkfifo(pipe.c_str(), 0600), 0);
    const auto [kind, message] = error_of([&] { write_file_atomically(pipe, "new"); });
    QCOMPARE(kind, ErrorKind::Storage);
    QVERIFY2(message.starts_with(pipe.string() + ": expected a file"), message.c_str());
    QVERIFY(fs::is_fifo(pipe));
  }

  void linkStaysALink() {
    const fs::path file = root() / "led to", link = root() / "link";
    write_file_atomically(file, "old");
    fs::create_symlink(file, link);
    write_file_atomically(link, "new");
    QVERIFY(fs::is_symlink(link));
    QCOMPARE(read_file(file), std::string("new"));
  }

  /// The disk is full at the first byte (/dev/full): the old content stays and the error says why.
  void fullDiskLeavesTheOld() {
    if (!fs::exists("/dev/full")) QSKIP("/dev/full is not here");
    const fs::path path = root() / "report";
    write_file_atomically(path, "old");
    fs::create_symlink("/dev/full", path.string() + ".part");
    const auto [kind, message] = error_of([&] { write_file_atomically(path, "new"); });
    QCOMPARE(kind, ErrorKind::Storage);
    QVERIFY2(message.starts_with(path.string() + ": writing failed: No space left"), message.c_str());
    QCOMPARE(read_file(path), std::string("old"));
    QVERIFY(!fs::is_symlink(path.string() + ".part"));
    write_file_atomically(path, "new");
    QCOMPARE(read_file(path), std::string("new"));
  }

  void folderThatCannotBeMadeIsAnError() {
    write_file_atomically(root() / "plain", "");
    const auto [kind, message] = error_of([&] { write_file_atomically(root() / "plain" / "x", "new"); });
    QCOMPARE(kind, ErrorKind::Storage);
    QVERIFY2(message.starts_with((root() / "plain" / "x").string()), message.c_str());
  }

  void timeIsUtc() {
    const QDateTime before = QDateTime::currentDateTimeUtc();
    const QString text = QString::fromStdString(utc_now());
    const QDateTime parsed = QDateTime::fromString(text, Qt::ISODate);
    QVERIFY2(parsed.isValid() && text.endsWith(QLatin1Char('Z')) && text.size() == 20, qPrintable(text));
    QVERIFY(before.secsTo(parsed) >= -1 && before.secsTo(parsed) <= 5);
  }

  void bundledFilesAreFound() {
    QVERIFY(fs::exists(resource_path("prompts/open.txt")));
    QVERIFY(fs::exists(bundled_dataset_path("sample-world/items.csv")));
  }
};

QTEST_GUILESS_MAIN(FilesTest)
#include "files_test.moc"
