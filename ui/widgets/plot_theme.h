// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

class QCustomPlot;

namespace prefscope {

/// Gives a plot's background, box, grid and axes the colours and fonts of the theme in force. ticks: how many an axis
/// aims at. The zero of the vertical axis is a dashed line.
void paintAxes(QCustomPlot& plot, int ticks);

}  // namespace prefscope
