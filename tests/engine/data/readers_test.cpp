// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/data/readers.h"

#include <QtTest>
#include <clocale>
#include <cmath>

#include "engine/base/error.h"

using namespace prefscope;
namespace fs = std::filesystem;

namespace {

const fs::path data = fs::path(PREFSCOPE_TEST_DATA);
using Attributes = std::vector<std::pair<std::string, std::string>>;

/// Reads files below tests/data.
std::vector<InputFile> inputs(const std::vector<std::string>& names) {
  std::vector<fs::path> paths;
  for (const std::string& name : names) paths.push_back(data / name);
  return open_inputs(paths, {});
}

RawDataSet movielens(const std::string& ratings, const std::string& movies = "movies.csv") {
  return read_data_set(inputs({"movielens/" + movies, "movielens/" + ratings}), "movielens", {}, {});
}

RawDataSet sample_world(const std::string& interactions, const std::string& items = "items.csv") {
  return read_data_set(inputs({"sample-world/" + items, "sample-world/" + interactions}), "sample-world", {}, {});
}

std::string message_of(const std::function<void()>& act) {
  try {
    act();
  } catch (const Error& e) {
    return e.kind() == ErrorKind::BadFile ? e.what() : "another kind of error";
  }
  return "no error";
}

/// The remarks of a kind, as they are said.
std::vector<std::string> remarks(const RawDataSet& set, RemarkKind kind) {
  std::vector<std::string> texts;
  for (const Remark& remark : set.report.remarks) {
    if (remark.kind == kind) texts.push_back(remark_text(remark));
  }
  return texts;
}

/// An interaction with absent numbers as -1.
using Row = std::tuple<int32_t, int32_t, double, int64_t>;

std::vector<Row> rows(const RawDataSet& set) {
  std::vector<Row> all;
  const InteractionColumns& c = set.interactions;
  for (size_t i = 0; i < c.size(); ++i)
    all.emplace_back(c.users[i], c.items[i], std::isnan(c.ratings[i]) ? -1 : c.ratings[i],
                     c.times[i] == no_time ? -1 : c.times[i]);
  return all;
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
    QVERIFY(remarks(set, RemarkKind::Dropped).empty() && set.examples.empty());
    QCOMPARE(remarks(set, RemarkKind::Mended),
             Lines{"movies.csv line 5: stray blanks in a title were taken away, found "
                   "\"\xc3\x9c"
                   "bermut (1987) \""});
    QVERIFY(set.report.rows_read == 5 && set.report.kept == 5 && set.report.item_rows_read == 6);
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
    QCOMPARE(rows(set),
             (std::vector<Row>{
                 {0, 0, 4.0, 1000}, {0, 1, 3.5, 1000}, {1, 0, 0.5, 900}, {0, 3, 5.0, 1200}, {1, 5, 2.0, 800}}));
  }

  void markAndLineBreaksChangeNothing() {
    const RawDataSet plain = movielens("ratings.csv"),
                     marked = movielens("ratings_bom_crlf.csv", "movies_bom_crlf.csv");
    QVERIFY(remarks(marked, RemarkKind::Dropped).empty());
    QCOMPARE(marked.report.encodings[0].second, std::string("UTF-8 with a byte order mark"));
    QCOMPARE(marked.users, plain.users);
    QCOMPARE(marked.items.size(), plain.items.size());
    for (size_t i = 0; i < plain.items.size(); ++i) {
      QCOMPARE(marked.items[i].title, plain.items[i].title);
      QCOMPARE(marked.items[i].attributes, plain.items[i].attributes);
    }
    QCOMPARE(rows(plain), rows(marked));
  }

