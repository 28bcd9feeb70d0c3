#include <algorithm>

#include "run/change.hpp"
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

std::vector<Found> look(Session& session) {
  std::vector<Found> all;
  for (const Extension* overview : session.catalogue().of_point("overview/1")) {
    session.progress("", "looking at " + overview->name);
    all.push_back({overview->name, detected_from_json(session.ask(
                                       "overview/1:" + overview->name, "detect",
                                       request_for(session, overview->name, session.fleet().names(),
                                                   session.mesh())))});
  }
  return all;
}

/// What the operator says wins over what the clusters say, which wins over the defaults.
MeshView agree(const Session& session, const std::vector<Found>& all) {
  MeshView view = session.mesh();
  for (const Found& found : all) {
    const Json& mesh = found.detected.mesh;
    view.id = mesh.value("id", view.id);
    view.trust_domain = mesh.value("trustDomain", view.trust_domain);
    view.suffix = mesh.value("suffix", view.suffix);
    const Json clusters = mesh.value("clusters", Json::object());
    for (Member& member : view.members) {
      const Json cluster = clusters.value(member.context, Json::object());
      member.name = cluster.value("name", member.name);
      member.network = cluster.value("network", member.network);
    }
  }
  const Json& options = session.invocation().options;
  view.id = options.value("mesh-id", view.id);
  view.trust_domain = options.value("trust-domain", view.trust_domain);
  view.suffix = options.value("suffix", view.suffix);
  if (options.value("mode", std::string("alias")) == "discovery") view.mode = Mode::discovery;
  return view;
}

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

}  // namespace

int run_init(const Invocation& invocation, const Catalogue& catalogue) {
  Session session(invocation, catalogue);
  const Identities identities = identify_all(session);
  if (!identities.problems.empty()) throw Refusal(identities.problems);
  const std::vector<Found> all = look(session);
  session.quiet();

  std::vector<Problem> problems;
  for (const Found& found : all) {
    problems.insert(problems.end(), found.detected.problems.begin(), found.detected.problems.end());
  }
  if (!problems.empty()) throw Refusal(std::move(problems));
  const MeshView view = agree(session, all);
  std::string text = "# A mesh of " + std::to_string(view.members.size()) +
                     " clusters, found by `kubectl mesh init`. Look at it, then:\n"
                     "#   kubectl mesh plan -f mesh.yaml   shows what would change\n"
                     "#   kubectl mesh up -f mesh.yaml     changes it\n";
  text += to_yaml({{"apiVersion", k_document_version}}) + to_yaml({{"kind", "Mesh"}});
  text += "\n" + mesh_section(view) + "\n" + clusters_section(view, identities);
  for (const Found& found : all) {
    const std::string section = concern_section(found);
    if (!section.empty()) text += "\n" + section;
  }
  print(text);
  return k_exit_done;
}

}  // namespace mesh
