// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/case_pdf.h"

#include <QBuffer>
#include <QFont>
#include <QImage>
#include <QPainter>
#include <QPdfWriter>
#include <QSvgRenderer>
#include <QTextBlock>
#include <QTextCursor>
#include <QTextDocument>
#include <QTextTable>
#include <QThread>
#include <QUrl>
#include <algorithm>
#include <memory>

#include "engine/base/error.h"
#include "engine/base/files.h"
#include "engine/explain/case_markdown.h"
#include "ui/workbench.h"

namespace prefscope {
namespace {

constexpr double pageWidth = 640;    // of the text, in pixels of 96 to the inch: A4 less its margins
constexpr double figureWidth = 440;  // of a square plane; two would be too small to read side by side
constexpr int sharpness = 3;         // pixels of a figure for each of these

/// A figure as an image of a width; its height by its shape.
QImage drawn(const std::string& svg, double width) {
  QSvgRenderer renderer(QByteArray::fromStdString(svg));
  const QSizeF size = renderer.defaultSize();
  if (!renderer.isValid() || size.isEmpty()) return {};
  QImage image(QSize(qRound(width * sharpness), qRound(width * sharpness * size.height() / size.width())),
               QImage::Format_RGB32);
  image.fill(Qt::white);
  QPainter painter(&image);
  painter.setRenderHint(QPainter::Antialiasing);
  renderer.render(&painter);
  return image;
}

/// Thin lines between rows, no frames, small text; a head that is repeated where a page ends.
void styleTables(QTextFrame* frame) {
  for (QTextFrame* child : frame->childFrames()) {
    auto* table = qobject_cast<QTextTable*>(child);
    if (!table) {
      styleTables(child);
      continue;
    }
    QTextTableFormat format = table->format();
    format.setBorder(0);
    format.setCellPadding(4);
    format.setCellSpacing(0);
    format.setBorderCollapse(true);
    format.setHeaderRowCount(1);
    format.setTopMargin(4);
    format.setBottomMargin(8);
    table->setFormat(format);
    for (int row = 0; row < table->rows(); ++row) {
      for (int column = 0; column < table->columns(); ++column) {
        QTextTableCell cell = table->cellAt(row, column);
        QTextTableCellFormat look = cell.format().toTableCellFormat();
        look.setBottomBorder(row == 0 ? 1 : 0.5);
        look.setBottomBorderStyle(QTextFrameFormat::BorderStyle_Solid);
        look.setBottomBorderBrush(QColor(row == 0 ? 0x5b6472 : 0xc3c9d3));
        cell.setFormat(look);
        QTextCursor inside = cell.firstCursorPosition();
        inside.setPosition(cell.lastCursorPosition().position(), QTextCursor::KeepAnchor);
        QTextCharFormat text;
        text.setFontPointSize(7.5);
        inside.mergeCharFormat(text);
      }
    }
  }
}

/// Figures get their width, headings their distance, and each case but the first a page of its own.
void styleBlocks(QTextDocument& document) {
  bool first = true;
  for (QTextBlock block = document.begin(); block.isValid(); block = block.next()) {
    QTextCursor cursor(block);
    if (const int level = block.blockFormat().headingLevel(); level > 0) {
      QTextBlockFormat format;
      format.setTopMargin(level == 1 ? 0 : 12);
      format.setBottomMargin(4);
      if (level == 1 && !first) format.setPageBreakPolicy(QTextFormat::PageBreak_AlwaysBefore);
      if (level == 1) first = false;
      cursor.mergeBlockFormat(format);
      cursor.select(QTextCursor::BlockUnderCursor);
      QTextCharFormat text;
      text.setFontPointSize(level == 1 ? 14 : 11);
      text.setFontWeight(QFont::DemiBold);
      cursor.setCharFormat(text);  // in place of the reader's, which makes sizes of its own
      continue;
    }
    for (auto fragment = block.begin(); !fragment.atEnd(); ++fragment) {
      if (!fragment.fragment().charFormat().isImageFormat()) continue;
      QTextImageFormat image = fragment.fragment().charFormat().toImageFormat();
      const bool plane = image.name().contains(QLatin1String("plane"));
      const auto picture = document.resource(QTextDocument::ImageResource, QUrl(image.name())).value<QImage>();
      image.setWidth(plane ? figureWidth : pageWidth);
      image.setHeight(image.width() * picture.height() / std::max(1, picture.width()));
      QTextCursor at(block);
      at.setPosition(fragment.fragment().position());
      at.setPosition(fragment.fragment().position() + fragment.fragment().length(), QTextCursor::KeepAnchor);
      at.setCharFormat(image);
      break;
    }
  }
}

/// The bytes of the PDF. Wants a thread of Qt's: a text document starts timers.
QByteArray pdfOf(const std::vector<KeptCase>& cases) {
  const CaseMarkdown markdown = notebook_markdown(cases, "figures");
  QTextDocument document;
  QFont font(QStringLiteral("Sans Serif"));
  font.setPointSizeF(9);
  document.setDefaultFont(font);
  QTextOption option;
  option.setWrapMode(QTextOption::WrapAtWordBoundaryOrAnywhere);  // a title of 4,000 letters stays on the page
  document.setDefaultTextOption(option);
  document.setMarkdown(toQt(markdown.text), QTextDocument::MarkdownDialectGitHub);
  // After the text, which clears what there was.
  for (const auto& [path, svg] : markdown.figures) {
    const bool plane = path.find("plane") != std::string::npos;
    document.addResource(QTextDocument::ImageResource, QUrl(toQt(path)), drawn(svg, plane ? figureWidth : pageWidth));
  }
  styleBlocks(document);
  styleTables(document.rootFrame());

  QByteArray bytes;
  QBuffer buffer(&bytes);
  buffer.open(QIODevice::WriteOnly);
  {
    QPdfWriter writer(&buffer);
    writer.setResolution(300);
    writer.setPageSize(QPageSize(QPageSize::A4));
    writer.setPageMargins(QMarginsF(0, 0, 0, 0));  // print() leaves 2 cm itself
    writer.setCreator(QStringLiteral("Prefscope"));
    document.print(&writer);
  }
  return bytes;
}

}  // namespace

void writeNotebookPdf(const std::vector<KeptCase>& cases, const QString& file) {
  QByteArray bytes;
  const std::unique_ptr<QThread> thread(QThread::create([&] { bytes = pdfOf(cases); }));
  thread->start();
  thread->wait();
  write_file_atomically(toPath(file), std::string_view(bytes.constData(), static_cast<size_t>(bytes.size())));
}

}  // namespace prefscope
