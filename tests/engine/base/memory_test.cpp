// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/base/memory.h"

#include <QtTest>
#include <fstream>
#include <limits>
#include <vector>

using namespace prefscope;
namespace fs = std::filesystem;

namespace {

constexpr int64_t mib = 1 << 20;

/// A root folder with files of these contents.
fs::path root_with(const QTemporaryDir& dir, const std::vector<std::pair<std::string, std::string>>& files) {
  const fs::path root = dir.path().toStdString();
  for (const auto& [path, content] : files) {
    fs::create_directories((root / path).parent_path());
    std::ofstream(root / path) << content;
  }
  return root;
}

const std::pair<std::string, std::string> meminfo = {
    "proc/meminfo", "MemTotal:       8192000 kB\nMemFree:  1 kB\nMemAvailable:   4096000 kB\n"};
constexpr int64_t machine = int64_t{4096000} * 1024;

}  // namespace

class MemoryTest : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void withoutAGroupTheMachineDecides() {
    QTemporaryDir dir;
    QCOMPARE(available_memory(root_with(dir, {meminfo})), machine);
  }

  /// 1000 MiB allowed, 400 used; the group above allows 500 MiB and uses 450: 50 are left.
  void version2TakesTheTightestAbove() {
    QTemporaryDir dir;
    const fs::path root = root_with(dir, {meminfo,
                                          {"proc/self/cgroup", "0::/user/app\n"},
                                          {"sys/fs/cgroup/user/app/memory.max", std::to_string(1000 * mib) + "\n"},
                                          {"sys/fs/cgroup/user/app/memory.current", std::to_string(400 * mib) + "\n"},
                                          {"sys/fs/cgroup/user/memory.max", std::to_string(500 * mib) + "\n"},
                                          {"sys/fs/cgroup/user/memory.current", std::to_string(450 * mib) + "\n"}});
    QCOMPARE(available_memory(root), 50 * mib);
  }

  void version2WithoutALimit() {
    QTemporaryDir dir;
    const fs::path root = root_with(dir, {meminfo,
                                          {"proc/self/cgroup", "0::/\n"},
                                          {"sys/fs/cgroup/memory.max", "max\n"},
                                          {"sys/fs/cgroup/memory.current", "12\n"}});
    QCOMPARE(available_memory(root), machine);
  }

  /// In a container the path is the host's: the mount itself holds the files. More used than allowed leaves nothing.
  void version1InAContainer() {
    QTemporaryDir dir;
    const std::string limit = "sys/fs/cgroup/memory/memory.limit_in_bytes",
                      usage = "sys/fs/cgroup/memory/memory.usage_in_bytes";
    const std::pair<std::string, std::string> groups = {"proc/self/cgroup", "5:cpu:/\n4:memory:/docker/abc\n0::/\n"};
    QCOMPARE(available_memory(root_with(dir, {meminfo, groups, {limit, "1048576000"}, {usage, "524288000"}})),
             500 * mib);
    QCOMPARE(available_memory(root_with(dir, {{usage, "2097152000"}})), int64_t{0});
    QCOMPARE(available_memory(root_with(dir, {{limit, "9223372036854771712"}})), machine);  // no limit there
  }

  void brokenFilesAreNoLimit() {
    QTemporaryDir dir;
    QCOMPARE(available_memory(dir.path().toStdString()), std::numeric_limits<int64_t>::max());
    const fs::path root = root_with(dir, {{"proc/meminfo", "MemAvailable: lots\n"},
                                          {"proc/self/cgroup", "nonsense\n0::/\n4:memory\n"},
                                          {"sys/fs/cgroup/memory.max", ""},
                                          {"sys/fs/cgroup/memory.current", "99999999999999999999999999\n"}});
    QCOMPARE(available_memory(root), std::numeric_limits<int64_t>::max());
  }

  /// 256 MiB that are written to are seen, and forgotten by a new peak.
  void thePeakIsSeen() {
    QVERIFY(available_memory() > 0);
    const int64_t before = resident_memory();
    QVERIFY(before > mib);
    {
      std::vector<char> block(256 * mib, 1);
      QVERIFY(block[1000] == 1);
      QVERIFY(resident_memory() - before > 200 * mib);
    }
    QVERIFY(peak_memory() - before > 200 * mib);
    if (!reset_peak_memory()) QSKIP("this kernel does not reset the peak");
    QVERIFY(peak_memory() - before < 100 * mib);
  }
};

QTEST_GUILESS_MAIN(MemoryTest)
#include "memory_test.moc"
