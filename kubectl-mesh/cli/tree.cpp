#include "cli/tree.hpp"

#include <algorithm>
#include <cctype>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "base/text.hpp"
#include "cli/document_text.hpp"
#include "cli/tree_commands.hpp"
#include "cli/tree_files.hpp"
#include "mesh/shell.hpp"
#include "plan/object.hpp"
#include "plan/store.hpp"

namespace mesh {

namespace {

namespace fs = std::filesystem;

constexpr const char* k_script = "apply.sh";
constexpr const char* k_private = "private";

// A function of a POSIX shell, for the proofs.
constexpr const char* k_until = R"sh(
# Repeats a command until it succeeds, for so many seconds at most.
until_done() {
  end=$(($(date +%s) + $1)); shift
  until "$@"; do [ "$(date +%s)" -lt "$end" ] || return 1; sleep 2; done
}
)sh";

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

std::string two_digits(std::size_t number) {
  return (number < 10 ? "0" : "") + std::to_string(number);
}

/// What several concerns want of one object, as one document.
void merge(Json& into, const Json& more) {
  if (!into.is_object() || !more.is_object()) {
    into = more;
    return;
  }
  for (const auto& [key, value] : more.items()) {
    if (into.contains(key)) {
      merge(into[key], value);
    } else {
      into[key] = value;
    }
  }
}

/// Objects that are applied together.
struct Group {
  fs::path folder;  ///< "game-gke/01-certs"
  std::vector<Json> objects;
};

/// One action in the order of the whole plan.
struct Placed {
  int phase = 0;
  std::size_t part = 0;
  const Action* action = nullptr;
};

class Tree {
 public:
  Tree(const std::vector<TreePart>& parts, const fs::path& root, const TreeOptions& options)
      : m_parts(parts), m_options(options), m_files(root), m_commands(options.kubeconfig) {}

  std::size_t write() {
    m_files.remove_earlier();
    for (const Placed& placed : in_order()) add(placed);
    close_all();
    add_rest();
    for (const Group& group : m_groups) write_group(group);
    for (const auto& [cluster, folders] : m_folders) {
      if (!folders.empty()) write_kustomization(cluster, folders);
    }
    write_script();
    return m_files.finish();
  }

 private:
  /// As the executor goes: what is stored first, then phase by phase, all clusters in each.
  std::vector<Placed> in_order() const {
    std::vector<Placed> order;
    std::map<std::string, std::size_t> clusters;
    int first = 0;
    for (std::size_t part = 0; part < m_parts.size(); ++part) {
      int last = first;
      for (const Action& action : m_parts[part].actions) {
        const bool stores = action.type == ActionType::store;
        order.push_back({stores ? -1 : first + action.phase, part, &action});
        last = std::max(last, first + action.phase + 1);
        if (!action.cluster.empty()) clusters.emplace(action.cluster, clusters.size());
      }
      first = last;
    }
    const auto rank = [&](const Placed& placed) {
      const auto found = clusters.find(placed.action->cluster);
      return std::pair(placed.phase, found == clusters.end() ? clusters.size() : found->second);
    };
    std::stable_sort(order.begin(), order.end(),
                     [&](const Placed& a, const Placed& b) { return rank(a) < rank(b); });
    return order;
  }

  void add(const Placed& placed) {
    if (placed.phase != m_phase) close_all();  // all clusters end a phase before the next begins
    m_phase = placed.phase;
    const Action& action = *placed.action;
    const TreePart& part = m_parts[placed.part];
    const bool secret = is_secret(action.object) ||
                        (action.target.kind == "Secret" && action.type == ActionType::edit) ||
                        action.type == ActionType::store;
    // A program of which nothing is known gets a kubeconfig that has just its cluster.
    const bool unknown = action.type == ActionType::run && !action.release;
    if (unknown || (secret && !m_options.show_secrets)) {
      close(action.cluster);
      leave_to_command(placed.part, action);
      return;
    }
    if (action.type == ActionType::apply) {
      add_object(placed, part);
      return;
    }
    close(action.cluster);
    add_step(action, part);
  }

