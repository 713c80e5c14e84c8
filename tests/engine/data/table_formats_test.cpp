// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/data/table_formats.h"

#include <QtTest>
#include <cmath>
#include <map>

#include "engine/base/error.h"
#include "engine/data/readers.h"

using namespace prefscope;

namespace {

using Attributes = std::vector<std::pair<std::string, std::string>>;

/// Files as they begin in the wild, cut to a few rows that say what each column is.
RawDataSet read(const std::string& format, const std::vector<std::pair<std::string, std::string>>& contents) {
  std::vector<InputFile> files;
  for (const auto& [name, content] : contents) files.push_back(memory_file(name, content));
  if (recognise_format(files) != format) qFatal("%s was taken for %s", format.c_str(), recognise_format(files).c_str());
  return read_data_set(files, format, {}, {});
}

std::vector<std::string> titles(const RawDataSet& set) {
  std::vector<std::string> all;
  for (const RawItem& item : set.items) all.push_back(item.title);
  return all;
}

/// "user item rating time" with the keys; a dash where there is none.
std::vector<std::string> rows(const RawDataSet& set) {
  std::vector<std::string> all;
  const InteractionColumns& c = set.interactions;
  for (size_t i = 0; i < c.size(); ++i) {
    const QString rating = std::isnan(c.ratings[i]) ? QStringLiteral("-") : QString::number(c.ratings[i]);
    const QString time = c.times[i] == no_time ? QStringLiteral("-") : QString::number(c.times[i]);
    all.push_back(set.users[static_cast<size_t>(c.users[i])] + " " + set.items[static_cast<size_t>(c.items[i])].key +
                  " " + rating.toStdString() + " " + time.toStdString());
  }
  return all;
}

bool says(const RawDataSet& set, const std::string& text) {
  return std::any_of(set.report.remarks.begin(), set.report.remarks.end(),
                     [&](const Remark& remark) { return remark_text(remark).find(text) != std::string::npos; });
}

std::string message_of(const std::function<void()>& act) {
  try {
    act();
  } catch (const Error& e) {
    return e.what();
  }
  return "no error";
}

}  // namespace

class TableFormatsTest : public QObject {
  Q_OBJECT

  using Lines = std::vector<std::string>;

 private Q_SLOTS:
  /// u.item is Latin-1: 0xe9 is an e with an acute. 19 flags: the first says unknown.
  void movielens100k() {
    const RawDataSet set = read(
        "movielens-100k", {{"u.data", "196\t2\t3\t881250949\n186\t1\t5\t891717742\n"},
                           {"u.item",
                            "1|Toy Story (1995)|01-Jan-1995||http://us.imdb.com/M/title-exact?Toy%20Story%20(1995)"
                            "|0|0|0|1|1|1|0|0|0|0|0|0|0|0|0|0|0|0|0\n"
                            "2|Les Mis\xe9rables (1995)|01-Jan-1995||http://x|0|1|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0|1\n"},
                           {"u.user", "1|24|M|technician|85711\n"}});
    QCOMPARE(titles(set), (Lines{"Toy Story (1995)", "Les Mis\xc3\xa9rables (1995)"}));
    QCOMPARE(set.items[0].attributes,
             (Attributes{{"genre", "Animation"}, {"genre", "Children's"}, {"genre", "Comedy"}, {"year", "1995"}}));
    QCOMPARE(set.items[1].attributes, (Attributes{{"genre", "Action"}, {"genre", "Western"}, {"year", "1995"}}));
    QCOMPARE(rows(set), (Lines{"196 2 3 881250949", "186 1 5 891717742"}));
    QVERIFY(says(set, "u.item: it is not UTF-8, so it was read as Windows-1252 (Latin-1)"));
    QVERIFY(says(set, "u.user: the whole file: users have no attributes here"));
  }

