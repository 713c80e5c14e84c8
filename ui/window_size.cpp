// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/window_size.h"

#include <QEvent>
#include <QTimer>
#include <algorithm>

namespace prefscope {
namespace {

// A window manager says how large the frame is, and where it put it, a moment after the window is shown.
constexpr int lookMs = 50, looks = 20;

/// Looks after a window for the first second that it is shown.
class Settler : public QObject {
 public:
  explicit Settler(QWidget* window) : QObject(window), m_window(window) {
    window->installEventFilter(this);
    m_timer.setInterval(lookMs);
    connect(&m_timer, &QTimer::timeout, this, [this] {
      settle();
      if (--m_left == 0) deleteLater();
    });
  }
  bool eventFilter(QObject*, QEvent* event) override {
    if (event->type() == QEvent::Show) m_timer.start();
    return false;
  }

 private:
  void settle() {
    if (!m_window->isVisible() || m_window->isMaximized() || m_window->isFullScreen()) return;
    const QRect frame = m_window->frameGeometry();
    const QRect fitted = fittedFrame(frame, m_window->screen()->availableGeometry());
    if (fitted.size() != frame.size()) m_window->resize(m_window->size() - (frame.size() - fitted.size()));
    if (fitted.topLeft() != frame.topLeft()) m_window->move(fitted.topLeft());
  }

  QWidget* m_window;
  QTimer m_timer;
  int m_left = looks;
};

}  // namespace

QRect fittedFrame(const QRect& frame, const QRect& available) {
  const QSize size = frame.size().boundedTo(available.size());
  const int x = std::clamp(frame.x(), available.x(), available.x() + available.width() - size.width());
  const int y = std::clamp(frame.y(), available.y(), available.y() + available.height() - size.height());
  return {QPoint(x, y), size};
}

QPoint placeAside(const QRect& other, const QSize& size, const QRect& available) {
  const int right = other.x() + other.width();
  int x = right;
  if (right + size.width() > available.x() + available.width())
    x = other.x() - size.width() >= available.x() ? other.x() - size.width() : right - size.width();
  const int y = other.y() + other.height() - size.height();
  return fittedFrame({QPoint(x, y), size}, available).topLeft();
}

void fitOnScreen(QWidget* window, const QSize& wanted) {
  window->resize(fittingSize(*window, wanted));
  new Settler(window);
}

void fitAside(QWidget* window, const QWidget& other, const QSize& wanted) {
  fitOnScreen(window, wanted);
  // The frames of windows are alike.
  const QSize frame = other.frameGeometry().size() - other.size();
  window->move(placeAside(other.frameGeometry(), window->size() + frame, other.screen()->availableGeometry()));
}

}  // namespace prefscope
