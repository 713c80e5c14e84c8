// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QString>
#include <QWidget>
#include <vector>

namespace prefscope {

/// Where a candidate's log-prob comes from: the base model's, then what each run added, then the sum. One column for
/// each candidate, all on one axis.
class ScoreWaterfall : public QWidget {
  Q_OBJECT
 public:
  struct Column {
    QString title;
    QColor color;
    double base = 0;            ///< log-prob under the base model, nats
    std::vector<double> added;  ///< by run
    qint64 item = 0;
  };

  explicit ScoreWaterfall(QWidget* parent = nullptr);
  /// models: base, then the runs.
  void setColumns(const QStringList& models, std::vector<Column> columns);
  /// The candidate that the pointer is on, here or in another picture; 0: none.
  void setHovered(qint64 item);
  /// title,part,nats: the parts, then their sum.
  QString csv() const;
  QSize minimumSizeHint() const override;

 Q_SIGNALS:
  /// 0: the pointer is on none.
  void candidateHovered(qint64 item);

 protected:
  void paintEvent(QPaintEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void leaveEvent(QEvent* event) override;
  void changeEvent(QEvent* event) override;

 private:
  QStringList m_models;
  std::vector<Column> m_columns;
  double m_low = 0, m_high = 1;
  qint64 m_hovered = 0;
};

}  // namespace prefscope
