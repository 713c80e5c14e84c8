// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/mapping_dialog.h"

#include <QCheckBox>
#include <QComboBox>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSpinBox>
#include <QTableWidget>
#include <QTimer>
#include <QVBoxLayout>
#include <algorithm>

#include "engine/data/mapped_files.h"
#include "engine/tasks/import.h"
#include "ui/models/table_sources.h"
#include "ui/theme.h"
#include "ui/widgets/card.h"
#include "ui/widgets/scrolling.h"
#include "ui/workbench.h"

namespace prefscope {
namespace {

/// A value of a mapping in words: a comma within it is written twice.
std::string word(const char* key, const QString& value) {
  if (value.isEmpty()) return {};
  QString escaped = value;
  escaped.replace(QLatin1Char(','), QStringLiteral(",,"));
  return std::string(key) + "=" + escaped.toStdString() + ",";
}

std::string without_end(std::string words) {
  if (!words.empty()) words.pop_back();
  return words;
}

}  // namespace

MappingDialog::MappingDialog(Workbench& workbench, std::vector<std::filesystem::path> paths, QWidget* parent)
    : QDialog(parent), m_workbench(workbench), m_paths(std::move(paths)) {
  setAttribute(Qt::WA_DeleteOnClose);
  setObjectName(QStringLiteral("mappingDialog"));
  setWindowTitle(tr("Import a table"));
  resize(1040, 640);
  m_pause = new QTimer(this);
  m_pause->setSingleShot(true);
  m_pause->setInterval(250);
  connect(m_pause, &QTimer::timeout, this, &MappingDialog::look);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(pageMargin, pageMargin, pageMargin, pageMargin);
  layout->setSpacing(gridUnit);
  QLabel* note =
      makeLabel(tr("Say which column is what; user and item are needed. Files of a known data set are recognised where "
                   "all of them are imported together."),
                "muted", this);
  note->setWordWrap(true);
  layout->addWidget(note);
  auto* middle = new QHBoxLayout;
  middle->setSpacing(pageMargin);
  QScrollArea* scroll = makeScrolling(buildForm(), this);
  scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  scroll->setFixedWidth(336);
  middle->addWidget(scroll);
  middle->addWidget(buildPreview(), 1);
  layout->addLayout(middle, 1);
  m_state = makeLabel(tr("Opening the files…"), "muted", this);
  m_state->setObjectName(QStringLiteral("mappingState"));
  m_state->setWordWrap(true);
  layout->addWidget(m_state);
  layout->addWidget(buildButtons());
  connect(&workbench.jobs(), &JobQueue::jobFinished, this, [this](const Job& job) {
    if (job.id != m_job || job.state != JobState::Cancelled) return;
    m_job = 0;
    m_state->setText(m_files ? tr("Stopped. Another choice reads the rows again.")
                             : tr("Stopped. Close this and import the files again."));
  });
  m_job = workbench.jobs().submit(
      JobKind::Light, tr("Opening files"),
      [paths = m_paths](const TaskContext& context) {
        return std::make_shared<const std::vector<InputFile>>(open_inputs(paths, context));
      },
      this, [this](const Files& files) { opened(files); },
      [this](const QString& message) {
        m_job = 0;
        m_state->setText(message);
      });
}

MappingDialog::~MappingDialog() {
  if (m_job != 0) m_workbench.jobs().cancel(m_job);
}

QWidget* MappingDialog::buildForm() {
  auto* fields = new QWidget(this);
  m_form = new QFormLayout(fields);
  m_form->setContentsMargins(0, 0, gridUnit, 0);
  m_form->setVerticalSpacing(6);
  m_form->setFieldGrowthPolicy(QFormLayout::AllNonFixedFieldsGrow);
  const auto row = [this, fields](const QString& label, QWidget* field, const QString& name, const QString& tip = {}) {
    QLabel* text = makeLabel(label, "muted", fields);
    text->setBuddy(field);
    field->setObjectName(name);
    field->setAccessibleName(label);
    field->setToolTip(tip);
    m_form->addRow(text, field);
  };
  const auto box = [fields] {
    auto* made = new QComboBox(fields);
    made->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    made->setMinimumContentsLength(12);
    return made;
  };
  m_file = box();
  row(tr("Interactions"), m_file, QStringLiteral("mapFile"),
      tr("The file with a row for each act of a user on an item"));
  m_columns = {{"user", {QStringLiteral("user"), QStringLiteral("reviewer"), QStringLiteral("customer")}},
               {"item",
                {QStringLiteral("item"), QStringLiteral("movie"), QStringLiteral("asin"), QStringLiteral("book"),
                 QStringLiteral("product"), QStringLiteral("artist"), QStringLiteral("isbn")}},
               {"rating",
                {QStringLiteral("rating"), QStringLiteral("overall"), QStringLiteral("score"), QStringLiteral("stars"),
                 QStringLiteral("weight")}},
               {"time", {QStringLiteral("time"), QStringLiteral("date")}},
               {"title", {QStringLiteral("title"), QStringLiteral("name")}}};
  const QStringList labels = {tr("User"), tr("Item"), tr("Rating"), tr("Time"), tr("Title")};
  for (size_t i = 0; i < m_columns.size(); ++i) {
    m_columns[i].box = box();
    row(labels[static_cast<qsizetype>(i)], m_columns[i].box,
        QStringLiteral("map") + QString::fromLatin1(m_columns[i].key));
  }
  m_itemsFile = box();
  row(tr("Items"), m_itemsFile, QStringLiteral("mapItemsFile"),
      tr("A file with a row for each item, for titles and attributes; without one an item's id stands for its title"));
  m_itemColumns = {{"item", m_columns[1].hints + QStringList{QStringLiteral("id")}}, {"title", m_columns[4].hints}};
  m_itemColumns[0].box = box();
  row(tr("Its item"), m_itemColumns[0].box, QStringLiteral("mapItemsItem"));
  m_itemColumns[1].box = box();
  row(tr("Its title"), m_itemColumns[1].box, QStringLiteral("mapItemsTitle"));
  m_attributes = new QLineEdit(fields);
  m_attributes->setPlaceholderText(tr("genres:genre:|, maker"));
  row(tr("Attributes"), m_attributes, QStringLiteral("mapAttributes"),
      tr("Columns that describe an item, separated by commas: column, or column:name:separator of several values"));
  m_separator = box();
  for (const auto& [text, name] :
       {std::pair(tr("as found"), ""), std::pair(tr("comma"), "comma"), std::pair(tr("tab"), "tab"),
        std::pair(tr("semicolon"), ";"), std::pair(tr("two colons"), "::"), std::pair(tr("bar"), "|")})
    m_separator->addItem(text, QString::fromLatin1(name));
  row(tr("Separator"), m_separator, QStringLiteral("mapSeparator"));
  m_header = new QCheckBox(tr("The first line names the columns"), fields);
  row(tr("Header"), m_header, QStringLiteral("mapHeader"));
  m_skip = new QSpinBox(fields);
  m_skip->setRange(0, 1000);
  row(tr("Skip"), m_skip, QStringLiteral("mapSkip"), tr("Lines before the header that are no rows"));
  m_encoding = box();
  for (const auto& [text, name] :
       {std::pair(tr("as found"), ""), std::pair(tr("UTF-8"), "utf-8"), std::pair(tr("Latin-1"), "latin-1"),
        std::pair(tr("UTF-16 LE"), "utf-16le"), std::pair(tr("UTF-16 BE"), "utf-16be")})
    m_encoding->addItem(text, QString::fromLatin1(name));
  row(tr("Encoding"), m_encoding, QStringLiteral("mapEncoding"));
  m_date = new QLineEdit(fields);
  m_date->setPlaceholderText(tr("as found, or %d.%m.%Y"));
  row(tr("Dates"), m_date, QStringLiteral("mapDate"),
      tr("Seconds since 1970 and dates like 2015-03-01 are read without; %Y %m %d %H %M %S stand for the parts"));
  m_name = new QLineEdit(fields);
  m_name->setPlaceholderText(tr("from the file"));
  row(tr("Name"), m_name, QStringLiteral("mapName"), tr("Of the data set"));

  const auto later = [this] { m_pause->start(); };
  for (QComboBox* each : {m_file, m_itemsFile, m_separator, m_encoding})
    connect(each, &QComboBox::activated, this, &MappingDialog::readColumns);
  connect(m_header, &QCheckBox::toggled, this, &MappingDialog::readColumns);
  connect(m_skip, &QSpinBox::valueChanged, this, &MappingDialog::readColumns);
  for (auto* meanings : {&m_columns, &m_itemColumns}) {
    for (const Meaning& meaning : *meanings) connect(meaning.box, &QComboBox::currentIndexChanged, this, later);
  }
  connect(m_date, &QLineEdit::textChanged, this, later);
  connect(m_attributes, &QLineEdit::textChanged, this, later);
  return fields;
}

QWidget* MappingDialog::buildPreview() {
  m_rows = new QTableWidget(this);
  m_rows->setObjectName(QStringLiteral("mappingRows"));
  m_rows->setEditTriggers(QAbstractItemView::NoEditTriggers);
  m_rows->setSelectionBehavior(QAbstractItemView::SelectRows);
  m_rows->setShowGrid(false);
  m_rows->setTabKeyNavigation(false);
  m_rows->verticalHeader()->hide();
  m_rows->horizontalHeader()->setHighlightSections(false);
  m_rows->horizontalHeader()->setStretchLastSection(true);
  m_rows->horizontalHeader()->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
  return m_rows;
}

QWidget* MappingDialog::buildButtons() {
  auto* row = new QWidget(this);
  auto* layout = new QHBoxLayout(row);
  layout->setContentsMargins(0, 0, 0, 0);
  m_import = new QPushButton(tr("Import"), row);
  m_import->setObjectName(QStringLiteral("mappingImport"));
  m_import->setProperty("primary", true);
  m_import->setEnabled(false);
  auto* cancel = new QPushButton(tr("Cancel"), row);
  cancel->setAutoDefault(false);
  layout->addStretch(1);
  layout->addWidget(cancel);
  layout->addWidget(m_import);
  connect(cancel, &QPushButton::clicked, this, &QDialog::reject);
  connect(m_import, &QPushButton::clicked, this, &MappingDialog::start);
  return row;
}

const InputFile* MappingDialog::chosen(const QComboBox* box) const {
  const int index = box->currentData().isValid() ? box->currentData().toInt() : -1;
  return m_files && index >= 0 ? &(*m_files)[static_cast<size_t>(index)] : nullptr;
}

void MappingDialog::opened(Files files) {
  m_job = 0;
  m_files = std::move(files);
  m_itemsFile->addItem(tr("none"));
  int largest = 0;
  for (int i = 0; i < static_cast<int>(m_files->size()); ++i) {
    const QString name = toQt((*m_files)[static_cast<size_t>(i)].name);
    m_file->addItem(name, i);
    m_itemsFile->addItem(name, i);
    if ((*m_files)[static_cast<size_t>(i)].head.size() > (*m_files)[static_cast<size_t>(largest)].head.size())
      largest = i;
  }
  m_file->setCurrentIndex(largest);
  const QSignalBlocker block(m_header);
  m_header->setChecked(guess_form(*chosen(m_file)).header);
  readColumns();
}

std::string MappingDialog::formWords() const {
  return word("separator", m_separator->currentData().toString()) +
         word("encoding", m_encoding->currentData().toString()) + word("date", m_date->text().trimmed()) +
         (m_header->isChecked() ? "header=yes," : "header=no,") +
         (m_skip->value() > 0 ? word("skip", QString::number(m_skip->value())) : std::string());
}

std::string MappingDialog::interactionWords() const {
  std::string words;
  for (const Meaning& meaning : m_columns) words += word(meaning.key, meaning.box->currentData().toString());
  if (!chosen(m_itemsFile)) {
    for (const QString& attribute : m_attributes->text().split(QLatin1Char(','), Qt::SkipEmptyParts))
      words += word("attribute", attribute.trimmed());
  }
  return without_end(words + formWords());
}

std::string MappingDialog::itemWords() const {
  if (!chosen(m_itemsFile)) return {};
  std::string words;
  for (const Meaning& meaning : m_itemColumns) words += word(meaning.key, meaning.box->currentData().toString());
  for (const QString& attribute : m_attributes->text().split(QLatin1Char(','), Qt::SkipEmptyParts))
    words += word("attribute", attribute.trimmed());
  return without_end(words + formWords());
}

void MappingDialog::readColumns() {
  const bool items = chosen(m_itemsFile) != nullptr;
  for (const Meaning& meaning : m_itemColumns) m_form->setRowVisible(meaning.box, items);
  fill(m_columns, chosen(m_file));
  fill(m_itemColumns, chosen(m_itemsFile));
  m_pause->start();
}

void MappingDialog::fill(std::vector<Meaning>& meanings, const InputFile* file) {
  std::vector<std::string> names;
  if (file) {
    try {
      names = column_names(*file, parse_mapping("item=#1," + without_end(formWords()), guess_form(*file)).form);
    } catch (const Error& error) {
      m_state->setText(QString::fromStdString(error.what()));
    }
  }
  QStringList taken;
  for (Meaning& meaning : meanings) {
    const QString before = meaning.box->currentData().toString();
    const QSignalBlocker block(meaning.box);
    meaning.box->clear();
    meaning.box->addItem(tr("none"));
    int choice = 0;
    for (const std::string& name : names) {
      const QString text = toQt(name);
      meaning.box->addItem(text, text);
      const int index = meaning.box->count() - 1;
      if (!before.isEmpty() && text == before) choice = index;
      const auto hinted = [&](const QString& hint) { return text.contains(hint, Qt::CaseInsensitive); };
      if (choice == 0 && before.isEmpty() && !taken.contains(text) &&
          std::any_of(meaning.hints.begin(), meaning.hints.end(), hinted))
        choice = index;
    }
    meaning.box->setCurrentIndex(choice);
    if (choice > 0) taken << meaning.box->currentText();
  }
}

void MappingDialog::look() {
  const InputFile* file = chosen(m_file);
  const bool enough = file && m_columns[0].box->currentIndex() > 0 && m_columns[1].box->currentIndex() > 0;
  m_import->setEnabled(enough);
  if (!file) return;
  if (m_job != 0) {
    m_stale = true;  // looked at again when the job that runs has ended
    return;
  }
  m_stale = false;
  const std::string words = enough ? interactionWords() : "item=#1," + without_end(formWords());
  m_job = m_workbench.jobs().submit(
      JobKind::Light, {},
      [files = m_files, file, words, enough](const TaskContext& context) {
        const TableMapping mapping = parse_mapping(words, guess_form(*file));
        return enough ? rowsAsImported(preview(*file, mapping, context))
                      : rowsOfFile(*file, mapping.form, column_names(*file, mapping.form), context);
      },
      this,
      [this](const Rows& rows) {
        m_job = 0;
        showRows(rows);
        if (m_stale) look();
      },
      [this](const QString& message) {
        m_job = 0;
        m_rows->setRowCount(0);
        m_state->setText(message);
        m_import->setEnabled(false);
        if (m_stale) look();
      });
}

MappingDialog::Rows MappingDialog::rowsAsImported(const std::vector<PreviewRow>& rows) {
  Rows shown{tr("The first rows as they would be imported"),
             {{tr("Line"), 48},
              {tr("User"), 76},
              {tr("Item"), 76},
              {tr("Rating"), 60},
              {tr("Time (UTC)"), 132},
              {tr("Title"), 108},
              {tr("Attributes"), 88},
              {tr("Left out"), 88}},
             {},
             {}};
  int left_out = 0;
  for (const PreviewRow& row : rows) {
    QStringList attributes;
    for (const auto& [name, value] : row.attributes) attributes << toQt(name) + QStringLiteral(": ") + toQt(value);
    shown.cells.push_back({QString::number(row.line), toQt(row.user), toQt(row.item), toQt(row.rating), toQt(row.time),
                           toQt(row.title), attributes.join(QStringLiteral("; ")), toQt(row.problem)});
    left_out += row.problem.empty() ? 0 : 1;
  }
  shown.said =
      left_out == 0
          ? tr("Of the first rows all can be read: %1.").arg(rows.size())
          : tr("%1 of the first %2 rows would be left out: see the last column.").arg(left_out).arg(rows.size());
  return shown;
}

MappingDialog::Rows MappingDialog::rowsOfFile(const InputFile& file, const TableForm& form,
                                              const std::vector<std::string>& columns, const TaskContext& context) {
  Rows shown{tr("The first rows as they stand in the file"),
             {{tr("Line"), 48}},
             {},
             tr("These are the first rows of the file. Choose the columns of user and item.")};
  for (const std::string& column : columns) shown.columns.emplace_back(toQt(column), 104);
  for (const FileRow& row : first_rows(file, form, columns, context)) {
    QStringList cells = {QString::number(row.line)};
    for (const std::string& cell : row.cells) cells << toQt(cell);
    shown.cells.push_back(std::move(cells));
  }
  return shown;
}

void MappingDialog::showRows(const Rows& rows) {
  const auto columns = static_cast<int>(rows.columns.size());
  const bool same = m_rows->accessibleName() == rows.name && m_rows->columnCount() == columns;
  m_rows->setAccessibleName(rows.name);
  m_rows->setColumnCount(columns);
  m_rows->setRowCount(static_cast<int>(rows.cells.size()));
  for (int column = 0; column < columns; ++column) {
    const auto& [title, width] = rows.columns[static_cast<size_t>(column)];
    m_rows->setHorizontalHeaderItem(column, new QTableWidgetItem(title));
    if (!same) m_rows->setColumnWidth(column, width);
    for (int row = 0; row < m_rows->rowCount(); ++row)
      m_rows->setItem(row, column, new QTableWidgetItem(rows.cells[static_cast<size_t>(row)][column]));
  }
  m_state->setText(rows.said);
}

void MappingDialog::start() {
  ImportOptions options;
  options.workspace = m_workbench.workspaceFolder();
  options.paths = m_paths;
  options.name = m_name->text().trimmed().toStdString();
  options.map = interactionWords();
  options.map_items = itemWords();
  m_workbench.importData(options);
  accept();
}

}  // namespace prefscope
