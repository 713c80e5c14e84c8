// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QDialog>
#include <memory>
#include <optional>
#include <vector>

#include "engine/tasks/rationale_samples.h"

class QLabel;
class QPushButton;
class QTimer;

namespace prefscope {

class NamedTable;
class SampleColumn;
class SampleControls;
class Workbench;
struct Job;

/// Rationales of one case from the base model and every run of a chain, side by side and several of each: what each
/// names is marked, and stands in a table with the share of samples that name it and what was measured of it.
class RationalesWindow : public QDialog {
  Q_OBJECT
 public:
  /// rank: the case; all speak of the first of its ranking. asked: how it was ranked, by the last model of the chain.
  RationalesWindow(Workbench& workbench, const RankResult& rank, const RankOptions& asked, QWidget* parent = nullptr);
  ~RationalesWindow() override;

  int64_t example() const { return m_rank.example.id; }
  /// As they are copied and saved.
  QString textsCsv() const;
  QString namedCsv() const;

 protected:
  void reject() override;

 private:
  struct Stream;

  QWidget* buildColumns();
  QWidget* buildTable();
  SampleOptions options() const;
  void write();
  void measure();
  void takeStream();
  /// The whole samples so far.
  void showAgreement();
  void showEffects(std::vector<std::optional<Occlusion>> effects);
  void setBusy(bool busy);
  void say(const QString& text, bool trouble = false);
  void sayNote();
  void save(bool texts);

  Workbench& m_workbench;
  RankResult m_rank;
  RankOptions m_asked;
  std::vector<SampledModel> m_models;
  std::shared_ptr<Stream> m_stream;
  QTimer* m_poll;
  qint64 m_job = 0;
  QString m_note;

  SampleControls* m_controls;
  std::vector<SampleColumn*> m_columns;
  NamedTable* m_table;
  QLabel *m_caption, *m_overlap;
  QPushButton* m_measure;
};

}  // namespace prefscope
