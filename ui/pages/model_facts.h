// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <optional>

#include "engine/tasks/inspect_model.h"
#include "ui/widgets/card.h"

class QGridLayout;

namespace prefscope {

/// What a model is, and the adapter on it: names and values in columns.
class ModelFacts : public Card {
  Q_OBJECT
 public:
  explicit ModelFacts(QWidget* parent = nullptr);
  void setModel(const ModelDescription& model, const std::optional<AdapterDescription>& adapter);
  /// Instead: what goes on, or why there is nothing to show.
  void setMessage(const QString& message, bool trouble);

 private:
  void clear();
  void add(const QString& name, const QString& value, const QString& tip = {});

  QGridLayout* m_grid;
  int m_count = 0;
};

}  // namespace prefscope
