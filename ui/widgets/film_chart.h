// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QWidget>

#include "engine/tasks/film.h"

namespace prefscope {

/// A case over its training, a moment a column: above the target's margin, below the rank of every candidate, the
/// target's in its colour. A click, a drag and the arrow keys choose the moment that stands beside it.
class FilmChart : public QWidget {
  Q_OBJECT
 public:
  explicit FilmChart(QWidget* parent = nullptr);
  void setFilm(const Film& film);
  void setMoment(int frame);
  int moment() const { return m_moment; }
  /// model,step,title,rank,log_prob: a line a candidate and moment.
  QString csv() const;
  QSize minimumSizeHint() const override;
  QSize sizeHint() const override;

 Q_SIGNALS:
  void momentChosen(int frame);

 protected:
  void paintEvent(QPaintEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void changeEvent(QEvent* event) override;

 private:
  int count() const { return static_cast<int>(m_film.frames.size()); }
  double x(int frame) const;
  QRectF margins() const;
  QRectF ranks() const;
  void choose(int frame);
  void drawHead(QPainter& p) const;
  void drawMargins(QPainter& p) const;
  void drawRanks(QPainter& p) const;

  Film m_film;
  size_t m_target = 0;
  int m_moment = 0;
};

/// "SFT 1, step 12", "base model".
QString momentText(const FilmFrame& frame);

}  // namespace prefscope