  void movielens1mAnd10m() {
    const RawDataSet set = read("movielens-1m", {{"ratings.dat", "1::122::5::838985046\n1::185::4.5::838983525\n"},
                                                 {"movies.dat",
                                                  "122::Boomerang (1992)::Comedy|Romance\n"
                                                  "185::Net, The: A \"Web\" (1995)::Action\n"},
                                                 {"users.dat", "1::F::1::10::48067\n"},
                                                 {"tags.dat", "15::4973::excellent!::1215184630\n"}});
    QCOMPARE(titles(set), (Lines{"Boomerang (1992)", "Net, The: A \"Web\" (1995)"}));
    QCOMPARE(set.items[0].attributes, (Attributes{{"genre", "Comedy"}, {"genre", "Romance"}, {"year", "1992"}}));
    QCOMPARE(rows(set), (Lines{"1 122 5 838985046", "1 185 4.5 838983525"}));
    QVERIFY(says(set, "users.dat: the whole file") && says(set, "tags.dat: the whole file: tags are not used"));
  }

  /// 2018: reviews decide which items there are; a review without its item's metadata keeps the id as title.
  void amazon2018() {
    const RawDataSet set = read(
        "amazon", {{"r.json",
                    "{\"overall\": 5.0, \"reviewerID\": \"A\", \"asin\": \"B1\", \"unixReviewTime\": 1529193600}\n"
                    "{\"overall\": 4, \"reviewerID\": \"A\", \"asin\": \"B2\", \"reviewText\": \"a, \\\"b\\\"\"}\n"},
                   {"m.json",
                    "{\"category\": [\"Gift\", [\"Cards\", \"Gift\"]], \"title\": \"Tom &amp; Co \", \"brand\": "
                    "\"Acme\", \"asin\": \"B1\"}\n"
                    "{\"title\": \"Unseen\", \"asin\": \"B9\"}\n"}});
    QCOMPARE(titles(set), (Lines{"Tom & Co", "B2"}));
    QCOMPARE(set.items[0].attributes, (Attributes{{"brand", "Acme"}, {"category", "Gift"}, {"category", "Cards"}}));
    QCOMPARE(rows(set), (Lines{"A B1 5 1529193600", "A B2 4 -"}));
    QVERIFY(says(set, "HTML entities in a title were decoded, found \"Tom &amp; Co \""));
    QVERIFY(says(set, "stray blanks in a title were taken away"));
    QVERIFY(says(set, "an item that no file of items has; its id stands for its title, found \"B2\""));
    QVERIFY(says(set, "items that no interaction has were left out"));
  }

  /// The metadata of 2014 are Python's dictionaries.
  void amazon2014() {
    const RawDataSet set = read(
        "amazon",
        {{"r.json", "{\"reviewerID\": \"A\", \"asin\": \"1\", \"overall\": 3.0, \"unixReviewTime\": 1364515200}\n"},
         {"m.json",
          "{'asin': '1', 'title': \"It's \\\"new\\\"\", 'brand': None, 'categories': [['Books', u'Caf\\xe9']]}\n"}});
    QCOMPARE(titles(set), Lines{"It's \"new\""});
    QCOMPARE(set.items[0].attributes, (Attributes{{"category", "Books"}, {"category", "Caf\xc3\xa9"}}));
  }

  /// 2023: times in milliseconds; a review has a title of its own, which is not the item's.
  void amazon2023() {
    const RawDataSet set =
        read("amazon",
             {{"reviews.jsonl",
               "{\"rating\": 5.0, \"title\": \"Great\", \"asin\": \"B0\", \"parent_asin\": \"P1\", \"user_id\": \"U\", "
               "\"timestamp\": 1588687728923}\n"},
              {"meta.jsonl",
               "{\"title\": \"Lamp\", \"store\": \"Acme\", \"categories\": [\"Home\"], \"parent_asin\": \"P1\"}\n"}});
    QCOMPARE(titles(set), Lines{"Lamp"});
    QCOMPARE(set.items[0].attributes, (Attributes{{"brand", "Acme"}, {"category", "Home"}}));
    QCOMPARE(rows(set), Lines{"U P1 5 1588687728"});
  }

