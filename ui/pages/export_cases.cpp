// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/export_cases.h"

#include "engine/tasks/notebook.h"
#include "ui/pages/case_pdf.h"
#include "ui/workbench.h"

namespace prefscope {

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
