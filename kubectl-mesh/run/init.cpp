#include <algorithm>
#include <map>

#include "run/change.hpp"
#include "run/cluster_names.hpp"
#include "run/sections.hpp"
#include "run/stages.hpp"
#include "run/verbs.hpp"

#include "base/exit_code.hpp"
#include "base/text.hpp"
#include "cli/document_text.hpp"
#include "mesh/overview.hpp"

// `init`: looks at the clusters and writes a mesh.yaml that works as it is.

namespace mesh {

namespace {

struct Found {
  std::string concern;
  Detected detected;
};

Mode mode_of(const Json& word) {
  return word == "discovery" ? Mode::discovery : Mode::alias;
}

/// Settings that several concerns share, by name: a concern takes those that its section may have.
Json shared_by(const std::string& concern, const Json& shared,
               const std::map<std::string, Section>& sections) {
  Json settings = Json::object();
  const auto section = sections.find(concern);
  if (section == sections.end() || !section->second.schema.is_object()) return settings;
  const Json properties = section->second.schema.value("properties", Json::object());
  for (const auto& [name, value] : shared.items()) {
    if (properties.contains(name)) settings[name] = value;
  }
  return settings;
}

class Detection {
 public:
  explicit Detection(Session& session)
      : m_session(session), m_sections(sections_of(session.catalogue())) {}

  /// What one concern finds (Istio's name of a cluster, its namespace) is what another one looks
  /// for, so they look until the mesh is the same as before. What was read is not read again.
  MeshView look(std::vector<Found>& all) {
    constexpr int k_passes = 3;
    MeshView view = agree({});
    for (int pass = 0; pass < k_passes; ++pass) {
      all = look_with(view);
      const Json before{to_json(view), m_shared};
      view = agree(all);
      m_shared = shared_in(all);
      if (Json{to_json(view), m_shared} == before) break;
    }
    return view;
  }

  /// The plugins that could not look.
  std::vector<Problem> failed() const {
    std::vector<Problem> problems;
    for (const auto& [name, problem] : m_failed) problems.push_back(problem);
    return problems;
  }

 private:
  std::vector<Found> look_with(const MeshView& view) {
    std::vector<Found> all;
    for (const Extension* overview : m_session.catalogue().of_point("overview/1")) {
      if (!m_failed.contains(overview->name)) look_at(overview->name, view, all);
    }
    return all;
  }

  /// A plugin that fails costs its own section.
  void look_at(const std::string& name, const MeshView& view, std::vector<Found>& all) try {
    m_session.progress("", "looking at " + name);
    const Json settings = shared_by(name, m_shared, m_sections);
    Json request = overview_request(m_session, name, view);
    request["settings"].update(settings);
    const Json answer = m_session.ask("overview/1:" + name, "detect", request);
    all.push_back({name, detected_from_json(answer)});
    all.back().detected.settings.update(settings);
  } catch (const Failure& failure) {
    if (failure.problem().plugin.empty()) throw;
    Problem problem = failure.problem();
    problem.message = "nothing is said about " + name + ": " + message_of(problem);
    m_failed.emplace(name, std::move(problem));
  }

  static Json shared_in(const std::vector<Found>& all) {
    Json shared = Json::object();
    for (const Found& found : all)
      shared.update(found.detected.mesh.value("settings", Json::object()));
    return shared;
  }

  /// What the operator says wins over what the clusters say, which wins over the defaults.
  MeshView agree(const std::vector<Found>& all) const {
    MeshView view = m_session.mesh();
    for (const Found& found : all) {
      const Json& mesh = found.detected.mesh;
      view.id = mesh.value("id", view.id);
      view.trust_domain = mesh.value("trustDomain", view.trust_domain);
      view.suffix = mesh.value("suffix", view.suffix);
      if (mesh.contains("mode")) view.mode = mode_of(mesh["mode"]);
      const Json clusters = mesh.value("clusters", Json::object());
      for (Member& member : view.members) {
        const Json said = clusters.value(member.context, Json());
        const Json cluster = said.is_object() ? said : Json::object();
        const std::string name = cluster.value("name", member.name);
        if (default_cluster_name(name) == name) member.name = name;  // else the file is refused
        member.network = cluster.value("network", member.network);
      }
    }
    part_names(view);
    const Json& options = m_session.invocation().options;
    view.id = options.value("mesh-id", view.id);
    view.trust_domain = options.value("trust-domain", view.trust_domain);
    view.suffix = options.value("suffix", view.suffix);
    if (options.contains("mode")) view.mode = mode_of(options["mode"]);
    return view;
  }