  /// Tags by how often they were given; the text of tag 3 is not there.
  void lastfm() {
    std::vector<std::pair<std::string, std::string>> files = {
        {"artists.dat", "id\tname\turl\tpictureURL\n51\tDuran \"D\" Duran\tu\tp\n"},
        {"user_artists.dat", "userID\tartistID\tweight\n2\t51\t13883\n2\t52\t1\n"},
        {"tags.dat", "tagID\ttagValue\n1\tmetal\n2\t80s pop\n"}};
    const RawDataSet untagged = read("lastfm-hetrec", files);
    QCOMPARE(titles(untagged), (Lines{"Duran \"D\" Duran", "52"}));
    QCOMPARE(rows(untagged), (Lines{"2 51 13883 -", "2 52 1 -"}));
    QVERIFY(says(untagged, "tags.dat: the whole file: tags are read where items, tags and their uses are there"));
    files.emplace_back("user_taggedartists.dat",
                       "userID\tartistID\ttagID\tday\tmonth\tyear\n"
                       "2\t51\t1\t1\t4\t2009\n2\t51\t3\t1\t4\t2009\n3\t51\t2\t1\t4\t2009\n4\t51\t2\t1\t4\t2009\n");
    const RawDataSet tagged = read("lastfm-hetrec", files);
    QCOMPARE(tagged.items[0].attributes, (Attributes{{"tag", "80s pop"}, {"tag", "metal"}}));
    QVERIFY(!says(tagged, "tags.dat: the whole file"));
    // The same uses with their times: one of the two is read.
    files.emplace_back("timestamps.dat", "userID\tartistID\ttagID\ttimestamp\n2\t51\t1\t1238536800000\n");
    QVERIFY(says(read("lastfm-hetrec", files),
                 "timestamps.dat: the whole file: nothing but tags.dat, "
                 "user_taggedartists.dat, artists.dat and user_artists.dat is read"));
  }

  void namesOfTagsAreReadInPieces() {
    std::string names = "tag_id,tag_name\n";
    for (int n = 0; n < 5000; ++n) names += std::to_string(n) + ",name\n";
    const std::vector<InputFile> files = {
        memory_file("books.csv",
                    "book_id,goodreads_book_id,authors,original_publication_year,title,language_code\n"
                    "1,10,A,1999,T,eng\n"),
        memory_file("ratings.csv", "user_id,book_id,rating\n1,1,5\n"), memory_file("tags.csv", names),
        memory_file("book_tags.csv", "goodreads_book_id,tag_id,count\n10,4999,3\n")};
    bool told = false;
    const TaskContext context{[&](const Progress& p) { told = told || p.stage == "Reading tags.csv"; }, {}};
    QCOMPARE(read_data_set(files, "goodbooks-10k", {}, context).items[0].attributes.back().second, std::string("name"));
    QVERIFY(told);
  }

  void goodbooks() {
    const RawDataSet set =
        read("goodbooks-10k",
             {{"books.csv",
               "book_id,goodreads_book_id,isbn13,authors,original_publication_year,title,language_code\n"
               "1,2767052,9.78043902348e+12,\"Suzanne Collins, Other One\",2008.0,\"The Hunger Games (#1)\",eng\n"
               "2,3,,Homer,-720.0,The Odyssey,\n"},
              {"ratings.csv", "user_id,book_id,rating\n1,1,5\n1,2,4\n"}});
    QCOMPARE(
        set.items[0].attributes,
        (Attributes{{"author", "Suzanne Collins"}, {"author", "Other One"}, {"year", "2008"}, {"language", "eng"}}));
    QCOMPARE(set.items[1].attributes, (Attributes{{"author", "Homer"}, {"year", "-720"}}));
    QCOMPARE(rows(set), (Lines{"1 1 5 -", "1 2 4 -"}));
    // Tags mean a book by its other number.
    const RawDataSet tagged =
        read("goodbooks-10k", {{"books.csv",
                                "book_id,goodreads_book_id,authors,original_publication_year,title,language_code\n"
                                "1,77,A,,T,\n"},
                               {"ratings.csv", "user_id,book_id,rating\n1,1,5\n"},
                               {"tags.csv", "tag_id,tag_name\n5,fantasy\n6,owned\n"},
                               {"book_tags.csv", "goodreads_book_id,tag_id,count\n77,6,10\n77,5,900\n1,6,9\n"}});
    QCOMPARE(tagged.items[0].attributes, (Attributes{{"author", "A"}, {"tag", "fantasy"}, {"tag", "owned"}}));
  }