  // ---- manifests

  void add_object(const Placed& placed, const TreePart& part) {
    const Action& action = *placed.action;
    const ObjectRef ref = ref_of(action.object);
    const std::string key = action.cluster + "|" + ref.api_version + "|" + to_string(ref);
    const auto known = m_documents.find(key);
    if (known != m_documents.end()) {
      merge(m_groups[known->second.first].objects[known->second.second], action.object);
      return;
    }
    const auto open = m_open.find(action.cluster);
    const bool fits = open != m_open.end() && open->second.phase == placed.phase &&
                      open->second.part == placed.part;
    if (!fits) {
      close(action.cluster);
      std::vector<std::string>& folders = m_folders[folder_of(action.cluster)];
      folders.push_back(two_digits(folders.size() + 1) + "-" + path_component(part.name));
      m_groups.push_back({fs::path(folder_of(action.cluster)) / folders.back(), {}});
      m_open[action.cluster] = {placed.phase, placed.part, m_groups.size() - 1};
    }
    const std::size_t group = m_open.at(action.cluster).group;
    m_documents[key] = {group, m_groups[group].objects.size()};
    m_groups[group].objects.push_back(action.object);
  }

  /// Writes down that the open group of a cluster is applied here.
  void close(const std::string& cluster) {
    const auto open = m_open.find(cluster);
    if (open == m_open.end()) return;
    const Group& group = m_groups[open->second.group];
    std::string what = m_parts[open->second.part].name + ", " + cluster + ":";
    for (const Json& object : group.objects) {
      what += (what.ends_with(':') ? " " : ", ") + to_string(ref_of(object));
    }
    step(what, m_commands.apply(cluster, m_files.place(group.folder)));
    m_open.erase(open);
  }

  void close_all() {
    while (!m_open.empty()) close(m_open.begin()->first);
  }

  void write_group(const Group& group) {
    std::vector<std::string> names;
    for (const Json& object : group.objects) {
      const ObjectRef ref = ref_of(object);
      names.push_back(two_digits(names.size()) + "-" +
                      path_component(lower(ref.kind) + "-" + ref.name) + ".yaml");
      const fs::path file = group.folder / names.back();
      if (is_secret(object)) {
        m_files.write_private(file, to_yaml(object));
      } else {
        m_files.write(file, to_yaml(object));
      }
    }
    write_kustomization(group.folder, names);
  }

  void write_kustomization(const fs::path& folder, const std::vector<std::string>& resources) {
    const Json kustomization{{"apiVersion", "kustomize.config.k8s.io/v1beta1"},
                             {"kind", "Kustomization"},
                             {"resources", resources}};
    m_files.write(folder / "kustomization.yaml", to_yaml(kustomization));
  }

  // ---- steps that are no manifests

  void add_step(const Action& action, const TreePart& part) {
    const std::string where = part.name + ", " + action.cluster + ": ";
    const std::string about = where + escape_terminal(action.reason);
    switch (action.type) {
      case ActionType::edit: {
        const std::string name =
            two_digits(++m_patches) + "-" +
            path_component(lower(action.target.kind) + "-" + action.target.name) + ".yaml";
        const fs::path file = fs::path(folder_of(action.cluster)) / "patches" / name;
        const std::string text = to_yaml(patch_document(action));
        const bool secret = action.target.kind == "Secret";
        step(about, m_commands.patch(action, secret ? m_files.write_private(file, text)
                                                    : m_files.write(file, text)));
        return;
      }
      case ActionType::remove:
        return step(about, m_commands.remove(action));
      case ActionType::wait:
        return step(about, m_commands.wait(action));
      case ActionType::restart:
        return step(about, m_commands.restart(action));
      case ActionType::run:
        return step(about, run_command(action));
      case ActionType::prove:
        return add_proof(action, part);
      default:
        return store(action, part);
    }
  }