  /// Clusters that say the same name cannot be one mesh: each gets a name of its own again.
  void part_names(MeshView& view) const {
    std::map<std::string, int> count;
    for (const Member& member : view.members) ++count[member.name];
    for (std::size_t at = 0; at < view.members.size(); ++at) {
      if (count[view.members[at].name] > 1)
        view.members[at].name = m_session.mesh().members[at].name;
    }
  }

  Session& m_session;
  std::map<std::string, Section> m_sections;
  Json m_shared = Json::object();
  std::map<std::string, Problem> m_failed;  ///< by the overview's name
};

std::string comment(const std::string& text, const char* indent = "") {
  std::string lines;
  for (const std::string& line : split(text, '\n')) {
    lines += std::string(indent) + "# " + escape_terminal(line) + "\n";
  }
  return lines;
}

std::string indented(const std::string& text, const char* indent) {
  std::string lines;
  for (const std::string& line : split(text, '\n')) {
    if (!line.empty()) lines += indent + line + "\n";
  }
  return lines;
}

std::string mesh_section(const MeshView& view) {
  std::string text =
      "mesh:\n  # Istio's global.meshID and trust domain, the same in every cluster.\n";
  text += indented(to_yaml({{"id", view.id}, {"trustDomain", view.trust_domain}}), "  ");
  text += "  # alias: a service of another cluster is NAME.NAMESPACE." + view.suffix + ".\n";
  text +=
      "  # discovery: by its usual name, endpoints of all clusters merged (needs access between "
      "API servers).\n";
  text += indented(to_yaml({{"mode", view.mode == Mode::discovery ? "discovery" : "alias"}}), "  ");
  if (view.suffix == "global") {
    text +=
        "  # global is what the 2019 how-to uses, and a real top-level domain: for a new mesh "
        "take mesh.internal.\n";
  }
  return text + indented(to_yaml({{"suffix", view.suffix}}), "  ");
}

std::string clusters_section(const MeshView& view, const Identities& identities) {
  std::string text = "clusters:\n";
  for (const Member& member : view.members) {
    text += "- " + to_yaml({{"context", member.context}});
    text += indented(to_yaml({{"name", member.name}}) + to_yaml({{"network", member.network}}) +
                         to_yaml({{"uid", identities.known.at(member.context).uid}}),
                     "  ");
  }
  return text;
}

std::string concern_section(const Found& found) {
  std::string text;
  const Detected& detected = found.detected;
  if (detected.comments.contains("")) text += comment(detected.comments.at(""));
  for (const Note& note : detected.notes) {
    text += comment((note.cluster.empty() ? "" : note.cluster + ": ") + note.text);
  }
  if (detected.settings.empty()) return text;
  text += found.concern + ":\n";
  for (const auto& [key, value] : detected.settings.items()) {
    const auto why = detected.comments.find(key);
    if (why != detected.comments.end()) text += comment(why->second, "  ");
    text += indented(to_yaml({{key, value}}), "  ");
  }
  return text;
}

/// The concerns that somebody else cares for already: a plan would refuse them.
std::string skip_section(const std::vector<Found>& all) {
  std::vector<std::string> names;
  for (const Found& found : all) {
    if (found.detected.skip) names.push_back(found.concern);
  }
  return names.empty() ? "" : to_yaml({{"skip", names}});
}

}  // namespace

int run_init(const Invocation& invocation, const Catalogue& catalogue) {
  Session session(invocation, catalogue);
  const Identities identities = identify_all(session);
  if (!identities.problems.empty()) throw Refusal(identities.problems);
  std::vector<Found> all;
  Detection detection(session);
  const MeshView view = detection.look(all);
  session.quiet();

  std::vector<Problem> problems;
  for (const Found& found : all) {
    problems.insert(problems.end(), found.detected.problems.begin(), found.detected.problems.end());
  }
  if (!problems.empty()) throw Refusal(std::move(problems));
  std::string text = "# A mesh of " + std::to_string(view.members.size()) +
                     " clusters, found by `kubectl mesh init`. Look at it, then:\n"
                     "#   kubectl mesh plan -f mesh.yaml   shows what would change\n"
                     "#   kubectl mesh up -f mesh.yaml     changes it\n";
  text += to_yaml({{"apiVersion", k_document_version}}) + to_yaml({{"kind", "Mesh"}});
  text += "\n" + mesh_section(view) + "\n" + clusters_section(view, identities);
  const std::string skipped = skip_section(all);
  if (!skipped.empty())
    text += "\n# What others have installed stays theirs; see below.\n" + skipped;
  for (const Found& found : all) {
    const std::string section = concern_section(found);
    if (!section.empty()) text += "\n" + section;
  }
  print(text);
  const std::vector<Problem> failed = detection.failed();
  if (failed.empty()) return k_exit_done;
  tell(render_problems(failed, OutputFormat::table, session.style()));
  return exit_code_of(failed.front().code);
}

}  // namespace mesh