  /// The older files: ; and quotes that a backslash escapes, in Latin-1. The newer: commas.
  void bookCrossing() {
    const RawDataSet old = read(
        "book-crossing",
        {{"BX-Book-Ratings.csv", "\"User-ID\";\"ISBN\";\"Book-Rating\"\r\n\"276725\";\"034545104X\";\"0\"\r\n"},
         {"BX-Books.csv",
          "\"ISBN\";\"Book-Title\";\"Book-Author\";\"Year-Of-Publication\";\"Publisher\";\"Image-URL-S\"\r\n"
          "\"034545104X\";\"The \\\"Real\\\" One; Tom &amp; K\xf6nig\";\"M. Rose\";\"0\";\"Ballantine\";\"http\"\r\n"},
         {"BX-Users.csv", "\"User-ID\";\"Location\";\"Age\"\r\n\"1\";\"nyc, usa\";NULL\r\n"}});
    QCOMPARE(titles(old), Lines{"The \"Real\" One; Tom & K\xc3\xb6nig"});
    QCOMPARE(old.items[0].attributes, (Attributes{{"author", "M. Rose"}, {"publisher", "Ballantine"}}));
    QCOMPARE(rows(old), Lines{"276725 034545104X 0 -"});
    const RawDataSet recent = read(
        "book-crossing",
        {{"Ratings.csv", "User-ID,ISBN,Book-Rating\n1,2,11\n1,2,10\n"},
         {"Books.csv", "ISBN,Book-Title,Book-Author,Year-Of-Publication,Publisher,Image-URL-S\n2,A,B,1999,C,D\n"}});
    QCOMPARE(rows(recent), Lines{"1 2 10 -"});
    QVERIFY(says(recent, "Ratings.csv line 2: expected a rating within 0 .. 10, found \"11\""));
  }

  /// Hours count where a game was played; a purchase has none.
  void steam() {
    const RawDataSet set = read("steam-200k", {{"steam-200k.csv",
                                                "151603712,\"The Elder Scrolls V, Skyrim\",purchase,1.0,0\n"
                                                "151603712,\"The Elder Scrolls V, Skyrim\",play,273.5,0\n"}});
    QCOMPARE(titles(set), Lines{"The Elder Scrolls V, Skyrim"});
    QCOMPARE(rows(set),
             (Lines{"151603712 The Elder Scrolls V, Skyrim - -", "151603712 The Elder Scrolls V, Skyrim 273.5 -"}));
    QCOMPARE(set.report.repeated_pairs, int64_t{1});
  }

  /// Typed headers in any order of columns, sequences, missing values, no last line break.
  void atomicFiles() {
    const RawDataSet set = read("recbole", {{"x.inter",
                                             "item_id:token\tuser_id:token\trating:float\ttimestamp:float\n"
                                             "i1\tu1\t4.0\t964982703.0\ni2\tu1\t\t\n\tu2\t1\t5"},
                                            {"x.item",
                                             "item_id:token\tmovie_title:token_seq\tclass:token_seq\tprice:float\n"
                                             "i1\tToy Story\tAnimation Comedy\t3\ni2\tHeat\t\t"},
                                            {"x.user", "user_id:token\tage:float\nu1\t24\n"},
                                            {"x.link", "item_id:token\tentity_id:token\ni1\te1\n"}});
    QCOMPARE(titles(set), (Lines{"Toy Story", "Heat"}));
    QCOMPARE(set.items[0].attributes, (Attributes{{"class", "Animation"}, {"class", "Comedy"}, {"price", "3"}}));
    QCOMPARE(rows(set), (Lines{"u1 i1 4 964982703", "u1 i2 - -"}));
    QVERIFY(says(set, "x.inter line 4: an interaction without an item") && says(set, "x.user: the whole file") &&
            says(set, "x.link: the whole file: knowledge graphs are not used"));
  }

