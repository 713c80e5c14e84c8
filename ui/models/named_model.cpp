// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/named_model.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "engine/explain/evidence_text.h"
#include "ui/theme.h"
#include "ui/widgets/named_marks.h"
#include "ui/widgets/picture_menu.h"
#include "ui/widgets/signed_number.h"

namespace prefscope {
namespace {

constexpr double unmeasured = -1e300;  // sorts below every effect

bool isAttribute(const NamedThing& thing) {
  return thing.what == Named::TrueAttribute || thing.what == Named::FalseAttribute;
}

}  // namespace

void NamedModel::setModels(const QStringList& models) {
  beginResetModel();
  m_models = models;
  m_agreement = {};
  m_effects.assign(static_cast<size_t>(models.size()), std::nullopt);
  endResetModel();
}

void NamedModel::setAgreement(RationaleAgreement agreement) {
  beginResetModel();
  m_agreement = std::move(agreement);
  endResetModel();
}

void NamedModel::setEffects(std::vector<std::optional<Occlusion>> effects) {
  m_effects = std::move(effects);
  m_effects.resize(static_cast<size_t>(m_models.size()));
  double items = 0, attributes = 0;
  for (const auto& occlusion : m_effects) {
    if (!occlusion) continue;
    items = std::max({items, std::abs(occlusion->band_low), std::abs(occlusion->band_high)});
    for (const ItemEffect& e : occlusion->items) items = std::max({items, std::abs(e.low), std::abs(e.high)});
    for (const AttributeEffect& a : occlusion->attributes)
      attributes = std::max({attributes, std::abs(a.effect), std::abs(a.random_low), std::abs(a.random_high)});
  }
  m_largestItem = items > 0 ? items * 1.05 : 1;
  m_largestAttribute = attributes > 0 ? attributes * 1.05 : 1;
  if (rowCount() > 0) Q_EMIT dataChanged(index(0, firstEffect()), index(rowCount() - 1, columnCount() - 1));
  Q_EMIT headerDataChanged(Qt::Horizontal, firstEffect(), columnCount() - 1);  // the axis
}

const NamedThing* NamedModel::thingAt(int row) const {
  return row >= 0 && row < rowCount() ? &m_agreement.things[static_cast<size_t>(row)] : nullptr;
}

int NamedModel::rowOf(const NamedPart& part) const {
  const size_t row = thing_of(m_agreement.things, part);
  return row < m_agreement.things.size() ? static_cast<int>(row) : -1;
}

std::optional<NamedModel::Effect> NamedModel::effectAt(int row, size_t model) const {
  const NamedThing* thing = thingAt(row);
  if (!thing || model >= m_effects.size() || !m_effects[model]) return {};
  const Occlusion& o = *m_effects[model];
  if (thing->what == Named::HistoryTitle && thing->position < o.items.size()) {
    const ItemEffect& e = o.items[thing->position];
    return Effect{e.deletion, e.low, e.high, o.band_low, o.band_high, e.beyond, m_largestItem};
  }
  for (const AttributeEffect& a : o.attributes) {
    if (!isAttribute(*thing) || a.attribute != thing->attribute) continue;
    return Effect{a.effect,          a.effect,      a.effect,
                  a.random_low,      a.random_high, a.effect < a.random_low || a.effect > a.random_high,
                  m_largestAttribute};
  }
  return {};
}

int NamedModel::rowCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(m_agreement.things.size());
}

int NamedModel::columnCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : firstEffect() + static_cast<int>(m_models.size());
}

std::pair<int, int> NamedModel::share(const NamedThing& thing, int column) const {
  if (column == allColumn())
    return {std::accumulate(thing.named.begin(), thing.named.end(), 0),
            std::accumulate(m_agreement.samples.begin(), m_agreement.samples.end(), 0)};
  const auto model = static_cast<size_t>(column - FirstShare);
  return model < thing.named.size() ? std::pair(thing.named[model], m_agreement.samples[model]) : std::pair(0, 0);
}

QString NamedModel::shareText(const NamedThing& thing, int column) const {
  const auto [named, samples] = share(thing, column);
  return samples == 0 ? QStringLiteral("–") : tr("%1 of %2").arg(named).arg(samples);
}

QString NamedModel::whatText(const NamedThing& thing) const {
  const int named = std::accumulate(thing.named.begin(), thing.named.end(), 0);
  const int so = std::accumulate(thing.so.begin(), thing.so.end(), 0);
  switch (thing.what) {
    case Named::HistoryTitle:
      return tr("history");
    case Named::OtherTitle:
      return tr("catalogue only");
    case Named::InventedTitle:
      return tr("invented");
    case Named::TrueAttribute:
      return named > 0 ? tr("attribute, so") : tr("attribute");
    case Named::FalseAttribute:
      return so == 0 ? tr("attribute, not so") : tr("attribute, so in %1 of %2").arg(so).arg(named);
  }
  return {};
}

QString NamedModel::effectText(int row, size_t model) const {
  const NamedThing& thing = *thingAt(row);
  const auto effect = effectAt(row, model);
  if (effect) return effect->beyond ? signedNumber(effect->value, 3) : tr("no measurable effect");
  const bool can = thing.what == Named::HistoryTitle || isAttribute(thing);
  return can && !m_effects[model] ? tr("not measured") : QStringLiteral("–");
}

