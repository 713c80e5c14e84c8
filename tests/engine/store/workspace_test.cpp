// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/store/workspace.h"
#include <QtTest>

using namespace prefscope;

class WorkspaceTest : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void opens() {
    QTemporaryDir dir;
    Workspace workspace(dir.path().toStdString());
    QCOMPARE(workspace.db().execAndGet("PRAGMA user_version").getInt(), 1);
  }
};

QTEST_GUILESS_MAIN(WorkspaceTest)
#include "workspace_test.moc"
