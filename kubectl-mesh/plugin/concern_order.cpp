#include "plugin/concern_order.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "mesh/problem.hpp"

namespace mesh {

namespace {

/// Sorted by name, so that neither folders nor load order decide between equals.
using Graph = std::map<std::string, ConcernStep>;

constexpr const char* k_all_others = "*";

bool comes_last(const Extension& concern) {
  const std::vector<std::string>& after = concern.lifecycle.after;
  return std::find(after.begin(), after.end(), k_all_others) != after.end();
}

Graph nodes_of(const Catalogue& catalogue,
               const std::function<bool(const std::string&)>& takes_part) {
  Graph graph;
  for (const Extension* concern : catalogue.of_point("command/1")) {
    const Lifecycle& lifecycle = concern->lifecycle;
    if (lifecycle.up.empty() && lifecycle.down.empty()) continue;
    if (takes_part(concern->name)) graph[concern->name] = {.concern = concern, .after = {}};
  }
  return graph;
}

/// What is not installed, or not part of the run, constrains nothing.
void add_edge(Graph& graph, const std::string& earlier, const std::string& later,
              const std::string& plugin) {
  if (graph.contains(earlier) && graph.contains(later)) graph[later].after.emplace(earlier, plugin);
}

void add_edges_of(Graph& graph, const Extension& concern, const std::string& plugin) {
  for (const std::string& earlier : concern.lifecycle.after)
    add_edge(graph, earlier, concern.name, plugin);
  for (const std::string& later : concern.lifecycle.before)
    add_edge(graph, concern.name, later, plugin);
  if (!comes_last(concern)) return;
  for (const auto& [name, step] : graph) {
    if (!comes_last(*step.concern)) add_edge(graph, name, concern.name, plugin);
  }
}

/// None of `waiting` can begin, so whoever follows what comes before walks in a circle.
Failure cycle_in(const Graph& waiting) {
  const auto before = [&](const std::string& name) {
    const auto& after = waiting.at(name).after;
    return *std::find_if(after.begin(), after.end(),
                         [&](const auto& edge) { return waiting.contains(edge.first); });
  };
  std::vector<std::string> walked;
  std::string name = waiting.begin()->first;
  while (std::find(walked.begin(), walked.end(), name) == walked.end()) {
    walked.push_back(name);
    name = before(name).first;
  }
  std::vector<std::string> edges;
  for (auto it = std::find(walked.begin(), walked.end(), name); it != walked.end(); ++it) {
    const auto [earlier, plugin] = before(*it);
    edges.push_back(*it + " after " + earlier + " (plugin " + plugin + ")");
  }
  return {"plugin-refused", "the order of the concerns has a cycle: " + join(edges, ", "),
          "remove one of these plugins, or leave one of the concerns out in mesh.yaml: skip: [" +
              name + "]"};
}

bool can_begin(const ConcernStep& step, const Graph& waiting) {
  return std::none_of(step.after.begin(), step.after.end(),
                      [&](const auto& edge) { return waiting.contains(edge.first); });
}

}  // namespace

std::vector<ConcernStep> order_concerns(const Catalogue& catalogue,
                                        const std::function<bool(const std::string&)>& takes_part) {
  Graph waiting = nodes_of(catalogue, takes_part);
  for (const auto& [name, step] : Graph(waiting)) {
    add_edges_of(waiting, *step.concern, catalogue.provider("command/1:" + name)->manifest.name);
  }
  std::vector<ConcernStep> ordered;
  while (!waiting.empty()) {
    const auto next = std::find_if(waiting.begin(), waiting.end(), [&](const auto& node) {
      return can_begin(node.second, waiting);
    });
    if (next == waiting.end()) throw cycle_in(waiting);
    ordered.push_back(std::move(next->second));
    waiting.erase(next);
  }
  return ordered;
}

}  // namespace mesh
