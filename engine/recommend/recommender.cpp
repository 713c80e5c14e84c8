// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/recommend/recommender.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <optional>
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

/// EASE (Steck 2019, arXiv 1905.03375): with P = (X'X + lambda I)^-1 the weights are B_ij = -P_ij / P_jj off the
/// diagonal and 0 on it; scores are history . B. B itself is never formed, a factor of P is enough:
///   P = Y'Y                    Y = L^-1,   LL' = X'X + lambda I [items, items]   B_ij = -y_i.y_j / y_j.y_j
///   P = (I - Z'Z) / lambda     Z = L^-1 X, LL' = XX' + lambda I [users, users]   B_ij = z_i.z_j / (1 - z_j.z_j)
/// (the second by Woodbury's identity); whichever of users and items are fewer decides.
class Ease : public Recommender {
 public:
  std::string name() const override { return "ease"; }
  void fit(const TrainingMatrix& matrix, const TaskContext& context) override {
    const auto users = static_cast<int64_t>(matrix.items.size());
    const int64_t items = matrix.item_count, side = std::min(users, items);
    if (side * items > max_numbers) {
      throw Error(ErrorKind::Unsupported,
                  fmt::format("EASE factors {} x {} numbers, {:.1f} GB: expected at most {:.1f} GB; leave ease out of "
                              "--baselines, or prepare with fewer --users",
                              side, items, 8e-9 * static_cast<double>(side * items), 8e-9 * double{max_numbers}));
    }
    context.report({"Fitting EASE", -1, -1, fmt::format("{} users, {} items", users, items)});
    if (users < items) {
      at::Tensor x = at::zeros({users, items}, at::kDouble);
      for (int64_t u = 0; u < users; ++u) {
        for (const int32_t i : matrix.items[static_cast<size_t>(u)]) x.mutable_data_ptr<double>()[u * items + i] = 1;
      }
      at::Tensor gram = x.matmul(x.t());
      gram.diagonal().add_(lambda);
      context.check();
      factor_ = at::linalg_solve_triangular(at::linalg_cholesky(gram), x, false).t().contiguous();
      denominator_ = 1 - factor_.square().sum(1);
    } else {
      at::Tensor gram = at::zeros({items, items}, at::kDouble);
      auto* g = gram.mutable_data_ptr<double>();
      for (const auto& user : matrix.items) {
        context.check();
        for (const int32_t i : user) {
          for (const int32_t j : user) g[i * items + j] += 1;
        }
      }
      gram.diagonal().add_(lambda);
      gram = at::linalg_cholesky(gram);
      context.check();
      factor_ = at::linalg_solve_triangular(gram, at::eye(items, at::kDouble), false).t().contiguous();
      denominator_ = -factor_.square().sum(1);
    }
    context.check();
  }
  std::vector<double> score(const std::vector<int32_t>& history, const std::vector<int32_t>& candidates,
                            int64_t) const override {
    const int64_t width = factor_.size(1);
    const auto row = [&](int32_t item) { return factor_.const_data_ptr<double>() + item * width; };
    const auto sum_without = [&](std::optional<int32_t> left_out) {
      std::vector<double> sum(static_cast<size_t>(width));
      for (const int32_t item : history) {
        if (item == left_out) continue;
        for (int64_t k = 0; k < width; ++k) sum[static_cast<size_t>(k)] += row(item)[k];
      }
      return sum;
    };
    const std::vector<double> whole = sum_without({});
    std::vector<double> scores;
    for (const int32_t candidate : candidates) {
      const bool own = std::find(history.begin(), history.end(), candidate) != history.end();
      const std::vector<double>& sum = own ? sum_without(candidate) : whole;  // the diagonal is 0
      scores.push_back(std::inner_product(sum.begin(), sum.end(), row(candidate), 0.0) /
                       denominator_.const_data_ptr<double>()[candidate]);
    }
    return scores;
  }

 private:
  static constexpr double lambda = 100;
  static constexpr int64_t max_numbers = int64_t{1} << 28;  // 2 GB in float64, three times at the peak
  at::Tensor factor_;                                       // [items, min(users, items)], float64
  at::Tensor denominator_;                                  // [items]
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
