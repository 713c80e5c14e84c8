// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "engine/explain/rationale_facts.h"
#include "ui/widgets/card.h"

class QTextBrowser;

namespace prefscope {

/// The rationales of one model below one another, as they are written. What a whole one names is marked, and each mark
/// is a link: a click, or Tab and Return.
class SampleColumn : public Card {
  Q_OBJECT
 public:
  explicit SampleColumn(const QString& model, QWidget* parent = nullptr);
  /// placeholder: what stands there while nothing is written.
  void clear(const QString& placeholder);
  /// A sample's text so far; samples come in order, and a text only grows.
  void setText(size_t sample, const std::string& text);
  /// The sample is whole, and names these.
  void setParts(size_t sample, std::vector<NamedPart> parts);
  /// Back to the first sample, where the view followed the writing.
  void showBegin();
  /// Takes away a sample that is not whole.
  void dropUnfinished();
  /// Puts a background behind the parts for which this holds, and brings one into view; empty: behind none.
  void highlight(const std::function<bool(const NamedPart&)>& chosen);

 Q_SIGNALS:
  void partChosen(const prefscope::NamedPart& part);

 protected:
  void changeEvent(QEvent* event) override;

 private:
  struct Sample {
    std::string text;
    std::vector<NamedPart> parts;
    bool whole = false;
    int begin = 0;  // of its text in the document
  };

  void begin(Sample& sample, size_t number);
  void mark(size_t sample);
  void rebuild();

  QTextBrowser* m_view = nullptr;
  std::vector<Sample> m_samples;
  std::function<bool(const NamedPart&)> m_chosen;
};

}  // namespace prefscope
