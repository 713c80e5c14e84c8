// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/export_cases.h"

#include "engine/tasks/notebook.h"
#include "ui/pages/case_pdf.h"
#include "ui/workbench.h"

namespace prefscope {
namespace {

constexpr qsizetype longestPart = 40;

}  // namespace

QString plainName(const QString& text) {
  QString plain;
  for (const QChar c : text.toLower()) {
    if (c.isLetterOrNumber()) {
      plain += c;
    } else if (!plain.isEmpty() && !plain.endsWith(u'-')) {
      plain += u'-';
    }
    if (plain.size() == longestPart) break;
  }
  return plain.endsWith(u'-') ? plain.chopped(1) : plain;
}

QString caseFileName(const QString& user, const QString& model) {
  const QString who = plainName(user), what = plainName(model);
  QString name = who.startsWith(QStringLiteral("user")) ? who : QStringLiteral("user");  // "user 3" says it already
  if (!who.isEmpty() && name != who) name += u'-' + who;
  return what.isEmpty() ? name : name + u'-' + what;
}

void exportCases(const std::vector<KeptCase>& cases, const QString& format, const QString& file) {
  if (format == QLatin1String("pdf")) return writeNotebookPdf(cases, file);
  write_cases(cases, format.toStdString(), toPath(file));
}

QString exportFilter(const QString& format) {
  if (format == QLatin1String("md")) return Workbench::tr("Markdown (*.md)");
  if (format == QLatin1String("pdf")) return Workbench::tr("PDF (*.pdf)");
  return format == QLatin1String("json") ? Workbench::tr("case.json (*.json)") : Workbench::tr("HTML page (*.html)");
}

}  // namespace prefscope
