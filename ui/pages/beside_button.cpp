// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/beside_button.h"

#include <QKeyEvent>
#include <QMenu>
#include <QMouseEvent>

#include "ui/workbench.h"

namespace prefscope {
namespace {

QString besideKey() {
  return QStringLiteral("case/beside");
}

}  // namespace

BesideButton::BesideButton(Workbench& workbench, QWidget* parent)
    : QPushButton(parent),
      m_workbench(workbench),
      m_chosen(workbench.settings().value(besideKey()).toStringList()),
      m_fitted(make_classic_models()) {
  setObjectName(QStringLiteral("besideModels"));
  setProperty("pill", true);
  setProperty("menu", true);
  setShortcut(Qt::CTRL | Qt::SHIFT | Qt::Key_B);
  setText(tr("beside"));
  setToolTip(
      tr("<p>Other models on the same list, a column of ranks each: classic ones, the base model, other runs "
         "(Ctrl+Shift+B; the space bar marks several).</p><p>The scores of classic models are not nats: they enter no "
         "margin, no dumbbell and no waterfall.</p>"));
  m_menu = new QMenu(this);
  m_menu->setToolTipsVisible(true);
  m_menu->installEventFilter(this);
  setMenu(m_menu);
  connect(m_menu, &QMenu::aboutToShow, this, &BesideButton::fillMenu);
  connect(&workbench, &Workbench::runsChanged, this, [this] {
    if (m_case && !m_chosen.isEmpty()) ask();  // one that is shown may be gone
  });
  connect(&workbench.jobs(), &JobQueue::jobFinished, this, [this](const Job& job) {
    if (job.id != m_job) return;
    m_job = 0;
    if (job.state == JobState::Cancelled && !m_wanted) Q_EMIT changed({});  // the person stopped it; the next case asks
    start();
  });
}

BesideButton::~BesideButton() {
  if (m_job != 0) m_workbench.jobs().cancel(m_job);
}

void BesideButton::setCase(const RankOptions& options) {
  m_case = options;
  ask();
}

void BesideButton::choose(const QString& key, bool chosen) {
  m_chosen.removeAll(key);
  if (chosen) m_chosen << key;
  m_workbench.settings().setValue(besideKey(), m_chosen);
  if (m_job != 0 && !chosen) m_workbench.jobs().cancel(m_job);  // it may be fitting what is not wanted any more
  if (m_case) ask();
}

std::vector<BesideButton::Offer> BesideButton::offers() {
  const std::pair<const char*, QString> classics[] = {
      {"random", tr("Chance: a seeded draw")},
      {"popularity", tr("By how many training users have the item")},
      {"itemknn", tr("By likeness to the history: items that the same training users had (Jaccard, 100 nearest)")},
      {"ease", tr("A linear model of which items go together (lambda 100)")}};
  std::vector<Offer> all;
  for (const auto& [name, tip] : classics)
    all.push_back({QString::fromLatin1(name), toQt(classic_title(name)), tip, std::nullopt, true});
  if (!m_case) return all;
  if (m_case->run)
    all.push_back({QStringLiteral("base"), tr("base"), tr("The base model, without any adapter"), std::nullopt, false});
  m_workbench.attempt(tr("The runs could not be read"), [&] {
    if (!m_workbench.dataSet()) return;
    for (const Run& run : list_runs(m_workbench.workspace(), m_workbench.dataSet()->id)) {
      if (run.status != RunStatus::Done || run.preparation != m_case->preparation || run.id == m_case->run) continue;
      all.push_back({QStringLiteral("run:%1").arg(run.id), toQt(run.name), tr("Run %1").arg(run.id), run.id, false});
    }
  });
  return all;
}

std::vector<BesideButton::Offer> BesideButton::chosenOffers() {
  std::vector<Offer> chosen = offers();
  std::erase_if(chosen, [this](const Offer& offer) { return !m_chosen.contains(offer.key); });
  return chosen;
}

void BesideButton::fillMenu() {
  m_menu->clear();
  bool classic = false;
  for (const Offer& offer : offers()) {
    if (offer.classic != classic) m_menu->addSection(offer.classic ? tr("Classic models") : tr("Language models"));
    classic = offer.classic;
    QString title = offer.title;  // a run's name is outside text: no letter of it is a shortcut
    QAction* action = m_menu->addAction(title.replace(QLatin1Char('&'), QStringLiteral("&&")));
    action->setToolTip(offer.tip.toHtmlEscaped());
    action->setObjectName(offer.key);
    action->setCheckable(true);
    action->setChecked(m_chosen.contains(offer.key));
    connect(action, &QAction::toggled, this, [this, key = offer.key](bool on) { choose(key, on); });
  }
}

/// A click or the space bar marks a model and leaves the menu open, for the next one.
bool BesideButton::eventFilter(QObject* watched, QEvent* event) {
  QAction* action = nullptr;
  if (event->type() == QEvent::MouseButtonRelease)
    action = m_menu->actionAt(static_cast<QMouseEvent*>(event)->position().toPoint());
  if (event->type() == QEvent::KeyPress && static_cast<QKeyEvent*>(event)->key() == Qt::Key_Space)
    action = m_menu->activeAction();
  if (!action || !action->isCheckable()) return QPushButton::eventFilter(watched, event);
  action->toggle();
  return true;
}

void BesideButton::ask() {
  ++m_asked;
  std::vector<BesideModel> pending;
  for (const Offer& offer : chosenOffers())
    pending.push_back({offer.title.toStdString(), offer.run, offer.classic, {}, {}});
  setText(pending.empty() ? tr("beside") : tr("beside: %1").arg(pending.size()));
  m_wanted = !pending.empty();
  Q_EMIT changed(pending);
  start();
}

void BesideButton::start() {
  if (m_job != 0 || !m_wanted) return;
  m_wanted = false;
  BesideOptions beside;
  QStringList titles;
  for (const Offer& offer : chosenOffers()) {
    titles << offer.title;
    if (offer.classic) {
      beside.classics.push_back(offer.key.toStdString());
    } else if (offer.run) {
      beside.runs.push_back(*offer.run);
    } else {
      beside.base = true;
    }
  }
  m_job = m_workbench.jobs().submit(
      JobKind::Light, tr("Ranking the list by %1").arg(titles.join(QStringLiteral(", "))),
      [options = *m_case, beside, fitted = m_fitted](const TaskContext& context) {
        return rank_beside(options, beside, *fitted, context);
      },
      this,
      [this, asked = m_asked](const std::vector<BesideModel>& models) {
        if (asked == m_asked) Q_EMIT changed(models);
      },
      [this, asked = m_asked](const QString& message) {
        if (asked != m_asked) return;
        Q_EMIT changed({});
        m_workbench.reportError(tr("The list could not be ranked by the models beside"), message);
      });
}

}  // namespace prefscope
