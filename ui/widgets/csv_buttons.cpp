// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/csv_buttons.h"

#include <QApplication>
#include <QBoxLayout>
#include <QClipboard>
#include <QFileDialog>
#include <QMessageBox>
#include <QPushButton>

#include "ui/widgets/picture_menu.h"

namespace prefscope {

void addCsvButtons(QBoxLayout* row, QWidget* window, const QString& name, std::function<QString()> csv) {
  const auto button = [&](const char* object, const QString& text, const QString& tip, const QKeySequence& keys) {
    auto* made = new QPushButton(text, window);
    made->setObjectName(QString::fromLatin1(object));
    made->setAutoDefault(false);
    made->setShortcut(keys);
    made->setToolTip(QStringLiteral("%1 (%2)").arg(tip, keys.toString(QKeySequence::NativeText)));
    row->addWidget(made);
    return made;
  };
  auto* copy = button("copyList", QWidget::tr("Copy"), QWidget::tr("Copy the list as CSV"),
                      QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_C));
  auto* save = button("saveList", QWidget::tr("Save…"), QWidget::tr("Save the list as a CSV file"), QKeySequence::Save);
  QObject::connect(copy, &QPushButton::clicked, window, [csv] { QApplication::clipboard()->setText(csv()); });
  QObject::connect(save, &QPushButton::clicked, window, [window, name, csv] {
    const QString file = QFileDialog::getSaveFileName(window, QWidget::tr("Save list"), name + QStringLiteral(".csv"),
                                                      QWidget::tr("Data (*.csv)"));
    if (!file.isEmpty() && !savePicture(window, file, csv()))
      QMessageBox::warning(
          window, QWidget::tr("It could not be saved"),
          QWidget::tr("%1: choose a name that ends in .csv, in a folder that can be written.").arg(file));
  });
}

}  // namespace prefscope