QString NamedModel::effectTip(int row, size_t model) const {
  const NamedThing& thing = *thingAt(row);
  const auto e = effectAt(row, model);
  if (!e && !m_effects[model]) return tr("<p>Measure tells what the margin is without it</p>");
  if (!e)
    return isAttribute(thing) ? tr("<p>No item of the history has it, or neither the item spoken of</p>")
                              : tr("<p>Only what is in the history can be taken out of it</p>");
  return tr("<p>%1, under %2<br>%3; with neutral items in its place too %4 to %5<br>random removals: %6 to %7, so "
            "%8</p>")
      .arg(QString::fromStdString(thing.words).left(200).toHtmlEscaped(),
           m_models[static_cast<qsizetype>(model)].toHtmlEscaped(),
           QString::fromStdString(effect_text(e->value, "the item spoken of", "")), signedNumber(e->low, 3),
           signedNumber(e->high, 3), signedNumber(e->bandLow, 3), signedNumber(e->bandHigh, 3),
           e->beyond ? tr("it has an effect") : tr("no measurable effect"));
}

QVariant NamedModel::data(const QModelIndex& index, int role) const {
  const NamedThing* thing = thingAt(index.row());
  if (!index.isValid() || !thing) return {};
  const int column = index.column();
  const bool isEffect = column >= firstEffect(), isShare = !isEffect && column >= FirstShare;
  const auto model = static_cast<size_t>(column - (isEffect ? firstEffect() : FirstShare));
  switch (role) {
    case Qt::DisplayRole:
      return column == Name   ? shownText(thing->words)
             : column == What ? whatText(*thing)
             : isShare        ? shareText(*thing, column)
                              : effectText(index.row(), model);
    case Qt::ToolTipRole:
      if (isEffect) return effectTip(index.row(), model);
      if (isShare && column != allColumn() && isAttribute(*thing))
        return tr("<p>Named in %1, and every time so in %2</p>").arg(thing->named[model]).arg(thing->so[model]);
      if (column == What) return QStringLiteral("<p>%1</p>").arg(namedInWords(thing->what));
      if (column == Name)
        return QStringLiteral("<p>%1</p>").arg(QString::fromStdString(thing->words).left(1000).toHtmlEscaped());
      return {};
    case Qt::ForegroundRole:
      if (column == What && (thing->what == Named::OtherTitle || thing->what == Named::InventedTitle ||
                             thing->what == Named::FalseAttribute))
        return theme().warning;
      return column == What || (isEffect && !effectAt(index.row(), model)) ? theme().muted : theme().text;
    case SortRole: {
      if (column == Name) return shownText(thing->words);
      if (column == What) return index.row();  // the order of kinds
      if (isShare) {
        const auto [named, samples] = share(*thing, column);
        return samples > 0 ? static_cast<double>(named) / samples : 0.0;
      }
      const auto effect = effectAt(index.row(), model);
      return effect ? effect->value : unmeasured;
    }
    case ShareRole: {
      if (!isShare) return {};
      const auto [named, samples] = share(*thing, column);
      return samples > 0 ? static_cast<double>(named) / samples : 0.0;
    }
    case EffectRole: {
      if (!isEffect) return {};
      const auto effect = effectAt(index.row(), model);
      return effect ? QVariant::fromValue(*effect) : QVariant();
    }
    case ModelRole:
      return column < FirstShare || column == allColumn() ? -1 : static_cast<int>(model);
    default:
      return {};
  }
}

QVariant NamedModel::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation != Qt::Horizontal || section < 0 || section >= columnCount()) return {};
  const bool isEffect = section >= firstEffect();
  if (role == Qt::ToolTipRole && isEffect)
    return tr("<p>Dot: the margin of the item spoken of less the margin without it. Line: with neutral items in its "
              "place too. Grey: 5 to 95 % of random removals. The axis is the same for all models: −%1 to +%1 nats for "
              "items, −%2 to +%2 for all items with an attribute.</p>")
        .arg(QString::number(m_largestItem, 'f', 2), QString::number(m_largestAttribute, 'f', 2));
  if (role == Qt::ToolTipRole && section >= FirstShare) return tr("<p>Samples that name it</p>");
  if (role != Qt::DisplayRole) return {};
  if (section == Name) return tr("Named");
  if (section == What) return tr("What it is");
  if (section == allColumn()) return tr("All");
  return isEffect ? tr("Effect, %1 (nats)").arg(m_models[section - firstEffect()]) : m_models[section - FirstShare];
}

QString NamedModel::csv() const {
  QStringList head = {QStringLiteral("named"), QStringLiteral("what")};
  for (const QString& model : m_models)
    head << model + QStringLiteral(" samples") << model + QStringLiteral(" named") << model + QStringLiteral(" so")
         << model + QStringLiteral(" effect") << model + QStringLiteral(" low") << model + QStringLiteral(" high")
         << model + QStringLiteral(" band low") << model + QStringLiteral(" band high")
         << model + QStringLiteral(" beyond");
  QString text = csvLine(head);
  for (int row = 0; row < rowCount(); ++row) {
    const NamedThing& thing = *thingAt(row);
    QStringList line = {QString::fromStdString(thing.words), namedInWords(thing.what)};
    for (size_t m = 0; m < static_cast<size_t>(m_models.size()); ++m) {
      line << QString::number(m_agreement.samples[m]) << QString::number(thing.named[m])
           << (isAttribute(thing) ? QString::number(thing.so[m]) : QString());
      const auto e = effectAt(row, m);
      line << (e ? exact(e->value) : QString()) << (e ? exact(e->low) : QString()) << (e ? exact(e->high) : QString())
           << (e ? exact(e->bandLow) : QString()) << (e ? exact(e->bandHigh) : QString())
           << (e ? (e->beyond ? QStringLiteral("yes") : QStringLiteral("no")) : QString());
    }
    text += csvLine(line);
  }
  return text;
}

}  // namespace prefscope
