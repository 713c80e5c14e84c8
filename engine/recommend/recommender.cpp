// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/recommend/recommender.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "engine/base/random.h"

namespace prefscope {
namespace {

class RandomRecommender : public Recommender {
 public:
  explicit RandomRecommender(uint64_t seed) : seed_(seed) {}
  std::string name() const override { return "random"; }
  void fit(const TrainingMatrix&, const TaskContext&) override {}
  std::vector<double> score(const std::vector<int32_t>&, const std::vector<int32_t>& candidates,
                            int64_t list_id) const override {
    Random random({seed_, 0x72616e64, static_cast<uint64_t>(list_id)});
    std::vector<double> scores;
    for (size_t i = 0; i < candidates.size(); ++i) scores.push_back(random.uniform());
    return scores;
  }

 private:
  uint64_t seed_;
};

class Popularity : public Recommender {
 public:
  std::string name() const override { return "popularity"; }
  void fit(const TrainingMatrix& matrix, const TaskContext&) override {
    counts_.assign(static_cast<size_t>(matrix.item_count), 0);
    for (const auto& user : matrix.items) {
      for (const int32_t item : user) ++counts_[static_cast<size_t>(item)];
    }
  }
  std::vector<double> score(const std::vector<int32_t>&, const std::vector<int32_t>& candidates,
                            int64_t) const override {
    std::vector<double> scores;
    for (const int32_t item : candidates) scores.push_back(counts_[static_cast<size_t>(item)]);
    return scores;
  }

 private:
  std::vector<double> counts_;
};

/// Item-based neighbours with Jaccard similarity c / (p_i + p_j - c + 1e-6), the K most similar kept for each
/// candidate, no shrinkage (Ferrari Dacrema et al. 2021, their ItemKNN).
class ItemKnn : public Recommender {
 public:
  std::string name() const override { return "itemknn"; }
  void fit(const TrainingMatrix& matrix, const TaskContext& context) override {
    const auto n = static_cast<size_t>(matrix.item_count);
    std::vector<std::vector<int32_t>> users_of(n);
    for (size_t u = 0; u < matrix.items.size(); ++u) {
      for (const int32_t item : matrix.items[u]) users_of[static_cast<size_t>(item)].push_back(static_cast<int32_t>(u));
    }
    neighbours_.assign(n, {});
    ProgressClock clock(context, "Fitting ItemKNN");
    std::vector<int32_t> together(n, 0), touched;
    for (size_t i = 0; i < n; ++i) {
      if (i % 64 == 0) clock.update(static_cast<double>(i) / static_cast<double>(n));
      touched.clear();
      for (const int32_t u : users_of[i]) {
        for (const int32_t j : matrix.items[static_cast<size_t>(u)]) {
          if (together[static_cast<size_t>(j)]++ == 0) touched.push_back(j);
        }
      }
      std::vector<std::pair<double, int32_t>> similar;
      for (const int32_t j : touched) {
        const double c = together[static_cast<size_t>(j)];
        together[static_cast<size_t>(j)] = 0;
        if (static_cast<size_t>(j) == i) continue;
        similar.emplace_back(
            c / (static_cast<double>(users_of[i].size() + users_of[static_cast<size_t>(j)].size()) - c + 1e-6), j);
      }
      std::sort(similar.begin(), similar.end(), [](const auto& a, const auto& b) {
        return a.first != b.first ? a.first > b.first : a.second < b.second;
      });
      similar.resize(std::min<size_t>(similar.size(), neighbours_kept));
      for (const auto& [similarity, j] : similar) neighbours_[i].emplace(j, similarity);
    }
  }
  std::vector<double> score(const std::vector<int32_t>& history, const std::vector<int32_t>& candidates,
                            int64_t) const override {
    std::vector<double> scores;
    for (const int32_t candidate : candidates) {
      const auto& similar = neighbours_[static_cast<size_t>(candidate)];
      double sum = 0;
      for (const int32_t item : history) {
        const auto found = similar.find(item);
        if (found != similar.end()) sum += found->second;
      }
      scores.push_back(sum);
    }
    return scores;
  }

 private:
  static constexpr size_t neighbours_kept = 100;
  std::vector<std::unordered_map<int32_t, double>> neighbours_;
};

/// EASE (Steck 2019, arXiv 1905.03375): B = I - P diag(P)^-1 with P = (X'X + lambda I)^-1; scores are history . B.
class Ease : public Recommender {
 public:
  std::string name() const override { return "ease"; }
  void fit(const TrainingMatrix& matrix, const TaskContext& context) override {
    const int64_t n = matrix.item_count;
    if (n > max_items) {
      throw Error(ErrorKind::Unsupported, fmt::format("EASE inverts a matrix of items x items: expected at most {} "
                                                      "items, found {}; leave it out of --baselines",
                                                      max_items, n));
    }
    context.report({"Fitting EASE", 0, -1, ""});
    at::Tensor gram = at::zeros({n, n}, at::kFloat);
    auto* g = gram.mutable_data_ptr<float>();
    for (const auto& user : matrix.items) {
      context.check();
      for (const int32_t i : user) {
        for (const int32_t j : user) g[i * n + j] += 1;
      }
    }
    gram.diagonal().add_(lambda);
    const at::Tensor p = at::cholesky_inverse(at::linalg_cholesky(gram));
    weights_ = p / -p.diagonal().unsqueeze(0);
    weights_.diagonal().zero_();
    context.check();
  }
  std::vector<double> score(const std::vector<int32_t>& history, const std::vector<int32_t>& candidates,
                            int64_t) const override {
    const auto* b = weights_.const_data_ptr<float>();
    const int64_t n = weights_.size(0);
    std::vector<double> scores;
    for (const int32_t candidate : candidates) {
      double sum = 0;
      for (const int32_t item : history) sum += b[item * n + candidate];
      scores.push_back(sum);
    }
    return scores;
  }

 private:
  static constexpr double lambda = 100;
  static constexpr int64_t max_items = 20'000;  // 1.6 GB a matrix, three of them at once
  at::Tensor weights_;                          // [items, items], row: history item, column: candidate
};

}  // namespace

std::unique_ptr<Recommender> make_recommender(const std::string& name, uint64_t seed) {
  if (name == "random") return std::make_unique<RandomRecommender>(seed);
  if (name == "popularity") return std::make_unique<Popularity>();
  if (name == "itemknn") return std::make_unique<ItemKnn>();
  if (name == "ease") return std::make_unique<Ease>();
  throw Error(ErrorKind::BadInput, fmt::format("baseline {}: expected random, popularity, itemknn or ease", name));
}

}  // namespace prefscope
