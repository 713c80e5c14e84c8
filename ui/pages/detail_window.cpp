// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/detail_window.h"

#include <QLabel>
#include <QVBoxLayout>
#include <algorithm>

#include "ui/pages/same_set.h"
#include "ui/theme.h"
#include "ui/widgets/card.h"
#include "ui/window_size.h"
#include "ui/workbench.h"

namespace prefscope {
namespace {

constexpr int windowWidth = 960, windowHeight = 760;

QString sizeKey() {
  return QStringLiteral("detail/geometry");
}

}  // namespace

DetailWindow::DetailWindow(Workbench& workbench, const Subject& subject, QWidget* parent)
    : QDialog(parent), m_workbench(workbench) {
  setAttribute(Qt::WA_DeleteOnClose);
  setObjectName(QStringLiteral("detailWindow"));
  auto* title = makeLabel({}, "heading", this);
  title->setWordWrap(true);
  auto* view = new DetailView(workbench, this);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(pageMargin, pageMargin, pageMargin, pageMargin);
  layout->addWidget(title);
  layout->addWidget(view, 1);
  connect(view, &DetailView::titleChanged, this, [this, title](const QString& text) {
    title->setText(text);
    setWindowTitle(text);
  });
  fitOnScreen(this, {windowWidth, windowHeight});
  restoreGeometry(workbench.settings().value(sizeKey()).toByteArray());
  view->begin(subject);
  connect(&workbench, &Workbench::dataSetsChanged, this, [this, view] {
    std::vector<DataSet> sets;
    m_workbench.attempt(tr("The data sets could not be read"), [&] { sets = list_data_sets(m_workbench.workspace()); });
    const auto same = [view](const DataSet& set) { return sameSet(set, view->dataSet()); };
    if (std::none_of(sets.begin(), sets.end(), same)) close();  // its set was deleted
  });
}

DetailWindow::~DetailWindow() {
  m_workbench.settings().setValue(sizeKey(), saveGeometry());
}

}  // namespace prefscope
