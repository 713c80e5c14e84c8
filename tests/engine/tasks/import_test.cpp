// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tasks/import.h"

#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <QtTest>
#include <csignal>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <thread>

#include "engine/base/files.h"
#include "engine/base/random.h"
#include "engine/store/preparations.h"
#include "engine/store/set_rows.h"
#include "tests/engine/data/small_zip.h"

using namespace prefscope;
namespace fs = std::filesystem;
using nlohmann::json;

namespace {

const fs::path shared = PREFSCOPE_SHARED_DATA;
const fs::path own = PREFSCOPE_TEST_DATA;

ImportResult import_files(const fs::path& workspace, const std::vector<fs::path>& paths, const std::string& name = {},
                          const TaskContext& context = {}) {
  ImportOptions options;
  options.workspace = workspace;
  options.paths = paths;
  options.name = name;
  return import_data(options, context);
}

std::pair<ErrorKind, std::string> error_of(const ImportOptions& options) {
  try {
    import_data(options, {});
  } catch (const Error& e) {
    return {e.kind(), e.what()};
  }
  return {ErrorKind::BadInput, "no error"};
}

int64_t number(Workspace& workspace, const std::string& sql) {
  return workspace.db().execAndGet(sql).getInt64();
}

/// Rows of all tables together.
int64_t all_rows(Workspace& workspace) {
  SQLite::Statement tables(workspace.db(), "SELECT name FROM sqlite_schema WHERE type = 'table'");
  int64_t rows = 0;
  while (tables.executeStep()) rows += number(workspace, "SELECT count(*) FROM " + tables.getColumn(0).getString());
  return rows;
}

/// SHA-256 of a set's interactions in saved order, with keys and titles in the place of ids.
std::string hash_of_rows(Workspace& workspace, int64_t data_set) {
  SQLite::Statement query(workspace.db(),
                          "SELECT x.user_key, i.key, i.title, x.rating, x.time FROM user_interaction x "
                          "JOIN item i ON i.id = x.item WHERE x.data_set = ? ORDER BY x.id");
  query.bind(1, data_set);
  std::string rows;
  while (query.executeStep()) {
    for (int column = 0; column < 5; ++column) rows += query.getColumn(column).getString() + '\0';
  }
  return sha256(rows);
}

constexpr int many_users = 300, many_items = 2000, many_each = 120;

/// Files in MovieLens form, large enough that an import can be met half-way: 36,000 ratings.
fs::path write_many_ratings(const fs::path& folder) {
  fs::create_directories(folder);
  std::ofstream movies(folder / "movies.csv"), ratings(folder / "ratings.csv");
  movies << "movieId,title,genres\n";
  for (int i = 0; i < many_items; ++i) movies << i << ",\"Title, the " << i << " (1999)\",Drama|Crime\n";
  ratings << "userId,movieId,rating,timestamp\n";
  Random random(4);
  for (int u = 0; u < many_users; ++u) {
    const auto first = static_cast<int>(random.below(many_items));
    for (int n = 0; n < many_each; ++n)
      ratings << u << ',' << (first + n) % many_items << ",4.0," << random.below(9) << '\n';
  }
  return folder;
}

/// A second process that imports. It sends a byte for each report, 's' while it saves, waits for an answer, and can be
/// killed.
class Importer {
 public:
  Importer(const fs::path& workspace, const fs::path& files) {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()) != 0) qFatal("no sockets");
    child_ = ::fork();
    if (child_ == 0) {
      ::close(ends[0]);
      int status = 0;
      try {
        import_files(workspace, {files}, "many",
                     {[&](const Progress& p) {
                        char byte = p.stage == "Saving rows" ? 's' : p.fraction == 1 ? 'd' : 'r';
                        if (::write(ends[1], &byte, 1) != 1 || ::read(ends[1], &byte, 1) != 1) ::_exit(3);
                      },
                      {}});
      } catch (...) {
        status = 2;
      }
      ::_exit(status);
    }
    ::close(ends[1]);
    reports_ = ends[0];
  }
  ~Importer() {
    kill();
    ::close(reports_);
  }
  Importer(const Importer&) = delete;
  Importer& operator=(const Importer&) = delete;

  /// The next report, or nothing where the process has ended. It goes on after go_on().
  std::optional<char> next() {
    char byte = 0;
    return ::read(reports_, &byte, 1) == 1 ? std::optional<char>(byte) : std::nullopt;
  }
  void go_on() {
    if (::send(reports_, "", 1, MSG_NOSIGNAL) != 1) qFatal("the second process is gone");
  }
  /// SIGKILL, unless it has ended; whether it was still alive.
  bool kill() {
    if (child_ < 0) return killed_;
    ::kill(child_, SIGKILL);
    int status = 0;
    ::waitpid(child_, &status, 0);
    child_ = -1;
    killed_ = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
    status_ = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
    return killed_;
  }
  int status() const { return status_; }

 private:
  pid_t child_ = -1;
  int reports_ = -1, status_ = 0;
  bool killed_ = false;
};

}  // namespace

