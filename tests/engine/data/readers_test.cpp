// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>
#include <clocale>

#include "engine/base/error.h"
#include "engine/data/raw_data_set.h"

using namespace prefscope;
namespace fs = std::filesystem;

namespace {

const fs::path data = fs::path(PREFSCOPE_TEST_DATA);
using Attributes = std::vector<std::pair<std::string, std::string>>;

/// Reads files below tests/data.
std::vector<InputFile> inputs(const std::vector<std::string>& names) {
  std::vector<fs::path> paths;
  for (const std::string& name : names) paths.push_back(data / name);
  return read_inputs(paths, {});
}

RawDataSet movielens(const std::string& ratings, const std::string& movies = "movies.csv") {
  return read_movielens(inputs({"movielens/" + movies, "movielens/" + ratings}), {});
}

RawDataSet sample_world(const std::string& interactions, const std::string& items = "items.csv") {
  return read_sample_world(inputs({"sample-world/" + items, "sample-world/" + interactions}), {});
}

std::string message_of(const std::function<void()>& act) {
  try {
    act();
  } catch (const Error& e) {
    return e.kind() == ErrorKind::BadFile ? e.what() : "another kind of error";
  }
  return "no error";
}

/// What was dropped, as "line: reason".
std::vector<std::string> dropped(const RawDataSet& set, const std::string& file) {
  std::vector<std::string> lines;
  for (const Dropped& d : set.dropped) {
    lines.push_back(std::to_string(d.line) + ": " + d.reason);
    if (d.file != file) lines.back() += " in " + d.file;
  }
  return lines;
}

bool same(const RawInteraction& a, const RawInteraction& b) {
  return a.user == b.user && a.item == b.item && a.rating == b.rating && a.time == b.time;
}

}  // namespace

class ReadersTest : public QObject {
  Q_OBJECT

  using Lines = std::vector<std::string>;

 private Q_SLOTS:
  /// Users by first appearance, items and interactions in file order; titles keep what looks like markup, a statement
  /// or a special token, and lose only blanks around them; the year is an attribute and stays in the title.
  void movielensIsReadAsItIs() {
    const RawDataSet set = movielens("ratings.csv");
    QCOMPARE(set.format, std::string("movielens"));
    QVERIFY(set.dropped.empty() && set.examples.empty());
    QCOMPARE(set.users, (Lines{"7", "3"}));
    Lines keys, titles;
    for (const RawItem& item : set.items) keys.push_back(item.key), titles.push_back(item.title);
    QCOMPARE(keys, (Lines{"10", "20", "30", "40", "50", "60"}));
    QCOMPARE(titles, (Lines{"Lanterns, The (1999)", "The <b>Bold</b> & \"Brave\" (2004)", "Untitled", "Übermut (1987)",
                            "'); DROP TABLE item; --", "</s><|endoftext|> (2001)"}));
    QCOMPARE(set.items[0].attributes, (Attributes{{"genre", "Drama"}, {"genre", "Mystery"}, {"year", "1999"}}));
    QVERIFY(set.items[2].attributes.empty());
    QCOMPARE(set.items[3].attributes, (Attributes{{"genre", "Drama"}, {"year", "1987"}}));
    QCOMPARE(set.items[4].attributes, (Attributes{{"genre", "Horror"}}));
    const std::vector<RawInteraction> expected = {
        {0, 0, 4.0, 1000}, {0, 1, 3.5, 1000}, {1, 0, 0.5, 900}, {0, 3, 5.0, 1200}, {1, 5, 2.0, 800}};
    QVERIFY(std::equal(set.interactions.begin(), set.interactions.end(), expected.begin(), expected.end(), same));
  }

  void markAndLineBreaksChangeNothing() {
    const RawDataSet plain = movielens("ratings.csv"),
                     marked = movielens("ratings_bom_crlf.csv", "movies_bom_crlf.csv");
    QVERIFY(marked.dropped.empty());
    QCOMPARE(marked.users, plain.users);
    QCOMPARE(marked.items.size(), plain.items.size());
    for (size_t i = 0; i < plain.items.size(); ++i) {
      QCOMPARE(marked.items[i].title, plain.items[i].title);
      QCOMPARE(marked.items[i].attributes, plain.items[i].attributes);
    }
    QVERIFY(std::equal(plain.interactions.begin(), plain.interactions.end(), marked.interactions.begin(),
                       marked.interactions.end(), same));
  }

