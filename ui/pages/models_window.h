// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QDialog>
#include <memory>
#include <optional>
#include <vector>

#include "engine/tasks/inspect_model.h"
#include "engine/text/tokenizer.h"
#include "ui/known_models.h"

class QComboBox;
class QLabel;
class QPushButton;
class QStackedWidget;
class QTabWidget;
class QTreeWidget;
class QTreeWidgetItem;

namespace prefscope {

class Banner;
class ElidedLabel;
class ModelFacts;
class PromptTry;
class TokenTry;
class Workbench;

/// The base models and their adapters: what each is, its tokenizer and a prompt to try, which one a data set is looked
/// at with, and export. A folder is added by dropping it here. It stands beside the window and deletes itself when
/// closed.
class ModelsWindow : public QDialog {
  Q_OBJECT
 public:
  explicit ModelsWindow(Workbench& workbench, QWidget* parent = nullptr);

  /// Adds the folder of a model or of an adapter and shows it; what is wrong with it stands in a banner.
  void add(const std::filesystem::path& path);
  /// Selects a base model.
  void select(const std::string& model);

 protected:
  void dragEnterEvent(QDragEnterEvent* event) override;
  void dropEvent(QDropEvent* event) override;

 private:
  /// What a row of the list stands for: a model, with one of its adapters or with none.
  struct Choice {
    const KnownModel* model = nullptr;
    const KnownAdapter* adapter = nullptr;
  };
  /// What is read of a choice, in the background.
  struct Read {
    ModelDescription model;
    std::optional<AdapterDescription> adapter;
    std::shared_ptr<const Tokenizer> tokenizer;
    std::string chat;  ///< how this workspace writes its prompts; empty: that is to be chosen
  };

  QWidget* buildList();
  QWidget* buildDetails();
  Choice choice() const;
  void refresh();
  void showChoice();
  void showRead(const Read& read);
  void showChat(const Read& read);
  void chooseChat(int index);
  void showUse();
  void useHere();
  void removeChosen();
  void selectAdded(const AddedModel& added);
  void askFolder();
  void askExport();

  Workbench& m_workbench;
  std::vector<CachedModel> m_cached;
  std::vector<KnownModel> m_models;
  int m_generation = 0;  // of what is being read
  Banner* m_banner;
  QTreeWidget* m_list;
  QStackedWidget* m_details;
  QLabel* m_title;
  ElidedLabel* m_path;
  QComboBox* m_chat;
  QPushButton *m_use, *m_export, *m_remove;
  ModelFacts* m_facts;
  QTabWidget* m_tabs;
  PromptTry* m_prompt;
  TokenTry* m_tokens;
};

/// Opens the models beside the window, or brings those that are open to the front.
ModelsWindow* openModels(Workbench& workbench, QWidget* parent);
/// Whether a dropped path is a model or an adapter, rather than data.
bool isModelPath(const std::filesystem::path& path);

}  // namespace prefscope
