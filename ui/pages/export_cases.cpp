// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/export_cases.h"

#include "engine/base/files.h"
#include "engine/explain/case_html.h"
#include "engine/explain/case_json.h"
#include "engine/explain/case_markdown.h"
#include "ui/pages/case_pdf.h"
#include "ui/workbench.h"

namespace prefscope {

void exportCases(const std::vector<KeptCase>& cases, const QString& format, const QString& file) {
  if (format == QLatin1String("md")) {
    write_notebook_markdown(cases, toPath(file));
  } else if (format == QLatin1String("pdf")) {
    writeNotebookPdf(cases, file);
  } else {
    write_file_atomically(toPath(file), format == QLatin1String("json") ? cases_json(cases) : notebook_html(cases));
  }
}

QString exportFilter(const QString& format) {
  if (format == QLatin1String("md")) return Workbench::tr("Markdown (*.md)");
  if (format == QLatin1String("pdf")) return Workbench::tr("PDF (*.pdf)");
  return format == QLatin1String("json") ? Workbench::tr("case.json (*.json)") : Workbench::tr("HTML page (*.html)");
}

}  // namespace prefscope