  void sampleWorldIsReadAsItIs() {
    const RawDataSet set = sample_world("interactions.csv");
    QCOMPARE(set.format, std::string("sample-world"));
    QVERIFY(set.dropped.empty());
    QCOMPARE(set.items[1].title, std::string("Brass, Bells"));
    QCOMPARE(set.items[0].attributes, (Attributes{{"genre", "drama"}, {"genre", "sea"}, {"maker", "North"}}));
    QCOMPARE(set.items[1].attributes, (Attributes{{"genre", "comedy"}}));
    QCOMPARE(set.items[2].attributes, (Attributes{{"maker", "South"}, {"maker", "East"}}));
    const std::vector<RawInteraction> expected = {{0, 0, {}, 100}, {1, 1, {}, 50}, {0, 2, {}, 100}};
    QVERIFY(std::equal(set.interactions.begin(), set.interactions.end(), expected.begin(), expected.end(), same));
    // With ratings, of any size, some of them absent.
    const RawDataSet rated = sample_world("interactions_rated.csv");
    QVERIFY(rated.dropped.empty());
    QVERIFY(rated.interactions[0].rating == -2.5 && !rated.interactions[1].rating &&
            rated.interactions[2].rating == 7.0);
  }

  /// What makes a whole import fail: one file per way of being wrong.
  void badFilesAreNamed_data() {
    QTest::addColumn<QString>("items");
    QTest::addColumn<QString>("interactions");
    QTest::addColumn<QString>("message");
    const auto row = [](const char* file, const char* message) {
      const bool is_movies = QByteArray(file).startsWith("movies");
      const QString bad = QStringLiteral("bad/") + QLatin1String(file);
      QTest::newRow(file) << (is_movies ? bad : QStringLiteral("movies.csv"))
                          << (is_movies ? QStringLiteral("ratings.csv") : bad) << QString::fromUtf8(message);
    };
    const char* mend = "; mend the line or fetch the file again";
    row("ratings_too_few_fields.csv",
        "ratings_too_few_fields.csv line 3: expected 4 fields separated by \",\", found 3; mend the line or fetch the "
        "file again");
    row("ratings_too_many_fields.csv",
        "ratings_too_many_fields.csv line 3: expected 4 fields separated by \",\", found 5; mend the line or fetch the "
        "file again");
    row("ratings_unterminated_quote.csv", (std::string("ratings_unterminated_quote.csv line 3: a quoted field does not "
                                                       "end; the file is cut short or a quote is missing") +
                                           mend)
                                              .c_str());
    row("ratings_text_after_quote.csv", (std::string("ratings_text_after_quote.csv line 3: text after a closing quote; "
                                                     "a quote within a quoted field is written twice") +
                                         mend)
                                            .c_str());
    row("ratings_broken_header.csv", (std::string("ratings_broken_header.csv line 1: a quoted field does not end; the "
                                                  "file is cut short or a quote is missing") +
                                      mend)
                                         .c_str());
    row("ratings_header_only.csv", "no interaction is left to import; the table is empty");
    row("ratings_nothing_usable.csv",
        "no interaction is left to import: 2 were dropped, the first (ratings_nothing_usable.csv line 2) because: item "
        "70 is not in the catalogue");
    row("ratings_other_header.csv",
        "MovieLens ratings: expected a file whose first line begins with \"userId,movieId,rating,timestamp\", found "
        "movies.csv, ratings_other_header.csv; give both files, the folder or the zip");
    row("ratings_empty.csv",
        "MovieLens ratings: expected a file whose first line begins with \"userId,movieId,rating,timestamp\", found "
        "movies.csv, ratings_empty.csv; give both files, the folder or the zip");
    row("movies_too_few_fields.csv",
        "movies_too_few_fields.csv line 3: expected 3 fields separated by \",\", found 2; mend the line or fetch the "
        "file again");
    row("movies_unquoted_comma.csv",
        "movies_unquoted_comma.csv line 3: expected 3 fields separated by \",\", found 4; mend the line or fetch the "
        "file again");
  }
  void badFilesAreNamed() {
    QFETCH(QString, items);
    QFETCH(QString, interactions);
    QFETCH(QString, message);
    QCOMPARE(QString::fromStdString(message_of([&] { movielens(interactions.toStdString(), items.toStdString()); })),
             message);
  }

  void badSampleWorldsAreNamed() {
    QCOMPARE(message_of([&] { sample_world("bad/interactions_wrong_field_count.csv"); }),
             std::string("interactions_wrong_field_count.csv line 3: expected 3 fields separated by \",\", found 2; "
                         "mend the line or fetch the file again"));
    QCOMPARE(message_of([&] { sample_world("interactions.csv", "bad/items_wrong_field_count.csv"); }),
             std::string("items_wrong_field_count.csv line 3: expected 4 fields separated by \",\", found 3; mend the "
                         "line or fetch the file again"));
    QVERIFY(message_of([&] { sample_world("interactions.csv", "bad/items_wrong_header.csv"); })
                .starts_with("items of a sample world: expected a file whose first line begins with \"id,title\", "
                             "found items_wrong_header.csv, interactions.csv;"));
  }

