// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/model_facts.h"

#include <QGridLayout>
#include <QLabel>

#include "ui/models/table_sources.h"
#include "ui/pages/before_start.h"
#include "ui/theme.h"

namespace prefscope {
namespace {

constexpr int columns = 2;  // of names and values

QString joined(const std::vector<std::string>& names) {
  QStringList all;
  for (const std::string& name : names) all << QString::fromStdString(name);
  return all.join(ModelFacts::tr(" and "));
}

QString parametersText(int64_t n) {
  const auto number = static_cast<double>(n);
  if (n < 1'000'000) return countText(n);
  return n < 1'000'000'000 ? ModelFacts::tr("%1 million").arg(number / 1e6, 0, 'f', 1)
                           : ModelFacts::tr("%1 billion").arg(number / 1e9, 0, 'f', 2);
}

QString ropeText(const ModelDescription& d) {
  const QString theta = ModelFacts::tr("rotary, base %1").arg(d.rope_theta, 0, 'g', 8);
  if (d.rope_type == "default") return theta;
  return ModelFacts::tr("%1, %2 by %3").arg(theta, QString::fromStdString(d.rope_type)).arg(d.rope_factor);
}

/// Empty where every layer sees the whole text.
QString windowText(const ModelDescription& d) {
  if (d.sliding_window == 0) return {};
  if (d.layers_with_window == d.layers) return ModelFacts::tr(", each layer %1 back").arg(countText(d.sliding_window));
  return ModelFacts::tr(", %1 of %2 layers %3 back")
      .arg(d.layers_with_window)
      .arg(d.layers)
      .arg(countText(d.sliding_window));
}

}  // namespace

ModelFacts::ModelFacts(QWidget* parent) : Card({}, parent) {
  m_grid = new QGridLayout;
  m_grid->setHorizontalSpacing(12);
  m_grid->setVerticalSpacing(3);
  for (int c = 0; c < columns; ++c) m_grid->setColumnStretch(2 * c + 1, 1);
  body()->addLayout(m_grid);
}

void ModelFacts::clear() {
  while (QLayoutItem* item = m_grid->takeAt(0)) {
    delete item->widget();
    delete item;
  }
  m_count = 0;
}

void ModelFacts::add(const QString& name, const QString& value, const QString& tip) {
  const int row = m_count / columns, column = 2 * (m_count % columns);
  ++m_count;
  QLabel* what = makeLabel(name, "muted", this);
  QLabel* shown = makeLabel(value, "", this);
  shown->setObjectName(QStringLiteral("fact"));
  shown->setAccessibleName(name);
  shown->setWordWrap(true);
  shown->setTextInteractionFlags(Qt::TextSelectableByMouse);
  for (QLabel* label : {what, shown}) {
    label->setAlignment(Qt::AlignLeft | Qt::AlignTop);
    if (!tip.isEmpty()) label->setToolTip(QStringLiteral("<p>%1</p>").arg(tip));
  }
  m_grid->addWidget(what, row, column);
  m_grid->addWidget(shown, row, column + 1);
}

void ModelFacts::setModel(const ModelDescription& d, const std::optional<AdapterDescription>& adapter) {
  clear();
  if (adapter) {
    add(tr("Adapter"), tr("rank %1, alpha %2%3, dropout %4")
                           .arg(adapter->rank)
                           .arg(adapter->alpha)
                           .arg(adapter->rank_stabilized ? tr(" (rsLoRA)") : QString())
                           .arg(adapter->dropout));
    add(tr("On"), tr("%1: %2 parameters").arg(QString::fromStdString(adapter->layers), countText(adapter->parameters)));
  }
  add(tr("Architecture"), QString::fromStdString(d.architecture));
  add(tr("Parameters"), parametersText(d.parameters),
      tr("%1; a tied embedding counts once").arg(countText(d.parameters)));
  add(tr("Stored"),
      tr("%1, %2 in %3")
          .arg(joined(d.dtypes), bytesText(d.bytes), d.files == 1 ? tr("one file") : tr("%1 files").arg(d.files)));
  add(tr("Context"), tr("%1 tokens").arg(countText(d.context)) + windowText(d));
  add(tr("Vocabulary"), tr("%1 tokens%2").arg(countText(d.vocabulary), d.tied ? tr(", head tied") : QString()));
  add(tr("Tokenizer"), d.tokenizer.empty() ? tr("none") : QString::fromStdString(d.tokenizer));
  add(tr("Layers"), tr("%1 of hidden %2, MLP %3").arg(d.layers).arg(d.hidden_size).arg(d.intermediate_size));
  add(tr("Heads"), tr("%1 of %2, %3 for keys").arg(d.heads).arg(d.head_dim).arg(d.kv_heads));
  add(tr("Positions"), ropeText(d));
  add(tr("Chat format"), d.chat == "unknown" ? tr("not known here: choose one") : QString::fromStdString(d.chat),
      tr("By the hash of the model's chat template; base models have none."));
  for (const ModelMemory& memory : d.memory) {
    add(tr("In %1").arg(QString::fromStdString(memory.dtype)),
        tr("%1 more to write, %2 more to train").arg(bytesText(memory.inference), bytesText(memory.training)),
        tr("Estimated from the shape, on the CPU, beside what the program has now: the weights with the keys and "
           "values "
           "of %1 tokens; and a training of an adapter with the usual settings. What a run of yours needs in all "
           "stands "
           "on Train.")
            .arg(countText(usual_text_tokens)));
  }
}

void ModelFacts::setMessage(const QString& message, bool trouble) {
  clear();
  QLabel* label = makeLabel(message, trouble ? "warning" : "muted", this);
  label->setObjectName(QStringLiteral("modelMessage"));
  label->setWordWrap(true);
  label->setTextInteractionFlags(Qt::TextSelectableByMouse);
  m_grid->addWidget(label, 0, 0, 1, 2 * columns);
}

}  // namespace prefscope
