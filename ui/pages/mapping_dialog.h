// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QDialog>
#include <filesystem>
#include <memory>
#include <vector>

#include "engine/data/inputs.h"
#include "engine/data/read_tables.h"

class QCheckBox;
class QComboBox;
class QFormLayout;
class QLabel;
class QLineEdit;
class QPushButton;
class QSpinBox;
class QTableWidget;
class QTimer;

namespace prefscope {

class Workbench;

/// Which column of a table is what, with the first rows as they would be imported, for files of no known format.
class MappingDialog : public QDialog {
  Q_OBJECT
 public:
  MappingDialog(Workbench& workbench, std::vector<std::filesystem::path> paths, QWidget* parent = nullptr);
  ~MappingDialog() override;

  /// The mapping in words, as `prefscope-cli import --map` takes it; of the items empty where no file is theirs.
  std::string interactionWords() const;
  std::string itemWords() const;

 private:
  using Files = std::shared_ptr<const std::vector<InputFile>>;
  /// What a column can be, and the words in a column's name that suggest it.
  struct Meaning {
    const char* key;
    QStringList hints;
    QComboBox* box = nullptr;
  };

  /// What the table shows.
  struct Rows {
    QString name;                                  ///< what they are, for screen readers
    std::vector<std::pair<QString, int>> columns;  ///< title and width in pixels
    std::vector<QStringList> cells;                ///< [rows][columns]
    QString said;
  };

  QWidget* buildForm();
  QWidget* buildPreview();
  QWidget* buildButtons();
  void opened(Files files);
  /// The columns of the chosen files in the boxes, those that their names suggest chosen.
  void readColumns();
  void fill(std::vector<Meaning>& meanings, const InputFile* file);
  void look();
  static Rows rowsAsImported(const std::vector<PreviewRow>& rows);
  /// While it is not chosen which column is what.
  static Rows rowsOfFile(const InputFile& file, const TableForm& form, const std::vector<std::string>& columns,
                         const TaskContext& context);
  void showRows(const Rows& rows);
  void start();
  /// The file that a box chooses, or nullptr.
  const InputFile* chosen(const QComboBox* box) const;
  std::string formWords() const;

  Workbench& m_workbench;
  std::vector<std::filesystem::path> m_paths;
  Files m_files;
  qint64 m_job = 0;  // opens files or reads a preview
  bool m_stale = false;
  QTimer* m_pause;  // so that typing does not read at each key
  QFormLayout* m_form;
  QComboBox* m_file;
  QComboBox* m_itemsFile;
  std::vector<Meaning> m_columns, m_itemColumns;
  QComboBox* m_separator;
  QComboBox* m_encoding;
  QCheckBox* m_header;
  QSpinBox* m_skip;
  QLineEdit* m_date;
  QLineEdit* m_attributes;
  QLineEdit* m_name;
  QTableWidget* m_rows;
  QLabel* m_state;
  QPushButton* m_import;
};

}  // namespace prefscope
