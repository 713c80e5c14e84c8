// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>
#include <clocale>
#include <fstream>

#include "engine/base/error.h"
#include "engine/base/files.h"
#include "engine/data/raw_data_set.h"
#include "tests/engine/data/small_zip.h"

using namespace prefscope;
namespace fs = std::filesystem;

namespace {

std::string message_of(const std::function<void()>& act) {
  try {
    act();
  } catch (const Error& e) {
    if (e.kind() == ErrorKind::BadFile) return e.what();
    return "another kind of error";
  }
  return "no error";
}

std::vector<std::string> names(const std::vector<InputFile>& files) {
  std::vector<std::string> all;
  for (const InputFile& file : files) all.push_back(file.name);
  return all;
}

}  // namespace

class InputsTest : public QObject {
  Q_OBJECT

  QTemporaryDir dir_;

  fs::path write(const std::string& name, const std::string& content) const {
    const fs::path path = fs::path(dir_.path().toStdString()) / name;
    write_file_atomically(path, content);
    return path;
  }
  /// How many files there are below the test's folder and beside it: unpacking must not add one.
  std::ptrdiff_t files_on_disk() const {
    return std::distance(fs::recursive_directory_iterator(dir_.path().toStdString()), {});
  }

 private Q_SLOTS:
  void folderGivesItsTablesSorted() {
    write("folder/b.csv", "b");
    write("folder/a.json", "a");
    write("folder/notes.txt", "no");
    write("folder/._b.csv", "no");
    const fs::path folder = write("folder/deeper/c.csv", "no").parent_path().parent_path();
    const auto files = read_inputs({folder}, {});
    QCOMPARE(names(files), (std::vector<std::string>{"a.json", "b.csv"}));
    QCOMPARE(files[1].content, std::string("b"));
  }

  /// Named files are read whatever they are called, in the order given.
  void namedFilesAreReadInOrder() {
    const auto files = read_inputs({write("two.txt", "2"), write("one.CSV", "1")}, {});
    QCOMPARE(names(files), (std::vector<std::string>{"two.txt", "one.CSV"}));
  }