  /// The companion is missing: the message says which file, and what to give.
  void missingCompanionIsNamed() {
    QCOMPARE(message_of([&] { read_movielens(inputs({"movielens/ratings.csv"}), {}); }),
             std::string("MovieLens movies: expected a file whose first line begins with \"movieId,title,genres\", "
                         "found ratings.csv; give both files, the folder or the zip"));
    QVERIFY(message_of([&] {
              read_sample_world(inputs({"sample-world/interactions.csv"}), {});
            }).starts_with("items of a sample world: expected a file"));
  }

  /// Lines that cannot be used are dropped with line and reason; the good line 2 of each file is kept.
  void badLinesAreDroppedWithReason_data() {
    QTest::addColumn<QString>("file");
    QTest::addColumn<QStringList>("expected");
    QTest::addColumn<int>("kept");
    const auto row = [](const char* file, int kept, const QStringList& expected) {
      QTest::newRow(file) << QString::fromLatin1(file) << expected << kept;
    };
    QStringList ratings, times;
    int line = 2;
    for (const char* found : {"five", "", "5.5", "-1", "nan", "inf", "3;5", "1e999", "0x3", " 3", "+3"})
      ratings
          << QStringLiteral("%1: expected a rating within 0 .. 5, found \"%2\"").arg(++line).arg(QLatin1String(found));
    line = 2;
    for (const char* found : {"yesterday", "", "-1", "1.5", "964982703000", "99999999999999999999"})
      times << QStringLiteral("%1: expected a time in seconds since 1970, found \"%2\"")
                   .arg(++line)
                   .arg(QLatin1String(found));
    row("ratings_bad_rating.csv", 1, ratings);
    row("ratings_bad_time.csv", 1, times);
    row("ratings_unknown_item.csv", 1,
        {QStringLiteral("3: item 70 is not in the catalogue"), QStringLiteral("4: item 010 is not in the catalogue")});
    row("ratings_duplicated_pair.csv", 2, {QStringLiteral("4: user 7 and item 10 again; the first is kept")});
    row("ratings_without_user.csv", 1, {QStringLiteral("3: an interaction without a user")});
    const QString bytes = QStringLiteral(": bytes that are not UTF-8 in the id of a user or item");
    row("ratings_user_not_utf8.csv", 1,
        {QStringLiteral("3") + bytes, QStringLiteral("4") + bytes, QStringLiteral("5") + bytes});
  }
  void badLinesAreDroppedWithReason() {
    QFETCH(QString, file);
    QFETCH(QStringList, expected);
    QFETCH(int, kept);
    const RawDataSet set = movielens("bad/" + file.toStdString());
    QStringList found;
    for (const std::string& text : dropped(set, file.toStdString())) found << QString::fromStdString(text);
    QCOMPARE(found, expected);
    QCOMPARE(static_cast<int>(set.interactions.size()), kept);
    QVERIFY(same(set.interactions[0], {0, 0, 4.0, 1000}));
    QCOMPARE(set.users[0], std::string("7"));
    QCOMPARE(set.users.size(), static_cast<size_t>(kept));  // no user without an interaction
  }

  void badItemsAreDroppedWithReason() {
    const RawDataSet twice = movielens("ratings.csv", "bad/movies_duplicated_id.csv");
    QCOMPARE(twice.dropped.at(0).file, std::string("movies_duplicated_id.csv"));
    QCOMPARE(twice.dropped[0].line, int64_t{3});
    QCOMPARE(twice.dropped[0].reason, std::string("item 10 was there before; the first is kept"));
    QVERIFY(twice.items.size() == 2 && twice.items[0].title == "Lanterns");
    QCOMPARE(twice.items[1].title, std::string("Lanterns"));  // the same title under another id is another item

    const RawDataSet untitled = movielens("ratings.csv", "bad/movies_without_title.csv");
    QCOMPARE(untitled.items.size(), size_t{1});
    for (size_t i = 0; i < 3; ++i) {
      QCOMPARE(untitled.dropped.at(i).line, static_cast<int64_t>(3 + i));
      QCOMPARE(untitled.dropped[i].reason, std::string("an item without id or title"));
    }
    // Ratings of the items that are gone are dropped too, each with its reason.
    QCOMPARE(untitled.dropped.at(3).reason, std::string("item 20 is not in the catalogue"));

    const RawDataSet ids = movielens("ratings.csv", "bad/movies_id_not_utf8.csv");
    QCOMPARE(ids.items.size(), size_t{1});
    QCOMPARE(ids.dropped.at(0).reason, std::string("bytes that are not UTF-8 in the id of an item"));
    QCOMPARE(ids.dropped.at(1).line, int64_t{4});
  }