  void sampleWorldIsReadAsItIs() {
    const RawDataSet set = sample_world("interactions.csv");
    QCOMPARE(set.format, std::string("sample-world"));
    QVERIFY(set.report.remarks.empty());
    QCOMPARE(set.items[1].title, std::string("Brass, Bells"));
    QCOMPARE(set.items[0].attributes, (Attributes{{"genre", "drama"}, {"genre", "sea"}, {"maker", "North"}}));
    QCOMPARE(set.items[1].attributes, (Attributes{{"genre", "comedy"}}));
    QCOMPARE(set.items[2].attributes, (Attributes{{"maker", "South"}, {"maker", "East"}}));
    QCOMPARE(rows(set), (std::vector<Row>{{0, 0, -1, 100}, {1, 1, -1, 50}, {0, 2, -1, 100}}));
    QCOMPARE(set.report.tied_users, int64_t{1});  // the first, at 100
    // With ratings, of any size, some of them absent.
    const RawDataSet rated = sample_world("interactions_rated.csv");
    QVERIFY(rated.report.remarks.empty());
    QVERIFY(rated.interactions.ratings[0] == -2.5 && std::isnan(rated.interactions.ratings[1]) &&
            rated.interactions.ratings[2] == 7.0);
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
    row("ratings_header_only.csv", "ratings_header_only.csv: no interaction is left to import; the table is empty");
    row("ratings_nothing_usable.csv",
        "ratings_nothing_usable.csv: no interaction is left to import: 2 were dropped, because: "
        "ratings_nothing_usable.csv lines 2, 3: an item "
        "that "
        "is not in the catalogue, found \"70\"");
    row("ratings_other_header.csv",
        "movielens: expected a file whose first line begins with \"userId,movieId,rating,timestamp\", found movies.csv "
        "beginning \"movieId,title,genres\", ratings_other_header.csv beginning \"user,movie,rating\"; give all "
        "files, the folder or the archive");
    row("ratings_empty.csv",
        "movielens: expected a file whose first line begins with \"userId,movieId,rating,timestamp\", found movies.csv "
        "beginning \"movieId,title,genres\", ratings_empty.csv (empty); give all files, the folder or the "
        "archive");
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
  }

  /// Without a file of items an item's id stands for its title, and that is said.
  void missingItemsAreSaid() {
    const RawDataSet set = read_data_set(inputs({"movielens/ratings.csv"}), "movielens", {}, {});
    QCOMPARE(set.items.size(), size_t{4});
    QCOMPARE(set.items[1].title, std::string("20"));
    QCOMPARE(remarks(set, RemarkKind::Note), Lines{"there is no file of items: an item's id stands for its title"});
    // A file that is not the one of the items is said, too.
    const Lines notes = remarks(sample_world("interactions.csv", "bad/items_wrong_header.csv"), RemarkKind::Note);
    QCOMPARE(notes, (Lines{"items_wrong_header.csv: the whole file: nothing but interactions.csv is read",
                           "there is no file of items: an item's id stands for its title"}));
  }

  /// Lines that cannot be used are dropped with line and reason; the good line 2 of each file is kept.
  void badLinesAreDroppedWithReason_data() {
    QTest::addColumn<QString>("file");
    QTest::addColumn<QStringList>("expected");
    QTest::addColumn<int>("kept");
    const auto row = [](const char* file, int kept, const QStringList& expected) {
      QTest::newRow(file) << QString::fromLatin1(file) << expected << kept;
    };
    row("ratings_bad_rating.csv", 1,
        {QStringLiteral(" lines 3, 4, 5, 6, 7 and 6 more: expected a rating within 0 .. 5, found \"five\"")});
    row("ratings_bad_time.csv", 1,
        {QStringLiteral(" lines 3, 4, 6: expected a time in seconds since 1970, found \"yesterday\""),
         QStringLiteral(
             " lines 5, 7, 8: a time out of range: expected a time in seconds since 1970, up to the year 9999, "
             "found \"-1\"")});
    row("ratings_unknown_item.csv", 1,
        {QStringLiteral(" lines 3, 4: an item that is not in the catalogue, found \"70\"")});
    row("ratings_without_user.csv", 1, {QStringLiteral(" line 3: an interaction without a user")});
    row("ratings_user_not_utf8.csv", 2,
        {QStringLiteral(" lines 3, 4, 5: bytes that are no text in the id of a user or item, found \"\uFFFDva\"")});
  }
  void badLinesAreDroppedWithReason() {
    QFETCH(QString, file);
    QFETCH(QStringList, expected);
    QFETCH(int, kept);
    const RawDataSet set = movielens("bad/" + file.toStdString());
    QStringList found;
    int64_t dropped = 0;
    for (const Remark& remark : set.report.remarks) {
      if (remark.kind != RemarkKind::Dropped) continue;
      found << QString::fromStdString(remark_text(remark)).mid(file.size());
      dropped += remark.count;
    }
    QCOMPARE(found, expected);
    QCOMPARE(static_cast<int>(set.interactions.size()), kept);
    QVERIFY(set.report.kept == kept && set.report.dropped() == dropped);
    QCOMPARE(rows(set)[0], Row(0, 0, 4.0, 1000));
    QCOMPARE(set.users[0], std::string("7"));
    QCOMPARE(set.users.size(), static_cast<size_t>(kept));  // no user without an interaction
  }

