// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/train_settings.h"

#include <QCoreApplication>
#include <algorithm>

#include "engine/tasks/negatives.h"
#include "ui/workbench.h"

namespace prefscope {
namespace {

QString tr(const char* text) {
  return QCoreApplication::translate("TrainSettings", text);
}

constexpr double smallRate = 3e-4;  // of a model of a few million weights, for every preset

QString shellQuoted(QString text) {
  static const QString safe = QStringLiteral("-_./:=+,@%");
  const bool plain = !text.isEmpty() && std::all_of(text.begin(), text.end(), [](QChar c) {
    return c.unicode() < 128 && (c.isLetterOrNumber() || safe.contains(c));
  });
  if (plain) return text;
  return QLatin1Char('\'') + text.replace(QLatin1Char('\''), QStringLiteral("'\\''")) + QLatin1Char('\'');
}

}  // namespace

const std::vector<std::vector<std::string>>& usualTargets() {
  static const std::vector<std::vector<std::string>> lists = {
      {}, {"q_proj", "k_proj", "v_proj", "o_proj"}, {"q_proj", "v_proj"}, {"gate_proj", "up_proj", "down_proj"}};
  return lists;
}

QString targetsText(const std::vector<std::string>& targets) {
  const auto& usual = usualTargets();
  if (targets == usual[0]) return tr("all linear layers");
  if (targets == usual[1]) return tr("attention");
  if (targets == usual[2]) return tr("queries and values");
  if (targets == usual[3]) return tr("MLP");
  QStringList names;
  for (const std::string& target : targets) names << toQt(target);
  return names.join(QStringLiteral(", "));
}

QString shortNumber(double value) {
  return QString::number(value, 'g', 9);
}

const std::vector<ObjectiveText>& objectiveTexts() {
  static const std::vector<ObjectiveText> texts = {
      {"sft", tr("SFT"), tr("The model learns to write the title that the user chose."),
       tr("mean of -log pi over the tokens of w")},
      {"dmpo", tr("DMPO"), tr("The chosen against the mean of k rejected, which all pull alike."),
       tr("-log sigmoid( r(w) - mean r(l) )   arXiv 2405.16127")},
      {"s-dpo", tr("S-DPO"), tr("The chosen against k rejected; the most likely rejected pull hardest."),
       tr("-log sigmoid( -log sum exp( r(l) - r(w) ) )   arXiv 2406.09215")},
      {"dpo", tr("DPO"), tr("k independent pairs of the chosen and one rejected, averaged."),
       tr("mean of -log sigmoid( r(w) - r(l) )   arXiv 2305.18290"), true},
      {"robust-dpo", tr("Robust DPO"), tr("DPO that allows for a share of pairs being the wrong way round."),
       tr("mean of [ -(1 - s) log sigmoid(d) + s log sigmoid(-d) ] / (1 - 2s), d = r(w) - r(l)   arXiv 2403.00409"),
       true},
      {"hinge", tr("Hinge"), tr("Pairs stop teaching once the chosen leads by a margin of 1."),
       tr("mean of max(0, 1 - (r(w) - r(l)))   arXiv 2305.10425")},
      {"ipo", tr("IPO"), tr("Pulls each pair to one fixed lead, so that no margin runs away."),
       tr("mean of ( log-ratio by token of w - that of l - 1 / (2 beta) )^2   arXiv 2310.12036")},
      {"cpo", tr("CPO"), tr("DPO without a reference: log-probs themselves are compared."),
       tr("mean of -log sigmoid( beta (log pi(w) - log pi(l)) )   arXiv 2401.08417"), true},
      {"simpo", tr("SimPO"), tr("Without a reference, by token: long titles are at no disadvantage."),
       tr("mean of -log sigmoid( beta (log pi(w) / |w| - log pi(l) / |l|) - gamma )   arXiv 2405.14734"), true, true},
      {"rosepo", tr("RosePO"), tr("DPO that trusts a pair less where a classic model likes the rejected better."),
       tr("mean of -(1 - s) log sigmoid(d) - s log sigmoid(-d), s of each pair by the classic model   after arXiv "
          "2410.12519")},
      {"plackett-luce", tr("Plackett-Luce"), tr("The probability of the whole order: the chosen, then the rejected."),
       tr("-log of the Plackett-Luce probability of w, l_1 .. l_k (ListMLE, 2008)")},
      {"dmpo-released", tr("DMPO, as released"),
       tr("What the paper's published trainer computes; its reference cancels. For reproduction, not DMPO."),
       tr("mean of -log sigmoid( beta (log pi(w) - log pi(l)) ), and SFT with weight 1"), true},
  };
  return texts;
}

ObjectiveText objectiveText(const std::string& name) {
  const std::string plain = plain_objective(name);
  const bool isPaired = plain != name;
  for (ObjectiveText text : objectiveTexts()) {
    if (text.name != plain) continue;
    if (isPaired) text.title = tr("paired %1").arg(text.title);
    return text;
  }
  return {name, QString::fromStdString(name), {}, {}};
}

std::vector<ChoiceText> samplingTexts() {
  const std::vector<ChoiceText> known = {
      {"prepared", tr("as prepared"), tr("The first k that the preparation holds, drawn uniformly.")},
      {"uniform", tr("uniform"), tr("Drawn anew from the items that the user never touched, each as likely.")},
      {"popularity", tr("popular"), tr("Drawn anew, by how many users have the item.")},
      {"hard", tr("hard"), tr("Those that a classic model ranks highest for the user.")},
      {"similar", tr("similar"), tr("Those nearest to the user's history.")},
      {"self-hard", tr("self-hard"),
       tr("The model's own mistakes: those it ranks highest at the start of each epoch, among a uniform sample.")},
  };
  std::vector<ChoiceText> texts;
  for (const std::string& name : negative_samplings()) {
    const auto text = std::find_if(known.begin(), known.end(), [&](const ChoiceText& t) { return t.name == name; });
    texts.push_back(text != known.end() ? *text : ChoiceText{name, QString::fromStdString(name), {}});
  }
  return texts;
}

std::vector<Preset> presets(bool smallModel) {
  const auto rate = [smallModel](double paper) { return smallModel ? smallRate : paper; };
  const QString rateNote =
      smallModel ? tr(" The learning rate is 0.0003 instead, since the model chosen is small and would hardly move.")
                 : QString();

  Preset quick{tr("Quick look"),
               tr("A minute or two with a small model: enough to see whether it learns."),
               tr("SFT for 1 epoch, then DMPO from it for 2: rank 16, small steps of 1,024 tokens."),
               {},
               {}};
  quick.sft.objective = "sft";
  quick.sft.epochs = 1;
  quick.preference.objective = "dmpo";
  quick.preference.epochs = 2;
  for (TrainOptions* stage : {&quick.sft, &quick.preference}) {
    stage->learning_rate = rate(1e-4);
    stage->batch_tokens = 1024;
  }

  Preset paper{tr("Paper (DMPO)"),
               tr("The DMPO paper's way: SFT for 5 epochs, then DMPO from it for 3."),
               tr("LoRA of rank 8 on all linear layers, beta 0.1, cosine, learning rate 0.0001, k as prepared; from "
                  "the paper's released scripts.") +
                   rateNote,
               {},
               {}};
  paper.sft.objective = "sft";
  paper.sft.epochs = 5;
  paper.preference.objective = "dmpo";
  paper.preference.epochs = 3;
  paper.preference.beta = 0.1;
  for (TrainOptions* stage : {&paper.sft, &paper.preference}) {
    stage->learning_rate = rate(1e-4);
    stage->rank = 8;
    stage->batch_tokens = 2048;  // 8 examples with prompts like the paper's
  }

  Preset sdpo{tr("S-DPO"),
              tr("SFT for 5 epochs, then S-DPO for 3: the likeliest of 3 rejected pull hardest."),
              tr("beta 1, k 3, rank 8, cosine with 5 % warm-up, gradients clipped at 0.3, learning rate 0.00001; from "
                 "S-DPO's released scripts, which step by 128 examples.") +
                  rateNote,
              {},
              {}};
  sdpo.sft.objective = "sft";
  sdpo.sft.epochs = 5;
  sdpo.preference.objective = "s-dpo";
  sdpo.preference.epochs = 3;
  sdpo.preference.beta = 1;
  sdpo.preference.k = 3;
  for (TrainOptions* stage : {&sdpo.sft, &sdpo.preference}) {
    stage->learning_rate = rate(1e-5);
    stage->rank = 8;
    stage->clip = 0.3;
    stage->warm_up = 0.05;
    stage->batch_tokens = smallModel ? 2048 : 32'768;
  }
  return {quick, paper, sdpo};
}

void applyPreset(TrainOptions& options, const TrainOptions& preset, int maxNegatives) {
  TrainOptions result = preset;
  result.workspace = options.workspace;
  result.data_set = options.data_set;
  result.preparation = options.preparation;
  result.model = options.model;
  result.from_run = options.from_run;
  result.device = options.device;
  result.seed = options.seed;
  result.k = std::min(preset.k, maxNegatives);
  options = result;
}

QString trainCommand(const TrainOptions& options) {
  QStringList words = {
      QStringLiteral("prefscope-cli"), QStringLiteral("train"),   toQt(options.data_set), QStringLiteral("--workspace"),
      toQt(options.workspace),         QStringLiteral("--model"), toQt(options.model),    QStringLiteral("--objective"),
      toQt(options.objective)};
  const TrainOptions usual;
  const auto add = [&](const char* name, const QString& value) { words << QString::fromLatin1(name) << value; };
  const auto addName = [&](const char* name, const std::string& value, const std::string& otherThan) {
    if (value != otherThan) add(name, toQt(value));
  };
  const auto addNumber = [&](const char* name, double value, double otherThan) {
    if (value != otherThan) add(name, shortNumber(value));
  };
  const auto addSwitch = [&](const char* name, bool on) {
    if (on) words << QString::fromLatin1(name);
  };
  if (options.preparation) add("--preparation", QString::number(*options.preparation));
  if (options.from_run) add("--from", QString::number(*options.from_run));
  if (options.objective != "sft") {
    addName("--negatives", options.negatives, usual.negatives);
    addName("--negatives-model", options.negatives_model, usual.negatives_model);
    if (options.k > 0) add("--k", QString::number(options.k));
    addSwitch("--resample", options.resample);
    add("--beta", shortNumber(options.beta));
    addNumber("--label-smoothing", options.label_smoothing, usual.label_smoothing);
    addNumber("--gamma", options.gamma, usual.gamma);
    if (options.sft_weight) add("--sft-weight", shortNumber(*options.sft_weight));
  }
  add("--lr", shortNumber(options.learning_rate));
  add("--epochs", shortNumber(options.epochs));
  add("--rank", QString::number(options.rank));
  addNumber("--alpha", options.alpha, usual.alpha);
  addSwitch("--rslora", options.rs_lora);
  addNumber("--dropout", options.dropout, usual.dropout);
  if (!options.targets.empty()) {
    words << QStringLiteral("--target-modules");
    for (const std::string& target : options.targets) words << toQt(target);
  }
  add("--batch-tokens", QString::number(options.batch_tokens));
  addName("--schedule", options.schedule, usual.schedule);
  addNumber("--warm-up", options.warm_up, usual.warm_up);
  addNumber("--clip", options.clip, usual.clip);
  addNumber("--pass-tokens", options.pass_tokens, usual.pass_tokens);
  addName("--dtype", options.dtype, usual.dtype);
  addSwitch("--checkpoint-gradients", options.checkpoint_gradients);
  addNumber("--panel", options.panel, usual.panel);
  addNumber("--evaluations", options.evaluations, usual.evaluations);
  addName("--stop-early", options.stop_early, usual.stop_early);
  addNumber("--patience", options.patience, usual.patience);
  add("--device", toQt(options.device));
  add("--seed", QString::number(options.seed));
  for (QString& word : words) word = shellQuoted(word);
  return words.join(QLatin1Char(' '));
}

std::vector<SettingRow> differingSettings(const std::vector<Run>& runs, const std::vector<TrainOptions>& options,
                                          const QStringList& starts) {
  std::vector<SettingRow> rows;
  const auto add = [&](const QString& name, auto text) {
    SettingRow row{name, {}};
    for (size_t i = 0; i < runs.size(); ++i) row.values << text(i, options[i]);
    if (std::adjacent_find(row.values.begin(), row.values.end(), std::not_equal_to<>()) != row.values.end())
      rows.push_back(row);
  };
  const QString none = QStringLiteral("–");
  const auto preference = [&](size_t, const TrainOptions& o, const QString& text) {
    return o.objective == "sft" ? none : text;
  };
  const auto yesNo = [](bool on) { return on ? tr("yes") : tr("no"); };
  add(tr("Objective"), [&](size_t i, const TrainOptions&) { return objectiveText(runs[i].objective).title; });
  add(tr("Starts from"), [&](size_t i, const TrainOptions&) { return starts.value(static_cast<qsizetype>(i)); });
  add(tr("Model"), [](size_t, const TrainOptions& o) { return toQt(std::filesystem::path(o.model)); });
  add(tr("Preparation"), [](size_t, const TrainOptions& o) { return QString::number(o.preparation.value_or(0)); });
  add(tr("Negatives"), [&](size_t i, const TrainOptions& o) { return preference(i, o, toQt(o.negatives)); });
  add(tr("Negatives' model"), [&](size_t i, const TrainOptions& o) {
    return o.negatives == "hard" || o.objective == "rosepo" ? preference(i, o, toQt(o.negatives_model)) : none;
  });
  add(tr("Negatives k"), [&](size_t i, const TrainOptions& o) { return preference(i, o, QString::number(o.k)); });
  add(tr("Drawn anew every epoch"),
      [&](size_t i, const TrainOptions& o) { return preference(i, o, yesNo(o.resample)); });
  add(tr("beta"), [&](size_t i, const TrainOptions& o) { return preference(i, o, shortNumber(o.beta)); });
  add(tr("Label smoothing"), [&](size_t i, const TrainOptions& o) {
    return objectiveText(runs[i].objective).smoothing ? shortNumber(o.label_smoothing) : none;
  });
  add(tr("gamma"), [&](size_t i, const TrainOptions& o) {
    return objectiveText(runs[i].objective).gamma ? shortNumber(o.gamma) : none;
  });
  add(tr("SFT weight"), [&](size_t i, const TrainOptions& o) {
    return preference(i, o, shortNumber(o.sft_weight.value_or(usual_sft_weight(o.objective))));
  });
  add(tr("Learning rate"), [](size_t, const TrainOptions& o) { return shortNumber(o.learning_rate); });
  add(tr("Schedule"), [](size_t, const TrainOptions& o) { return toQt(o.schedule); });
  add(tr("Warm-up"), [](size_t, const TrainOptions& o) { return shortNumber(o.warm_up); });
  add(tr("Clip"), [](size_t, const TrainOptions& o) { return shortNumber(o.clip); });
  add(tr("Epochs"), [](size_t, const TrainOptions& o) { return shortNumber(o.epochs); });
  add(tr("LoRA rank"), [](size_t, const TrainOptions& o) { return QString::number(o.rank); });
  add(tr("LoRA alpha"),
      [](size_t, const TrainOptions& o) { return shortNumber(o.alpha > 0 ? o.alpha : 2.0 * o.rank); });
  add(tr("rsLoRA"), [&](size_t, const TrainOptions& o) { return yesNo(o.rs_lora); });
  add(tr("Dropout"), [](size_t, const TrainOptions& o) { return shortNumber(o.dropout); });
  add(tr("Adapter on"), [](size_t, const TrainOptions& o) { return targetsText(o.targets); });
  add(tr("Tokens a step"), [](size_t, const TrainOptions& o) { return QString::number(o.batch_tokens); });
  add(tr("Tokens a pass"), [](size_t, const TrainOptions& o) { return QString::number(o.pass_tokens); });
  add(tr("Numbers"), [](size_t, const TrainOptions& o) { return toQt(o.dtype); });
  add(tr("Gradient checkpointing"), [&](size_t, const TrainOptions& o) { return yesNo(o.checkpoint_gradients); });
  add(tr("Panel"), [](size_t, const TrainOptions& o) { return QString::number(o.panel); });
  add(tr("Evaluations"), [](size_t, const TrainOptions& o) { return QString::number(o.evaluations); });
  add(tr("Stop early by"), [](size_t, const TrainOptions& o) { return toQt(o.stop_early); });
  add(tr("Patience"), [](size_t, const TrainOptions& o) { return QString::number(o.patience); });
  add(tr("Device"), [](size_t, const TrainOptions& o) { return toQt(o.device); });
  add(tr("Seed"), [](size_t, const TrainOptions& o) { return QString::number(o.seed); });
  return rows;
}

}  // namespace prefscope
