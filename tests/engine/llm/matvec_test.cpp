// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/llm/matvec.h"

#include <ATen/Parallel.h>

#include <QtTest>

#include "tests/engine/llm/small_models.h"

using namespace prefscope;

class MatvecTest : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void equalsTheLibrarysProduct_data() {
    QTest::addColumn<int>("out");
    QTest::addColumn<int>("in");
    // Rows that are whole wide registers, that are not, and fewer than one; as many that threads share them.
    for (const auto& [out, in] : {std::pair{1, 1}, {3, 31}, {5, 32}, {7, 33}, {64, 100}, {4096, 512}, {1000, 1537}})
      QTest::addRow("%d x %d", out, in) << out << in;
  }
  void equalsTheLibrarysProduct() {
    QFETCH(int, out);
    QFETCH(int, in);
    at::manual_seed(7);
    const at::Tensor weight = at::randn({out, in}), x = at::randn({1, in});
    const at::Tensor expected = at::linear(x.to(at::kDouble), weight.to(at::kDouble));
    const at::Tensor found = one_row_linear(x, weight);
    QCOMPARE(found.sizes().vec(), (std::vector<int64_t>{1, out}));
    QVERIFY(relative_difference(found, expected) < 1e-5);
    QVERIFY(one_row_linear(x, weight).equal(found));
    // A row within a larger tensor.
    const at::Tensor wide = at::randn({in, 3});
    QVERIFY(relative_difference(one_row_linear(wide.t().narrow(0, 1, 1), weight),
                                at::linear(wide.t().narrow(0, 1, 1), weight)) < 1e-5);
  }

  void leavesTheRestToTheLibrary() {
    const at::Tensor weight = at::randn({6, 40}), x = at::randn({1, 40}), two = at::randn({2, 40});
    QVERIFY(one_row_linear(two, weight).equal(at::linear(two, weight)));
    const at::Tensor half = weight.to(at::kBFloat16);
    QVERIFY(one_row_linear(x.to(at::kBFloat16), half).equal(at::linear(x.to(at::kBFloat16), half)));
    const at::Tensor turned = at::randn({40, 6}).t();
    QVERIFY(one_row_linear(x, turned).equal(at::linear(x, turned)));
  }
};

QTEST_GUILESS_MAIN(MatvecTest)
#include "matvec_test.moc"