  /// An import is faithful: a pair that comes again stays and is counted, and so is one that comes again unchanged.
  void repeatedPairsAreKeptAndCounted() {
    const RawDataSet set = movielens("bad/ratings_duplicated_pair.csv");
    QCOMPARE(set.interactions.size(), size_t{3});
    QVERIFY(set.report.repeated_pairs == 1 && set.report.exact_repeats == 0 && set.report.dropped() == 0);
    const std::string ratings =
        "userId,movieId,rating,timestamp\n7,10,4,1\n7,20,4,2\n7,10,4,1\n8,10,4,5\n7,10,3,2\n8,20,4,5\n";
    // 7 has 10 three times, twice unchanged, and 20 and 10 at its last time; 8 has two at its last time.
    const RawDataSet more =
        read_data_set({inputs({"movielens/movies.csv"}).front(), memory_file("r.csv", ratings)}, "movielens", {}, {});
    QVERIFY(more.report.repeated_pairs == 2 && more.report.exact_repeats == 1);
    QCOMPARE(more.report.tied_users, int64_t{2});
  }

  void badItemsAreDroppedWithReason() {
    const RawDataSet twice = movielens("ratings.csv", "bad/movies_duplicated_id.csv");
    QCOMPARE(remarks(twice, RemarkKind::Dropped).at(0),
             std::string("movies_duplicated_id.csv line 3: an item's id that another had before; the first is kept, "
                         "found \"10\""));
    QVERIFY(twice.items.size() == 2 && twice.items[0].title == "Lanterns");
    QCOMPARE(twice.items[1].title, std::string("Lanterns"));  // the same title under another id is another item

    const RawDataSet untitled = movielens("ratings.csv", "bad/movies_without_title.csv");
    QCOMPARE(untitled.items.size(), size_t{1});
    QVERIFY(remarks(untitled, RemarkKind::Dropped)
                .at(0)
                .starts_with("movies_without_title.csv lines 3, 4, 5: an item without id or title"));
    // Ratings of the items that are gone are dropped too.
    QVERIFY(remarks(untitled, RemarkKind::Dropped).at(1).find("an item that is not in the catalogue") !=
            std::string::npos);

    const RawDataSet ids = movielens("ratings.csv", "bad/movies_id_not_utf8.csv");
    QCOMPARE(ids.items.size(), size_t{2});
    QVERIFY(remarks(ids, RemarkKind::Dropped)
                .at(0)
                .starts_with("movies_id_not_utf8.csv lines 3, 4: bytes that are no text in the id of an item"));
  }

  /// Each wrong byte of a title becomes U+FFFD; "F0 9F" begins a character that is cut short: one U+FFFD.
  void titlesThatAreNotUtf8AreMendedAndTold() {
    const RawDataSet set = movielens("ratings.csv", "bad/movies_title_not_utf8.csv");
    QCOMPARE(set.items.at(1).title, std::string("\xef\xbf\xbdt\xef\xbf\xbd \xef\xbf\xbd (2001)"));
    QCOMPARE(set.items[1].attributes, (Attributes{{"genre", "Dr\xef\xbf\xbdma"}, {"year", "2001"}}));
    QVERIFY(remarks(set, RemarkKind::Mended)
                .at(0)
                .starts_with("movies_title_not_utf8.csv line 3: bytes that are no text in an item became U+FFFD"));
  }

