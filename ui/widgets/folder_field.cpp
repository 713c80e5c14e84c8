// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/folder_field.h"

#include <QDir>
#include <QFileDialog>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>

#include "ui/theme.h"
#include "ui/widgets/card.h"

namespace prefscope {

FolderField::FolderField(const QString& name, QWidget* parent) : QWidget(parent), m_name(name) {
  m_folder = new QLineEdit(this);
  m_folder->setObjectName(QStringLiteral("exportFolder"));
  m_folder->setAccessibleName(tr("Folder"));
  m_folder->setToolTip(tr("A folder that is absent or empty"));
  auto* browse = new QPushButton(tr("Browse…"), this);
  browse->setAutoDefault(false);
  connect(browse, &QPushButton::clicked, this, &FolderField::ask);
  m_trouble = makeLabel({}, "smallWarning", this);
  m_trouble->setObjectName(QStringLiteral("exportTrouble"));
  m_trouble->setWordWrap(true);
  auto* line = new QHBoxLayout;
  line->setSpacing(gridUnit);
  line->addWidget(m_folder, 1);
  line->addWidget(browse);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(gridUnit);
  layout->addLayout(line);
  layout->addWidget(m_trouble);
  setFocusProxy(m_folder);
  connect(m_folder, &QLineEdit::textChanged, this, &FolderField::check);
}

QString FolderField::folder() const {
  return m_folder->text().trimmed();
}

void FolderField::setFolder(const QString& folder) {
  m_folder->setText(folder);
}

bool FolderField::isFree() const {
  const QFileInfo place(folder());
  return !folder().isEmpty() && (!place.exists() || (place.isDir() && QDir(folder()).isEmpty()));
}

void FolderField::check() {
  m_trouble->setText(folder().isEmpty() || isFree()
                         ? QString()
                         : tr("There is something of that name already. Choose a folder that is absent or empty."));
  Q_EMIT changed();
}

void FolderField::ask() {
  auto* dialog = new QFileDialog(this, tr("Export into a folder"));
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setFileMode(QFileDialog::Directory);
  dialog->setOption(QFileDialog::ShowDirsOnly);
  connect(dialog, &QFileDialog::fileSelected, this, [this](const QString& folder) {
    const QDir chosen(folder);  // one that holds something is where ours is made
    setFolder(chosen.isEmpty() ? folder : chosen.filePath(m_name));
  });
  dialog->open();
}

}  // namespace prefscope
