// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/picture_menu.h"

#include <QApplication>
#include <QClipboard>
#include <QFileDialog>
#include <QFileInfo>
#include <QMenu>
#include <QMessageBox>
#include <QPageSize>
#include <QPainter>
#include <QPdfWriter>
#include <QSaveFile>
#include <QSvgGenerator>
#include <QWidget>

#include "ui/theme.h"

namespace prefscope {
namespace {

constexpr double scale = 2;  // of pictures in pixels

bool drawOn(QPaintDevice* device, QWidget* widget, const DrawPicture& draw) {
  if (draw) return draw(device);
  QPainter painter;
  if (!painter.begin(device)) return false;
  painter.fillRect(widget->rect(), theme().surface);
  widget->render(&painter, {}, {}, QWidget::DrawChildren);
  return painter.end();
}

QPixmap pictureOf(QWidget* widget, const DrawPicture& draw) {
  QPixmap picture(widget->size() * scale);
  picture.setDevicePixelRatio(scale);
  picture.fill(theme().surface);
  drawOn(&picture, widget, draw);
  return picture;
}

bool isNumber(const QString& text) {
  bool number = false;
  text.toDouble(&number);
  return number;
}

void askFile(QWidget* widget, const QString& name, const QString& csv, const DrawPicture& draw) {
  const QString file =
      QFileDialog::getSaveFileName(widget, QWidget::tr("Save picture or data"), name + QStringLiteral(".png"),
                                   QWidget::tr("Picture (*.png *.svg *.pdf);;Data (*.csv)"));
  if (!file.isEmpty() && !savePicture(widget, file, csv, draw))
    QMessageBox::warning(widget, QWidget::tr("It could not be saved"),
                         QWidget::tr("%1: choose a name that ends in .png, .svg, .pdf or .csv, in a folder that can be "
                                     "written.")
                             .arg(file));
}

}  // namespace

void addPictureMenu(QWidget* widget, const QString& name, std::function<QString()> csv, DrawPicture draw) {
  widget->setContextMenuPolicy(Qt::CustomContextMenu);
  QObject::connect(widget, &QWidget::customContextMenuRequested, widget, [widget, name, csv, draw](const QPoint& at) {
    QMenu menu(widget);
    menu.addAction(QWidget::tr("Copy picture"),
                   [widget, draw] { QApplication::clipboard()->setPixmap(pictureOf(widget, draw)); });
    menu.addAction(QWidget::tr("Copy data"), [csv] { QApplication::clipboard()->setText(csv()); });
    menu.addAction(QWidget::tr("Save picture or data…"),
                   [widget, name, csv, draw] { askFile(widget, name, csv(), draw); });
    menu.exec(widget->mapToGlobal(at));
  });
}

bool savePicture(QWidget* widget, const QString& file, const QString& csv, const DrawPicture& draw) {
  const QString ending = QFileInfo(file).suffix().toLower();
  if (ending == QStringLiteral("png")) return pictureOf(widget, draw).save(file, "PNG");
  if (ending == QStringLiteral("csv")) {
    QSaveFile out(file);
    return out.open(QIODevice::WriteOnly) && out.write(csv.toUtf8()) >= 0 && out.commit();
  }
  if (ending == QStringLiteral("svg")) {
    QSvgGenerator svg;
    svg.setFileName(file);
    svg.setSize(widget->size());
    svg.setViewBox(widget->rect());
    return drawOn(&svg, widget, draw);
  }
  if (ending != QStringLiteral("pdf")) return false;
  QPdfWriter pdf(file);
  pdf.setResolution(96);
  pdf.setPageMargins({});
  pdf.setPageSize(QPageSize(QSizeF(widget->size()) * 72 / 96, QPageSize::Point));
  return drawOn(&pdf, widget, draw);
}

QString csvLine(const QStringList& fields) {
  QStringList written;
  for (QString field : fields) {
    if (!field.isEmpty() && QStringLiteral("=+-@\t\r").contains(field[0]) && !isNumber(field)) field.prepend(u'\'');
    if (field.contains(u'"') || field.contains(u',') || field.contains(u'\n') || field.contains(u'\r'))
      field = u'"' + field.replace(QStringLiteral("\""), QStringLiteral("\"\"")) + u'"';
    written << field;
  }
  return written.join(u',') + u'\n';
}

QString exact(double value) {
  return QString::number(value, 'g', QLocale::FloatingPointShortest);
}

}  // namespace prefscope