  /// A column may be called anything; the report of it is kept as JSON, which is UTF-8.
  void namesOfAnyBytesAreReported() {
    const RawDataSet set = read("recbole", {{"x.inter", "user_id:token\titem_id:token\tf\xff:token\n1\t2\téé\n"},
                                            {"x.item", "item_id:token\tg\xff:token\n2\téé\n"}});
    QVERIFY(says(set, "x.inter: the column f\xef\xbf\xbd:token is not used"));
    QVERIFY(read_report(to_json(set.report)) == set.report);
    QCOMPARE(set.items[0].attributes, (Attributes{{"g\xef\xbf\xbd", "éé"}}));
  }

  /// Sets that name their ids otherwise: the only id beside the user's is the item's, in all files.
  void atomicFilesWithOtherKeys() {
    const RawDataSet artists =
        read("recbole", {{"x.inter", "user_id:token\tartist_id:token\tweight:float\n2\t51\t13883\n"},
                         {"x.item", "artist_id:token\tname:token_seq\n51\tDuran\n"}});
    QCOMPARE(rows(artists), Lines{"2 51 - -"});
    QCOMPARE(titles(artists), Lines{"Duran"});
    const RawDataSet yelp =
        read("recbole", {{"x.inter", "review_id:token\tuser_id:token\tbusiness_id:token\nr1\tu1\tb1\n"},
                         {"x.item", "business_id:token\titem_name:token_seq\nb1\tCafe\n"},
                         {"x.user", "user_id:token\tname:token\nu1\tAnn\n"}});
    QCOMPARE(titles(yelp), Lines{"Cafe"});
    QVERIFY(says(yelp, "x.user: the whole file: users have no attributes here"));
    const RawDataSet sessions =
        read("recbole", {{"x.inter", "session_id:token\titem_id:token\ttimestamp:float\ns1\ti1\t1\n"}});
    QCOMPARE(rows(sessions), Lines{"s1 i1 - 1"});
    const RawDataSet games = read("recbole", {{"x.inter", "user_id:token\tproduct_id:token\nu1\tp1\n"},
                                              {"x.item", "id:token\ttitle:token\np1\tGame\n"}});
    QCOMPARE(titles(games), Lines{"Game"});
    QVERIFY(message_of([] {  // two ids: which is the item's cannot be told
              recognise_format({memory_file("x.inter", "user_id:token\ta_id:token\tb_id:token\n1\t2\t3\n")});
            })
                .starts_with("unknown format"));
  }

  /// What export writes: titles word for word, attributes that later lines have first.
  void exportedJsonLines() {
    const RawDataSet set =
        read("sample-world",
             {{"interactions.jsonl",
               "{\"user\":\"u1\",\"item\":\"1\",\"rating\":0.1,\"time\":1001}\n{\"user\":\"u1\",\"item\":\"2\"}\n"},
              {"items.jsonl",
               "{\"item\":\"1\",\"title\":\"A &amp; B\"}\n"
               "{\"item\":\"2\",\"title\":\"T\",\"genre\":[\"a\",\"b, c\"],\"maker\":[\"North\"]}\n"}});
    QCOMPARE(titles(set), (Lines{"A &amp; B", "T"}));
    QCOMPARE(set.items[1].attributes, (Attributes{{"genre", "a"}, {"genre", "b, c"}, {"maker", "North"}}));
    QCOMPARE(rows(set), (Lines{"u1 1 0.1 1001", "u1 2 - -"}));
  }

  /// Names say nothing: the same files under others, and one that only looks like another.
  void namesSayNothing() {
    QCOMPARE(read("movielens", {{"a.txt", "userId,movieId,rating,timestamp\n1,2,3,4\n"}}).interactions.size(),
             size_t{1});
    QVERIFY(message_of([] {
              recognise_format({memory_file("ratings.csv", "user,movie,stars\n1,2,3\n")});
            }).starts_with("unknown format: expected one of movielens, "));
  }

