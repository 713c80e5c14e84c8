// SPDX-License-Identifier: GPL-3.0-or-later
#include <sys/stat.h>

#include <QtTest>
#include <clocale>
#include <fstream>

#include "engine/base/error.h"
#include "engine/base/files.h"
#include "engine/data/archive.h"
#include "engine/data/inputs.h"
#include "engine/data/readers.h"
#include "tests/engine/data/small_archives.h"

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

std::string content(const InputFile& file) {
  return read_all(file.open(), size_t{1} << 30, file.name);
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
  /// Those with an ending of data first; of the others what is text by its beginning, packed or not, is text for all
  /// we know.
  void folderGivesItsTextsSorted() {
    write("folder/b.csv", "b");
    write("folder/a.json", "a");
    write("folder/UPPER", "text");
    write("folder/packed.gz", make_gzip("text"));
    write("folder/wide", std::string("\xff\xfe"
                                     "a\0",
                                     4));
    write("folder/empty", "");
    write("folder/picture.png", std::string("\x89PNG\0\0", 6));
    write("folder/packed picture.gz", make_gzip(std::string("\x89PNG\0\0", 6)));
    write("folder/set.tar.gz", make_gzip(make_tar({{"x.csv", "x"}})));
    write("folder/page.html", "<!DOCTYPE html>");
    write("folder/._b.csv", "no");
    write("folder/.git/c.csv", "no");
    const fs::path folder = write("folder/deeper/c.csv", "c").parent_path().parent_path();
    fs::create_symlink(folder / "nowhere", folder / "dangling.csv");
    const auto files = open_inputs({folder}, {});
    QCOMPARE(names(files),
             (std::vector<std::string>{"a.json", "b.csv", "c.csv", "UPPER", "packed.gz", "page.html", "wide"}));
    QVERIFY(!files[2].by_content && files[3].by_content);
    QCOMPARE(content(files[1]), std::string("b"));
    QCOMPARE(files[4].head, std::string("text"));
  }

  /// Four folders deep; a link to a folder, here to the one above it, is not followed.
  void foldersAreReadToADepth() {
    write("deep/1/2/3/4/a.csv", "a");
    write("deep/1/2/3/4/5/b.csv", "b");
    const fs::path folder = fs::path(dir_.path().toStdString()) / "deep";
    fs::create_directory_symlink(folder, folder / "1" / "loop");
    QCOMPARE(names(open_inputs({folder}, {})), std::vector<std::string>{"a.csv"});
  }

  /// CR alone ends lines, as on old Macs; beside an LF it does not.
  void linesMayEndWithCr() {
    const InputFile old = memory_file("a.csv", "u,i\r1,2\r");
    QCOMPARE(std::string(first_line(old)), std::string("u,i"));
    QCOMPARE(read_all(text_of(old, old.encoding), 99, ""), std::string("u,i\n1,2\n"));
    QVERIFY(!memory_file("a.csv", "u\r,i\n1,2\r\n").cr_lines);
  }

  /// Named files are read whatever they are called, in the order given.
  void namedFilesAreReadInOrder() {
    const auto files = open_inputs({write("two.txt", "2"), write("one.CSV", "1")}, {});
    QCOMPARE(names(files), (std::vector<std::string>{"two.txt", "one.CSV"}));
  }

  /// A pipe would be waited for as long as nobody writes into it.
  void whatIsNoFileIsNamed() {
    const fs::path pipe = fs::path(dir_.path().toStdString()) / "ratings.pipe";
    QCOMPARE(::mkfifo(pipe.c_str(), 0600), 0);
    QCOMPARE(message_of([&] { open_inputs({pipe}, {}); }),
             pipe.string() + ": expected a file, found a pipe; write what it gives into a file");
    QVERIFY(
        message_of([] { open_inputs({"/dev/null"}, {}); }).starts_with("/dev/null: expected a file, found a device"));
  }

  /// Of an entry no more is kept than there is in it.
  void headsOfEntriesAreSmall() {
    const fs::path zip = write("small.zip", make_zip({{"a.csv", "a,b\n"}, {"b.csv", "c\n"}}));
    const auto entries = list_archive(zip, 1 << 16, [](const std::string&, const std::string&) { return true; }, {});
    QCOMPARE(entries.size(), size_t{2});
    QCOMPARE(entries[0].head, std::string("a,b\n"));
    for (const ArchiveEntry& entry : entries) QVERIFY(entry.head.capacity() < 100);
  }

  void zipGivesItsTables() {
    const std::string text(100'000, 'x');
    const fs::path zip = write("set.zip", make_zip({{"set/ratings.csv", text, true},
                                                    {"set/", ""},
                                                    {"set/README.txt", "no"},
                                                    {"__MACOSX/._ratings.csv", "no"},
                                                    {"set/movies.csv", "stored"}}));
    const auto files = open_inputs({zip}, {});
    QCOMPARE(names(files), (std::vector<std::string>{"ratings.csv", "movies.csv", "README.txt"}));
    QVERIFY(content(files[0]) == text);
    QCOMPARE(content(files[1]), std::string("stored"));
    // A zip is known by its content, not by its name.
    QCOMPARE(open_inputs({write("set.csv", read_file(zip))}, {}).size(), size_t{3});
  }

  /// Names that lead elsewhere are refused, and nothing is written anywhere.
  void archiveCannotWriteAnywhere() {
    for (const char* name :
         {"../../evil.csv", "/tmp/evil.csv", "..", "x/../../../../etc/evil.csv", "..\\evil.csv", "C:\\evil.csv"}) {
      const fs::path zip = write("traversal/set.zip", make_zip({{"ratings.csv", "a"}, {name, "b"}})),
                     tar = write("traversal/set.tar", make_tar({{"ratings.csv", "a"}, {name, "b"}}));
      const auto before = files_on_disk();
      for (const fs::path& archive : {zip, tar}) {
        const std::string message = message_of([&] { open_inputs({archive}, {}); });
        // libarchive gives a zip's backslashes as slashes.
        QVERIFY2(message.starts_with(archive.string() +
                                     ": entry 2: expected the name of a file within the archive, found \"") &&
                     message.find("\", which leads elsewhere") != std::string::npos,
                 message.c_str());
      }
      QCOMPARE(files_on_disk(), before);
      QVERIFY(!fs::exists(zip.parent_path().parent_path() / "evil.csv"));
    }
    QCOMPARE(open_inputs({write("dots.tar", make_tar({{"./set/a..b.csv", "a"}}))}, {}).size(), size_t{1});
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
    const std::vector<InputFile> files = open_inputs({zip}, {});
    std::setlocale(LC_ALL, before.c_str());
    QCOMPARE(files.size(), size_t{2});
    QCOMPARE(files[0].name, std::string("b\xef\xbf\xbd.csv"));
    QCOMPARE(files[1].name, std::string("\xc3\xa9t\xc3\xa9.csv"));
  }

  void zipNameThatIsNotWhatItClaimsIsRefused() {
    const fs::path zip = write("claims.zip", make_zip({{"a.csv", "a"}, {"b\xff.csv", "b"}}));
    const std::string message = message_of([&] { open_inputs({zip}, {}); });
    QVERIFY2(message.starts_with(zip.string() + ": entry 2 claims a name in UTF-8"), message.c_str());
  }

  /// 3 GiB claimed by a few bytes: refused by the claim, before anything is unpacked.
  void zipThatClaimsTooMuchIsRefused() {
    const fs::path zip =
        write("claims.zip", make_zip({{"a.csv", "small"}, {"b.csv", std::string(1000, 'x'), true, uint64_t{3} << 30}}));
    const std::string message = message_of([&] { open_inputs({zip}, {}); });
    QVERIFY2(message.starts_with(zip.string() + ": expected a table of text, found ") &&
                 message.find("bytes that unpack to 3221225") != std::string::npos,
             message.c_str());
  }

  /// A bomb hides its size: 20 MB behind a header that says 100 bytes.
  void zipThatLiesIsRefused() {
    const fs::path zip = write("bomb.zip", make_zip({{"a.csv", std::string(20'000'000, '0'), true, 100}}));
    QVERIFY(fs::file_size(zip) < 40'000);
    const std::string message = message_of([&] { content(open_inputs({zip}, {}).front()); });
    QVERIFY2(message.starts_with(zip.string() + ": unpacking a.csv: "), message.c_str());
  }

  void zipOfTooManyEntriesIsRefused() {
    std::vector<ZipEntry> entries(10'000, {"a.txt", ""});
    entries.back().name = "last.csv";
    QCOMPARE(open_inputs({write("many.zip", make_zip(entries))}, {}).size(), size_t{1});
    entries.push_back({"one more.txt", ""});
    const std::string message = message_of([&] { open_inputs({write("more.zip", make_zip(entries))}, {}); });
    QVERIFY2(message.find("more.zip: more than 10000 entries; unpack it") != std::string::npos, message.c_str());
  }

  /// Cut anywhere, an archive never gives half a file: either both are whole or there is an error that names it.
  void truncatedZipIsRefused() {
    const std::string text = "userId,movieId\n" + std::string(3000, '7');
    const std::string whole = make_zip({{"ratings.csv", text, true}, {"movies.csv", text}});
    const size_t directory = whole.find("PK\x01\x02");
    int refused = 0;
    for (size_t size = 4; size < directory; size += 37) {
      const fs::path zip = write("cut.zip", whole.substr(0, size));
      const std::string message = message_of([&] {
        for (const InputFile& file : open_inputs({zip}, {})) content(file);
      });
      QVERIFY2(message.starts_with(zip.string() + ": ") && message.ends_with("; fetch the archive again"),
               (std::to_string(size) + ": " + message).c_str());
      ++refused;
    }
    QVERIFY(refused > 50);
    try {
      for (const InputFile& file : open_inputs({write("cut.zip", whole.substr(0, directory + 10))}, {}))
        QVERIFY(content(file) == text);
    } catch (const Error& e) {
      QCOMPARE(e.kind(), ErrorKind::BadFile);
    }
  }

  void damagedZipIsRefused() {
    std::string zip = make_zip({{"ratings.csv", std::string(3000, '7')}});
    zip[1000] = '8';  // within the data: the checksum no longer fits
    const std::string message = message_of([&] { open_inputs({write("damaged.zip", zip)}, {}); });
    QVERIFY2(message.find("damaged.zip: unpacking ratings.csv: ") != std::string::npos, message.c_str());
  }

  void whatIsNotThereIsNamed() {
    const fs::path absent = fs::path(dir_.path().toStdString()) / "absent.csv";
    QCOMPARE(message_of([&] { open_inputs({absent}, {}); }), absent.string() + ": there is no such file or folder");
    fs::create_directories(fs::path(dir_.path().toStdString()) / "none");
    const fs::path none = fs::path(dir_.path().toStdString()) / "none";
    for (const fs::path& path : {none, write("pictures.zip", make_zip({{"a.png", std::string("x\0", 2)}})),
                                 write("empty.zip", make_zip({}))}) {
      const std::string nothing = message_of([&] { open_inputs({path}, {}); });
      QVERIFY2(nothing.starts_with(path.string() + ": nothing to read: expected tables or JSON as text (.csv, "),
               nothing.c_str());
    }
  }

  /// gzip members one behind the other are one file (RFC 1952), in whatever pieces they come.
  void gzipIsRead() {
    const std::string one = make_gzip("a,b\n1,2\n"), two = make_gzip(std::string(3'000'000, 'x'));
    const auto files = open_inputs({write("set.csv.gz", one + two + one)}, {});
    QCOMPARE(names(files), std::vector<std::string>{"set.csv.gz"});
    QVERIFY(content(files[0]) == "a,b\n1,2\n" + std::string(3'000'000, 'x') + "a,b\n1,2\n");
    QVERIFY(files[0].head.starts_with("a,b\n1,2\nxxx"));
    QVERIFY(content(open_inputs({write("padded.gz", one + std::string(512, '\0'))}, {})[0]) == "a,b\n1,2\n");
    QCOMPARE(content(open_inputs({write("named.csv", one)}, {})[0]), std::string("a,b\n1,2\n"));  // by content
  }

  /// Cut anywhere, damaged, or followed by something else: told with the file's name.
  void damagedGzipIsRefused() {
    const std::string whole = make_gzip("user,item,time\n" + std::string(3000, '7'));
    for (size_t size = 2; size < whole.size(); ++size) {
      const std::string message =
          message_of([&] { content(open_inputs({write("cut.gz", whole.substr(0, size))}, {})[0]); });
      QVERIFY2(message.find("cut.gz: expected a whole gzip file, found") != std::string::npos &&
                   message.ends_with("; fetch it again"),
               message.c_str());
    }
    std::string damaged = whole;
    damaged[whole.size() - 6] ^= 1;  // the checksum
    QVERIFY(message_of([&] {
              content(open_inputs({write("sum.gz", damaged)}, {})[0]);
            }).find("incorrect data check after 3015 unpacked bytes") != std::string::npos);
    QVERIFY(message_of([&] {
              content(open_inputs({write("tail.gz", whole + "more")}, {})[0]);
            }).find("bytes that are not gzip") != std::string::npos);
  }

  /// 200 MB of one letter in 200 kB: no table unpacks so far.
  void gzipBombIsRefused() {
    const fs::path bomb = write("bomb.csv.gz", make_gzip(std::string(200'000'000, '0')));
    const std::string message = message_of([&] {
      const ByteStream bytes = open_inputs({bomb}, {})[0].open();
      std::string piece(1 << 20, '\0');
      while (bytes.read(piece.data(), piece.size()) > 0) continue;
    });
    QVERIFY2(message.find("bomb.csv.gz: expected a table of text, found ") != std::string::npos, message.c_str());
  }

  void tarGivesItsTables() {
    const std::string tar = make_tar({{"set/ratings.csv", "a,b\n"}, {"set/more/movies.csv", "c"}, {"set/._x", "no"}});
    for (const fs::path& path : {write("set.tar", tar), write("set.tar.gz", make_gzip(tar))}) {
      const auto files = open_inputs({path}, {});
      QCOMPARE(names(files), (std::vector<std::string>{"ratings.csv", "movies.csv"}));
      QCOMPARE(content(files[1]), std::string("c"));
      QCOMPARE(content(files[0]), std::string("a,b\n"));
      QCOMPARE(content(files[0]), std::string("a,b\n"));  // as often as it is opened
    }
  }

  /// What a server or git gives in the place of data, whatever it is called.
  void whatIsNoDataIsRefused() {
    for (const char* name : {"data.zip", "data.csv.gz", "ratings.csv"}) {
      const std::string page = message_of([&] { open_inputs({write(name, "\n<!DOCTYPE HTML>\n<html>")}, {}); });
      QVERIFY2(page.starts_with(std::string(name) + " line 1: expected data, found a web page"), page.c_str());
      const std::string pointer = message_of([&] {
        open_inputs({write(name, "version https://git-lfs.github.com/spec/v1\noid sha256:4d\nsize 12\n")}, {});
      });
      QVERIFY2(pointer.starts_with(std::string(name) + " line 1: expected data, found a git-LFS pointer"),
               pointer.c_str());
    }
    QVERIFY(message_of([&] {
              open_inputs({write("page.csv.gz", make_gzip("<html><body>"))}, {});
            }).find("found a web page") != std::string::npos);
  }

  void folderWithoutPermissionIsNamed() {
    const fs::path folder = write("closed/a.csv", "x").parent_path();
    fs::permissions(folder, fs::perms::none);
    const bool open = static_cast<bool>(std::ifstream(folder / "a.csv"));
    const std::string message = message_of([&] { open_inputs({folder}, {}); });
    fs::permissions(folder, fs::perms::owner_all);
    if (open) QSKIP("this user may read every folder");
    QVERIFY2(message.starts_with(folder.string() + ": the folder cannot be read"), message.c_str());
  }

  /// A sparse file of 3 TiB is opened by its head alone.
  void sizeOfAPlainFileDoesNotMatter() {
    const fs::path path = write("large/a.csv", "a,b\n");
    std::error_code code;
    fs::resize_file(path, uintmax_t{3} << 40, code);
    if (code) QSKIP("this file system has no sparse files of 3 TiB");
    QCOMPARE(std::string(first_line(open_inputs({path.parent_path()}, {}).front())), std::string("a,b"));
    fs::remove(path);
  }

  void stopIsHonoured() {
    std::stop_source source;
    source.request_stop();
    const fs::path zip = write("stop.zip", make_zip({{"a.csv", "x"}}));
    QVERIFY_THROWS_EXCEPTION(Cancelled, open_inputs({zip}, {{}, source.get_token()}));
  }

  /// Also within a large entry that is only skipped, as what gzip packed has no list of its entries.
  void stopIsHonouredWithinAnEntry() {
    std::string rows;
    for (int i = 0; rows.size() < 3'000'000; ++i) rows += std::to_string(i * 7919) + "\n";
    const fs::path path = write("stop.tar.gz", make_gzip(make_tar({{"a.csv", rows}, {"b.csv", "b"}})));
    std::stop_source source;
    const auto files = open_inputs({path}, {{}, source.get_token()});
    QCOMPARE(names(files), (std::vector<std::string>{"a.csv", "b.csv"}));
    QCOMPARE(content(files[1]), std::string("b"));
    const ByteStream first = files[0].open();
    source.request_stop();
    QVERIFY_THROWS_EXCEPTION(Cancelled, read_all(first, 1 << 30, ""));
    QVERIFY_THROWS_EXCEPTION(Cancelled, files[1].open());
  }

  void firstLineIsPlain() {
    for (const char* text : {"a,b", "a,b\n1,2", "a,b\r\n1",
                             "\xef\xbb\xbf"
                             "a,b\r\n",
                             "a,b\r", "\r\n\na,b\n"})
      QCOMPARE(std::string(first_line(memory_file("", text))), std::string("a,b"));
    QVERIFY(first_line(memory_file("", "")).empty());
  }

  void formatsAreKnownByContent() {
    const InputFile ratings = memory_file("x.txt", "\xef\xbb\xbfuserId,movieId,rating,timestamp\r\n"),
                    movies = memory_file("y", "movieId,title,genres\n"), choices = memory_file("z", "user,item,time\n"),
                    rated = memory_file("z", "user,item,time,rating\n"), list = memory_file("l", " \n[{}]"),
                    truth = memory_file("t", "{}");
    QCOMPARE(recognise_format({movies, ratings}), std::string("movielens"));
    QCOMPARE(recognise_format({truth, choices}), std::string("sample-world"));  // a table says more than a brace
    QCOMPARE(recognise_format({rated}), std::string("sample-world"));
    QCOMPARE(recognise_format({list}), std::string("dmpo-json"));
    QCOMPARE(recognise_format({movies, truth}), std::string("dmpo-json"));
    QVERIFY(looks_like_json(memory_file("", "\xef\xbb\xbf [1]")) && !looks_like_json(memory_file("", "a [1]")) &&
            !looks_like_json(memory_file("", "  ")));
    const std::string message = message_of([&] {
      recognise_format({movies, memory_file("b.csv", std::string("\xff\0<b>", 5) + std::string(200, 'x'))});
    });
    QVERIFY2(message.starts_with("unknown format: expected one of movielens, "), message.c_str());
    QVERIFY2(message.find("found y beginning \"movieId,title,genres\", b.csv beginning \"") != std::string::npos,
             message.c_str());
    QVERIFY2(message.find("\\x00<b>xxx") != std::string::npos, message.c_str());
    QVERIFY(message.size() < 600 && message.find('\xff') == std::string::npos);
    QVERIFY(!looks_like_json(memory_file("", "[![Build](https://x)](y)")));
  }

  /// JSON lines of no known kind are for a mapping, and what is no text at all is said to be that.
  void unknownFilesAreSaidToBeWhatTheyAre() {
    const auto unknown = [](const std::string& content) {
      return message_of([&] { recognise_format({memory_file("a", content)}); });
    };
    QVERIFY(unknown("{\"who\": 1, \"what\": 2}\n").find("found a beginning \"{\"who\": 1, \"what\": 2}\"; give") !=
            std::string::npos);
    QVERIFY(unknown(std::string("u\0,\0i\0\n\0", 8)).find("(UTF-16 without its byte order mark: save it as UTF-8)") !=
            std::string::npos);
    QVERIFY(unknown("{\"user\": 1, \"item\": 2, \"ts\": 3}\n").starts_with("unknown format"));
    QVERIFY(unknown("BZh91AY&SY").find("(bzip2, which is not read: unpack it first)") != std::string::npos);
    QVERIFY(unknown(std::string("7z\xbc\xaf\x27\x1c\0", 7)).find("(a 7z archive, which is not read") !=
            std::string::npos);
    QVERIFY(unknown(std::string("a,b\n\0\0\0x", 8)).find("no text: it holds NUL bytes") != std::string::npos);
  }
};

QTEST_GUILESS_MAIN(InputsTest)
#include "inputs_test.moc"
