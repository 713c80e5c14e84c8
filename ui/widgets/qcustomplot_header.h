// SPDX-License-Identifier: GPL-3.0-or-later
/// The only way in to QCustomPlot: its header uses Qt's keywords, which the rest of the program does without.
#pragma once
#include <QObject>

#ifndef signals
#define PREFSCOPE_KEYWORDS_FOR_QCUSTOMPLOT
#define signals Q_SIGNALS
#define slots Q_SLOTS
#define emit
#define foreach Q_FOREACH
#endif
#include <qcustomplot.h>
#ifdef PREFSCOPE_KEYWORDS_FOR_QCUSTOMPLOT
#undef PREFSCOPE_KEYWORDS_FOR_QCUSTOMPLOT
#undef signals
#undef slots
#undef emit
#undef foreach
#endif