  /// A file in UTF-16 with its mark is read like any other.
  void utf16IsRead() {
    std::string wide = "\xff\xfe";
    for (const char c : std::string("userId,movieId,rating,timestamp\r\n1,2,3,4\r\n")) wide += std::string{c, '\0'};
    const RawDataSet set = read("movielens", {{"ratings.csv", wide}});
    QCOMPARE(rows(set), Lines{"1 2 3 4"});
    QCOMPARE(set.report.encodings[0].second, std::string("UTF-16 LE"));
  }

  /// What makes a table unreadable, with file, line, expected and found.
  void badTablesAreNamed_data() {
    QTest::addColumn<QByteArray>("content");
    QTest::addColumn<QString>("message");
    const auto row = [](const char* name, const std::string& content, const char* message) {
      QTest::newRow(name) << QByteArray(content.data(), static_cast<qsizetype>(content.size()))
                          << QString::fromUtf8(message);
    };
    const std::string header = "user_id:token\titem_id:token\n";
    row("column twice", "user_id:token\titem_id:token\titem_id:token\n1\t2\t3\n",
        "line 1: expected one column \"item_id:token\", found it twice; name it by its number, as \"#2\"");
    row("only a header", header, "x.inter: no interaction is left to import; the table is empty");
    row("too few fields", header + "1\n", "line 2: expected 2 fields separated by a tab, found 1;");
    row("NUL in an id", header + std::string("a\0b\t1\n", 6),
        "line 2: bytes that are no text in the id of a user or item");
    row("line of 20 MB", header + std::string(20'000'000, 'x'), "line 2: a line of more than 16 MiB;");
  }
  void badTablesAreNamed() {
    QFETCH(QByteArray, content);
    QFETCH(QString, message);
    const std::string found = message_of([&] { read("recbole", {{"x.inter", content.toStdString()}}); });
    QVERIFY2(found.find(message.toStdString()) != std::string::npos, found.c_str());
  }

  void damagedJsonLinesAreNamed_data() {
    QTest::addColumn<QByteArray>("line");
    QTest::addColumn<QString>("message");
    QTest::newRow("cut short") << QByteArray("{\"reviewerID\": \"A\", \"asi")
                               << QStringLiteral("r.json line 2: expected a JSON object, found damaged JSON, \"{");
    QTest::newRow("a list") << QByteArray("[1, 2]")
                            << QStringLiteral("r.json line 2: expected a JSON object, found another value, \"[1, 2]\"");
    QTest::newRow("deep") << QByteArray(100'000, '[') << QStringLiteral("r.json line 2: expected a JSON object, found");
    QTest::newRow("not UTF-8") << QByteArray("{\"reviewerID\": \"\xff\", \"asin\": \"1\"}")
                               << QStringLiteral("r.json line 2: expected a JSON object, found damaged JSON");
    QTest::newRow("20 MB") << QByteArray(20'000'000, ' ').append("{}")
                           << QStringLiteral("r.json line 2: a line of more than 16 MiB");
  }
  void damagedJsonLinesAreNamed() {
    QFETCH(QByteArray, line);
    QFETCH(QString, message);
    const std::string first = "{\"reviewerID\": \"A\", \"asin\": \"1\", \"overall\": 3}\n";
    const std::string found = message_of([&] { read("amazon", {{"r.json", first + line.toStdString() + "\n"}}); });
    QVERIFY2(found.starts_with(message.toStdString()), found.c_str());
  }

  void keysThatStandTwiceAreSaid() {
    const RawDataSet set =
        read("amazon", {{"r.json", "{\"reviewerID\": \"A\", \"asin\": \"1\", \"overall\": 3, \"asin\": \"2\"}\n"}});
    QCOMPARE(rows(set), Lines{"A 1 3 -"});
    QVERIFY(says(set, "r.json line 1: a key stands twice in a record; the first was read"));
  }
};

QTEST_GUILESS_MAIN(TableFormatsTest)
#include "table_formats_test.moc"