  void zipGivesItsTables() {
    const std::string text(100'000, 'x');
    const fs::path zip = write("set.zip", make_zip({{"set/ratings.csv", text, true},
                                                    {"set/", ""},
                                                    {"set/README.txt", "no"},
                                                    {"__MACOSX/._ratings.csv", "no"},
                                                    {"set/movies.csv", "stored"}}));
    const auto files = read_inputs({zip}, {});
    QCOMPARE(names(files), (std::vector<std::string>{"ratings.csv", "movies.csv"}));
    QVERIFY(files[0].content == text);
    QCOMPARE(files[1].content, std::string("stored"));
    // A zip is known by its content, not by its name.
    QCOMPARE(read_inputs({write("set.csv", read_file(zip))}, {}).size(), size_t{2});
  }

  /// Names that lead elsewhere are read like any other, and nothing is written anywhere.
  void zipCannotWriteAnywhere() {
    const fs::path zip = write("traversal/set.zip", make_zip({{"../../ratings.csv", "a"},
                                                              {"/tmp/../movies.csv", "b"},
                                                              {"..", "c"},
                                                              {"x/../../../../etc/tags.csv", "d"}}));
    const auto before = files_on_disk();
    QCOMPARE(names(read_inputs({zip}, {})), (std::vector<std::string>{"ratings.csv", "movies.csv", "tags.csv"}));
    QCOMPARE(files_on_disk(), before);
    QVERIFY(!fs::exists(zip.parent_path().parent_path() / "ratings.csv"));
  }

  /// In whatever locale the program runs: C is that of a command line, or of a desktop whose locale is not installed.
  void zipNamesMayBeAnyBytes_data() {
    QTest::addColumn<QByteArray>("locale");
    for (const char* name : {"C", "C.UTF-8"}) QTest::newRow(name) << QByteArray(name);
  }
  void zipNamesMayBeAnyBytes() {
    QFETCH(QByteArray, locale);
    const fs::path zip =
        write("names.zip", make_zip({{"b\xff.csv", "a", false, {}, false}, {"\xc3\xa9t\xc3\xa9.csv", "b"}}));
    const std::string before = std::setlocale(LC_ALL, nullptr);
    QVERIFY(std::setlocale(LC_ALL, locale.constData()) != nullptr);
    const std::vector<InputFile> files = read_inputs({zip}, {});
    std::setlocale(LC_ALL, before.c_str());
    QCOMPARE(files.size(), size_t{2});
    QCOMPARE(files[0].name, std::string("b\xef\xbf\xbd.csv"));
    QCOMPARE(files[1].name, std::string("\xc3\xa9t\xc3\xa9.csv"));
  }

  void zipNameThatIsNotWhatItClaimsIsRefused() {
    const fs::path zip = write("claims.zip", make_zip({{"a.csv", "a"}, {"b\xff.csv", "b"}}));
    const std::string message = message_of([&] { read_inputs({zip}, {}); });
    QVERIFY2(message.starts_with(zip.string() + ": entry 2 claims a name in UTF-8"), message.c_str());
  }

  /// 3 GiB claimed by a few bytes: refused by the claim, before anything is unpacked.
  void zipThatClaimsTooMuchIsRefused() {
    const fs::path zip =
        write("claims.zip", make_zip({{"a.csv", "small"}, {"b.csv", std::string(1000, 'x'), true, uint64_t{3} << 30}}));
    const std::string message = message_of([&] { read_inputs({zip}, {}); });
    QVERIFY2(message.starts_with(zip.string() + ": unpacks to more than 2147483648 bytes"), message.c_str());
    // What was read before counts: each file alone would fit, together they are one byte too large.
    const uint64_t limit = uint64_t{2} << 30;
    const fs::path first = write("first.csv", std::string(1000, 'x'));
    const fs::path rest = write("rest.zip", make_zip({{"b.csv", "y", false, limit - 999}}));
    const std::string both = message_of([&] { read_inputs({first, rest}, {}); });
    QVERIFY2(both.starts_with(rest.string() + ": unpacks to more than"), both.c_str());
    QVERIFY(message_of([&] { read_inputs({rest}, {}); }).find("unpacks to more than") == std::string::npos);
  }

  /// A bomb hides its size: 20 MB behind a header that says 100 bytes.
  void zipThatLiesIsRefused() {
    const fs::path zip = write("bomb.zip", make_zip({{"a.csv", std::string(20'000'000, '0'), true, 100}}));
    QVERIFY(fs::file_size(zip) < 40'000);
    const std::string message = message_of([&] { read_inputs({zip}, {}); });
    QVERIFY2(message.starts_with(zip.string() + ": unpacking a.csv: "), message.c_str());
  }

  void zipOfTooManyEntriesIsRefused() {
    std::vector<ZipEntry> entries(10'000, {"a.txt", ""});
    entries.back().name = "last.csv";
    QCOMPARE(read_inputs({write("many.zip", make_zip(entries))}, {}).size(), size_t{1});
    entries.push_back({"one more.txt", ""});
    const std::string message = message_of([&] { read_inputs({write("more.zip", make_zip(entries))}, {}); });
    QVERIFY2(message.find("more.zip: more than 10000 entries; unpack it") != std::string::npos, message.c_str());
  }

  /// Cut anywhere, an archive never gives half a file: either both are whole or there is an error that names it.
  void truncatedZipIsRefused() {
    const std::string content = "userId,movieId\n" + std::string(3000, '7');
    const std::string whole = make_zip({{"ratings.csv", content, true}, {"movies.csv", content}});
    const size_t directory = whole.find("PK\x01\x02");
    int refused = 0;
    for (size_t size = 4; size < directory; size += 37) {
      const fs::path zip = write("cut.zip", whole.substr(0, size));
      const std::string message = message_of([&] { read_inputs({zip}, {}); });
      QVERIFY2(message.starts_with(zip.string() + ": ") && message.ends_with("; fetch the archive again"),
               (std::to_string(size) + ": " + message).c_str());
      ++refused;
    }
    QVERIFY(refused > 50);
    try {
      for (const InputFile& file : read_inputs({write("cut.zip", whole.substr(0, directory + 10))}, {}))
        QVERIFY(file.content == content);
    } catch (const Error& e) {
      QCOMPARE(e.kind(), ErrorKind::BadFile);
    }
  }

  void damagedZipIsRefused() {
    std::string zip = make_zip({{"ratings.csv", std::string(3000, '7')}});
    zip[1000] = '8';  // within the data: the checksum no longer fits
    const std::string message = message_of([&] { read_inputs({write("damaged.zip", zip)}, {}); });
    QVERIFY2(message.find("damaged.zip: unpacking ratings.csv: ") != std::string::npos, message.c_str());
  }

  void whatIsNotThereIsNamed() {
    const fs::path absent = fs::path(dir_.path().toStdString()) / "absent.csv";
    QCOMPARE(message_of([&] { read_inputs({absent}, {}); }), absent.string() + ": there is no such file or folder");
    fs::create_directories(fs::path(dir_.path().toStdString()) / "none");
    const std::string nothing = message_of([&] { read_inputs({fs::path(dir_.path().toStdString()) / "none"}, {}); });
    QCOMPARE(nothing, std::string("nothing to read: expected .csv or .json files, a folder or a zip archive of them"));
    QVERIFY(message_of([&] {
              read_inputs({write("other.zip", make_zip({{"a.txt", "x"}}))}, {});
            }).starts_with("nothing to read"));
  }

  void tooLargeAFolderIsRefusedBeforeItIsRead() {
    const fs::path path = write("large/a.csv", "x");
    std::error_code code;
    fs::resize_file(path, uintmax_t{3} << 40, code);
    if (code) QSKIP("this file system has no sparse files of 3 TiB");
    const std::string message = message_of([&] { read_inputs({path.parent_path()}, {}); });
    QVERIFY2(message.starts_with(path.string() + ": expected at most 2147483648 bytes"), message.c_str());
  }

  void stopIsHonoured() {
    std::stop_source source;
    source.request_stop();
    const fs::path zip = write("stop.zip", make_zip({{"a.csv", "x"}}));
    QVERIFY_THROWS_EXCEPTION(Cancelled, read_inputs({zip}, {{}, source.get_token()}));
  }

  void firstLineIsPlain() {
    for (const char* text : {"a,b", "a,b\n1,2", "a,b\r\n1",
                             "\xef\xbb\xbf"
                             "a,b\r\n",
                             "a,b\r"})
      QCOMPARE(std::string(first_line({"", text})), std::string("a,b"));
    QVERIFY(first_line({"", ""}).empty() && first_line({"", "\na,b"}).empty());
  }

  void formatsAreKnownByContent() {
    const InputFile ratings{"x.txt", "\xef\xbb\xbfuserId,movieId,rating,timestamp\r\n"},
        movies{"y", "movieId,title,genres\n"};
    const InputFile choices{"z", "user,item,time\n"}, rated{"z", "user,item,time,rating\n"}, list{"l", " \n[{}]"},
        truth{"t", "{}"};
    QCOMPARE(recognise_format({movies, ratings}), std::string("movielens"));
    QCOMPARE(recognise_format({truth, choices}), std::string("sample-world"));  // a table says more than a brace
    QCOMPARE(recognise_format({rated}), std::string("sample-world"));
    QCOMPARE(recognise_format({list}), std::string("dmpo-json"));
    QCOMPARE(recognise_format({movies, truth}), std::string("dmpo-json"));
    QVERIFY(looks_like_json({"", "\xef\xbb\xbf [1]"}) && !looks_like_json({"", "a [1]"}) &&
            !looks_like_json({"", "  "}));
    const std::string message = message_of([&] {
      recognise_format({movies, {"b.csv", std::string("\xff\0<b>", 5) + std::string(200, 'x')}});
    });
    QVERIFY2(message.starts_with("unknown format: expected MovieLens"), message.c_str());
    QVERIFY2(message.find("found y beginning \"movieId,title,genres\", b.csv beginning \"") != std::string::npos,
             message.c_str());
    QVERIFY(message.size() < 600 && message.find('\xff') == std::string::npos);
  }
};

QTEST_GUILESS_MAIN(InputsTest)
#include "inputs_test.moc"
