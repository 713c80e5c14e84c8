// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/store/item_rows.h"

#include <QtTest>
#include <algorithm>

#include "tests/engine/store/drawn_set.h"

using namespace prefscope;
namespace fs = std::filesystem;

class ItemRowsTest : public QObject {
  Q_OBJECT

  QTemporaryDir dir_;
  fs::path root() const { return dir_.path().toStdString(); }

 private Q_SLOTS:
  /// Several blobs of an order (80,000 rows), and more than 64 rows of a user.
  void usersOfItemsAreThoseOfTheRows() {
    Workspace workspace(root() / "large");
    const DrawnSet set = draw_set(workspace, 300, 90, 80'000, 3);
    const RowOwners owners = row_owners(workspace, 1);
    QCOMPARE(owners.users.size(), size_t{300});
    for (size_t u = 0; u < 300; ++u) {
      for (int64_t row = owners.begin[u]; row < owners.begin[u + 1]; ++row)
        if (owners.owner(static_cast<uint32_t>(row)) != u) QFAIL(qPrintable(QString::number(row)));
    }
    int64_t next = 1;
    double last = -1;
    const TaskContext context{[&](const Progress& progress) { last = progress.fraction; }};
    visit_users_of_items(workspace, 1, owners, "Reading", context, [&](int64_t item, std::span<const uint32_t> users) {
      QCOMPARE(item, next++);
      std::vector<int64_t> ids;
      for (const uint32_t u : users) ids.push_back(owners.users[u]);
      const auto& expected = set.users_of[static_cast<size_t>(item)];
      QCOMPARE(ids, std::vector<int64_t>(expected.begin(), expected.end()));
    });
    QCOMPARE(next, int64_t{91});
    QVERIFY(last >= 0 && last <= 1);
  }

  /// Every page of every order is that part of the rows sorted by hand.
  void pagesOfAnItem() {
    Workspace workspace(root() / "small");
    const DrawnSet set = draw_set(workspace, 20, 6, 400, 5);
    for (int64_t item = 1; item <= 6; ++item) {
      std::vector<InteractionRow> all;
      for (const InteractionRow& row : read_interactions(workspace, {.data_set = 1, .search = {}, .limit = -1}))
        if (row.item == item) all.push_back(row);
      QCOMPARE(all.empty(), item == 6);
      for (const auto order : {ItemRowOrder::User, ItemRowOrder::Rating, ItemRowOrder::Time}) {
        std::vector<InteractionRow> expected = all;
        std::stable_sort(expected.begin(), expected.end(), [&](const InteractionRow& a, const InteractionRow& b) {
          return order == ItemRowOrder::Rating ? a.rating < b.rating : order == ItemRowOrder::Time && a.time < b.time;
        });
        for (const bool descending : {false, true}) {
          if (descending) std::reverse(expected.begin(), expected.end());
          std::vector<InteractionRow> paged;
          for (int64_t offset = 0; offset <= std::ssize(all); offset += 7) {
            const auto page = read_item_rows(workspace, item, order, descending, offset, 7, {});
            paged.insert(paged.end(), page.begin(), page.end());
          }
          QCOMPARE(paged.size(), expected.size());
          for (size_t i = 0; i < paged.size(); ++i)
            QVERIFY(paged[i].id == expected[i].id && paged[i].user == expected[i].user &&
                    paged[i].user_key == expected[i].user_key && paged[i].rating == expected[i].rating &&
                    paged[i].time == expected[i].time && paged[i].title == expected[i].title);
        }
      }
    }
    QVERIFY(read_item_rows(workspace, 77, ItemRowOrder::User, false, 0, -1, {}).empty());
  }

  void damagedOrdersAreRefused() {
    Workspace workspace(root() / "damaged");
    draw_set(workspace, 20, 6, 400, 5);
    const RowOwners owners = row_owners(workspace, 1);
    const auto visit = [&] {
      visit_users_of_items(workspace, 1, owners, "Reading", {}, [](int64_t, std::span<const uint32_t>) {});
    };
    workspace.db().exec("UPDATE interaction_order SET rows = zeroblob(0)");
    QVERIFY_THROWS_EXCEPTION(Error, visit());
    workspace.db().exec("UPDATE interaction_order SET rows = x'ffffffff'");
    QVERIFY_THROWS_EXCEPTION(Error, visit());
  }

  void stops() {
    Workspace workspace(root() / "stopped");
    draw_set(workspace, 20, 6, 400, 5);
    std::stop_source source;
    source.request_stop();
    const TaskContext stopped{{}, source.get_token()};
    const RowOwners owners = row_owners(workspace, 1);
    QVERIFY_THROWS_EXCEPTION(
        Cancelled, visit_users_of_items(workspace, 1, owners, "", stopped, [](int64_t, std::span<const uint32_t>) {}));
    QVERIFY_THROWS_EXCEPTION(Cancelled, read_item_rows(workspace, 1, ItemRowOrder::Time, false, 0, 10, stopped));
  }
};

QTEST_GUILESS_MAIN(ItemRowsTest)
#include "item_rows_test.moc"
