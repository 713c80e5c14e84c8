// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QPushButton>
#include <optional>
#include <vector>

#include "engine/tasks/rank_beside.h"

namespace prefscope {

class Workbench;

/// Which other models rank the case's list beside its own: classic ones, the base model, other runs of the
/// preparation; remembered. Ranks them in the background, one case at a time and the newest next; classic models are
/// fitted once for a preparation and stay.
class BesideButton : public QPushButton {
  Q_OBJECT
 public:
  explicit BesideButton(Workbench& workbench, QWidget* parent = nullptr);
  ~BesideButton() override;

  /// The case whose list is ranked, as it was asked for.
  void setCase(const RankOptions& options);
  /// Chooses a model or leaves it out. key: random, popularity, itemknn, ease, base, or "run:3".
  void choose(const QString& key, bool chosen);

 Q_SIGNALS:
  /// The models chosen; without ranks while they are worked out.
  void changed(const std::vector<prefscope::BesideModel>& models);

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  struct Offer {
    QString key, title, tip;
    std::optional<int64_t> run;
    bool classic;
  };
  /// All that can be chosen beside the model that is shown.
  std::vector<Offer> offers();
  /// Of these, what is chosen.
  std::vector<Offer> chosenOffers();
  void fillMenu();
  void ask();
  void start();

  Workbench& m_workbench;
  QMenu* m_menu;
  QStringList m_chosen;  // keys, remembered; those that are not offered now stay
  std::optional<RankOptions> m_case;
  ClassicModelsPtr m_fitted;  // used by one job at a time
  qint64 m_job = 0;
  bool m_wanted = false;
  int m_asked = 0;
};

}  // namespace prefscope
