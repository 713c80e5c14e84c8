// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/store/item_rows.h"

#include <QtTest>
#include <algorithm>

#include "engine/store/set_rows.h"
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
      const FoundRows every = find_interactions(workspace, {1}, {});
      for (const InteractionRow& row : read_interactions(workspace, every, 0, every.count))
        if (row.item == item) all.push_back(row);
      QCOMPARE(all.empty(), item == 6);
      for (const auto order : {RowColumn::User, RowColumn::Rating, RowColumn::Time}) {
        std::vector<InteractionRow> expected = all;
        std::stable_sort(expected.begin(), expected.end(), [&](const InteractionRow& a, const InteractionRow& b) {
          return order == RowColumn::Rating ? a.rating < b.rating : order == RowColumn::Time && a.time < b.time;
        });
        for (const bool descending : {false, true}) {
          if (descending) std::reverse(expected.begin(), expected.end());
          RowQuery query{1, "", {}, {{order, descending}}, item};
          if (order == RowColumn::User && !descending) query.order.clear();
          const FoundRows found = find_interactions(workspace, query, {});
          QCOMPARE(found.count, std::ssize(expected));
          std::vector<InteractionRow> paged;
          for (int64_t offset = 0; offset <= found.count; offset += 7) {
            const auto page = read_interactions(workspace, found, offset, 7);
            paged.insert(paged.end(), page.begin(), page.end());
          }
          QCOMPARE(paged.size(), expected.size());
          for (size_t i = 0; i < paged.size(); ++i) QCOMPARE(paged[i].id, expected[i].id);
        }
      }
    }
    QCOMPARE(find_interactions(workspace, {1, "", {}, {}, 77}, {}).count, int64_t{0});
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
  }
};

QTEST_GUILESS_MAIN(ItemRowsTest)
#include "item_rows_test.moc"