  std::string run_command(const Action& action) {
    std::map<std::string, std::string> files;
    if (!action.release->chart.empty()) {
      files = write_release(action, fs::path(folder_of(action.cluster)) / "charts");
    }
    return m_commands.run(action, files);
  }

  /// NAME.yaml says which chart, NAME.values.yaml with which values.
  std::map<std::string, std::string> write_release(const Action& action, const fs::path& folder) {
    const HelmRelease& release = *action.release;
    const std::string name = path_component(release.name);
    std::map<std::string, std::string> files;
    std::vector<std::string> names{name + ".values.yaml"};
    files["-"] = m_files.write(folder / names.front(), values_text(action.input));
    for (const std::string& file : release.value_files) {
      names.push_back(name + ".values-" + std::to_string(names.size()) + ".yaml");
      files[file] = m_files.write(folder / names.back(), content_of(file));
    }
    Json document{{"release", release.name},
                  {"namespace", release.name_space},
                  {"chart", release.chart},
                  {"valueFiles", names}};
    if (!release.repository.empty()) document["repository"] = release.repository;
    if (!release.version.empty()) document["version"] = release.version;
    m_files.write(folder / (name + ".yaml"), to_yaml(document));
    return files;
  }

  static std::string values_text(const std::string& input) {
    try {
      return to_yaml(parse_json(input, "values"));
    } catch (const Failure&) {
      return input;  // in whatever form its program reads
    }
  }

  static std::string content_of(const std::string& file) {
    std::ifstream stream(file, std::ios::binary);
    std::ostringstream text;
    text << stream.rdbuf();
    if (stream) return text.str();
    throw Failure("invalid-input", "the values file " + file + " cannot be read");
  }

  void add_proof(const Action& action, const TreePart& part) {
    // What is not planned as a whole cannot work as a whole.
    if (part.continues || is_ahead(part)) return;
    constexpr std::string_view k_command = "command/1:";
    const std::string about = part.name + (action.cluster.empty() ? "" : ", " + action.cluster) +
                              ": " + escape_terminal(action.reason);
    if (!action.extension.starts_with(k_command) || !m_options.command_of) {
      return step(about, "# " + action.extension + " " + action.verb + "\n");
    }
    const std::string command =
        m_options.command_of(action.extension.substr(k_command.size()), action.verb);
    if (!m_proofs.insert(command).second) return;
    m_needs_until = true;
    step(about, "until_done " + std::to_string(action.seconds) + " " + command + "\n");
  }

  void store(const Action& action, const TreePart& part) {
    const fs::path file = fs::path(k_private) / (two_digits(++m_stored) + "-" + action.file.name);
    if (m_stored == 1) m_files.write(fs::path(k_private) / ".gitignore", "*\n");
    const std::string source = m_files.write_private(file, action.file.data);
    const std::string target = store_path(action.file).string();
    const std::string command = command_line({"install", "-D", "-m", "600", source, target});
    step(part.name + ": " + escape_terminal(action.reason),
         action.file.replace ? command : "[ -e " + shell_quoted(target) + " ] || " + command);
  }

  /// What stays out of the tree is done by the concern's own command, once for all clusters.
  void leave_to_command(std::size_t part, const Action& action) {
    const std::string what =
        action.type == ActionType::run     ? action.program + " in " + action.cluster
        : action.type == ActionType::store ? "file " + action.file.name + " of your own"
        : action.type == ActionType::apply
            ? to_string(ref_of(action.object)) + " in " + action.cluster
            : to_string(action.target) + " in " + action.cluster;
    const auto known = m_left.find(part);
    if (known != m_left.end()) {
      m_steps[known->second].about += ", " + what;
      return;
    }
    m_left[part] = m_steps.size();
    step(m_parts[part].name + ", by its own command, as this tree holds no secret values: " + what,
         m_parts[part].command + "\n");
  }

