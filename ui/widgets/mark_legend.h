// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QTextEdit>

namespace prefscope {

/// One line that says how the parts of a rationale are marked.
class MarkLegend : public QTextEdit {
  Q_OBJECT
 public:
  explicit MarkLegend(QWidget* parent = nullptr);

 protected:
  void changeEvent(QEvent* event) override;

 private:
  void fill();
};

}  // namespace prefscope