  void badLinesOfASampleWorldAreDropped() {
    QCOMPARE(remarks(sample_world("bad/interactions_bad_time.csv"), RemarkKind::Dropped),
             Lines{"interactions_bad_time.csv line 3: expected a time in seconds since 1970, found \"soon\""});
    QCOMPARE(remarks(sample_world("bad/interactions_bad_rating.csv"), RemarkKind::Dropped),
             Lines{"interactions_bad_rating.csv lines 3, 4: expected a rating, found \"good\""});
  }

  /// Tables that were given and not read are said, whatever they are; a truth.json beside them is no table.
  void tablesThatAreNotReadAreSaid() {
    auto files = inputs({"movielens/movies.csv", "movielens/ratings.csv"});
    files.push_back(memory_file("tags.csv", "userId,movieId,tag,timestamp\n"));
    files.push_back(memory_file("links.csv", "movieId,imdbId,tmdbId\n"));
    files.push_back(memory_file("ratings2.csv", files[1].head));
    files.push_back(memory_file("truth.json", "{}"));
    const RawDataSet set = read_data_set(files, "movielens", {}, {});
    QCOMPARE(set.interactions.size(), size_t{5});
    QCOMPARE(remarks(set, RemarkKind::Note),
             (Lines{"tags.csv: the whole file: tags and links are not used",
                    "links.csv: the whole file: tags and links are not used",
                    "ratings2.csv: the whole file: nothing but movies.csv and ratings.csv is read"}));
  }

  /// However many lines are bad, they are counted, and the first five named.
  void manyBadLinesAreCounted() {
    std::string ratings = "userId,movieId,rating,timestamp\n7,10,4.0,1000\n";
    for (int i = 0; i < 100'007; ++i) ratings += "7,99,4.0,1000\n";
    const RawDataSet set = read_data_set(
        {inputs({"movielens/movies.csv"}).front(), memory_file("ratings.csv", ratings)}, "movielens", {}, {});
    QCOMPARE(set.report.dropped(), int64_t{100'007});
    QCOMPARE(
        remarks(set, RemarkKind::Dropped),
        Lines{"ratings.csv lines 3, 4, 5, 6, 7 and 100002 more: an item that is not in the catalogue, found \"99\""});
  }

  /// A comma is the decimal point of the locale: numbers are read the same.
  void numbersDoNotDependOnTheLocale() {
    const char* before = std::setlocale(LC_ALL, nullptr);
    const std::string saved = before ? before : "C";
    if (!std::setlocale(LC_ALL, "de_DE.UTF-8")) QSKIP("the locale de_DE.UTF-8 is not installed");
    const RawDataSet set = movielens("ratings.csv");
    std::setlocale(LC_ALL, saved.c_str());
    QVERIFY(remarks(set, RemarkKind::Dropped).empty());
    QCOMPARE(set.interactions.ratings[1], 3.5);
  }

  /// A stop is honoured while lines are read, and what is done grows up to the whole.
  void progressGrowsAndAStopIsHonoured() {
    std::string ratings = "userId,movieId,rating,timestamp\n7,10,4.0,1000\n";
    for (int i = 0; i < 20'000; ++i) ratings += std::to_string(i + 10) + ",10,4.0,1000\n";
    const std::vector<InputFile> files = {inputs({"movielens/movies.csv"}).front(),
                                          memory_file("ratings.csv", ratings)};
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
    QVERIFY_THROWS_EXCEPTION(Cancelled, read_data_set(files, "movielens", {}, context));
    QCOMPARE(told, 1);
  }
};

QTEST_GUILESS_MAIN(ReadersTest)
#include "readers_test.moc"