  /// Each wrong byte of a title becomes U+FFFD; "F0 9F" begins a character that is cut short: one U+FFFD.
  void titlesThatAreNotUtf8AreMendedAndTold() {
    const RawDataSet set = movielens("ratings.csv", "bad/movies_title_not_utf8.csv");
    QCOMPARE(set.items.at(1).title, std::string("\xef\xbf\xbdt\xef\xbf\xbd \xef\xbf\xbd (2001)"));
    QCOMPARE(set.items[1].attributes, (Attributes{{"genre", "Dr\xef\xbf\xbdma"}, {"year", "2001"}}));
    QCOMPARE(set.dropped.at(0).line, int64_t{3});
    QCOMPARE(set.dropped[0].reason, std::string("bytes that are not UTF-8 in item 20 became U+FFFD; the item is kept"));
  }

  void badLinesOfASampleWorldAreDropped() {
    QCOMPARE(dropped(sample_world("bad/interactions_bad_time.csv"), "interactions_bad_time.csv"),
             Lines{"3: expected a time in seconds since 1970, found \"soon\""});
    QCOMPARE(dropped(sample_world("bad/interactions_bad_rating.csv"), "interactions_bad_rating.csv"),
             (Lines{"3: expected a rating, found \"good\"", "4: expected a rating, found \"inf\""}));
  }

  /// Tables that were given and not read are said, whatever they are; a truth.json beside them is no table.
  void tablesThatAreNotReadAreSaid() {
    auto files = inputs({"movielens/movies.csv", "movielens/ratings.csv"});
    files.push_back({"tags.csv", "userId,movieId,tag,timestamp\n"});
    files.push_back({"links.csv", "movieId,imdbId,tmdbId\n"});
    files.push_back({"ratings2.csv", files[1].content});
    files.push_back({"truth.json", "{}"});
    const RawDataSet set = read_movielens(files, {});
    QCOMPARE(set.interactions.size(), size_t{5});
    QCOMPARE(set.dropped.size(), size_t{3});
    QVERIFY(set.dropped[0].file == "tags.csv" && set.dropped[1].file == "links.csv" &&
            set.dropped[2].file == "ratings2.csv");
    QCOMPARE(set.dropped[0].reason, std::string("the whole file: tags and links are not used"));
    QCOMPARE(set.dropped[2].reason, std::string("the whole file: only movies.csv and ratings.csv are read"));
    QCOMPARE(set.dropped[2].line, int64_t{0});
  }

  /// The list of dropped lines ends at 100,000 and counts the others.
  void manyBadLinesAreCounted() {
    std::string ratings = "userId,movieId,rating,timestamp\n7,10,4.0,1000\n";
    for (int i = 0; i < 100'007; ++i) ratings += "7,99,4.0,1000\n";
    const RawDataSet set = read_movielens({inputs({"movielens/movies.csv"}).front(), {"ratings.csv", ratings}}, {});
    QCOMPARE(set.dropped.size(), size_t{100'001});
    QCOMPARE(set.dropped.back().reason, std::string("7 more lines, not listed one by one"));
    QCOMPARE(set.dropped[99'999].line, int64_t{100'002});
  }

  /// A comma is the decimal point of the locale: numbers are read the same.
  void numbersDoNotDependOnTheLocale() {
    const char* before = std::setlocale(LC_ALL, nullptr);
    const std::string saved = before ? before : "C";
    if (!std::setlocale(LC_ALL, "de_DE.UTF-8")) QSKIP("the locale de_DE.UTF-8 is not installed");
    const RawDataSet set = movielens("ratings.csv");
    std::setlocale(LC_ALL, saved.c_str());
    QVERIFY(set.dropped.empty());
    QCOMPARE(set.interactions[1].rating, std::optional<double>(3.5));
  }

  /// A stop is honoured while lines are read, and what is done grows up to the whole.
  void progressGrowsAndAStopIsHonoured() {
    std::string ratings = "userId,movieId,rating,timestamp\n7,10,4.0,1000\n";
    for (int i = 0; i < 20'000; ++i) ratings += std::to_string(i + 10) + ",10,4.0,1000\n";
    const std::vector<InputFile> files = {inputs({"movielens/movies.csv"}).front(), {"ratings.csv", ratings}};
    std::stop_source source;
    double last = 0;
    int told = 0;
    const TaskContext context{[&](const Progress& p) {
                                QVERIFY(p.fraction >= last && p.fraction <= 1);
                                QCOMPARE(p.stage, std::string("Reading ratings.csv"));
                                last = p.fraction;
                                ++told;
                                source.request_stop();
                              },
                              source.get_token()};
    QVERIFY_THROWS_EXCEPTION(Cancelled, read_movielens(files, context));
    QCOMPARE(told, 1);
  }
};

QTEST_GUILESS_MAIN(ReadersTest)
#include "readers_test.moc"
