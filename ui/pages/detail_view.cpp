// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/detail_view.h"

#include <QPushButton>
#include <QShortcut>
#include <QStackedWidget>
#include <QVBoxLayout>

#include "ui/pages/item_panel.h"
#include "ui/pages/user_panel.h"
#include "ui/theme.h"
#include "ui/workbench.h"

namespace prefscope {
namespace {

constexpr size_t mostSteps = 100;
constexpr qsizetype mostTitle = 40;  // characters on the button

}  // namespace

DetailView::DetailView(Workbench& workbench, QWidget* parent) : QWidget(parent), m_workbench(workbench) {
  m_back = new QPushButton(this);
  m_back->setObjectName(QStringLiteral("detailBack"));
  m_back->setProperty("flat", true);
  m_back->setAutoDefault(false);
  m_back->hide();
  m_user = new UserPanel(workbench, this);
  m_item = new ItemPanel(workbench, this);
  m_stack = new QStackedWidget(this);
  m_stack->addWidget(m_user);
  m_stack->addWidget(m_item);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(gridUnit);
  layout->addWidget(m_back, 0, Qt::AlignLeft);
  layout->addWidget(m_stack, 1);
  auto* shortcut = new QShortcut(QKeySequence(Qt::ALT | Qt::Key_Left), this);
  shortcut->setContext(Qt::WidgetWithChildrenShortcut);
  connect(shortcut, &QShortcut::activated, this, &DetailView::back);
  connect(m_back, &QPushButton::clicked, this, &DetailView::back);
  connect(m_user, &UserPanel::named, this, &DetailView::onNamed);
  connect(m_user, &UserPanel::userOpened, this, [this](qint64 user) { go({true, user}); });
  connect(m_user, &UserPanel::itemOpened, this, [this](qint64 item) { go({false, item}); });
  connect(m_item, &ItemPanel::named, this, &DetailView::onNamed);
  connect(m_item, &ItemPanel::userOpened, this, [this](qint64 user) { go({true, user}); });
  connect(m_item, &ItemPanel::itemOpened, this, [this](qint64 item) { go({false, item}); });
}

void DetailView::begin(const Subject& subject) {
  if (m_trail.size() == 1 && m_trail.front().subject == subject) return;
  m_set = m_workbench.dataSet();
  m_trail = {{subject, {}}};
  showLast();
}

void DetailView::clear() {
  m_trail.clear();
  m_back->hide();
  m_user->setUser(0, {});
  m_item->setItem(0, {});
  Q_EMIT titleChanged({});
}

void DetailView::go(const Subject& subject) {
  if (subject == this->subject()) return;
  if (m_trail.size() == mostSteps) m_trail.erase(m_trail.begin());
  m_trail.push_back({subject, {}});
  showLast();
  // What was pressed is gone: the keys stay on the page.
  m_stack->currentWidget()
      ->findChild<QWidget*>(subject.isUser ? QStringLiteral("userTabs") : QStringLiteral("itemTabs"))
      ->setFocus(Qt::OtherFocusReason);
}

void DetailView::back() {
  if (m_trail.size() < 2) return;
  m_trail.pop_back();
  showLast();
}

void DetailView::showLast() {
  const Subject subject = this->subject();
  m_user->setUser(subject.isUser ? subject.id : 0, m_set);
  m_item->setItem(subject.isUser ? 0 : subject.id, m_set);
  m_stack->setCurrentWidget(subject.isUser ? static_cast<QWidget*>(m_user) : m_item);
  const bool some = m_trail.size() > 1;
  m_back->setVisible(some);
  if (some) {
    const QString& title = m_trail[m_trail.size() - 2].title;
    m_back->setText(tr("‹ %1")
                        .arg(title.size() > mostTitle ? title.left(mostTitle) + QChar(0x2026) : title)
                        .replace(u'&', QStringLiteral("&&")));
    m_back->setAccessibleName(tr("Back to %1").arg(title));
    m_back->setToolTip(QStringLiteral("<p>") + tr("Back to %1 (Alt+Left)").arg(title).toHtmlEscaped() +
                       QStringLiteral("</p>"));
  }
  Q_EMIT titleChanged(title());
}

void DetailView::onNamed(const QString& title) {
  if (m_trail.empty()) return;
  m_trail.back().title = title;
  Q_EMIT titleChanged(title);
}

}  // namespace prefscope
