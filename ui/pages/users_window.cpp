// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/users_window.h"

#include <QComboBox>
#include <QDoubleSpinBox>
#include <QHeaderView>
#include <QLabel>
#include <QPushButton>
#include <QShortcut>
#include <QTableView>
#include <QVBoxLayout>
#include <unordered_set>

#include "ui/theme.h"
#include "ui/widgets/card.h"
#include "ui/widgets/csv_buttons.h"
#include "ui/window_size.h"

namespace prefscope {
namespace {

constexpr int windowWidth = 680, windowHeight = 460;
constexpr int chosenByHand = -1;  // of m_what: those of a lasso

}  // namespace

UsersWindow::UsersWindow(QWidget* parent) : QDialog(parent), m_model(new MarginListModel(this)) {
  setAttribute(Qt::WA_DeleteOnClose);
  setObjectName(QStringLiteral("usersWindow"));
  setWindowTitle(tr("Held-out users"));
  m_what = new QComboBox(this);
  m_what->setObjectName(QStringLiteral("listedUsers"));
  m_what->setAccessibleName(tr("Users listed"));
  m_what->setToolTip(tr("Which users are listed, and marked in the planes"));
  m_what->addItem(tr("Marked in a plane"), chosenByHand);
  for (const UserRule rule : allRules) m_what->addItem(ruleTitle(rule), static_cast<int>(rule));
  m_moreThan = new QDoubleSpinBox(this);
  m_moreThan->setObjectName(QStringLiteral("moreThan"));
  m_moreThan->setAccessibleName(tr("Least change of the margin, nats"));
  m_moreThan->setToolTip(tr("Changes of the margin above this are listed"));
  m_moreThan->setRange(0, 1000);
  m_moreThan->setDecimals(2);
  m_moreThan->setSingleStep(0.1);
  m_moreThan->setSuffix(tr(" nats"));
  m_count = makeLabel({}, "strong", this);
  m_count->setObjectName(QStringLiteral("userCount"));
  m_table = new QTableView(this);
  m_table->setObjectName(QStringLiteral("marginList"));
  m_table->setAccessibleName(tr("Users with their margins"));
  m_table->setModel(m_model);
  m_table->setShowGrid(false);
  m_table->setWordWrap(false);
  m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
  m_table->setSelectionMode(QAbstractItemView::SingleSelection);
  m_table->setTabKeyNavigation(false);
  m_table->setToolTip(tr("A click or Return opens the user's case"));
  m_table->verticalHeader()->hide();
  m_table->verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
  m_table->verticalHeader()->setDefaultSectionSize(tableRowHeight);
  m_table->horizontalHeader()->setHighlightSections(false);
  m_table->horizontalHeader()->setSectionResizeMode(QHeaderView::Stretch);
  m_table->horizontalHeader()->setSortIndicator(MarginListModel::Change, Qt::DescendingOrder);
  m_table->setSortingEnabled(true);

  auto* head = new QHBoxLayout;
  head->setSpacing(gridUnit);
  head->addWidget(m_what);
  head->addWidget(m_moreThan);
  head->addStretch(1);
  head->addWidget(m_count);
  auto* close = new QPushButton(tr("Close"), this);
  close->setAutoDefault(false);
  close->setToolTip(tr("Close the list and take the marks from the planes (Esc)"));
  connect(close, &QPushButton::clicked, this, &QDialog::close);
  auto* foot = new QHBoxLayout;
  foot->setSpacing(gridUnit);
  m_note = makeLabel({}, "small", this);
  foot->addWidget(m_note);
  foot->addStretch(1);
  addCsvButtons(foot, this, QStringLiteral("users"), [this] { return m_model->csv(); });
  foot->addWidget(close);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(pageMargin, pageMargin, pageMargin, pageMargin);
  layout->setSpacing(gridUnit);
  layout->addLayout(head);
  layout->addWidget(m_table, 1);
  layout->addLayout(foot);
  fitOnScreen(this, {windowWidth, windowHeight});

  const auto open = [this](const QModelIndex& index) {
    if (const MarginPoint* user = m_model->userAt(index.row())) Q_EMIT userOpened(user->example);
  };
  connect(m_table, &QTableView::clicked, this, open);
  for (const int key : {Qt::Key_Return, Qt::Key_Enter}) {
    auto* opens = new QShortcut(QKeySequence(key), m_table, nullptr, nullptr, Qt::WidgetShortcut);
    connect(opens, &QShortcut::activated, this, [this, open] { open(m_table->currentIndex()); });
  }
  connect(m_table->selectionModel(), &QItemSelectionModel::currentRowChanged, this, [this](const QModelIndex& row) {
    const MarginPoint* user = m_model->userAt(row.row());
    Q_EMIT userPointed(user ? user->example : 0);
  });
  connect(m_what, &QComboBox::currentIndexChanged, this, &UsersWindow::list);
  connect(m_moreThan, &QDoubleSpinBox::valueChanged, this, &UsersWindow::list);
  m_table->setFocus();
  list();
}

void UsersWindow::setPoints(const std::vector<MarginPoint>& points, bool hardest) {
  m_points = points;
  m_hardest = hardest;
  list();
}

void UsersWindow::showChosen(const std::vector<qint64>& examples) {
  m_chosen = examples;
  const QSignalBlocker quiet(m_what);
  m_what->setCurrentIndex(0);
  list();
}

void UsersWindow::showRule(UserRule rule) {
  const QSignalBlocker quiet(m_what);
  m_what->setCurrentIndex(m_what->findData(static_cast<int>(rule)));
  // What got worse stands with its greatest loss first.
  m_table->sortByColumn(MarginListModel::Change, rule == UserRule::Worsened || rule == UserRule::NoLongerFirst
                                                     ? Qt::AscendingOrder
                                                     : Qt::DescendingOrder);
  list();
}

void UsersWindow::list() {
  const int what = m_what->currentData().toInt();
  const auto rule = static_cast<UserRule>(what);
  m_moreThan->setVisible(what != chosenByHand && hasThreshold(rule));
  const std::vector<qint64> examples =
      what == chosenByHand ? m_chosen : usersBy(m_points, rule, m_moreThan->value(), m_hardest);
  const std::unordered_set<qint64> wanted(examples.begin(), examples.end());
  std::vector<MarginPoint> users;
  for (const MarginPoint& p : m_points) {
    if (wanted.contains(p.example)) users.push_back(p);
  }
  m_note->setText(m_hardest ? tr("Nats, chosen less the hardest rejected. A click or Return opens the case.")
                            : tr("Nats, chosen less the mean of the rejected. A click or Return opens the case."));
  const MarginPoint* current = m_model->userAt(m_table->currentIndex().row());
  const qint64 kept = current ? current->example : 0;
  m_count->setText(tr("%1 of %2 users").arg(users.size()).arg(m_points.size()));
  m_model->setUsers(std::move(users), m_hardest);
  Q_EMIT listed(examples);
  if (const int row = m_model->rowOf(kept); row >= 0) {
    m_table->selectRow(row);
  } else {
    Q_EMIT userPointed(0);
  }
}

}  // namespace prefscope
