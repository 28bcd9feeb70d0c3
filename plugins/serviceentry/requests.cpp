#include "requests.hpp"

#include <algorithm>
#include <charconv>

namespace mesh::serviceentry {

namespace {

[[noreturn]] void refuse_input(const std::string& what, const std::string& hint) {
  throw Failure("invalid-input", what, hint);
}

std::string text_setting(const Json& settings, const char* name, std::string fallback = {}) {
  if (!settings.contains(name)) return fallback;
  if (!settings[name].is_string())
    refuse_input("serviceentry: " + std::string(name) + " in mesh.yaml is not a text",
                 "write it as " + std::string(name) + ": VALUE");
  return settings[name].get<std::string>();
}

bool flag_setting(const Json& settings, const char* name, bool fallback) {
  if (!settings.contains(name)) return fallback;
  const Json& value = settings[name];
  if (value == true || value == "true") return true;
  if (value == false || value == "false") return false;
  refuse_input("serviceentry: " + std::string(name) + " is neither true nor false",
               "write " + std::string(name) + ": true");
}

/// Texts of a list, of a comma-separated text, or of one value.
std::vector<std::string> texts(const Json& value, const std::string& where) {
  std::vector<std::string> words;
  const Json list = value.is_array() ? value : Json::array({value});
  for (const Json& entry : list) {
    if (entry.is_number_integer()) {
      words.push_back(std::to_string(entry.get<std::int64_t>()));
    } else if (entry.is_string()) {
      words.push_back(entry.get<std::string>());
    } else {
      refuse_input(where + " holds something else than texts", "write a list of texts");
    }
  }
  return words;
}

ServiceName service_named(const std::string& text, const std::string& where) {
  const std::optional<ServiceName> name = parse_service(text);
  if (name) return *name;
  refuse_input(where + ": \"" + text + "\" is no Service",
               "write NAMESPACE/NAME, small letters, digits and dashes: default/app1");
}

void require_alias(const std::string& alias, const MeshView& mesh, const std::string& where) {
  if (alias.empty() || (is_host(alias) && alias.ends_with("." + mesh.suffix))) return;
  refuse_input(
      where + ": \"" + alias + "\" is no name below ." + mesh.suffix,
      "the DNS of the clusters answers for ." + mesh.suffix + " only: app1.default." + mesh.suffix);
}

NamedExport from_file(const Json& entry, std::size_t index, const MeshView& mesh) {
  const std::string where = "serviceentry.exports[" + std::to_string(index) + "] of mesh.yaml";
  if (!entry.is_object())
    refuse_input(where + " is not a mapping", "write {cluster: NAME, service: NAMESPACE/NAME}");
  for (const char* key : {"cluster", "service"}) {
    if (!entry.contains(key) || !entry[key].is_string())
      refuse_input(where + " lacks " + key, "write {cluster: NAME, service: NAMESPACE/NAME}");
  }
  const ServiceName service = service_named(entry["service"].get<std::string>(), where);
  NamedExport named{
      .cluster = member_named(mesh, entry["cluster"].get<std::string>(), where).context,
      .name_space = service.name_space,
      .service = service.name,
      .alias = entry.value("alias", std::string()),
      .ports = entry.contains("ports") ? texts(entry["ports"], where + ".ports")
                                       : std::vector<std::string>(),
      .where = where};
  require_alias(named.alias, mesh, where);
  return named;
}

void read_flags(Wishes& wishes, const CommandRequest& request, const MeshView& mesh) {
  if (request.verb != "export" || !request.options.contains("service")) return;
  const std::vector<std::string> services = texts(request.options["service"], "--service");
  const std::string from = request.text("from");
  if (from.empty()) refuse_input("--from is missing", "name the cluster that the service lives in");
  const std::string alias = request.text("alias");
  if (!alias.empty() && services.size() > 1)
    refuse_input("--alias is one name, but several services are named",
                 "export them one after the other");
  require_alias(alias, mesh, "--alias");
  for (const std::string& text : services) {
    const ServiceName name = service_named(text, "--service");
    NamedExport named{.cluster = member_named(mesh, from, "--from").context,
                      .name_space = name.name_space,
                      .service = name.name,
                      .alias = alias,
                      .ports = request.options.contains("port")
                                   ? texts(request.options["port"], "--port")
                                   : std::vector<std::string>(),
                      .where = "--service"};
    std::erase_if(wishes.named, [&](const NamedExport& other) {
      return other.cluster == named.cluster && other.key() == named.key();
    });
    wishes.named.push_back(std::move(named));
  }
}

void read_addresses(Wishes& wishes, const Json& settings, const MeshView& mesh) {
  const Json given = settings.value("addresses", Json::object());
  if (!given.is_object())
    refuse_input("serviceentry: addresses is not a mapping", "write addresses: {NAME: [ADDRESS]}");
  for (const auto& [name, list] : given.items()) {
    const std::string& member = member_named(mesh, name, "serviceentry.addresses").name;
    for (const std::string& text : texts(list, "serviceentry.addresses." + name))
      wishes.addresses[member].push_back(parse_gateway(text));
  }
}

MeshView whole_mesh(MeshView mesh, const std::vector<std::string>& clusters) {
  for (const std::string& cluster : clusters) {
    const bool known = std::any_of(mesh.members.begin(), mesh.members.end(),
                                   [&](const Member& member) { return member.context == cluster; });
    if (!known) mesh.members.push_back({cluster, cluster, cluster});
  }
  return mesh;
}

/// Keys of the section that are the concern's own; what is left is the strategy's.
constexpr std::array<const char*, 8> k_own{"exports",   "selector",   "strategy", "istio-namespace",
                                           "addresses", "node-ports", "pin",      "wait"};

}  // namespace

GatewayAddress parse_gateway(const std::string& text) {
  GatewayAddress address{.address = text, .port = k_gateway_port};
  const std::size_t colon = text.rfind(':');
  const bool v6 = text.find(':') != colon;
  if (colon != std::string::npos && !v6) {
    address.address = text.substr(0, colon);
    const char* last = text.data() + text.size();
    const auto [end, error] = std::from_chars(text.data() + colon + 1, last, address.port);
    if (error != std::errc() || end != last) address.port = 0;
  }
  const bool good = !address.address.empty() && address.port > 0 && address.port < 65536 &&
                    address.address.find_first_of(" /[]") == std::string::npos;
  if (good) return address;
  refuse_input("serviceentry.addresses: \"" + text + "\" is no address",
               "write HOST or HOST:PORT: 203.0.113.7:15443");
}

const Member& member_named(const MeshView& mesh, const std::string& name,
                           const std::string& where) {
  for (const Member& member : mesh.members) {
    if (member.context == name || member.name == name) return member;
  }
  std::string known;
  for (const Member& member : mesh.members)
    known += (known.empty() ? "the mesh has: " : ", ") + member.context;
  refuse_input(where + ": cluster \"" + name + "\" is not one of the mesh", known);
}

Asked asked_of(const CommandRequest& request) {
  Asked asked;
  asked.mesh = whole_mesh(request.mesh, request.clusters);
  asked.clusters = request.clusters;
  asked.ahead = request.ahead;
  asked.settings = request.settings;
  const Json& settings = request.settings;
  const char* usual = asked.mesh.mode == Mode::discovery ? "discovery" : "alias";
  asked.strategy = request.text("strategy", text_setting(settings, "strategy", usual));
  asked.istio_namespace = request.text(
      "istio-namespace", text_setting(settings, "istio-namespace", asked.istio_namespace));
  if (!is_label(asked.istio_namespace))
    refuse_input("--istio-namespace: \"" + asked.istio_namespace + "\" is no name of a namespace",
                 "small letters, digits and dashes");
  CommandRequest timed = request;
  if (!timed.options.contains("wait") && settings.contains("wait"))
    timed.options["wait"] = text_setting(settings, "wait");
  asked.wait_seconds = timed.duration("wait", std::chrono::seconds(asked.wait_seconds)).count();
  asked.wishes.merged = asked.strategy == "discovery";
  asked.wishes.selector = text_setting(settings, "selector");
  asked.wishes.node_ports = flag_setting(settings, "node-ports", false);
  asked.wishes.pin = flag_setting(settings, "pin", true);
  const Json exports = settings.value("exports", Json::array());
  if (!exports.is_array())
    refuse_input("serviceentry: exports in mesh.yaml is not a list",
                 "write exports: [{cluster: NAME, service: NAMESPACE/NAME}]");
  for (std::size_t at = 0; at < exports.size(); ++at)
    asked.wishes.named.push_back(from_file(exports[at], at, asked.mesh));
  read_addresses(asked.wishes, settings, asked.mesh);
  read_flags(asked.wishes, request, asked.mesh);
  for (const char* key : k_own) asked.settings.erase(key);
  if (request.options.contains("api-server"))
    asked.settings["api-server"] = request.options["api-server"];
  return asked;
}

Asked asked_of(const CheckRequest& request) {
  return asked_of(CommandRequest{.verb = "verify",
                                 .clusters = request.clusters,
                                 .options = request.options,
                                 .settings = request.settings,
                                 .mesh = request.mesh});
}

Json settings_schema() {
  return parse_json(R"({"type": "object", "properties": {
    "strategy": {"type": "string", "x-point": "exposure/1", "description": "alias, discovery, or a plugin's; absent: the mode of the mesh"},
    "exports": {"type": "array", "description": "services that the other clusters are to reach", "items": {
      "type": "object", "required": ["cluster", "service"], "additionalProperties": false, "properties": {
        "cluster": {"type": "string", "description": "context or name of the cluster that it lives in"},
        "service": {"type": "string", "description": "NAMESPACE/NAME"},
        "alias": {"type": "string", "description": "a whole name below the suffix; absent: NAME.NAMESPACE.SUFFIX"},
        "ports": {"type": "array", "description": "names or numbers; absent: all"}}}},
    "selector": {"type": "string", "description": "label selector of further Services to export, in every cluster"},
    "addresses": {"type": "object", "description": "by cluster, gateway addresses that its Service does not tell: [HOST or HOST:PORT]"},
    "node-ports": {"type": "boolean", "description": "gateways without a load balancer are reached over the nodes"},
    "pin": {"type": "boolean", "description": "clients accept the service's own accounts only; absent: true"},
    "wait": {"type": "string", "format": "duration", "description": "for a gateway without an address: 120s"},
    "istio-namespace": {"type": "string", "description": "Istio's namespace: istio-system"},
    "pool": {"type": "string", "description": "alias: where virtual addresses come from; absent: 240.0.0.0/16"},
    "cluster-domain": {"type": "string", "description": "alias: of the exporting clusters; absent: cluster.local"},
    "servers": {"type": "object", "description": "discovery: by cluster, the URL under which the others reach its API server"},
    "ca": {"enum": ["token", "kubeconfig", "file"], "description": "discovery: the CA of that server"},
    "ca-files": {"type": "object", "additionalProperties": {"type": "string", "format": "path"}, "description": "discovery, with ca: file: by cluster, a PEM file"}}})",
                    "schema");
}

std::string next_command(const std::vector<std::string>& clusters, const std::string& verb,
                         const std::string& what_for) {
  std::string names;
  for (const std::string& cluster : clusters) names += (names.empty() ? "" : ",") + cluster;
  const bool plain = names.find_first_not_of(
                         "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                         "0123456789_./:@,=+-") == std::string::npos;
  return "kubectl mesh serviceentry " + verb + " --contexts " +
         (plain ? names : "'" + names + "'") + "  # " + what_for;
}

ExposureRequest exposure_request(const Asked& asked, const Choice& choice) {
  return {.settings = asked.settings,
          .mesh = asked.mesh,
          .clusters = asked.clusters,
          .unseen = choice.unseen,
          .ahead = asked.ahead,
          .istio_namespace = asked.istio_namespace,
          .wait_seconds = asked.wait_seconds,
          .exports = choice.exports,
          .gateways = choice.gateways};
}

}  // namespace mesh::serviceentry
