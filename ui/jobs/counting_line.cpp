// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/jobs/counting_line.h"

#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>

#include "ui/theme.h"
#include "ui/widgets/card.h"

namespace prefscope {

CountingLine::CountingLine(JobQueue& queue, QWidget* parent) : QWidget(parent), m_queue(queue) {
  m_line = new JobLine(queue, this);
  m_trouble = makeLabel({}, "muted", this);
  m_trouble->setWordWrap(true);
  m_again = new QPushButton(tr("Count again"), this);
  m_again->setObjectName(QStringLiteral("countAgain"));
  m_again->setAutoDefault(false);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(gridUnit);
  layout->addWidget(m_line);
  layout->addWidget(m_trouble);
  layout->addWidget(m_again, 0, Qt::AlignLeft);
  connect(m_line, &JobLine::stopped, this, [this] { say(tr("Counting was stopped.")); });
  connect(m_again, &QPushButton::clicked, this, [this] { m_begin(); });
  hide();
}

int CountingLine::restart() {
  m_trouble->hide();
  m_again->hide();
  show();
  return ++m_generation;
}

void CountingLine::drop() {
  ++m_generation;
  m_line->drop();
  hide();
}

void CountingLine::say(const QString& trouble) {
  m_trouble->setText(trouble);
  m_trouble->show();
  m_again->show();
  show();
}

}  // namespace prefscope
