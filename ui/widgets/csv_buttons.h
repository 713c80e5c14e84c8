// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QString>
#include <functional>

class QBoxLayout;
class QWidget;

namespace prefscope {

/// Two buttons at the end of a row below a list: copy it (Ctrl+Shift+C), and save it (Ctrl+S), as CSV. name: of the
/// file that is offered, without its ending. csv: the list as it stands now. The keys count within `window`.
void addCsvButtons(QBoxLayout* row, QWidget* window, const QString& name, std::function<QString()> csv);

}  // namespace prefscope