class ImportTest : public QObject {
  Q_OBJECT

  QTemporaryDir dir_;
  fs::path many_;
  fs::path root(const char* name) const { return fs::path(dir_.path().toStdString()) / name; }

  /// After a kill: the file is sound, and the set is whole or nothing of it is there. Whether nothing is.
  bool nothing_or_all(const fs::path& folder) {
    Workspace workspace(folder);
    if (workspace.db().execAndGet("PRAGMA integrity_check").getString() != "ok") qFatal("the workspace is damaged");
    if (number(workspace, "SELECT count(*) FROM pragma_foreign_key_check") != 0) qFatal("a row points nowhere");
    const int64_t rows = all_rows(workspace);
    if (rows == 0) return true;
    if (number(workspace, "SELECT count(*) FROM interaction") != many_users * many_each ||
        number(workspace, "SELECT interactions FROM data_set") != many_users * many_each)
      qFatal("half a data set is there");
    delete_data_set(workspace, number(workspace, "SELECT id FROM data_set"));
    return false;
  }

 private Q_SLOTS:
  void initTestCase() { many_ = write_many_ratings(root("many")); }

  /// The figures of shared/data/README.md; nothing but the two tables that are not used is left out. A folder and the
  /// official zip are the same set.
  void movielensFromFolderAndZip() {
    const fs::path folder = shared / "ml-latest-small";
    if (!fs::exists(folder / "ml-latest-small.zip")) QSKIP("../shared/data/ml-latest-small is not here");
    const ImportResult plain = import_files(root("movielens"), {folder});
    const ImportResult zipped = import_files(root("movielens"), {folder / "ml-latest-small.zip"});
    qInfo("100,836 ratings: %.2f s from the folder, %.2f s from the zip", plain.seconds, zipped.seconds);
    QCOMPARE(plain.data_set.name, std::string("ml-latest-small"));
    QCOMPARE(zipped.data_set.name, std::string("ml-latest-small 2"));
    QCOMPARE(plain.data_set.content_hash, zipped.data_set.content_hash);
    for (const ImportResult& result : {plain, zipped}) {
      QCOMPARE(result.data_set.format, std::string("movielens"));
      QCOMPARE(result.data_set.users, int64_t{610});
      QCOMPARE(result.data_set.items, int64_t{9742});
      QCOMPARE(result.data_set.interactions, int64_t{100'836});
      QVERIFY(result.data_set.has_ratings && result.data_set.examples == 0);
      const ImportReport& report = result.report;
      QVERIFY(report.rows_read == 100'836 && report.kept == 100'836 && report.item_rows_read == 9742);
      QVERIFY(report.users == 610 && report.items == 9742 && report.repeated_pairs == 0);
      QCOMPARE(report.tied_users, int64_t{94});
      std::set<std::string> files;
      for (const Remark& remark : report.remarks) {
        if (remark.kind == RemarkKind::Note) files.insert(remark.file);
        QVERIFY(remark.kind != RemarkKind::Dropped);
        // Eleven titles end in a blank.
        if (remark.kind == RemarkKind::Mended) QVERIFY(remark.file == "movies.csv" && remark.count == 11);
      }
      QCOMPARE(files, (std::set<std::string>{"README.txt", "links.csv", "tags.csv"}));
    }
    Workspace workspace(root("movielens"));
    for (const int64_t id : {plain.data_set.id, zipped.data_set.id}) {
      const std::string of = " WHERE data_set = " + std::to_string(id);
      QCOMPARE(number(workspace, "SELECT count(*) FROM user" + of), int64_t{610});
      QCOMPARE(number(workspace, "SELECT count(*) FROM item" + of), int64_t{9742});
      QCOMPARE(number(workspace, "SELECT count(*) FROM item" + of + " AND interactions > 0"), int64_t{9724});
      QCOMPARE(number(workspace, "SELECT count(*) FROM user_interaction" + of), int64_t{100'836});
      QCOMPARE(number(workspace, "SELECT count(*) FROM user_interaction" + of + " AND rating > 3"), int64_t{61'716});
      QCOMPARE(number(workspace, "SELECT round(10000 * avg(rating)) FROM user_interaction" + of), int64_t{35'016});
      QCOMPARE(
          number(workspace, "SELECT count(*) FROM item i" + of +
                                " AND NOT EXISTS (SELECT 1 FROM item_attribute WHERE item = i.id AND name = 'genre')"),
          int64_t{34});
      QCOMPARE(number(workspace, "SELECT sum(interactions) FROM user" + of), int64_t{100'836});
      QCOMPARE(number(workspace, "SELECT count(*) FROM import_drop" + of), static_cast<int64_t>(plain.dropped.size()));
    }
    QVERIFY(hash_of_rows(workspace, plain.data_set.id) == hash_of_rows(workspace, zipped.data_set.id));
  }

  /// Names say nothing, in folders within the folder and in an archive of it neither; a text for readers is said not to
  /// be used and is no part of the set.
  void filesWithoutKnownNames() {
    const std::string ratings = "1::122::5::838985046\n1::185::4.5::838983525\n",
                      movies = "122::Boomerang (1992)::Comedy\n185::Net, The (1995)::Action\n";
    write_file_atomically(root("ml/bar"), movies);
    write_file_atomically(root("ml/within/foo"), ratings);
    const ImportResult plain = import_files(root("unnamed"), {root("ml")}, "plain");
    write_file_atomically(root("ml/README"), "[The set](https://x), 1999\n");
    write_file_atomically(
        root("ml.zip"),
        make_zip({{"ml/README", "[The set](https://x), 1999\n"}, {"ml/bar", movies}, {"ml/within/foo", ratings}}));
    for (const char* from : {"ml", "ml.zip"}) {
      const ImportResult result = import_files(root("unnamed"), {root(from)}, from);
      QVERIFY(result.data_set.format == "movielens-1m" && result.data_set.items == 2);
      QCOMPARE(result.data_set.interactions, int64_t{2});
      QCOMPARE(result.data_set.content_hash, plain.data_set.content_hash);
      QCOMPARE(remark_text(result.report.remarks.at(0)),
               std::string("README: the whole file: nothing but bar and foo is read"));
    }
    // Mapped by number, the text beside the tables is none of them.
    write_file_atomically(root("numbered/rows.csv"), "1,2\n3,4\n");
    write_file_atomically(root("numbered/LICENSE"), "Copyright 1999, all rights\nreserved\n");
    ImportOptions options{root("unnamed"), {root("numbered")}, "", "", ""};
    options.map = "user=#1,item=#2,header=no";
    QCOMPARE(import_data(options, {}).data_set.interactions, int64_t{2});
  }

  /// The figures of shared/data/README.md: 7 repeated pairs are kept, and the metadata of items that nobody reviewed
  /// are not.
  void amazonReviews() {
    const fs::path folder = shared / "amazon";
    if (!fs::exists(folder)) QSKIP("../shared/data/amazon is not here");
    const ImportResult result = import_files(root("amazon reviews"), {folder});
    QCOMPARE(result.data_set.format, std::string("amazon"));
    QVERIFY(result.data_set.users == 458 && result.data_set.items == 148 && result.data_set.interactions == 2972);
    QVERIFY(result.report.item_rows_read == 1547 && result.report.dropped() == 0);
    QVERIFY(result.report.repeated_pairs == 7 && result.report.tied_users == 292);
  }

  /// 10,000 books whose catalogue is whole, with the sample of their ratings.
  void goodbooks() {
    const fs::path folder = shared / "goodbooks-10k";
    if (!fs::exists(folder)) QSKIP("../shared/data/goodbooks-10k is not here");
    const ImportResult result = import_files(
        root("goodbooks"), {folder / "books.csv", folder / "tags.csv", folder / "samples" / "ratings.csv"});
    QCOMPARE(result.data_set.format, std::string("goodbooks-10k"));
    QVERIFY(result.data_set.items == 10'000 && result.report.item_rows_read == 10'000 && result.report.dropped() == 0);
  }

  /// Each record is an example of 19 pairs, but for the one that stands there twice.
  void candidateRecordsOfSDpo() {
    const fs::path file = shared / "sdpo" / "lastfm-val.json";
    if (!fs::exists(file)) QSKIP("../shared/data/sdpo is not here");
    const ImportResult result = import_files(root("sdpo"), {file});
    QCOMPARE(result.report.rows_read, result.data_set.examples + 1);
    QCOMPARE(result.report.dropped(), int64_t{1});
    QCOMPARE(static_cast<size_t>(result.report.rows_read), json::parse(read_file(file)).size());
    Workspace workspace(root("sdpo"));
    for (const Example& e : read_examples(workspace, latest_preparation(workspace, result.data_set.id).id))
      QVERIFY(e.role == Role::HeldOut && e.pairs.size() == 19);
  }

  /// Every .inter of RecBole's tests is read or refused by name; rows without a user or an item are counted.
  void atomicFilesOfRecBole() {
    const fs::path folder = shared / "recbole" / "tests";
    if (!fs::exists(folder)) QSKIP("../shared/data/recbole is not here");
    int read = 0;
    for (const auto& entry : fs::directory_iterator(folder)) {
      if (entry.path().extension() != ".inter") continue;
      std::vector<fs::path> files = {entry.path()};
      for (const char* other : {".item", ".user"}) {
        const fs::path path = fs::path(entry.path()).replace_extension(other);
        if (fs::exists(path)) files.push_back(path);
      }
      // Its rows that are not empty, counted another way.
      int64_t rows = -1;
      std::ifstream lines(entry.path());
      for (std::string line; std::getline(lines, line);) rows += line.empty() ? 0 : 1;
      const ImportResult result = import_files(root("recbole"), files);
      QCOMPARE(result.data_set.format, std::string("recbole"));
      QVERIFY2(result.report.rows_read == rows, entry.path().c_str());
      QCOMPARE(result.data_set.interactions, result.report.kept);
      ++read;
    }
    QVERIFY(read > 15);
  }

  /// A table of no known format, once it is said which column is what.
  void mappedTables() {
    write_file_atomically(root("mapped.csv"), "who;what;when\nann;Heat;31.12.2015\nbob;Heat;soon\n");
    ImportOptions options{root("mapped"), {root("mapped.csv")}, "", "", ""};
    QVERIFY(error_of(options).second.find("say which column is what") != std::string::npos);
    options.map = "user=who,item=what,time=when,date=%d.%m.%Y";
    const ImportResult result = import_data(options, {});
    QVERIFY(result.data_set.interactions == 1 && result.report.rows_read == 2);
    QCOMPARE(result.dropped.at(0).reason, std::string("expected a time in the form %d.%m.%Y, found \"soon\""));
    options.format = "movielens";
    QVERIFY(error_of(options).second.find("expected no format and no role beside it") != std::string::npos);
  }

  /// 100 examples of exactly k pairs (Amazon's first file: 200 of one), every pair word for word as in the file, and
  /// those of file k a beginning of those of file k + 1.
  void preferencesOfThePaper_data() {
    QTest::addColumn<QString>("family");
    QTest::newRow("MovieLens-1M") << QStringLiteral("rec_data_ml_1m");
    QTest::newRow("Amazon Movies") << QStringLiteral("rec_Amazon_Movie");
  }
  void preferencesOfThePaper() {
    QFETCH(QString, family);
    const fs::path folder = shared / "dmpo";
    if (!fs::exists(folder)) QSKIP("../shared/data/dmpo is not here");
    const bool amazon = family.contains(QLatin1String("Amazon"));
    const fs::path place = root(amazon ? "amazon" : "ml1m");
    std::vector<Example> fewer;
    for (size_t k = 1; k <= 5; ++k) {
      const fs::path file = folder / (family.toStdString() + "_dpo_ranking_" + std::to_string(k) + ".json");
      const ImportResult result = import_files(place, {file});
      const size_t expected = amazon && k == 1 ? 200 : 100;
      QCOMPARE(result.data_set.format, std::string("dmpo-json"));
      QCOMPARE(result.data_set.examples, static_cast<int64_t>(expected));
      QVERIFY(result.dropped.empty() && result.data_set.users == 0 && result.data_set.items == 0);
      Workspace workspace(place);
      const Preparation given = latest_preparation(workspace, result.data_set.id);
      QCOMPARE(given.split, std::string("given"));
      QCOMPARE(given.prompt, std::string("given"));
      QCOMPARE(given.negatives, static_cast<int>(k));
      QCOMPARE(given.train_examples, static_cast<int64_t>(expected));
      QCOMPARE(given.held_out_examples, int64_t{0});
      const auto examples = read_examples(workspace, given.id);
      const json records = json::parse(read_file(file));
      QCOMPARE(examples.size(), expected);
      QCOMPARE(records.size(), expected * k);
      for (size_t e = 0; e < expected; ++e) {
        QCOMPARE(examples[e].pairs.size(), k);
        QCOMPARE(examples[e].source, file.filename().string() + " record " + std::to_string(e * k + 1));
        for (size_t i = 0; i < k; ++i) {
          const json& record = records[e * k + i];
          QVERIFY(examples[e].pairs[i].prompt == record["instruction"]);
          QVERIFY(examples[e].pairs[i].chosen == record["output"][0]);
          QVERIFY(*examples[e].pairs[i].rejected == record["output"][1]);
          if (!fewer.empty() && i < k - 1) QVERIFY(fewer[e].pairs[i].rejected == examples[e].pairs[i].rejected);
        }
      }
      fewer = amazon && k == 1 ? std::vector<Example>() : examples;
    }
  }

  /// 1,000 records each: every one is in an example or named as dropped. The SFT files hold 100 texts.
  void evaluationAndSftFilesOfThePaper() {
    const fs::path folder = shared / "dmpo";
    if (!fs::exists(folder)) QSKIP("../shared/data/dmpo is not here");
    for (const char* family : {"rec_data_ml_1m", "rec_Amazon_Movie"}) {
      const bool texts = family == std::string("rec_data_ml_1m");  // its evaluation outputs are texts
      const ImportResult eval = import_files(root("eval"), {folder / (family + std::string("_eval_ranking.json"))});
      const ImportResult sft = import_files(root("eval"), {folder / (family + std::string("_sft_ranking.json"))});
      Workspace workspace(root("eval"));
      size_t pairs = 0;
      for (const Example& e : read_examples(workspace, latest_preparation(workspace, eval.data_set.id).id)) {
        QCOMPARE(e.role, Role::HeldOut);
        pairs += e.pairs.size();
        for (const TextPair& p : e.pairs) QCOMPARE(p.rejected.has_value(), !texts);
      }
      QCOMPARE(pairs + eval.dropped.size(), size_t{1000});
      qInfo("%s: %zu pairs and texts to evaluate, %zu dropped, %lld examples", family, pairs, eval.dropped.size(),
            static_cast<long long>(eval.data_set.examples));
      const auto examples = read_examples(workspace, latest_preparation(workspace, sft.data_set.id).id);
      QCOMPARE(examples.size(), size_t{100});
      for (const Example& e : examples) {
        QCOMPARE(e.role, Role::Train);
        QVERIFY(e.pairs.size() == 1 && !e.pairs[0].rejected);
      }
    }
  }

  /// Files in any order, in a folder, or in a zip under other paths: one hash. Another byte is another hash.
  void hashFollowsTheContentAlone() {
    const fs::path movies = own / "movielens" / "movies.csv", ratings = own / "movielens" / "ratings.csv";
    const fs::path workspace = root("hash"), folder = root("hash files");
    fs::create_directories(folder);
    fs::copy_file(movies, folder / "a.csv");
    fs::copy_file(ratings, folder / "b.csv");
    write_file_atomically(root("set.zip"),
                          make_zip({{"x/ratings.csv", read_file(ratings), true}, {"movies.csv", read_file(movies)}}));
    const DataSet first = import_files(workspace, {movies, ratings}).data_set;
    QCOMPARE(first.content_hash.size(), size_t{64});
    QCOMPARE(first.source, std::string("movies.csv, ratings.csv"));
    for (const auto& paths : std::vector<std::vector<fs::path>>{{ratings, movies}, {folder}, {root("set.zip")}}) {
      const DataSet again = import_files(workspace, paths).data_set;
      QCOMPARE(again.content_hash, first.content_hash);
      QVERIFY(again.users == 2 && again.items == 6 && again.interactions == 5);
    }
    std::string changed = read_file(ratings);
    changed.replace(changed.find("3.5"), 3, "4.5");
    write_file_atomically(folder / "b.csv", changed);
    QVERIFY(import_files(workspace, {folder}).data_set.content_hash != first.content_hash);
  }

  /// Users by first appearance, rows by user and time, counts that add up, titles word for word.
  void rowsAreThoseOfTheFile() {
    const ImportResult result =
        import_files(root("rows"), {own / "movielens" / "movies.csv", own / "movielens" / "ratings.csv"}, "rows");
    QVERIFY(result.report.dropped() == 0 && result.seconds > 0);
    Workspace workspace(root("rows"));
    std::string users, items;
    for (const UserRow& row : read_users(workspace, find_users(workspace, {result.data_set.id}, {})))
      users += row.key + ":" + std::to_string(row.interactions) + " ";
    for (const ItemRow& row : read_items(workspace, find_items(workspace, {result.data_set.id}, {})))
      items += row.key + ":" + std::to_string(row.interactions) + " ";
    QCOMPARE(users, std::string("7:3 3:2 "));
    QCOMPARE(items, std::string("10:2 20:1 30:0 40:1 50:0 60:1 "));
    const auto rows = read_interactions(workspace, find_interactions(workspace, {result.data_set.id}, {}));
    QCOMPARE(rows.size(), size_t{5});
    QVERIFY(rows[1].user_key == "7" && rows[1].title == "The <b>Bold</b> & \"Brave\" (2004)" && rows[1].rating == 3.5 &&
            rows[1].time == 1000);
    QCOMPARE(rows[3].title, std::string("</s><|endoftext|> (2001)"));
    QVERIFY(list_preparations(workspace, result.data_set.id).empty());
    // A line that is dropped is told by the result and kept in the workspace.
    const ImportResult some = import_files(
        root("rows"), {own / "movielens" / "movies.csv", own / "movielens" / "bad" / "ratings_unknown_item.csv"});
    const auto dropped = dropped_of(workspace, some.data_set.id);
    QCOMPARE(dropped.size(), some.dropped.size());
    QCOMPARE(dropped.size(), size_t{3});  // a title's blanks, too
    QVERIFY(dropped[1].file == "ratings_unknown_item.csv" && dropped[1].line == 3 &&
            dropped[1].reason == "an item that is not in the catalogue, found \"70\"");
    QVERIFY(dropped[2].line == 4 && dropped[2].reason == "an item that is not in the catalogue");
  }

  void namesComeFromThePathAndAreMadeUnique() {
    const fs::path workspace = root("names");
    QCOMPARE(
        import_files(workspace, {own / "movielens" / "movies.csv", own / "movielens" / "ratings.csv"}).data_set.name,
        std::string("movielens"));
    QCOMPARE(import_files(workspace, {own / "sample-world" / ""}).data_set.name, std::string("sample-world"));
    QCOMPARE(import_files(workspace, {own / "preferences" / "sft.json"}).data_set.name, std::string("sft"));
    QCOMPARE(import_files(workspace, {own / "preferences" / "sft.json"}).data_set.name, std::string("sft 2"));
    QCOMPARE(import_files(workspace, {own / "preferences" / "sft.json"}, "O'Brien; \"x\"").data_set.name,
             std::string("O'Brien; \"x\""));
    write_file_atomically(root("recent.tar.gz"), "user,item,time\n1,2,3\n");  // known by content: it is no archive
    QCOMPARE(import_files(workspace, {root("recent.tar.gz")}).data_set.name, std::string("recent"));
    ImportOptions options;
    options.workspace = workspace;
    options.paths = {own / "preferences" / "sft.json"};
    options.name = "sft 2";
    auto [kind, message] = error_of(options);
    QCOMPARE(kind, ErrorKind::BadInput);
    QCOMPARE(message, std::string("there is a data set \"sft 2\" already; choose another name"));
    options.name = "caf\xe9";
    QCOMPARE(error_of(options).first, ErrorKind::BadInput);
    Workspace opened(workspace);
    QCOMPARE(list_data_sets(opened).size(), size_t{6});
  }

  /// Whatever is wrong, the workspace stays as it was: one kind of mistake after the other on an empty one.
  void whatIsRefusedLeavesNothing() {
    const fs::path workspace = root("refused");
    const auto refused = [&](ErrorKind kind, const std::string& part, const ImportOptions& options) {
      const auto [found, message] = error_of(options);
      QVERIFY2(found == kind && message.find(part) != std::string::npos, message.c_str());
      Workspace opened(workspace);
      QCOMPARE(all_rows(opened), int64_t{0});
    };
    const fs::path movies = own / "movielens" / "movies.csv", sft = own / "preferences" / "sft.json";
    refused(ErrorKind::BadFile, "ratings_unterminated_quote.csv line 3",
            {workspace, {movies, own / "movielens" / "bad" / "ratings_unterminated_quote.csv"}, "", "", ""});
    refused(ErrorKind::BadFile, "unknown format", {workspace, {movies}, "", "", ""});
    refused(ErrorKind::BadFile, "movielens: expected a file whose first line begins with",
            {workspace, {movies}, "", "movielens", ""});
    refused(ErrorKind::BadFile, "text_empty.json record 2",
            {workspace, {sft, own / "preferences" / "bad" / "text_empty.json"}, "", "", ""});
    refused(ErrorKind::BadInput, "format csv: expected movielens, movielens-1m, ",
            {workspace, {movies}, "", "csv", ""});
    refused(ErrorKind::BadInput, "role test: expected train or held_out", {workspace, {sft}, "", "", "test"});
    refused(ErrorKind::BadInput, "only preference files have one",
            {workspace, {own / "sample-world"}, "", "", "train"});
    refused(ErrorKind::BadFile, "there is no such file", {workspace, {own / "absent"}, "", "", ""});
    refused(ErrorKind::BadInput, "expected at least one file", {workspace, {}, "", "", ""});
  }

  void rolesCanBeGiven() {
    const fs::path sft = own / "preferences" / "sft.json", eval = own / "preferences" / "eval_pairs.json";
    const fs::path workspace = root("roles");
    const auto counts = [&](const std::string& role) {
      const ImportResult result = import_data({workspace, {sft, eval}, "", "", role}, {});
      Workspace opened(workspace);
      const Preparation p = latest_preparation(opened, result.data_set.id);
      return std::pair(p.train_examples, p.held_out_examples);
    };
    QCOMPARE(counts(""), std::pair(int64_t{2}, int64_t{2}));
    QCOMPARE(counts("train"), std::pair(int64_t{4}, int64_t{0}));
    QCOMPARE(counts("held_out"), std::pair(int64_t{0}, int64_t{4}));
  }

  void workspaceThatCannotBeWrittenIsAnError() {
    write_file_atomically(root("plain"), "a file");
    QCOMPARE(error_of({root("plain") / "inside", {own / "sample-world"}, "", "", ""}).first, ErrorKind::Storage);
    write_file_atomically(root("letter") / "workspace.db", std::string(5000, 'x'));
    QCOMPARE(error_of({root("letter"), {own / "sample-world"}, "", "", ""}).first, ErrorKind::BadFile);
    QCOMPARE(read_file(root("letter") / "workspace.db"), std::string(5000, 'x'));
  }

  /// What is done only grows, from 0 to 1, and the last report comes when the set is there.
  void progressGrowsToTheEnd() {
    double last = -1;
    std::vector<std::string> stages;
    bool there = false;
    import_files(root("progress"), {many_}, "many",
                 {[&](const Progress& p) {
                    QVERIFY2(p.fraction >= last && p.fraction <= 1, p.stage.c_str());
                    last = p.fraction;
                    if (stages.empty() || stages.back() != p.stage) stages.push_back(p.stage);
                    if (p.fraction == 1) {
                      Workspace workspace(root("progress"));
                      there = list_data_sets(workspace).size() == 1;
                    }
                  },
                  {}});
    QCOMPARE(stages, (std::vector<std::string>{"Reading files", "Reading ratings.csv", "Saving rows", "Imported"}));
    QVERIFY(there && last == 1);
  }

  /// A stop at each report in turn: all tables stay empty.
  void cancelledHalfWayLeavesNothing() {
    const fs::path workspace = root("cancel");
    int cancelled = 0, while_saving = 0;
    for (int stop_at = 1;; ++stop_at) {
      std::stop_source source;
      int reports = 0;
      bool saving = false, imported = false;
      const TaskContext context{[&](const Progress& p) {
                                  saving = p.stage == "Saving rows";
                                  if (++reports == stop_at) source.request_stop();
                                },
                                source.get_token()};
      try {
        import_files(workspace, {many_}, "many", context);
        imported = true;
      } catch (const Cancelled&) {
        ++cancelled;
        while_saving += saving ? 1 : 0;
      }
      Workspace opened(workspace);
      if (imported) {
        QVERIFY(reports <= stop_at);  // the number of reports depends on time
        QCOMPARE(number(opened, "SELECT count(*) FROM interaction"), int64_t{many_users * many_each});
        break;
      }
      QCOMPARE(reports, stop_at);  // it told nothing after the stop
      QCOMPARE(all_rows(opened), int64_t{0});
    }
    qInfo("stopped at %d reports, %d of them while saving", cancelled, while_saving);
    QVERIFY(cancelled >= 3 && while_saving >= 1);
  }

  /// A stop that comes when all is saved is too late: the set stays, and the caller is told of it.
  void stopAfterTheEndIsTooLate() {
    std::stop_source source;
    const TaskContext context{[&](const Progress& p) {
                                if (p.fraction == 1) source.request_stop();
                              },
                              source.get_token()};
    QCOMPARE(import_files(root("late"), {own / "sample-world"}, "late", context).data_set.name, std::string("late"));
    QVERIFY(source.stop_requested());
    Workspace workspace(root("late"));
    QCOMPARE(number(workspace, "SELECT count(*) FROM interaction"), int64_t{3});
  }

  /// SIGKILL after each report of an import, at once and some time later, also about its end: the database is sound,
  /// and nothing of the set is there (or, after its commit, all of it). One workspace for all, so that what one kill
  /// leaves meets the next; then an import works.
  void killedHalfWayLeavesNothing() {
    const fs::path workspace = root("killed");
    std::string reports;
    std::vector<double> told_ms;
    const auto start = std::chrono::steady_clock::now();
    {
      Importer whole(workspace, many_);
      while (const auto report = whole.next()) {
        whole.go_on();
        reports += *report;
        told_ms.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count());
      }
      QVERIFY(!whole.kill());
      QCOMPARE(whole.status(), 0);
    }
    QVERIFY(!nothing_or_all(workspace));
    QVERIFY2(reports.size() >= 4 && reports[reports.size() - 2] == 's' && reports.back() == 'd', reports.c_str());

    std::vector<std::pair<size_t, double>> points;  // after which report, how many ms later
    for (size_t n = 1; n < reports.size(); ++n) {
      for (const double share : {0.0, 0.5}) points.emplace_back(n, share * (told_ms[n] - told_ms[n - 1]));
    }
    // From the last report before the end: the rest of the rows and the commit.
    const double end_ms = told_ms[reports.size() - 1] - told_ms[reports.size() - 2];
    for (const double share : {0.7, 0.8, 0.9, 0.95, 1.0}) points.emplace_back(reports.size() - 1, share * end_ms);
    int killed = 0, nothing = 0, while_saving = 0;
    for (const auto& [after, wait_ms] : points) {
      Importer importer(workspace, many_);
      char last = 0;
      for (size_t n = 0; n < after; ++n) {
        const auto report = importer.next();
        if (!report) break;
        last = *report;
        if (n + 1 < after || wait_ms > 0) importer.go_on();
      }
      std::this_thread::sleep_for(std::chrono::duration<double, std::milli>(wait_ms));
      const bool alive = importer.kill();
      QCOMPARE(importer.status(), 0);  // it never failed by itself
      const bool empty = nothing_or_all(workspace);
      QVERIFY(alive || !empty);  // one that ended has imported
      QVERIFY(wait_ms > 0 || last == 'd' ||
              (alive && empty));  // one that waits at a report is met half-way for certain
      killed += alive ? 1 : 0;
      nothing += empty ? 1 : 0;
      while_saving += empty && last == 's' ? 1 : 0;
    }
    qInfo("%zu kill points over %.0f ms: %d met it alive, %d of these while it saved; nothing was left by %d",
          points.size(), told_ms.back(), killed, while_saving, nothing);
    QVERIFY(nothing >= 3 && while_saving >= 1);
    QCOMPARE(import_files(workspace, {many_}, "many").data_set.interactions, int64_t{many_users * many_each});
  }

  /// SIGKILL while the workspace itself is made, 0 to 9 ms after the start.
  void killedWhileTheWorkspaceIsMade() {
    int killed = 0;
    for (int n = 0; n < 12; ++n) {
      const fs::path workspace = root("new") / std::to_string(n);
      {
        Importer importer(workspace, many_);
        std::this_thread::sleep_for(std::chrono::microseconds(800 * n));
        killed += importer.kill() ? 1 : 0;
      }
      QVERIFY(nothing_or_all(workspace));
      QCOMPARE(import_files(workspace, {own / "sample-world" / "items.csv", own / "sample-world" / "interactions.csv"})
                   .data_set.interactions,
               int64_t{3});
    }
    QCOMPARE(killed, 12);
  }
};

QTEST_GUILESS_MAIN(ImportTest)
#include "import_test.moc"
