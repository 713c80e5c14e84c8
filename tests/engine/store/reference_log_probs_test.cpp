// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/store/reference_log_probs.h"

#include <QtTest>
#include <limits>
#include <set>

#include "engine/base/files.h"

using namespace prefscope;

class ReferenceLogProbsTest : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void keysFollowTheTokens() {
    using Ids = std::vector<int32_t>;
    std::set<std::string> keys;
    for (const auto& [prompt, response] : std::vector<std::pair<Ids, Ids>>{
             {{1, 2}, {3}}, {{1}, {2, 3}}, {{1, 2, 3}, {}}, {{}, {1, 2, 3}}, {{1, 2}, {4}}, {{2, 1}, {3}}}) {
      const std::string key = response_key(prompt, response);
      QCOMPARE(key.size(), size_t{16});
      QVERIFY(keys.insert(key).second);
      QCOMPARE(response_key(prompt, response), key);
    }
    // The first bytes of SHA-256 over "1:" 07 00 00 00 "1:" 08 00 00 00.
    const std::string hex =
        sha256(std::string("1:\7\0\0\0"
                           "1:\10\0\0\0",
                           12));
    const std::string key = response_key(Ids{7}, Ids{8});
    QCOMPARE(QByteArray(key.data(), 16).toHex(), QByteArray(hex.substr(0, 32).c_str()));

    QCOMPARE(reference_key("a").size(), size_t{32});
    QVERIFY(reference_key("a") != reference_key("b"));
  }

  void whatIsKeptIsFound() {
    QTemporaryDir dir;
    Workspace workspace(dir.path().toStdString());
    const std::string policy = reference_key("a"), other = reference_key("b");
    const std::string one(16, '\0'), two(16, 'x'), three(16, '\'');
    keep_reference_log_probs(workspace, policy, {{one, -1.25F}, {two, -0.1F}});
    keep_reference_log_probs(workspace, policy, {{two, -9}});  // the first one stays
    const auto found = find_reference_log_probs(workspace, policy, {two, three, one});
    QCOMPARE(found.size(), size_t{3});
    QVERIFY(found[0] && static_cast<float>(*found[0]) == -0.1F);  // in every bit
    QVERIFY(!found[1]);
    QCOMPARE(found[2], std::optional<double>(-1.25));
    QVERIFY(!find_reference_log_probs(workspace, other, {one})[0]);
  }

  /// A value that is no log-prob is taken for unknown.
  void brokenRowsAreUnknown() {
    QTemporaryDir dir;
    Workspace workspace(dir.path().toStdString());
    const std::string policy = reference_key("a"), one(16, 'a');
    keep_reference_log_probs(workspace, policy, {{one, -std::numeric_limits<double>::infinity()}});
    QVERIFY(!find_reference_log_probs(workspace, policy, {one})[0]);
  }
};

QTEST_GUILESS_MAIN(ReferenceLogProbsTest)
#include "reference_log_probs_test.moc"