  /// Whether a part was planned before those in front of it were applied. What they bring about it
  /// did not find yet.
  bool is_ahead(const TreePart& part) const {
    for (const TreePart& earlier : m_parts) {
      if (&earlier == &part) return false;
      if (earlier.changes || earlier.continues) return true;
    }
    return false;
  }

  /// Whether more may be planned when this tree is applied.
  bool goes_on() const {
    return std::any_of(m_parts.begin(), m_parts.end(), [&](const TreePart& part) {
      return part.continues || (!part.proof && is_ahead(part));
    });
  }

  void add_rest() {
    if (!goes_on()) return;
    std::string about =
        "More can be planned when the steps above are done. Plan again into this directory, and\n"
        "# apply the new tree, until it has no such step.";
    for (const TreePart& part : m_parts) {
      if (!part.continues) continue;
      about += "\n# - " + part.name + " is not complete yet";
      for (const Note& note : part.notes) {
        if (note.severity != Severity::info) continue;
        about += "\n# - " + part.name + (note.cluster.empty() ? "" : ", " + note.cluster) + ": " +
                 escape_terminal(note.text);
      }
    }
    step(about, m_options.command + "\n");
  }

  // ---- the script

  struct Line {
    std::string about, command;
  };

  void step(std::string about, std::string command) {
    m_steps.push_back({std::move(about), std::move(command)});
  }

  void write_script() {
    std::string text = "#!/bin/sh\n# " + escape_terminal(m_options.title) +
                       "\n# Written by: " + escape_terminal(m_options.command) +
                       "\n# All steps in their order, for kubectl, helm and kubectl mesh. Run it "
                       "in the directory in\n# which the command above was typed, or take single "
                       "steps from it.\nset -eu\n";
    if (m_needs_until) text += k_until;
    for (std::size_t number = 0; number < m_steps.size(); ++number) {
      text += "\n# " + std::to_string(number + 1) + ". " + m_steps[number].about + "\n" +
              m_steps[number].command;
    }
    if (m_steps.empty()) text += "\n# There is nothing to apply.\n";
    const fs::path script = m_files.write(k_script, text);
    std::error_code failed;
    fs::permissions(script, fs::perms::owner_exec | fs::perms::group_exec | fs::perms::others_exec,
                    fs::perm_options::add, failed);
  }

  /// Two contexts never share a folder, even if their names differ only in what a path cannot have.
  std::string folder_of(const std::string& cluster) {
    const auto known = m_names.find(cluster);
    if (known != m_names.end()) return known->second;
    std::string name = path_component(cluster);
    while (name == k_script || name == k_private || !m_taken.insert(name).second) name += "_";
    return m_names.emplace(cluster, name).first->second;
  }

  /// Which group of a cluster takes more objects.
  struct Open {
    int phase = 0;
    std::size_t part = 0, group = 0;
  };

  const std::vector<TreePart>& m_parts;
  const TreeOptions& m_options;
  TreeFiles m_files;
  TreeCommands m_commands;
  std::vector<Group> m_groups;
  std::map<std::string, Open> m_open;                                      ///< by cluster
  std::map<std::string, std::pair<std::size_t, std::size_t>> m_documents;  ///< group and place
  std::map<std::string, std::vector<std::string>> m_folders;               ///< of groups, by folder
  std::map<std::size_t, std::size_t> m_left;  ///< step by part that its own command carries out
  std::vector<Line> m_steps;
  std::set<std::string> m_proofs;
  std::map<std::string, std::string> m_names;
  std::set<std::string> m_taken;
  int m_phase = 0;
  std::size_t m_patches = 0, m_stored = 0;
  bool m_needs_until = false;
};

}  // namespace

std::size_t write_tree(const std::vector<TreePart>& parts, const std::filesystem::path& folder,
                       const TreeOptions& options) {
  return Tree(parts, folder, options).write();
}

}  // namespace mesh
