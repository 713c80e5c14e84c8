// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QString>
#include <QWidget>
#include <vector>

#include "engine/tasks/case_chain.h"

namespace prefscope {

/// Ranks from model to model, a line a candidate; the target and a rival stand out. A move that is within the spread
/// over prompt orders is dashed: it cannot be told from chance. Models beside the chain stand left of it, joined by
/// dots: no step of training leads from them to it.
class RankSlope : public QWidget {
  Q_OBJECT
 public:
  explicit RankSlope(QWidget* parent = nullptr);
  /// beside: those of the chain and those without ranks are left out.
  void setChain(const CaseChain& chain, qint64 rival, const std::vector<BesideModel>& beside = {});
  /// The candidate that the pointer is on, here or in another picture; 0: none.
  void setHovered(qint64 item);
  /// title,model,rank,log_prob,spread: one line a candidate and model; ranks alone of the models beside.
  QString csv() const;
  QSize minimumSizeHint() const override;

 Q_SIGNALS:
  void candidateChosen(qint64 item);
  /// 0: the pointer is on none.
  void candidateHovered(qint64 item);

 protected:
  void paintEvent(QPaintEvent* event) override;
  void mouseReleaseEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void leaveEvent(QEvent* event) override;
  void changeEvent(QEvent* event) override;

 private:
  /// A model's ranks from left to right: those beside, then the chain.
  struct Axis {
    QString name;
    std::vector<double> ranks;  // by saved position
    bool beside;
    double x = 0;
  };

  double y(double rank) const;
  double headHeight() const;
  /// With their places in the width there is.
  std::vector<Axis> axes() const;
  /// By the ranks under the last model; 0: none.
  qint64 itemAt(double height) const;

  CaseChain m_chain;
  std::vector<BesideModel> m_beside;
  qint64 m_rival = 0, m_hovered = 0;
};

}  // namespace prefscope
