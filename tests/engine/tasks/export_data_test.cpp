// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tasks/export_data.h"

#include <QtTest>
#include <fstream>
#include <numeric>

#include "engine/base/files.h"
#include "engine/store/data_sets.h"
#include "engine/store/interaction_rows.h"
#include "engine/store/set_rows.h"
#include "engine/tasks/import.h"
#include "engine/tasks/prepare.h"
#include "engine/tasks/target_places.h"
#include "engine/tasks/view.h"
#include "tests/engine/messages.h"

using namespace prefscope;
namespace fs = std::filesystem;

class ExportDataTest : public QObject {
  Q_OBJECT

  QTemporaryDir dir_;
  fs::path root() const { return dir_.path().toStdString(); }

  DataExportResult write(const char* format, const char* folder, const std::string& view = {}) {
    DataExportOptions o;
    o.workspace = root() / "ws";
    o.data_set = "made";
    o.format = format;
    o.view = view;
    o.out = root() / folder;
    return export_data(o, {});
  }

  /// Every row and item of a set as text, by user key and time.
  std::string contents(const std::string& name) const {
    Workspace workspace(root() / "ws");
    const DataSet set = find_data_set(workspace, name);
    std::string text;
    for (const InteractionRow& row :
         read_interactions(workspace, find_interactions(workspace, {set.id}, {}), 0, 10'000))
      text += row.user_key + "|" + row.title + "|" + (row.rating ? std::to_string(*row.rating) : "-") + "|" +
              (row.time ? std::to_string(*row.time) : "-") + "\n";
    for (const ItemText& item : read_item_texts(workspace, set.id)) {
      text += item.key + "|" + item.title;
      for (const auto& [attribute, value] : item.attributes) text += "|" + attribute + "=" + value;
      text += "\n";
    }
    return text;
  }

  std::string imported_again(const char* folder) {
    ImportOptions import;
    import.workspace = root() / "ws";
    import.paths = {root() / folder};
    return import_data(import, {}).data_set.name;
  }

 private Q_SLOTS:
  void initTestCase() {
    const fs::path files = root() / "files";
    fs::create_directories(files);
    std::ofstream(files / "items.csv") << "id,title,genre,maker\n"
                                          "1,\"Brass, \"\"Bells\"\"\",Drama|Science Fiction,North\n"
                                          "2,=HYPERLINK(1),,\n3,</s> <b>,Drama,South\n4,Übermut &amp; more,Comedy,\n";
    std::ofstream choices(files / "interactions.csv");
    choices << "user,item,time,rating\n";
    for (int u = 1; u <= 8; ++u) {
      for (int i = 1; i <= 4; ++i)
        choices << "u" << u << ',' << i << ',' << 1000 * u + i << ',' << (i == 2 ? "" : i == 3 ? "4.5" : "5") << '\n';
    }
    choices.close();
    ImportOptions import;
    import.workspace = root() / "ws";
    import.paths = {files};
    import.name = "made";
    import_data(import, {});
  }

  void csvComesBackAsItWas() {
    const DataExportResult result = write("csv", "csv");
    QVERIFY(result.interactions == 32 && result.items == 4 && result.files.size() == 2);
    QCOMPARE(contents(imported_again("csv")), contents("made"));
  }

  /// RecBole's readers take the header's types; a value's blanks would end it.
  void recboleFilesAreAtomicFiles() {
    const DataExportResult result = write("recbole", "atomic");
    QCOMPARE(result.files.size(), size_t{3});
    const std::string inter = read_file(root() / "atomic" / "atomic.inter");
    QVERIFY(inter.starts_with(
        "user_id:token\titem_id:token\trating:float\ttimestamp:float\nu1\t1\t5\t1001\nu1\t2\t\t1002\n"));
    QCOMPARE(read_file(root() / "atomic" / "atomic.item"),
             std::string(
                 "item_id:token\ttitle:token_seq\tgenre:token_seq\tmaker:token_seq\n"
                 "1\tBrass, \"Bells\"\tDrama Science_Fiction\tNorth\n2\t=HYPERLINK(1)\t\t\n3\t</s> <b>\tDrama\tSouth\n"
                 "4\tÜbermut &amp; more\tComedy\t\n"));
    QVERIFY(read_file(root() / "atomic" / "atomic.user").starts_with("user_id:token\nu1\n"));
    const std::string name = imported_again("atomic");
    Workspace workspace(root() / "ws");
    QCOMPARE(find_data_set(workspace, name).interactions, int64_t{32});
  }

  void jsonLinesHoldLists() {
    write("json-lines", "lines");
    QVERIFY(read_file(root() / "lines" / "items.jsonl")
                .starts_with("{\"item\":\"1\",\"title\":\"Brass, \\\"Bells\\\"\",\"genre\":[\"Drama\",\"Science "
                             "Fiction\"],\"maker\":[\"North\"]}\n"));
    QVERIFY(read_file(root() / "lines" / "interactions.jsonl")
                .starts_with("{\"user\":\"u1\",\"item\":\"1\",\"rating\":5.0,\"time\":1001}\n{\"user\":\"u1\",\"item\":"
                             "\"2\",\"time\":1002}\n"));
    QCOMPARE(contents(imported_again("lines")), contents("made"));
  }

  /// Attributes may be called as an item's own columns and keys are.
  void attributesOfAnyNameComeBack() {
    const fs::path files = root() / "named";
    fs::create_directories(files);
    std::ofstream(files / "items.csv")
        << "id,title,item,title,id,item_attribute,#3\n1,Heat,x|y,Good,I,z,three\n2,Dust,,,,,\n";
    std::ofstream(files / "interactions.csv") << "user,item,time\nann,1,1\nann,2,2\n";
    const std::string made = imported_again("named");
    const std::string held = "1|Heat|item=x|item=y|title=Good|id=I|item_attribute=z|#3=three\n2|Dust\n";
    QVERIFY2(contents(made).ends_with(held), contents(made).c_str());
    DataExportOptions o{root() / "ws", made, "", "csv", {}, root() / "named-csv"};
    export_data(o, {});
    QVERIFY(contents(imported_again("named-csv")) == contents(made));
    o.format = "json-lines";
    o.out = root() / "named-lines";
    export_data(o, {});
    QCOMPARE(
        read_file(o.out / "items.jsonl"),
        std::string("{\"item\":\"1\",\"title\":\"Heat\",\"item_attribute_attribute\":[\"x\",\"y\"],\"title_attribute\":"
                    "[\"Good\"],\"id\":[\"I\"],\"item_attribute\":[\"z\"],\"#3\":[\"three\"]}\n{\"item\":\"2\","
                    "\"title\":\"Dust\"}\n"));
    ImportOptions import;
    import.workspace = root() / "ws";
    import.paths = {o.out};
    import.map = "user=user,item=item,time=time";
    import.map_items =
        "item=item,title=title,attribute=item_attribute_attribute:item,attribute=title_attribute:title,"
        "attribute=id,attribute=item_attribute,attribute=#3";
    QCOMPARE(contents(import_data(import, {}).data_set.name), contents(made));
    o.format = "recbole";
    o.out = root() / "named-atomic";
    export_data(o, {});
    QVERIFY(contents(imported_again("named-atomic"))
                .ends_with("1|Heat|item=x|item=y|title_attribute=Good|id=I|item_attribute=z|#3=three\n2|Dust\n"));
  }

  void aViewsRowsAlone() {
    change_view({root() / "ws", "made", "rated", {"rating > 4.7", "time < 3000"}, 0, 0}, {});
    QCOMPARE(write("csv", "part", "rated").interactions, int64_t{4});  // two items of users 1 and 2
    QCOMPARE(write("recbole", "part2", "rated").items, int64_t{2});    // those with rows in the view
    QCOMPARE(std::ranges::count(read_file(root() / "part2" / "part2.item"), '\n'), 3);
    QCOMPARE(read_file(root() / "part2" / "part2.user"), std::string("user_id:token\nu1\nu2\n"));
  }

  /// What the paper's reader makes of them: an example for each user, its negatives as pairs.
  void preferencesComeBackAsPairs() {
    PrepareOptions split;
    split.workspace = root() / "ws";
    split.data_set = "made";
    split.threshold = 0;
    split.candidates = 2;
    split.negatives = 1;
    QVERIFY_THROWS_EXCEPTION(Error, prepare(split, {}));  // every user touched every item
    // A catalogue with more: the first six users lack item 4.
    ImportOptions import;
    const fs::path more = root() / "more";
    fs::create_directories(more);
    std::ofstream items(more / "items.csv"), rows(more / "interactions.csv");
    items << "id,title\n";
    for (int i = 1; i <= 12; ++i) items << i << ",Title " << i << '\n';
    rows << "user,item,time\n";
    for (int u = 1; u <= 8; ++u) {
      for (int i = 0; i < 5; ++i) rows << u << ',' << 1 + (u + 2 * i) % 12 << ',' << i << '\n';
    }
    items.close();
    rows.close();
    import.workspace = root() / "ws";
    import.paths = {more};
    import.name = "more";
    import_data(import, {});
    split.data_set = "more";
    split.candidates = 4;
    split.negatives = 3;
    const Preparation p = prepare(split, {}).preparation;
    DataExportOptions o{root() / "ws", "more", "", "preference-json", {}, root() / "pairs"};
    const DataExportResult result = export_data(o, {});
    QCOMPARE(result.examples, p.train_examples + p.held_out_examples);
    const std::string name = imported_again("pairs");
    Workspace workspace(root() / "ws");
    const DataSet set = find_data_set(workspace, name);
    QCOMPARE(set.examples, result.examples);
    const auto examples = read_examples(workspace, latest_preparation(workspace, set.id).id);
    for (const Example& e : examples) QCOMPARE(e.pairs.size(), size_t{3});
    // Where targets stand: every example once, none outside its list.
    const TargetPlaces places = find_target_places(root() / "ws", "more", p.id, {});
    QCOMPARE(std::accumulate(places.counts.begin(), places.counts.end(), int64_t{0}), places.lists);
    QCOMPARE(places.lists, p.train_examples + p.held_out_examples + p.panel_examples);
  }

  void refusals() {
    QVERIFY(message_of([&] { write("xml", "x"); }).find("--format xml: expected csv") != std::string::npos);
    QVERIFY(message_of([&] { write("csv", "x", "none"); }).find("there is no view \"none\"") != std::string::npos);
    std::ofstream(root() / "file") << "x";
    QVERIFY(!message_of([&] { write("csv", "file/inside"); }).empty());
    std::stop_source source;
    source.request_stop();
    DataExportOptions o{root() / "ws", "made", "", "csv", {}, root() / "stopped"};
    QVERIFY_THROWS_EXCEPTION(Cancelled, export_data(o, {{}, source.get_token()}));
    QVERIFY(!fs::exists(root() / "stopped"));
    const fs::path file = root() / "records.json";
    std::ofstream(file) << R"([{"historyList": "A", "itemList": ["B", "C"], "trueSelection": "B"}])";
    ImportOptions import;
    import.workspace = root() / "ws";
    import.paths = {file};
    import.name = "records";
    import_data(import, {});
    o = {root() / "ws", "records", "", "preference-json", {}, root() / "refused"};
    QVERIFY(message_of([&] { export_data(o, {}); }).find("records of sdpo-json") != std::string::npos);
    QVERIFY(!fs::exists(root() / "refused"));
  }
};

QTEST_GUILESS_MAIN(ExportDataTest)
#include "export_data_test.moc"
